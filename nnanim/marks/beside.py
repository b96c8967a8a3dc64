"""Words beside the neurons of a column or of a row that lies across: on the left, right, above or below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnanim import shapes
from nnanim.marks.parts import GAP, Extent
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

ACROSS = {"left": "up", "right": "down"}
"""Where words stand in a row that lies across, by where they stand in a column."""

APART = 0.12
"""Between two words side by side."""


@dataclass(frozen=True)
class Beside:
    """One side of a column or row of circles, on which words stand.

    Attributes:
        side: ``left``, ``right``, ``up`` or ``down``.
        size: of the words.
        upright: whether they stand upright, since they are wider than the circles are apart.
    """

    side: str
    size: float
    upright: bool = False

    @classmethod
    def of(
        cls, words: Sequence[Words], side: str, size: float, pitch: float, style: RenderStyle, turned: bool
    ) -> Beside:
        """Where ``words`` stand, one at each circle, ``pitch`` apart; ``turned``: the circles lie across."""
        if not turned:
            return cls(side, size)
        widest = max((style.text_width(word, size) for word in words), default=0.0)
        return cls(ACROSS[side], size, widest + APART > pitch and len(words) > 1)

    def widen(self, core: Extent, words: Sequence[Words], radius: float, style: RenderStyle) -> Extent:
        """The extent with the words around it."""
        widths = [style.text_width(word, self.size) for word in words]
        if not any(widths):
            return core
        if self.side in ACROSS or self.upright:
            return core.around(**{self.side: GAP + max(widths)})
        wide = core.around(**{self.side: GAP + self.size})
        left, right = (core.width / 2 - radius + end / 2 for end in (widths[0], widths[-1]))
        wide = wide.around(left=max(left - wide.left, 0.0))
        return wide.around(right=max(right - wide.right, 0.0))

    def draw(self, word: Words, at: tuple[float, float], radius: float, style: RenderStyle) -> Shapes:
        """One word beside the circle at ``at``."""
        theme, away, (x, y) = style.theme, radius + GAP, at
        ink, said = theme.rgba("ink"), style.say(word)
        if self.side in ACROSS:
            x, align = (x - away, "right") if self.side == "left" else (x + away, "left")
            return shapes.text(said, x, y, self.size, ink, theme, align)
        way = 1 if self.side == "up" else -1
        if self.upright:
            align = "left" if way > 0 else "right"
            return shapes.text(said, x, y + way * away, self.size, ink, theme, align, turn=1)
        return shapes.text(said, x, y + way * (away + self.size / 2), self.size, ink, theme)
