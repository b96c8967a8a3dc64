"""Playback: marks run through recorded states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark
from nnanim.motions.base import Motion
from nnanim.motions.courses import Movement, Steps
from nnanim.shapes import Shapes

MANY = 12
"""Number of states from which a playback begins slowly."""

SLOWER = 3.0
"""How many times as long the first of many states is held as the last."""


@dataclass(frozen=True, eq=False)
class Playback(Motion):
    """Marks run through recorded states: a training, a denoising, a sum that grows.

    Attributes:
        states: for every key the mark's states, all of one length; the last is what the beat shows.
        holds: how long each state is held, relative to the others; by default all the same, and of many
            states the first ones longer: a training begins slowly, then it hurries.
        each: seconds of each state, one number for all or one a state; then ``seconds`` and ``holds`` follow.
    """

    states: Mapping[str, Sequence[Mark]] = field(default_factory=dict)
    seconds: float = field(default=4.0, kw_only=True)
    holds: tuple[float, ...] = ()
    each: float | tuple[float, ...] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if one := next((key for key, some in self.states.items() if isinstance(some, Mark)), None):
            raise UserError(f"Playback: {one!r} is one mark; its states are wanted: {{{one!r}: [state, …]}}")
        lengths = {key: len(states) for key, states in self.states.items()}
        if not lengths or min(lengths.values()) < 1 or len(set(lengths.values())) > 1:
            raise UserError(
                f"Playback: every mark needs equally many states, at least one; there are {lengths}"
            )
        for key, states in self.states.items():
            if other := next((mark.key for mark in states if mark.key != key), None):
                raise UserError(f"Playback: a state of {key!r} has the key {other!r}")
        count = next(iter(lengths.values()))
        if self.each is not None:
            each = (float(self.each),) * count if isinstance(self.each, int | float) else tuple(self.each)
            if self.holds or len(each) != count or min(each) <= 0:
                raise UserError(
                    f"Playback: each={self.each!r} for {count} states; seconds above 0, "
                    "one for all or one a state, and no holds beside them"
                )
            object.__setattr__(self, "holds", each)
            object.__setattr__(self, "seconds", sum(each))
        self._check_seconds(self.seconds)
        holds = tuple(self.holds) or default_holds(count)
        if len(holds) != count or min(holds) <= 0:
            raise UserError(f"Playback: {len(holds)} holds for {count} states; each must be above 0")
        object.__setattr__(self, "states", {key: tuple(states) for key, states in self.states.items()})
        object.__setattr__(self, "holds", holds)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return tuple(self.states)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that the states are of the marks on the stage, and that the last ones are what stands there.

        Raises:
            UserError: a mark is not there, of another kind, or otherwise than its last state.
        """
        super().check(marks)
        wrong = [one for key, states in self.states.items() if (one := _find_wrong(states, marks[key]))]
        if wrong:
            raise UserError("Playback: " + "; ".join(wrong))

    def state_index(self, fraction: float) -> int:
        """Which state is on at ``fraction`` (0..1) of the film."""
        ends = np.cumsum(self.holds) / sum(self.holds)
        return min(int(np.searchsorted(ends, fraction, side="right")), len(ends) - 1)

    def opening(self, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """The first states."""
        return {key: states[0] for key, states in self.states.items()}

    def drawing(self, opening: Frame, after: Frame) -> Movement:
        """One state after the other, with everything that is tied to them."""
        moved = [
            key
            for key, one in after.placed.items()
            if key in self.states or any(end in self.states for end in one.mark.ties)
        ]

        @cache
        def state(index: int) -> dict[str, Shapes]:
            shown = {key: states[index] for key, states in self.states.items()}
            if index == len(self.holds) - 1:  # a curve that has grown to its end, and the whole one
                shown = {key: after[key].mark if _is_same(one, after[key].mark) else one
                         for key, one in shown.items()}  # fmt: skip
            there = after.with_marks(shown)
            return {key: there[key].draw(there) for key in moved}

        def states_of(key: str) -> Callable[[int], Shapes]:
            return lambda index: state(index)[key]

        starts = np.cumsum((0.0, *self.holds[:-1])) / sum(self.holds)
        return Movement({key: Steps(starts, states_of(key)) for key in moved})


def _is_same(state: Mark, mark: Mark) -> bool:
    """Whether a state shows what a mark on the stage shows."""
    return state is mark or state == mark or state.settle() == mark.settle()


def default_holds(count: int) -> tuple[float, ...]:
    """How long each of ``count`` states is held: of many, the first `SLOWER` times as long as the last."""
    if count < MANY:
        return (1.0,) * count
    return tuple(float(hold) for hold in 1 + (SLOWER - 1) * np.exp(-8.0 * np.arange(count) / count))


def _find_wrong(states: Sequence[Mark], mark: Mark) -> str:
    """What is wrong with the states of a mark that stands on the stage; empty where nothing is."""
    key, kind = mark.key, type(mark)
    for place, state in enumerate(states, start=1):
        if type(state) is not kind:
            return f"{key!r} is a {kind.__name__} on the stage and a {type(state).__name__} in state {place}"
        if other := _other_scale(state, mark):
            return (
                f"{key!r} has a scale up to {other[0]:g} in state {place}, "
                f"and its legend says {other[1]:g}; give all states one limit"
            )
    if not _is_same(states[-1], mark):
        return f"{key!r} on the stage is not its last state; put that mark on the stage"
    return ""


def _other_scale(state: Mark, last: Mark) -> tuple[float, float] | None:
    """The ends of a scale that a state and the last one, which the legend is of, do not share."""
    ends = {(one.kind, one.role): one.high for one in _scales(last)}
    for one in _scales(state):
        if one.high != (end := ends.get((one.kind, one.role), one.high)):
            return one.high, end
    return None


def _scales(mark: Mark) -> list[Legend]:
    return [one for one in mark.legends() if isinstance(one, Legend) and one.kind != "names"]
