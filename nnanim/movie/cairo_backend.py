"""Shapes onto pixels, through cairo: the whole picture is painted from arrays, no mobject a shape.

The context's units are the frame's; cairo's red and blue are swapped, since manim's frames are RGBA bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import cairo
import numpy as np
import numpy.typing as npt

from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Within
from nnanim.words.typeset import Piece

if TYPE_CHECKING:
    from nnanim.movie.raster_jit import Loops

Floats = npt.NDArray[np.float64]
Matrix = tuple[float, float, float, float, float, float]

TURN = 2 * math.pi

PLACES = 9
"""Decimals of a picture's place and size, in frame units: what lies behind them is rounding."""


def paint(context: cairo.Context, shapes: Iterable[Shape], opacity: float = 1.0) -> None:
    """Paint shapes in their order, every alpha times ``opacity``."""
    crowd: list[Polyline] = []
    for shape in shapes:
        if type(shape) is Polyline and not shape.dash:
            crowd.append(shape)
            continue
        if crowd:
            _polylines(context, crowd, opacity)
            crowd = []
        _PAINTERS[type(shape)](context, shape, opacity)
    if crowd:
        _polylines(context, crowd, opacity)


def surface(
    width: int, height: int, frame: tuple[float, float]
) -> tuple[npt.NDArray[np.uint8], cairo.Context]:
    """(height, width, 4) empty RGBA bytes, premultiplied, and a context that paints on them."""
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    data: Any = pixels.data
    made = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, width, height)
    context = cairo.Context(made)
    context.translate(width / 2, height / 2)
    context.scale(width / frame[0], -height / frame[1])
    return pixels, context


@cache
def loops() -> Loops | None:
    """Compiled loops, where they can be made on this machine; without them cairo paints the same, slowly."""
    try:
        from nnanim.movie import raster_jit

        return raster_jit.loops()
    except (ImportError, RuntimeError):
        return None


def _find_loops(context: cairo.Context) -> tuple[Loops, npt.NDArray[np.uint32], Matrix] | None:
    """Compiled loops, the pixels and the matrix; None where that is cairo's task."""
    target, m = context.get_group_target(), context.get_matrix()
    if not isinstance(target, cairo.ImageSurface) or target.get_format() != cairo.FORMAT_ARGB32:
        return None
    across, down, skew = math.hypot(m.xx, m.yx), math.hypot(m.xy, m.yy), m.xx * m.xy + m.yx * m.yy
    if abs(across - down) > 0.01 * across or abs(skew) > 0.01 * across * down:
        return None
    if (code := loops()) is None:
        return None
    # The loops know no clip: they get the pixels inside it alone, and the matrix that leads there.
    left, top, right, bottom = _clip_pixels(context)
    whole = (left, top, right, bottom) == (0, 0, target.get_width(), target.get_height())
    if not whole and min(across, down) > 0 and abs(m.xy) + abs(m.yx) > 1e-9 * across:
        return None
    target.flush()
    words = np.frombuffer(target.get_data(), dtype="<u4")
    pixels = words.reshape(target.get_height(), target.get_stride() // 4)[top:bottom, left:right]
    return code, pixels, (m.xx, m.xy, m.yx, m.yy, m.x0 - left, m.y0 - top)


def _clip_pixels(context: cairo.Context) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels that a context can paint on."""
    x0, y0, x1, y1 = context.clip_extents()
    (left, low), (right, high) = context.user_to_device(x0, y0), context.user_to_device(x1, y1)
    return (
        round(min(left, right)), round(min(low, high)), round(max(left, right)), round(max(low, high)),
    )  # fmt: skip


def _ink(context: cairo.Context, color: Floats, opacity: float) -> None:
    context.set_source_rgba(color[2], color[1], color[0], color[3] * opacity)


def _discs(context: cairo.Context, shape: Discs, opacity: float) -> None:
    if (fast := _find_loops(context)) is not None:
        code, pixels, matrix = fast
        rims = shape.rims if shape.rims is not None and shape.rim_width else np.zeros((len(shape.radii), 4))
        look = shape.rim_width, float(shape.glow), opacity
        code.discs(pixels, matrix, shape.centers, shape.radii, shape.fills, rims, *look)
        context.get_group_target().mark_dirty()
        return
    for i, ((x, y), r, fill) in enumerate(zip(shape.centers, shape.radii, shape.fills, strict=True)):
        if shape.glow:
            light = cairo.RadialGradient(x, y, r * 0.8, x, y, r * shape.glow)
            light.add_color_stop_rgba(0, fill[2], fill[1], fill[0], 0.45 * fill[3] * opacity)
            light.add_color_stop_rgba(0.45, fill[2], fill[1], fill[0], 0.13 * fill[3] * opacity)
            light.add_color_stop_rgba(1, fill[2], fill[1], fill[0], 0.0)
            context.set_source(light)
            context.arc(x, y, r * shape.glow, 0, TURN)
            context.fill()
        context.new_sub_path()
        context.arc(x, y, r, 0, TURN)
        rim = shape.rims[i] if shape.rims is not None and shape.rim_width else None
        _fill_and_rim(context, fill, rim, shape.rim_width, opacity)


def _fill_and_rim(
    context: cairo.Context, fill: Floats | None, rim: Floats | None, width: float, opacity: float
) -> None:
    if fill is not None and fill[3]:
        _ink(context, fill, opacity)
        if rim is not None:
            context.fill_preserve()
        else:
            context.fill()
    if rim is not None:
        _ink(context, rim, opacity)
        context.set_line_width(width)
        context.stroke()
    context.new_path()


def _lines(context: cairo.Context, shape: Lines, opacity: float) -> None:
    if (fast := _find_loops(context)) is not None:
        code, pixels, matrix = fast
        code.lines(pixels, matrix, shape.starts, shape.ends, shape.colors, shape.widths, opacity)
        context.get_group_target().mark_dirty()
        return
    context.set_line_cap(cairo.LINE_CAP_BUTT)
    for (x0, y0), (x1, y1), color, width in zip(
        shape.starts, shape.ends, shape.colors, shape.widths, strict=True
    ):
        context.move_to(x0, y0)
        context.line_to(x1, y1)
        _ink(context, color, opacity)
        context.set_line_width(width)
        context.stroke()


def _boxes(context: cairo.Context, shape: Boxes, opacity: float) -> None:
    if (fast := _find_loops(context)) is not None and abs(fast[2][1]) + abs(fast[2][2]) < 1e-9:
        code, pixels, matrix = fast
        rims = shape.rims if shape.rims is not None and shape.rim_width else np.zeros((len(shape.sizes), 4))
        look = shape.rim_width, shape.corner, opacity
        code.boxes(pixels, matrix, shape.centers, shape.sizes, shape.fills, rims, *look)
        context.get_group_target().mark_dirty()
        return
    for i, ((x, y), (w, h), fill) in enumerate(zip(shape.centers, shape.sizes, shape.fills, strict=True)):
        corner = min(shape.corner, w / 2, h / 2)
        if corner > 0:
            _round_box(context, x - w / 2, y - h / 2, w, h, corner)
        else:
            context.rectangle(x - w / 2, y - h / 2, w, h)
        rim = shape.rims[i] if shape.rims is not None and shape.rim_width else None
        _fill_and_rim(context, fill, rim, shape.rim_width, opacity)


def _round_box(context: cairo.Context, x: float, y: float, w: float, h: float, r: float) -> None:
    context.new_sub_path()
    for cx, cy, quarter in (
        (x + w - r, y + r, 3),
        (x + w - r, y + h - r, 0),
        (x + r, y + h - r, 1),
        (x + r, y + r, 2),
    ):
        context.arc(cx, cy, r, quarter * TURN / 4, (quarter + 1) * TURN / 4)
    context.close_path()


@lru_cache(maxsize=4096)
def _outline(piece: Piece) -> cairo.Path:
    """The piece's curves as a cairo path in units of the em, built once."""
    context = cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))
    # cairo keeps 8 bits after the point: an em of 1 would lose the curves.
    curves, starts = piece.curves * FINE, set(piece.starts.tolist())
    for i, ((x0, y0), (x1, y1), (x2, y2), (x3, y3)) in enumerate(curves):
        if i in starts:
            context.close_path()
            context.move_to(x0, y0)
        context.curve_to(x1, y1, x2, y2, x3, y3)
    return context.copy_path()


FINE = 4096.0

LARGEST_COVER = 1 << 20
"""Pixels of a piece whose cover is kept; a word that the camera is very near to has more."""

CROWD = 8
"""Number of polylines in a row from which the compiled loops paint them."""


def _fill_outline(context: cairo.Context, shape: Filled, opacity: float) -> None:
    place = _place(context.get_matrix(), shape)
    cover = _cover(shape.piece, (place.xx, place.yx, place.xy, place.yy, place.x0, place.y0))
    context.save()
    _ink(context, shape.color, opacity)
    if cover is None:
        context.set_matrix(place)
        context.append_path(_outline(shape.piece))
        context.fill()
    else:
        context.identity_matrix()
        context.mask_surface(*cover)
    context.restore()


def _place(place: cairo.Matrix, shape: Filled) -> cairo.Matrix:
    """From the units of a piece's outline to pixels."""
    place.translate(*shape.origin)
    if shape.turn:
        place.rotate(shape.turn * TURN / 4)
    place.scale(shape.size / FINE, shape.size / FINE)
    return place


@lru_cache(maxsize=256)
def _cover(piece: Piece, place: Matrix) -> tuple[cairo.ImageSurface, int, int] | None:
    """How much of each pixel a piece covers, with its left and top pixel; None for what is very large.

    Most words stand still while something else moves, or their colour fades: their outlines are filled once.
    """
    xx, yx, xy, yy, x, y = place
    context = cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))
    context.set_matrix(cairo.Matrix(*place))
    context.append_path(_outline(piece))
    context.identity_matrix()
    left, top, right, bottom = context.path_extents()
    left, top = math.floor(left) - 1, math.floor(top) - 1
    width, height = math.ceil(right) + 1 - left, math.ceil(bottom) + 1 - top
    if width * height > LARGEST_COVER:
        return None
    cover = cairo.ImageSurface(cairo.FORMAT_A8, width, height)
    context = cairo.Context(cover)
    context.set_matrix(cairo.Matrix(xx, yx, xy, yy, x - left, y - top))
    context.append_path(_outline(piece))
    context.fill()
    return cover, left, top


def _polylines(context: cairo.Context, shapes: Sequence[Polyline], opacity: float) -> None:
    """Lines that follow each other and have no dashes: few of them are cairo's task."""
    if len(shapes) < CROWD or (fast := _find_loops(context)) is None:
        for shape in shapes:
            _polyline(context, shape, opacity)
        return
    code, pixels, matrix = fast
    starts = np.cumsum([0, *(len(shape.points) for shape in shapes)], dtype=float)
    looks = np.zeros((len(shapes), 10))
    for look, shape in zip(looks, shapes, strict=True):
        look[:4], look[8:] = shape.color, (shape.width, shape.closed)
        if shape.fill is not None:
            look[4:8] = shape.fill
    code.polylines(pixels, matrix, np.concatenate([s.points for s in shapes]), starts, looks, opacity)
    context.get_group_target().mark_dirty()


def _polyline(context: cairo.Context, shape: Polyline, opacity: float) -> None:
    context.move_to(*shape.points[0])
    for x, y in shape.points[1:]:
        context.line_to(x, y)
    if shape.closed:
        context.close_path()
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    context.set_line_cap(cairo.LINE_CAP_BUTT if shape.dash else cairo.LINE_CAP_ROUND)
    context.set_dash(shape.dash)
    _fill_and_rim(context, shape.fill, shape.color if shape.width else None, shape.width, opacity)
    context.set_dash(())
    context.set_line_cap(cairo.LINE_CAP_BUTT)


def _raster(context: cairo.Context, shape: Raster, opacity: float) -> None:
    height, width = shape.pixels.shape[:2]
    data: Any = _premultiply(shape.pixels).data
    image = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, width, height)
    context.save()
    # Where a pixel lies between two of the picture, the last bits of a sum must not choose one of them: a
    # picture that has come to its place looks as it does at rest.
    (x, y), (wide, high) = np.round(shape.center, PLACES), np.round(shape.size, PLACES)
    context.translate(x - wide / 2, y + high / 2)
    context.scale(wide / width, -high / height)
    pattern = cairo.SurfacePattern(image)
    pattern.set_filter(cairo.FILTER_BILINEAR if shape.smooth else cairo.FILTER_NEAREST)
    pattern.set_extend(cairo.EXTEND_PAD)
    context.set_source(pattern)
    context.rectangle(0, 0, width, height)
    context.clip()
    context.paint_with_alpha(shape.opacity * opacity)
    context.restore()


def _premultiply(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A copy as cairo wants it; the bytes stay in RGBA order, like the frame's."""
    made = np.array(pixels, order="C")
    if (made[..., 3] < 255).any():
        wide = made.astype(np.uint16)
        made[..., :3] = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return made


def _within(context: cairo.Context, shape: Within, opacity: float) -> None:
    """Paint what lies in the box. Its edges are those of pixels, so that cairo and the loops cut alike."""
    left, right, bottom, top = shape.box
    context.save()
    for x, y in ((left, bottom), (right, bottom), (right, top), (left, top)):
        across, down = context.user_to_device(x, y)
        context.line_to(*context.device_to_user(round(across), round(down)))
    context.close_path()
    context.clip()
    paint(context, shape.shapes, opacity)
    context.restore()


_PAINTERS: dict[type, Callable[[cairo.Context, Any, float], None]] = {
    Discs: _discs, Lines: _lines, Boxes: _boxes, Filled: _fill_outline, Polyline: _polyline, Raster: _raster,
    Within: _within,
}  # fmt: skip


def straight(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Premultiplied (…, 4) bytes with their colours divided by alpha: no dark fringes over another ground."""
    alpha = pixels[..., 3]
    edge = (alpha > 0) & (alpha < 255)
    if not edge.any():
        return pixels
    made, a = pixels.copy(), alpha[edge].astype(np.uint16)[:, None]
    made[edge, :3] = np.minimum((pixels[edge, :3].astype(np.uint16) * 255 + a // 2) // a, 255)
    return made
