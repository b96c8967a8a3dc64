"""How positions are written as vectors: stripes of sine waves, and what a model has learned instead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Column, Curve, Formula, Grid, Row, round_up
from nnanim.stories.attention.reading import Floats
from nnanim.words import Words, fill

PLACES, NUMBERS = 48, 64
"""Number of positions, and of numbers of each, that are drawn."""

WAVES = (0, 8, 16, 24)
"""The numbers whose waves are drawn as curves."""

ALIKE = 0.1
"""Margin by which the cosine of neighbours exceeds that of any two positions where near ones are alike."""

POSITION: Words = {"en": "position", "ja": "位置"}


def sinusoid(places: int, width: int) -> Floats:
    """(places, width) the positional encoding of A. Vaswani et al. (2017), section 3.5.

    PE(p, 2i) = sin(p / 10000^(2i / width)), PE(p, 2i + 1) the cosine of the same.
    """
    i = np.arange(width)
    angle = np.arange(places)[:, None] / 10000.0 ** ((i - i % 2) / width)
    return np.where(i % 2 == 0, np.sin(angle), np.cos(angle))


def stripes(learned: Floats | None = None, width: int = NUMBERS) -> Iterator[Beat]:
    """Tell positional encodings: the sine waves, and beside them what a model has learned.

    Args:
        learned: (positions, units) the position vectors of a model, or None.
        width: how many numbers the sine waves' vectors have.

    Raises:
        UserError: an odd width, or learned vectors that are no table.
    """
    if width < 2 or width % 2:
        raise UserError(f"the vectors of sine waves have an even number of numbers, got {width}")
    if learned is not None and np.ndim(learned) != 2:
        raise UserError(f"learned positions of shape {np.shape(learned)}; (positions, units) wanted")
    places = PLACES if learned is None else min(PLACES, len(learned))
    waves = sinusoid(places, width)
    means: Words = {"en": "value", "ja": "値"}
    label: Words = {"en": "sine waves", "ja": "正弦波"}
    table = Grid(waves[:, :NUMBERS], key="waves", limit=1.0, means=means, label=label, of=waves.shape)
    yield Beat(
        {
            "en": "A position as a vector: one row of stripes for each place.",
            "ja": "位置をベクトルで表します。1 行が一つの位置です。",
        },
        table,
        id="stripes",
        given=("waves",),
    )
    chosen = [n for n in WAVES if n < width]
    curves = Curve(
        np.arange(places, dtype=float), waves[:, chosen].T, key="curves", x_name=POSITION,
        names=tuple(fill({"en": "number {n}", "ja": "数 {n}"}, n=n + 1) for n in chosen),
        x_limits=(0.0, float(places - 1)), y_limits=(-1.0, 1.0),
    )  # fmt: skip
    formula = Formula(("P E_(p, 2 i) = sin (p \\/ 10000^(2 i \\/ d))",), key="formula", size="medium")
    yield Beat(
        {
            "en": "Each number is a wave over the places: the first fast, the last slow.",
            "ja": "各数は位置に沿った波です。最初は速く、最後は遅くなります。",
        },
        Row(table, Column(curves, formula, gap=0.4), gap=0.8),
        id="waves",
        given=("waves", "curves", "formula"),
    )
    yield _near(waves, means, "waves", label)
    if learned is not None:
        yield from _learn_beats(np.asarray(learned, dtype=float)[:places], len(learned), table, means)


def _learn_beats(values: Floats, count: int, table: Grid, means: Words) -> Iterator[Beat]:
    limit = round_up(float(np.abs(values).max()))
    shown = Grid(
        values[:, :NUMBERS], key="learned", limit=limit, means={"en": "learned value", "ja": "学習した値"},
        label={"en": "learned", "ja": "学習した位置"}, of=(count, values.shape[1]),
    )  # fmt: skip
    yield Beat(
        {
            "en": "This model has learned its position vectors instead.",
            "ja": "このモデルは、位置のベクトルを学習しています。",
        },
        Row(table, shown, gap=0.8),
        id="learned",
        given=("waves",),
    )
    yield _near(values, means, "learned", {"en": "learned", "ja": "学習した位置"})


def _near(values: Floats, means: Words, key: str, label: Words) -> Beat:
    """How much the vectors of any two places have in common: the cosine between them."""
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    cosine = np.clip(unit @ unit.T, -1, 1)
    others = cosine[~np.eye(len(cosine), dtype=bool)]
    alike = float(np.diag(cosine, 1).mean() - others.mean()) > ALIKE
    return Beat(
        {
            "en": "Near places have vectors alike: the cosine of any two of them.",
            "ja": "近い位置のベクトルは似ています。二つの間のコサインです。",
        }
        if alike
        else {
            "en": "Here near places are no more alike than far ones: a row for each.",
            "ja": "ここでは近い位置でも似ていません。位置ごとに別のベクトルです。",
        },
        Row(
            Grid(
                values[:, :NUMBERS], key=key, limit=round_up(float(np.abs(values).max())), means=means,
                label=label, of=values.shape,
            ),
            Grid(
                cosine, key=f"near-{key}", limit=1.0, role="amount",
                means={"en": "cosine", "ja": "コサイン"}, label={"en": "likeness", "ja": "似ている度合い"},
            ),
            gap=0.8,
        ),
        id=f"near-{key}",
        given=("waves", "near-waves") if key == "waves" else (),
    )  # fmt: skip
