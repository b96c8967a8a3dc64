"""Room and places: how much a mark wants, where it stands, and the frame that it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nnanim import shapes
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle

if TYPE_CHECKING:
    from nnanim.marks.base import Mark
    from nnanim.marks.parts import Parts

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

    @classmethod
    def core(cls, width: float, height: float) -> Extent:
        """A core with nothing around it."""
        return cls(width, height, width / 2, width / 2, height / 2, height / 2)

    def around(self, left: float = 0, right: float = 0, up: float = 0, down: float = 0) -> Extent:
        """The same core with more small print around it."""
        return replace(
            self, left=self.left + left, right=self.right + right, up=self.up + up, down=self.down + down
        )

    def at_least(self, beside: float) -> Extent:
        """The same core with a reach of ``beside`` or more to the left and to the right."""
        return replace(self, left=max(self.left, beside), right=max(self.right, beside))


@dataclass(frozen=True)
class Placed:
    """A mark in its place: the middle (x, y) and size (w, h) of its core, its scale and its room.

    Attributes:
        label_y: height of the middle of its label.
        room: left, right, bottom, top of everything that it covers.
        opacity: 1, or less where it is dimmed.
    """

    mark: Mark
    x: float
    y: float
    w: float
    h: float
    scale: float
    label_y: float
    room: tuple[float, float, float, float]
    opacity: float = 1.0

    def parts(self, frame: Frame) -> Parts:
        """What the mark is made of, without its label."""
        return self.mark.draw(self, frame)

    def draw(self, frame: Frame) -> Shapes:
        """Everything that is seen of the mark: its parts, the lowest first, and its label."""
        return shapes.fade(self.parts(frame).shapes, self.opacity) + self.draw_label(frame)

    def draw_label(self, frame: Frame) -> Shapes:
        """The label over the mark."""
        theme, words = frame.style.theme, frame.style.say(self.mark.label)
        if not words:
            return ()
        drawn = shapes.text(words, self.x, self.label_y, theme.medium, theme.rgba("ink"), theme, bold=True)
        return shapes.fade(drawn, self.opacity)


@dataclass(frozen=True)
class Frame:
    """One picture of a story: every mark of a beat in its place, with title, sentence and legend.

    Attributes:
        id: of the beat.
        placed: each mark by its key.
        style: theme, language and size.
        stage: left, right, bottom, top of the room between title and sentence.
    """

    id: str
    placed: Mapping[str, Placed]
    style: RenderStyle
    stage: tuple[float, float, float, float] = field(default=(0.0, 0.0, 0.0, 0.0))

    def __getitem__(self, key: str) -> Placed:
        return self.placed[key]

    @property
    def order(self) -> list[str]:
        """Keys from the lowest to the highest."""
        return sorted(self.placed, key=lambda key: self[key].mark.layer)

    def draw(self) -> dict[str, Shapes]:
        """The shapes of every mark, from the lowest to the highest."""
        return {key: self[key].draw(self) for key in self.order}

    def with_marks(self, marks: Mapping[str, Mark]) -> Frame:
        """The same places with other marks in some of them."""
        other = {key: replace(self[key], mark=mark) for key, mark in marks.items()}
        return replace(self, placed={**self.placed, **other})

    def with_place(self, key: str, placed: Placed) -> Frame:
        """The same frame with a mark in another place."""
        return replace(self, placed={**self.placed, key: placed})
