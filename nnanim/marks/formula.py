"""Formula: symbols, set by Typst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

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

    free: ClassVar[tuple[str, ...]] = ("parts",)  # one part may stand alone

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

    def take_apart(self, placed: Placed, frame: Frame) -> Parts:
        """Outlines, one for each part and colour in it; a part is a part of the formula that is visible."""
        style, size = frame.style, self._size(placed.scale, frame.style)
        theme, box = style.theme, self.setting(style)
        written = tuple(style.say(part) for part in self.parts)
        pieces = _split(written, self.visible, tuple(theme.colors.items()), theme.font)
        owned: list[tuple[shapes.Shapes, int]] = []
        for part, piece in pieces:
            one = replace(box, pieces=(piece,))
            owned.append((shapes.setting(one, placed.x, placed.y, size, theme.rgba("ink"), theme), part))
        count = max((part for part, _ in pieces), default=-1) + 1
        hulls = [
            shapes.hull(shape for some, part in owned if part == i for shape in some) for i in range(count)
        ]
        boxes = np.array(hulls).reshape(-1, 4)
        return Parts.collect(owned, boxes[:, :2], boxes[:, 2:])

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


@lru_cache(maxsize=64)
def _split(
    parts: tuple[str, ...], visible: int | None, colors: tuple[tuple[str, str], ...], font: Path
) -> tuple[tuple[int, typeset.Piece], ...]:
    """The pieces of a formula, each cut where its parts meet, and the part that each belongs to."""
    shown = len(parts) if visible is None else visible
    # Parts stand beside each other, so each ends where those up to it end.
    ends = [_right(_set(parts, count, colors, font)) for count in range(1, shown)]
    cut: list[tuple[int, typeset.Piece]] = []
    for piece in _set(parts, visible, colors, font).pieces:
        contours = [one for one in np.split(piece.curves, piece.starts[1:]) if len(one)]
        owners = np.array([int(np.searchsorted(ends, one[..., 0].mean())) for one in contours])
        for part in np.unique(owners):
            own = [one for one, owner in zip(contours, owners, strict=True) if owner == part]
            starts = np.cumsum([0, *map(len, own[:-1])])
            cut.append((int(part), typeset.Piece(np.concatenate(own), starts.astype(np.intp), piece.color)))
    return tuple(cut)


def _right(setting: typeset.Setting) -> float:
    """Where a formula's outlines end, in em."""
    return max((float(piece.curves[..., 0].max()) for piece in setting.pieces), default=0.0)
