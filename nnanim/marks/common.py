"""What several marks draw alike: small print, cells in rows and columns with rings around some, signals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.marks.base import Placed
from nnanim.shapes import Boxes, Discs, Lines, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words
from nnanim.words.numerals import number as number

Floats = npt.NDArray[np.float64]

Cell = tuple[int, int]

RING = 0.058
"""Width of a ring; half of it may reach into the margin of a frame, whose laws bear 0.03."""

BIGGEST, LEAST = 0.21, 0.02
"""Radius of a signal of the largest value, at scale 1, and the smallest one."""

RIM, GLOW = 0.02, 2.2
"""Width of a signal's rim, and the reach of its light in radii."""


def cut_note(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return {"en": f"{shown} of {of} shown", "ja": f"{of} 個のうち {shown} 個"}


def small_print(
    words: Words, x: float, y: float, style: RenderStyle, align: str = "center", role: str = "dimmed",
    size: float = 0.0,
) -> Shapes:  # fmt: skip
    """One line in the smallest size, or in ``size``, its middle at ``y``."""
    theme = style.theme
    return shapes.text(style.say(words), x, y, size or theme.small, theme.readable(role), theme, align)


def cell_boxes(placed: Placed, cells: tuple[int, int]) -> tuple[Floats, Floats]:
    """(rows, columns, 2) middles and (2,) size of cells that fill the core of a placed mark."""
    rows, columns = cells
    size = np.array([placed.w / columns, placed.h / rows])
    x = placed.x - placed.w / 2 + (np.arange(columns) + 0.5) * size[0]
    y = placed.y + placed.h / 2 - (np.arange(rows) + 0.5) * size[1]
    middles = np.empty((rows, columns, 2))
    middles[..., 0], middles[..., 1] = x, y[:, None]
    return middles, size


def draw_rings(
    cells: Sequence[tuple[int, int]], at: Floats, size: Floats, theme: Theme
) -> tuple[Boxes, npt.NDArray[np.intp]]:
    """Rings around cells, those of a block sharing one; and the first cell of each."""
    blocks = group_cells(cells)
    middles = np.array([(at[first] + at[last]) / 2 for first, last in blocks])
    spans = np.array([np.subtract(last, first)[::-1] + 1 for first, last in blocks])
    firsts = np.array([row * at.shape[1] + column for (row, column), _ in blocks])
    return draw_window(middles, size * spans, theme), firsts


LONG_RUN = 3
"""From how many cells in one line they are a block, beside others."""


def group_cells(cells: Sequence[tuple[int, int]]) -> list[tuple[Cell, Cell]]:
    """The first and the last cell of each block among some cells.

    All cells are one block where they fill a rectangle. Else neighbours are one if they fill a rectangle of
    two rows and two columns or more, or a line of three cells or more; the others stand for themselves.
    """
    left, blocks = set(cells), list[tuple[Cell, Cell]]()
    while left:
        group = _pop_neighbours(left)
        rows, columns = zip(*group, strict=True)
        first, last = (min(rows), min(columns)), (max(rows), max(columns))
        sides = last[0] - first[0] + 1, last[1] - first[1] + 1
        full = len(group) == sides[0] * sides[1]
        if full and (len(group) == len(set(cells)) or min(sides) > 1 or max(sides) >= LONG_RUN):
            blocks.append((first, last))
        else:
            blocks += [(one, one) for one in group]
    return sorted(blocks)


def _pop_neighbours(left: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Cells that touch each other side by side, taken out of those that are left."""
    group, edge = set[Cell](), [left.pop()]
    while edge:
        row, column = edge.pop()
        group.add((row, column))
        beside = {(row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)} & left
        left -= beside
        edge += sorted(beside)
    return group


def draw_window(middles: Floats, sizes: Floats, theme: Theme) -> Boxes:
    """Rings in the accent colour around boxes."""
    clear = np.zeros((len(middles), 4))
    return Boxes(middles, sizes, clear, np.tile(theme.rgba("accent"), (len(middles), 1)), RING, 0.05)


def draw_crosses(
    at: Floats, reach: float, theme: Theme, owners: npt.NDArray[np.intp]
) -> Iterator[tuple[Lines, npt.NDArray[np.intp]]]:
    """A cross over each of some things that are switched off, and what each of its two lines belongs to."""
    color, width = np.tile(theme.rgba("dimmed"), (len(at), 1)), np.full(len(at), max(0.14 * reach, 0.02))
    for slope in (1.0, -1.0):
        arm = reach * np.array([1.0, slope])
        yield Lines(at - arm, at + arm, color, width), owners


def sign_colors(values: Floats, theme: Theme) -> Floats:
    """(n, 4) colour of each value's sign."""
    return np.where(values[:, None] >= 0, theme.rgba("positive"), theme.rgba("negative"))


def signal_discs(
    values: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats | None = None
) -> Discs:
    """Signals as glowing discs: the area is the size of the value, the colour its sign or ``fills``."""
    radii = BIGGEST * scale * np.sqrt(np.abs(values) / limit)
    fills = sign_colors(values, theme) if fills is None else fills
    rims = np.tile(theme.rgba("ground"), (len(fills), 1))
    rims[:, 3] = fills[:, 3]
    return Discs(places, np.maximum(radii, LEAST), fills, rims, rim_width=RIM, glow=GLOW)
