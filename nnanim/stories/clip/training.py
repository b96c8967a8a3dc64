"""The training pulls the diagonal; what it is good for, and what it mixes up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Cloud, Column, Picture, Row, Text
from nnanim.motions import Playback
from nnanim.stories.clip.cosines import COSINE, draw_table
from nnanim.stories.clip.run import ClipRuns
from nnanim.stories.probabilities import softmax
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

PLANE = 3.9
"""Scale of the plane beside the table."""

BARS = 3
"""Number of sentences that have a bar."""

NAMED = {"en": "probability", "ja": "確率"}
VIEW = {"en": "a plane through the space", "ja": "空間の中の一つの平面"}


def show_training(runs: ClipRuns) -> Iterator[Beat]:
    """Before the training, and through it."""
    tables = [
        draw_table(runs, cosines, runs.nouns, _step_name(step))
        for cosines, step in zip(runs.tables, runs.steps, strict=True)
    ]  # fmt: skip
    clouds = draw_clouds(runs)
    yield Beat(
        {
            "en": "Before its training, the same table says nothing. What has to change?",
            "ja": "学習前の表からは、何も分かりません。何を変えればよいでしょうか。",
        },
        Row(tables[0], Row(clouds[0], scale=PLANE), gap=0.5),
        id="before",
        born={"plane": From("table")},
        asks=True,
    )
    yield Beat(
        {
            "en": "Each step pulls a picture and its sentence together, and pushes all other pairs apart.",
            "ja": "一歩ごとに、合う画像と文を引き寄せ、ほかの組み合わせを引き離します。",
        },
        Row(tables[-1], Row(clouds[-1], scale=PLANE), gap=0.5),
        motion=Playback({"table": tables, "plane": clouds}, seconds=8.0),
        id="training",
    )


def draw_clouds(runs: ClipRuns) -> list[Cloud]:
    """Pictures and sentences in a plane, at each recorded step."""
    planes, count = runs.planes(), len(runs.sentences)
    edge = float(np.ceil(10 * np.abs(planes).max()) / 10)
    return [
        Cloud(
            plane, (0,) * count + (1,) * count, key="plane",
            labels=("",) * count + tuple(runs.nouns), x_limits=(-edge, edge), y_limits=(-edge, edge),
            x_name=VIEW, pictures=(*runs.pictures(runs.table), *(None,) * count),
        )
        for plane in planes
    ]  # fmt: skip


def show_naming(runs: ClipRuns) -> Beat:
    """Sentences that name one thing each make it a classifier."""
    cosines = runs.cosines(runs.named)[0]
    chances = softmax(cosines * float(runs.named.parameters["sharpness"]))
    order = [int(i) for i in np.argsort(-chances)[:BARS]]
    return Beat(
        fill(
            {
                "en": "{n} sentences make it a classifier, though nobody taught it classes: {p} right.",
                "ja": "文を {n} 個並べると、分類もできます。クラスは教えていません。正解は {p} です。",
            },
            n=len(cosines), p=percent(runs.figures["named"]),
        ),
        Row(
            Picture(runs.pictures(runs.named)[0], key="named-picture"),
            Bars(
                chances[order], tuple(runs.things[i] for i in order), key="named", limit=1.0, percent=True,
                label=NAMED, highlight=(0,), of=len(chances),
            ),
            gap=0.9, scale=1.4,
        ),
        id="named",
        born={"named-picture": From("plane"), "named": From("named-picture")},
        given=("says",),
    )  # fmt: skip


def show_swap(runs: ClipRuns) -> Iterator[Beat]:
    """Two things, and two sentences that differ in whose colour is whose."""
    cosines = runs.cosines(runs.two)[0]
    picture = Row(Picture(runs.pictures(runs.two)[0], key="two-picture"), scale=1.4)
    order = [1, 0]
    yield Beat(
        {
            "en": "Now two things, and two sentences of the same words. Which one will be nearer?",
            "ja": "今度は、ものが二つ。同じ単語でできた二つの文のうち、近いのはどちらでしょう。",
        },
        Row(
            picture,
            Column(*(Text(runs.swapped[i], key=f"swapped-{i}", width=7.0) for i in order), gap=0.7),
            gap=0.9,
        ),
        id="two",
        born={"two-picture": From("named-picture")},
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "It can hardly tell: {p} right, a coin gets half. Whose colour is whose is lost.",
                "ja": "区別できません。正解は {p}、コイン投げと同じです。どれがどの色かは失われます。",
            },
            p=percent(runs.figures["colours"]),
        ),
        Row(
            picture,
            Bars(
                cosines[order], tuple(runs.swapped[i] for i in order), key="swapped", limit=1.0, label=COSINE,
                highlight=(order.index(int(cosines.argmax())),),
            ),
            gap=0.9,
        ),
        id="swapped",
        born={"swapped": From("two-picture")},
        given=("says",),
    )  # fmt: skip


def show_space(runs: ClipRuns) -> Beat:
    """The question is answered."""
    return Beat(
        {
            "en": "So they belong together when they point the same way, in a space both encoders share.",
            "ja": "同じ空間で同じ向きを指せば、画像と文は合っています。二つのエンコーダーが、その空間を作りました。",
        },
        Row(draw_clouds(runs)[-1], scale=3.6),
        id="space",
        born={"plane": From("swapped")},
    )


def _step_name(step: int) -> Words:
    return fill({"en": "step {s:,}", "ja": "{s:,} 歩"}, s=step)
