"""Cells in rows and columns: where they stand, and rings around some of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nnanim.marks.placed import Placed
from nnanim.shapes import Boxes
from nnanim.theme import Theme

Floats = npt.NDArray[np.float64]


def cell_boxes(placed: Placed, cells: tuple[int, int]) -> tuple[Floats, Floats]:
    """(rows, columns, 2) middles and (2,) size of cells that fill the core of a placed mark."""
    rows, columns = cells
    size = np.array([placed.w / columns, placed.h / rows])
    x = placed.x - placed.w / 2 + (np.arange(columns) + 0.5) * size[0]
    y = placed.y + placed.h / 2 - (np.arange(rows) + 0.5) * size[1]
    return np.stack(np.meshgrid(x, y), axis=-1), size


def rings(
    cells: Sequence[tuple[int, int]], at: Floats, size: Floats, theme: Theme
) -> tuple[Boxes, npt.NDArray[np.intp]]:
    """A ring around each of some cells, neighbours in a row sharing one; and the first cell of each."""
    runs: list[list[tuple[int, int]]] = []
    for row, column in sorted(cells):
        if runs and runs[-1][-1] == (row, column - 1):
            runs[-1].append((row, column))
        else:
            runs.append([(row, column)])
    middles = np.array([(at[run[0]] + at[run[-1]]) / 2 for run in runs])
    first = np.array([run[0][0] * at.shape[1] + run[0][1] for run in runs])
    return window(middles, np.array([size * [len(run), 1] for run in runs]), theme), first


def window(middles: Floats, sizes: Floats, theme: Theme) -> Boxes:
    """Rings in the accent colour around boxes."""
    clear = np.zeros((len(middles), 4))
    return Boxes(middles, sizes, clear, np.tile(theme.rgba("accent"), (len(middles), 1)), 0.06, 0.05)
