"""How much room words and formulas want."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from nnanim import shapes, typeset
from nnanim.layout.base import LINE, Extent, core, room
from nnanim.linebreak import wrap
from nnanim.marks import Formula, Text
from nnanim.style import RenderStyle


def formula_size(mark: Formula, scale: float, style: RenderStyle) -> float:
    """Text size of a formula: it grows with the picture, but never falls below its own size."""
    return style.theme.size(mark.size) * min(max(scale, 1.0), 1.3)


def set_formula(mark: Formula, style: RenderStyle) -> typeset.Setting:
    """The formula, set in the theme's colours; parts not yet visible keep their place."""
    parts = tuple(style.say(part) for part in mark.parts)
    return _set(parts, mark.visible, tuple(style.theme.colors.items()), style.theme.font)


@lru_cache(maxsize=512)
def _set(
    parts: tuple[str, ...], visible: int | None, colors: tuple[tuple[str, str], ...], font: Path
) -> typeset.Setting:
    shown = len(parts) if visible is None else visible
    source = " ".join(parts[:shown] + tuple(f"#hide($ {part} $)" for part in parts[shown:]))
    roles = tuple((role, code) for role, code in colors if role.isalpha())
    return typeset.formula(source, roles, font.parent)


@room.register
def _(mark: Formula, scale: float, style: RenderStyle) -> Extent:
    set_, size = set_formula(mark, style), formula_size(mark, scale, style)
    return core(set_.width * size, (set_.ascent + set_.descent) * size)


def text_lines(mark: Text, style: RenderStyle) -> list[str]:
    """The lines of a Text."""
    size = style.theme.size(mark.size)
    return wrap(style.say(mark.words), mark.width, lambda words: style.text_width(words, size, mark.bold))


@room.register
def _(mark: Text, scale: float, style: RenderStyle) -> Extent:
    lines, size = text_lines(mark, style), style.theme.size(mark.size)
    widest = max(shapes.width(line, size, style.theme, mark.bold) for line in lines)
    return core(widest, size * (1 + LINE * (len(lines) - 1)))
