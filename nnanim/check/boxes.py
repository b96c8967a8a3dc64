"""Boxes around everything that is painted: where the shapes of a frame are, whatever the layout believes.

A box is (left, right, bottom, top) in frame units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from nnanim.check.geometry import Floats
from nnanim.marks import Frame
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Shapes, Within, unwrap

Drawn = Mapping[str, Shapes]
"""The shapes of every mark, the lowest first."""


def draw_marks(frame: Frame) -> dict[str, Shapes]:
    """The shapes of every mark, the lowest first."""
    return {key: frame[key].draw(frame) for key in frame.order}


def outline(shape: Filled) -> Floats:
    """(n, 2) points on the curves of a filled outline, on the screen."""
    t = np.linspace(0, 1, 7)[:, None, None]
    a, b, c, d = (shape.piece.curves[:, i] for i in range(4))
    points = ((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d).reshape(-1, 2)
    quarter = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), shape.turn % 4)
    return np.asarray(points @ quarter.T * shape.size + shape.origin, dtype=float)


def _span(points: Floats, margin: float | Floats = 0.0) -> Floats:
    return np.array(
        [
            np.min(points[:, 0] - margin),
            np.max(points[:, 0] + margin),
            np.min(points[:, 1] - margin),
            np.max(points[:, 1] + margin),
        ]
    )


@lru_cache(maxsize=4096)
def bounds(shape: Shape) -> Floats | None:
    """Box of what is painted, the glow left out; None where nothing is."""
    if isinstance(shape, Within):
        inside, box = union(shape.shapes), np.array(shape.box)
        if inside is None:
            return None
        seen = np.where([1, 0, 1, 0], np.maximum(inside, box), np.minimum(inside, box))
        return seen if seen[0] < seen[1] and seen[2] < seen[3] else None
    if isinstance(shape, Discs):
        if not len(shape.radii):
            return None
        reach = shape.radii + (shape.rim_width / 2 if shape.rims is not None else 0.0)
        return _span(shape.centers, reach)
    if isinstance(shape, Boxes):
        half = shape.sizes / 2 + (shape.rim_width / 2 if shape.rims is not None else 0.0)
        return _span(np.concatenate([shape.centers - half, shape.centers + half]))
    if isinstance(shape, Lines):
        return _span(np.concatenate([shape.starts, shape.ends])) if len(shape.starts) else None
    if isinstance(shape, Polyline):
        return _span(shape.points, shape.width / 2)
    if isinstance(shape, Raster):
        (x, y), (w, h) = shape.center, shape.size
        return np.array([x - w / 2, x + w / 2, y - h / 2, y + h / 2])
    return _span(outline(shape)) if len(shape.piece.curves) else None


def union(shapes: Shapes) -> Floats | None:
    """Box around all of the shapes."""
    boxes = [box for box in map(bounds, shapes) if box is not None]
    if not boxes:
        return None
    a = np.array(boxes)
    return np.array([a[:, 0].min(), a[:, 1].max(), a[:, 2].min(), a[:, 3].max()])


def depth_of_overlap(a: Floats, b: Floats) -> float:
    """How deep two boxes lie in each other; negative where they are apart."""
    wide = min(a[1], b[1]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[2], b[2])
    return float(min(wide, tall))


def texts(seen: Drawn) -> Iterator[tuple[str, int, Filled, Floats]]:
    """Every line of text: key of its mark, its place among the mark's shapes, itself, its box."""
    for key, shapes in seen.items():
        for place, shape in enumerate(unwrap(shapes)):
            if isinstance(shape, Filled) and (box := bounds(shape)) is not None:
                yield key, place, shape, box
