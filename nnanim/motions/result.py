"""What a window gives: a line from it to the cell that it fills, and the number that comes there.

The line runs along the borders of cells, beside their numbers and names, never through them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.marks import Frame, Parts, Placed, number
from nnanim.marks.common import draw_window
from nnanim.marks.easing import ramp
from nnanim.shapes import Boxes, Polyline, Shapes, fade

Floats = npt.NDArray[np.float64]
Room = tuple[float, float, float, float]

COME, SHOW, GONE = (0.3, 0.5), (0.5, 0.58), (0.9, 1.0)
"""Shares of the time at a place in which the line comes, the cell is shown, and all of this goes."""

WIDTH = 0.04
"""Of the line."""


def draw_result(
    window: Floats, source: Placed, target: Placed, cells: Parts, index: int, since: float, frame: Frame
) -> Shapes:
    """The line, a ring around the cell and its number, at a share (0..1) of the window's time at its place.

    Args:
        window: (2, 2) middle and size of the window.
        source: the mark under the window.
        target: the mark whose cell is filled.
        cells: its parts.
        index: of the cell, in reading order.
        since: share of the time that the window has been at its place.
        frame: on which all this stands.
    """
    theme, grown = frame.style.theme, ramp(since, *COME)
    light = min(1.0, 4 * grown) * (1 - ramp(since, *GONE))
    at, size = cells.centers.reshape(-1, 2)[index], cells.sizes.reshape(-1, 2)[index]
    color = theme.rgba("accent")
    line = Polyline(_grow(find_way(window, source, at, size, target), grown), color, WIDTH)
    shown: Shapes = (draw_window(at[None], size[None], theme),)
    row, column = np.unravel_index(index, target.mark.cells or (1, 1))
    value = target.mark.cell_number(int(row), int(column))
    if value is not None:
        rows = (target.mark.cells or (1, 1))[0]
        side = 1.0 if 0 < row == rows - 1 else -1.0  # over what is not there yet: it hides nothing
        shown += _plate(number(value), at, size, side, frame)
    return fade((line, *fade(shown, ramp(since, *SHOW))), light)


def find_way(window: Floats, source: Placed, at: Floats, size: Floats, target: Placed) -> Floats:
    """(4, 2) places of a line from a corner of the window to one of a cell, along the borders of cells.

    It leaves the source along a border, crosses the room between the two, and comes to the cell along one.

    Args:
        window: (2, 2) middle and size of the window.
        source: the mark under the window.
        at: (2,) middle of the cell.
        size: (2,) of the cell.
        target: the mark that the cell is of.
    """
    apart = [_gap(source.room, target.room, axis) for axis in (0, 1)]
    axis = int(apart[1] > apart[0])  # 0: beside each other, 1: below each other
    across = 1 - axis
    middles, halves = (np.array([source.x, source.y]), np.array([target.x, target.y])), (
        np.array([source.w, source.h]) / 2, np.array([target.w, target.h]) / 2,
    )  # fmt: skip
    way = 1.0 if middles[1][axis] >= middles[0][axis] else -1.0
    leaves = window[0] + window[1] / 2 * _toward(way, at[across] - window[0][across], axis)
    comes = at + size / 2 * _toward(-way, window[0][across] - at[across], axis)
    out, into = leaves.copy(), comes.copy()
    out[axis] = middles[0][axis] + way * halves[0][axis]
    edge = target.room[2 * axis] if way > 0 else target.room[2 * axis + 1]
    between = max(way * edge, way * out[axis]) * way
    into[axis] = way * min(way * between, way * (middles[1][axis] - way * halves[1][axis]))
    return np.array([leaves, out, into, comes])


def _gap(one: Room, other: Room, axis: int) -> float:
    """How far two rooms are apart along an axis; below 0 where they share some of it."""
    low, high = 2 * axis, 2 * axis + 1
    return max(other[low] - one[high], one[low] - other[high])


def _toward(along: float, across: float, axis: int) -> Floats:
    """The corner of a box that lies on the way."""
    corner = np.array([along, 1.0 if across >= 0 else -1.0])
    return corner if axis == 0 else corner[::-1]


def _grow(way: Floats, share: float) -> Floats:
    """As much of a way; what is not reached yet waits at its end."""
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    passed = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.minimum(passed, share * passed[-1])
    order = np.arange(len(way)) * 1e-12  # two equal places are no error
    return np.column_stack([np.interp(at, passed + order, way[:, axis]) for axis in (0, 1)])


def _plate(text: str, at: Floats, size: Floats, side: float, frame: Frame) -> Shapes:
    """A number above a cell (``side`` 1) or below it (−1), on ground that keeps it readable."""
    theme, style = frame.style.theme, frame.style
    x, y = float(at[0]), float(at[1] + side * (size[1] / 2 + 0.75 * theme.small))
    box = np.array([[style.text_width(text, theme.small) + 0.12, theme.small * 1.2]])
    plate = Boxes(np.array([[x, y]]), box, theme.rgba("ground", 0.85)[None], corner=0.06)
    return (plate, *shapes.text(text, x, y, theme.small, theme.rgba("ink"), theme))
