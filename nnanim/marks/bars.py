"""Bars: named bars, one under the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.common import cut_note, number, small_print
from nnanim.marks.content import Floats
from nnanim.marks.parts import GAP, REST, Extent, Owner, Parts
from nnanim.shapes import Boxes, Lines, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words
from nnanim.words.numerals import percent, percent_digits


@dataclass(frozen=True, eq=False)
class Bars(Mark):
    """Named bars, one under the other.

    Attributes:
        values: (n,) lengths.
        names: the name of each bar.
        limit: the largest |value| of the scale.
        highlight: indices of bars in the accent colour.
        digits: decimals that are written; by default 2, of percentages as few as add up to 100.
        percent: whether values are written as percentages.
        of: how many there are, where not all are shown.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    digits: int | None = None
    role: str = "key"
    highlight: tuple[int, ...] = ()
    percent: bool = False
    of: int | None = None
    read: ClassVar[tuple[str, ...]] = ("names",)

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 1)
        if not len(values):
            raise self.make_error("there are no values")
        for index in self.highlight:
            if not 0 <= index < len(values):
                raise self.make_error(f"highlight {index} for {len(values)} bars")
        self.set_fields(
            values=values,
            limit=self.check_limit(values, self.limit),
            names=self.check_count(self.names, len(values), "names"),
            highlight=tuple(self.highlight),
            of=len(values) if self.of is None else self.of,
        )

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The bars, with their names and numbers beside them."""
        size, count = style.print_size(scale), len(self.values)
        whole = Extent.core(3.0 * scale, count * bar_pitch(scale, style))
        names = max((style.text_width(name, size) for name in self.names), default=-GAP) + GAP
        numbers = max(style.text_width(self.format_value(v), size) for v in self.values) + GAP
        cut = count < (self.of or 0)
        return whole.around(left=names, right=numbers, down=style.theme.small + GAP if cut else 0.0)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Bars, their axis, numbers and names; a part is a bar."""
        share, apart = self.values / (self.limit or 1.0), bar_pitch(placed.scale, frame.style)
        both = bool((share < 0).any())
        zero = placed.x if both else placed.x - placed.w / 2
        lengths = share * placed.w / (2 if both else 1)
        ys = placed.y + placed.h / 2 - (np.arange(len(share)) + 0.5) * apart
        middles = np.column_stack([zero + lengths / 2, ys])
        sizes = np.column_stack([np.maximum(np.abs(lengths), 0.01), np.full(len(share), apart * 0.66)])
        drawn = self._draw_bars(placed, frame.style, middles, sizes, zero, lengths)
        return Parts.collect(drawn, middles, sizes)

    def format_value(self, value: float) -> str:
        """How a bar's value is written."""
        if self.percent:
            shares = [float(share) for share in self.values]
            return percent(float(value), percent_digits(shares, self.decimals))
        return number(value, self.decimals)

    @property
    def decimals(self) -> int:
        """Minimum number of decimals that are written."""
        return (0 if self.percent else 2) if self.digits is None else self.digits

    def _draw_bars(
        self, placed: Placed, style: RenderStyle, middles: Floats, sizes: Floats, zero: float, lengths: Floats
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        theme, size = style.theme, style.print_size(placed.scale)
        fills = np.tile(theme.rgba(self.role), (len(middles), 1))
        if self.highlight:
            fills[list(self.highlight)] = theme.rgba("accent")
        yield Boxes(middles, sizes, fills, corner=0.03), np.arange(len(middles))
        axis = np.array([[zero, placed.y - placed.h / 2]]), np.array([[zero, placed.y + placed.h / 2]])
        yield Lines(*axis, theme.rgba("outline")[None], np.array([0.025])), REST
        for i, (value, y) in enumerate(zip(self.values, middles[:, 1], strict=True)):
            x = max(zero + lengths[i], zero) + GAP * 0.6
            yield shapes.text(self.format_value(value), x, y, size, theme.rgba("ink"), theme, "left"), i
            if self.names:
                beside = placed.x - placed.w / 2 - GAP
                yield small_print(self.names[i], beside, y, style, "right", "ink", size), i
        if len(middles) < (self.of or 0):
            below = placed.y - placed.h / 2 - GAP - theme.small / 2
            yield small_print(cut_note(len(middles), self.of or 0), placed.x, below, style), REST


def bar_pitch(scale: float, style: RenderStyle) -> float:
    """From one bar to the next."""
    return max(0.46 * scale, style.print_size(scale) * 1.35)
