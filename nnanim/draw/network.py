"""Drawing neurons, wires, blocks and links."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.draw.base import ink, small_print
from nnanim.layout import Frame, Placed, number
from nnanim.layout.base import GAP, cut_note
from nnanim.layout.legend import WIDEST
from nnanim.layout.network import RING, RING_WIDTH, column
from nnanim.marks import Block, Link, Units, Wires
from nnanim.shapes import Boxes, Discs, Lines, Polyline, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme

Floats = npt.NDArray[np.float64]


def centers(placed: Placed) -> Floats:
    """(n, 2) middles of the neurons of a placed Units: row by row, the first on top on the left."""
    mark: Units = placed.mark  # type: ignore[assignment]
    abreast, pitch, _ = column(mark)
    row, place = np.divmod(np.arange(len(mark.values)), abreast)
    across, down = (place - (abreast - 1) / 2) * pitch, (row[-1] / 2 - row) * pitch
    return np.column_stack([placed.x + across * placed.scale, placed.y + down * placed.scale])


def radius(placed: Placed) -> float:
    """Radius of its neurons."""
    return column(placed.mark)[2] * placed.scale  # type: ignore[arg-type]


def unit_colors(mark: Units, theme: Theme) -> Floats:
    """(n, 4) fill of each neuron: the colour of its value, or the panel's while it is not lit."""
    colors = theme.signed(mark.values / (mark.limit or 1.0))
    colors[~np.array(mark.lit)] = theme.rgba("panel")
    return colors


@ink.register
def _(mark: Units, placed: Placed, frame: Frame) -> Shapes:
    theme, style = frame.style.theme, frame.style
    at, r = centers(placed), radius(placed)
    fills = unit_colors(mark, theme)
    lit = np.array(mark.lit)
    rims = np.where(lit[:, None], theme.rgba("ink"), theme.rgba("outline"))
    seen: Shapes = (Discs(at, np.full(len(at), r), fills, rims, rim_width=min(0.035, 0.0833 * r)),)
    if mark.highlight:
        chosen = at[list(mark.highlight)]
        rings = np.tile(theme.rgba("accent"), (len(chosen), 1))
        reach = np.full(len(chosen), RING * r)
        seen += (Discs(chosen, reach, np.zeros_like(rings), rings, rim_width=RING_WIDTH),)
    size = _number_size(mark, r, placed.scale, style)
    for i in np.flatnonzero(lit) if size else ():
        value = number(mark.values[i], mark.digits)
        x, y = at[i]
        seen += shapes.text(value, x, y, size, theme.ink_on(fills[i]), theme)
    seen += unit_names(placed, frame)
    if len(at) < (mark.of or 0):
        below = placed.y - placed.h / 2 - GAP - theme.small / 2
        seen += small_print(cut_note(len(at), mark.of or 0), placed.x, below, frame)
    return seen


def _number_size(mark: Units, r: float, scale: float, style: RenderStyle) -> float:
    """Text size of the numbers in neurons of radius ``r``, one for all; 0 where one of them does not fit."""
    room, small = 1.75 * r, style.theme.small
    if not mark.numbers or room <= small / 2:
        return 0.0
    written = [number(value, mark.digits) for value in mark.values]
    sizes = (style.print_size(scale), small)
    return next((z for z in sizes if all(style.text_width(one, z) <= room for one in written)), 0.0)


def unit_names(placed: Placed, frame: Frame) -> Shapes:
    """The names beside the neurons of a placed Units."""
    mark: Units = placed.mark  # type: ignore[assignment]
    size, side = frame.style.print_size(placed.scale), -1 if mark.side == "left" else 1
    align, away = "right" if side < 0 else "left", side * (radius(placed) + GAP)
    seen: Shapes = ()
    for name, (x, y) in zip(mark.names, centers(placed), strict=False):
        seen += small_print(name, x + away, y, frame, align, "ink", size)
    return seen


def wire_ends(mark: Wires, frame: Frame) -> tuple[Floats, Floats]:
    """(out, in, 2) starts and ends of every wire, on the rims of the neurons that it joins."""
    source, target = frame[mark.source], frame[mark.target]  # type: ignore[index]
    a, b = centers(source)[None, :, :], centers(target)[:, None, :]
    along = (b - a) / np.linalg.norm(b - a, axis=-1, keepdims=True)
    return a + along * radius(source), b - along * radius(target)


@ink.register
def _(mark: Wires, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    starts, ends = (p.reshape(-1, 2) for p in wire_ends(mark, frame))
    share = mark.weights.ravel() / (mark.limit or 1.0)
    order = np.argsort(np.abs(share), kind="stable")
    colors = wire_colors(share, theme)
    widths = np.maximum(WIDEST * placed.scale * np.abs(share), 0.012 / np.sqrt(crowd(len(share))))
    return (Lines(starts[order], ends[order], colors[order], widths[order]),)


def wire_colors(share: Floats, theme: Theme) -> Floats:
    """(n, 4) colour of wires by their share of the largest weight: the weak are faint, more so in a crowd."""
    colors = np.where(share[:, None] >= 0, theme.rgba("positive"), theme.rgba("negative"))
    hint = 0.3 / crowd(len(share))
    colors[:, 3] = hint + (0.9 - hint) * np.abs(share) ** steepness(len(share))
    return colors


FEW = 200
"""Up to so many wires or signals, each is seen for itself; of more, the strong ones stand out."""


def crowd(count: int) -> float:
    """How many times too many there are for each to be seen for itself; at least 1."""
    return max(count / FEW, 1.0)


def steepness(count: int) -> float:
    """Power of a value's share that gives its alpha: 1, and more in a crowd."""
    return 1.0 + 1.5 * float(np.log10(crowd(count)))


@ink.register
def _(mark: Block, placed: Placed, frame: Frame) -> Shapes:
    theme, style = frame.style.theme, frame.style
    ground, role = theme.rgba("panel"), theme.rgba(mark.role)
    fill = ground + (role - ground) * 0.55 * mark.value
    box = Boxes(
        np.array([[placed.x, placed.y]]),
        np.array([[placed.w, placed.h]]),
        fill[None],
        role[None],
        0.035,
        corner=0.12,
    )
    inked = theme.ink_on(fill)
    name, detail = style.say(mark.name), style.say(mark.detail)
    up = theme.small * 0.62 if detail else 0.0
    seen: Shapes = (box, *shapes.text(name, placed.x, placed.y + up, theme.medium, inked, theme, bold=True))
    if detail:
        seen += shapes.text(detail, placed.x, placed.y - theme.medium * 0.72, theme.small, inked, theme)
    return seen


def _rim(placed: Placed, toward: Floats) -> Floats:
    """Where a straight line from the middle of a mark towards a point leaves its core."""
    way = toward - [placed.x, placed.y]
    half = np.array([placed.w, placed.h]) / 2 + 0.08
    with np.errstate(divide="ignore"):
        reach = np.min(np.where(way == 0, np.inf, half / np.abs(way)))
    return np.asarray(np.array([placed.x, placed.y]) + way * min(float(reach), 1.0))


@ink.register
def _(mark: Link, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    source, target = frame[mark.source], frame[mark.target]  # type: ignore[index]
    lane = source.y if mark.late else placed.y
    points = _square(source, target, lane) if mark.square else _bowed(source, target, mark.bend)
    color, wide, b = theme.rgba(mark.role), 0.045 * mark.width, points[-1]
    way = points[-1] - points[-2]
    way = way / (np.linalg.norm(way) or 1.0)
    across, head = np.array([-way[1], way[0]]), 0.16 + 1.2 * wide
    tip = np.array([b, b - way * head + across * head * 0.5, b - way * head - across * head * 0.5])
    middle = points[len(points) // 2] if mark.bend or mark.square else (points[0] + b) / 2
    points = np.vstack([points[:-1], b - way * head * 0.8])
    seen: Shapes = (Polyline(points, color, wide), Polyline(tip, color, 0.0, closed=True, fill=color))
    return seen + small_print(mark.name, middle[0], middle[1] + 0.75 * theme.small + wide, frame, role="ink")


def _bowed(source: Placed, target: Placed, bend: float) -> Floats:
    """(n, 2) points from rim to rim, straight or bowed."""
    a, b = (np.array([p.x, p.y]) for p in (source, target))
    bow = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * bend
    a, b = _rim(source, bow), _rim(target, bow)
    t = np.linspace(0, 1, 24 if bend else 2)[:, None]
    control = 2 * bow - (a + b) / 2 if bend else (a + b) / 2
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b)


OUT, IN = 0.2, 0.34
"""How far a square link leaves its source before it turns, and turns before it reaches its target."""


def _square(source: Placed, target: Placed, lane: float) -> Floats:
    """(n, 2) points in right angles, by way of the height ``lane``; corners are rounded."""
    start, end = source.x + source.w / 2 + 0.05, target.x - target.w / 2 - 0.08
    level = target.y
    if abs(lane - target.y) > 1e-6:  # beside the link that comes straight in
        level += np.sign(lane - target.y) * min(0.25 * target.h, abs(lane - target.y))
    corners = [(start, source.y), (start + OUT, source.y), (start + OUT, lane), (end - IN, lane)]
    corners += [(end - IN, level), (end, level)]
    kept = [corners[0]]
    for one, following in zip(corners[1:], [*corners[2:], None], strict=True):
        level_ = following is not None and abs(kept[-1][1] - one[1]) + abs(one[1] - following[1]) < 1e-6
        if not level_ and np.hypot(one[0] - kept[-1][0], one[1] - kept[-1][1]) > 1e-6:
            kept.append(one)
    return _rounded(np.array(kept), 0.14)


def _rounded(points: Floats, r: float) -> Floats:
    """A polyline whose corners are arcs of the radius ``r``, smaller where there is no room."""
    path = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        to, on = before - corner, after - corner
        near = min(r, np.linalg.norm(to) / 2, np.linalg.norm(on) / 2)
        a = corner + to / (np.linalg.norm(to) or 1.0) * near
        b = corner + on / (np.linalg.norm(on) or 1.0) * near
        path += [(1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b for t in np.linspace(0, 1, 7)]
    return np.array([*path, points[-1]])
