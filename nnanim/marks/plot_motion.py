"""Plots on the way from one window to another: a true zoom, in which points stay at their values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

import numpy as np

from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.easing import ramp
from nnanim.marks.parts import Extent, Owner, Parts
from nnanim.shapes import Discs, Filled, Floats, Polyline, Shape, Shapes, Within, fade, fade_each
from nnanim.style import RenderStyle

EDGE, LEFT = 0.18, 0.3
"""Distance from the edge of the plane at which points fade, and how bright they are on the edge."""

OVER = 0.05
"""How far lines at the edge of the plane reach beyond it."""

GONE, COME = 0.25, 0.75
"""Shares of the time until which old numbers go, and from which the new ones come."""


Limits = tuple[float, float]


class Windowed(Protocol):
    """What a plot does, seen from here."""

    @property
    def limits(self) -> tuple[Limits, Limits]:
        """The window: low and high across, and upwards."""
        ...

    def through(self, window: tuple[Limits, Limits]) -> Windowed:
        """The same values in another window."""
        ...

    def blend(self, after: Any, share: float) -> Windowed | None:
        """The data a share of the way to those of another of its kind, or None."""
        ...

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room that it takes."""
        ...

    def overhang(self, scale: float) -> float:
        """How far something on the very edge of the plane reaches beyond it."""
        ...

    def axes(self, placed: Placed, style: RenderStyle) -> Shapes:
        """Its axes with their numbers."""
        ...

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """What lies within the axes."""
        ...

    def draw_words(self, placed: Placed, style: RenderStyle) -> Shapes:
        """Words among the data."""
        ...


@dataclass(frozen=True, eq=False)
class PlotInMotion(Mark):
    """A plot whose window widens, narrows or wanders, or whose axes get other names.

    Its limits change by equal factors in equal times. What both states show stays where its values are; the
    rest fades. No number of the axes changes while it is read.

    Attributes:
        before, after: the two states, of one kind.
        fraction: of the time, 0..1.
    """

    before: Windowed
    after: Windowed
    fraction: float

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room of the state to come."""
        return self.after.extent(scale, style)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The axes, the data of both states in one window, then the words of each."""
        style, f = frame.style, self.fraction
        window = between_limits(self.before.limits, self.after.limits, ramp(f))
        seen, over = self._draw_axes(placed, style), tuple[Shape, ...]()
        blended = self.before.blend(self.after, min(ramp(f), 1.0))  # rounding may give more
        states = ((self.before, 1 - ramp(f, 0.0, 0.6)), (self.after, ramp(f, 0.0, 0.45)))
        for mark, light in ((blended, 1.0),) if blended is not None else states:
            if light > 0:
                below, above = self._draw_data(mark.through(window), placed, style)
                seen, over = seen + fade(below, light), over + fade(above, light)
        for mark, light in ((self.before, 1 - ramp(f, 0.0, GONE)), (self.after, ramp(f, COME, 1.0))):
            if light > 0:
                seen += fade(mark.draw_words(placed, style), light)
        return Parts(seen + over)

    def _draw_axes(self, placed: Placed, style: RenderStyle) -> Shapes:
        """Both axes and their names, and the numbers that go or come."""
        old, new = (mark.axes(placed, style) for mark in (self.before, self.after))
        lines = tuple(one for one in new if isinstance(one, Polyline))
        places = {(id(one.piece), one.origin) for one in old if isinstance(one, Filled)}
        kept = tuple(o for o in new if isinstance(o, Filled) and (id(o.piece), o.origin) in places)
        held = {(id(one.piece), one.origin) for one in kept if isinstance(one, Filled)}
        gone, come = (
            tuple(o for o in some if isinstance(o, Filled) and (id(o.piece), o.origin) not in held)
            for some in (old, new)
        )
        f = self.fraction
        return lines + kept + fade(gone, 1 - ramp(f, 0.0, GONE)) + fade(come, ramp(f, COME, 1.0))

    def _draw_data(self, mark: Windowed, placed: Placed, style: RenderStyle) -> tuple[Shapes, Shapes]:
        """All within the axes, clipped by their ends: what lies below words, and what lies above them."""
        reach = max(mark.overhang(placed.scale), OVER)
        left, right = placed.x - placed.w / 2 - reach, placed.x + placed.w / 2 + reach
        bottom, top = placed.y - placed.h / 2 - reach, placed.y + placed.h / 2 + reach
        *below, above = (
            (some if isinstance(some, tuple) else (some,)) for some, _ in mark.draw_data(placed, style)
        )

        def clip(some: Iterable[Shape]) -> Shapes:
            drawn = tuple(self._near_edge(one, placed) for one in some)
            return (Within(drawn, (left, right, bottom, top)),) if drawn else ()

        return clip(chain.from_iterable(below)), clip(above)

    def _near_edge(self, shape: Shape, placed: Placed) -> Shape:
        """Points that fade as they come near to the edge of the plane; at rest they do not."""
        if not isinstance(shape, Discs):
            return shape
        moving = ramp(self.fraction, 0.0, 0.15) * (1 - ramp(self.fraction, 0.85, 1.0))
        middle, half = np.array([placed.x, placed.y]), np.array([placed.w, placed.h]) / 2
        room = (half - np.abs(shape.centers - middle)).min(axis=1)
        light: Floats = np.clip(room / EDGE + LEFT, 0.0, 1.0)
        seen: Floats = np.where(room >= -1e-6, 1 - (1 - light) * moving, light * moving)
        # Those outside are not seen, and wait beyond the edge: a batch has as many points all the time.
        far = half + LEFT * EDGE
        return fade_each(replace(shape, centers=np.clip(shape.centers, middle - far, middle + far)), seen)


def between_limits(old: tuple[Limits, Limits], new: tuple[Limits, Limits], e: float) -> tuple[Limits, Limits]:
    """The window a share ``e`` of the way between two, about the point that stands still."""
    x, y = (_between(a, b, e) for a, b in zip(old, new, strict=True))
    return x, y


def _between(old: Limits, new: Limits, e: float) -> Limits:
    wide, other = old[1] - old[0], new[1] - new[0]
    width = math.exp(math.log(wide) + (math.log(other) - math.log(wide)) * e)
    share = (width - wide) / (other - wide) if abs(other - wide) > 1e-9 * max(wide, other) else e
    middle = sum(old) / 2 + (sum(new) / 2 - sum(old) / 2) * share
    return middle - width / 2, middle + width / 2
