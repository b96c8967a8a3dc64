"""Wires: the weights between two columns of neurons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.marks.base import Frame, Mark, Placed, key_of, modify
from nnanim.marks.common import draw_crosses, number
from nnanim.marks.content import Floats
from nnanim.marks.easing import ease
from nnanim.marks.legend import WIDEST, Legend
from nnanim.marks.net import Joints, Net, share_colors
from nnanim.marks.parts import Extent, Owner, Parts
from nnanim.marks.readout import Quantity, Readout, WireArea
from nnanim.marks.units import TALLEST, Units
from nnanim.shapes import Boxes, Lines, Shape, Shapes, text
from nnanim.style import RenderStyle
from nnanim.theme import Theme

FEW = 200
"""Up to this number of wires or signals, each is seen for itself; of more, the strong ones stand out."""

MAX_NUMBERS, SHARES = 12, (0.4, 0.3, 0.5, 0.22, 0.6, 0.7)
"""Most wires whose weights are written, and where on its wire a weight may stand, the best place first."""

MAX_CROSSES = 24
"""Maximum number of wires that are crossed out: more crosses would hide each other."""


@dataclass(frozen=True, eq=False)
class Wires(Mark):
    """The weights between two columns of neurons: width is the size, colour the sign.

    Attributes:
        weights: (out, in) as in ``torch.nn.Linear``, for the units shown.
        source, target: the Units (or their keys) that the wires join.
        limit: the largest |weight| of the width scale; by default from the weights.
        widest: width of a wire of that weight, at scale 1.
        off: (out, in) True where a wire is cut, as by pruning: it is dimmed, and crossed out where there are
            few. Wires from and to neurons that are off are dimmed, too.
        numbers: whether each weight is written on its wire; for at most 12 wires.
    """

    weights: Floats
    source: str | Units
    target: str | Units
    limit: float | None = None
    widest: float = WIDEST
    off: npt.NDArray[np.bool_] | None = None
    numbers: bool = False
    layer: ClassVar[int] = 0
    connects: ClassVar[bool] = True
    term: ClassVar[str] = "weight"
    turns: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = self.check_numbers(self.weights, "weights", 2)
        for end, axis in (("source", 1), ("target", 0)):
            units = getattr(self, end)
            if isinstance(units, Units) and len(units.values) != weights.shape[axis]:
                raise self.make_error(
                    f"weights {weights.shape} (out, in) "
                    f"for {len(units.values)} neurons in {end} {units.key!r}"
                )
            self.set_fields(**{end: key_of(units)})
        off = None if self.off is None else np.array(self.off, dtype=bool)
        if off is not None and off.shape != weights.shape:
            raise self.make_error(f"off {off.shape} for weights {weights.shape}")
        if off is not None:
            off.flags.writeable = False
        if self.numbers and weights.size > MAX_NUMBERS:
            raise self.make_error(f"numbers=True for {weights.size} wires; there is room for {MAX_NUMBERS}")
        self.set_fields(weights=weights, off=off, limit=self.check_limit(weights, self.limit))

    @property
    def ties(self) -> tuple[str, ...]:
        """The two columns of neurons."""
        return str(self.source), str(self.target)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that there are as many neurons at both ends as weights.

        Raises:
            UserError: there are not, or an end is no Units.
        """
        for end, count in zip((self.target, self.source), self.weights.shape, strict=True):
            units = marks[str(end)]
            if not isinstance(units, Units):
                raise UserError(f"{self.key!r} is tied to {end!r}, a {type(units).__name__}; Units wanted")
            if len(units.values) != count:
                raise UserError(
                    f"{self.key!r} has weights {self.weights.shape} (out, in), "
                    f"but {end!r} has {len(units.values)} neurons"
                )

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Some width, and more of it where there is room."""
        return replace(Extent.core(1.7 * scale, 0.0), stretch=self._stretch(scale))

    def turned_extent(self, scale: float, style: RenderStyle) -> Extent:
        """The same in height, from one row of neurons down to the next."""
        return replace(Extent.core(0.0, 1.7 * scale), stretch=self._stretch(scale))

    def _stretch(self, scale: float) -> float:
        crowded = self.weights.size > TALLEST**2
        return 4.0 if crowded else max(2.6 * scale, 2.2)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """One batch of lines, the strongest on top; a part is a wire, at (out, in)."""
        net = Net(
            self.joints(frame), self.weights / (self.limit or 1.0), self.widest * placed.scale, self.thinnest,
            *wire_look(self.weights.size, frame.style.theme),
        )  # fmt: skip
        from_, to = net.joints.ends
        off, middles = self._off(frame), (from_ + to) / 2
        sizes = np.abs(to - from_)
        if self.numbers:
            drawn = chain(
                self._draw_off(net, off, middles, frame), self._draw_numbers(placed, from_, to, frame)
            )
            return Parts.collect(drawn, middles, sizes)
        if not off.any():
            return Parts((net.lines,), (net.order,), middles, sizes)
        return Parts.collect(self._draw_off(net, off, middles, frame), middles, sizes)

    def _draw_numbers(
        self, placed: Placed, from_: Floats, to: Floats, frame: Frame
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """The weights on their wires, each where it is farthest from the others."""
        style, theme = frame.style, frame.style.theme
        size, taken = style.print_size(placed.scale), list[Floats]()
        for flat, (a, b) in enumerate(zip(from_.reshape(-1, 2), to.reshape(-1, 2), strict=True)):
            word = number(float(self.weights.flat[flat]))
            box = np.array([style.text_width(word, size) + 0.1, 1.2 * size])
            places = [a + (b - a) * share for share in SHARES]
            at = max(places, key=lambda one: min((_distance(one, two, box) for two in taken), default=0.0))
            taken.append(at)
            yield Boxes(at[None], box[None], theme.rgba("ground", 0.85)[None], corner=0.05), flat
            yield text(word, float(at[0]), float(at[1]), size, theme.rgba("ink"), theme), flat

    @property
    def writes_numbers(self) -> bool:
        """Whether its weights are written."""
        return self.numbers

    def _off(self, frame: Frame) -> npt.NDArray[np.bool_]:
        """(out, in) Which wires are cut, or join a neuron that is off."""
        off = self._cut.copy()
        for end, axis in ((self.ties[1], 0), (self.ties[0], 1)):
            units = frame[end].mark
            if isinstance(units, Units) and units.off:
                off[(slice(None),) * axis + (list(units.off),)] = True
        return off

    def _draw_off(
        self, net: Net, off: npt.NDArray[np.bool_], middles: Floats, frame: Frame
    ) -> Iterator[tuple[Shape, Owner]]:
        theme, lines, dark = frame.style.theme, net.lines, off.ravel()[net.order]
        colors = np.where(dark[:, None], theme.rgba("outline", 0.35), lines.colors)
        widths = np.where(dark, self.thinnest, lines.widths)
        yield Lines(lines.starts, lines.ends, colors, widths), net.order
        cut = np.flatnonzero(self._cut)
        if 0 < len(cut) <= MAX_CROSSES:
            yield from draw_crosses(middles.reshape(-1, 2)[cut], 0.1, theme, cut)

    def legends(self) -> tuple[Legend, ...]:
        """The widths."""
        limit = self.limit or 1.0
        one = Legend(
            key=f"legend:width:{limit:g}", kind="width", means=self.meaning, low=-limit, high=limit,
            source=self.key, widest=self.widest,
        )  # fmt: skip
        return (one,)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Weights between the same neurons turn into the other ones, wire by wire."""
        if not isinstance(after, Wires) or after.ties != self.ties:
            return None
        if after.weights.shape != self.weights.shape or not np.array_equal(self._cut, after._cut):
            return None
        mine, other = self.limit or 1.0, after.limit or 1.0
        turned: Wires = modify(
            after,
            weights=self.weights + (after.weights - self.weights) * ease(fraction),
            limit=mine + (other - mine) * ease(fraction),
        )
        return turned

    @property
    def _cut(self) -> npt.NDArray[np.bool_]:
        return np.zeros(self.weights.shape, dtype=bool) if self.off is None else self.off

    @property
    def thinnest(self) -> float:
        """Width of the wire of a weight near 0."""
        return float(0.012 / np.sqrt(crowding(self.weights.size)))

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The wires, at (out, in)."""
        limit = self.limit or 1.0
        widest = self.widest * placed.scale / limit
        area = WireArea(str(self.source), str(self.target), widest, self.thinnest, limit)
        quantity = Quantity(self.meaning, self.weights.ravel(), "weights")
        ends = [frame[key].mark for key in (self.ties[1], self.ties[0])]
        indices = tuple(one.shown for one in ends if isinstance(one, Units))
        wire = {"en": "connection", "ja": "つながり"}
        return (Readout(wire, area, (quantity,), self.weights.shape, indices=indices),)

    def joints(self, frame: Frame) -> Joints:
        """Where the neurons are that it joins."""
        source, target = (frame[end] for end in self.ties)
        one, other = source.mark, target.mark
        assert isinstance(one, Units) and isinstance(other, Units), "checked by the beat"
        return Joints(one.centers(source), other.centers(target), (one.radius(source), other.radius(target)))

    def ends(self, frame: Frame) -> tuple[Floats, Floats]:
        """(out, in, 2) starts and ends of every wire, on the rims of the neurons that it joins."""
        return self.joints(frame).ends


def _distance(one: Floats, other: Floats, box: Floats) -> float:
    """How far two boxes of one size are apart, in their size; where they do not touch, far enough."""
    return min(float(np.max(np.abs(one - other) / box)), 1.05)


def wire_colors(share: Floats, theme: Theme) -> Floats:
    """(n, 4) colour of wires by their share of the largest weight."""
    return share_colors(share, *wire_look(len(share), theme))


def wire_look(count: int, theme: Theme) -> tuple[Floats, Floats, float, float, float]:
    """Colours of both signs, alphas at share 0 and 1 and the power between: the weak are faint in a crowd."""
    hint = 0.3 / crowding(count)
    return theme.rgba("positive"), theme.rgba("negative"), hint, 0.9, alpha_exponent(count)


def crowding(count: int) -> float:
    """How many times too many there are for each to be seen for itself; at least 1."""
    return max(count / FEW, 1.0)


def alpha_exponent(count: int) -> float:
    """Power of a value's share that gives its alpha: 1, and more in a crowd."""
    return 1.0 + 1.5 * float(np.log10(crowding(count)))
