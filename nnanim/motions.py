"""Motions: how values travel while a beat is told. A small closed set: Flow and Relay, Playback, Sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest
from nnanim.marks import Mark, digest, nice

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Motion:
    """How values travel in one beat; ``seconds`` is its length at normal pace."""

    seconds: float = field(default=1.0, kw_only=True)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the marks that it moves; they must be on the stage."""
        return ()

    def _check_seconds(self, seconds: float) -> None:
        if not (math.isfinite(seconds) and seconds > 0):
            raise UserError(f"{type(self).__name__} takes {seconds!r} seconds; it must be above 0")


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
        numbers: whether every signal carries its number.
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
        largest = float(max(np.abs(terms).max(initial=0), np.abs(x).max(initial=0)))
        limit = nice(largest) if self.limit is None else self.limit
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


@dataclass(frozen=True, eq=False)
class Relay(Motion):
    """Flows one after the other: what arrives at one layer sets out to the next.

    Attributes:
        flows: in order; ``seconds`` is the sum of theirs.
    """

    flows: tuple[Flow, ...]
    seconds: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not self.flows:
            raise UserError("Relay: there are no flows")
        object.__setattr__(self, "flows", tuple(self.flows))
        object.__setattr__(self, "seconds", float(sum(flow.seconds for flow in self.flows)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return tuple(flow.wires for flow in self.flows)


@dataclass(frozen=True, eq=False)
class Playback(Motion):
    """Marks run through recorded states: a training, a denoising, a sum that grows.

    Attributes:
        states: for every key the mark's states, all of one length; the last is what the beat shows.
        holds: how long each state is held, relative to the others; by default all the same.
    """

    states: Mapping[str, Sequence[Mark]] = field(default_factory=dict)
    seconds: float = field(default=4.0, kw_only=True)
    holds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)
        lengths = {key: len(states) for key, states in self.states.items()}
        if not lengths or min(lengths.values()) < 1 or len(set(lengths.values())) > 1:
            raise UserError(
                f"Playback: every mark needs equally many states, at least one; there are {lengths}"
            )
        for key, states in self.states.items():
            if other := next((mark.key for mark in states if mark.key != key), None):
                raise UserError(f"Playback: a state of {key!r} has the key {other!r}")
        count = next(iter(lengths.values()))
        holds = tuple(self.holds) or (1.0,) * count
        if len(holds) != count or min(holds) <= 0:
            raise UserError(f"Playback: {len(holds)} holds for {count} states; each must be above 0")
        object.__setattr__(self, "states", {key: tuple(states) for key, states in self.states.items()})
        object.__setattr__(self, "holds", holds)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return tuple(self.states)

    def index(self, fraction: float) -> int:
        """Which state is on at ``fraction`` (0..1) of the film."""
        ends = np.cumsum(self.holds) / sum(self.holds)
        return min(int(np.searchsorted(ends, fraction, side="right")), len(ends) - 1)


@dataclass(frozen=True, eq=False)
class Sweep(Motion):
    """A window wanders over a Grid, Picture or Tokens, row by row.

    Attributes:
        over: key of the mark under the window.
        window: (rows, columns) of cells that the window covers.
        stride: (rows, columns) of one step.
        reveals: key of a Grid or Picture whose cells appear as the window passes, or None; it has as many
            cells as the window has places.
    """

    over: str
    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    reveals: str | None = None
    seconds: float = field(default=3.0, kw_only=True)

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)
        if min(*self.window, *self.stride) < 1:
            raise UserError(
                f"Sweep over {self.over!r}: window {self.window} and stride {self.stride} must be 1 or more"
            )

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return (self.over,) if self.reveals is None else (self.over, self.reveals)

    def places(self, shape: tuple[int, int]) -> list[tuple[int, int]]:
        """Every (row, column) of the window's first cell over a mark of that shape, in reading order.

        Raises:
            UserError: the window is larger than the mark.
        """
        rows, columns = (
            range(0, n - w + 1, s) for n, w, s in zip(shape, self.window, self.stride, strict=True)
        )
        if not len(rows) or not len(columns):
            raise UserError(
                f"Sweep over {self.over!r}: a window of {self.window} does not fit into {shape} cells"
            )
        return [(row, column) for row in rows for column in columns]


def check_keys(motion: Motion, keys: Sequence[str]) -> None:
    """See that everything a motion moves is among ``keys``.

    Raises:
        UserError: a mark is not there.
    """
    for key in motion.keys:
        if key not in keys:
            raise UserError(
                f"{type(motion).__name__} moves {key!r}, which is not on the stage{nearest(key, keys)}"
            )


def flows(motion: Motion | None) -> tuple[Flow, ...]:
    """The flows that a motion is made of; none for any other motion."""
    if isinstance(motion, Relay):
        return motion.flows
    return (motion,) if isinstance(motion, Flow) else ()
