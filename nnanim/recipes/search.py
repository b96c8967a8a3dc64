"""Search by words: what has any of them, that with the rarest ones first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

COMMON = frozenset(
    "a all an and are as at by can do does for from how i in is it its me my no not of on one or show so "
    "such than that the them this to what which why with you your".split()
)
"""Words that say nothing about what is looked for."""


def rank(text: str, things: Sequence[tuple[Thing, str]]) -> list[Thing]:
    """The things in whose texts any word of ``text`` begins a word, the best first.

    Where some have all of its words, only those; a word counts the more, the fewer things have it. Of a text
    that is one word with hyphens, a name, all parts are wanted. In Japanese a word may stand anywhere.
    """
    parts = _parts(text)
    have = [[_has(part, folded) for part in parts] for folded in (_fold(said) for _, said in things)]
    weights = [1 / max(sum(column), 1) for column in zip(*have, strict=True)]
    all_of_them = any(map(all, have)) or len(text.split()) == 1
    found = [
        (-sum(weight for weight, there in zip(weights, row, strict=True) if there), thing)
        for (thing, _), row in zip(things, have, strict=True)
        if any(row) and (all(row) or not all_of_them)
    ]
    return [thing for _, thing in sorted(found, key=lambda each: each[0])]


def _parts(text: str) -> list[str]:
    words = re.split(r"[\s・、。,.?!]+", _fold(text))
    return [word for word in dict.fromkeys(words) if word and word not in COMMON]


def _fold(text: str) -> str:
    return re.sub(r"[-_]", " ", text.casefold())


def _has(part: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(part)}", text)) if part.isascii() else part in text
