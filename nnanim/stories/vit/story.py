"""The story of the vision transformer: a picture cut into patches, read like the words of a sentence.

The question: how can a model that reads words read a picture? The moment to remember: the patches are
shuffled, and the cat is a house; they take the numbers of their old places along, and it is a cat again, to
the last digit shown. The end: what it looked at before it could see, and what it cannot see even now.

After A. Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Picture, Row
from nnanim.motions import Playback
from nnanim.stories.vit.look import cut, heads, light
from nnanim.stories.vit.run import Learnt, PatchRuns
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

OTHER = {"en": "anything else", "ja": "その他"}
PICTURE = {"en": "picture", "ja": "画像"}
COVERED = {"en": "covered where it looks", "ja": "見ているところを隠す"}
ELSEWHERE = {"en": "covered elsewhere", "ja": "ほかのところを隠す"}
SHUFFLED = {"en": "patches shuffled", "ja": "パッチを入れ替え"}
ALONG = {"en": "positions, too", "ja": "位置の番号も一緒に"}


def vit(runs: PatchRuns) -> Iterator[Beat]:
    """Tell how a transformer reads a picture, and what becomes of it without its patches, or their places."""
    whole = Picture(runs.picture(runs.whole), key="picture")
    yield Beat(
        {
            "en": "A transformer reads words, one after the other. How can it read a picture?",
            "ja": "トランスフォーマーは言葉を順に読みます。画像は、どう読めばよいでしょう。",
        },
        Row(whole, scale=1.6),
        id="question",
    )
    yield from cut(runs)
    yield heads(runs)
    yield from _cover(runs)
    yield from _shuffle(runs)
    if runs.learnt is not None:
        yield _training(runs, runs.learnt)


def _bars(runs: PatchRuns, run: Trace, key: str) -> Bars:
    """What it takes the thing for."""
    chances = runs.chances(run)
    values = chances[list(runs.bar_classes)]
    return Bars(
        np.append(values, max(1 - float(values.sum()), 0.0)),
        (*(runs.names[i] for i in runs.bar_classes), OTHER),
        key=key, limit=1.0, percent=True, highlight=(runs.bar_classes.index(runs.likeliest(run)),),
    )  # fmt: skip


def _answers(runs: PatchRuns, said: Mapping[str, tuple[Trace, Words]]) -> Row:
    """Pictures side by side, each with what it is taken for."""
    return Row(
        *(
            Column(
                Picture(runs.picture(run), key=key, label=label), _bars(runs, run, f"{key}-bars"), gap=0.25
            )
            for key, (run, label) in said.items()
        ),
        gap=1.0,
    )


def _cover(runs: PatchRuns) -> Iterator[Beat]:
    """What is looked at is covered, then something else."""
    covered = Picture(runs.picture(runs.covered), key="covered", label=COVERED)
    yield Beat(
        fill(
            {
                "en": "We cover the {n} patches that it looks at most. What will it see?",
                "ja": "いちばん見ている {n} 個を隠します。何に見えるでしょう。",
            },
            n=runs.hidden,
        ),
        Row(covered, scale=1.5),
        id="cover",
        born={"covered": From("head-0")},
        asks=True,
    )
    yield Beat(
        _covered_sentence(runs),
        _answers(runs, {"covered": (runs.covered, COVERED), "elsewhere": (runs.elsewhere, ELSEWHERE)}),
        id="covered",
        born={
            "covered-bars": From("covered"),
            "elsewhere": From("covered"),
            "elsewhere-bars": From("elsewhere"),
        },
    )  # fmt: skip


def _covered_sentence(runs: PatchRuns) -> Words:
    """What it says with patches covered where it looks, and elsewhere; "still" only where that is so."""
    first, covered, other = map(runs.likeliest, (runs.whole, runs.covered, runs.elsewhere))
    turned = covered != first == other
    return fill(
        {
            "en": "“{a}”, it says, {p}. With {n} others covered it is still “{b}”, {q}.",
            "ja": "「{a}」が {p}。ほかの {n} 個を隠しても、「{b}」が {q} です。",
        }
        if turned
        else {
            "en": "“{a}”, it says, {p}. With {n} others covered: “{b}”, {q}.",
            "ja": "「{a}」が {p}。ほかの {n} 個を隠すと、「{b}」が {q} です。",
        },
        a=runs.names[covered], p=percent(runs.chances(runs.covered).max()),
        b=runs.names[other], q=percent(runs.chances(runs.elsewhere).max()),
        n=runs.hidden,
    )  # fmt: skip


def _shuffle(runs: PatchRuns) -> Iterator[Beat]:
    """The patches change places, then their positions, too."""
    yield Beat(
        {
            "en": "Now all patches are shuffled. Will it still see a thing?",
            "ja": "今度は、パッチをすべて入れ替えます。まだ何かに見えるでしょうか。",
        },
        Row(Picture(runs.picture(runs.shuffled), key="shuffled", label=SHUFFLED), scale=1.5),
        id="shuffle",
        born={"shuffled": From("elsewhere")},
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "Yes: “{a}”, with {p}. A heap of patches without any order.",
                "ja": "「{a}」が {p}。順序のない、パッチの山だからです。",
            },
            a=runs.names[runs.likeliest(runs.shuffled)], p=percent(runs.chances(runs.shuffled).max(), 1),
        ),
        Row(
            Row(Picture(runs.picture(runs.shuffled), key="shuffled", label=SHUFFLED), scale=1.5),
            _bars(runs, runs.shuffled, "shuffled-bars"),
            gap=0.8,
        ),
        id="shuffled",
        born={"shuffled-bars": From("shuffled")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Let each patch bring the number of its old place along: “{b}”, {q}, as at first.",
                "ja": "もとの位置の番号も一緒に運ぶと、「{b}」が {q}。はじめと同じです。",
            },
            b=runs.names[runs.likeliest(runs.along)], q=percent(runs.chances(runs.along).max(), 1),
        ),
        _answers(runs, {"shuffled": (runs.shuffled, SHUFFLED), "along": (runs.along, ALONG)}),
        id="positions",
        born={"along": From("shuffled"), "along-bars": From("along")},
    )  # fmt: skip


def _training(runs: PatchRuns, learnt: Learnt) -> Beat:
    """What one head looks at while it learns."""
    training, which = learnt.training, learnt.filmed
    pixels = np.asarray(training["pictures"][which], dtype=float).transpose(1, 2, 0)
    weights = np.asarray(training["attention"][:, which].mean(axis=1), dtype=float)
    steps = [int(step) for step in training["step"]]
    maps = [
        Picture(
            light(pixels, one.reshape(runs.grid, runs.grid), runs.side), key="learns", label=_step_name(step)
        )
        for one, step in zip(weights, steps, strict=True)
    ]  # fmt: skip
    return Beat(
        fill(
            {
                "en": "In training it finds where to look. Things in colours never seen: {u} right.",
                "ja": "どこを見るかは、学習で身につきます。見たことのない色だと、正解は {u} です。",
            },
            u=percent(learnt.unseen),
        ),
        Row(Picture(pixels, key="filmed", label=PICTURE), maps[-1], gap=0.8, scale=1.3),
        motion=Playback({"learns": maps}, seconds=5.0),
        id="training",
        born={"filmed": From("along"), "learns": From("filmed")},
        given=("says",),
    )


def _step_name(step: int) -> Words:
    return fill({"en": "[CLS] looks, step {s:,}", "ja": "[CLS] の見る重み：{s:,} 歩"}, s=step)
