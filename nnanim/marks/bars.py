"""Bars: named bars, one under the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, cast

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.common import cut_note, number, small_print
from nnanim.marks.content import Floats
from nnanim.marks.easing import ramp
from nnanim.marks.parts import GAP, REST, Extent, Owner, Parts
from nnanim.marks.readout import BoxArea, Quantity, Readout
from nnanim.shapes import Boxes, Lines, Shape, Shapes, fade
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words
from nnanim.words.numerals import percent, percent_digits

MAX_DECIMALS = 8
"""Maximum number of decimals that are written by default."""

REACHES = (0.0, 0.25, 0.5, 1.0)
"""How far an axis reaches below 0, relative to its limit: as far as its values need."""

THICKEST = 0.6
"""Of a bar that is thicker because there is room."""

BESIDE = 0.55
"""Alpha of the bars beside one that is the answer."""


@dataclass(frozen=True, eq=False)
class Bars(Mark):
    """Named bars, one under the other.

    Attributes:
        values: (n,) lengths.
        names: the name of each bar.
        limit: the largest |value| of the scale; by default from the values, in a film from those of all its
            states of the same names.
        below: how far the axis reaches below 0 at the least, relative to ``limit``; in a film, as far as any
            state of the mark needs.
        role: colour of all bars.
        roles: of each bar, where they are of several kinds; by default all have ``role``.
        highlight: indices of the bars that are the answer; beside it, the others step back.
        digits: decimals that are written; by default 2, of a small ``limit`` more, of whole numbers none, of
            percentages as few as add up to 100. An array of integers is one of whole numbers, and so are
            floats that are whole and of which one is beyond 1.
        percent: whether values are written as percentages.
        of: how many there are, where not all are shown.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    digits: int | None = None
    role: str = "amount"
    roles: tuple[str, ...] = ()
    highlight: tuple[int, ...] = ()
    percent: bool = False
    of: int | None = None
    below: float = 0.0
    _own_limit: ClassVar[bool] = False
    _pitch: ClassVar[float] = 0.0
    read: ClassVar[tuple[str, ...]] = ("names",)
    change_seconds: ClassVar[float] = 1.2

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 1)
        if not len(values):
            raise self.make_error("there are no values")
        for index in self.highlight:
            if not 0 <= index < len(values):
                raise self.make_error(f"highlight {index} for {len(values)} bars")
        if not 0 <= self.below <= 1:
            raise self.make_error(f"below={self.below!r}; it must lie between 0 and 1")
        counts = self.digits is None and not self.percent and np.asarray(self.values).dtype.kind in "iu"
        limit = self.check_limit(values, self.limit)
        object.__setattr__(self, "_own_limit", self.limit is None)
        lowest = min(-float(values.min()) / limit, 1.0)
        self.set_fields(
            values=values,
            digits=0 if counts else self.digits,
            limit=limit,
            below=max(float(self.below), next(reach for reach in REACHES if reach >= lowest)),
            names=self.check_count(self.names, len(values), "names"),
            roles=self.check_count(self.roles, len(values), "roles"),
            highlight=tuple(self.highlight),
            of=len(values) if self.of is None else self.of,
        )

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The bars, with their names and numbers beside them."""
        size, count = style.print_size(scale), len(self.values)
        whole = Extent.core(3.0 * scale, count * self._pitch_at(scale, style))
        names = max((style.text_width(name, size) for name in self.names), default=-GAP) + GAP
        numbers = max(style.text_width(self.format_value(v), size) for v in self.values) + GAP
        cut = count < (self.of or 0)
        return whole.around(left=names, right=numbers, down=size + GAP if cut else 0.0)

    def _pitch_at(self, scale: float, style: RenderStyle) -> float:
        return max(bar_pitch(scale, style), self._pitch)

    def move_apart(self, pitch: float) -> Mark:
        """The same bars, ``pitch`` from one to the next at the least: the layout has room for it."""
        apart = replace(self)
        object.__setattr__(apart, "_own_limit", self._own_limit)
        object.__setattr__(apart, "_pitch", pitch)
        return apart

    def place(self, x: float, y: float, scale: float, style: RenderStyle, extent: Extent) -> Placed:
        """The bars in their place."""
        placed = super().place(x, y, scale, style, extent)
        return replace(placed, pitch=self._pitch_at(scale, style))

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Bars, their axis, numbers and names; a part is a bar."""
        zero, lengths = self.lengths(placed)
        middles, sizes = bar_boxes(zero, lengths, self.heights(placed, frame.style), placed, frame.style)
        drawn = self._draw_bars(placed, frame.style, middles, sizes, zero, lengths)
        return Parts.collect(drawn, middles, sizes)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Bars of one name grow and change places; the others go, or come. None where no name stays."""
        if not isinstance(after, Bars) or not set(map(repr, _names(self))) & set(map(repr, _names(after))):
            return None
        return BarsInMotion(self, after, fraction, key=self.key, label=after.label, means=after.means)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The bars, each found in all of its row: a short one is hard to point at."""
        count = len(self.values)
        centers = np.column_stack([np.full(count, placed.x), self.heights(placed, frame.style)])
        sizes = np.tile([placed.w, pitch_of(placed, frame.style)], (count, 1))
        held = Quantity(self.meaning, self.values, "values")
        bar, whole = {"en": "bar", "ja": "棒"}, count == self.of
        area = BoxArea(centers, sizes)
        return (Readout(bar, area, (held,), (count,), self.names, numbered=whole),)

    def lengths(self, placed: Placed) -> tuple[float, Floats]:
        """Where the bars begin, and (n,) how long they are, with their sign."""
        unit = placed.w / (1 + self.below)
        zero = placed.x - placed.w / 2 + self.below * unit
        return zero, self.values / (self.limit or 1.0) * unit

    def share_axis(self, states: Sequence[Mark]) -> Mark:
        """The bars with an axis as long as that of any of their states, to the left and to the right."""
        alike = [one for one in states if isinstance(one, Bars)]
        below = max(one.below for one in alike)
        if own := self._own_limit:
            alike = [one for one in alike if (one.names, one.percent) == (self.names, self.percent)]
            own = all(one._own_limit for one in alike)
        limit = max(one.limit or 1.0 for one in alike) if own else self.limit
        if (below, limit) == (self.below, self.limit):
            return self
        return cast(Mark, modify(self, below=below, limit=limit))

    def heights(self, placed: Placed, style: RenderStyle) -> Floats:
        """(n,) heights of the middles of the bars."""
        rows = np.arange(len(self.values)) + 0.5
        return np.asarray(placed.y + placed.h / 2 - rows * pitch_of(placed, style))

    def fills(self, theme: Theme) -> Floats:
        """(n, 4) colours of the bars."""
        fills = np.array([theme.rgba(role) for role in self.roles or [self.role] * len(self.values)])
        if self.highlight:
            chosen, others = list(self.highlight), np.ones(len(fills), dtype=bool)
            others[chosen] = False
            fills[others, 3] = BESIDE
            fills[chosen] = fills[chosen] if self.roles else theme.rgba("answer")
        return fills

    def draw_number(self, i: int, right: float, y: float, placed: Placed, style: RenderStyle) -> Shapes:
        """The number beside a bar that reaches to ``right``."""
        word, x, theme = self.number_text(i), right + GAP * 0.6, style.theme
        return shapes.text(word, x, y, style.print_size(placed.scale), theme.rgba("ink"), theme, "left")

    def draw_name(self, i: int, y: float, placed: Placed, style: RenderStyle) -> Shapes:
        """The name of a bar, if it has one."""
        beside, size = placed.x - placed.w / 2 - GAP, style.print_size(placed.scale)
        return small_print(self.names[i], beside, y, style, "right", "ink", size) if self.names else ()

    def draw_note(self, placed: Placed, style: RenderStyle) -> Shapes:
        """The note under bars that are not all there are."""
        shown, size = len(self.values), style.print_size(placed.scale)
        if shown == self.of:
            return ()
        below = placed.y - placed.h / 2 - GAP - size / 2
        return small_print(cut_note(shown, self.of or 0), placed.x, below, style, size=size)

    def format_value(self, value: float) -> str:
        """How a bar's value is written."""
        if self.percent:
            shares = [float(share) for share in self.values]
            return percent(float(value), percent_digits(shares, self.decimals))
        return number(value, self.decimals)

    def number_text(self, i: int) -> str:
        """How the value of bar ``i`` is written."""
        return self._number_texts[i]

    @cached_property
    def _number_texts(self) -> list[str]:
        return [self.format_value(float(value)) for value in self.values]

    @property
    def decimals(self) -> int:
        """Minimum number of decimals that are written."""
        if self.digits is not None:
            return self.digits
        if self.percent or are_counts(self.values):
            return 0
        # Of a scale up to 0.02, all would be written 0.00 or 0.01.
        small = 1 - math.floor(math.log10(self.limit)) if self.limit else 2
        return min(max(small, 2), MAX_DECIMALS)

    def _draw_bars(
        self, placed: Placed, style: RenderStyle, middles: Floats, sizes: Floats, zero: float, lengths: Floats
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        yield Boxes(middles, sizes, self.fills(style.theme), corner=0.03), np.arange(len(middles))
        yield axis(zero, placed, style.theme), REST
        for i, y in enumerate(middles[:, 1]):
            yield self.draw_number(i, max(zero + lengths[i], zero), y, placed, style), i
            yield self.draw_name(i, y, placed, style), i
        yield self.draw_note(placed, style), REST


class _BarState(NamedTuple):
    """Where the bars of one state begin, and the length, height and colour of each."""

    zero: float
    lengths: Floats
    heights: Floats
    fills: Floats

    @classmethod
    def of(cls, mark: Bars, placed: Placed, style: RenderStyle) -> _BarState:
        """The state of a mark in a place."""
        return cls(*mark.lengths(placed), mark.heights(placed, style), mark.fills(style.theme))


@dataclass(frozen=True, eq=False)
class BarsInMotion(Mark):
    """Bars on the way from one state to another: first their lengths change, then their places.

    No number changes while it is read: the old ones are gone before the new ones come. A bar that another one
    overtakes is dimmed while they pass.

    Attributes:
        before, after: the two states.
        fraction: of the time, 0..1.
    """

    before: Bars
    after: Bars
    fraction: float

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room of the state to come."""
        return self.after.extent(scale, style)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Bars that go, stay and come, what is overtaken below."""
        style, (pairs, gone, come) = frame.style, self._match()
        states = [_BarState.of(one, placed, style) for one in (self.before, self.after)]
        zero = _mix(states[0].zero, states[1].zero, self._grow)
        drawn = fade(self._draw_still(self.before, gone, placed, style), 1 - ramp(self.fraction, 0, 0.35))
        drawn += fade(self._draw_still(self.after, come, placed, style), ramp(self.fraction, 0.82, 1))
        overtaken = {a for a, b in pairs if any(c > a and d < b for c, d in pairs)}
        for pair in sorted(pairs, key=lambda pair: pair[0] not in overtaken):
            drawn += fade(
                self._draw_row(*pair, states, zero, placed, style), self._light(pair[0] in overtaken)
            )
        drawn += (axis(zero, placed, style.theme),)
        return Parts(drawn + self._draw_notes(placed, style))

    @property
    def _grow(self) -> float:
        return ramp(self.fraction, 0, 0.6)

    @property
    def _go(self) -> float:
        return ramp(self.fraction, 0.35, 1)

    def _light(self, overtaken: bool) -> float:
        """How bright a bar is: what is overtaken steps back before the others come near."""
        go = self._go
        return 1 - 0.85 * (ramp(go, 0, 0.15) - ramp(go, 0.85, 1)) if overtaken else 1.0

    def _match(self) -> tuple[list[tuple[int, int]], list[int], list[int]]:
        """Pairs of indices of bars with one name; the other bars of before; those of after."""
        old, new = (_names(mark) for mark in (self.before, self.after))
        pairs = [(i, new.index(name)) for i, name in enumerate(old) if name in new]
        gone = [i for i, name in enumerate(old) if name not in new]
        return pairs, gone, [i for i, name in enumerate(new) if name not in old]

    def _draw_still(self, mark: Bars, bars: list[int], placed: Placed, style: RenderStyle) -> Shapes:
        """Some bars of one state, in their places."""
        if not bars:
            return ()
        parts = mark.draw(replace(placed, mark=mark), Frame("", {}, style))
        return tuple(shape for i in bars for shape in parts[i])

    def _draw_row(
        self, old: int, new: int, states: list[_BarState], zero: float, placed: Placed, style: RenderStyle
    ) -> Shapes:
        """One bar with its name and its numbers."""
        grow, (a, b) = self._grow, states
        length = _mix(a.lengths[old], b.lengths[new], grow)
        y = _mix(a.heights[old], b.heights[new], self._go)
        middles, sizes = bar_boxes(zero, np.array([length]), np.array([y]), placed, style)
        fill = _mix(a.fills[old], b.fills[new], grow)
        right = max(zero + length, zero)
        was = self.before.draw_number(old, right, y, placed, style)
        will = self.after.draw_number(new, right, y, placed, style)
        if self.before.number_text(old) != self.after.number_text(new):
            will = fade(will, ramp(self.fraction, 0.55, 0.8))
            will += fade(was, 1 - ramp(self.fraction, 0.2, 0.45))
        bar = Boxes(middles, sizes, fill[None], corner=0.03)
        return (bar, *will, *self.after.draw_name(new, y, placed, style))

    def _draw_notes(self, placed: Placed, style: RenderStyle) -> Shapes:
        old, new = (len(one.values) for one in (self.before, self.after))
        if (old, self.before.of) == (new, self.after.of):
            return self.after.draw_note(placed, style)
        notes = fade(self.before.draw_note(placed, style), 1 - ramp(self.fraction, 0, 0.45))
        return notes + fade(self.after.draw_note(placed, style), ramp(self.fraction, 0.55, 1))


def _names(mark: Bars) -> list[tuple[Words | int, int]]:
    """What bars are known by: their name and how often it came before; where they have none, their place."""
    names: list[Words | int] = list(mark.names or range(len(mark.values)))
    return [(name, names[:i].count(name)) for i, name in enumerate(names)]


def _mix(a: Any, b: Any, f: float) -> Any:
    return a + (b - a) * f


def bar_boxes(
    zero: float, lengths: Floats, ys: Floats, placed: Placed, style: RenderStyle
) -> tuple[Floats, Floats]:
    """(n, 2) middles and sizes of bars."""
    wide = np.maximum(np.abs(lengths), 0.01)
    own = 0.66 * bar_pitch(placed.scale, style)
    high = np.full(len(ys), min(0.66 * pitch_of(placed, style), max(THICKEST, own)))
    return np.column_stack([zero + lengths / 2, ys]), np.column_stack([wide, high])


def axis(zero: float, placed: Placed, theme: Theme) -> Lines:
    """The line from which bars begin."""
    ends = np.array([[zero, placed.y - placed.h / 2]]), np.array([[zero, placed.y + placed.h / 2]])
    return Lines(*ends, theme.rgba("outline")[None], np.array([0.025]))


def are_counts(values: Floats) -> bool:
    """Whether values count something: whole numbers, and some beyond 1, which a share could be as well."""
    return bool(np.all(values == np.round(values)) and np.any(np.abs(values) > 1))


def bar_pitch(scale: float, style: RenderStyle) -> float:
    """From one bar to the next."""
    return max(0.46 * scale, style.print_size(scale) * 1.35)


def pitch_of(placed: Placed, style: RenderStyle) -> float:
    """From one bar to the next in a place."""
    return placed.pitch or bar_pitch(placed.scale, style)
