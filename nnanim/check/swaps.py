"""Swaps: of the numbers that follow the names of a sentence, each is that of another of these names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.names import Named, find_name, name_values, spoken_marks
from nnanim.check.vocabulary import BOUNDS, CLAUSES, SENTENCES, find_direction
from nnanim.marks import Curve

FIGURE = r"(?P<{0}>[-−]?\d+(?:\.\d+)?)(?P<{0}p>\s*[%％]?)"
NUMBER = re.compile(r"(?P<figure>[-−]?\d+(?:\.(?P<decimals>\d+))?)\s*(?P<percent>[%％]?)(?!\s*×)")


def find_swaps(beat: Beat) -> Iterator[tuple[str, str]]:
    """Key of the mark, and which numbers of its beat's sentence stand beside the names of others.

    Only sentences are judged in which names and numbers take turns, or in which there is one name with one
    number; and ends of a line, from which one goes to the other.
    """
    for lang in words.LANGUAGES:
        if beat.asks or (isinstance(beat.says, str) and lang != words.LANGUAGES[0]):
            return
        text, told = words.say(beat.says, lang), "the sentence"
        told = told if isinstance(beat.says, str) else SENTENCES[lang]
        yield from ((key, f"{told} {what}") for key, what in _of_ends(text, beat, lang))
        for mark in spoken_marks(beat, lang):
            thing = name_values(mark, lang)
            numbers = _number_by_name(text, thing, lang) if thing is not None else {}
            if thing is None or not numbers:
                continue
            others = numbers if len(numbers) > 1 else range(len(thing.values))
            swapped = all(
                not _writes(number, float(thing.values[place]))
                and any(_writes(number, float(thing.values[other])) for other in others if other != place)
                for place, number in numbers.items()
            )
            if swapped:
                said = ", ".join(
                    f"{one[0].strip()} of {thing.names[place]!r}" for place, one in numbers.items()
                )
                why = "these are the other way round" if len(numbers) > 1 else "that is another one's"
                yield thing.key, f"{told} says {said}; in {thing.key!r} {why}"


FROM_TO = {
    "en": rf"\bfrom {FIGURE.format('a')}[^.;]{{0,24}}?\bto {FIGURE.format('b')}",
    "ja": rf"{FIGURE.format('a')}[^。、；\d]{{0,8}}から[^。；\d]{{0,12}}?{FIGURE.format('b')}"
    r"(?!\d|\.\d|\s*(?:以内|以下|以上|未満|の間|の範囲|の幅))",
}
"""From one number to another; what lies within so much of a number goes nowhere."""


def _of_ends(text: str, beat: Beat, lang: str) -> Iterator[tuple[str, str]]:
    """Ends of a line that are exchanged, and a way between two numbers that goes in another direction."""
    for found in re.finditer(FROM_TO[lang], text, re.IGNORECASE):
        first, last = (float(found[name].replace("−", "-")) for name in ("a", "b"))
        one = len(re.findall(FROM_TO[lang], text)) == 1 and any(map(_is_measured, (found["a"], found["b"])))
        direction = find_direction(text, lang) if one else None
        if direction is not None and (last < first if direction[1] else last > first):
            yield "", f"says {direction[0]!r}, from {found['a']} to {found['b']}"
            continue
        for mark in beat.marks:
            if isinstance(mark, Curve) and np.ndim(mark.y) == 1 and len(mark.y) > 1:
                a, b = (NUMBER.match(found[name] + found[name + "p"]) for name in ("a", "b"))
                start, end = float(mark.y[0]), float(mark.y[(mark.drawn or len(mark.y)) - 1])
                right = a and b and _writes(a, start) and _writes(b, end)
                if a and b and not right and _writes(a, end) and _writes(b, start):
                    what = f"says from {found['a']} to {found['b']}; {mark.key!r} goes the other way"
                    yield mark.key, what


def _is_measured(figure: str) -> bool:
    """Whether a number has decimals: a whole one may count steps."""
    return "." in figure


def _number_by_name(text: str, thing: Named, lang: str) -> dict[int, re.Match[str]]:
    """The one number beside each name that stands in a text, by the place of the name; else nothing.

    Names and numbers take turns, and either all numbers follow their names or all come before.
    """
    spans: list[tuple[int, int, int]] = []
    for place in sorted(range(len(thing.names)), key=lambda i: -len(thing.names[i])):
        for start, end in find_name(thing.names[place], text, lang):
            if all(end <= a or start >= b for a, b, _ in spans):
                spans.append((start, end, place))
    spans.sort()
    places = [place for *_, place in spans]
    numbers = [
        one for one in NUMBER.finditer(text) if all(one.end() <= a or one.start() >= b for a, b, _ in spans)
    ]
    if not spans or len(set(places)) < len(places) or len(numbers) != len(places):
        return {}
    turns = sorted([*((start, "name") for start, *_ in spans), *((one.start(), "number") for one in numbers)])
    if any(one[1] == other[1] for one, other in pairwise(turns)):
        return {}
    alone = len(places) == 1
    if alone and (text[slice(*spans[0][:2])].isdecimal() or not _belongs(spans[0], numbers[0], text, lang)):
        return {}
    return dict(zip(places, numbers, strict=True))


def _belongs(span: tuple[int, int, int], number: re.Match[str], text: str, lang: str) -> bool:
    """Whether a number is that of the only name beside it; a whole one may count anything."""
    between = text[min(span[1], number.end()) : max(span[0], number.start())]
    measured = bool(number["percent"] or number["decimals"])
    return measured and not re.search(CLAUSES[lang], between) and not re.search(BOUNDS[lang], text)


def _writes(number: re.Match[str], value: float) -> bool:
    """Whether a number, as it is rounded, is this value or its percentage."""
    figure, step = float(number["figure"].replace("−", "-")), 10.0 ** -len(number["decimals"] or "")
    scaled = [value, 100 * value] if number["percent"] else [value]
    return any(abs(figure - one) <= 0.51 * step for one in scaled)
