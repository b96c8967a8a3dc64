"""Formula: symbols, set by Typst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.parts import Extent, Parts
from nnanim.style import RenderStyle
from nnanim.words import Words, typeset


@dataclass(frozen=True, eq=False)
class Formula(Mark):
    """A formula in parts, in Typst's math language; a part may be coloured by a role: ``positive(w x)``.

    Attributes:
        parts: sources, set beside each other as one formula; each may be words of several languages.
        visible: how many parts are visible; the rest keep their place. None shows all.
        size: text size, as in a theme.
    """

    parts: tuple[Words, ...]
    visible: int | None = None
    size: str = "large"

    def __post_init__(self) -> None:
        parts = (self.parts,) if isinstance(self.parts, str | Mapping) else tuple(self.parts)
        if not parts:
            raise self.make_error("there are no parts")
        if self.visible is not None and not 0 <= self.visible <= len(parts):
            raise self.make_error(f"visible={self.visible} of {len(parts)} parts")
        self.set_fields(parts=parts)

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The box of what is set."""
        box, size = self.setting(style), self._size(scale, style)
        return Extent.core(box.width * size, (box.ascent + box.descent) * size)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Outlines, one for each colour."""
        theme, size = frame.style.theme, self._size(placed.scale, frame.style)
        box = self.setting(frame.style)
        return Parts(shapes.setting(box, placed.x, placed.y, size, theme.rgba("ink"), theme))

    def setting(self, style: RenderStyle) -> typeset.Setting:
        """The formula, set in the theme's colours; parts not yet visible keep their place."""
        parts = tuple(style.say(part) for part in self.parts)
        return _set(parts, self.visible, tuple(style.theme.colors.items()), style.theme.font)

    def _size(self, scale: float, style: RenderStyle) -> float:
        """Text size: it grows with the picture, but never falls below its own size."""
        return style.theme.size(self.size) * min(max(scale, 1.0), 1.3)


@lru_cache(maxsize=512)
def _set(
    parts: tuple[str, ...], visible: int | None, colors: tuple[tuple[str, str], ...], font: Path
) -> typeset.Setting:
    shown = len(parts) if visible is None else visible
    source = " ".join(parts[:shown] + tuple(f"#hide($ {part} $)" for part in parts[shown:]))
    roles = tuple((role, code) for role, code in colors if role.isalpha())
    return typeset.formula(source, roles, font.parent)
