"""How much room a mark wants, at a given scale. Pictures grow and shrink; text stays readable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch

from nnanim.marks import Mark
from nnanim.style import RenderStyle
from nnanim.words import Words

MARGIN = 0.4
"""Safe area: nothing comes nearer to the frame's edge."""

GAP = 0.16
"""Between a mark and its own small print."""

LINE = 1.35
"""From one line of text to the next, in em."""


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


def extent(mark: Mark, scale: float, style: RenderStyle) -> Extent:
    """The room that ``mark`` wants at ``scale``, its label included."""
    bare = room(mark, scale, style)
    if not style.say(mark.label):
        return bare
    half = style.text_width(mark.label, style.theme.medium, bold=True) / 2
    return replace(
        bare,
        left=max(bare.left, half),
        right=max(bare.right, half),
        up=bare.up + GAP + style.theme.medium,
    )


@singledispatch
def room(mark: Mark, scale: float, style: RenderStyle) -> Extent:
    """The room that a mark wants without its label; registered for each kind."""
    raise TypeError(f"no room is known for {type(mark).__name__}")


def cut_note(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return {"en": f"{shown} of {of} shown", "ja": f"{of} 個のうち {shown} 個"}


def number(value: float, digits: int = 2) -> str:
    """A value as it is written on the screen, with a true minus sign and no minus before zero."""
    text = f"{value:.{digits}f}"
    return (text[1:] if text.startswith("-") and float(text) == 0 else text).replace("-", "−")
