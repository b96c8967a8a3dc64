"""A Grid on its way to another number of rows and columns: cells that stay become smaller, others come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.common import small_print
from nnanim.marks.content import Floats
from nnanim.marks.easing import ramp
from nnanim.marks.parts import GAP, Extent, Parts
from nnanim.shapes import Boxes, Shapes, fade
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words


class Celled(Protocol):
    """What a Grid is, seen from here."""

    @property
    def rows(self) -> tuple[Words, ...]:
        """Names of its rows."""
        ...

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    @property
    def note(self) -> Words | None:
        """What stands below it."""
        ...

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Its room."""
        ...

    def print_size(self, scale: float, style: RenderStyle) -> float:
        """Size of its names."""
        ...

    def colors(self, theme: Theme) -> Floats:
        """(rows, columns, 4) of the cells."""
        ...


@dataclass(frozen=True, eq=False)
class GridInMotion(Mark):
    """A Grid of which more cells come into view, or some leave it, while the others stay.

    Attributes:
        before, after: the two states; one is the upper left corner of the other.
        fraction: of the time, 0..1.
    """

    before: Celled
    after: Celled
    fraction: float

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room of the state to come."""
        return self.after.extent(scale, style)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The cells that are seen by now, the names of their rows, and the notes of both states."""
        style = frame.style
        large = max((self.before, self.after), key=lambda one: one.cells)
        seen = [a + (b - a) * self.fraction for a, b in zip(self.before.cells, self.after.cells, strict=True)]
        size = np.array([placed.w / seen[1], placed.h / seen[0]])
        rows, columns = (np.arange(count) for count in large.cells)
        xs = placed.x - placed.w / 2 + (columns + 0.5) * size[0]
        ys = placed.y + placed.h / 2 - (rows + 0.5) * size[1]
        there = np.clip(seen[0] - rows, 0, 1)[:, None] * np.clip(seen[1] - columns, 0, 1)
        return Parts(self._cells(large, xs, ys, size, there, style) + self._print(large, placed, ys, style))

    def _cells(
        self, large: Celled, xs: Floats, ys: Floats, size: Floats, there: Floats, style: RenderStyle
    ) -> Shapes:
        colors, theme = large.colors(style.theme), style.theme
        rims = np.tile(theme.rgba("outline", 0.45), (*large.cells, 1))
        colors[..., 3] *= there
        rims[..., 3] *= there
        shown = there > 0
        middles = np.stack(np.meshgrid(xs, ys), axis=-1)[shown]
        sizes = np.tile(size * 0.94, (len(middles), 1))
        return (Boxes(middles, sizes, colors[shown], rims[shown], 0.012, 0.03),)

    def _print(self, large: Celled, placed: Placed, ys: Floats, style: RenderStyle) -> Shapes:
        left, wrote = placed.x - placed.w / 2 - GAP, self.after.print_size(placed.scale, style)
        drawn: Shapes = ()
        for i, name in enumerate(large.rows):
            word = small_print(name, left, ys[i], style, "right", "ink", wrote)
            coming = ramp(self.fraction, 0.55, 1.0) if i < len(self.after.rows) else 0.0
            going = 1 - ramp(self.fraction, 0.0, 0.45) if i < len(self.before.rows) else 0.0
            stays = i < min(len(self.before.rows), len(self.after.rows))
            drawn += word if stays else fade(word, max(coming, going))
        below = placed.y - placed.h / 2 - GAP - style.theme.small / 2
        for one, light in (
            (self.before, 1 - ramp(self.fraction, 0.0, 0.45)), (self.after, ramp(self.fraction, 0.55, 1.0)),
        ):  # fmt: skip
            if one.note is not None:
                drawn += fade(small_print(one.note, placed.x, below, style), light)
        return drawn
