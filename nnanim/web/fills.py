"""Widths of a crowd of wires that follow from their weights: they are computed when a film is read.

The weights stand in the file with all their digits, so that each can be asked. As widths they would stand
there once more, as whole numbers. Where these are what the weights give, zeros stand in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from nnanim.web.quanta import ALPHA

Numbers = npt.NDArray[np.int16]
Singles = npt.NDArray[np.float32]
Fill = tuple[int, int, int, float]
"""Place among the whole numbers, count, place among those of single precision, the value that is 1."""

MANY = 1000
"""Number of weights from which this is worth while."""


def find_fills(numbers: Numbers, singles: Singles, arrays: Iterable[tuple[int, int, float]]) -> list[Fill]:
    """Where whole numbers are what numbers of single precision give.

    Args:
        numbers: all whole numbers.
        singles: all numbers of single precision.
        arrays: place and count of some of them, and the value whose share of 1 they are written as.
    """
    content = np.ascontiguousarray(numbers, dtype="<i2").tobytes()
    found = dict[int, Fill]()
    for at, count, limit in arrays:
        wanted = compute_fill(singles, (0, count, at, limit)).tobytes() if count >= MANY else b""
        place = content.find(wanted) if wanted else -1
        while place >= 0:
            if place % 2 == 0:
                found[place // 2] = (place // 2, count, at, limit)
            place = content.find(wanted, place + 1)
    return list(found.values())


def clear_fills(numbers: Numbers, fills: Sequence[Fill]) -> Numbers:
    """The whole numbers with zeros where they are filled in again."""
    cleared = numbers.copy()
    for place, count, _, _ in fills:
        cleared[place : place + count] = 0
    return cleared


def compute_fill(singles: Singles, fill: Fill) -> Numbers:
    """The whole numbers that belong into a place, as every reader computes them: half goes up.

    What is nearly 0 keeps its sign, which is a colour.
    """
    _, count, at, limit = fill
    shares = singles[at : at + count].astype(float) / limit * ALPHA
    return np.where(np.abs(shares) < 1, np.sign(shares), np.floor(shares + 0.5)).astype("<i2")
