"""PictureGrid: a matrix of coloured cells, each column under a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from nnanim.marks.base import Frame, Placed
from nnanim.marks.common import cell_boxes
from nnanim.marks.content import Floats
from nnanim.marks.grid import Grid
from nnanim.marks.parts import GAP, Extent, Owner, Parts
from nnanim.shapes import Boxes, Raster, Shapes
from nnanim.style import RenderStyle

SHARE = 0.94
"""Side of a picture, as a share of the width of its column."""


@dataclass(frozen=True, eq=False)
class PictureGrid(Grid):
    """A matrix of coloured cells, each column under a picture: pictures against sentences.

    Attributes:
        pictures: (columns, height, width, 3) a picture for each column, 0..1; it stands in place of a name.
        aspect: width over height of a cell, 1 or more: numbers are wider than high.
    """

    pictures: Floats | None = None
    aspect: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.columns:
            raise self.make_error("its columns have pictures, not names")
        if self.pictures is None:
            raise self.make_error("there are no pictures; a Grid has none")
        pictures = self.check_numbers(self.pictures, "pictures", 4)
        if pictures.shape[0] != self.values.shape[1] or pictures.shape[3] != 3 or not pictures.size:
            columns = self.values.shape[1]
            raise self.make_error(f"pictures of shape {pictures.shape}; ({columns}, height, width, 3) wanted")
        if pictures.min() < 0 or pictures.max() > 1:
            raise self.make_error("a pixel of its pictures lies outside 0..1")
        if not (math.isfinite(self.aspect) and self.aspect >= 1):
            raise self.make_error(f"aspect={self.aspect!r}; it must be 1 or more")
        self.set_fields(pictures=pictures)

    def cell_width(self, side: float, size: float, style: RenderStyle) -> float:
        """As high as wide, whatever its columns are called."""
        return side

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The cells, with names beside them and the pictures above."""
        square, side = super().extent(scale, style), self.side(scale, style)
        flat = square.height / self.aspect
        less = (square.height - flat) / 2
        cells = replace(square, height=flat, up=square.up - less, down=square.down - less)
        return cells.around(up=GAP + self._tall(side))

    def _tall(self, side: float) -> float:
        """Height of a picture over a column of that width."""
        assert self.pictures is not None, "checked"
        rows, columns = self.pictures.shape[1:3]
        return float(side * SHARE * rows / columns)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The cells as in a Grid and, a part with the first cell below it, each picture."""
        at, size = cell_boxes(placed, self.cells)
        cells = self._draw_cells(placed, at, size, frame.style)
        return Parts.collect(chain(cells, self._draw_pictures(placed, at, size, frame.style)), at, size)

    def _draw_pictures(
        self, placed: Placed, at: Floats, size: Floats, style: RenderStyle
    ) -> Iterator[tuple[Shapes, Owner]]:
        assert self.pictures is not None, "checked"
        wide, tall = float(size[0]) * SHARE, self._tall(float(size[0]))
        y = placed.y + placed.h / 2 + GAP + tall / 2
        rim = style.theme.rgba("outline")[None]
        for column, picture in enumerate(self.pictures):
            x, bytes_ = float(at[0, column, 0]), np.round(picture * 255).astype(np.uint8)
            pixels = np.dstack([bytes_, np.full(picture.shape[:2], 255, dtype=np.uint8)])
            box = Boxes(np.array([[x, y]]), np.array([[wide, tall]]), np.zeros((1, 4)), rim, 0.02)
            yield (Raster((x, y), (wide, tall), pixels, smooth=True), box), column
