"""Link: an arrow from one mark to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed, key_of, modify
from nnanim.marks.common import small_print
from nnanim.marks.content import Floats
from nnanim.marks.easing import ease
from nnanim.marks.parts import Extent, Parts
from nnanim.shapes import Polyline, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

OUT, IN = 0.2, 0.34
"""The usual `Link.out` and `Link.into`."""

HEAD = 0.6
"""Share of a short link that its head takes at most."""

RIM = 0.08
"""Between a link and what it joins."""


@dataclass(frozen=True, eq=False)
class Link(Mark):
    """An arrow from one mark to another.

    Attributes:
        source, target: the marks, or their keys.
        name: words on the arrow.
        role: its colour.
        bend: how far it bows, as a share of its length; positive bows to the left of its direction.
        width: line width relative to the normal one.
        square: whether it runs in right angles, from the right side of its source along the height of its own
            place in the arrangement to the left side of its target.
        late: whether a square link turns right before its target instead, and leaves its source straight on.
        out, into: how far a square link runs before it turns, and from where it turns to its target, where
            there is room.
    """

    source: str | Mark
    target: str | Mark
    name: Words = ""
    role: str = "dimmed"
    bend: float = 0.0
    width: float = 1.0
    square: bool = False
    late: bool = False
    out: float = OUT
    into: float = IN
    layer: ClassVar[int] = 0
    connects: ClassVar[bool] = True
    roomless: ClassVar[bool] = True
    may_point: ClassVar[bool] = True
    turns: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.square and self.bend:
            raise self.make_error(f"bend={self.bend:g} of a square link; one of the two")
        self.set_fields(source=key_of(self.source), target=key_of(self.target))

    @property
    def optional_words(self) -> tuple[str, ...]:
        """Its name: the old one goes before another comes."""
        return ("name",)

    def draw_optional(self, placed: Placed, frame: Frame) -> Shapes:
        """The name in the middle of the arrow."""
        source, target = (frame[end] for end in self.ties)
        return self._draw_name(self._points(placed, source, target), frame.style, placed.turned > 0.5)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """The arrow between the same marks bends and widens; of another course or colour, one fades in."""
        if not isinstance(after, Link) or (self.ties, self.role, self.name) != (
            after.ties, after.role, after.name,
        ):  # fmt: skip
            return None
        if self.square or after.square:
            return None
        f = ease(fraction)
        turned: Link = modify(
            after,
            bend=self.bend + (after.bend - self.bend) * f,
            width=self.width + (after.width - self.width) * f,
        )
        return turned

    @property
    def ties(self) -> tuple[str, ...]:
        """The two marks that it joins."""
        return str(self.source), str(self.target)

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Some width, and more of it where there is room."""
        return replace(Extent.core(0.9 * scale, 0.0), stretch=1.0 * scale)

    def turned_extent(self, scale: float, style: RenderStyle) -> Extent:
        """The same in height, at least as long as its name."""
        long = style.text_width(self.name, style.theme.small)
        return replace(Extent.core(0.0, max(0.9 * scale, long)), stretch=1.0 * scale)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """A line, its head, and its name in the middle."""
        theme = frame.style.theme
        source, target = (frame[end] for end in self.ties)
        points = self._points(placed, source, target)
        name = self._draw_name(points, frame.style, placed.turned > 0.5)
        color, wide, b = theme.rgba(self.role), 0.045 * self.width, points[-1]
        way = points[-1] - points[-2]
        way = way / (np.linalg.norm(way) or 1.0)
        across, long = np.array([-way[1], way[0]]), float(np.hypot(*np.diff(points, axis=0).T).sum())
        head = min(0.16 + 1.2 * wide, HEAD * long)
        tip = np.array([b, b - way * head + across * head * 0.5, b - way * head - across * head * 0.5])
        points = np.vstack([points[:-1], b - way * head * 0.8])
        drawn: Shapes = (Polyline(points, color, wide), Polyline(tip, color, 0.0, closed=True, fill=color))
        return Parts(drawn + name)

    def _points(self, placed: Placed, source: Placed, target: Placed) -> Floats:
        """(n, 2) points from rim to rim."""
        if placed.turned > 0.5:
            return self._points_down(placed, source, target)
        lane = source.y if self.late else placed.y
        ends = (self.out, self.into)
        return _square(source, target, lane, ends) if self.square else _bow(source, target, self.bend)

    def _points_down(self, placed: Placed, source: Placed, target: Placed) -> Floats:
        """(n, 2) points from what stands below the source to what stands above the target."""
        if not self.square:
            over, under = source.room[2], target.room[3]
            if (
                under <= placed.room[2] < placed.room[3] <= over
            ):  # as wide as what lies between the two is free
                over, under = placed.room[3], placed.room[2]
            return _curve(np.array([source.x, over - RIM]), np.array([target.x, under + RIM]), self.bend)
        lane = -source.x if self.late else -placed.x
        ends = (self.out, self.into)
        return _flip(_square(_flip_ends(source, down=True), _flip_ends(target, down=False), lane, ends))

    def _draw_name(self, points: Floats, style: RenderStyle, turned: bool) -> Shapes:
        """The name over the middle of the line; beside it, where it runs down."""
        ends = (points[0] + points[-1]) / 2
        middle = points[len(points) // 2] if self.bend or self.square else ends
        if turned:
            return self._draw_name_upright(points, style)
        high = middle[1] + 0.75 * style.theme.small + 0.045 * self.width
        return small_print(self.name, middle[0], high, style, role="ink")

    def _draw_name_upright(self, points: Floats, style: RenderStyle) -> Shapes:
        """The name along the longest piece of a line that runs down, on its left."""
        longest = int(np.argmax(np.abs(np.diff(points[:, 1]))))
        x, y = (points[longest] + points[longest + 1]) / 2
        left, ink = x - 0.75 * style.theme.small - 0.045 * self.width, style.theme.rgba("ink")
        return shapes.text(style.say(self.name), left, y, style.theme.small, ink, style.theme, turn=1)


def _flip(points: Floats) -> Floats:
    """(…, 2) points reflected: what ran to the right runs down, what lay above lies to the left."""
    return np.asarray(-points[..., ::-1])


def _flip_ends(placed: Placed, down: bool) -> Placed:
    """A mark as `_flip` sees it, as long as its room reaches ``down``, or up."""
    reach = placed.y - placed.room[2] if down else placed.room[3] - placed.y
    return replace(placed, x=-placed.y, y=-placed.x, w=2 * reach, h=placed.w)


def _rim(placed: Placed, toward: Floats) -> Floats:
    """Where a line from the middle of a mark, towards the middle of its way, leaves the mark's core."""
    way = toward - [placed.x, placed.y]
    half = np.array([placed.w, placed.h]) / 2 + RIM
    with np.errstate(divide="ignore"):
        reach = np.min(np.where(way == 0, np.inf, half / np.abs(way)))
    return np.asarray(np.array([placed.x, placed.y]) + way * min(float(reach), 2.0))  # at most to its end


def _bow(source: Placed, target: Placed, bend: float) -> Floats:
    """(n, 2) points from rim to rim, straight or bowed; from edge to edge where that would cross a mark."""
    a, b = (np.array([p.x, p.y]) for p in (source, target))
    bow = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * bend
    points = _curve(_rim(source, bow), _rim(target, bow), bend, bow)
    back = (points[-1] - points[0]) @ (b - a) <= 2 * RIM * np.hypot(*(b - a))
    if back or _crosses(points, source) or _crosses(points, target):
        return _curve(*_facing(source, target), bend)
    return points


def _crosses(points: Floats, placed: Placed) -> bool:
    """Whether a line runs over the core of a mark."""
    inside = np.abs(points - [placed.x, placed.y]) < np.array([placed.w, placed.h]) / 2 - 1e-6
    return bool(inside.all(axis=1).any())


def _facing(source: Placed, target: Placed) -> tuple[Floats, Floats]:
    """The points of two cores that are nearest to each other, in the middle of what they have in common."""
    ends = np.zeros((2, 2))
    for axis, (a, b) in enumerate(((source.x, target.x), (source.y, target.y))):
        sizes = ((one.w, one.h)[axis] / 2 for one in (source, target))
        (low, high), (under, over) = ((m - half, m + half) for m, half in zip((a, b), sizes, strict=True))
        if high < under or over < low:
            ends[:, axis] = (high, under) if high < under else (low, over)
        else:
            ends[:, axis] = (max(low, under) + min(high, over)) / 2
    way = ends[1] - ends[0]
    far = float(np.hypot(*way))
    rim = way / (far or 1.0) * min(RIM, far / 5)
    return ends[0] + rim, ends[1] - rim


def _curve(a: Floats, b: Floats, bend: float, bow: Floats | None = None) -> Floats:
    """(n, 2) points from ``a`` to ``b``, straight or bowed by way of ``bow``."""
    if bow is None:
        bow = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * bend
    t = np.linspace(0, 1, 24 if bend else 2)[:, None]
    control = 2 * bow - (a + b) / 2 if bend else (a + b) / 2
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b)


def _square(source: Placed, target: Placed, lane: float, ends: tuple[float, float]) -> Floats:
    """(n, 2) points in right angles, by way of the height ``lane``; corners are rounded."""
    before, behind = ends
    start, end = source.x + source.w / 2, target.x - target.w / 2
    close = (end - start) / 5 if end > start else RIM
    start, end = start + min(0.05, close), end - min(RIM, close)
    level = target.y
    if abs(lane - target.y) > 1e-6:  # beside the link that comes straight in
        level += np.sign(lane - target.y) * min(0.25 * target.h, abs(lane - target.y))
    share = min((end - start) / (before + behind), 1.0) if end > start else 1.0
    out, into = start + share * before, end - share * behind
    corners = [(start, source.y), (out, source.y), (out, lane), (into, lane), (into, level), (end, level)]
    kept = [corners[0]]
    for one, following in zip(corners[1:], [*corners[2:], None], strict=True):
        level_ = following is not None and abs(kept[-1][1] - one[1]) + abs(one[1] - following[1]) < 1e-6
        if not level_ and np.hypot(one[0] - kept[-1][0], one[1] - kept[-1][1]) > 1e-6:
            kept.append(one)
    return _round_corners(np.array(kept), 0.14)


def _round_corners(points: Floats, r: float) -> Floats:
    """A polyline whose corners are arcs of the radius ``r``, smaller where there is no room."""
    path = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        to, on = before - corner, after - corner
        near = min(r, np.linalg.norm(to) / 2, np.linalg.norm(on) / 2)
        a = corner + to / (np.linalg.norm(to) or 1.0) * near
        b = corner + on / (np.linalg.norm(on) or 1.0) * near
        path += [(1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b for t in np.linspace(0, 1, 7)]
    return np.array([*path, points[-1]])
