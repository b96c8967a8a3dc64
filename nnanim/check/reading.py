"""Reading: how much there is to read in a beat, and when; counted as the timeline does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from nnanim.shapes import Filled
from nnanim.timeline import Phase, Take
from nnanim.timeline.reading import READABLE, STAGE_WEIGHT, visible_texts
from nnanim.words.reading import count

STEP = 0.1
"""Seconds between the moments that are looked at."""


def new_texts(take: Take, before: Iterable[str]) -> Counter[str]:
    """The lines of text on the stage of a beat that were not there ``before``, also those of its motion."""
    most: Counter[str] = Counter()
    for seconds in moments(take):
        most |= Counter(visible_texts(take.at(seconds)))
    return most - Counter(before)


def moments(take: Take) -> Iterator[float]:
    """Seconds of a beat's own motion, every `STEP`, and its end."""
    start = 0.0
    for phase in take.phases:
        if phase.name not in ("leave", "move", "enter", "ask", "pause"):
            yield from (start + i * STEP for i in range(int(phase.seconds / STEP) + 1))
        start += phase.seconds
    yield take.seconds


def sentence_start(take: Take) -> float:
    """Seconds after the beat's start from which its sentence can be read; 0 where it has none."""
    key = f"say:{take.beat.id}"
    if key not in take.frame.placed:
        return 0.0
    start, step = 0.0, STEP / 2
    for phase in take.phases:
        end = start + phase.seconds
        first, last = math.ceil(start / step), math.ceil(end / step) - 1  # of the moments of the whole beat
        if first <= last and _is_read(phase, key, last * step - start):
            while first < last:  # once it is read, it stays so
                middle = (first + last) // 2
                first, last = (
                    (first, middle) if _is_read(phase, key, middle * step - start) else (middle + 1, last)
                )
            return last * step
        start = end
    return take.seconds


def _is_read(phase: Phase, key: str, seconds: float) -> bool:
    """Whether a sentence can be read so many seconds after the beginning of a phase."""
    seen = phase.resting.get(key) or phase.at(seconds / phase.seconds).get(key, ())
    return any(isinstance(one, Filled) and one.color[3] >= READABLE for one in seen)


def load(take: Take, before: Iterable[str]) -> float:
    """Words, or characters in Japanese, that there are to read in a beat."""
    style = take.frame.style
    stage = sum(many * count(text, style.lang) for text, many in new_texts(take, before).items())
    return count(style.say(take.beat.says), style.lang) + STAGE_WEIGHT * stage
