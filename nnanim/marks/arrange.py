"""How marks stand to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnanim.marks.base import Mark, digest


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


class Column(Row):
    """Things below each other, their middles on one line."""


class Overlay(Row):
    """Things in one place: each is stretched over the first, the later ones above."""


Arrangement = Mark | Row


def flatten(stage: Arrangement | None) -> Iterator[Mark]:
    """Every mark of an arrangement, in its order."""
    if isinstance(stage, Row):
        for child in stage.children:
            yield from flatten(child)
    elif stage is not None:
        yield stage
