"""Ink: how much of the frame the marks of a beat cover.

Covered is what lies under a filled disc, box, polygon or picture (whatever its colour: a black pixel is a
pixel), under a line as wide as it is drawn, and under the box around a line of text or a piece of a formula.
Only the stage counts: neither title, legends nor sentence. A thing that is nearly clear (alpha below `CLEAR`)
covers nothing; a dimmed one covers as much as a bright one. Where two marks lie on each other, the place
counts once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from nnanim.check.boxes import bounds
from nnanim.check.geometry import Floats, box_of
from nnanim.marks import Frame
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Shapes, Within

CELL = 0.025
"""Side of a square of the raster on which area is counted, in frame units."""

CLEAR = 0.04
"""Alpha below which something covers nothing."""


class Sheet:
    """A raster over the frame, on which shapes leave marks."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.left, self.top = -width / 2, height / 2
        self.covered = np.zeros((round(height / CELL), round(width / CELL)), dtype=bool)

    @property
    def share(self) -> float:
        """Share of the raster that is covered."""
        return float(self.covered.mean())

    def _window(self, box: Floats) -> tuple[slice, slice, Floats, Floats]:
        """Rows and columns whose middles may lie in a box (left, right, bottom, top), and these middles."""
        rows, columns = self.covered.shape
        c0, c1 = _squares((box[0] - self.left) / CELL, (box[1] - self.left) / CELL, columns)
        r0, r1 = _squares((self.top - box[3]) / CELL, (self.top - box[2]) / CELL, rows)
        x = self.left + (np.arange(c0, c1) + 0.5) * CELL
        y = self.top - (np.arange(r0, r1) + 0.5) * CELL
        return slice(r0, r1), slice(c0, c1), np.asarray(x, dtype=float), np.asarray(y[:, None], dtype=float)

    def rectangle(self, box: Floats) -> None:
        """Cover a box (left, right, bottom, top), at least one square wide and high."""
        rows, columns, _, _ = self._window(box)
        self.covered[rows, columns] = True

    def disc(self, x: float, y: float, radius: float) -> None:
        """Cover a circle."""
        rows, columns, xs, ys = self._window(np.array([x - radius, x + radius, y - radius, y + radius]))
        self.covered[rows, columns] |= (xs - x) ** 2 + (ys - y) ** 2 <= radius**2

    def stroke(self, a: Floats, b: Floats, width: float) -> None:
        """Cover a straight line; one that is thinner than a square covers its share of them."""
        long = float(np.hypot(*(b - a)))
        count = int(long / ((0.5 if width >= CELL else 1.0) * CELL)) + 1
        along = a + (b - a) * np.linspace(0, 1, count)[:, None]
        across = np.array([-(b - a)[1], (b - a)[0]]) / (long or 1.0)
        lanes = max(round(width / (0.7 * CELL)), 1)
        if width < CELL:  # every so many of its squares, as evenly as may be
            keep = np.floor(np.arange(count) * width / CELL) != np.floor(
                (np.arange(count) - 1) * width / CELL
            )
            along = along[keep]
        offsets = (np.arange(lanes) - (lanes - 1) / 2) / lanes * width
        points = (along[:, None] + offsets[:, None] * across).reshape(-1, 2)
        at = np.floor((points - [self.left, self.top]) / [CELL, -CELL]).astype(int)
        inside = ((at >= 0) & (at < self.covered.shape[::-1])).all(axis=1)
        self.covered[at[inside, 1], at[inside, 0]] = True

    def polygon(self, points: Floats) -> None:
        """Cover a closed polygon, by the even-odd rule."""
        low, high = points.min(axis=0), points.max(axis=0)
        rows, columns, xs, ys = self._window(np.array([low[0], high[0], low[1], high[1]]))
        inside = np.zeros((ys.size, xs.size), dtype=bool)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if y0 != y1:
                inside ^= ((ys > y0) != (ys > y1)) & (xs < (x1 - x0) * (ys - y0) / (y1 - y0) + x0)
        self.covered[rows, columns] |= inside


def _squares(low: float, high: float, count: int) -> tuple[int, int]:
    """The squares, of ``count`` in a row, whose middles lie between two places; one where it is none."""
    first = int(np.clip(np.ceil(low - 0.5), 0, count))
    last = int(np.clip(np.floor(high - 0.5) + 1, 0, count))
    if last <= first and high > 0 and low < count:
        first = int(np.clip((low + high) / 2, 0, count - 1))
        last = first + 1
    return first, last


def share_of_ink(frame: Frame, keys: Iterable[str]) -> float:
    """Share (0..1) of the frame that the marks of some keys cover."""
    sheet, drawn = Sheet(frame.style.width, frame.style.height), frame.draw()
    for key in keys:
        cover(sheet, drawn[key])
    return sheet.share


def share_of_stage(frame: Frame, keys: Iterable[str]) -> float:
    """Share (0..1) of the stage that the box around the marks of some keys takes."""
    drawn = frame.draw()
    boxes = [box for key in keys for shape in drawn[key] if (box := bounds(shape)) is not None]
    if not boxes:
        return 0.0
    a, (left, right, bottom, top) = np.array(boxes), frame.stage
    wide = min(a[:, 1].max(), right) - max(a[:, 0].min(), left)
    tall = min(a[:, 3].max(), top) - max(a[:, 2].min(), bottom)
    return float(max(wide, 0.0) * max(tall, 0.0) / ((right - left) * (top - bottom)))


def cover(sheet: Sheet, shapes: Shapes) -> None:
    """Leave the marks of some shapes on a sheet."""
    for shape in shapes:
        _cover(sheet, shape)


def _cover(sheet: Sheet, shape: Shape) -> None:
    if isinstance(shape, Discs):
        rim = shape.rim_width / 2 if shape.rims is not None else 0.0
        for i in np.flatnonzero(_is_filled(shape)):
            x, y = shape.centers[i]
            sheet.disc(float(x), float(y), float(shape.radii[i]) + rim)
    elif isinstance(shape, Boxes):
        _cover_boxes(sheet, shape)
    elif isinstance(shape, Lines):
        for i in np.flatnonzero(shape.colors[:, 3] >= CLEAR):
            sheet.stroke(shape.starts[i], shape.ends[i], float(shape.widths[i]))
    elif isinstance(shape, Polyline):
        _cover_polyline(sheet, shape)
    elif isinstance(shape, Within):
        inside = Sheet(sheet.width, sheet.height)
        cover(inside, shape.shapes)
        rows, columns, _, _ = sheet._window(np.array(shape.box))
        sheet.covered[rows, columns] |= inside.covered[rows, columns]
    elif isinstance(shape, Raster):
        if shape.opacity >= CLEAR:
            sheet.rectangle(box_of(shape))
    elif isinstance(shape, Filled) and shape.color[3] >= CLEAR:
        sheet.rectangle(box_of(shape))


def _is_filled(shape: Discs | Boxes) -> npt.NDArray[np.bool_]:
    """Which of a batch have a fill; a neuron that is an empty ring counts, too: its rim goes around it."""
    alpha = shape.fills[:, 3]
    if isinstance(shape, Discs) and shape.rims is not None:
        alpha = np.maximum(alpha, shape.rims[:, 3])
    return np.asarray(alpha >= CLEAR)


def _cover_boxes(sheet: Sheet, shape: Boxes) -> None:
    half = shape.sizes / 2
    low, high = shape.centers - half, shape.centers + half
    for i, filled in enumerate(_is_filled(shape)):
        if filled:
            sheet.rectangle(np.array([low[i, 0], high[i, 0], low[i, 1], high[i, 1]]))
        elif shape.rims is not None and shape.rims[i, 3] >= CLEAR:
            corners = np.array(
                [low[i], [high[i, 0], low[i, 1]], high[i], [low[i, 0], high[i, 1]]], dtype=float
            )
            for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
                sheet.stroke(a, b, shape.rim_width)


def _cover_polyline(sheet: Sheet, shape: Polyline) -> None:
    if shape.fill is not None and shape.fill[3] >= CLEAR:
        sheet.polygon(shape.points)
    if shape.width > 0 and shape.color[3] >= CLEAR:
        ends = np.roll(shape.points, -1, axis=0) if shape.closed else shape.points[1:]
        for a, b in zip(shape.points, ends, strict=False):
            sheet.stroke(a, b, shape.width)
