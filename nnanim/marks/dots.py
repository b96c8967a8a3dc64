"""Dots: how many chapters a film has, and which one is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.parts import Extent, Parts
from nnanim.shapes import Discs
from nnanim.style import RenderStyle

RADIUS, APART = 0.055, 0.26
"""Of a dot, and from one to the next."""


def dots_key(current: int) -> str:
    """Key of the dots in a chapter; they change together with the sentence."""
    return f"say:chapter:{current}"


@dataclass(frozen=True, eq=False)
class Dots(Mark):
    """A row of dots, one a chapter; those that have been told, and the one that is, are filled.

    Attributes:
        count: of chapters.
        current: number of the one that is told, from 1.
    """

    count: int
    current: int

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The row."""
        return Extent.core((self.count - 1) * APART + 2 * RADIUS, 2 * RADIUS)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The dots; a part is one of them."""
        theme = frame.style.theme
        at = np.column_stack(
            [placed.x + (np.arange(self.count) - (self.count - 1) / 2) * APART, np.full(self.count, placed.y)]
        )
        fills = np.tile(theme.rgba("outline"), (self.count, 1))
        fills[: self.current - 1] = theme.rgba("dimmed")
        fills[self.current - 1] = theme.rgba("ink")
        sizes = np.full((self.count, 2), 2 * RADIUS)
        discs = Discs(at, np.full(self.count, RADIUS), fills)
        return Parts((discs,), (np.arange(self.count),), at, sizes, round=True)
