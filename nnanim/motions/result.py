"""What a window gives: a line from it to the cell that it fills, and the number that comes there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.marks import Frame, Parts, Placed, number
from nnanim.marks.common import draw_window
from nnanim.marks.easing import ramp
from nnanim.shapes import Boxes, Lines, Shapes, fade

Floats = npt.NDArray[np.float64]

COME, SHOW, GONE = (0.3, 0.5), (0.5, 0.58), (0.9, 1.0)
"""Shares of the time at a place in which the line comes, the cell is shown, and all of this goes."""

WIDTH = 0.04
"""Of the line."""


def draw_result(
    window: Floats, target: Placed, cells: Parts, index: int, since: float, frame: Frame
) -> Shapes:
    """The line, a ring around the cell and its number, at a share (0..1) of the window's time at its place.

    Args:
        window: (2, 2) middle and size of the window.
        target: the mark whose cell is filled.
        cells: its parts.
        index: of the cell, in reading order.
        since: share of the time that the window has been at its place.
        frame: on which all this stands.
    """
    theme, grown = frame.style.theme, ramp(since, *COME)
    light = min(1.0, 4 * grown) * (1 - ramp(since, *GONE))
    at, size = cells.centers.reshape(-1, 2)[index], cells.sizes.reshape(-1, 2)[index]
    start, end = _edge(window[0], window[1], at), _edge(at, size, window[0])
    color = theme.rgba("accent")
    line = Lines(start[None], (start + (end - start) * grown)[None], color[None], np.array([WIDTH]))
    shown: Shapes = (draw_window(at[None], size[None], theme),)
    row, column = np.unravel_index(index, target.mark.cells or (1, 1))
    value = target.mark.cell_number(int(row), int(column))
    if value is not None:
        shown += _plate(number(value), at, size, frame)
    return fade((line, *fade(shown, ramp(since, *SHOW))), light)


def _edge(middle: Floats, size: Floats, toward: Floats) -> Floats:
    """Where a straight line from the middle of a box to a point leaves the box."""
    way = toward - middle
    share = np.min(size / 2 / np.maximum(np.abs(way), 1e-9))
    return np.asarray(middle + way * min(share, 1.0))


def _plate(text: str, at: Floats, size: Floats, frame: Frame) -> Shapes:
    """A number above a cell, on ground that keeps it readable."""
    theme, style = frame.style.theme, frame.style
    x, y = float(at[0]), float(at[1] + size[1] / 2 + 0.75 * theme.small)
    box = np.array([[style.text_width(text, theme.small) + 0.12, theme.small * 1.2]])
    plate = Boxes(np.array([[x, y]]), box, theme.rgba("ground", 0.85)[None], corner=0.06)
    return (plate, *shapes.text(text, x, y, theme.small, theme.rgba("ink"), theme))
