"""How marks stand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnanim.errors import UserError
from nnanim.marks.base import Mark, digest
from nnanim.marks.network import Link


@dataclass(frozen=True, eq=False)
class Row:
    """Things side by side, their middles on one line; the names of columns stand at one height."""

    children: tuple[Mark | Row, ...]
    gap: float
    scale: float

    def __init__(self, *children: Mark | Row, gap: float = 0.5, scale: float = 1.0) -> None:
        """Arrange ``children`` with ``gap`` between them (frame units at scale 1).

        ``scale`` makes all of them larger or smaller than their neighbours.
        """
        object.__setattr__(self, "children", tuple(children))
        object.__setattr__(self, "gap", gap)
        object.__setattr__(self, "scale", scale)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))


@dataclass(frozen=True, eq=False, init=False)
class Column(Row):
    """Things below each other, their middles on one line."""

    anchor: int | None

    def __init__(
        self, *children: Mark | Row, gap: float = 0.5, scale: float = 1.0, anchor: int | None = None
    ) -> None:
        """Arrange ``children`` as a Row does, from top to bottom.

        ``anchor`` is the one that stands on the line of its neighbours in a Row; without it the middle of all
        does.

        Raises:
            UserError: there is no such child.
        """
        super().__init__(*children, gap=gap, scale=scale)
        if anchor is not None and not 0 <= anchor < len(self.children):
            raise UserError(f"Column: anchor={anchor} of {len(self.children)} children")
        object.__setattr__(self, "anchor", anchor)


class Overlay(Row):
    """Things in one place: each is stretched over the first, the later ones above."""


@dataclass(frozen=True, eq=False, init=False)
class Table(Row):
    """Things in the cells of a table; its columns are as wide, its rows as high as what stands in them.

    No two things share a cell. A ``Link`` takes no room of its own: the row of its cell is where it runs
    along when it is ``square``; links may share rows, and a row may hold nothing but links.
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
        taken = [p for p, child in zip(places, self.children, strict=True) if not isinstance(child, Link)]
        if twice := next((place for place in taken if taken.count(place) > 1), None):
            raise UserError(f"Table: two things in the cell {twice}")
        object.__setattr__(self, "cells", places)


Arrangement = Mark | Row


def flatten(stage: Arrangement | None) -> Iterator[Mark]:
    """Every mark of an arrangement, in its order."""
    if isinstance(stage, Row):
        for child in stage.children:
            yield from flatten(child)
    elif stage is not None:
        yield stage
