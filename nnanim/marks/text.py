"""Text: words on the stage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.parts import LINE, Extent, Parts
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words, typeset
from nnanim.words.linebreak import wrap


@lru_cache(maxsize=1024)
def _break(text: str, width: float, size: float, font: str) -> tuple[str, ...]:
    """A text in lines; a stage that is fitted asks for them again and again."""

    def measure(some: str) -> float:
        return typeset.line(some, Path(font)).width * size if some else 0.0

    return tuple(wrap(text, width, measure))


@dataclass(frozen=True, eq=False)
class Text(Mark):
    """Words on the stage: a question, an answer, a card.

    Attributes:
        words: what they say; a line feed breaks the line.
        size: ``large``, ``medium`` or ``small``; role: their colour; bold: their weight.
        width: where long lines are broken, in frame units.
    """

    words: Words
    size: str = "medium"
    role: str = "ink"
    bold: bool = False
    width: float = 6.0
    hints: ClassVar[dict[str, str]] = {"color": "role= names what it means: nnanim list roles"}
    read: ClassVar[tuple[str, ...]] = ("words",)
    may_point: ClassVar[bool] = True

    def lines(self, style: RenderStyle) -> list[str]:
        """The words, broken into lines."""
        theme = style.theme
        font = str(theme.bold if self.bold else theme.font)
        # A frame that is less wide than usual has as much less room for a line.
        width = self.width * min(1.0, style.width / RenderStyle.width)
        return list(_break(style.say(self.words), width, theme.size(self.size), font))

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The lines, as wide as the widest."""
        lines, size = self.lines(style), style.theme.size(self.size)
        widest = max(shapes.width(line, size, style.theme, self.bold) for line in lines)
        return Extent.core(widest, size * (1 + LINE * (len(lines) - 1)))

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """The lines, each in the middle."""
        theme, size = frame.style.theme, frame.style.theme.size(self.size)
        drawn: Shapes = ()
        for i, line in enumerate(self.lines(frame.style)):
            y = placed.y + placed.h / 2 - size * (0.5 + LINE * i)
            drawn += shapes.text(line, placed.x, y, size, theme.readable(self.role), theme, bold=self.bold)
        return Parts(drawn)
