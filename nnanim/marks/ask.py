"""Ask: the sign that the film asks the class, and how much of the time to think has gone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.parts import Extent, Parts
from nnanim.shapes import Discs, Polyline
from nnanim.style import RenderStyle

RADIUS, WIDTH = 0.24, 0.05
"""Of the ring around the question mark, and the width of its line."""


def ask_key(beat: str) -> str:
    """Key of the sign in the beat of that id; it comes and goes with the sentence."""
    return f"say:{beat}:ask"


@dataclass(frozen=True, eq=False)
class Ask(Mark):
    """A question mark in a ring, which closes while the class thinks.

    Attributes:
        share: how much of the ring is drawn, clockwise from above, in 0..1.
    """

    share: float = 1.0

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The ring."""
        return Extent.core(2 * RADIUS + WIDTH, 2 * RADIUS + WIDTH)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """A faint ring, the part of it that has been drawn, and the question mark."""
        theme, x, y = frame.style.theme, placed.x, placed.y
        accent = theme.rgba("accent")
        ring = Discs(
            np.array([[x, y]]), np.array([RADIUS]), np.zeros((1, 4)), theme.rgba("outline")[None], WIDTH / 2
        )
        sign = shapes.text("?", x, y, theme.medium, accent, theme, bold=True)
        if self.share <= 0:
            return Parts((ring, *sign))
        turn = 2 * math.pi * min(self.share, 1.0) * np.linspace(0, 1, 49)
        arc = np.column_stack([x + RADIUS * np.sin(turn), y + RADIUS * np.cos(turn)])
        # Its round ends would be a dot at once.
        color = theme.rgba("accent", min(self.share * 20, 1.0))
        return Parts((ring, Polyline(arc, color, WIDTH), *sign))
