"""How numbers and small print are written on marks: every number on a mark passes through here."""

from __future__ import annotations

from nnanim import shapes
from nnanim.numerals import number as number
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words


def cut_note(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return {"en": f"{shown} of {of} shown", "ja": f"{of} 個のうち {shown} 個"}


def small_print(
    words: Words, x: float, y: float, style: RenderStyle, align: str = "center", role: str = "dimmed",
    size: float = 0.0,
) -> Shapes:  # fmt: skip
    """One line in the smallest size, or in ``size``, its middle at ``y``."""
    theme = style.theme
    return shapes.text(style.say(words), x, y, size or theme.small, theme.rgba(role), theme, align)
