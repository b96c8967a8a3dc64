"""Link: an arrow from one mark to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.arrow import (
    RIM,
    bow_between,
    curve_between,
    flip_end,
    flip_points,
    is_caption_of,
    runs_into,
    square_between,
)
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

AROUND = (0.1, -0.1, 0.2, -0.2, 0.35, -0.35, 0.5, -0.5)
"""How far a link that runs up or down bows where something lies in its way, tried one after the other."""


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
        return self._draw_name(self._points(placed, frame), frame.style, placed.turned > 0.5)

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
        points = self._points(placed, frame)
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

    def _points(self, placed: Placed, frame: Frame) -> Floats:
        """(n, 2) points from rim to rim."""
        source, target = (frame[end] for end in self.ties)
        if placed.turned > 0.5 and self.square:
            return self._points_square_down(placed, source, target)
        is_below = target.room[3] <= source.room[2]
        if is_below and (
            placed.turned > 0.5
            or self._strikes_label(source, target, frame.style)
            or self._is_between(placed, source, target, frame)
        ):
            return self._points_between(placed, source, target, frame)
        if placed.turned > 0.5 and source.room[3] <= target.room[2]:
            return self._points_between(placed, target, source, frame)[::-1]
        lane = source.y if self.late else placed.y
        ends = (self.out, self.into)
        return (
            square_between(source, target, lane, ends)
            if self.square
            else bow_between(source, target, self.bend)
        )

    def _strikes_label(self, source: Placed, target: Placed, style: RenderStyle) -> bool:
        """Whether it would come from above through the label of its target."""
        half = style.text_width(target.mark.label, style.theme.medium, bold=True) / 2
        if self.square or not half:
            return False
        x, y, wide, high = target.x + target.label_x, target.label_y, half + RIM, style.theme.medium / 2 + RIM
        box = (x - wide, x + wide, y - high, y + high)
        return runs_into(bow_between(source, target, self.bend), box)

    def _is_between(self, placed: Placed, source: Placed, target: Placed, frame: Frame) -> bool:
        """Whether a square link to a mark below finds nothing in the way of a straight one."""
        apart = abs(target.x - source.x) > (target.w + source.w) / 2
        if not self.square or apart:  # to another column, as in a chain that goes on in the next line
            return False
        course = self._points_between(placed, source, target, frame)
        others = (one for key, one in frame.placed.items() if not one.mark.connects and key not in self.ties)
        return not any(runs_into(course, one.room) for one in others)

    def _points_between(self, placed: Placed, upper: Placed, lower: Placed, frame: Frame) -> Floats:
        """(n, 2) points from what stands below the upper mark to what stands above the lower one.

        They start below the upper one's caption, and bow round whatever lies in their way.
        """
        top, bottom = upper.room[2], lower.room[3]
        left, right = sorted((upper.x, lower.x))
        is_in_line = left - RIM < placed.x < right + RIM and bottom <= placed.room[2] < placed.room[3] <= top
        if is_in_line:  # as wide as what lies between the two is free
            top, bottom = placed.room[3], placed.room[2]
        others = [one for key, one in frame.placed.items() if not one.mark.connects and key not in self.ties]
        captions = [one.room[2] for one in others if is_caption_of(one, upper) and one.room[2] > bottom]
        start = np.array([upper.x, min([top, *captions]) - RIM])
        end = np.array([lower.x, bottom + RIM])
        # Whichever end it comes from, it bows to the left of its own direction.
        bend = self.bend if upper.mark.key == self.ties[0] else -self.bend
        courses = [curve_between(start, end, one) for one in (bend, *(AROUND if not bend else ()))]
        return min(courses, key=lambda points: sum(runs_into(points, one.room) for one in others))

    def _points_square_down(self, placed: Placed, source: Placed, target: Placed) -> Floats:
        """(n, 2) points in right angles, from below the source to above the target."""
        lane = -source.x if self.late else -placed.x
        ends = (self.out, self.into)
        return flip_points(
            square_between(flip_end(source, down=True), flip_end(target, down=False), lane, ends)
        )

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
