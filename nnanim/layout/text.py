"""How much room words and formulas want."""

from __future__ import annotations

from nnanim import shapes
from nnanim.layout.base import LINE, Extent, Look, core, room
from nnanim.linebreak import wrap
from nnanim.marks import Formula, Text


def formula_size(mark: Formula, scale: float, look: Look) -> float:
    """Text size of a formula: it grows with the picture, but never falls below its own size."""
    return look.theme.size(mark.size) * min(max(scale, 1.0), 1.3)


@room.register
def _(mark: Formula, scale: float, look: Look) -> Extent:
    set_, size = look.formula(mark), formula_size(mark, scale, look)
    return core(set_.width * size, (set_.ascent + set_.descent) * size)


def text_lines(mark: Text, look: Look) -> list[str]:
    """The lines of a Text."""
    size = look.theme.size(mark.size)
    return wrap(look.say(mark.words), mark.width, lambda words: look.text_width(words, size, mark.bold))


@room.register
def _(mark: Text, scale: float, look: Look) -> Extent:
    lines, size = text_lines(mark, look), look.theme.size(mark.size)
    widest = max(shapes.width(line, size, look.theme, mark.bold) for line in lines)
    return core(widest, size * (1 + LINE * (len(lines) - 1)))
