"""What the words look at: arcs from one word, and the patterns of all heads side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Arcs, Column, Grid, Row, Text, Tokens
from nnanim.motions import Stream
from nnanim.stories.attention.drawing import LONGEST, build_line, needs_lines
from nnanim.stories.attention.head import WEIGHT
from nnanim.stories.attention.reading import Reading
from nnanim.words import fill

ALIKE = 0.05
"""Difference of weights up to which a head is said to look everywhere alike."""

ABREAST = 8
"""Number of heads in a row."""

HEADS = 32
"""Maximum number of heads that are shown; of more, the first."""


def look(reading: Reading, place: int | None = None) -> Beat:
    """Lines from the token at ``place`` (the one spoken of) to the tokens that it looks at; values run along.

    A sentence of more than one line has no lines, but its tokens are as strong as the weights.

    Raises:
        UserError: there is no such token.
    """
    place = reading.at if place is None else place
    weights = reading.pattern[place]
    stage = gaze(reading, place)
    return Beat(
        fill(
            {
                "en": "“{word}” looks at “{seen}”: its value flows over.",
                "ja": "「{word}」は「{seen}」を見て、バリューを受けとります。",
            },
            word=reading.name(place),
            seen=reading.name(int(weights.argmax())),
        ),
        stage,
        id=f"look-{place}",
        motion=None if needs_lines(reading) else Stream("arcs", seconds=0.9),
        born={"tokens": From("scores", cells=tuple((place, j) for j in range(reading.length)))},
    )


def gaze(reading: Reading, place: int, key: str = "arcs", most: int = LONGEST) -> Column | Tokens:
    """The tokens with lines from one to those that it looks at.

    A sentence of many lines has none of these; ``most`` of its tokens are shown.
    """
    weights = reading.pattern[place]
    most = most if needs_lines(reading) else LONGEST
    tokens = build_line(reading, most=most, values=weights, highlight=(place,), role=WEIGHT)
    if needs_lines(reading):
        return tokens
    return Column(Arcs(weights, tokens, key=key, origin=place, role=WEIGHT), tokens, gap=0.02)


def looks(reading: Reading) -> Iterator[Beat]:
    """Lines from three words, one after the other, the one that is spoken of last."""
    others = reading.pattern - np.diag(np.diag(reading.pattern))
    special = [i for i in reading.special if i < reading.length]
    if reading.length > 3:
        others[:, [0, *special]] = 0.0
    others[[*special, reading.at]] = -1.0
    strength = others.max(axis=1)
    strength[0] = -1.0
    chosen = [int(i) for i in np.argsort(-strength, kind="stable")[:2] if strength[i] >= 0]
    for place in (*sorted(chosen), reading.at):
        yield look(reading, place)


def heads(reading: Reading, layer: int | None = None) -> Beat:
    """All heads of a layer (the one that is shown) side by side: each has its own pattern."""
    layer = reading.layer_and_head[0] if layer is None else layer
    patterns = reading.patterns[layer]
    many = len(patterns)
    grids = [
        Grid(
            pattern, key=f"head-{i}", limit=reading.largest, role=WEIGHT, mask=reading.future,
            means=words.weight,
            # One name is enough: the others are counted on.
            label=str(i + 1) if i else fill({"en": "head {n}", "ja": "ヘッド {n}"}, n=i + 1),
        )
        for i, pattern in enumerate(patterns[:HEADS])
    ]  # fmt: skip
    wide = -(-len(grids) // -(-len(grids) // ABREAST))
    rows: list[Row | Text] = [Row(*grids[i : i + wide], gap=0.5) for i in range(0, len(grids), wide)]
    if many > HEADS:
        note = fill({"en": "{n} of {many} shown", "ja": "{many} 個のうち {n} 個"}, n=HEADS, many=many)
        rows.append(Text(note, key="cut", size="small", role="dimmed"))
    sentence = {
        "en": "{n} heads look in {n} ways.",
        "ja": "{n} 個のヘッドは見方が別々です。",
    }
    if reading.sharing > 1:
        sentence = {
            "en": "{n} heads look in {n} ways; {shared} at a time share keys and values.",
            "ja": "{n} 個のヘッドが別々に見ます。{shared} 個ずつキーと値を共有します。",
        }
    if not reading.causal and float(np.abs(patterns - 1 / reading.length).max()) < ALIKE:
        sentence = {
            "en": "Each of the {n} heads looks everywhere alike.",
            "ja": "{n} 個のヘッドは、どこも同じように見ます。",
        }
    if many == 1:
        sentence = {"en": "The block has one head.", "ja": "ブロックのヘッドは一つです。"}
    return Beat(
        fill(sentence, n=many, shared=reading.sharing),
        rows[0] if len(rows) == 1 else Column(*rows, gap=0.3),
        id="heads",
        born={one.key: From("row") for one in grids},
    )


def all_heads(reading: Reading) -> Iterator[Beat]:
    """The heads of every layer, one layer a beat."""
    for layer in range(len(reading.patterns)):
        beat = heads(reading, layer)
        sentence = fill(
            {"en": "Block {b} of {of}: {n} heads.", "ja": "{of} 個のうちブロック {b}：ヘッド {n} 個"},
            b=layer + 1,
            of=len(reading.patterns),
            n=len(reading.patterns[layer]),
        )
        yield Beat(
            beat.says if layer == reading.layer_and_head[0] else sentence, beat.stage, id=f"heads-{layer + 1}"
        )
