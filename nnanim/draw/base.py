"""How a placed mark becomes shapes. One function for each kind of mark; none knows a printer."""

from __future__ import annotations

from functools import singledispatch

from nnanim import shapes
from nnanim.layout import Frame, Placed
from nnanim.marks import Mark
from nnanim.shapes import Shapes
from nnanim.words import Words


def draw(placed: Placed, frame: Frame) -> Shapes:
    """Everything that is seen of one mark: its core, its small print and its label."""
    return shapes.faded(ink(placed.mark, placed, frame), placed.opacity) + label(placed, frame)


def label(placed: Placed, frame: Frame) -> Shapes:
    """The label over a mark."""
    theme, words = frame.style.theme, frame.style.say(placed.mark.label)
    if not words:
        return ()
    seen = shapes.text(words, placed.x, placed.label_y, theme.medium, theme.rgba("ink"), theme, bold=True)
    return shapes.faded(seen, placed.opacity)


@singledispatch
def ink(mark: Mark, placed: Placed, frame: Frame) -> Shapes:
    """Shapes of a mark without its label; registered for each kind."""
    raise TypeError(f"nothing is known about drawing {type(mark).__name__}")


def small_print(
    words: Words, x: float, y: float, frame: Frame, align: str = "center", role: str = "dimmed",
    size: float = 0.0,
) -> Shapes:  # fmt: skip
    """One line in the smallest size, or in ``size``, its middle at ``y``."""
    theme = frame.style.theme
    return shapes.text(frame.style.say(words), x, y, size or theme.small, theme.rgba(role), theme, align)
