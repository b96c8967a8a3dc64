"""How far a colour scale reaches: to the largest value, unless a few far beyond the others hide them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.marks import round_up

BULKS = {0.98: 2.5, 0.95: 4.0, 0.9: 5.0}
"""Shares of the values other than 0, and from how many times their largest on others are left out."""

FEW = 20
"""Fewer values than that are all within their scale."""

SAMPLED = 1 << 17
"""Of more values than that, every second, third, … is looked at."""

UPPER = 0.75
"""The quantile of the neurons that are shown which a scale reaches to if the largest ones lie beyond it."""


def color_reach(values: npt.NDArray[Any]) -> float:
    """The |value| that a colour scale of these values reaches to; larger ones have the colour of its end.

    Language models hold single values of hundreds among values of some units (Sun et al., "Massive
    Activations in Large Language Models", 2024, section 2): on a scale up to these, all others are black.

    Args:
        values: finite, of any shape; (n, k) whose rows are probabilities reach to their largest.
    """
    real = values if values.dtype.kind == "c" else np.asarray(values, dtype=np.float64)
    sizes = np.abs(real)
    largest = float(sizes.max(initial=0.0))
    if values.ndim == 2 and sizes.size and np.allclose(real.sum(axis=1), 1, atol=1e-4):
        return largest
    some = sizes[sizes > 0]
    if len(some) < FEW:
        return largest
    bulks = np.quantile(some[:: -(-len(some) // SAMPLED)], list(BULKS))
    for bulk, far in zip(bulks, BULKS.values(), strict=True):
        largest = float(bulk) if largest > far * bulk else largest
    return largest


def shown_limit(values: npt.NDArray[np.float64], limit: float) -> float:
    """The limit of the scale of a few neurons: the layer's, or one that tells those apart that are shown.

    Args:
        values: (n,) of the neurons that are shown.
        limit: of the layer's scale.
    """
    sizes = np.abs(values)
    return (
        limit if sizes.max(initial=0.0) <= limit else max(limit, round_up(float(np.quantile(sizes, UPPER))))
    )
