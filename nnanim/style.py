"""How a story is shown: theme, language, the frame's size, and the sizes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from nnanim import shapes
from nnanim.theme import Theme
from nnanim.words import Words, say

MARGIN = 0.4
"""Safe area: nothing comes nearer to the edge of the frame."""

GROWS = 1.0, 1.4
"""Between these scales a mark's small print grows to the medium size: what has room is readable from afar."""

FRAMES = {"16:9": Fraction(16, 9), "4:3": Fraction(4, 3), "1:1": Fraction(1), "9:16": Fraction(9, 16)}
"""Width over height of the frames that films are made in."""

PORTRAIT_GROWS = 1.4, 2.2
"""In a frame that is higher than wide, it grows on to the large size between these scales."""

WIDTH, PORTRAIT_WIDTH = 128 / 9, 11.0
"""Width of a frame in its own units, and of one that is higher than wide: there everything is larger."""


@dataclass(frozen=True)
class RenderStyle:
    """How a story is shown: theme, language and the frame's size in its own units."""

    theme: Theme
    lang: str = "en"
    width: float = WIDTH
    height: float = 8.0

    @property
    def is_portrait(self) -> bool:
        """Whether the frame is higher than wide."""
        return self.height > self.width

    def say(self, words: Words | None) -> str:
        """The text of ``words`` in this language."""
        return say(words, self.lang)

    def text_width(self, words: Words | None, size: float, bold: bool = False) -> float:
        """Width in frame units."""
        return shapes.width(self.say(words), size, self.theme, bold)

    def print_size(self, scale: float) -> float:
        """Size of the small print of a mark that is drawn at ``scale``."""
        theme, share = self.theme, (scale - GROWS[0]) / (GROWS[1] - GROWS[0])
        size = theme.small + (theme.medium - theme.small) * min(max(share, 0.0), 1.0)
        if self.is_portrait:
            share = (scale - PORTRAIT_GROWS[0]) / (PORTRAIT_GROWS[1] - PORTRAIT_GROWS[0])
            size += (theme.large - theme.medium) * min(max(share, 0.0), 1.0)
        return size


def frame_size(frame: str) -> tuple[float, float]:
    """Width and height, in its own units, of a frame of `FRAMES`."""
    return fit_sides(float(FRAMES[frame]))


def fit_sides(sides: float) -> tuple[float, float]:
    """Width and height, in its own units, of a frame that is ``sides`` times as wide as high."""
    width = PORTRAIT_WIDTH if sides < 1 else WIDTH
    return width, width / sides


def frame_pixels(frame: str, lines: int) -> tuple[int, int]:
    """Width and height in pixels, both even, of a frame of `FRAMES` whose shorter side has ``lines`` pixels.

    The longer side of 480 lines is 854, manim's own: the next even number above 16:9.
    """
    sides = FRAMES[frame]
    longer = -2 * (-lines * max(sides, 1 / sides) // 2)
    return (int(longer), lines) if sides >= 1 else (lines, int(longer))


def name_frame(style: RenderStyle) -> str:
    """The sides of a frame as `FRAMES` names them, else with its numbers."""
    sides = style.width / style.height
    near = (name for name, one in FRAMES.items() if abs(float(one) - sides) < 0.01)
    return next(near, f"{style.width:g}:{style.height:g}")
