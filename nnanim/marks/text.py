"""Marks made of words and symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnanim.marks.base import Mark
from nnanim.words import Words


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
            raise self._error("there are no parts")
        if self.visible is not None and not 0 <= self.visible <= len(parts):
            raise self._error(f"visible={self.visible} of {len(parts)} parts")
        self._set(parts=parts)


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
