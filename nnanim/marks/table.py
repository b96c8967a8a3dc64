"""Table: things in rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnanim.errors import UserError
from nnanim.marks.arrange import Row
from nnanim.marks.base import Mark, Placed
from nnanim.marks.link import Link
from nnanim.marks.parts import Extent
from nnanim.style import RenderStyle

LEAST = 0.62
"""Between two columns that links join: room for two corners and an arrow's head."""

LANE = 0.3
"""Height of a row that holds nothing but links."""

CLEAR = 0.08
"""Between two columns, beside the corners of the links that join them."""

TURN = 0.5
"""Beside a table of which a link turns back to an earlier column."""


@dataclass(frozen=True, eq=False, init=False)
class Table(Row):
    """Things in the cells of a table; its columns are as wide, its rows as high as what stands in them.

    No two things share a cell. A ``Link`` takes no room of its own: the row of its cell is where it runs
    along when it is ``square``; links may share rows, and a row may hold nothing but links.

    Attributes:
        cells: (row, column) of each child.
    """

    cells: tuple[tuple[int, int], ...]

    def __init__(
        self,
        *children: Mark | Row,
        cells: Sequence[tuple[int, int]],
        gap: float = 0.7,
        scale: float = 1.0,
    ) -> None:
        """Put each of ``children`` into its (row, column) of ``cells``, rows and columns ``gap`` apart.

        Raises:
            UserError: not as many cells as children, or two children in one cell.
        """
        super().__init__(*children, gap=gap, scale=scale)
        places = tuple((int(row), int(column)) for row, column in cells)
        if len(places) != len(self.children):
            raise UserError(f"Table: {len(places)} cells for {len(self.children)} children")
        taken = [p for p, child in zip(places, self.children, strict=True) if not child.roomless]
        if twice := next((place for place in taken if taken.count(place) > 1), None):
            raise UserError(f"Table: two things in the cell {twice}")
        object.__setattr__(self, "cells", places)

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``; its columns move apart by up to ``spare`` of width in all."""
        return self._lines(self._extents(scale * self.scale, style), scale * self.scale, spare)[0]

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks in their cells."""
        inner = scale * self.scale
        _, middles = self._lines(self._extents(inner, style), inner, spare)
        for child, (across, down) in zip(self.children, middles, strict=True):
            yield from child.put(x + across, y + down, inner, style)

    def _extents(self, scale: float, style: RenderStyle) -> list[Extent]:
        """The room of each child at its own scale."""
        return [child.measure(scale, style) for child in self.children]

    def _lines(
        self, parts: Sequence[Extent], scale: float, spare: float
    ) -> tuple[Extent, list[tuple[float, float]]]:
        """Extent of the whole, and (x, y) of each child's core from its middle."""
        solid = [
            (cell, part)
            for cell, part, child in zip(self.cells, parts, self.children, strict=True)
            if not child.roomless
        ]
        tied = len(solid) < len(parts)
        rows = sorted({row for row, _ in self.cells})
        columns = sorted({column for (_, column), _ in solid})
        up = {r: max((p.up for (row, _), p in solid if row == r), default=LANE / 2) for r in rows}
        down = {r: max((p.down for (row, _), p in solid if row == r), default=LANE / 2) for r in rows}
        left = {c: max(p.left for (_, column), p in solid if column == c) for c in columns}
        right = {c: max(p.right for (_, column), p in solid if column == c) for c in columns}
        gap = max(self.gap * scale, max(LEAST, self._corners()) if tied else 0.0)
        gap += min(spare / max(len(columns) - 1, 1), 1.2 * scale)
        side = TURN if self._turns() else 0.0
        x: dict[int, float] = {}
        y: dict[int, float] = {}
        wide, tall = side, 0.0
        for c in columns:
            x[c] = wide + left[c]
            wide += left[c] + right[c] + gap
        between = max(self.gap * scale * 0.6, 0.22)
        for r in rows:
            y[r] = tall + up[r]
            tall += up[r] + down[r] + between
        wide, tall = wide - gap + side, tall - between
        middles = [(x.get(c, x[columns[0]]) - wide / 2, tall / 2 - y[r]) for r, c in self.cells]
        return Extent(wide, tall, wide / 2, wide / 2, tall / 2, tall / 2), middles

    def _corners(self) -> float:
        """The room that the corners of its square links need between two columns."""
        square = (child for child in self.children if isinstance(child, Link) and child.square)
        return max((one.out + one.into for one in square), default=0.0) + CLEAR

    def _turns(self) -> bool:
        """Whether a square link leads back to a column that is not to the right."""
        column = {
            mark.key: cell[1]
            for child, cell in zip(self.children, self.cells, strict=True)
            for mark in child.flatten()
        }
        ties = [child.ties for child in self.children if isinstance(child, Mark) and child.square]
        return any(column.get(target, 0) <= column.get(source, -1) for source, target in ties)
