"""Shapes: what a printer paints. A layer of wires is one shape, not a thousand.

Lengths are in frame units (the frame is 8 high, its middle is the origin, y points up); colours are
red, green, blue, alpha in 0..1, not premultiplied. Later shapes lie above earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """Straight lines with flat ends: (n, 2) starts and ends, (n, 4) colors, (n,) widths."""

    starts: Floats
    ends: Floats
    colors: Floats
    widths: Floats


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


Shape = Discs | Lines | Boxes | Filled | Polyline | Raster
Shapes = tuple[Shape, ...]

_COLORS = ("fills", "rims", "colors", "color", "fill")


def fade(shapes: Iterable[Shape], opacity: float) -> Shapes:
    """The same shapes with every alpha multiplied by ``opacity``."""
    if opacity >= 1:
        return tuple(shapes)
    if opacity <= 0:
        return ()
    return tuple(_fade(shape, opacity) for shape in shapes)


def _fade(shape: Shape, opacity: float) -> Shape:
    if isinstance(shape, Raster):
        return replace(shape, opacity=shape.opacity * opacity)
    values: dict[str, Any] = {}
    for name in _COLORS:
        color = getattr(shape, name, None)
        if color is not None:
            values[name] = color * [1.0, 1.0, 1.0, opacity]
    return replace(shape, **values)


def word_box(word: Filled) -> tuple[Floats, Floats]:
    """The lower left and the upper right corner of the box around a filled outline."""
    low, high = _box(word.piece, word.turn % 4)
    return low * word.size + word.origin, high * word.size + word.origin


@lru_cache(maxsize=8192)
def _box(piece: typeset.Piece, turn: int) -> tuple[Floats, Floats]:
    points = piece.curves.reshape(-1, 2) @ np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turn)
    if not len(points):
        points = np.zeros((1, 2))
    return points.min(axis=0), points.max(axis=0)


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
