"""Grid: a matrix of coloured cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.common import cell_boxes, cut_note, draw_rings, number, small_print
from nnanim.marks.content import Floats, clip_shares
from nnanim.marks.grid_motion import GridInMotion
from nnanim.marks.legend import Legend
from nnanim.marks.parts import GAP, REST, Extent, Owner, Parts
from nnanim.marks.readout import BARRED, CELL, KNOWN, CellArea, Quantity, Readout
from nnanim.shapes import Boxes, Raster, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words, fill

NUMBER_GAP = 0.12
"""Between the numbers of two cells."""

ACROSS = 0.95
"""Share of a cell's width that the name of its column may take."""

MAX_WIDE, WIDEST = 4, 2.5
"""Most columns for whose names cells with numbers are made wider, and how many sides wide at the most."""

FEW = 1024
"""Up to this number of cells, each is a box with a gap; beyond, the grid is a texture."""


@dataclass(frozen=True, eq=False)
class Grid(Mark):
    """A matrix of coloured cells.

    Attributes:
        values: (rows, columns).
        rows, columns: names of the rows (left) and columns (above), or none.
        limit: the largest |value| of the colour scale.
        clips: whether larger ones are allowed: they have the colours of its ends, and the legend says so.
        digits: how many decimals are written into the cells; None writes none.
        mask: (rows, columns) True where a cell is barred (the future, under a causal mask), or None.
        role: colour of the positive end; ``grey`` is black at 0 and white at the limit, as in a picture.
        highlight: (row, column) cells that are ringed; a block of them has one outline.
        shown, of: as in Units, for the rows.
        row_name, column_name: what the rows and the columns are, upright beside them and above them.
        zeros: whether a 0 is written into its cell; without, many empty cells are quiet.
        diagonal: the largest value of a scale of its own for the diagonal, in the colour ``diagonal_role``:
            in a table of mistakes, what is right would hide all else. None: it has the scale of all cells.
        diagonal_role: the colour of that scale.
        room_for: a number for which the cells have room, too, so that they are as wide as those of another
            grid.
        veil: whether what lies below shines through, the more the nearer to 0 a value is: for a map over a
            Picture, in an Overlay.
    """

    values: Floats
    rows: tuple[Words, ...] = ()
    columns: tuple[Words, ...] = ()
    limit: float | None = None
    clips: bool = False
    digits: int | None = None
    mask: npt.NDArray[np.bool_] | None = None
    role: str = "positive"
    signed: ClassVar[bool] = True
    highlight: tuple[tuple[int, int], ...] = ()
    of: tuple[int, int] | None = None
    veil: bool = False
    room_for: float = 0.0
    row_name: Words = ""
    column_name: Words = ""
    zeros: bool = True
    diagonal: float | None = None
    diagonal_role: str = "amount"
    opaque: ClassVar[bool] = True

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 2)
        if not values.size:
            raise self.make_error(f"there are no cells (shape {values.shape})")
        if self.role == "grey" and (values.min() < 0 or self.veil):
            raise self.make_error("grey is for values from 0 up, and for no veil")
        mask = None if self.mask is None else np.array(self.mask, dtype=bool)
        if mask is not None:
            if mask.shape != values.shape:
                raise self.make_error(f"mask {mask.shape} for values {values.shape}")
            mask.flags.writeable = False
        for row, column in self.highlight:
            if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
                raise self.make_error(f"highlight ({row}, {column}) lies outside {values.shape}")
        if self.diagonal is not None:
            self.check_limit(np.diagonal(values), self.diagonal)
        beside = values if self.diagonal is None else np.where(_on_diagonal(values), 0, values)
        self.set_fields(
            values=values,
            mask=mask,
            limit=self.check_limit(beside, self.limit, self.clips),
            rows=self.check_count(self.rows, values.shape[0], "row names"),
            columns=self.check_count(self.columns, values.shape[1], "column names"),
            highlight=tuple((int(r), int(c)) for r, c in self.highlight),
            of=self.of or values.shape,
        )

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    def cell_number(self, row: int, column: int) -> float | None:
        """The value of a cell that is not barred, unless the numbers are written into the cells."""
        barred = self.mask is not None and bool(self.mask[row, column])
        return None if barred or self.digits is not None else float(self.values[row, column])

    def reveal(self, count: int) -> Mark:
        """The mark with its other cells barred."""
        mask = (np.arange(self.values.size) >= count).reshape(self.values.shape)
        revealed: Grid = modify(self, mask=mask if self.mask is None else mask | self.mask)
        return revealed

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The cells, with names beside and above them and a note below."""
        side, size, small = self.side(scale, style), self.print_size(scale, style), style.theme.small
        rows, columns = self.cells
        wide = self.cell_width(side, size, style)
        whole = Extent.core(columns * wide, rows * side)
        names = max((style.text_width(name, size) for name in self.rows), default=-GAP) + GAP
        above = 0.0
        if self.columns:
            widest = max(style.text_width(name, size) for name in self.columns)
            above = GAP + (widest if self._upright(wide, size, style) else size)
        titles = [GAP + size if style.say(name) else 0.0 for name in (self.row_name, self.column_name)]
        whole = whole.around(left=names + titles[0], up=above + titles[1])
        if self.note is None:
            return whole
        return whole.around(down=small + GAP).at_least(style.text_width(self.note, small) / 2)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Cells of both states stay, others come or go; None where neither is a corner of the other."""
        if not isinstance(after, Grid) or not (self._is_corner_of(after) or after._is_corner_of(self)):
            return None
        return GridInMotion(self, after, fraction, key=self.key, label=after.label, means=after.means)

    def _is_corner_of(self, other: Grid) -> bool:
        """Whether these are the upper left cells of a larger grid, without numbers and names of columns."""
        rows, columns = self.cells
        plain = all(
            one.digits is None and one.mask is None and not one.highlight and not one.columns
            for one in (self, other)
        )
        return (
            plain
            and self.cells < other.cells
            and other.values.size <= FEW
            and self.rows in ((), other.rows[:rows])
            and (self.limit, self.role, self.veil, self.diagonal)
            == (other.limit, other.role, other.veil, None)
            and np.array_equal(self.values, other.values[:rows, :columns])
        )

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Boxes or a texture, numbers, names and rings; a part is a cell, with the names that begin at it."""
        at, size = cell_boxes(placed, self.cells)
        return Parts.collect(self._draw_cells(placed, at, size, frame.style), at, size)

    def legends(self) -> tuple[Legend, ...]:
        """The colours."""
        low = -(self.limit or 1.0) if (self.values < 0).any() else 0.0
        reach = float(np.abs(self.values).max()) if self.clips else 0.0
        cells = Legend.colors(self.meaning, low, self.limit or 1.0, self.role, reach)
        if self.diagonal is None:
            return (cells,)
        means = fill({"en": "{of}, diagonal", "ja": "{of}（対角）"}, of=self.meaning)
        return cells, Legend.colors(means, 0.0, self.diagonal, self.diagonal_role)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The cells; what is barred has no value."""
        states = None if self.mask is None else np.where(self.mask, BARRED, KNOWN).astype(np.uint8).ravel()
        quantity = Quantity(self.meaning, self.values.ravel(), "values", states=states)
        area = CellArea((placed.x, placed.y, placed.w, placed.h), *self.cells)
        axes, whole = (self.rows, self.columns), self.of == self.cells
        return (Readout(CELL, area, (quantity,), self.cells, axes=axes, numbered=whole),)

    @property
    def writes_numbers(self) -> bool:
        """Whether its numbers are written."""
        return self.digits is not None

    def side(self, scale: float, style: RenderStyle) -> float:
        """Side of a cell; wide enough for its number where numbers are written."""
        side, size = self._free_side(scale), self.print_size(scale, style)
        if self.digits is not None:
            side = max(side, self._widest(style) * size + NUMBER_GAP, size * 1.3)
        if self.rows:
            side = max(side, size * 1.1)
        return side

    def cell_width(self, side: float, size: float, style: RenderStyle) -> float:
        """Width of a cell: in a table of few columns, as much as their names need to be read across."""
        widest = max((style.text_width(name, size) for name in self.columns), default=0.0) / ACROSS + 1e-6
        few = self.digits is not None and self.cells[1] <= MAX_WIDE
        return max(side, widest) if few and widest <= WIDEST * side else side

    def print_size(self, scale: float, style: RenderStyle) -> float:
        """Size of its numbers and names: what is small grows as far as the cells have room for it."""
        side = self._free_side(scale)
        most: float = style.print_size(scale)
        if self.digits is not None:
            most = min(most, (side - NUMBER_GAP) / self._widest(style), side / 1.3)
        if self.rows:
            most = min(most, side / 1.1)
        return max(most, style.theme.small)

    def _free_side(self, scale: float) -> float:
        """Side of a cell that holds nothing."""
        return float(min(0.55, 3.6 / max(self.values.shape)) * scale)

    def _widest(self, style: RenderStyle) -> float:
        """Width of the widest number, in em."""
        return max(style.text_width(text, 1.0) for text in self._texts)

    @cached_property
    def _texts(self) -> set[str]:
        """Its numbers as they are written, each once."""
        return {number(float(v), self.digits or 0) for v in (*self.values.flat, self.room_for)}

    def _upright(self, side: float, size: float, style: RenderStyle) -> bool:
        """Whether the names of the columns, written in ``size``, have to stand upright."""
        return any(style.text_width(name, size) > side * ACROSS for name in self.columns)

    @property
    def note(self) -> Words | None:
        """The words under a grid of which some rows or columns are not here."""
        (rows, columns), (all_rows, all_columns) = self.cells, self.of or self.cells
        if (rows, columns) == (all_rows, all_columns):
            return None
        if rows == all_rows:
            return cut_note(columns, all_columns)
        if columns == all_columns:
            return cut_note(rows, all_rows)
        return cut_note(rows * columns, all_rows * all_columns)

    def colors(self, theme: Theme) -> Floats:
        """(rows, columns, 4) colour of each cell; barred cells take the panel's.

        A veil has the colour of the scale's end, and as alpha its share of it: over the ground, the same.
        """
        share = clip_shares(self.values / (self.limit or 1.0), self.clips)
        if self.diagonal is not None:
            there = _on_diagonal(self.values)
            colors = theme.signed_colors(np.where(there, 0, share), self.role)
            own = np.where(there, self.values, 0) / self.diagonal
            colors[there] = theme.signed_colors(own, self.diagonal_role)[there]
        elif self.role == "grey":
            ones = np.ones((*share.shape, 1))
            colors = np.concatenate([np.repeat(share[..., None], 3, axis=-1), ones], axis=-1)
        else:
            colors = theme.signed_colors(share, self.role)
        if self.veil:
            ends = np.where(share[..., None] >= 0, theme.rgba(self.role)[:3], theme.rgba("negative")[:3])
            colors = np.concatenate([ends, np.abs(share)[..., None]], axis=-1)
        if self.mask is not None:
            colors[self.mask] = theme.rgba("panel")
        return colors

    def _draw_cells(
        self, placed: Placed, at: Floats, size: Floats, style: RenderStyle
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        theme, every = style.theme, np.arange(self.values.size)
        colors = self.colors(theme)
        if self.veil or self.values.size > FEW:
            pixels = np.round(colors * 255).astype(np.uint8)
            yield Raster((placed.x, placed.y), (placed.w, placed.h), pixels), every
        else:
            middles, rims = at.reshape(-1, 2), np.tile(theme.rgba("outline", 0.45), (len(every), 1))
            sizes = np.tile(size * 0.94, (len(every), 1))
            yield Boxes(middles, sizes, colors.reshape(-1, 4), rims, 0.012, 0.03), every
        yield from self._numbers_in(placed.scale, at, colors, style)
        yield from self._names(placed, at, size, style)
        if self.highlight:
            boxes, first = draw_rings(self.highlight, at, size, theme)
            yield boxes, first

    def _numbers_in(
        self, scale: float, at: Floats, colors: Floats, style: RenderStyle
    ) -> Iterator[tuple[Shapes, Owner]]:
        if self.digits is None:
            return
        theme, size = style.theme, self.print_size(scale, style)
        for flat, index in enumerate(np.ndindex(self.values.shape)):
            quiet = not self.zeros and self.values[index] == 0
            if not quiet and (self.mask is None or not self.mask[index]):
                word, (x, y) = number(float(self.values[index]), self.digits), at[index]
                yield shapes.text(word, x, y, size, theme.ink_on(colors[index]), theme), flat

    def _names(
        self, placed: Placed, at: Floats, size: Floats, style: RenderStyle
    ) -> Iterator[tuple[Shapes, Owner]]:
        theme, wrote, columns = style.theme, self.print_size(placed.scale, style), self.cells[1]
        for i, name in enumerate(self.rows):
            left = placed.x - placed.w / 2 - GAP
            yield small_print(name, left, at[i, 0, 1], style, "right", "ink", wrote), i * columns
        upright = self._upright(float(size[0]), wrote, style)
        for j, name in enumerate(self.columns):
            x, y = at[0, j, 0], placed.y + placed.h / 2 + GAP
            word, color = style.say(name), theme.rgba("ink")
            if upright:
                yield shapes.text(word, x, y, wrote, color, theme, "left", turn=1), j
            else:
                yield shapes.text(word, x, y + wrote / 2, wrote, color, theme), j
        yield self._titles(placed, upright, wrote, style), REST
        if self.note is not None:
            below = placed.y - placed.h / 2 - GAP - theme.small / 2
            yield small_print(self.note, placed.x, below, style), REST

    def _titles(self, placed: Placed, upright: bool, size: float, style: RenderStyle) -> Shapes:
        """What the rows and the columns are."""
        theme = style.theme
        widest = [
            max((style.text_width(name, size) for name in names), default=-GAP)
            for names in (self.rows, self.columns)
        ]
        left = placed.x - placed.w / 2 - widest[0] - 2 * GAP - size / 2
        above = (widest[1] if upright else size) if self.columns else -GAP
        top = placed.y + placed.h / 2 + above + 2 * GAP + size / 2
        ink, word = theme.rgba("dimmed"), style.say(self.row_name)
        drawn = small_print(self.column_name, placed.x, top, style, size=size)
        return drawn + shapes.text(word, left, placed.y, size, ink, theme, turn=1) if word else drawn


def _on_diagonal(values: Floats) -> npt.NDArray[np.bool_]:
    return np.eye(*values.shape, dtype=np.bool_)
