"""A phase as the player keeps it: what rests, and how everything else moves.

What the timeline describes is written as it is: fades, steps, journeys. The rest is sampled, more closely where
something changes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.motions import Course, During, Fade, Journey, Layers, Steps, courses_of
from nnanim.shapes import Shapes
from nnanim.timeline import Phase, Take
from nnanim.timeline.camera import Zoomed
from nnanim.web.bank import Bank
from nnanim.web.journeys import write_journey
from nnanim.web.quanta import ALPHA
from nnanim.web.track import LOOSE, Segment, channel, static, step_track, track

Floats = npt.NDArray[np.float64]
Seen = Mapping[str, Shapes]

RATE = 30
"""Samples a second of what the timeline does not describe otherwise."""

FINE = 4
"""How often the time between two samples is halved, to find when a mark is made of other shapes."""

FADE_RATE = 60
"""Samples a second of a fade's brightness."""

SHORTEST = 1 / 90
"""Seconds for which a state is on at least; of those that are shorter, the last one is kept."""


def write_phase(phase: Phase, take: Take, bank: Bank) -> list[Any]:
    """Name, seconds, and what is seen, from the lowest to the highest: [key, drawing, segments or journey]."""
    courses, others = courses_of(phase.moving)
    moments, samples = sample(others, phase.seconds, bank) if phase.name != "pause" else (np.zeros(1), [{}])
    moving = {key for one in samples for key in one}
    stack: list[Any] = []
    for key in take.order({*phase.resting, *moving, *courses}):
        rests = phase.resting.get(key, ())
        if key in courses:
            drawn = list(write_course(courses[key], 0.0, 1.0, phase.seconds, bank))
        elif key in moving:
            drawn = _write_samples([one.get(key, rests) for one in samples], moments, bank)
        else:
            drawn = [static(rests, bank)] if rests else []
        stack += [[key, one] for one in drawn]
    return [phase.name, round(phase.seconds, 5), stack]


def sample(draw: Callable[[float], Seen], seconds: float, bank: Bank) -> tuple[Floats, list[Seen]]:
    """Moments (0..1) and what is seen then; about each at which shapes of another kind come, closely."""
    count = max(round(seconds * RATE), 1)
    moments = [i / count for i in range(count + 1)]
    samples = [draw(moment) for moment in moments]
    if not any(samples):
        return np.array(moments), samples
    kinds = [_kinds(one, bank) for one in samples]
    found = [(moments[0], samples[0])]
    for i in range(count):
        if kinds[i] != kinds[i + 1]:
            found += _approach(draw, (moments[i], moments[i + 1]), (kinds[i], kinds[i + 1]), bank)
        found.append((moments[i + 1], samples[i + 1]))
    return np.array([moment for moment, _ in found]), [seen for _, seen in found]


def _kinds(seen: Seen, bank: Bank) -> dict[str, tuple[int, ...]]:
    return {key: bank.draw(shapes)[0] for key, shapes in seen.items()}


def _approach(
    draw: Callable[[float], Seen], between: tuple[float, float], kinds: Any, bank: Bank
) -> list[Any]:
    """Samples near the moment between two at which the kinds of shapes change."""
    (low, high), (before, after) = between, kinds
    found: dict[float, Seen] = {}
    for _ in range(FINE):
        middle = (low + high) / 2
        seen = draw(middle)
        found[middle] = seen
        kind = _kinds(seen, bank)
        if kind == before:
            low = middle
        else:
            high = middle
            if kind != after:
                after = kind
    return sorted(found.items())


def write_course(course: Course, start: float, end: float, seconds: float, bank: Bank) -> Iterator[Any]:
    """What a course draws, one above the other.

    Args:
        course: how a mark moves.
        start: fraction of the phase at which it begins to.
        end: fraction at which it is over.
        seconds: length of the phase.
        bank: receives the numbers.
    """
    if isinstance(course, Layers):
        for one in course.courses:
            yield from write_course(one, start, end, seconds, bank)
    elif isinstance(course, During):
        low, high = (start + (end - start) * one for one in (course.start, course.end))
        yield from write_course(course.course, low, high, seconds, bank)
    elif isinstance(course, Fade):
        yield from _write_fade(course, start, end, seconds, bank)
    elif isinstance(course, Steps):
        yield from _write_steps(course, start, end, seconds, bank)
    elif isinstance(course, Journey) or (isinstance(course, Zoomed) and isinstance(course.course, Journey)):
        yield {"journey": write_journey(course, bank), "from": round(start, 5), "to": round(end, 5)}
    else:
        moments, seen = sample(lambda f: {"": course.at(f)}, seconds * (end - start), bank)
        yield from _write_samples([one[""] for one in seen], start + (end - start) * moments, bank)


def _write_fade(course: Fade, start: float, end: float, seconds: float, bank: Bank) -> Iterator[Any]:
    count = max(round(seconds * (end - start) * FADE_RATE), 1)
    moments = np.linspace(0.0, 1.0, count + 1)
    light = np.clip([course.light(float(one)) for one in moments], 0.0, 1.0)
    if not course.shapes or not light.any():
        return
    number = static(course.shapes, bank)
    if light.min() == 1:
        yield number
        return
    rows = light[:, None] * ALPHA
    shown = channel(rows, start + (end - start) * moments, np.array(LOOSE / 255 * ALPHA / 2), bank)
    # A brightness that stays is a channel of two moments, for a number alone is where a row stands.
    yield [[0.0, *bank.statics.things[number], shown]]


def _write_steps(course: Steps, start: float, end: float, seconds: float, bank: Bank) -> Iterator[Any]:
    starts = np.append(start + (end - start) * np.asarray(course.starts), np.inf)
    starts[0] = 0.0
    kept = [i for i in range(len(starts) - 1) if (starts[i + 1] - starts[i]) * seconds >= SHORTEST]
    segments = step_track([course.state(i) for i in kept], starts[kept], bank)
    yield from _join(segments, bank)


def _write_samples(samples: Sequence[Shapes], moments: Floats, bank: Bank) -> list[Any]:
    """A drawing or segments; nothing where nothing is seen."""
    if all(one is samples[0] for one in samples):
        return [static(samples[0], bank)] if samples[0] else []
    return list(_join(track(samples, moments, bank), bank))


def _join(segments: list[Segment], bank: Bank) -> Iterator[Any]:
    """One segment that does not move is a drawing at rest."""
    if len(segments) > 1 or any(not isinstance(one, int) for one in segments[0][1:]) or len(segments[0]) > 4:
        yield segments
        return
    if bank.lists.things[segments[0][1]][1:]:
        yield bank.statics.number(tuple(segments[0][1:]))
