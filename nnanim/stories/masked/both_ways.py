"""The first two parts: a GPT sees what stands left of a gap; what looks both ways must not see the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Histogram, Row, Tokens, modify
from nnanim.motions import Playback
from nnanim.stories.masked.parts import guesses, looks, sentence
from nnanim.stories.masked.runs import GapRuns
from nnanim.words import fill
from nnanim.words.numerals import percent

STEPS = {"en": "training steps", "ja": "学習のステップ"}
FOUND = {"en": "hidden tokens found", "ja": "当てた割合"}


def from_the_left(runs: GapRuns) -> Iterator[Beat]:
    """Tell what a GPT makes of a gap, and why."""
    first = runs.ends[0]
    chances, answer = first.chances(first.left), first.likeliest()
    here, behind = (runs.gap - 1,), tuple(range(runs.gap, len(first.tokens) - 1))
    yield Beat(
        {
            "en": "A word is hidden. You find it at once. Does a GPT?",
            "ja": "一語がかくれています。あなたなら、すぐ分かります。GPT はどうでしょう。",
        },
        sentence(first, 2.0, highlight=here),
        id="question",
        asks=True,
        chapter={"en": "From the left", "ja": "左から"},
    )
    yield Beat(
        fill(
            {
                "en": "No. It reads from the left, and has seen “{a}” alone: {p} for the {w}.",
                "ja": "いいえ。左から読むので、まだ何も見ていません。「{w}」は {p} です。",
            },
            a=first.tokens[runs.gap - 1], w=runs.vocabulary[answer], p=percent(float(chances[answer]), 1),
        ),
        Column(
            sentence(first, highlight=here, dimmed=behind),
            Row(guesses(runs, [chances], "guess"), scale=2.2),
            gap=0.5,
        ),
        id="left",
        born={"guess": From("line", part=runs.gap - 1)},
    )  # fmt: skip
    yield Beat(
        {
            "en": "For it, no token looks ahead: half of the table is barred.",
            "ja": "GPT では、どのトークンも先を見ません。表の半分はふさがれています。",
        },
        looks(runs, runs.whole, runs.whole.left),
        id="barred",
        born={"arcs": From("line"), "looks": From("line")},
    )


def lift_the_mask(runs: GapRuns) -> Iterator[Beat]:
    """Tell what becomes of the guesses without the mask, and why words are hidden instead."""
    yield Beat(
        {
            "en": "We lift the bar: now all look both ways. What goes wrong?",
            "ja": "ふさぐのをやめ、両側を見せます。すると、困ることが一つ。何でしょう。",
        },
        looks(runs, runs.whole, runs.whole.both),
        id="lifted",
        asks=True,
        chapter={"en": "Both ways", "ja": "両側から"},
    )
    yield Beat(
        {
            "en": "The answer is in sight, and guessing is copying. So words are hidden.",
            "ja": "答えが見えているので、写すだけです。そこで、語のほうをかくします。",
        },
        looks(runs, runs.ends[0], runs.bare),
        id="hidden",
        pulse=("line", runs.gap),
    )


def practise(runs: GapRuns) -> Beat:
    """Tell the training: guesses at the gaps of a text, and the share that is found."""
    edges, shares = runs.shares_found
    found = Histogram(
        shares, edges, key="found", x_name=STEPS, y_name=FOUND, y_limits=(0.0, 1.0), aspect=2.8,
    )  # fmt: skip
    gaps = [at for at, one in enumerate(runs.practice) if one == "<mask>"]
    said_then = runs.training[f"{runs.lang}.guesses"]
    texts, growing = [], []
    for step, row in zip(runs.training["shown"], said_then, strict=True):
        said = list(runs.practice)
        for at, one in zip(gaps, row, strict=True):
            said[at] = runs.vocabulary[int(one)]
        texts.append(Tokens(tuple(said), key="line", highlight=tuple(gaps), width=10.5))
        growing.append(modify(found, counts=np.where(edges[:-1] < max(step, 1), shares, 0.0)))
    return Beat(
        fill(
            {
                "en": "It practises on many texts. It finds {a} of the hidden tokens, then {b}.",
                "ja": "たくさんの文で練習します。当たるのは {a} から {b} に増えました。",
            },
            a=percent(float(shares[0])), b=percent(float(shares[-1])),
        ),
        Column(Row(texts[-1], scale=1.2), Row(found, scale=2.6), gap=0.25),
        motion=Playback({"line": texts, "found": [*growing[:-1], found]}, seconds=6.2),
        id="practise",
        born={"found": From("line")},
    )  # fmt: skip
