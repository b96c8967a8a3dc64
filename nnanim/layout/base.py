"""How much room a mark wants, at a given scale. Pictures grow and shrink; text stays readable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch

from nnanim import shapes, typeset
from nnanim.marks import Formula, Mark
from nnanim.theme import Theme
from nnanim.words import Words, say

MARGIN = 0.4
"""Safe area: nothing comes nearer to the frame's edge."""

GAP = 0.16
"""Between a mark and its own small print."""

LINE = 1.35
"""From one line of text to the next, in em."""

GROWS = 1.0, 1.4
"""Between these scales a mark's small print grows to the medium size: what has room is readable from afar."""


@dataclass(frozen=True)
class Look:
    """How a story is shown: theme, language and the frame's size in its own units."""

    theme: Theme
    lang: str = "en"
    width: float = 128 / 9
    height: float = 8.0

    def say(self, words: Words | None) -> str:
        """The text of ``words`` in the look's language."""
        return say(words, self.lang)

    def text_width(self, words: Words | None, size: float, bold: bool = False) -> float:
        """Width in frame units."""
        return shapes.width(self.say(words), size, self.theme, bold)

    def print_size(self, scale: float) -> float:
        """Size of the small print of a mark that is drawn at ``scale``."""
        share = (scale - GROWS[0]) / (GROWS[1] - GROWS[0])
        return self.theme.small + (self.theme.medium - self.theme.small) * min(max(share, 0.0), 1.0)

    def formula(self, mark: Formula) -> typeset.Setting:
        """The formula, set in the theme's colours; parts not yet visible keep their place."""
        parts = tuple(self.say(part) for part in mark.parts)
        return _formula(parts, mark.visible, tuple(self.theme.colors.items()), self.theme.font)


@lru_cache(maxsize=512)
def _formula(parts: tuple[str, ...], visible: int | None, colors, font) -> typeset.Setting:  # type: ignore[no-untyped-def]
    shown = len(parts) if visible is None else visible
    source = " ".join(parts[:shown] + tuple(f"#hide($ {part} $)" for part in parts[shown:]))
    roles = tuple((role, code) for role, code in colors if role.isalpha())
    return typeset.formula(source, roles, font.parent)


@dataclass(frozen=True)
class Extent:
    """Room about the middle of a mark's core.

    Attributes:
        width, height: of the core: the circles, cells or axes, without small print.
        left, right, up, down: reach of everything from the core's middle, small print included.
        stretch: how much wider the core may be made.
    """

    width: float
    height: float
    left: float
    right: float
    up: float
    down: float
    stretch: float = 0.0

    def around(self, left: float = 0, right: float = 0, up: float = 0, down: float = 0) -> Extent:
        """The same core with more small print around it."""
        return replace(
            self, left=self.left + left, right=self.right + right, up=self.up + up, down=self.down + down
        )


def core(width: float, height: float) -> Extent:
    """A core with nothing around it."""
    return Extent(width, height, width / 2, width / 2, height / 2, height / 2)


def extent(mark: Mark, scale: float, look: Look) -> Extent:
    """The room that ``mark`` wants at ``scale``, its label included."""
    bare = room(mark, scale, look)
    if not look.say(mark.label):
        return bare
    half = look.text_width(mark.label, look.theme.medium, bold=True) / 2
    return replace(
        bare,
        left=max(bare.left, half),
        right=max(bare.right, half),
        up=bare.up + GAP + look.theme.medium,
    )


@singledispatch
def room(mark: Mark, scale: float, look: Look) -> Extent:
    """The room that a mark wants without its label; registered for each kind."""
    raise TypeError(f"no room is known for {type(mark).__name__}")


def cut_note(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return {"en": f"{shown} of {of} shown", "ja": f"{of} 個のうち {shown} 個"}


def number(value: float, digits: int = 2) -> str:
    """A value as it is written on the screen, with a true minus sign and no minus before zero."""
    text = f"{value:.{digits}f}"
    return (text[1:] if text.startswith("-") and float(text) == 0 else text).replace("-", "−")
