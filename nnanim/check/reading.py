"""Reading: how much there is to read in a beat, and when; counted as the timeline does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from nnanim.shapes import Filled
from nnanim.timeline import Take
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
    steps = int(take.seconds / (STEP / 2)) + 1
    for seconds in (i * STEP / 2 for i in range(steps)):
        if any(isinstance(one, Filled) and one.color[3] >= READABLE for one in take.at(seconds).get(key, ())):
            return seconds
    return take.seconds


def load(take: Take, before: Iterable[str]) -> float:
    """Words, or characters in Japanese, that there are to read in a beat."""
    style = take.frame.style
    stage = sum(many * count(text, style.lang) for text, many in new_texts(take, before).items())
    return count(style.say(take.beat.says), style.lang) + STAGE_WEIGHT * stage
