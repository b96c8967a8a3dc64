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

FRAMES = {"16:9": Fraction(16, 9), "4:3": Fraction(4, 3), "9:16": Fraction(9, 16)}
"""Width over height of the frames that films are made in."""


@dataclass(frozen=True)
class RenderStyle:
    """How a story is shown: theme, language and the frame's size in its own units."""

    theme: Theme
    lang: str = "en"
    width: float = 128 / 9
    height: float = 8.0

    def say(self, words: Words | None) -> str:
        """The text of ``words`` in this language."""
        return say(words, self.lang)

    def text_width(self, words: Words | None, size: float, bold: bool = False) -> float:
        """Width in frame units."""
        return shapes.width(self.say(words), size, self.theme, bold)

    def print_size(self, scale: float) -> float:
        """Size of the small print of a mark that is drawn at ``scale``."""
        share = (scale - GROWS[0]) / (GROWS[1] - GROWS[0])
        return self.theme.small + (self.theme.medium - self.theme.small) * min(max(share, 0.0), 1.0)


def frame_size(frame: str) -> tuple[float, float]:
    """Width and height of one of `FRAMES` in its own units; sentences keep their width in all of them."""
    width = RenderStyle.width
    return width, width / float(FRAMES[frame])
