"""Stillness: when nothing on the screen moves, and how much of that is dead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise

import numpy as np

from nnanim.motions import Course, Drawing, Motion, Relay, courses_of
from nnanim.shapes import Shape, Shapes, unwrap
from nnanim.timeline import Phase, Take

BREATH = 0.9
"""Seconds of stillness that are never dead: what came to rest is looked at."""

LOOK = 1.0
"""Seconds for a look at the picture, beside the time for reading."""

SLOWLY = 3.0
"""Seconds for which a motion that its author slowed down may rest between two of its steps."""

STEP = 0.1
"""Seconds between the moments that are compared."""


def dead_seconds(take: Take, read_until: float, *, own: bool = False) -> float:
    """Seconds of a beat in which nothing moves and nothing is left to read.

    Of each stretch of stillness that is what comes after its first `BREATH` and after ``read_until`` (seconds
    from the beat's start), when the sentence and what is new on the stage have been read.

    Args:
        take: the beat.
        read_until: when everything has been read.
        own: whether its author may slow it down: what rests for `SLOWLY` before a step of a motion of which
            the seconds are given is to be looked at.
    """
    stretches = still_stretches(take)
    if own and _is_paced(take.beat.motion):
        start, end = _motion_times(take)
        stretches = [one for one in stretches if not (start <= one[0] and _is_wanted(*one, end))]
    return sum(max(end - max(start + BREATH, read_until), 0.0) for start, end in stretches)


def _is_wanted(start: float, end: float, until: float) -> bool:
    """Whether a stretch is short enough to be a step's, and something moves after it until ``until``."""
    return end - start <= SLOWLY and end < until - 1e-9


MOTION = "motion"
"""Name of the phase in which the motion of a beat runs."""


def _is_paced(motion: Motion | None) -> bool:
    """Whether the seconds of a motion are its author's and not those that it takes by default."""
    if isinstance(motion, Relay):
        return any(map(_is_paced, motion.flows))
    default = next((one.default for one in fields(motion) if one.name == "seconds"), None) if motion else None
    return motion is not None and motion.seconds != default


def _motion_times(take: Take) -> tuple[float, float]:
    """When the motion of a beat begins and ends, in seconds from its start."""
    ends, before = [(0.0, 0.0)], 0.0
    for phase in take.phases:
        if phase.name == MOTION:
            ends.append((before, before + phase.seconds))
        before += phase.seconds
    return ends[-1]


def still_stretches(take: Take) -> list[tuple[float, float]]:
    """Start and end of every stretch in which nothing moves, in seconds from the beat's start."""
    found: list[tuple[float, float]] = []
    before = 0.0
    for phase in take.phases:
        for start, end in _still_in(phase):
            if found and abs(found[-1][1] - (start + before)) < 1e-9:
                found[-1] = found[-1][0], end + before
            else:
                found.append((start + before, end + before))
        before += phase.seconds
    return found


def _still_in(phase: Phase) -> Iterator[tuple[float, float]]:
    """Stretches of stillness within a phase."""
    steps = max(round(phase.seconds / STEP), 1) if phase.name != "pause" else 1
    times = [phase.seconds * i / steps for i in range(steps + 1)]
    parts = _MovingParts(phase)
    for start, end in pairwise(times):
        fractions = [one / phase.seconds if phase.seconds else 1.0 for one in (start, end)]
        if parts.is_still(*fractions):
            yield start, end


class _MovingParts:
    """What moves in a phase, part by part: what moved last is looked at first, and mostly moves on."""

    def __init__(self, phase: Phase) -> None:
        courses, others = courses_of(phase.moving)
        hidden = set(courses)
        self._drawings: list[Drawing] = [
            lambda fraction: {key: one for key, one in others(fraction).items() if key not in hidden},
            *map(_draw_alone, courses.values()),
        ]
        self._seen: dict[int, tuple[float, Mapping[str, Shapes]]] = {}

    def is_still(self, start: float, end: float) -> bool:
        """Whether nothing is another thing at one fraction than at another, which is looked at next."""
        for drawing in self._drawings:
            then, now = self._look(drawing, start), drawing(end)
            self._seen[id(drawing)] = end, now
            if not _alike(then, now):
                self._drawings.remove(drawing)
                self._drawings.insert(0, drawing)
                return False
        return True

    def _look(self, drawing: Drawing, fraction: float) -> Mapping[str, Shapes]:
        at, seen = self._seen.get(id(drawing), (-1.0, {}))
        return seen if at == fraction else drawing(fraction)


def _draw_alone(course: Course) -> Drawing:
    return lambda fraction: {"": course.at(fraction)}


def _alike(a: Mapping[str, Shapes], b: Mapping[str, Shapes]) -> bool:
    return a.keys() == b.keys() and all(_alike_shapes(unwrap(a[key]), unwrap(b[key])) for key in a)


def _alike_shapes(a: Shapes, b: Shapes) -> bool:
    return len(a) == len(b) and all(map(_same, a, b))


def _same(a: Shape, b: Shape) -> bool:
    if a is b:
        return True
    return type(a) is type(b) and all(_equal(getattr(a, one.name), getattr(b, one.name)) for one in fields(a))


def _equal(a: object, b: object) -> bool:
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b))
    return type(a) is type(b) and not isinstance(a, np.ndarray) and a == b
