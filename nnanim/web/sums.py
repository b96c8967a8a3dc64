"""Numbers of double precision that are sums of others in the file, such as a picture and its noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LONG = 1000
"""Number of values from which it is tried whether they are sums."""

MOST_STEPS = 32_767
"""Number of steps between neighbours in double precision by which a sum may be off before it is put
right: some, or many where two large numbers nearly make up for each other."""


class Sum(NamedTuple):
    """Values as min(max(a + factor · b, low), high), some steps further.

    Attributes:
        terms: numbers of the two arrays, factor, low, high.
        steps: (n,) by how many numbers of double precision each value comes after the sum.
    """

    terms: tuple[int, int, float, float, float]
    steps: npt.NDArray[np.int64]


def find_sum(values: Floats, known: Sequence[tuple[int, Floats]]) -> Sum | None:
    """Two of the ``known`` arrays whose sums are ``values`` (n,), bit by bit; None where there are none."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    same = {number: array for number, array in known if array.size == values.size}
    for (number, one), (other, way) in permutations(same.items(), 2):
        at = int(np.where((values > low) & (values < high), np.abs(way), 0.0).argmax())
        if not way[at]:
            continue
        terms = number, other, float(f"{(values[at] - one[at]) / way[at]:.9g}"), low, high
        steps = values.view(np.int64) - add_up(terms, one, way).view(np.int64)
        if np.abs(steps).max() <= MOST_STEPS:
            return Sum(terms, steps)
    return None


def add_up(terms: tuple[int, int, float, float, float], one: Floats, other: Floats) -> Floats:
    """The sums before they are put right; a 0 has no sign."""
    return np.asarray(np.clip(one + terms[2] * other, *terms[3:]) + 0.0)


def put_right(sums: Floats, steps: Floats) -> Floats:
    """The values that are so many steps further than some sums."""
    return (sums.view(np.int64) + steps.astype(np.int64)).view(np.float64)
