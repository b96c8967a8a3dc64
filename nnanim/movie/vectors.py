"""Shapes as ordinary manim mobjects, for those who want to take a mark apart."""

from __future__ import annotations

from functools import singledispatch

import numpy as np
from manim import Circle, Line, ManimColor, Rectangle, RoundedRectangle, VGroup, VMobject

from nnanim.shapes import Boxes, Discs, Filled, Floats, Lines, Polyline, Raster, Shape, Shapes, Within

THICK = 100
"""manim counts line widths in hundredths of a frame unit."""


def vectors(shapes: Shapes) -> VGroup:
    """A group of vector mobjects that looks like ``shapes``; a picture becomes one square a pixel."""
    return VGroup(*(one for shape in shapes for one in _vectors(shape)))


def _style(mobject: VMobject, fill: Floats | None, rim: Floats | None, width: float) -> VMobject:
    if fill is None or not fill[3]:
        mobject.set_fill(opacity=0)
    else:
        mobject.set_fill(ManimColor(fill[:3]), float(fill[3]))
    if rim is None or not width:
        return mobject.set_stroke(width=0)
    return mobject.set_stroke(ManimColor(rim[:3]), width * THICK, float(rim[3]))


@singledispatch
def _vectors(shape: Shape) -> list[VMobject]:
    raise TypeError(f"no mobject is known for {type(shape).__name__}")


@_vectors.register
def _(shape: Discs) -> list[VMobject]:
    rims = [None] * len(shape.radii) if shape.rims is None else list(shape.rims)
    return [
        _style(Circle(r).move_to([*center, 0]), fill, rim, shape.rim_width)
        for center, r, fill, rim in zip(shape.centers, shape.radii, shape.fills, rims, strict=True)
    ]


@_vectors.register
def _(shape: Lines) -> list[VMobject]:
    return [
        _style(Line([*start, 0], [*end, 0]), None, color, width)
        for start, end, color, width in zip(shape.starts, shape.ends, shape.colors, shape.widths, strict=True)
    ]


@_vectors.register
def _(shape: Boxes) -> list[VMobject]:
    made = []
    for i, (center, (w, h), fill) in enumerate(zip(shape.centers, shape.sizes, shape.fills, strict=True)):
        corner = min(shape.corner, w / 2, h / 2)
        box = RoundedRectangle(corner, width=w, height=h) if corner else Rectangle(width=w, height=h)
        rim = None if shape.rims is None else shape.rims[i]
        made.append(_style(box.move_to([*center, 0]), fill, rim, shape.rim_width))
    return made


@_vectors.register
def _(shape: Filled) -> list[VMobject]:
    made, turn = VMobject(), shape.turn * np.pi / 2
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    flat = shape.piece.curves @ rotation * shape.size + shape.origin
    made.set_points(np.pad(flat.reshape(-1, 2), ((0, 0), (0, 1))))
    return [_style(made, shape.color, None, 0)]


@_vectors.register
def _(shape: Polyline) -> list[VMobject]:
    points = np.pad(shape.points, ((0, 0), (0, 1)))
    made = VMobject().set_points_as_corners(np.concatenate([points, points[:1]]) if shape.closed else points)
    return [_style(made, shape.fill, shape.color, shape.width)]


@_vectors.register
def _(shape: Raster) -> list[VMobject]:
    rows, columns = shape.pixels.shape[:2]
    w, h = shape.size[0] / columns, shape.size[1] / rows
    left, top = shape.center[0] - shape.size[0] / 2, shape.center[1] + shape.size[1] / 2
    colors = shape.pixels / 255 * [1, 1, 1, shape.opacity]
    return [
        _style(
            Rectangle(width=w, height=h).move_to([left + (c + 0.5) * w, top - (r + 0.5) * h, 0]),
            colors[r, c],
            None,
            0,
        )
        for r in range(rows)
        for c in range(columns)
    ]


@_vectors.register
def _(shape: Within) -> list[VMobject]:
    """What touches the box; manim's vectors cannot be cut off at its edge."""
    left, right, bottom, top = shape.box
    return [
        one
        for inner in shape.shapes
        for one in _vectors(inner)
        if one.get_right()[0] > left
        and one.get_left()[0] < right
        and one.get_top()[1] > bottom
        and one.get_bottom()[1] < top
    ]
