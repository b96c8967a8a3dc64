"""A phase as the player keeps it: what rests, and how everything else moves.

What the timeline describes is written as it is: fades, steps, journeys. The rest is sampled, more closely
where something changes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.motions import Course, During, Fade, Journey, Layers, Samples, Steps, courses_of
from nnanim.shapes import Shapes
from nnanim.timeline import Phase, Take
from nnanim.timeline.camera import Zoomed
from nnanim.web.bank import Bank
from nnanim.web.channel import CLOSE, channel
from nnanim.web.journeys import write_journey
from nnanim.web.quanta import ALPHA
from nnanim.web.track import simplify, static, step_track, tracks

Floats = npt.NDArray[np.float64]
Seen = Mapping[str, Shapes]

RATE = 30
"""Samples a second of what the timeline does not describe otherwise."""

FINE = 4
"""How often the time between two samples is halved, to find when something is there at once."""

SUDDEN = 0.15
"""Light from which something that is there at once is seen to be so."""

BENDS = 5
"""Number of bends of a way in the shortest time that is told apart; of more, none is sampled."""

FADE_RATE = 60
"""Samples a second of a fade's brightness."""

SHORTEST = 1 / 90
"""Seconds for which a state is on at least; of those that are shorter, the last one is kept."""


def write_phase(phase: Phase, take: Take, bank: Bank, rate: float = RATE) -> list[Any]:
    """Name, seconds, and what is seen, the lowest first: [key, drawing, segments or journey]."""
    courses, others = courses_of(phase.moving)
    moments, samples = np.zeros(1), list[Seen]([{}])
    if phase.name != "pause":
        moments, samples = sample(others, phase.seconds, bank, rate)
    moving = {key for one in samples for key in one}
    stack: list[Any] = []
    for key in take.order({*phase.resting, *moving, *courses}):
        rests = phase.resting.get(key, ())
        if key in courses:
            drawn = list(write_course(courses[key], 0.0, 1.0, phase.seconds, bank, rate))
        elif key in moving:
            drawn = _write_samples([one.get(key, rests) for one in samples], moments, bank)
        else:
            drawn = [static(rests, bank)] if rests else []
        stack += [[key, one] for one in drawn]
    return [phase.name, round(phase.seconds, 5), stack]


def sample(
    draw: Callable[[float], Seen], seconds: float, bank: Bank, rate: float = RATE, bends: Floats | None = None
) -> tuple[Floats, list[Seen]]:
    """Moments (0..1) and what is seen then; close ones at bends, and where something is there at once.

    With fewer than the usual number of samples a second, these are all.
    """
    count = max(round(seconds * rate), 1)
    moments = [i / count for i in range(count + 1)]
    if bends is not None and rate >= RATE and len(bends) * SHORTEST < seconds * BENDS:
        moments = np.unique(np.clip([*moments, *np.round(bends, 6)], 0.0, 1.0)).tolist()
    samples = [draw(moment) for moment in moments]
    found = [(moments[0], samples[0])]
    for i in range(len(moments) - 1):
        if rate >= RATE and jumps(samples[i], samples[i + 1], bank):
            found += _approach(draw, moments[i], moments[i + 1], samples[i], samples[i + 1], bank)
        elif rate >= RATE and _find_flash(samples[i], samples[i + 1], bank) > SUDDEN:
            middle = (moments[i] + moments[i + 1]) / 2
            seen = draw(middle)
            if _find_flash(samples[i], samples[i + 1], bank, seen) > SUDDEN:
                found.append((middle, seen))
        found.append((moments[i + 1], samples[i + 1]))
    return np.array([moment for moment, _ in found]), [seen for _, seen in found]


def jumps(before: Seen, after: Seen, bank: Bank) -> bool:
    """Whether shapes that can be seen well are in one of two pictures alone."""
    for key in {*before, *after}:
        old, new = before.get(key, ()), after.get(key, ())
        if old is new:
            continue
        rows = bank.rows(old), bank.rows(new)
        forms = [tuple(row.form for row in some) for some in rows]
        if forms[0] == forms[1]:
            continue
        kinds = [Counter(bank.kinds(one)) for one in forms]
        if kinds[0] == kinds[1]:
            continue
        alone = kinds[0] - kinds[1], kinds[1] - kinds[0]
        for some, kind in zip(rows, alone, strict=True):
            if any(bank.kind(row.form) in kind and bank.light(row) > SUDDEN for row in some):
                return True
    return False


def _find_flash(before: Seen, after: Seen, bank: Bank, between: Seen | None = None) -> float:
    """How much the light of an element changes at most, where the same shapes are seen before and after.

    With what is seen ``between``, half-way: how far its light is from the mean then.
    """
    most = 0.0
    for key in {*before, *after}:
        seen = [one.get(key, ()) for one in (before, after, between or after)]
        if seen[0] is seen[1]:
            continue
        rows = [bank.rows(one) for one in seen]
        forms = [tuple(row.form for row in one) for one in rows]
        if any(one != forms[0] for one in forms):
            continue
        see = bank.alphas(forms[0])
        old, new, now = (np.concatenate([np.zeros(0), *(row.colors for row in one)])[see] for one in rows)
        apart = new - old if between is None else now - (old + new) / 2
        most = max(most, float(np.abs(apart).max(initial=0.0)) / ALPHA)
    return most


def _approach(
    draw: Callable[[float], Seen], low: float, high: float, before: Seen, after: Seen, bank: Bank
) -> list[tuple[float, Seen]]:
    """Samples on both sides of a moment at which something is there at once, or gone."""
    found: dict[float, Seen] = {}
    for _ in range(FINE):
        middle = (low + high) / 2
        found[middle] = seen = draw(middle)
        if jumps(before, seen, bank):
            high, after = middle, seen
        elif jumps(seen, after, bank):
            low, before = middle, seen
        else:
            break
    return sorted(found.items())


def write_course(
    course: Course, start: float, end: float, seconds: float, bank: Bank, rate: float = RATE
) -> Iterator[Any]:
    """What a course draws, one above the other.

    Args:
        course: how a mark moves.
        start: fraction of the phase at which it begins to.
        end: fraction at which it is over.
        seconds: length of the phase.
        bank: receives the numbers.
        rate: samples a second.
    """
    if isinstance(course, Layers):
        for one in course.courses:
            yield from write_course(one, start, end, seconds, bank, rate)
    elif isinstance(course, During):
        low, high = (start + (end - start) * one for one in (course.start, course.end))
        yield from write_course(course.course, low, high, seconds, bank, rate)
    elif isinstance(course, Fade):
        yield from _write_fade(course, start, end, seconds, bank)
    elif isinstance(course, Steps):
        yield from _write_steps(course, start, end, seconds, bank)
    elif isinstance(course, Journey) or (isinstance(course, Zoomed) and isinstance(course.course, Journey)):
        yield {"journey": write_journey(course, bank), "from": round(start, 5), "to": round(end, 5)}
    else:
        bends = course.bends if isinstance(course, Samples) else None
        moments, pictures = sample(lambda f: {"": course.at(f)}, seconds * (end - start), bank, rate, bends)
        yield from _write_samples([one[""] for one in pictures], start + (end - start) * moments, bank)


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
    shown = channel(rows, start + (end - start) * moments, np.array(CLOSE / 255 * ALPHA / 4), bank)
    # A brightness that stays is a channel of two moments, for a number alone is where a row stands.
    yield [[0.0, *bank.statics.things[number], shown]]


def _write_steps(course: Steps, start: float, end: float, seconds: float, bank: Bank) -> Iterator[Any]:
    starts = np.append(start + (end - start) * np.asarray(course.starts), np.inf)
    starts[0] = 0.0
    kept = [i for i in range(len(starts) - 1) if (starts[i + 1] - starts[i]) * seconds >= SHORTEST]
    drawn = simplify(step_track([course.state(i) for i in kept], starts[kept], bank), bank)
    if not isinstance(drawn, int) or bank.lists.things[bank.statics.things[drawn][0]][1:]:
        yield drawn


def _write_samples(samples: Sequence[Shapes], moments: Floats, bank: Bank) -> list[Any]:
    """A drawing or segments; nothing where nothing is seen."""
    if all(one is samples[0] for one in samples):
        return [static(samples[0], bank)] if samples[0] else []
    return list(tracks(samples, moments, bank))
