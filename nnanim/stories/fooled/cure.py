"""Two cures: pictures that are nudged against it, and its own dreams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Mark, Picture, Row, Table, Text
from nnanim.motions import Playback
from nnanim.stories.fooled.run import (
    GUIDE,
    GUIDES,
    NAMES,
    PLAIN,
    REAL,
    ROBUST,
    Climbers,
    build_wall,
    draw_dream,
    draw_real,
    draw_slope,
    label_value,
    show_climb,
)
from nnanim.words import fill

SHAKEN = {"en": "nudged", "ja": "ずらした画像"}


def show_nudge(runs: Climbers) -> Iterator[Beat]:
    """The slope at a real picture, a nudge along it, and training against such nudges."""
    yield Beat(
        {
            "en": "Its slope at a real picture tells why: fine stripes, not the parts of a thing.",
            "ja": "本物の画像での傾きを見ると分かります。物の部分ではなく、細かな縞です。",
        },
        Row(draw_real(runs, label=REAL), draw_slope(runs, PLAIN, NAMES[PLAIN]), gap=1.0, scale=1.4),
        id="slope",
        born={"real-0": From(f"judged-{runs.hero}"), f"slope-{PLAIN}": From(f"judged-{runs.hero}")},
    )
    pairs = [
        (float(runs.trace[f"{guide}.real"][runs.hero, 0]), float(runs.trace[f"{guide}.cosine"][0]))
        for guide in (PLAIN, ROBUST)
    ]
    before, after = pairs[0]
    nudged = Picture(runs.picture(f"{PLAIN}.nudged"), key="nudged", label=label_value(SHAKEN, after))
    yield Beat(
        fill(
            {
                "en": "A nudge against this pattern, and the number falls from {a:.2f} to {b:.2f}.",
                "ja": "この模様に逆らって少しずらすと、{a:.2f} から {b:.2f} に落ちます。",
            },
            a=before, b=after,
        ),
        Row(draw_real(runs, label=label_value(REAL, before)), nudged, gap=1.0, scale=1.4),
        id="nudge",
        born={"nudged": From(f"slope-{PLAIN}")},
    )  # fmt: skip
    names = [
        fill({"en": "{a}, {b}", "ja": "{a}、{b}"}, a=NAMES[guide], b=what)
        for guide in (PLAIN, ROBUST)
        for what in (REAL, SHAKEN)
    ]
    yield Beat(
        fill(
            {
                "en": "First cure: train on nudged pictures. Now it falls only from {a:.2f} to {b:.2f}.",
                "ja": "第一の薬は、ずらした画像でも学習させること。{a:.2f} が {b:.2f} に下がるだけです。",
            },
            a=pairs[1][0], b=pairs[1][1],
        ),
        Row(nudged, Bars(np.array(pairs).ravel(), tuple(names), key="nudges", limit=1.0), gap=0.8, scale=1.3),
        id="robust",
        born={"nudges": From("real-0")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "And when it is climbed? {b:.2f}, where real pictures get {r:.2f}: still fooled.",
                "ja": "では、登ってみると？本物の {r:.2f} に対して {b:.2f}。まだだまされます。",
            },
            b=runs.dream(ROBUST), r=runs.real(ROBUST),
        ),
        Row(
            draw_dream(runs, PLAIN, label_value(NAMES[PLAIN], runs.dream(PLAIN))),
            draw_dream(runs, ROBUST, label_value(NAMES[ROBUST], runs.dream(ROBUST))),
            gap=1.0, scale=1.4,
        ),
        id="still",
        born={f"dream-{PLAIN}": From("nudged"), f"dream-{ROBUST}": From("nudged")},
    )  # fmt: skip


def _night(runs: Climbers, night: int) -> list[Picture]:
    count = runs.trace["buffer"].shape[1]
    return [Picture(runs.picture("buffer", night, at), key=f"buffer-{at}") for at in range(count)]


def show_dreams(runs: Climbers) -> Iterator[Beat]:
    """The dreams that it has while it learns, and what they are worth before and after."""
    nights = [_night(runs, night) for night in range(len(runs.trace["buffer"]))]
    yield Beat(
        {
            "en": "Second cure: let it dream while it learns, and teach it: this is not it.",
            "ja": "第二の薬は、学習中に夢を見させ、「これは文のとおりではない」と教えることです。",
        },
        build_wall(nights[-1]),
        motion=Playback({one.key: list(states) for one, states in _columns(nights)}, seconds=4.0),
        id="buffer",
        born={one.key: From(f"dream-{ROBUST}") for one in nights[-1]},
    )
    before, after = runs.mean(f"buffer.{ROBUST}"), runs.mean(f"buffer.{GUIDE}")
    yield Beat(
        fill(
            {
                "en": "Before the lesson it gave these dreams {a:.2f} on average. Afterwards, {b:.2f}.",
                "ja": "教える前、これらの夢は平均 {a:.2f} でした。教えたあとは {b:.2f} です。",
            },
            a=before, b=after,
        ),
        Column(
            Row(*nights[-1], gap=0.15),
            Row(
                Bars(np.array([before, after]), (NAMES[ROBUST], NAMES[GUIDE]), key="worth", limit=1.0),
                scale=2.4,
            ),
            gap=0.8,
        ),
        id="lesson",
        born={"worth": From("buffer-0")},
    )  # fmt: skip


def _columns(nights: Sequence[Sequence[Picture]]) -> Iterator[tuple[Picture, Sequence[Picture]]]:
    """Each dream with its states."""
    for at, one in enumerate(nights[-1]):
        yield one, [night[at] for night in nights]


def show_cure(runs: Climbers) -> Iterator[Beat]:
    """The same climb with the cured CLIP, its slope, and all wishes."""
    yield show_climb(
        runs,
        GUIDE,
        fill(
            {
                "en": "The same grey, the same steps, and a {w} is there: {b:.2f}; real ones get {r:.2f}.",
                "ja": "同じ灰色から、同じように登ると、{w}が現れます。{b:.2f} で、本物は {r:.2f} です。",
            },
            w=runs.thing,
            b=runs.dream(GUIDE),
            r=runs.real(GUIDE),
        ),
        "cured",
        "buffer-0",
    )
    yield Beat(
        {
            "en": "Its slope has changed, too: it points at parts of the thing.",
            "ja": "傾きも変わりました。物の部分を指しています。",
        },
        Row(
            draw_real(runs, label=REAL), draw_slope(runs, PLAIN, NAMES[PLAIN]),
            draw_slope(runs, GUIDE, NAMES[GUIDE]),
            gap=0.7, scale=1.4,
        ),
        id="slopes",
        born={
            "real-0": From(f"dream-{GUIDE}"),
            f"slope-{PLAIN}": From(f"curve-{GUIDE}"),
            f"slope-{GUIDE}": From(f"curve-{GUIDE}"),
        },
    )  # fmt: skip
    right = [runs.right(guide) for guide in GUIDES]
    yield Beat(
        fill(
            {
                "en": "Three CLIPs, {n} wishes, one seed. The judge is right {a}, {b} and {c} times.",
                "ja": "三つの CLIP、{n} 個の願い、同じシード。審判が正しいと見たのは {a}、{b}、{c} 枚です。",
            },
            n=len(runs.trace["wanted"]), a=right[0], b=right[1], c=right[2],
        ),
        _everything(runs),
        id="all",
        born={f"all-{guide}-0": From(f"slope-{PLAIN}") for guide in GUIDES},
    )  # fmt: skip
    yield Beat(
        {
            "en": "A high number means a good picture only where CLIP was tested. It had to dream first.",
            "ja": "大きな数が信じられるのは、試した範囲だけ。CLIP は、自分の夢に出会う必要がありました。",
        },
        _everything(runs),
        id="end",
        pulse=[f"all-{guide}-{runs.hero}" for guide in GUIDES],
    )


def _everything(runs: Climbers) -> Table:
    """The last dreams of all guides, a row each."""
    count = len(runs.trace["wanted"])
    marks: dict[tuple[int, int], Mark] = {}
    for row, guide in enumerate(GUIDES):
        marks[row, 0] = Text(NAMES[guide], key=f"name-{guide}")
        for at in range(count):
            pixels = runs.picture(f"{guide}.last", at)
            marks[row, at + 1] = Picture(pixels, key=f"all-{guide}-{at}")
    return Table(*marks.values(), cells=list(marks), gap=0.2)
