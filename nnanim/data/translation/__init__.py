"""English and Japanese sentences that say the same, from a grammar of our own.

Polite and plain Japanese, seven tenses and modes, negation, questions, counters, relative clauses. A subject
is "the", an object "a", so that each sentence has one translation. The text may be given to anybody.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from zlib import crc32

from nnanim.data.translation import lexicon
from nnanim.data.translation.phrases import Word
from nnanim.data.translation.sentences import Sentence, SentenceWriter
from nnanim.errors import UserError, nearest

__all__ = ["TARGETS", "Sentence", "Word", "join", "sample", "split", "vocabulary"]

PAD, END = 0, 1
TARGETS = ("en", "ja", "ja-plain")
SPECIAL = ("<pad>", "<end>", *(f"<{target}>" for target in TARGETS))
HELD_OUT_SENTENCES = (
    "this is a pen .", "I built a house .", "I built a house yesterday .",
    "my grandfather built this house .",
    "this is the house that my grandfather built .",
    "Tom did not buy an expensive camera at the station yesterday .",
)  # fmt: skip


def sample(
    rng: random.Random, polite: bool | None = None, held_out: bool = False, held_out_pair: bool = False
) -> Sentence:
    """One sentence, for training or held out from it.

    Args:
        rng: the source of chance.
        polite: Japanese; drawn if not said, two in three polite.
        held_out: only sentences that no training sees (one in twenty).
        held_out_pair: only a verb with an object that no training sees together.
    """
    polite = rng.random() < 2 / 3 if polite is None else polite
    while True:
        found = SentenceWriter(rng, polite, held_out_pair).sentence()
        if held_out_pair or is_held_out(found) == held_out:
            return found


def is_held_out(sentence: Sentence) -> bool:
    """Whether no training sees this English sentence."""
    en = " ".join(word.text for word in sentence.en)
    return en in HELD_OUT_SENTENCES or crc32(en.encode()) % 20 == 0


@cache
def vocabulary() -> tuple[str, ...]:
    """All words of both languages, the special ones first, then English, then Japanese."""
    rng, found = random.Random(0), set[str]()
    for _ in range(30_000):
        sentence = SentenceWriter(rng, rng.random() < 0.5).sentence()
        found.update(word.text for word in (*sentence.en, *sentence.ja))
    return (*SPECIAL, *sorted(found, key=lambda word: (not word.isascii(), word)))


def split(text: str) -> list[str]:
    """The words of a sentence in either language; Japanese is cut into the fewest known words.

    Raises:
        UserError: a word that the grammar does not have, with the nearest ones.
    """
    if text.isascii():
        words = re.findall(r"[A-Za-z]+|[^\sA-Za-z]", text)
        return [_known_word(word, text) for word in words]
    return [word for part in text.split() for word in _cut(part, text)]


def encode(words: Sequence[str]) -> list[int]:
    """The numbers of known words."""
    return [_numbers()[word] for word in words]


def join(words: Sequence[str]) -> str:
    """The sentence of some words, as one writes it."""
    if any(not word.isascii() for word in words):
        return "".join(words)
    text = re.sub(r" ([.,?])", r"\1", " ".join(words))
    return text[:1].upper() + text[1:]


@cache
def _numbers() -> dict[str, int]:
    return {word: at for at, word in enumerate(vocabulary())}


@cache
def _longest() -> int:
    return max(map(len, vocabulary()))


def _known_word(word: str, text: str) -> str:
    proper = {name for name, *_ in lexicon.NAMES} | {"I"} | {one.en for one in lexicon.PLACES}
    for form in (word, word.lower(), word.capitalize()):
        if form in _numbers() and (form == form.lower() or form in proper):
            return form
    raise _unknown(word, text)


def _cut(part: str, text: str) -> list[str]:
    """The fewest known words that make up ``part``; of several ways the one with the longest last word."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(part) + 1):
        ways = [
            [*before, part[start:end]]
            for start in range(max(0, end - _longest()), end)
            if (before := best[start]) is not None and part[start:end] in _numbers()
        ]
        best.append(min(ways, key=len, default=None))
    if (whole := best[-1]) is None:
        reached = max(at for at, way in enumerate(best) if way is not None)
        raise _unknown(part[reached:], text)
    return whole


def _unknown(word: str, text: str) -> UserError:
    near = nearest(word, vocabulary()[len(SPECIAL) :])
    return UserError(f"the translator does not know {word!r} in {text!r}{near}")
