"""Shapes: what a printer paints. A layer of wires is one shape, not a thousand.

Lengths are in frame units (the frame is 8 high, its middle is the origin, y points up); colours are
red, green, blue, alpha in 0..1, not premultiplied. Later shapes lie above earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.theme import Theme
from nnanim.words import typeset

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Discs:
    """Circles: (n, 2) centers, (n,) radii, (n, 4) fills and rims, one rim width.

    ``glow`` is the reach of the light around each, as a multiple of its radius; 0 for none.
    """

    centers: Floats
    radii: Floats
    fills: Floats
    rims: Floats | None = None
    rim_width: float = 0.0
    glow: float = 0.0


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines with flat ends: (n, 2) starts and ends, (n, 4) colors, (n,) widths.

    ``net`` is a shorter description that they follow from, or None; a copy of them may have left it behind.
    """

    starts: Floats
    ends: Floats
    colors: Floats
    widths: Floats
    net: Any = None


@dataclass(frozen=True, eq=False)
class Boxes:
    """Rectangles: (n, 2) centers and sizes, (n, 4) fills and rims, one corner radius."""

    centers: Floats
    sizes: Floats
    fills: Floats
    rims: Floats | None = None
    rim_width: float = 0.0
    corner: float = 0.0


@dataclass(frozen=True, eq=False)
class Filled:
    """A filled outline: (n, 4, 2) cubic curves in units of ``size``, at ``origin``; (4,) color.

    ``turn`` rotates about the origin, in quarter turns counter-clockwise.
    """

    piece: typeset.Piece
    origin: tuple[float, float]
    size: float
    color: Floats
    turn: int = 0


@dataclass(frozen=True, eq=False)
class Polyline:
    """A line through (n, 2) points: (4,) color, width; ``dash`` is (on, off) lengths or empty."""

    points: Floats
    color: Floats
    width: float
    dash: tuple[float, ...] = ()
    closed: bool = False
    fill: Floats | None = None


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture: (height, width, 4) bytes, row 0 on top, stretched over the box at ``center``."""

    center: tuple[float, float]
    size: tuple[float, float]
    pixels: npt.NDArray[np.uint8]
    smooth: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Within:
    """Shapes of which only that is seen which lies in a box: left, right, bottom, top."""

    shapes: tuple[Any, ...]
    box: tuple[float, float, float, float]


Shape = Discs | Lines | Boxes | Filled | Polyline | Raster | Within
Shapes = tuple[Shape, ...]

_COLORS = ("fills", "rims", "colors", "color", "fill")


def fade(shapes: Iterable[Shape], opacity: float) -> Shapes:
    """The same shapes with every alpha multiplied by ``opacity``."""
    if opacity >= 1:
        return tuple(shapes)
    if opacity <= 0:
        return ()
    return tuple(_fade(shape, opacity) for shape in shapes)


def fade_each(shape: Shape, opacities: Floats) -> Shape:
    """A batch of discs, lines or boxes, every alpha multiplied by its element's own opacity (n,)."""
    values: dict[str, Any] = {}
    for name in _COLORS:
        colors = getattr(shape, name, None)
        if colors is not None:
            values[name] = colors * np.column_stack([np.ones((len(opacities), 3)), opacities])
    return replace(shape, **values)


def _fade(shape: Shape, opacity: float) -> Shape:
    if isinstance(shape, Within):
        return replace(shape, shapes=fade(shape.shapes, opacity))
    if isinstance(shape, Raster):
        return replace(shape, opacity=shape.opacity * opacity)
    # Thousands of shapes fade in a frame, and ``replace`` would take most of the time.
    faded = object.__new__(type(shape))
    values = faded.__dict__
    values.update(shape.__dict__)
    for name in _COLORS:
        color = values.get(name)
        if color is not None:
            values[name] = color * (1.0, 1.0, 1.0, opacity)
    return faded


def fade_some(shape: Shape, which: npt.NDArray[np.bool_], opacity: float) -> Shapes:
    """A batch of which some elements, or pixels in reading order, have their alpha times ``opacity``."""
    share = np.where(which, opacity, 1.0)
    if isinstance(shape, Raster):
        pixels = shape.pixels.copy()
        pixels[..., 3] = np.round(pixels[..., 3] * share.reshape(pixels.shape[:2]))
        return (replace(shape, pixels=pixels),)
    return (fade_each(shape, share),)


def unwrap(shapes: Iterable[Shape]) -> Shapes:
    """The same shapes without the boxes within which they are seen."""
    return tuple(
        one for shape in shapes for one in (unwrap(shape.shapes) if isinstance(shape, Within) else (shape,))
    )


def word_box(word: Filled) -> tuple[Floats, Floats]:
    """The lower left and the upper right corner of the box around a filled outline."""
    left, bottom, right, top = word_sides(word)
    return np.array((left, bottom)), np.array((right, top))


def word_sides(word: Filled) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of the box around a filled outline."""
    left, bottom, right, top = _box(word.piece, word.turn % 4)
    (x, y), size = word.origin, word.size
    return left * size + x, bottom * size + y, right * size + x, top * size + y


@lru_cache(maxsize=8192)
def _box(piece: typeset.Piece, turn: int) -> tuple[float, float, float, float]:
    points = piece.curves.reshape(-1, 2) @ np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turn)
    if not len(points):
        points = np.zeros((1, 2))
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, bottom, right, top


CAP_MIDDLE = 0.36
"""Height of the middle of capitals and kanji above the baseline, in em."""


def text(
    string: str,
    x: float,
    y: float,
    size: float,
    color: Floats,
    theme: Theme,
    align: str = "center",
    bold: bool = False,
    turn: int = 0,
) -> Shapes:
    """One line of text whose middle line is at ``y``; ``align`` says which end of it is at ``x``."""
    if not string.strip():
        return ()
    setting = typeset.line(string, theme.bold if bold else theme.font)
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align] * setting.width * size
    drop = CAP_MIDDLE * size
    dx, dy = [(-shift, -drop), (drop, -shift), (shift, drop), (-drop, shift)][turn % 4]
    return tuple(Filled(piece, (x + dx, y + dy), size, color, turn) for piece in setting.pieces)


def setting(set_: typeset.Setting, x: float, y: float, size: float, color: Floats, theme: Theme) -> Shapes:
    """A formula whose middle is at (x, y)."""
    left = x - set_.width * size / 2
    return tuple(
        Filled(piece, (left, y), size, color if piece.color is None else theme.rgba(piece.color))
        for piece in set_.pieces
    )


def width(string: str, size: float, theme: Theme, bold: bool = False) -> float:
    """Width of one line of text, in frame units."""
    return typeset.line(string, theme.bold if bold else theme.font).width * size if string else 0.0


def map_shape(shape: Shape, scale: Floats, shift: Floats) -> Shape:
    """A shape under ``places * scale + shift``, both (2,), or (n, 2) for each element of a batch.

    Places, boxes and pictures stretch; radii, words and line widths keep their proportions.
    """
    if isinstance(shape, Within):
        left, right, bottom, top = np.array(shape.box) * np.repeat(scale, 2) + np.repeat(shift, 2)
        inside = tuple(map_shape(one, scale, shift) for one in shape.shapes)
        return Within(inside, (float(left), float(right), float(bottom), float(top)))
    if isinstance(shape, Filled):
        return map_word(shape, *np.broadcast_to(scale, 2).tolist(), *np.broadcast_to(shift, 2).tolist())
    least = np.min(scale, axis=-1)
    thin = float(np.mean(least)) if np.size(least) else 1.0  # a batch may be of nothing
    if isinstance(shape, Discs):
        places, radii = shape.centers * scale + shift, shape.radii * least
        return replace(shape, centers=places, radii=radii, rim_width=shape.rim_width * thin)
    if isinstance(shape, Lines):
        starts, ends = shape.starts * scale + shift, shape.ends * scale + shift
        return replace(shape, starts=starts, ends=ends, widths=shape.widths * least)
    if isinstance(shape, Boxes):
        return replace(
            shape, centers=shape.centers * scale + shift, sizes=shape.sizes * scale,
            rim_width=shape.rim_width * thin, corner=shape.corner * thin,
        )  # fmt: skip
    if isinstance(shape, Polyline):
        dash = tuple(length * thin for length in shape.dash)
        return replace(shape, points=shape.points * scale + shift, width=shape.width * thin, dash=dash)
    x, y = np.array(shape.center) * scale + shift
    w, h = np.array(shape.size) * scale
    return replace(shape, center=(float(x), float(y)), size=(float(w), float(h)))


def map_word(
    word: Filled, wide: float, tall: float, right: float, up: float, color: Floats | None = None
) -> Filled:
    """A word under ``x * wide + right`` and ``y * tall + up``, which keeps its proportions; its new color."""
    x, y = word.origin
    left, bottom, end, top = word_sides(word)
    across, high, least = (left + end) / 2, (bottom + top) / 2, min(wide, tall)
    origin = (
        float(across * wide + right - (across - x) * least),
        float(high * tall + up - (high - y) * least),
    )
    return Filled(word.piece, origin, word.size * least, word.color if color is None else color, word.turn)


def carry(shapes: Iterable[Shape], start: Floats, end: Floats, fraction: float = 1.0) -> Shapes:
    """The same shapes under the map that takes the box ``start`` a fraction of its way to the box ``end``.

    A box is (x, y, w, h): its middle and its size.
    """
    scale, shift = box_map(start, start + (np.asarray(end) - start) * fraction)
    return tuple(map_shape(shape, scale, shift) for shape in shapes)


def box_map(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """(…, 2) scale and shift of the map that takes boxes (…, 4) to others; what has no width keeps it."""
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    flat = start[..., 2:] < 1e-9
    scale = np.where(flat, 1.0, end[..., 2:] / np.where(flat, 1.0, start[..., 2:]))
    return scale, end[..., :2] - start[..., :2] * scale


def hull(shapes: Iterable[Shape]) -> Floats:
    """(4,) the box around some shapes, (x, y, w, h); around nothing, a point in the middle of the frame."""
    corners = [corner for shape in shapes for corner in _corners(shape)]
    if not corners:
        return np.zeros(4)
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    return np.concatenate([(low + high) / 2, high - low])


def _corners(shape: Shape) -> Iterator[Floats]:
    if isinstance(shape, Within):
        left, right, bottom, top = shape.box
        for corner in (one for inner in shape.shapes for one in _corners(inner)):
            yield np.clip(corner, [left, bottom], [right, top])
        return
    if isinstance(shape, Filled):
        yield from word_box(shape)
        return
    reach: Any = 0.0
    if isinstance(shape, Polyline):
        places = shape.points
    elif isinstance(shape, Lines):
        places = np.concatenate([shape.starts, shape.ends])
    elif isinstance(shape, Raster):
        places, reach = np.array([shape.center]), np.array(shape.size) / 2
    else:
        places = shape.centers
        reach = shape.radii[:, None] if isinstance(shape, Discs) else shape.sizes / 2
    if len(places):
        yield (places - reach).min(axis=0)
        yield (places + reach).max(axis=0)


def pick(shape: Shape, indices: npt.NDArray[np.intp]) -> Shapes:
    """Some elements of a batch: discs, lines, boxes, or pixels of a picture in reading order."""
    if not len(indices):
        return ()
    if isinstance(shape, Raster):
        return tuple(_pixel(shape, int(index)) for index in indices)
    values: dict[str, Any] = {}
    for one in fields(shape):
        value = getattr(shape, one.name)
        if isinstance(value, np.ndarray):
            values[one.name] = value[indices]
    return (replace(shape, **values),)


def _pixel(shape: Raster, index: int) -> Raster:
    """One pixel of a picture, in its place."""
    rows, columns = shape.pixels.shape[:2]
    row, column = divmod(index, columns)
    w, h = shape.size[0] / columns, shape.size[1] / rows
    x = shape.center[0] - shape.size[0] / 2 + (column + 0.5) * w
    y = shape.center[1] + shape.size[1] / 2 - (row + 0.5) * h
    return replace(shape, center=(x, y), size=(w, h), pixels=shape.pixels[row : row + 1, column : column + 1])
