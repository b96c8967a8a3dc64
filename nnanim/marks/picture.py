"""Picture: a picture, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.common import cell_boxes
from nnanim.marks.content import Floats, at_index
from nnanim.marks.legend import Legend
from nnanim.marks.parts import REST, Extent, Parts
from nnanim.marks.readout import CellArea, Quantity, Readout
from nnanim.shapes import Boxes, Raster
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words

COLORS = ("grey", "diverging", "kinds")


@dataclass(frozen=True, eq=False)
class Picture(Mark):
    """A picture, pixel by pixel.

    Attributes:
        pixels: (height, width) or (height, width, 3).
        low, high: the range of the pixels; a pixel outside is refused.
        clips: whether it is not: it has the colour of the range's end, and the legend says so.
        colors: ``grey``; ``diverging``: through the ground in the middle of the range; ``kinds``: so, too,
            from the colour of one kind to that of the other. A colour picture needs none.
        aspect: width over height of a pixel.
        smooth: whether pixels are blended when the picture is large.
    """

    pixels: Floats
    low: float = 0.0
    high: float = 1.0
    colors: str = "grey"
    aspect: float = 1.0
    smooth: bool = False
    clips: bool = False
    hints: ClassVar[dict[str, str]] = {"limit": "low= and high= are the ends of its scale"}
    layer: ClassVar[int] = 1
    opaque: ClassVar[bool] = True
    term: ClassVar[str] = "pixel"

    def __post_init__(self) -> None:
        pixels = self.check_numbers(self.pixels, "pixels", 2, 3)
        if pixels.ndim == 3 and pixels.shape[2] != 3:
            raise self.make_error(
                f"pixels of shape {pixels.shape}; (height, width) or (height, width, 3) wanted"
            )
        if not pixels.size:
            raise self.make_error(f"there are no pixels (shape {pixels.shape})")
        if self.colors not in COLORS:
            raise self.make_error(f"colors={self.colors!r}; 'grey', 'diverging' or 'kinds' wanted")
        if not self.low < self.high:
            raise self.make_error(f"range {self.low:g}..{self.high:g}; the first must be below the second")
        slack = 1e-6 * (self.high - self.low)
        if not self.clips and (pixels.min() < self.low - slack or pixels.max() > self.high + slack):
            at = int(pixels.argmin() if pixels.min() < self.low - slack else pixels.argmax())
            raise self.make_error(
                f"pixel value {pixels.flat[at]:g}{at_index(pixels, at)} "
                f"lies outside {self.low:g}..{self.high:g}"
            )
        self.set_fields(pixels=pixels)

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def cell_number(self, row: int, column: int) -> float | None:
        """The value of a pixel; a pixel of three colours has no single one."""
        return float(self.pixels[row, column]) if self.pixels.ndim == 2 else None

    def reveal(self, count: int) -> Mark:
        """The picture with its other pixels at 0."""
        pixels = self.pixels.copy()
        hidden = np.arange(pixels.shape[0] * pixels.shape[1]) >= count
        pixels[hidden.reshape(pixels.shape[:2])] = max(self.low, min(0.0, self.high))
        revealed: Picture = modify(self, pixels=pixels)
        return revealed

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Pictures are equally high."""
        rows, columns = self.cells
        height = 3.0 * scale
        return Extent.core(height * self.aspect * columns / rows, height)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The pixels and a rim; a part is a pixel."""
        theme = frame.style.theme
        box = np.array([[placed.x, placed.y]]), np.array([[placed.w, placed.h]])
        rim = Boxes(*box, np.zeros((1, 4)), theme.rgba("outline")[None], 0.025)
        raster = Raster((placed.x, placed.y), (placed.w, placed.h), self.bytes_in(theme), self.smooth)
        every = np.arange(self.pixels.shape[0] * self.pixels.shape[1])
        return Parts.collect([(raster, every), (rim, REST)], *cell_boxes(placed, self.cells))

    def legends(self) -> tuple[Legend, ...]:
        """What the greys or colours of numbers mean; a colour picture needs none."""
        if self.pixels.ndim == 3:
            return ()
        reach = float(np.abs(self.pixels).max()) if self.clips else 0.0
        return (Legend.colors(self.meaning, self.low, self.high, self.colors, reach),)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The pixels; one of three colours holds three numbers."""
        values = self.pixels.reshape(self.cells[0] * self.cells[1], *self.pixels.shape[2:])
        means: Words = {"en": "red, green, blue", "ja": "赤、緑、青"} if values.ndim == 2 else self.meaning
        area = CellArea((placed.x, placed.y, placed.w, placed.h), *self.cells)
        pixel = {"en": "pixel", "ja": "画素"}
        return (Readout(pixel, area, (Quantity(means, values, "pixels"),), self.cells),)

    def bytes_in(self, theme: Theme) -> npt.NDArray[np.uint8]:
        """(height, width, 4) bytes of the picture in the theme's colours, always the same object."""
        # The theme is held, so that no other gets its place.
        if id(theme) not in self._known_bytes:
            self._known_bytes[id(theme)] = theme, self._color(theme)
        return self._known_bytes[id(theme)][1]

    @cached_property
    def _known_bytes(self) -> dict[int, tuple[Theme, npt.NDArray[np.uint8]]]:
        return {}

    def _color(self, theme: Theme) -> npt.NDArray[np.uint8]:
        share = (self.pixels - self.low) / (self.high - self.low)
        share = np.clip(share, 0, 1) if self.clips else share
        if self.pixels.ndim == 3:
            rgb = share
        elif self.colors == "diverging":
            rgb = theme.signed_colors(np.clip(2 * share - 1, -1, 1))[..., :3]
        elif self.colors == "kinds":
            rgb = theme.signed_colors(np.clip(2 * share - 1, -1, 1), "kind1", "kind0")[..., :3]
        else:
            rgb = np.repeat(share[..., None], 3, axis=2)
        alpha = np.ones((*rgb.shape[:2], 1))
        rgba: Floats = np.clip(np.concatenate([rgb, alpha], axis=2), 0, 1)
        return np.round(rgba * 255).astype(np.uint8)
