"""What every mark is and what it answers when it is asked; a mark in its place, and the frame of all of them.

A mark of one's own is a frozen dataclass that subclasses ``Mark`` and has ``extent`` and ``draw``; all else
here may be overridden. ``docs/new-mark.md`` shows one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from nnanim import shapes, words
from nnanim.errors import UserError
from nnanim.marks.content import CheckedFields, digest
from nnanim.marks.parts import GAP, Extent, Parts
from nnanim.marks.readout import POINT, BoxArea, Quantity, Readout
from nnanim.marks.view import EDGES, WHOLE, Part, Zoom
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark(CheckedFields):
    """One thing on the screen.

    Attributes:
        key: short and stable; the same key in the next beat is the same thing.
        label: its name, written above it.
        means: what its values are, for the legend ("weight", "activation", …).
        layer: 0 lies under 1 lies under 2.
        opaque: whether it covers what lies under it: when it changes, the new state is laid over the old one.
        connects: whether it runs between its neighbours in a Row, whose labels may hang over it.
        is_layer: whether it is a layer of neurons, whose name stands at one height with those of the others.
        roomless: whether it takes no room of its own in a Table.
        term: name in ``words`` of what its values are where ``means`` does not say it.
        change_seconds: minimum seconds of a change to another state of itself by way of `between`.
        read: names of its fields that are read: where they change, the old state goes before the new comes.
        signed: whether its ``role`` is the colour of positive values.
        may_point: whether it may point at something, and have the accent for its ``role``.
        turns: whether it can lie across: its ``turned_extent`` says which room it takes then.
        breaks: whether it can be broken into more lines instead, for which ``turned_extent`` says the same.
    """

    key: str
    label: Words | None = None
    means: Words | None = None
    layer: ClassVar[int] = 2
    opaque: ClassVar[bool] = False
    connects: ClassVar[bool] = False
    is_layer: ClassVar[bool] = False
    roomless: ClassVar[bool] = False
    term: ClassVar[str] = "value"
    change_seconds: ClassVar[float] = 0.0
    read: ClassVar[tuple[str, ...]] = ()
    signed: ClassVar[bool] = False
    may_point: ClassVar[bool] = False
    turns: ClassVar[bool] = False
    breaks: ClassVar[bool] = False
    is_tall: ClassVar[bool] = False

    # What a mark of its own kind says.

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room that it wants at ``scale``, without its label."""
        raise NotImplementedError(f"{type(self).__name__} has no extent(self, scale, style)")

    def turned_extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room that it wants where it lies across, or is broken into more lines, without its label."""
        return self.extent(scale, style)

    def fitting_scale(self, scale: float, style: RenderStyle) -> float:
        """The scale at which it is drawn beside others of ``scale``: less, if it is too wide then."""
        return scale

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Its shapes in its place, and the part that each belongs to; ``frame`` has what it is tied to."""
        raise NotImplementedError(f"{type(self).__name__} has no draw(self, placed, frame)")

    def take_apart(self, placed: Placed, frame: Frame) -> Parts:
        """The same shapes by the parts that fly where it is born; by default, its parts."""
        return placed.parts(frame)

    def legends(self) -> tuple[Mark, ...]:
        """What its colours, widths or sizes mean; one of equal legends is shown."""
        return ()

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """Which of its numbers can be asked for, and where: by default, ``values`` that are one a part."""
        values, names = getattr(self, "values", None), getattr(self, "names", ())
        parts = placed.parts(frame)
        if not isinstance(values, np.ndarray) or not values.size or parts.shape != values.shape:
            return ()
        area = BoxArea(parts.centers.reshape(-1, 2), parts.sizes.reshape(-1, 2), parts.round)
        quantity = Quantity(self.meaning, values.ravel(), "values")
        named = tuple(names) if len(names) == values.size else ()
        return (Readout(POINT, area, (quantity,), values.shape, named),)

    @property
    def ties(self) -> tuple[str, ...]:
        """Keys of the marks that this one is drawn between or on; they must be on the stage."""
        return ()

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that it fits the marks that it is tied to; they are on the stage.

        Raises:
            UserError: it does not.
        """

    @property
    def cells(self) -> tuple[int, int] | None:
        """Rows and columns of its parts where a window may wander over them, else None."""
        return None

    def reveal(self, count: int) -> Mark | None:
        """The mark with its first ``count`` cells alone, in reading order; None if it has no such state."""
        return None

    def cell_number(self, row: int, column: int) -> float | None:
        """The number in a cell; None where there is none, or where it is written already."""
        return None

    @property
    def writes_numbers(self) -> bool:
        """Whether what its colours mean is written, too: then it can do without their legend."""
        return False

    @property
    def square(self) -> bool:
        """Whether it runs in right angles along the lanes of a Table."""
        return False

    def hides_numbers(self, placed: Placed, style: RenderStyle) -> bool:
        """Whether it has no room for numbers that it usually writes; then the frame says so."""
        return False

    # What it says where it is a legend itself.

    @property
    def scale_of(self) -> str:
        """Key of the mark whose scale it is drawn in; empty for its own."""
        return ""

    def is_within(self, other: Mark) -> bool:
        """Whether another legend says what this one says."""
        return False

    def shares_axes(self, other: Mark) -> bool:
        """Whether it can do without axes of its own over those of another."""
        return False

    # What it does when it changes between two beats.

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """The mark on its way to ``after``, at a fraction (0..1) of the time; None: one fades into the other.

        It draws itself like the old state at 0 and like the new one at 1, in the place that it has by then.
        """
        return None

    def share_axis(self, states: Sequence[Mark]) -> Mark:
        """The same mark with an axis that suits all its ``states`` in a film, itself among them."""
        return self

    def move_apart(self, pitch: float) -> Mark:
        """The same mark with its lines, such as bars, ``pitch`` apart, if it can have them so."""
        return self

    def settle(self) -> Mark:
        """The same mark without what only says that it may still grow: all of it is there."""
        return self

    def continues(self, before: Placed, after: Placed, style: RenderStyle) -> bool:
        """Whether what stays of it stays at its left edge, as in a sentence that grows."""
        return False

    @property
    def optional_words(self) -> tuple[str, ...]:
        """Fields of words that ``draw_optional`` draws and without which the mark can be drawn."""
        return ()

    def draw_optional(self, placed: Placed, frame: Frame) -> Shapes:
        """The words of its ``optional_words`` fields."""
        return ()

    # What follows from that for every mark.

    @property
    def meaning(self) -> Words:
        """What its values are, in words: its own ``means``, else what its kind says."""
        return self.means if self.means is not None else words.term(self.term)

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``, with its label, up to ``spare`` wider if it is elastic."""
        bare = self.extent(scale, style)
        if spare > 0 and bare.stretch and not self.connects:
            more = min(spare, bare.stretch)
            bare = replace(bare, width=bare.width + more).around(left=more / 2, right=more / 2)
        if not self.label_height(style):
            return bare
        half = style.text_width(self.label, style.theme.medium, bold=True) / 2
        return replace(
            bare,
            left=max(bare.left, half),
            right=max(bare.right, half),
            up=bare.up + GAP + style.theme.medium,
        )

    def label_height(self, style: RenderStyle) -> float:
        """Height that its label takes above all else."""
        return GAP + style.theme.medium if style.say(self.label) else 0.0

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The mark in its place, the middle of its core at (x, y)."""
        yield self.place(x, y, scale, style, self.measure(scale, style, spare))

    def place(self, x: float, y: float, scale: float, style: RenderStyle, extent: Extent) -> Placed:
        """The mark in its place, in the room ``extent``."""
        room = (x - extent.left, x + extent.right, y - extent.down, y + extent.up)
        label_y = y + extent.up - style.theme.medium / 2
        return Placed(self, x, y, extent.width, extent.height, scale, label_y, room)

    def flatten(self) -> Iterator[Mark]:
        """The mark itself, as an arrangement of one."""
        yield self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Mark)
            and type(self) is type(other)
            and self.content_digest == other.content_digest
        )

    def __hash__(self) -> int:
        return hash(self.content_digest)

    @cached_property
    def content_digest(self) -> str:
        """A short name for all that it says: marks of one content are equal."""
        return digest(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self  # nothing in a mark can change


def modify(mark: Mark, **values: Any) -> Any:
    """The same mark with other values: ``modify(units, lit=True)``."""
    return replace(mark, **values)


def key_of(end: str | Mark) -> str:
    """The key of a mark; a key is itself."""
    return end.key if isinstance(end, Mark) else end


@dataclass(frozen=True)
class Placed:
    """A mark in its place: the middle (x, y) and size (w, h) of its core, its scale and its room.

    Attributes:
        label_y: height of the middle of its label.
        room: left, right, bottom, top of everything that it covers.
        opacity: 1, or less where it is dimmed.
        turned: 1 where it lies across, 0 where it stands, something between while it turns.
        label_x: how far the middle of its label is to the right of its own.
        pitch: from one of its lines to the next, where it has lines that the layout may move apart; else 0.
        quiet: whether it writes no numbers, since what belongs to it has no room for its own.
        axes_of: key of the plot whose axes it shares, which draws them; empty: it draws its own.
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
    turned: float = 0.0
    label_x: float = 0.0
    pitch: float = 0.0
    quiet: bool = False
    axes_of: str = ""

    def parts(self, frame: Frame) -> Parts:
        """What the mark is made of, without its label.

        Raises:
            UserError: its ``draw`` gives something else.
        """
        parts = self.mark.draw(self, frame)
        if not isinstance(parts, Parts):
            raise self.mark.make_error(f"draw() gives {type(parts).__name__}; Parts wanted")
        return parts

    def part_box(self, part: Part, frame: Frame) -> tuple[float, float, float, float]:
        """Middle (x, y), width and height of a part of the mark; of its core where ``part`` is None.

        Raises:
            UserError: the mark has no such part.
        """
        if part is None:
            return self.x, self.y, self.w, self.h
        parts = self.parts(frame)
        if not len(parts):
            raise UserError(f"{self.mark.key!r} has no parts")
        place = parts.locate(self.mark.key, part)
        (x, y), (w, h) = parts.centers.reshape(-1, 2)[place], parts.sizes.reshape(-1, 2)[place]
        return float(x), float(y), float(w), float(h)

    def draw(self, frame: Frame) -> Shapes:
        """Everything that is drawn of the mark: its parts, the lowest first, and its label."""
        return shapes.fade(self.parts(frame).shapes, self.opacity) + self.draw_label(frame)

    def draw_label(self, frame: Frame) -> Shapes:
        """The label over the mark."""
        theme, words = frame.style.theme, frame.style.say(self.mark.label)
        if not words:
            return ()
        x, ink = self.x + self.label_x, theme.rgba("ink")
        drawn = shapes.text(words, x, self.label_y, theme.medium, ink, theme, bold=True)
        return shapes.fade(drawn, self.opacity)


@dataclass(frozen=True)
class Frame:
    """One picture of a story: every mark of a beat in its place, with title, sentence and legend.

    Attributes:
        id: of the beat.
        placed: each mark by its key.
        style: theme, language and size.
        stage: left, right, bottom, top of the room between title and sentence.
        zoom: how the stage is seen.
        scale: of the stage.
        stacked: keys of what stands below or above what its author has put beside it.
    """

    id: str
    placed: Mapping[str, Placed]
    style: RenderStyle
    stage: tuple[float, float, float, float] = field(default=(0.0, 0.0, 0.0, 0.0))
    zoom: Zoom = WHOLE
    scale: float = 1.0
    stacked: frozenset[str] = frozenset()

    def __getitem__(self, key: str) -> Placed:
        return self.placed[key]

    @property
    def order(self) -> list[str]:
        """Keys from the lowest to the highest."""
        return sorted(self.placed, key=lambda key: self[key].mark.layer)

    def draw(self) -> dict[str, Shapes]:
        """The shapes of every mark as they are seen, from the lowest to the highest."""
        drawn = {key: self[key].draw(self) for key in self.order}
        seen = {key: self.zoom.apply(one) if is_on_stage(key) else one for key, one in drawn.items()}
        edges = self.zoom.edges(self.style.theme)
        return {**seen, EDGES: edges} if edges else seen

    def seen_room(self, key: str) -> tuple[float, float, float, float]:
        """Left, right, bottom, top of where a mark is seen."""
        room = self[key].room
        return self.zoom.room(room) if is_on_stage(key) else room

    def with_marks(self, marks: Mapping[str, Mark]) -> Frame:
        """The same places with other marks in some of them."""
        other = {key: replace(self[key], mark=mark) for key, mark in marks.items()}
        return replace(self, placed={**self.placed, **other})

    def with_place(self, key: str, placed: Placed) -> Frame:
        """The same frame with a mark in another place."""
        return replace(self, placed={**self.placed, key: placed})


def is_on_stage(key: str) -> bool:
    """Whether the camera moves what has this key: not the title, the sentence and the legends."""
    return not (key.startswith(("say:", "legend:")) or key in ("title", "schematic"))
