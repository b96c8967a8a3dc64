"""What each input of a dense layer adds to each of its units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BLOCK = 1 << 20  # products held at once


@dataclass(frozen=True, eq=False)
class Contributions:
    """The sum behind each unit of a dense layer, term by term, for one sample.

    For every shown unit i: ``bias[i] + terms[i].sum() + rest[i] == total[i]``.

    Attributes:
        layer: name of the call.
        inputs: (in,) the values x that came in.
        units: (shown,) which units of the layer the rows stand for.
        terms: (shown, k) the products w_ij * x_j, exact in float64; k is ``in`` or ``top``.
        indices: (shown, k) which input j each term belongs to; the largest |term| first when ``top`` was
            given.
        bias: (shown,) b_i, zeros for a layer without bias.
        rest: (shown,) everything not shown: the other terms, and the rounding of the network's own
            arithmetic.
        total: (shown,) the pre-activation that the network itself computed.
        width: number of units of the layer, shown or not.
    """

    layer: str
    inputs: Floats
    units: NDArray[np.intp]
    terms: Floats
    indices: NDArray[np.intp]
    bias: Floats
    rest: Floats
    total: Floats
    width: int
    whole: bool = field(default=True)

    @property
    def shown(self) -> str:
        """What is shown of how much, to be put on the screen: "8 of 768 shown"; "" when all is."""
        if self.whole:
            return ""
        return f"{self.terms.shape[1]} of {self.inputs.shape[0]} shown"


def products(
    weight: NDArray[np.generic], x: Floats, units: NDArray[np.intp], top: int | None
) -> tuple[Floats, NDArray[np.intp]]:
    """The terms w_ij * x_j of some units and the inputs they belong to.

    Args:
        weight: (out, in).
        x: (in,).
        units: rows of ``weight`` to compute.
        top: keep only so many terms of each row, the largest first; None keeps all in their order.

    Returns:
        terms (units, k) and indices (units, k).
    """
    width = x.shape[0]
    if top is None or top >= width:
        terms = weight[units].astype(np.float64) * x
        return terms, np.broadcast_to(np.arange(width), terms.shape)
    kept = np.empty((len(units), top))
    where = np.empty((len(units), top), dtype=np.intp)
    rows = max(1, BLOCK // max(1, width))
    for start in range(0, len(units), rows):
        part = weight[units[start : start + rows]].astype(np.float64) * x
        size = np.abs(part)
        best = np.argpartition(-size, top - 1, axis=1)[:, :top] if top else np.empty((len(part), 0), np.intp)
        # Equal sizes stand in the order of the inputs, so that the picture is the same on every machine.
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(size, best, 1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, 1)
        where[start : start + rows] = best
        kept[start : start + rows] = np.take_along_axis(part, best, 1)
    return kept, where
