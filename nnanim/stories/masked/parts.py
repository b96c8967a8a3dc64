"""What several beats of the story of gaps show: a sentence, what one of its tokens looks at, and guesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnanim import words
from nnanim.marks import Arcs, Column, Grid, Row, Tokens
from nnanim.marks.content import Floats
from nnanim.stories.masked.runs import GapRun, GapRuns
from nnanim.trace import Trace
from nnanim.words import Words

GPT = {"en": "GPT: looks left", "ja": "GPT：左だけ"}
BERT = {"en": "BERT: looks both ways", "ja": "BERT：両側"}


def sentence(run: GapRun, scale: float = 1.6, **changes: Any) -> Row:
    """A sentence without the mark of its beginning; ``changes`` are fields of its `Tokens`."""
    return Row(Tokens(tuple(run.tokens[1:]), key="line", **changes), scale=scale)


def guesses(runs: GapRuns, readings: Sequence[Floats], key: str, label: Words = "", **changes: Any) -> Grid:
    """Probabilities of the answers, a row for each reading of a gap; ``changes`` are fields of its `Grid`."""
    at = list(runs.answers)
    return Grid(
        np.array(readings)[:, at], columns=tuple(runs.vocabulary[one] for one in at), key=key, limit=1.0,
        digits=2, role="amount2", means=words.probability, label=label, **changes,
    )  # fmt: skip


def looks(runs: GapRuns, run: GapRun, trace: Trace) -> Row:
    """What the token before the gap looks at, what it guesses, and the table of all tokens' looks."""
    weights, reader = runs.weights(trace), runs.gap - 1
    hidden = tuple(at for at in run.gaps if run.tokens[at] == "<mask>")
    tokens = Tokens(tuple(run.tokens), key="line", highlight=hidden)
    arcs = Arcs(weights[reader], tokens, key="arcs", origin=reader)
    said = guesses(runs, [run.chances(trace)], "guess")
    return Row(
        Column(Column(arcs, tokens, gap=0.02, scale=1.2), Row(said, scale=1.6), gap=0.4),
        table(runs, run, trace),
        gap=0.5,
        scale=1.3,
    )


def table(runs: GapRuns, run: GapRun, trace: Trace, key: str = "looks", label: Words = "") -> Grid:
    """How much each token looks at each; what a GPT may not look at is barred."""
    weights, reader = runs.weights(trace), runs.gap - 1
    future = np.triu(np.ones(weights.shape, dtype=bool), 1) if trace is run.left else None
    names = tuple(run.tokens)
    return Grid(
        weights, names, names, key=key, limit=1.0, role="amount", mask=future, means=words.weight, digits=1,
        highlight=tuple((reader, at) for at in range(len(names))), label=label,
    )  # fmt: skip
