"""The last part: what stands behind a gap decides; but two gaps know nothing of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Grid, Row, Tokens, modify
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.masked.parts import BERT, GPT, guesses, looks, sentence, table
from nnanim.stories.masked.runs import GapRuns
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

SIDES = ("left", "both")
"""The two models, by the fields of `GapRun`."""

GAPS: tuple[Words, ...] = ({"en": "first gap", "ja": "一つ目"}, {"en": "second gap", "ja": "二つ目"})


def ends(runs: GapRuns) -> Iterator[Beat]:
    """Tell what the token before the gap sees now, and what other ends of the sentence change."""
    first = runs.ends[0]
    answer, chances = first.likeliest(), first.chances(first.both)
    weights = runs.weights(first.both)[runs.gap - 1]
    behind = runs.gap + 1 + int(weights[runs.gap + 1 :].argmax())
    yield Beat(
        fill(
            {
                "en": "Ours again: “{a}”, before the gap, looks at “{b}”. {p} for the {w}.",
                "ja": "もとの文です。穴の前の「{a}」が「{b}」を見て、「{w}」が {p} です。",
            },
            a=first.tokens[runs.gap - 1], b=first.tokens[behind], w=runs.vocabulary[answer],
            p=percent(float(chances[answer]), 1),
        ),
        looks(runs, first, first.both),
        id="answer",
        born={"looks": From("found"), "arcs": From("line"), "guess": From("line")},
    )  # fmt: skip
    lines, left, both = [], [], []
    at = list(runs.answers)
    for i, run in enumerate(runs.ends):
        lines.append(Tokens(tuple(run.tokens[1:]), key="line", highlight=(runs.gap - 1,)))
        rows = [
            [one.chances(trace) for one in runs.ends for trace in (getattr(one, side),)] for side in SIDES
        ]
        left.append(guesses(runs, rows[0], "left", GPT, rows=tuple(runs.foods)))
        both.append(guesses(runs, rows[1], "both", BERT, highlight=((i, at.index(run.likeliest())),)))
    yield Beat(
        {
            "en": "Another end, another animal. The GPT's rows are all the same.",
            "ja": "終わりが変わると、動物も変わります。GPT の行は、どれも同じです。",
        },
        Column(Row(lines[-1], scale=1.6), Row(left[-1], both[-1], gap=0.6, scale=2.0), gap=0.5),
        motion=Playback({"line": lines, "left": left, "both": both}, seconds=5.0, holds=(1.0,) * len(lines)),
        id="ends",
        born={"left": From("line"), "both": From("guess")},
    )


def fill_two(runs: GapRuns) -> Iterator[Beat]:
    """Tell that two gaps are guessed by themselves, and fit once one of them is filled."""
    pair = runs.pair
    chances = [pair.chances(pair.both, at) for at in range(2)]
    best, late = [pair.likeliest(at) for at in range(2)], [one.likeliest() for one in runs.then]
    firsts = [runs.vocabulary.index(one.tokens[pair.gaps[0]]) for one in runs.then]
    orders = [firsts, list(dict.fromkeys([*late, best[1]]))]
    rings = tuple(gap - 1 for gap in pair.gaps)
    apart = [_bars(runs, one, at, orders[at]) for at, one in enumerate(chances)]
    ringed = [_bars(runs, one, at, orders[at], best[at]) for at, one in enumerate(chances)]
    yield Beat(
        {
            "en": "Two gaps now, each guessed by itself. Will the words fit?",
            "ja": "次は穴が二つ。それぞれ別々に予想します。うまく合うでしょうか。",
        },
        Column(sentence(pair, highlight=rings), Row(*apart, gap=0.8, scale=1.7), gap=0.5),
        id="pair",
        asks=True,
        chapter={"en": "Two gaps", "ja": "二つの穴"},
        born={one.key: From("both") for one in apart},
    )
    yield Beat(
        {
            "en": "No. Neither gap knows what the other one will say.",
            "ja": "いいえ。もう一方に何が入るのか、どちらの穴も知りません。",
        },
        Column(_put_words(runs, best, rings), Row(*ringed, gap=0.8, scale=1.7), gap=0.5),
        id="misfit",
    )
    rows = np.array([one.chances(one.both) for one in runs.then])[:, orders[1]]
    yield Beat(
        fill(
            {
                "en": "Fill the first, then guess again: {p} for {w}. So writes a GPT.",
                "ja": "一つ目を入れてから予想し直すと、「{w}」が {p}。GPT はこうして書きます。",
            },
            w=runs.vocabulary[late[0]], p=percent(float(rows[0].max()), 1),
        ),
        Column(
            _put_words(runs, [best[0], late[0]], rings),
            Row(
                Grid(
                    rows, tuple(runs.vocabulary[one] for one in firsts),
                    tuple(runs.vocabulary[one] for one in orders[1]), key="then", limit=1.0, digits=2,
                    role="amount2", means=words.probability, highlight=((0, orders[1].index(late[0])),),
                ),
                scale=2.0,
            ),
            gap=0.4,
        ),
        id="then",
        born={"then": From("gap-1")},
        gathers={"gap-0": "then"},
    )  # fmt: skip


def _bars(runs: GapRuns, chances: Floats, at: int, order: Sequence[int], answer: int = -1) -> Bars:
    """Probabilities of some words at one of two gaps."""
    ringed = (list(order).index(answer),) if answer in order else ()
    return Bars(
        chances[list(order)], tuple(runs.vocabulary[one] for one in order), key=f"gap-{at}", limit=1.0,
        percent=True, digits=1, label=GAPS[at], highlight=ringed, of=len(chances),
    )  # fmt: skip


def _put_words(runs: GapRuns, said: Sequence[int], rings: tuple[int, ...]) -> Row:
    """The sentence with two words in its gaps."""
    tokens = list(runs.pair.tokens)
    for gap, one in zip(runs.pair.gaps, said, strict=True):
        tokens[gap] = runs.vocabulary[one]
    return Row(Tokens(tuple(tokens[1:]), key="line", highlight=rings), scale=1.6)


def compare(runs: GapRuns) -> Beat:
    """Both tables side by side."""
    first = runs.ends[0]
    left = modify(table(runs, runs.whole, runs.whole.left, "left-looks", GPT), highlight=())
    both = modify(table(runs, first, first.both, "both-looks", BERT), highlight=())
    return Beat(
        {
            "en": "A GPT writes, word by word. A BERT reads: to find, sort and compare texts.",
            "ja": "GPT は一語ずつ書きます。BERT は読みます。文章を探し、分け、比べるためです。",
        },
        Row(left, both, gap=0.6, scale=1.3),
        id="end",
        born={"left-looks": From("then"), "both-looks": From("then")},
    )
