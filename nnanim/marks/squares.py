"""Squares: amounts as areas, for what differs by so much that bars would show nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.content import Floats
from nnanim.marks.easing import ramp
from nnanim.marks.parts import GAP, Extent, Owner, Parts
from nnanim.shapes import Boxes, Shape, Shapes, fade
from nnanim.style import RenderStyle
from nnanim.words import Words
from nnanim.words.numerals import write

SIDE = 2.6
"""Side of the square of the largest value, at scale 1."""


@dataclass(frozen=True, eq=False)
class Squares(Mark):
    """Named amounts as squares on one line, the area of each its value.

    Between two states with other limits, it zooms: what stays shrinks or grows in its place, by equal factors
    in equal times.

    Attributes:
        values: (n,) areas, from 0 up.
        names: the name of each, below it.
        limit: the value whose square is as high as the mark.
        digits: decimals that are written above each.
        role: their colour.
        highlight: indices of squares in the colour of an answer.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    digits: int = 0
    role: str = "amount"
    highlight: tuple[int, ...] = ()
    read: ClassVar[tuple[str, ...]] = ("names",)
    change_seconds: ClassVar[float] = 1.6

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 1)
        if not len(values):
            raise self.make_error("there are no values")
        if values.min() < 0:
            raise self.make_error(f"value {values.min():g} at {int(values.argmin())} lies below 0")
        for index in self.highlight:
            if not 0 <= index < len(values):
                raise self.make_error(f"highlight {index} for {len(values)} squares")
        self.set_fields(
            values=values, limit=self.check_limit(values, self.limit),
            names=self.check_count(self.names, len(values), "names"), highlight=tuple(self.highlight),
        )  # fmt: skip

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The squares in a line, each with room for its words."""
        size, words = style.print_size(scale), self._word_widths(scale, style).max()
        long = self._slots(scale, style).sum() + self._gap(scale) * (len(self.values) - 1)
        largest = float(self.sides(scale).max())
        if _is_portrait(style):
            return Extent.core(largest + GAP + float(words), float(long))
        return Extent.core(float(long), largest).around(up=GAP + size, down=GAP + size if self.names else 0.0)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Squares with their numbers and names; a part is a square."""
        sides, places = self.sides(placed.scale), self.places(placed, frame.style)
        middles = np.array(
            [self.find_middle(*one, placed, frame.style) for one in zip(places, sides, strict=True)]
        )
        drawn = self._draw_squares(placed, frame.style, places, middles, sides)
        return Parts.collect(drawn, middles, np.column_stack([sides, sides]))

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Squares of one name stay; None where no name does."""
        if not isinstance(after, Squares) or not set(map(repr, self.names)) & set(map(repr, after.names)):
            return None
        return SquaresInMotion(self, after, fraction, key=self.key, label=after.label, means=after.means)

    def sides(self, scale: float, limit: float | None = None) -> Floats:
        """(n,) sides of the squares; with another limit, as they are on the way to it."""
        return np.asarray(SIDE * scale * np.sqrt(self.values / (limit or self.limit or 1.0)))

    def places(self, placed: Placed, style: RenderStyle) -> Floats:
        """(n,) where the squares stand in their line: across, or, in a portrait frame, from top to bottom."""
        slots, gap = self._slots(placed.scale, style), self._gap(placed.scale)
        along = np.cumsum(slots + gap) - gap - slots / 2 - (slots.sum() + gap * (len(slots) - 1)) / 2
        return np.asarray(placed.y - along if _is_portrait(style) else placed.x + along)

    def find_middle(
        self, place: float, side: float, placed: Placed, style: RenderStyle
    ) -> tuple[float, float]:
        """The middle of a square of that side at a place in the line."""
        if _is_portrait(style):
            return placed.x - placed.w / 2 + side / 2, float(place)
        return float(place), placed.y - placed.h / 2 + side / 2

    def fills(self, style: RenderStyle) -> Floats:
        """(n, 4) colours of the squares."""
        fills = np.tile(style.theme.rgba(self.role), (len(self.values), 1))
        fills[list(self.highlight)] = style.theme.rgba("answer")
        return fills

    def number_text(self, i: int) -> str:
        """How the value of square ``i`` is written."""
        return write(float(self.values[i]), f",.{self.digits}f")

    def draw_words(self, i: int, place: float, side: float, placed: Placed, style: RenderStyle) -> Shapes:
        """The number above a square of that side, and the name below it; in a portrait frame, beside it."""
        theme, size = style.theme, style.print_size(placed.scale)
        name = style.say(self.names[i]) if self.names else ""
        x, y = self.find_middle(place, side, placed, style)
        rise, align = side / 2 + GAP + size / 2, "center"
        if _is_portrait(style):
            x, rise, align = x + side / 2 + GAP, 0.6 * size if name else 0.0, "left"
        ink = theme.rgba("ink")
        drawn = shapes.text(self.number_text(i), x, y + rise, size, ink, theme, align)
        return drawn + shapes.text(name, x, y - rise, size, ink, theme, align)

    def _gap(self, scale: float) -> float:
        return 0.4 * scale

    def _word_widths(self, scale: float, style: RenderStyle) -> Floats:
        """(n,) widths of the words of the squares."""
        size = style.print_size(scale)
        names = self.names or ("",) * len(self.values)
        return np.array(
            [
                max(style.text_width(self.number_text(i), size), style.text_width(name, size))
                for i, name in enumerate(names)
            ]
        )

    def _slots(self, scale: float, style: RenderStyle) -> Floats:
        """(n,) lengths that the squares take in their line, with their words."""
        words: Floats = self._word_widths(scale, style)
        if _is_portrait(style):
            words = np.full(len(self.values), 2.4 * style.print_size(scale))
        return np.asarray(np.maximum(self.sides(scale), words))

    def _draw_squares(
        self, placed: Placed, style: RenderStyle, places: Floats, middles: Floats, sides: Floats
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        yield Boxes(middles, np.column_stack([sides, sides]), self.fills(style)), np.arange(len(middles))
        for i, (place, side) in enumerate(zip(places, sides, strict=True)):
            yield self.draw_words(i, float(place), float(side), placed, style), i


def _is_portrait(style: RenderStyle) -> bool:
    return style.width < style.height


@dataclass(frozen=True, eq=False)
class SquaresInMotion(Mark):
    """Squares on the way from one limit to another: those that stay are to scale at every moment.

    What goes is gone before the places change much; what comes grows from nothing in its place at the end.

    Attributes:
        before, after: the two states.
        fraction: of the time, 0..1.
    """

    before: Squares
    after: Squares
    fraction: float

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room of the state to come."""
        return self.after.extent(scale, style)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Squares that go, stay and come."""
        style, share = frame.style, ramp(self.fraction, 0.0, 0.85)
        old, new = ([repr(name) for name in one.names] for one in (self.before, self.after))
        limit = math.exp(
            (1 - share) * math.log(self.before.limit or 1) + share * math.log(self.after.limit or 1)
        )
        was, will = (one.places(placed, style) for one in (self.before, self.after))
        drawn: Shapes = ()
        for i, name in enumerate(old):
            side = float(self.before.sides(placed.scale, limit)[i])
            if name not in new:
                light = 1 - ramp(self.fraction, 0.0, 0.3)
                drawn += fade(self._draw_one(self.before, i, float(was[i]), side, placed, style), light)
                continue
            j = new.index(name)
            place = float(was[i] + (will[j] - was[i]) * share)
            drawn += self._draw_one(self.after, j, place, side, placed, style)
        grow = ramp(self.fraction, 0.6, 1.0)
        for j, name in enumerate(new):
            if name not in old:
                side = float(self.after.sides(placed.scale)[j]) * grow
                drawn += fade(self._draw_one(self.after, j, float(will[j]), side, placed, style), grow)
        return Parts(drawn)

    def _draw_one(
        self, mark: Squares, i: int, place: float, side: float, placed: Placed, style: RenderStyle
    ) -> Shapes:
        """One square of that side, with its words."""
        middle = np.array([mark.find_middle(place, side, placed, style)])
        square = Boxes(middle, np.array([[side, side]]), mark.fills(style)[[i]])
        return (square, *mark.draw_words(i, place, side, placed, style))
