"""Reading: how much there is to read in a beat, and when.

Counted are words in English, characters in Japanese (in which a word in Latin letters counts as two). The
sentence counts whole. What is new on the stage, legends included, counts by half, as a glance at a label is
quicker than reading a sentence; numbers on the stage and formulas are looked at and not read. What was there
in the beat before, wherever it stood, is not new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from nnanim.shapes import Filled, Shapes, unwrap
from nnanim.timeline import Take

STAGE_WEIGHT = 0.5
"""How much a word on the stage counts beside one of the sentence."""

READABLE = 0.5
"""Alpha from which words are read."""

LATIN_WORD = 2.0
"""Characters that a word in Latin letters is worth in a Japanese text."""

STEP = 0.1
"""Seconds between the moments that are looked at."""

_WIDE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff々〆ー]")
_NUMBER = re.compile(r"[−-]?\d[\d.,]*")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*|\d[\d.,]*")


def count(text: str, lang: str) -> float:
    """Words of a text, or its characters in Japanese."""
    wide = len(_WIDE.findall(text))
    latin = len(_WORD.findall(_WIDE.sub(" ", text)))
    return wide + LATIN_WORD * latin if lang == "ja" else wide / LATIN_WORD + latin


def visible_texts(seen: Mapping[str, Shapes]) -> Iterator[str]:
    """Every line of text that can be read, but for the sentence; without its numbers, which may run."""
    for key, shapes in seen.items():
        if key.startswith("say:"):
            continue
        for shape in unwrap(shapes):
            if isinstance(shape, Filled) and shape.color[3] >= READABLE:
                text = _NUMBER.sub("", shape.piece.text)
                if any(char.isalpha() for char in text):
                    yield text


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
