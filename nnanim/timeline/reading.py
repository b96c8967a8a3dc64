"""Reading: how much there is to read in a beat, and how long that takes.

Counted are words in English, characters in Japanese (in which a word in Latin letters counts as two). The
sentence counts whole. What is new on the stage, legends included, counts by half, as a glance at a label is
quicker than reading a sentence; numbers on the stage and formulas are looked at and not read. What was there
in the beat before, wherever it stood, is not new; nor is a legend that comes back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

from nnanim.beats import Beat
from nnanim.shapes import Filled, Shapes, unwrap
from nnanim.style import RenderStyle
from nnanim.words.reading import RATES, count

Seen = TypeVar("Seen")

LOOK = 1.0
"""Seconds for a look at the picture, beside the time for reading."""

NOTICE = 0.2
"""Seconds in which a sentence that has come is noticed."""

STAGE_WEIGHT = 0.5
"""How much a word on the stage counts beside one of the sentence."""

READABLE = 0.5
"""Alpha from which words are read."""

_NUMBER = re.compile(r"[−-]?\d[\d.,]*")


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


def legends_of(seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """The legends among what is seen."""
    return {key: one for key, one in seen.items() if key.startswith("legend:")}


def new_words(before: Mapping[str, Shapes], after: Mapping[str, Shapes], lang: str) -> float:
    """Words, or characters in Japanese, that stand on a stage and did not stand on the one ``before``.

    What was ``before`` holds the legends of all earlier beats, too.
    """
    new = Counter(visible_texts(after)) - Counter(visible_texts(before))
    return sum(many * count(text, lang) for text, many in new.items())


def reading_seconds(beat: Beat, style: RenderStyle, new: float = 0.0, start: float = 0.0) -> float:
    """Seconds from the beginning of a beat until its sentence, and what is new on its stage, have been read.

    Args:
        beat: what is told.
        style: says the language.
        new: words on the stage that are new; see `new_words`.
        start: seconds after which the sentence can be read.
    """
    words = count(style.say(beat.says), style.lang) + STAGE_WEIGHT * new
    return max(LOOK, start + NOTICE) + words / RATES.get(style.lang, RATES["en"])
