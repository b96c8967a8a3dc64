"""StrokePicture: a picture with the curves that it is drawn by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from nnanim.marks.base import Frame, Placed
from nnanim.marks.content import Floats
from nnanim.marks.parts import REST, Parts
from nnanim.marks.picture import Picture
from nnanim.marks.readout import POINT, BoxArea, Quantity, Readout
from nnanim.shapes import Discs, Polyline, Shape, Within
from nnanim.style import RenderStyle

PIECES = 16
"""Straight pieces that a curve is drawn with."""

FEW_CURVES = 2
"""Number of curves whose points are joined by a dashed line."""

LINE, HALO = 0.03, 0.07
"""Width of a line, and of the ground's colour under it, which keeps it apart from the picture."""

HEAD = 0.11
"""Length of an arrow's head."""


@dataclass(frozen=True, eq=False)
class StrokePicture(Picture):
    """A picture with the curves that it is drawn by, and the ways that their points will go.

    Places are in half pictures from the middle, x to the right and y down.

    Attributes:
        curves: (n, 3, 2) start, bend and end of quadratic Bézier curves; what lies outside is not seen.
        arrows: (n, 3, 2) the way of each of their points, or none at all.
    """

    curves: Floats = field(default_factory=lambda: np.zeros((0, 3, 2)))
    arrows: Floats = field(default_factory=lambda: np.zeros((0, 3, 2)))

    def __post_init__(self) -> None:
        super().__post_init__()
        curves = self.check_numbers(self.curves, "curves", 3)
        arrows = self.check_numbers(self.arrows, "arrows", 3)
        if curves.shape[1:] != (3, 2):
            raise self.make_error(f"curves of shape {curves.shape}; (n, 3, 2) wanted")
        if len(arrows) and arrows.shape != curves.shape:
            raise self.make_error(f"arrows of shape {arrows.shape} for curves of shape {curves.shape}")
        self.set_fields(curves=curves, arrows=arrows)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The pixels, a rim, and the curves over them; a part is a pixel."""
        below = super().draw(placed, frame)
        if not len(self.curves):
            return below
        box = (
            placed.x - placed.w / 2, placed.x + placed.w / 2, placed.y - placed.h / 2, placed.y + placed.h / 2
        )  # fmt: skip
        over = Within(tuple(self._draw_curves(placed, frame.style)), box)
        return Parts((*below.shapes, over), (*below.owners, REST), below.centers, below.sizes)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The pixels, and the points of the curves with their ways."""
        pixels = super().readouts(placed, frame)
        if not len(self.curves):
            return pixels
        means = {"en": "x, y", "ja": "x、y"}
        held = [Quantity(means, self.curves.reshape(-1, 2), "curves")]
        if len(self.arrows):
            way = {"en": "way, x and y", "ja": "動く向き（x、y）"}
            held.append(Quantity(way, self.arrows.reshape(-1, 2), "arrows"))
        at = self.to_screen(placed, self.curves.reshape(-1, 2))
        area = BoxArea(at, np.full_like(at, 2 * self._radius(placed)), round=True)
        return (*pixels, Readout(POINT, area, tuple(held), self.curves.shape[:2]))

    def to_screen(self, placed: Placed, places: Floats) -> Floats:
        """Places (…, 2) of the picture on the screen."""
        return np.asarray(places * [placed.w / 2, -placed.h / 2] + [placed.x, placed.y])

    def _radius(self, placed: Placed) -> float:
        return (0.035 if len(self.curves) > FEW_CURVES else 0.085) * float(np.sqrt(max(placed.scale, 0.6)))

    def _draw_curves(self, placed: Placed, style: RenderStyle) -> Iterator[Shape]:
        ink, ground = style.theme.rgba("ink"), style.theme.rgba("ground")
        t = np.linspace(0, 1, PIECES + 1)
        shares = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], axis=1)
        for points in self.curves:
            line = self.to_screen(placed, shares @ points)
            yield Polyline(line, ground, HALO)
            yield Polyline(line, ink, LINE)
            if len(self.curves) <= FEW_CURVES:
                yield Polyline(self.to_screen(placed, points), ink, LINE, dash=(0.08, 0.08))
        at = self.to_screen(placed, self.curves.reshape(-1, 2))
        rims, fills = (np.tile(color, (len(at), 1)) for color in (ground, ink))
        yield Discs(at, np.full(len(at), self._radius(placed)), fills, rims, 0.02)
        if len(self.arrows):
            yield from self._draw_arrows(placed, at, style)

    def _draw_arrows(self, placed: Placed, at: Floats, style: RenderStyle) -> Iterator[Shape]:
        ink, ground = style.theme.rgba("ink"), style.theme.rgba("ground")
        wide = 2.0 if len(self.curves) <= FEW_CURVES else 1.0
        for start, way in zip(at, self.arrows.reshape(-1, 2) * [placed.w / 2, -placed.h / 2], strict=True):
            length = float(np.hypot(*way))
            if length < 1e-6:
                continue
            along = way / length
            across = np.array([-along[1], along[0]])
            end, head = start + way, min(HEAD * wide, 0.6 * length)
            neck = end - head * along
            yield Polyline(np.array([start, end]), ground, HALO + 0.02 * wide)
            yield Polyline(np.array([start, neck]), ink, LINE * wide)
            tip = np.array([end, neck + 0.45 * head * across, neck - 0.45 * head * across])
            yield Polyline(tip, ground, 0.02, closed=True, fill=ink)
