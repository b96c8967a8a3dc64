"""Drawing points, curves and bars in their axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.draw.base import ink, small_print
from nnanim.layout import Frame, Placed, number
from nnanim.layout.base import GAP, cut_note
from nnanim.layout.charts import (
    DOT_RING,
    bar_number,
    bar_pitch,
    between,
    dot_radius,
    thumb,
    ticks,
    x_whole,
    y_whole,
)
from nnanim.marks import Bars, Cloud, Curve, Histogram
from nnanim.shapes import Boxes, Discs, Lines, Polyline, Raster, Shapes

Floats = npt.NDArray[np.float64]


def axes(placed: Placed, frame: Frame) -> Shapes:
    """The frame of a plot: two axes, the numbers at their ends, their names."""
    mark: Any = placed.mark
    style, theme = frame.style, frame.style.theme
    left, bottom = placed.x - placed.w / 2, placed.y - placed.h / 2
    right, top = left + placed.w, bottom + placed.h
    corner = Polyline(np.array([[left, top], [left, bottom], [right, bottom]]), theme.rgba("outline"), 0.025)
    small, counted = style.print_size(placed.scale), x_whole(mark)
    x0, x1 = ticks(mark.x_limits, counted)
    y0, y1 = ticks(mark.y_limits, y_whole(mark))
    under = bottom - GAP - small / 2
    seen: Shapes = (corner,)
    seen += small_print(x0, left, under, frame, size=small) + small_print(x1, right, under, frame, size=small)
    for value in between(mark.x_limits, counted):
        x = float(on_axes(placed, np.array([[value, mark.y_limits[0]]]))[0, 0])
        seen += small_print(number(value, 0), x, under, frame, size=small)
    seen += small_print(y0, left - GAP, bottom + small / 2, frame, "right", size=small)
    seen += small_print(y1, left - GAP, top - small / 2, frame, "right", size=small)
    if style.say(mark.x_name):
        seen += small_print(mark.x_name, left, under - small - GAP / 2, frame, "left", "ink", small)
    return seen + small_print(mark.y_name, left, top + GAP + small / 2, frame, "left", "ink", small)


def on_axes(placed: Placed, points: Floats) -> Floats:
    """(n, 2) places on the screen of (n, 2) values."""
    mark = placed.mark
    low = np.array([mark.x_limits[0], mark.y_limits[0]])  # type: ignore[attr-defined]
    high = np.array([mark.x_limits[1], mark.y_limits[1]])  # type: ignore[attr-defined]
    corner = np.array([placed.x - placed.w / 2, placed.y - placed.h / 2])
    return np.asarray(corner + (np.asarray(points) - low) / (high - low) * [placed.w, placed.h])


@ink.register
def _(mark: Cloud, placed: Placed, frame: Frame) -> Shapes:
    theme, at = frame.style.theme, on_axes(placed, mark.points)
    roles = np.array([theme.rgba(role) for role in mark.roles])
    fills = roles[list(mark.groups)] if len(at) else np.zeros((0, 4))
    r = np.full(len(at), dot_radius(mark, placed.scale))
    rims = np.tile(theme.rgba("ground"), (len(at), 1))
    seen = axes(placed, frame)
    if mark.spreads is not None:
        seen += ellipses(placed, mark.points, mark.spreads, fills)
    if mark.path is not None and len(mark.path) > 1:
        seen += (Polyline(on_axes(placed, mark.path), theme.rgba("ink"), 0.04),)
    bare = [i for i in range(len(at)) if not mark.pictures or mark.pictures[i] is None]
    seen += (Discs(at[bare], r[bare], fills[bare], rims[bare], 0.02),)
    for i in sorted(set(range(len(at))) - set(bare), key=lambda i: (i in mark.highlight, i)):
        role = "accent" if i in mark.highlight else "outline"
        seen += stamp(mark.pictures[i], at[i], thumb(placed.scale), role, frame)  # type: ignore[arg-type]
    if mark.inside:
        seen += _group_names(mark, placed, frame)
    if chosen := [i for i in mark.highlight if i in bare]:
        rings = np.tile(theme.rgba("ink"), (len(chosen), 1))
        seen += (Discs(at[chosen], r[chosen] * DOT_RING, np.zeros((len(chosen), 4)), rings, 0.045),)
    return seen


def stamp(picture: Floats, at: Floats, side: float, role: str, frame: Frame) -> Shapes:
    """A small picture with a rim, its longer side ``side``, in the place of a point."""
    rows, columns = picture.shape[:2]
    size = side * np.array([columns, rows]) / max(rows, columns)
    pixels = np.round(np.dstack([picture, np.ones((rows, columns))]) * 255).astype(np.uint8)
    rim = frame.style.theme.rgba(role)[None]
    place = (float(at[0]), float(at[1])), (float(size[0]), float(size[1]))
    return Raster(*place, pixels, smooth=True), Boxes(
        at[None], size[None], np.zeros((1, 4)), rim, 0.025 if role == "outline" else 0.06
    )


ROUND = np.column_stack([f(np.linspace(0, 2 * np.pi, 25)) for f in (np.cos, np.sin)])
"""(25, 2) places on a circle of radius 1."""


def ellipses(placed: Placed, points: Floats, spreads: Floats, colors: Floats) -> Shapes:
    """An ellipse of one standard deviation around each point; the larger ones are fainter."""
    seen: Shapes = ()
    for middle, spread, color in zip(points, spreads, colors, strict=True):
        outline, clear = on_axes(placed, middle + ROUND * spread), [1.0, 1.0, 1.0, 0.16]
        seen += (Polyline(outline, color * [1, 1, 1, 0.7], 0.02, closed=True, fill=color * clear),)
    return seen


def _group_names(mark: Cloud, placed: Placed, frame: Frame) -> Shapes:
    """The name of each group in the middle of its points, on a plate; names never touch."""
    theme, style, groups = frame.style.theme, frame.style, np.array(mark.groups)
    seen: Shapes = ()
    taken: list[tuple[Floats, Floats]] = []
    for group, name in enumerate(mark.names):
        if not (groups == group).any() or not style.say(name):
            continue
        size = np.array([style.text_width(name, theme.small, bold=True) + 0.16, 1.4 * theme.small])
        wanted = np.median(on_axes(placed, mark.points[groups == group]), axis=0)
        at = _apart(wanted, size, taken, placed)
        taken.append((at, size))
        seen += (Boxes(at[None], size[None], theme.rgba("ground", 0.85)[None], corner=0.06),)
        color = theme.rgba("ink")
        seen += shapes.text(style.say(name), at[0], at[1], theme.small, color, theme, bold=True)
    return seen


NEAR = np.array(sorted(np.ndindex(25, 25), key=lambda at: float(np.hypot(at[0] - 12, at[1] - 12)))) - 12
"""(625, 2) steps away from a place, the nearest first."""


def _apart(wanted: Floats, size: Floats, taken: list[tuple[Floats, Floats]], placed: Placed) -> Floats:
    """The place nearest to ``wanted``, inside the axes, where a plate touches none that is there."""
    middle, half = np.array([placed.x, placed.y]), (np.array([placed.w, placed.h]) - size) / 2
    places = np.clip(wanted + NEAR * 0.3 * size[1], middle - half, middle + half)
    free = np.ones(len(places), dtype=bool)
    for other, room in taken:
        free &= (np.abs(places - other) >= (size + room) / 2).any(axis=1)
    return np.asarray(places[int(free.argmax())])


@ink.register
def _(mark: Curve, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    seen = axes(placed, frame)
    end = len(mark.x) if mark.drawn is None else max(mark.drawn, 1)
    for y, role in zip(mark.y[::-1], list(mark.roles[: len(mark.y)])[::-1], strict=True):
        line = on_axes(placed, np.column_stack([mark.x, y])[:end])
        if len(line) > 1:
            seen += (Polyline(line, theme.rgba(role), 0.05),)
        if mark.drawn is not None:
            seen += (Discs(line[-1:], np.array([0.09]), theme.rgba(role)[None], glow=2.0),)
    if mark.point is not None and mark.x_limits and mark.y_limits:
        (x, y), spot = mark.point, on_axes(placed, np.array([mark.point]))
        foot = on_axes(placed, np.array([[x, mark.y_limits[0]], [mark.x_limits[0], y]]))
        guide = theme.rgba("dimmed")
        seen += (
            Polyline(np.array([foot[0], spot[0], foot[1]]), guide, 0.025, dash=(0.08, 0.08)),
            Discs(spot, np.array([0.12]), theme.rgba("ink")[None], theme.rgba("ground")[None], 0.03),
        )
    return seen


@ink.register
def _(mark: Histogram, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    tops = on_axes(placed, np.column_stack([mark.edges[1:], mark.counts]))
    feet = on_axes(placed, np.column_stack([mark.edges[:-1], np.zeros(len(mark.counts))]))
    fills = np.tile(theme.rgba(mark.roles[0]), (len(mark.counts), 1))
    if mark.highlight:
        fills[list(mark.highlight)] = theme.rgba(mark.roles[2])
    there = mark.counts > 0
    sizes = (tops - feet)[there] - [min(0.012, 0.2 * float((tops - feet)[:, 0].min())), 0.0]
    seen = (*axes(placed, frame), Boxes(((tops + feet) / 2)[there], sizes, fills[there]))
    if mark.expected is not None:
        middles = (mark.edges[1:] + mark.edges[:-1]) / 2
        line = on_axes(placed, np.column_stack([middles, mark.expected]))
        seen += (Polyline(line, theme.rgba(mark.roles[1]), 0.04),)
    return seen


@ink.register
def _(mark: Bars, placed: Placed, frame: Frame) -> Shapes:
    theme, style, pitch = frame.style.theme, frame.style, bar_pitch(placed.scale, frame.style)
    share, size = mark.values / (mark.limit or 1.0), style.print_size(placed.scale)
    both = bool((share < 0).any())
    zero = placed.x if both else placed.x - placed.w / 2
    lengths = share * placed.w / (2 if both else 1)
    ys = placed.y + placed.h / 2 - (np.arange(len(share)) + 0.5) * pitch
    fills = np.tile(theme.rgba(mark.role), (len(share), 1))
    if mark.highlight:
        fills[list(mark.highlight)] = theme.rgba("accent")
    middles = np.column_stack([zero + lengths / 2, ys])
    sizes = np.column_stack([np.maximum(np.abs(lengths), 0.01), np.full(len(share), pitch * 0.66)])
    axis = np.array([[zero, placed.y - placed.h / 2]]), np.array([[zero, placed.y + placed.h / 2]])
    seen: Shapes = (
        Boxes(middles, sizes, fills, corner=0.03),
        Lines(*axis, theme.rgba("outline")[None], np.array([0.025])),
    )
    for i, value in enumerate(mark.values):
        word, x = bar_number(mark, value), max(zero + lengths[i], zero) + GAP * 0.6
        seen += shapes.text(word, x, ys[i], size, theme.rgba("ink"), theme, "left")
        if mark.names:
            beside = placed.x - placed.w / 2 - GAP
            seen += small_print(mark.names[i], beside, ys[i], frame, "right", "ink", size)
    if len(share) < (mark.of or 0):
        below = placed.y - placed.h / 2 - GAP - theme.small / 2
        seen += small_print(cut_note(len(share), mark.of or 0), placed.x, below, frame)
    return seen
