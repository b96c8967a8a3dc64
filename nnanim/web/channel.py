"""Channels: how a row of numbers changes in the course of a phase.

A channel is the place of its one row where nothing changes; else [moments, count, rows], between which it
goes straight; or, where all numbers change in step, [moments, count, weights, rank, rows]: one row, and
others that are added to it with weights that change.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.web.bank import Bank
from nnanim.web.quanta import LARGEST, as_int16, as_places

Floats = npt.NDArray[np.float64]

MOMENT = 32767
"""Steps of time in a phase."""

UNIT = 32767
"""Steps of a weight."""

LOOSE, CLOSE = 4.0, 1.0
"""Steps by which a place, or a colour of 255, may be beside the straight way between two samples."""

MOST = 4_000_000
"""Number of numbers between which middles are added."""

RANK, SHORT = 8, 6
"""Largest number of rows that are added with weights, and length of a row from which that is tried."""

Channel = int | list[int]

NONE = np.zeros(0, dtype=np.intp)


def channel(
    rows: Floats,
    moments: Floats,
    loose: Floats,
    bank: Bank,
    smooth: bool = True,
    fine: npt.NDArray[np.intp] = NONE,
) -> Channel:
    """Rows (k, n) at moments (k,) as a channel.

    Args:
        rows: the numbers at each moment.
        moments: shares of the phase's time.
        loose: () or (n,) by how much each number may be off.
        bank: receives the numbers.
        smooth: whether what lies between the rows bends as they do, or goes straight.
        fine: places whose rests are told, too, as of `fine_places`.
    """
    if len(rows) == 1 or np.ptp(rows, axis=0).max(initial=0.0) < 0.5:
        return bank.put(as_places(rows[0], fine))
    found = factor(rows, loose) if smooth and len(rows) > 3 and rows.shape[1] >= SHORT else None
    if found is not None:
        return _mix(*found, moments, loose, bank, fine)
    if smooth and 2 < len(rows) <= MOST / rows.shape[1]:
        rows, moments = _refine(rows, moments, loose)
    kept = bends(rows, moments, loose)
    return [_moments(moments[kept], bank), len(kept), bank.put(_steps(as_places(rows[kept], fine)))]


def _moments(moments: Floats, bank: Bank) -> int:
    return bank.put(as_int16(moments * MOMENT))


def _steps(rows: npt.NDArray[np.int16]) -> npt.NDArray[Any]:
    """The first row, and each other one as its difference to the one before."""
    return np.diff(rows.astype(np.int32), axis=0, prepend=0).astype("<i2")


def factor(rows: Floats, loose: Floats) -> tuple[Floats, Floats, Floats] | None:
    """A base (n,), weights (k, r) and rows (r, n) of which rows (k, n) are made, where few are enough.

    Source: Eckart and Young, "The approximation of one matrix by another of lower rank", 1936.
    """
    base = rows[0]
    apart = (rows - base) / loose
    values, vectors = np.linalg.eigh(apart @ apart.T)
    for rank in range(1, min(RANK, len(rows) - 3) + 1):
        weights = vectors[:, -rank:] * np.sqrt(np.maximum(values[-rank:], 1e-12))
        size = np.abs(weights).max(axis=0)
        weights = weights / size
        parts = np.linalg.lstsq(weights, apart, rcond=None)[0]
        if np.abs(weights @ parts - apart).max() <= 0.5:
            parts = parts * loose
            return (base, weights, parts) if np.abs(parts).max() <= LARGEST else None
    return None


def _mix(
    base: Floats,
    weights: Floats,
    parts: Floats,
    moments: Floats,
    loose: Floats,
    bank: Bank,
    fine: npt.NDArray[np.intp],
) -> Channel:
    weights, moments = _refine(weights, moments, loose)
    # A weight may be off by as much as the number that it moves farthest, shared among all weights.
    reach = np.abs(parts / loose).max(axis=1) * len(parts)
    kept = bends(weights, moments, 1 / np.maximum(reach, 1e-9))
    rows = bank.put(as_places(np.vstack([base, parts]), fine))
    # Steps of an eighth of that are fine enough, and compress better.
    grid = 2 ** np.floor(np.log2(np.maximum(UNIT / np.maximum(4 * reach, 1e-9), 1)).clip(max=12))
    told = np.rint(weights[kept] * UNIT / grid) * grid
    return [
        _moments(moments[kept], bank),
        len(kept),
        bank.put(_steps(as_int16(told))),
        len(parts),
        rows,
    ]


def _refine(rows: Floats, moments: Floats, loose: Floats) -> tuple[Floats, Floats]:
    """More of a way, so that it can be seen where it bends; most of what is held to it most closely."""
    for _ in range(2 if np.max(loose) >= CLOSE else 4):
        rows, moments = add_middles(rows, moments)
    return rows, moments


def add_middles(rows: Floats, moments: Floats) -> tuple[Floats, Floats]:
    """The same rows and moments, and those half-way between neighbours on a curve through all of them.

    The curve is a cubic between two rows; in each it goes as the parabola through it and its neighbours does.
    Nothing goes beyond the two rows that it lies between, but where it turns back: what jumps does not swing.

    Source: Catmull and Rom, "A class of local interpolating splines", 1974; moments may lie unevenly.
    """
    steps = np.maximum(np.diff(moments), 1e-12)[:, None]
    slopes = np.diff(rows, axis=0) / steps
    turns = np.empty_like(rows)
    turns[1:-1] = (slopes[:-1] * steps[1:] + slopes[1:] * steps[:-1]) / (steps[:-1] + steps[1:])
    turns[0], turns[-1] = 2 * slopes[0] - turns[1], 2 * slopes[-1] - turns[-2]
    middles = (rows[:-1] + rows[1:]) / 2 + steps * (turns[:-1] - turns[1:]) / 8
    low, high = np.minimum(rows[:-1], rows[1:]), np.maximum(rows[:-1], rows[1:])
    found = np.empty((2 * len(rows) - 1, rows.shape[1]))
    back = turns[:-1] * turns[1:] < 0
    back[[0, -1]] = False
    found[::2], found[1::2] = rows, np.where(back, middles, np.clip(middles, low, high))
    times = np.empty(len(found))
    times[::2], times[1::2] = moments, (moments[:-1] + moments[1:]) / 2
    return found, times


def bends(rows: Floats, moments: Floats, loose: Floats) -> npt.NDArray[np.intp]:
    """Places of the rows that must be kept so that all others lie on the straight ways between them.

    Source: Ramer, "An iterative procedure for the polygonal approximation of plane curves", 1972.
    """
    kept, open_ = {0, len(rows) - 1}, [(0, len(rows) - 1)]
    while open_:
        a, b = open_.pop()
        if b - a < 2:
            continue
        share = ((moments[a + 1 : b] - moments[a]) / (moments[b] - moments[a]))[:, None]
        off = (np.abs(rows[a] + (rows[b] - rows[a]) * share - rows[a + 1 : b]) / loose).max(
            axis=1, initial=0.0
        )
        worst = int(off.argmax())
        if off[worst] > 1:
            middle = a + 1 + worst
            kept.add(middle)
            open_ += [(a, middle), (middle, b)]
    return np.array(sorted(kept))
