"""Shapes as matplotlib artists, batched: a layer of wires is one collection.

Lengths are in the units of the axes' data, which are the frame's. Line widths become points when they are
drawn, so that they are right in a figure of any size.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, singledispatch
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, EllipseCollection, LineCollection, PathCollection
from matplotlib.image import AxesImage
from matplotlib.path import Path
from matplotlib.transforms import Bbox, TransformedBbox

from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Within
from nnanim.still.light import Lights, pixel_scale
from nnanim.words.typeset import Piece

Floats = npt.NDArray[np.float64]


class _InFrameUnits(Collection):
    """A collection whose line widths (n,) are in frame units."""

    frame_widths: Floats

    def draw(self, renderer: Any) -> None:
        self.set_linewidth((self.frame_widths * pixel_scale(self)[1]).tolist())
        super().draw(renderer)


class _Ellipses(_InFrameUnits, EllipseCollection):
    """Discs."""


class _Segments(_InFrameUnits, LineCollection):
    """Straight lines."""


class _Paths(_InFrameUnits, PathCollection):
    """Outlines, filled, stroked or both."""


class _Pixels(AxesImage):
    """A picture of sharp pixels; where there are more of them than on the screen they are averaged."""

    def draw(self, renderer: Any, *args: Any, **kwargs: Any) -> None:
        shown = self.get_window_extent(renderer)
        rows, columns = self.get_size()
        crowded = rows > shown.height or columns > shown.width
        self.set_interpolation("hanning" if crowded else "none")
        super().draw(renderer, *args, **kwargs)


def make_artists(shapes: Iterable[Shape], axes: Axes) -> list[Artist]:
    """Artists that show ``shapes`` in ``axes``, in their order; they are not added to it yet."""
    made: list[Artist] = []
    for kind, run in groupby(shapes, type):
        if kind is Filled:
            made += _outlines([shape for shape in run if isinstance(shape, Filled)])
            continue
        for shape in run:
            made += _artists(shape, axes)
    for artist in made:
        artist.set_snap(False)
        artist.set_clip_on(artist.get_clip_box() is not None)
    return made


def add_artists(shapes: Iterable[Shape], axes: Axes, zorder: float = 0.0) -> list[Artist]:
    """Show ``shapes`` in ``axes``, all at ``zorder``, the later ones above."""
    made = make_artists(shapes, axes)
    for artist in made:
        artist.set_zorder(zorder)
        box = artist.get_clip_box()
        axes.add_artist(artist)
        artist.set_clip_box(box)  # which the axes take for their own
    return made


@singledispatch
def _artists(shape: Any, axes: Axes) -> list[Artist]:
    raise TypeError(f"nothing is known about painting {type(shape).__name__}")


@_artists.register
def _(shape: Within, axes: Axes) -> list[Artist]:
    left, right, bottom, top = shape.box
    made = make_artists(shape.shapes, axes)
    for artist in made:
        artist.set_clip_box(TransformedBbox(Bbox([[left, bottom], [right, top]]), axes.transData))
        artist.set_clip_on(True)
    return made


def _widths(width: float | Floats, count: int) -> Floats:
    # One width for one path makes matplotlib stamp it at whole pixels; two never do.
    return np.broadcast_to(width, (max(count, 2),)).astype(float)


def _set_rims(made: _InFrameUnits, fills: Floats, rims: Floats | None, width: float) -> Artist:
    made.set_facecolor(fills)
    made.set_edgecolor("none" if rims is None or not width else rims)
    made.frame_widths = _widths(width, len(fills))
    return made


@_artists.register
def _(shape: Discs, axes: Axes) -> list[Artist]:
    if not len(shape.radii):
        return []
    if shape.glow:
        return [Lights(shape)]
    size = 2 * shape.radii
    made = _Ellipses(size, size, 0 * size, units="xy", offsets=shape.centers, offset_transform=axes.transData)
    return [_set_rims(made, shape.fills, shape.rims, shape.rim_width)]


@_artists.register
def _(shape: Lines, axes: Axes) -> list[Artist]:
    if not len(shape.widths):
        return []
    made = _Segments(list(np.stack([shape.starts, shape.ends], axis=1)), colors=shape.colors, capstyle="butt")
    made.frame_widths = _widths(shape.widths, len(shape.widths))
    return [made]


@_artists.register
def _(shape: Boxes, axes: Axes) -> list[Artist]:
    if not len(shape.centers):
        return []
    boxes = zip(shape.centers, shape.sizes, strict=True)
    made = _Paths([_box(middle, size, shape.corner) for middle, size in boxes], joinstyle="miter")
    return [_set_rims(made, shape.fills, shape.rims, shape.rim_width)]


def _box(middle: Floats, size: Floats, corner: float) -> Path:
    (x, y), (w, h) = middle, size / 2
    corner = min(corner, w, h)
    if corner <= 0:
        points = [(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h), (x - w, y - h)]
        return Path(points, closed=True)
    vertices, codes = _round_box()
    signs = np.sign(vertices)
    return Path(signs * [w - corner, h - corner] + (vertices - signs) * corner + [x, y], codes)


BEND = 0.5522847498
"""Length of the handles of a quarter circle as a cubic curve."""


@lru_cache(maxsize=1)
def _round_box() -> tuple[Floats, npt.NDArray[np.uint8]]:
    """Vertices at ±(1..2) whose sign names their corner and whose rest is the place on its arc; and codes."""
    quarter = np.array([[1.0, 0.0], [1.0, BEND], [BEND, 1.0], [0.0, 1.0]])
    arcs = [quarter + 1]
    arcs.append(arcs[0][::-1] * [-1, 1])
    arcs.append(arcs[0] * [-1, -1])
    arcs.append(arcs[0][::-1] * [1, -1])
    vertices = np.concatenate([*arcs, arcs[0][:1]])
    corner = [Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return vertices, np.array([Path.MOVETO, *corner[1:], *corner * 3, Path.CLOSEPOLY], dtype=np.uint8)


@lru_cache(maxsize=4096)
def _outline(piece: Piece) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """(n, 2) vertices in em and (n,) codes of a piece's contours."""
    vertices, codes = [], []
    for contour in np.split(piece.curves, piece.starts[1:]):
        if len(contour):
            vertices += [contour[:1, 0], contour[:, 1:].reshape(-1, 2), contour[:1, 0]]
            codes += [Path.MOVETO, *[Path.CURVE4] * (3 * len(contour)), Path.CLOSEPOLY]
    return np.concatenate([np.zeros((0, 2)), *vertices]), np.array(codes, dtype=np.uint8)


TURNS = np.array([[[1, 0], [0, 1]], [[0, -1], [1, 0]], [[-1, 0], [0, -1]], [[0, 1], [-1, 0]]])


def _outlines(shapes: list[Filled]) -> list[Artist]:
    paths, colors = [], []
    for shape in shapes:
        vertices, codes = _outline(shape.piece)
        if len(codes):
            paths.append(Path(vertices * shape.size @ TURNS[shape.turn % 4].T + shape.origin, codes))
            colors.append(shape.color)
    if not paths:
        return []
    return [_set_rims(_Paths(paths), np.array(colors), None, 0.0)]


@_artists.register
def _(shape: Polyline, axes: Axes) -> list[Artist]:
    points = np.concatenate([shape.points, shape.points[:1]]) if shape.closed else shape.points
    made = _Paths(
        [Path(points, closed=shape.closed)],
        capstyle="butt" if shape.dash else "round",
        joinstyle="round",
    )
    if shape.dash and shape.width:
        # Dashes are told in line widths, with which matplotlib scales them.
        made.set_linestyle((0, tuple(length / shape.width for length in shape.dash)))
    fill = np.zeros(4) if shape.fill is None else shape.fill
    return [_set_rims(made, fill[None], shape.color[None], shape.width)]


@_artists.register
def _(shape: Raster, axes: Axes) -> list[Artist]:
    (x, y), (width, height) = shape.center, shape.size
    kind = AxesImage if shape.smooth else _Pixels
    made = kind(
        axes,
        interpolation="bilinear" if shape.smooth else "none",
        origin="upper",
        extent=(x - width / 2, x + width / 2, y - height / 2, y + height / 2),
        resample=True,
        filternorm=True,
    )
    made.set_data(shape.pixels)
    made.set_alpha(shape.opacity)
    return [made]
