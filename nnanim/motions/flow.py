"""Flow: signals run along wires, split, scale to w·x on the way, and merge at their ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark, Units, Wires, modify, number, round_up
from nnanim.marks.common import BIGGEST, sign_colors, signal_discs
from nnanim.marks.legend import SHOWN
from nnanim.marks.readout import KNOWN, NOT_YET, Quantity
from nnanim.marks.wires import FEW, alpha_exponent, crowding
from nnanim.motions.base import SIGNALS, Drawing, Motion
from nnanim.shapes import Boxes, Discs, Shapes
from nnanim.theme import Theme
from nnanim.words import Words, signal

Floats = npt.NDArray[np.float64]

TRAVEL = 0.86
"""Share of a Flow's time in which its signals run; the last lights fade in the rest."""

FADE = 0.06
"""Share of its way in which a signal comes to light."""

LAG = 0.3
"""Share of a flow's time by which the last signals start after the first."""


@dataclass(frozen=True, eq=False)
class Flow(Motion):
    """Signals run along wires: each neuron's value splits, scales to w·x on the way, and merges at its end.

    A signal's area is the size of its value, its colour the sign. The target neurons are empty rings until
    their signals have arrived, then they light up with their value.

    Attributes:
        wires: key of the Wires.
        contributions: (out, in) the products w·x, as ``Trace.contributions`` gives them.
        source: (in,) the values x that set out.
        only: index of the one target neuron that is reached, or None for all.
        limit: largest |value| of the size scale; by default from the values.
        numbers: whether every signal carries its number; an error along more than 200 wires.
        backward: whether the signals run from target to source (gradients).
    """

    wires: str
    contributions: Floats
    source: Floats
    only: int | None = None
    limit: float | None = None
    numbers: bool = False
    backward: bool = False
    seconds: float = field(default=2.4, kw_only=True)

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)
        terms, x = np.array(self.contributions, dtype=float), np.array(self.source, dtype=float)
        if terms.ndim != 2 or x.shape != (terms.shape[1],):
            raise UserError(
                f"Flow along {self.wires!r}: contributions {terms.shape} (out, in) for source {x.shape} (in,)"
            )
        if not (np.isfinite(terms).all() and np.isfinite(x).all()):
            raise UserError(f"Flow along {self.wires!r}: a value is not finite")
        if self.only is not None and not 0 <= self.only < len(terms):
            raise UserError(f"Flow along {self.wires!r}: only={self.only} of {len(terms)} neurons")
        if self.numbers and terms.size > FEW:
            raise UserError(
                f"Flow along {self.wires!r}: numbers=True for {terms.size} signals; there is room for {FEW}"
            )
        largest = float(max(np.abs(terms).max(initial=0), np.abs(x).max(initial=0)))
        limit = round_up(largest) if self.limit is None else self.limit
        if not (math.isfinite(limit) and limit > 0):
            raise UserError(f"Flow along {self.wires!r}: limit={limit!r}; it must be above 0")
        if largest > limit * (1 + 1e-9):
            raise UserError(f"Flow along {self.wires!r}: the value {largest:g} lies outside ±{limit:g}")
        for name, value in (("contributions", terms), ("source", x)):
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        object.__setattr__(self, "limit", float(limit))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return (self.wires,)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that it runs along wires of as many weights.

        Raises:
            UserError: it does not.
        """
        super().check(marks)
        wires = marks[self.wires]
        if not isinstance(wires, Wires):
            raise UserError(f"Flow runs along {wires.key!r}, a {type(wires).__name__}; Wires wanted")
        if wires.weights.shape != self.contributions.shape:
            raise UserError(
                f"Flow along {wires.key!r}: contributions {self.contributions.shape} "
                f"for weights {wires.weights.shape}"
            )

    def target(self, marks: Mapping[str, Mark]) -> str:
        """Key of the neurons that it runs to."""
        source, target = marks[self.wires].ties
        return source if self.backward else target

    def legends(self, marks: Mapping[str, Mark]) -> tuple[Legend, ...]:
        """The sizes of its signals."""
        return (self._legend(signal),)

    def _legend(self, means: Words) -> Legend:
        limit = self.limit or 1.0
        key = f"legend:size:{limit:g}"
        return Legend(key=key, kind="size", means=means, high=limit * SHOWN, source=self.wires)

    def opening(self, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """Its target neurons are not lit."""
        key = self.target(marks)
        units = marks[key]
        assert isinstance(units, Units), "checked by the beat"
        lit = np.array(units.lit)
        lit[slice(None) if self.only is None else self.only] = False
        return {key: modify(units, lit=tuple(bool(one) for one in lit))}

    def quantities(self, marks: Mapping[str, Mark]) -> Mapping[str, tuple[Quantity, ...]]:
        """On each wire the value that set out, and its product with the weight; as long as it is on stage."""
        shape = self.contributions.shape
        reached = np.full(shape, NOT_YET, dtype=np.uint8)
        reached[slice(None) if self.only is None else self.only] = KNOWN
        into = np.tile(np.arange(shape[1]), shape[0])
        terms = self.contributions.ravel()
        product = {"en": "signal × weight", "ja": "信号 × 重み"}
        return {
            self.wires: (
                Quantity(signal, self.source[into], "flow source", into, reached.ravel()),
                Quantity(product, terms, "flow contributions", states=reached.ravel()),
            )
        }

    def drawing(self, opening: Frame, after: Frame) -> Drawing:
        """Signals on their way, and neurons that light up on their arrival."""
        key = self.target({key: one.mark for key, one in after.placed.items()})
        units, dark = after[key].mark, opening[key].mark
        assert isinstance(units, Units) and isinstance(dark, Units), "checked by the beat"
        whole = np.ones(len(units.values)) if self.backward else self.arrivals()
        travel = self.journey(after)
        reached = np.array([self.only in (None, i) for i in range(len(whole))])
        was, to_be = np.array(dark.lit), np.array(units.lit)

        @lru_cache(maxsize=2)
        def draw_lit(lit: tuple[bool, ...]) -> Shapes:
            return replace(after[key], mark=modify(units, lit=lit)).draw(after)

        def at(fraction: float) -> dict[str, Shapes]:
            way = fraction / TRAVEL
            since = np.clip((way - whole) / (1 / TRAVEL - 1), 0, 1)
            arrived = reached & (way >= whole)
            lit = draw_lit(tuple(bool(one) for one in was | (arrived & to_be)))
            fresh = np.flatnonzero(arrived & (since < 1))
            if len(fresh):
                at_ = units.centers(after[key])[fresh]
                lit += draw_flash(at_, units.radius(after[key]), 1 - since[fresh], after)
            return {SIGNALS: travel(min(way, 1.0)), key: lit}

        return at

    def arrivals(self) -> Floats:
        """(out,) when all signals of a target neuron have arrived, as a share of the flow's time."""
        return np.asarray((self.start_delays() + (1 - LAG)).max(axis=1))

    def start_delays(self) -> Floats:
        """(out, in) when each signal starts, as a share of the flow's time."""
        out, into = self.contributions.shape
        apart = np.linspace(0, LAG, into) if into > 1 else np.zeros(into)
        if self.only is not None:
            return np.broadcast_to(apart, (out, into))
        lags = np.linspace(0, LAG, out)[:, None] if out > 1 else np.zeros((out, 1))
        if out * into > FEW:
            # Signals in step are one thick bar; multiples of the golden ratio spread them evenly.
            lags = (lags + LAG * (np.arange(into) * 0.6180339887 % 1)) / 2
        return np.broadcast_to(lags, (out, into))

    def journey(self, frame: Frame) -> Callable[[float], Shapes]:
        """The signals as a function of the fraction (0..1) of their way.

        Each starts as the value x and arrives as w·x, or the other way where the flow runs backward. Those
        that are large at either end lie above the others all the way.
        """
        wires, theme = frame[self.wires], frame.style.theme
        assert isinstance(wires.mark, Wires), "checked by the beat"
        starts, ends = wires.mark.ends(frame)
        x, terms = np.broadcast_to(self.source, self.contributions.shape), self.contributions
        away, home = (terms, x) if self.backward else (x, terms)
        seen = (away != 0) | (home != 0)
        if self.only is not None:
            seen &= (np.arange(len(seen)) == self.only)[:, None]
        away, home, lag = away[seen], home[seen], self.start_delays()[seen]
        count = self.contributions.size
        rank = np.abs(terms[seen]) if count > FEW else np.abs(home) + np.abs(away)
        order = np.argsort(rank, kind="stable")
        away, home, lag = away[order], home[order], lag[order]
        first, last = (p[seen][order] for p in ((ends, starts) if self.backward else (starts, ends)))
        way, change = last - first, np.abs(home) - np.abs(away)
        old, new = sign_colors(away, theme), sign_colors(home, theme)
        limit, weight = self.limit or 1.0, crowd_alpha(rank[order], count)

        def at(fraction: float) -> Shapes:
            p = np.clip((fraction - lag) / (1 - LAG), 0, 1)
            eased = p * p * (3 - 2 * p)
            size = np.abs(away) + change * eased
            flying = np.flatnonzero((p > 0) & (p < 1) & (size > 0))
            if not len(flying):
                return ()
            p, eased, size = p[flying], eased[flying], size[flying]
            places = first[flying] + way[flying] * eased[:, None]
            # The sign turns half-way, fast: a slow blend of orange and blue is mud.
            turn = np.clip((eased[:, None] - 0.42) / 0.16, 0, 1)
            fills = old[flying] + (new[flying] - old[flying]) * turn
            fills[:, 3] *= np.minimum(p / FADE, 1.0)
            fills[:, 3] *= weight[flying]
            if count > FEW:
                return draw_crowd(size, places, limit, wires.scale, theme, fills)
            discs = signal_discs(size, places, limit, wires.scale, theme, fills)
            if not self.numbers:
                return (discs,)
            true = np.where(eased < 0.5, away[flying], home[flying])
            return (discs, *signal_numbers(true, places, discs, frame))

        return at


def crowd_alpha(sizes: Floats, count: int) -> Floats:
    """(n,) alpha of some of ``count`` signals by their sizes: all 1, but in a crowd the weak are a hint."""
    if count <= FEW or not len(sizes):
        return np.ones(len(sizes))
    hint = 0.3 / crowding(count)
    return np.asarray(hint + (1 - hint) * (sizes / (sizes.max() or 1.0)) ** (alpha_exponent(count) - 0.5))


def draw_crowd(
    sizes: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats
) -> Shapes:
    """Many signals: the last and strongest glow on top, the others are specks without a rim."""
    weak = max(len(sizes) - FEW, 0)
    radii = BIGGEST * scale * np.sqrt(sizes[:weak] / limit)
    specks = Discs(places[:weak], np.maximum(radii, 0.004), fills[:weak])
    return (specks, signal_discs(sizes[weak:], places[weak:], limit, scale, theme, fills[weak:]))


def signal_numbers(values: Floats, places: Floats, discs: Discs, frame: Frame) -> Shapes:
    """The number that each signal carries, just above it."""
    theme = frame.style.theme
    seen: Shapes = ()
    for value, (x, y), r, fill in zip(values, places, discs.radii, discs.fills, strict=True):
        high = y + r + 0.75 * theme.small
        wide = frame.style.text_width(number(value), theme.small)
        size = np.array([[wide + 0.12, theme.small * 1.15]])
        plate = Boxes(np.array([[x, high]]), size, theme.rgba("ground", 0.8)[None], corner=0.06)
        text = shapes.text(number(value), x, high, theme.small, theme.rgba("ink"), theme)
        seen += shapes.fade((plate, *text), float(fill[3]))
    return seen


def draw_flash(at: Floats, radius: float, strength: Floats, frame: Frame) -> Shapes:
    """Rings of light around neurons at ``at`` (n, 2) just lit; ``strength`` (n,) falls from 1 to 0."""
    colors = np.tile(frame.style.theme.rgba("ink"), (len(at), 1))
    colors[:, 3] = strength
    clear = np.zeros_like(colors)
    r = radius * (1.05 + 0.45 * (1 - strength))
    return (Discs(at, r, clear, colors, rim_width=min(0.05, 0.3 * radius)),)
