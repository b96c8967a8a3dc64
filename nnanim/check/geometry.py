"""Where shapes are: boxes around them, and which of their elements can be seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Within, word_box

Floats = npt.NDArray[np.float64]

SEEN = 0.15
"""Alpha from which something is seen."""


def box_of(shape: Raster | Filled) -> Floats:
    """Left, right, bottom, top of a picture or an outline."""
    if isinstance(shape, Filled):
        low, high = word_box(shape)
    else:
        middle, half = np.array(shape.center), np.array(shape.size) / 2
        low, high = middle - half, middle + half
    return np.array([low[0], high[0], low[1], high[1]])


def seen_boxes(shape: Shape) -> Floats:
    """(n, 4) left, right, bottom, top of the elements of a shape that are seen; the glow is left out."""
    if isinstance(shape, Raster):
        return box_of(shape)[None] if shape.opacity >= SEEN else np.zeros((0, 4))
    if isinstance(shape, Filled):
        return box_of(shape)[None] if shape.color[3] >= SEEN and len(shape.piece.curves) else np.zeros((0, 4))
    if isinstance(shape, Polyline):
        return _polyline_box(shape)
    if isinstance(shape, Lines):
        seen = (shape.colors[:, 3] >= SEEN) & (shape.widths > 0)
        ends = np.stack([shape.starts[seen], shape.ends[seen]])
        return _span(ends.min(axis=0), ends.max(axis=0)) if seen.any() else np.zeros((0, 4))
    if isinstance(shape, Within):
        return _boxes_within(shape)
    # A bar of no height, say one of a bin that the other histogram alone has, is nowhere to be seen.
    areas = shape.radii if isinstance(shape, Discs) else shape.sizes.min(axis=1)
    seen = (shape.fills[:, 3] >= SEEN) & (areas > 0)
    rim = 0.0
    if shape.rims is not None:
        seen |= shape.rims[:, 3] >= SEEN
        rim = shape.rim_width / 2
    reach = shape.radii[seen, None] if isinstance(shape, Discs) else shape.sizes[seen] / 2
    return _span(shape.centers[seen] - reach - rim, shape.centers[seen] + reach + rim)


def _boxes_within(shape: Within) -> Floats:
    """Boxes of what is seen through a view, cut off at its edge; what lies outside is not seen."""
    left, right, bottom, top = shape.box
    boxes = np.concatenate([np.zeros((0, 4)), *(seen_boxes(one) for one in shape.shapes)])
    cut = np.column_stack(
        [
            np.maximum(boxes[:, 0], left), np.minimum(boxes[:, 1], right),
            np.maximum(boxes[:, 2], bottom), np.minimum(boxes[:, 3], top),
        ]
    )  # fmt: skip
    return cut[(cut[:, 0] < cut[:, 1]) & (cut[:, 2] < cut[:, 3])]


def _polyline_box(shape: Polyline) -> Floats:
    alpha = max(shape.color[3] if shape.width else 0.0, shape.fill[3] if shape.fill is not None else 0.0)
    if alpha < SEEN or not len(shape.points):
        return np.zeros((0, 4))
    reach = shape.width / 2
    return _span(shape.points.min(axis=0)[None] - reach, shape.points.max(axis=0)[None] + reach)


def _span(low: Floats, high: Floats) -> Floats:
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])


__all__ = ["SEEN", "Boxes", "Floats", "box_of", "seen_boxes"]
