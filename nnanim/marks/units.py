"""Units: a column of neurons, coloured by their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nnanim import shapes, words
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.beside import APART, Beside
from nnanim.marks.common import cut_note, draw_crosses, number, small_print
from nnanim.marks.content import Floats, clip_shares
from nnanim.marks.legend import Legend
from nnanim.marks.parts import GAP, REST, Extent, Owner, Parts
from nnanim.marks.readout import KNOWN, NOT_YET, BoxArea, Quantity, Readout
from nnanim.shapes import Discs, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words

RADIUS, PITCH = 0.42, 1.12
"""Of a neuron and from one neuron to the next, at scale 1."""

TALLEST = 10
"""Number of neurons in the tallest column; more of them without names are drawn finer, as a texture."""

ABREAST = 48
"""Maximum number of neurons in a fine column; then another one is begun beside it."""

WIDEST_ROW = 0.6
"""Share of the frame's width that names side by side may take; wider ones stand upright."""

RING, RING_WIDTH = 1.16, 0.06
"""Of the ring around a neuron that is spoken of: its radius relative to the neuron's, its width."""


@lru_cache(maxsize=64)
def _find_offsets(count: int, abreast: int, pitch: float) -> tuple[Floats, Floats]:
    """How far to the right of the middle, and above it, each of ``count`` neurons stands at scale 1."""
    row, place = np.divmod(np.arange(count), abreast)
    return (place - (abreast - 1) / 2) * pitch, (row[-1] / 2 - row) * pitch


@dataclass(frozen=True, eq=False)
class Units(Mark):
    """A column of neurons, coloured by their values.

    Attributes:
        values: (n,) one value a neuron.
        names: words beside each neuron, or none; they stand on ``side``.
        side: ``left`` or ``right``; numbers that do not fit in stand on the other.
        digits: decimals that are written.
        limit: the largest |value| of the colour scale; by default from the values.
        clips: whether larger ones are allowed: they have the colours of its ends, and the legend says so.
        lit: whether each value is known yet; an unlit neuron is an empty ring.
        numbers: whether the values are written, all of a column or none. None (the default) writes them if
            all fit into the neurons; if not, a legend says that only the colours show them. True writes them
            beside the neurons then; it is an error if there is no room there either. False never writes any.
        highlight: indices of neurons that are ringed.
        off: indices of neurons that are switched off, as by dropout: crossed out, and without a number.
        shown, of: which neurons of how many these are, where not all of them are here.
        size: of the neurons, relative to their usual one; at 1.33 they touch.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    clips: bool = False
    lit: bool | tuple[bool, ...] = True
    numbers: bool | None = None
    digits: int = 2
    side: str = "left"
    highlight: tuple[int, ...] = ()
    off: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    of: int | None = None
    size: float = 1.0
    opaque: ClassVar[bool] = True
    turns: ClassVar[bool] = True
    is_layer: ClassVar[bool] = True

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 1)
        count = len(values)
        if not count:
            raise self.make_error("there are no values")
        lit = (self.lit,) * count if isinstance(self.lit, bool) else self.check_count(self.lit, count, "lit")
        if self.side not in ("left", "right"):
            raise self.make_error(f"side={self.side!r}; 'left' or 'right' wanted")
        if not 0 < self.size <= PITCH / 2 / RADIUS:
            raise self.make_error(f"size={self.size!r}; it must be above 0, at most {PITCH / 2 / RADIUS:.2f}")
        for name in ("highlight", "off"):
            for index in getattr(self, name):
                if not 0 <= index < count:
                    raise self.make_error(f"{name} {index} for {count} values")
        if off := [index for index in self.off if values[index]]:
            raise self.make_error(f"neuron {off[0]} is off and has the value {values[off[0]]:g}; 0 wanted")
        self.set_fields(
            values=values,
            off=tuple(sorted({int(i) for i in self.off})),
            highlight=tuple(int(i) for i in self.highlight),
            lit=tuple(map(bool, lit)),
            names=self.check_count(self.names, count, "names"),
            limit=self.check_limit(values, self.limit, self.clips),
            of=count if self.of is None else self.of,
            shown=tuple(int(i) for i in self.check_count(self.shown, count, "shown")) or tuple(range(count)),
        )

    @classmethod
    def top(cls, values: npt.ArrayLike, most: int = 8, **options: Any) -> Units:
        """The ``most`` neurons of the largest |value|, in their order, saying how many there are.

        Args:
            values: (n,) all values.
            most: maximum number of neurons that are shown.
            options: fields of Units; ``names`` are those of all n.
        """
        array = np.asarray(values, dtype=float)
        order = np.sort(np.argsort(-np.abs(array), kind="stable")[:most])
        if names := options.pop("names", ()):
            options["names"] = tuple(names[i] for i in order)
        return cls(array[order], shown=tuple(int(i) for i in order), of=len(array), **options)

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The circles, with names beside them and a note below."""
        count, whole = len(self.values), self._widen(self._core(scale), scale, style, turned=False)
        if self.highlight:
            first, last, reach = self._ringed_ends(scale)
            whole = whole.around(up=first, down=last).at_least(whole.width / 2 + reach)
        if count < (self.of or 0):
            note = style.text_width(cut_note(count, self.of or 0), style.theme.small)
            whole = whole.around(down=style.theme.small + GAP).at_least(note / 2)
        return whole

    def turned_extent(self, scale: float, style: RenderStyle) -> Extent:
        """The circles in a row, from left to right; a name at ``left`` is above its neuron, else below."""
        core, pitch = self._core(scale), self._turned_pitch(scale, style)
        wide = core.height if pitch is None else (len(self.values) - 1) * pitch + core.width
        whole = self._widen(Extent.core(wide, core.width), scale, style, turned=True)
        if self.highlight:
            first, last, reach = self._ringed_ends(scale)
            whole = whole.around(left=first, right=last)
            whole = replace(whole, up=max(whole.up, whole.height / 2 + reach))
            whole = replace(whole, down=max(whole.down, whole.height / 2 + reach))
        if len(self.values) < (self.of or 0):
            note = style.text_width(cut_note(len(self.values), self.of or 0), style.theme.small)
            whole = whole.around(right=GAP + note)
        return whole

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Discs, rings, numbers and names; a part is a neuron."""
        at, r = self.centers(placed), self.radius(placed)
        drawn = self._draw_neurons(placed, frame.style, at, r)
        return Parts.collect(drawn, at, np.array([2 * r, 2 * r]), round=True)

    def legends(self) -> tuple[Legend, ...]:
        """The colours, once a neuron is lit; where every value is written, they need no legend."""
        if self.numbers or not np.any(self.lit):
            return ()
        limit = self.limit or 1.0
        seen = self.values[np.array(self.lit)]
        low = -limit if (seen < 0).any() else 0.0
        return (Legend.colors(self.meaning, low, limit, reach=float(np.abs(seen).max())),)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The neurons; those that are not lit have no value yet."""
        at, r = self.centers(placed), self.radius(placed)
        states = np.where(self.lit, KNOWN, NOT_YET).astype(np.uint8)
        quantity = Quantity(self.meaning, self.values, "values", states=states)
        area = BoxArea(at, np.full_like(at, 2 * r), round=True)
        shape = (len(self.values),)
        return (Readout(words.neuron, area, (quantity,), shape, self.names, indices=(self.shown,)),)

    @property
    def writes_numbers(self) -> bool:
        """Whether its numbers are written, where there is room."""
        return self.numbers is not False

    def hides_numbers(self, placed: Placed, style: RenderStyle) -> bool:
        """Whether not all of its numbers fit into the neurons, and nobody has decided what happens then."""
        undecided = self.numbers is None and bool(np.any(self.lit))
        return undecided and (placed.quiet or not self._number_size(self.radius(placed), placed.scale, style))

    @property
    def optional_words(self) -> tuple[str, ...]:
        """The names, which need no room of their own in a column that is drawn coarse."""
        return ("names",) if len(self.values) <= TALLEST else ()

    def draw_optional(self, placed: Placed, frame: Frame) -> Shapes:
        """The names beside the neurons."""
        return tuple(shape for shape, _ in self._names(placed, frame.style))

    def _column(self) -> tuple[int, float, float]:
        """How many neurons stand abreast, their pitch and their radius, at scale 1."""
        count = len(self.values)
        if count <= TALLEST or self.names or self.numbers:
            return 1, PITCH, RADIUS * self.size
        abreast = -(-count // ABREAST)
        pitch = PITCH * TALLEST / -(-count // abreast)
        return abreast, pitch, 0.44 * pitch * self.size

    def _widen(self, core: Extent, scale: float, style: RenderStyle, turned: bool) -> Extent:
        """The circles with the names and the numbers beside them."""
        radius = self._column()[2] * scale
        whole = self._names_side(scale, style, turned).widen(core, self.names, radius, style)
        numbers = self._beside(radius, scale, style)
        return self._numbers_side(scale, style, turned).widen(whole, numbers, radius, style)

    def _names_side(self, scale: float, style: RenderStyle, turned: bool) -> Beside:
        return self._side(self.names, self.side, scale, style, turned)

    def _numbers_side(self, scale: float, style: RenderStyle, turned: bool) -> Beside:
        """Opposite to the names."""
        written = [number(value, self.digits) for value in self.values] if self.numbers else []
        return self._side(written, "right" if self.side == "left" else "left", scale, style, turned)

    def _side(
        self, written: Sequence[Words], side: str, scale: float, style: RenderStyle, turned: bool
    ) -> Beside:
        pitch = self._turned_pitch(scale, style) if turned else None
        pitch = self._column()[1] * scale if pitch is None else pitch
        return Beside.of(written, side, style.print_size(scale), pitch, style, turned)

    def _turned_pitch(self, scale: float, style: RenderStyle) -> float | None:
        """From one neuron of a row to the next, so that their names stand side by side; None: no such row."""
        abreast, pitch, _ = self._column()
        if abreast > 1:
            return None
        size = style.print_size(scale)
        widest = max((style.text_width(name, size) for name in self.names), default=0.0) + APART
        fits = widest * len(self.values) <= WIDEST_ROW * style.width
        return max(pitch * scale, widest if fits else 0.0)

    def _core(self, scale: float) -> Extent:
        """The circles as they stand."""
        abreast, pitch, radius = self._column()
        rows = -(-len(self.values) // abreast)
        wide, tall = (abreast - 1) * pitch + 2 * radius, (rows - 1) * pitch + 2 * radius
        return Extent.core(wide * scale, tall * scale)

    def _ringed_ends(self, scale: float) -> tuple[float, float, float]:
        """How far rings reach beyond the first and the last neurons, and beside all of them."""
        abreast, _, radius = self._column()
        reach = (RING - 1) * radius * scale + RING_WIDTH / 2
        first = min(self.highlight) < abreast
        last = max(self.highlight) >= (len(self.values) - 1) // abreast * abreast
        return reach * first, reach * last, reach

    def centers(self, placed: Placed) -> Floats:
        """(n, 2) middles of the neurons in their place: row by row, the first on top on the left.

        Where the mark lies across, the first is on the left, too, and the rows are columns.
        """
        abreast, pitch, _ = self._column()
        across, down = _find_offsets(len(self.values), abreast, pitch)
        if placed.turned:
            if abreast == 1:  # along its diagonal, while it turns
                r, share = self.radius(placed), down / max(pitch * (len(down) - 1), 1e-9)
                way = np.array([2 * r - placed.w, placed.h - 2 * r])
                return np.asarray(np.array([placed.x, placed.y]) + share[:, None] * way)
            turn = placed.turned
            across, down = across + (-down - across) * turn, down + (-across - down) * turn
        return np.column_stack([placed.x + across * placed.scale, placed.y + down * placed.scale])

    def radius(self, placed: Placed) -> float:
        """Radius of the neurons in their place."""
        return self._column()[2] * placed.scale

    def colors(self, theme: Theme) -> Floats:
        """(n, 4) fill of each neuron: the colour of its value, or the panel's while it is not lit."""
        colors = theme.signed_colors(clip_shares(self.values / (self.limit or 1.0), self.clips))
        colors[~self.visible] = theme.rgba("panel")
        return colors

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n,) Which neurons are lit and not off: their values are seen."""
        seen = np.array(self.lit)
        seen[list(self.off)] = False
        return seen

    def _draw_neurons(
        self, placed: Placed, style: RenderStyle, at: Floats, r: float
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        theme, fills, lit = style.theme, self.colors(style.theme), self.visible
        rims = np.where(lit[:, None], theme.rgba("ink"), theme.rgba("outline"))
        discs = Discs(at, np.full(len(at), r), fills, rims, rim_width=min(0.035, 0.0833 * r))
        yield discs, np.arange(len(at))
        if self.off:
            yield from draw_crosses(at[list(self.off)], 0.62 * r, theme, np.array(self.off))
        if self.highlight:
            chosen = np.array(self.highlight)
            rings = np.tile(theme.rgba("accent"), (len(chosen), 1))
            reach = np.full(len(chosen), RING * r)
            yield Discs(at[chosen], reach, np.zeros_like(rings), rings, rim_width=RING_WIDTH), chosen
        size = 0.0 if placed.quiet else self._number_size(r, placed.scale, style)
        for i in np.flatnonzero(lit) if size else ():
            word, ink = number(self.values[i], self.digits), theme.ink_on(fills[i])
            yield shapes.text(word, at[i, 0], at[i, 1], size, ink, theme), int(i)
        turned = placed.turned > 0.5
        numbers = self._numbers_side(placed.scale, style, turned)
        for place, word in enumerate(self._beside(r, placed.scale, style)):
            if lit[place]:
                yield numbers.draw(word, at[place], r, style), place
        yield from self._names(placed, style)
        if len(at) < (self.of or 0):
            note = cut_note(len(at), self.of or 0)
            if turned:
                beyond = placed.x + placed.w / 2 + GAP
                yield small_print(note, beyond, placed.y, style, "left"), REST
            else:
                below = placed.y - placed.h / 2 - GAP - theme.small / 2
                yield small_print(note, placed.x, below, style), REST

    def _number_size(self, r: float, scale: float, style: RenderStyle) -> float:
        """Text size of the numbers in neurons of radius ``r``, one for all; 0 where one does not fit."""
        room, small = 1.75 * r, style.theme.small
        if self.numbers is False or room <= small / 2:
            return 0.0
        written = [number(value, self.digits) for value in self.values]
        sizes = (style.print_size(scale), small)
        return next((z for z in sizes if all(style.text_width(one, z) <= room for one in written)), 0.0)

    def _beside(self, r: float, scale: float, style: RenderStyle) -> list[str]:
        """The numbers beside the neurons: those that have to be written and do not fit into them."""
        if not self.numbers or self._number_size(r, scale, style):
            return []
        return [number(value, self.digits) for value in self.values]

    def _names(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape, int]]:
        beside = self._names_side(placed.scale, style, placed.turned > 0.5)
        for i, (name, at) in enumerate(zip(self.names, self.centers(placed), strict=False)):
            for shape in beside.draw(name, at, self.radius(placed), style):
                yield shape, i
