"""Block: a part of a network that is not drawn out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.parts import LINE, Extent, Parts
from nnanim.marks.readout import BoxArea, Quantity, Readout
from nnanim.shapes import Boxes, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words


@dataclass(frozen=True, eq=False)
class Block(Mark):
    """A part of a network that is not drawn out: a box with its name.

    Attributes:
        name: what it is; detail: its size or shape, in small print.
        role: colour of its rim.
        value: how strongly it is lit, 0..1.
        peers: names and details of other blocks that it is as wide as.
    """

    name: Words
    detail: Words = ""
    role: str = "outline"
    value: float = 0.0
    peers: tuple[tuple[Words, Words], ...] = ()
    opaque: ClassVar[bool] = True
    free: ClassVar[tuple[str, ...]] = ("value",)  # which it checks itself
    may_point: ClassVar[bool] = True

    def __post_init__(self) -> None:
        value = float(self.check_numbers(self.value, "value", 0))
        if not 0 <= value <= 1:
            raise self.make_error(f"value {value:g} lies outside 0..1")
        self.set_fields(value=value)

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The box, wide enough for its words."""
        theme = style.theme
        widest = max(
            max(style.text_width(name, theme.medium, bold=True), style.text_width(detail, theme.small))
            for name, detail in ((self.name, self.detail), *self.peers)
        )
        tall = theme.medium * LINE + (theme.small * LINE if style.say(self.detail) else 0.0)
        return Extent.core(max(widest + 0.5, 1.5 * scale), max(tall + 0.3, 1.0 * scale))

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """A box and its words."""
        theme, style = frame.style.theme, frame.style
        ground, role = theme.rgba("panel"), theme.rgba(self.role)
        fill = ground + (role - ground) * 0.55 * self.value
        at, size = np.array([[placed.x, placed.y]]), np.array([[placed.w, placed.h]])
        box = Boxes(at, size, fill[None], role[None], 0.035, corner=0.12)
        ink = theme.ink_on(fill)
        name, detail = style.say(self.name), style.say(self.detail)
        up = theme.small * 0.62 if detail else 0.0
        words = shapes.text(name, placed.x, placed.y + up, theme.medium, ink, theme, bold=True)
        drawn: Shapes = (box, *words)
        if detail:
            drawn += shapes.text(detail, placed.x, placed.y - theme.medium * 0.72, theme.small, ink, theme)
        return Parts(drawn)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """How strongly it is lit, where it is."""
        if not self.value:
            return ()
        area = BoxArea(np.array([[placed.x, placed.y]]), np.array([[placed.w, placed.h]]))
        held = Quantity(self.meaning, np.array([self.value]), "value")
        return (Readout("", area, (held,), (1,), (self.name,)),)
