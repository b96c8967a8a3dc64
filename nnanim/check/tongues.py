"""Tongues: the sentences of a beat say the same numbers, and the same direction, in every language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.vocabulary import find_direction
from nnanim.truth.shown import NUMBER
from nnanim.truth.typed import SPELLED

LARGE = r"[万億兆千]"
"""Words for powers of ten, which are other ones in other languages."""


def find_differences(beat: Beat) -> Iterator[str]:
    """What the English sentence says and the Japanese one says otherwise."""
    if isinstance(beat.says, str) or not {"en", "ja"} <= set(beat.says):
        return
    english, japanese = (words.say(beat.says, lang) for lang in ("en", "ja"))
    here, there = (Counter(_list_numbers(text)) for text in (english, japanese))
    ours, theirs = (
        (here - there) - _list_spelled(japanese, "ja"),
        (there - here) - _list_spelled(english, "en"),
    )
    if ours and theirs and not re.search(LARGE, japanese):  # a million is a hundred 万
        yield f"says: {_join(ours)} in the English sentence, {_join(theirs)} in the Japanese one"
    ways = find_direction(english, "en"), find_direction(japanese, "ja")
    if ways[0] is not None and ways[1] is not None and ways[0][1] != ways[1][1]:
        yield f"says: {ways[0][0]!r} in the English sentence, {ways[1][0]!r} in the Japanese one"


def _list_numbers(text: str) -> list[str]:
    return [one.replace(",", "") for one in NUMBER.findall(re.sub(r"[₀-₉]", " ", text))]


def _list_spelled(text: str, lang: str) -> Counter[str]:
    """The numbers that stand in a text as words."""
    found = re.findall("|".join(SPELLED[lang]), text, re.IGNORECASE)
    return Counter(str(SPELLED[lang][one.lower()]) for one in found)


def _join(numbers: Counter[str]) -> str:
    return ", ".join(numbers)
