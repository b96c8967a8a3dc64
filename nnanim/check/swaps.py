"""Swaps: of the numbers that follow the names of a sentence, each is that of another of these names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.claims import SENTENCES, Named, find_name, name_values

NUMBER = re.compile(r"(?P<figure>[-−]?\d+(?:\.(?P<decimals>\d+))?)\s*(?P<percent>[%％]?)(?!\s*×)")


def find_swaps(beat: Beat) -> Iterator[tuple[str, str]]:
    """Key of the mark, and which numbers of its beat's sentence stand behind the names of others.

    Only sentences are judged in which every name is followed by one number and none comes before.
    """
    for lang in words.LANGUAGES:
        if beat.asks or (isinstance(beat.says, str) and lang != words.LANGUAGES[0]):
            return
        text = words.say(beat.says, lang)
        for mark in beat.marks:
            thing = name_values(mark, lang)
            numbers = _number_by_name(text, thing, lang) if thing is not None else {}
            if thing is None or len(numbers) < 2:
                continue
            swapped = all(
                not _writes(number, float(thing.values[place]))
                and any(_writes(number, float(thing.values[other])) for other in numbers if other != place)
                for place, number in numbers.items()
            )
            if swapped:
                told = "the sentence" if isinstance(beat.says, str) else SENTENCES[lang]
                said = ", ".join(
                    f"{one[0].strip()} of {thing.names[place]!r}" for place, one in numbers.items()
                )
                yield thing.key, f"{told} says {said}; in {thing.key!r} these are the other way round"


def _number_by_name(text: str, thing: Named, lang: str) -> dict[int, re.Match[str]]:
    """The one number behind each name that stands in a text, by the place of the name; else nothing."""
    spans: list[tuple[int, int, int]] = []
    for place in sorted(range(len(thing.names)), key=lambda i: -len(thing.names[i])):
        for start, end in find_name(thing.names[place], text, lang):
            if all(end <= a or start >= b for a, b, _ in spans):
                spans.append((start, end, place))
    spans.sort()
    several = len({place for *_, place in spans}) == len(spans) > 1
    if not several or NUMBER.search(text[: spans[0][0]]):
        return {}
    found: dict[int, re.Match[str]] = {}
    for (_, end, place), (until, *_) in zip(spans, [*spans[1:], (len(text), 0, 0)], strict=True):
        numbers = list(NUMBER.finditer(text[end:until]))
        if len(numbers) != 1:
            return {}
        found[place] = numbers[0]
    return found


def _writes(number: re.Match[str], value: float) -> bool:
    """Whether a number, as it is rounded, is this value or its percentage."""
    figure, step = float(number["figure"].replace("−", "-")), 10.0 ** -len(number["decimals"] or "")
    scaled = [value, 100 * value] if number["percent"] else [value]
    return any(abs(figure - one) <= 0.51 * step for one in scaled)
