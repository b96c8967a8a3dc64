"""The story of attention, from a sentence to the next word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Block, Column, Link, Mark, Row, round_up
from nnanim.stories.attention import arcs, guesses, head, vectors
from nnanim.stories.attention.reading import Reading
from nnanim.words import fill

STAGES = 5
"""Maximum number of blocks, including the start, that are shown one under the other."""


def attention(reading: Reading) -> Iterator[Beat]:
    """Tell how a transformer reads a sentence and guesses the next word, or the blank in it.

    Args:
        reading: the traced model on a sentence, and the words that it added.
    """
    reading = replace(reading)  # what it worked out for another telling is worked out anew
    reading.trace.check()
    yield vectors.tokens(reading)
    yield vectors.vectors(reading)
    yield from vectors.positions(reading)
    yield head.maps(reading)
    yield from vectors.turns(reading)
    yield head.dot(reading)
    yield from vectors.offsets(reading)
    yield from head.scores(reading)
    yield from arcs.looks(reading)
    yield head.weighted_sum(reading)
    yield arcs.heads(reading)
    yield blocks(reading)
    if reading.guesses and reading.causal:
        yield from guesses.next_words(reading)
        yield guesses.temperature(reading)
    elif reading.guesses:
        yield from guesses.blank(reading)


def blocks(reading: Reading) -> Beat:
    """Attention and a small network, both added to the vector, block after block."""
    names = [name.rpartition(".")[0] for name in reading.trace.attentions]
    outs = [reading.vectors(reading.added), *(reading.vectors(name) for name in names)]
    shown = sorted({round(i) for i in np.linspace(0, len(names), min(len(outs), STAGES))})
    limit = round_up(float(max(np.abs(outs[i][reading.at]).max() for i in shown)))
    stage: list[Mark | Row] = []
    start = fill({"en": "“{word}”", "ja": "「{word}」"}, word=reading.name(reading.at))
    for before, i in zip([0, *shown], shown, strict=False):
        row = reading.grid(outs[i][[reading.at]], key=f"row-{i}", rows=False, limit=limit)
        name = start if i == 0 else fill({"en": "block {n}", "ja": "ブロック {n}"}, n=i)
        if i:
            stage.append(Link(f"block-{before}", f"block-{i}", key=f"link-{i}"))
        stage.append(Row(Block(name, key=f"block-{i}"), row, gap=0.6))
    return Beat(
        fill(
            {
                "en": "{n} blocks in a row: each adds something to the word's vector.",
                "ja": "{n} 個のブロックが、ベクトルに少しずつ足していきます。",
            },
            n=len(names),
        ),
        Column(*stage, gap=0.22),
        id="blocks",
    )
