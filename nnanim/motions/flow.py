"""Flow: signals run along wires, split, scale to w·x on the way, and merge at their ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark, Units, Wires, key_of, modify, round_up
from nnanim.marks.net import Joints
from nnanim.marks.readout import KNOWN, NOT_YET, Quantity
from nnanim.marks.wires import FEW
from nnanim.motions.base import SIGNALS, Motion
from nnanim.motions.courses import During, Layers, Movement, Samples, Steps
from nnanim.motions.journey import FADE as FADE
from nnanim.motions.journey import LAG, Journey
from nnanim.shapes import Discs, Shapes
from nnanim.theme import SINGLE
from nnanim.words import Words, signal

Floats = npt.NDArray[np.float64]

TRAVEL = 0.86
"""Share of a Flow's time in which its signals run; the last lights fade in the rest."""


@dataclass(frozen=True, eq=False)
class Flow(Motion):
    """Signals run along wires: each neuron's value splits, scales to w·x on the way, and merges at its end.

    A signal's area is the size of its value, its colour the sign. The target neurons are empty rings until
    their signals have arrived, then they light up with their value.

    Attributes:
        wires: key of the Wires.
        contributions: (out, in) the products w·x that arrive, as ``Trace.contributions`` gives them; where it
            is backward, ``weights * errors[:, None]``.
        source: (in,) the values x that set out; where it is backward, (out,) the errors at the wires' target.
        only: index of the one neuron that is reached, or None for all.
        limit: largest |value| of the size scale; by default from the values.
        numbers: whether every signal carries its number; an error along more than 200 wires.
        backward: whether the signals run from the wires' target to their source, as errors and gradients do:
            each neuron there gets the sum of a column of ``contributions``.
        together: whether all signals set out at once, as those of a single source always do: it splits. Else
            one follows the other, so that each can be seen.
    """

    wires: str
    contributions: Floats
    source: Floats
    only: int | None = None
    limit: float | None = None
    numbers: bool = False
    backward: bool = False
    together: bool = False
    seconds: float = field(default=2.4, kw_only=True)
    _own_limit: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)
        object.__setattr__(self, "wires", key_of(self.wires))
        if hasattr(self.contributions, "terms"):
            raise UserError(f"Flow along {self.wires!r}: of contributions its terms are wanted: ….terms")
        terms, x = np.array(self.contributions, dtype=float), np.array(self.source, dtype=float)
        if terms.ndim != 2 or x.shape != (terms.shape[0 if self.backward else 1],):
            end = "(out,): backward, the target's values set out" if self.backward else "(in,)"
            raise UserError(
                f"Flow along {self.wires!r}: contributions {terms.shape} (out, in) for source {x.shape} {end}"
            )
        if not (np.isfinite(terms).all() and np.isfinite(x).all()):
            raise UserError(f"Flow along {self.wires!r}: a value is not finite")
        reached = terms.shape[1 if self.backward else 0]
        if self.only is not None and not 0 <= self.only < reached:
            raise UserError(f"Flow along {self.wires!r}: only={self.only} of {reached} neurons")
        if self.numbers and terms.size > FEW:
            raise UserError(
                f"Flow along {self.wires!r}: numbers=True for {terms.size} signals; there is room for {FEW}"
            )
        largest = float(max(np.abs(terms).max(initial=0), np.abs(x).max(initial=0)))
        limit = round_up(largest) if self.limit is None else self.limit
        if not (math.isfinite(limit) and limit > 0):
            raise UserError(f"Flow along {self.wires!r}: limit={limit!r}; it must be above 0")
        if largest > limit * (1 + SINGLE):
            raise UserError(f"Flow along {self.wires!r}: the value {largest:g} lies outside ±{limit:g}")
        for name, value in (("contributions", terms), ("source", x)):
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_own_limit", self.limit is None)
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

    @property
    def arriving(self) -> Floats:
        """What arrives: (reached neurons, neurons from which it comes)."""
        return self.contributions.T if self.backward else self.contributions

    def target(self, marks: Mapping[str, Mark]) -> str:
        """Key of the neurons that it runs to."""
        source, target = marks[self.wires].ties
        return source if self.backward else target

    def legends(self, marks: Mapping[str, Mark]) -> tuple[Legend, ...]:
        """The sizes of its signals."""
        return (self._legend(signal),)

    def _legend(self, means: Words) -> Legend:
        return Legend.sizes(means, self.limit or 1.0, self.wires)

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
        (reached.T if self.backward else reached)[slice(None) if self.only is None else self.only] = KNOWN
        into = np.indices(shape)[0 if self.backward else 1].ravel()
        terms = self.contributions.ravel()
        product = {"en": "signal × weight", "ja": "信号 × 重み"}
        return {
            self.wires: (
                Quantity(signal, self.source[into], "flow source", into, reached.ravel()),
                Quantity(product, terms, "flow contributions", states=reached.ravel()),
            )
        }

    def drawing(self, opening: Frame, after: Frame) -> Movement:
        """Signals on their way, and neurons that light up on their arrival."""
        key = self.target({key: one.mark for key, one in after.placed.items()})
        units, dark = after[key].mark, opening[key].mark
        assert isinstance(units, Units) and isinstance(dark, Units), "checked by the beat"
        whole = self.arrivals()
        travel = self.journey(after)
        reached = np.array([self.only in (None, i) for i in range(len(whole))])
        was, to_be = np.array(dark.lit), np.array(units.lit)

        @lru_cache(maxsize=2)
        def draw_lit(lit: tuple[bool, ...]) -> Shapes:
            return replace(after[key], mark=modify(units, lit=lit)).draw(after)

        moments = np.unique(np.append(0.0, whole[reached]))

        def lit_from(step: int) -> Shapes:
            arrived = reached & (whole <= moments[step]) & (step > 0)
            return draw_lit(tuple(bool(one) for one in was | (arrived & to_be)))

        def flash(fraction: float) -> Shapes:
            since = np.clip((fraction / TRAVEL - whole) / (1 / TRAVEL - 1), 0, 1)
            fresh = np.flatnonzero(reached & (fraction / TRAVEL >= whole) & (since < 1))
            if not len(fresh):
                return ()
            at_ = units.centers(after[key])[fresh]
            return draw_flash(at_, units.radius(after[key]), 1 - since[fresh], after)

        lighting = Layers((Steps(moments * TRAVEL, lit_from), Samples(flash, has_words=False)))
        return Movement({SIGNALS: During(travel, 0.0, TRAVEL), key: lighting})

    def arrivals(self) -> Floats:
        """When all signals of each neuron that is reached have arrived, as a share of the flow's time."""
        return np.asarray((self.start_delays() + (1 - LAG)).max(axis=1))

    def start_delays(self) -> Floats:
        """When each signal of ``arriving`` starts, as a share of the flow's time."""
        out, into = self.arriving.shape
        if self.together or into == 1:
            return np.zeros((out, into))
        apart = np.linspace(0, LAG, into) if into > 1 else np.zeros(into)
        if self.only is not None:
            return np.broadcast_to(apart, (out, into))
        lags = np.linspace(0, LAG, out)[:, None] if out > 1 else np.zeros((out, 1))
        if out * into > FEW:
            # Signals in step are one thick bar; multiples of the golden ratio spread them evenly.
            lags = (lags + LAG * (np.arange(into) * 0.6180339887 % 1)) / 2
        return np.broadcast_to(lags, (out, into))

    def journey(self, frame: Frame) -> Journey:
        """The signals as a function of the fraction (0..1) of their way."""
        wires = frame[self.wires]
        assert isinstance(wires.mark, Wires), "checked by the beat"
        joints = wires.mark.joints(frame)
        if self.backward:  # the same wires, from their targets to their sources
            joints = Joints(joints.targets, joints.sources, joints.radii[::-1])
        return Journey(
            self.arriving, self.source, joints, self.start_delays(), self.limit or 1.0,
            wires.scale, frame, self.only, numbers=self.numbers,
        )  # fmt: skip


def draw_flash(at: Floats, radius: float, strength: Floats, frame: Frame) -> Shapes:
    """Rings of light around neurons at ``at`` (n, 2) just lit; ``strength`` (n,) falls from 1 to 0."""
    colors = np.tile(frame.style.theme.rgba("ink"), (len(at), 1))
    colors[:, 3] = strength
    clear = np.zeros_like(colors)
    r = radius * (1.05 + 0.45 * (1 - strength))
    return (Discs(at, r, clear, colors, rim_width=min(0.05, 0.3 * radius)),)
