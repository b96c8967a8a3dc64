"""What each input of a dense layer or a convolution adds to each of its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError
from nnanim.trace.data import RunData
from nnanim.trace.receptive_field import LayerInputs, layer_inputs

Floats = NDArray[np.float64]
BLOCK = 1 << 20
"""Maximum number of products that are held at once."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """The sum behind each unit of a layer, term by term, for one sample.

    For every shown unit i: ``bias[i] + terms[i].sum() + rest[i] == total[i]``. The units of a convolution are
    its channels, at one place of its maps; its inputs are what lies under the kernel there.

    Attributes:
        layer: name of the call.
        inputs: (in,) the values x that came in.
        places: (in, axes) where each of them stands in what came in: (unit,) for a dense layer, (channel,
            row, column) for a convolution; zeros that are padded around it stand outside.
        units: (shown,) which units of the layer the rows stand for.
        terms: (shown, k) the products w_ij * x_j, exact in float64; k is ``of`` or ``top``.
        indices: (shown, k) which input j each term belongs to; the largest |term| first when ``top`` was
            given.
        bias: (shown,) b_i, zeros for a layer without bias.
        rest: (shown,) everything not shown: the other terms, and the rounding of the network's own
            arithmetic.
        total: (shown,) the pre-activation that the network itself computed.
        width: number of units of the layer, shown or not.
        of: number of terms of each unit, shown or not; with groups of channels, fewer than inputs.
        biased: whether the layer has a bias.
    """

    layer: str
    inputs: Floats
    places: NDArray[np.intp]
    units: NDArray[np.intp]
    terms: Floats
    indices: NDArray[np.intp]
    bias: Floats
    rest: Floats
    total: Floats
    width: int
    of: int
    biased: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether all terms are shown."""
        return bool(self.terms.shape[1] == self.of)


def contributions(
    trace: RunData,
    layer: str,
    sample: int,
    top: int | None,
    at: Sequence[int],
    units: Sequence[int] | None,
) -> Contributions:
    """As `Trace.contributions`."""
    found = layer_inputs(trace, layer, sample, tuple(at))
    rows = np.arange(len(found.total)) if units is None else np.asarray(units, dtype=np.intp)
    if rows.size and not (rows.min() >= 0 and rows.max() < len(found.total)):
        raise UserError(f"{layer!r} has {len(found.total)} units, got {rows.tolist()}")
    terms, indices = _terms(found, rows, top)
    shift = np.zeros(len(rows)) if found.bias is None else found.bias[rows].astype(np.float64)
    end = found.total[rows]
    rest = end - shift - terms.sum(axis=1)
    return Contributions(
        layer, found.inputs, found.places, rows, terms, indices, shift, rest, end, len(found.total), found.of,
        found.bias is not None,
    )  # fmt: skip


def _terms(found: LayerInputs, rows: NDArray[np.intp], top: int | None) -> tuple[Floats, NDArray[np.intp]]:
    """The products of some units, and the inputs they belong to; each unit sees the inputs of its group."""
    if found.groups == 1:
        return products(found.weight, found.inputs, rows, top)
    group = rows // (len(found.total) // found.groups)
    kept = found.of if top is None else min(top, found.of)
    terms, indices = np.empty((len(rows), kept)), np.empty((len(rows), kept), dtype=np.intp)
    for one in np.unique(group):
        start, mine = int(one) * found.of, group == one
        part = products(found.weight, found.inputs[start : start + found.of], rows[mine], top)
        terms[mine], indices[mine] = part[0], part[1] + start
    return terms, indices


def products(
    weight: NDArray[np.generic], x: Floats, units: NDArray[np.intp], top: int | None
) -> tuple[Floats, NDArray[np.intp]]:
    """The terms w_ij * x_j of some units and the inputs they belong to.

    Args:
        weight: (out, in).
        x: (in,).
        units: rows of ``weight`` to compute.
        top: maximum number of terms of each row, the largest first; None keeps all in their order.

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
