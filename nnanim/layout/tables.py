"""How much room cells want: matrices, pictures and the pieces of a sentence."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from nnanim.layout.base import GAP, MARGIN, Extent, core, cut_note, number, room
from nnanim.marks import Arcs, Grid, Picture, Tokens
from nnanim.style import RenderStyle
from nnanim.words import Words


def cell_size(mark: Grid, scale: float, style: RenderStyle) -> float:
    """Side of a cell; wide enough for its number where numbers are written."""
    side, size = _free_side(mark, scale), grid_print(mark, scale, style)
    if mark.digits is not None:
        side = max(side, _widest(mark, style) * size + NUMBER_GAP, size * 1.3)
    if mark.rows:
        side = max(side, size * 1.1)
    return side


NUMBER_GAP = 0.12
"""Between the numbers of two cells."""


def grid_print(mark: Grid, scale: float, style: RenderStyle) -> float:
    """Size of a Grid's numbers and names: what is small grows as far as the cells have room for it."""
    side = _free_side(mark, scale)
    most: float = style.print_size(scale)
    if mark.digits is not None:
        most = min(most, (side - NUMBER_GAP) / _widest(mark, style), side / 1.3)
    if mark.rows:
        most = min(most, side / 1.1)
    return max(most, style.theme.small)


def _free_side(mark: Grid, scale: float) -> float:
    """Side of a cell that holds nothing."""
    return float(min(0.55, 3.6 / max(mark.values.shape)) * scale)


def _widest(mark: Grid, style: RenderStyle) -> float:
    """Width of the widest number of a Grid, in em."""
    return max(style.text_width(number(float(v), mark.digits or 0), 1.0) for v in mark.values.flat)


def turned(mark: Grid, side: float, size: float, style: RenderStyle) -> bool:
    """Whether the names of the columns, written in ``size``, have to stand upright."""
    return any(style.text_width(name, size) > side * 0.95 for name in mark.columns)


@room.register
def _(mark: Grid, scale: float, style: RenderStyle) -> Extent:
    side, size, small = cell_size(mark, scale, style), grid_print(mark, scale, style), style.theme.small
    rows, columns = mark.values.shape
    whole = core(columns * side, rows * side)
    names = max((style.text_width(name, size) for name in mark.rows), default=-GAP) + GAP
    above = 0.0
    if mark.columns:
        widest = max(style.text_width(name, size) for name in mark.columns)
        above = GAP + (widest if turned(mark, side, size, style) else size)
    whole = whole.around(left=names, up=above)
    if mark.of == mark.values.shape:
        return whole
    half = style.text_width(grid_cut(mark), small) / 2
    return replace(whole.around(down=small + GAP), left=max(whole.left, half), right=max(whole.right, half))


def grid_cut(mark: Grid) -> Words:
    """The words under a grid of which some rows or columns are not here."""
    (rows, columns), (all_rows, all_columns) = mark.values.shape, mark.of or mark.values.shape
    if rows == all_rows:
        return cut_note(columns, all_columns)
    return (
        cut_note(rows, all_rows)
        if columns == all_columns
        else cut_note(rows * columns, all_rows * all_columns)
    )


def token_size(scale: float, style: RenderStyle) -> float:
    """Text size of tokens: they grow in steps, so that only the three sizes are ever seen."""
    sizes = style.theme
    return sizes.large if scale >= 1.2 else sizes.medium if scale >= 0.8 else sizes.small


def token_widths(mark: Tokens, scale: float, style: RenderStyle) -> list[float]:
    """Width of each chip."""
    return _chips(mark, token_size(scale, style), style)


def _chips(mark: Tokens, size: float, style: RenderStyle) -> list[float]:
    written = [style.theme.small if i in mark.small else size for i in range(len(mark.words))]
    return [
        max(style.text_width(word, wrote), 0.4 * size) + 0.7 * size
        for word, wrote in zip(mark.words, written, strict=True)
    ]


TOKEN_GAP, TOKEN_LEADING = 0.12, 0.2
"""Between the chips of a line, and between lines."""


def token_lines(mark: Tokens, scale: float, style: RenderStyle) -> list[range]:
    """The indices of the chips of each line; a line is broken only where no size would make it fit."""
    wide = style.width - 2 * MARGIN if mark.width is None else mark.width
    if len(_broken(_chips(mark, style.theme.small, style), wide)) == 1:
        return [range(len(mark.words))]
    widths = token_widths(mark, scale, style)
    lines = _broken(widths, wide)
    low, high = 0.0, wide
    for _ in range(12 if len(lines) > 1 else 0):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_broken(widths, middle)) <= len(lines) else (middle, high)
    return _broken(widths, high)


def _broken(widths: list[float], wide: float) -> list[range]:
    starts, used = [0], 0.0
    for i, width in enumerate(widths):
        used += width + TOKEN_GAP * (i > starts[-1])
        if used > wide + 1e-9 and i > starts[-1]:
            starts.append(i)
            used = width
    return [range(a, b) for a, b in pairwise([*starts, len(widths)])]


@room.register
def _(mark: Tokens, scale: float, style: RenderStyle) -> Extent:
    widths, lines = token_widths(mark, scale, style), token_lines(mark, scale, style)
    widest = max(sum(widths[i] for i in line) + TOKEN_GAP * (len(line) - 1) for line in lines)
    tall = 1.7 * token_size(scale, style) * len(lines) + TOKEN_LEADING * (len(lines) - 1)
    cut = len(mark.words) < (mark.of or 0)
    return core(widest, tall).around(down=style.theme.small + GAP if cut else 0.0)


@room.register
def _(mark: Arcs, scale: float, style: RenderStyle) -> Extent:
    return core(0.0, 1.5 * scale)


@room.register
def _(mark: Picture, scale: float, style: RenderStyle) -> Extent:
    rows, columns = mark.pixels.shape[:2]
    height = 3.0 * scale
    return core(height * mark.aspect * columns / rows, height)
