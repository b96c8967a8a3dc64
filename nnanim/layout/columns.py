"""The rows and columns of a Table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nnanim.layout.base import Extent
from nnanim.marks import Arrangement, Link, Table, flatten

LEAST = 0.62
"""Between two columns that links join: room for two corners and an arrow's head."""

LANE = 0.3
"""Height of a row that holds nothing but links."""

TURN = 0.5
"""Beside a table of which a link turns back to an earlier column."""


@dataclass(frozen=True)
class Lines:
    """A Table, measured.

    Attributes:
        extent: of the whole.
        middles: (x, y) of each child's core, from the middle of the whole.
    """

    extent: Extent
    middles: tuple[tuple[float, float], ...]


def measured(thing: Table, scale: float, spare: float, measure: Callable[[Arrangement], Extent]) -> Lines:
    """Measure a Table at ``scale``; its columns move apart by up to ``spare`` of width in all."""
    parts = [
        (cell, measure(child), isinstance(child, Link))
        for child, cell in zip(thing.children, thing.cells, strict=True)
    ]
    solid = [(cell, part) for cell, part, link in parts if not link]
    tied = len(solid) < len(parts)
    rows = sorted({row for (row, _), _, _ in parts})
    columns = sorted({column for (_, column), _ in solid})
    up = {r: max((p.up for (row, _), p in solid if row == r), default=LANE / 2) for r in rows}
    down = {r: max((p.down for (row, _), p in solid if row == r), default=LANE / 2) for r in rows}
    left = {c: max(p.left for (_, column), p in solid if column == c) for c in columns}
    right = {c: max(p.right for (_, column), p in solid if column == c) for c in columns}
    gap = max(thing.gap * scale, LEAST if tied else 0.0)
    gap += min(spare / max(len(columns) - 1, 1), 1.2 * scale)
    side = TURN if _turns(thing) else 0.0
    x: dict[int, float] = {}
    y: dict[int, float] = {}
    wide, tall = side, 0.0
    for c in columns:
        x[c] = wide + left[c]
        wide += left[c] + right[c] + gap
    between = max(thing.gap * scale * 0.6, 0.22)
    for r in rows:
        y[r] = tall + up[r]
        tall += up[r] + down[r] + between
    wide, tall = wide - gap + side, tall - between
    middles = tuple((x.get(c, x[columns[0]]) - wide / 2, tall / 2 - y[r]) for r, c in thing.cells)
    return Lines(Extent(wide, tall, wide / 2, wide / 2, tall / 2, tall / 2), middles)


def _turns(thing: Table) -> bool:
    """Whether a square link of the table leads back to a column that is not to the right."""
    column = {
        mark.key: cell[1]
        for child, cell in zip(thing.children, thing.cells, strict=True)
        for mark in flatten(child)
    }
    links = [child for child in thing.children if isinstance(child, Link) and child.square]
    return any(column.get(str(k.target), 0) <= column.get(str(k.source), -1) for k in links)
