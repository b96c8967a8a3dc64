"""English and Japanese texts from a grammar of our own, for the language model.

Stories, facts, sums, songs, reports and lists of questions. They are made up by rule; a model of them shows
honestly how a next token is chosen, and knows little of the world. The text may be given to anybody.
"""

from __future__ import annotations

import random
from collections import Counter

from nnanim.data.texts import cast, facts
from nnanim.data.texts.cast import LANGUAGES, join_words
from nnanim.data.texts.stories import Tale
from nnanim.errors import UserError

__all__ = ["KINDS", "LANGUAGES", "count_words", "document", "documents", "words"]

KINDS = {"story": 45, "animals": 14, "world": 6, "sums": 9, "song": 10, "report": 12, "quiz": 5}


def document(rng: random.Random, language: str, kind: str = "") -> str:
    """One text, of one of ``KINDS`` (drawn by their shares if not said).

    Raises:
        UserError: a language or a kind that is not there.
    """
    return join_words(words(rng, language, kind), language)


def words(rng: random.Random, language: str, kind: str = "") -> str:
    """The same as ``document``, words apart, Japanese ones too."""
    if language not in LANGUAGES:
        raise UserError(f"texts are written in {', '.join(LANGUAGES)}, not {language!r}")
    kind = kind or rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    if kind not in _WRITERS:
        raise UserError(f"there is no kind of text {kind!r}: {', '.join(KINDS)}")
    return _WRITERS[kind](rng, language)


def documents(language: str, count: int, seed: int = 0) -> list[str]:
    """Some texts of all kinds, the same for the same seed: something to count in."""
    rng = random.Random(seed)
    return [document(rng, language) for _ in range(count)]


def count_words(language: str, count: int = 4000, seed: int = 0) -> Counter[str]:
    """How often each word occurs in some texts; Latin ones begin with a space, for the tokenizer."""
    rng, found = random.Random(seed), Counter[str]()
    for _ in range(count):
        found.update(words(rng, language).split())
    return Counter({mark_space(word): times for word, times in sorted(found.items())})


def mark_space(word: str) -> str:
    """A Latin word, number or sign with the space in front that it has in a text."""
    return " " + word if word.isascii() and word not in ".,?!:" else word


def _write_animals(rng: random.Random, language: str) -> str:
    sentences: list[str] = []
    for animal in rng.sample(cast.ANIMALS, rng.choice((2, 3))):
        own = [one.statement for one in facts.animal_facts(animal, language)]
        own.append(facts.animal_size(animal, language))
        sentences += rng.sample(own, rng.choice((2, 3, 4)))
    return " ".join(sentences)


def _write_world(rng: random.Random, language: str) -> str:
    return " ".join(one.statement for one in rng.sample(facts.WORLD[language], rng.choice((3, 4, 5))))


def _write_sums(rng: random.Random, language: str) -> str:
    pairs = [facts.draw_sum(rng) for _ in range(rng.choice((4, 6, 8)))]
    return " ".join(facts.sum_fact(a, b, language).statement for a, b in pairs)


def _write_song(rng: random.Random, language: str) -> str:
    """A line, sung again and again: something to copy."""
    at, count = LANGUAGES.index(language), rng.choice((3, 4, 5, 6))
    if rng.random() < 0.5:
        sung = [cast.invent_name(rng, language) for _ in range(count)]
    else:
        pool = [one.noun for one in cast.ANIMALS] + [*cast.THINGS, *cast.COLOURS]
        sung = [pair[at] for pair in rng.sample(pool, count)]
    comma, stop = ((" , ", " ."), (" 、 ", " 。"))[at]
    return " ".join([comma.join(sung) + stop] * rng.choice((2, 3, 3, 4)))


def _write_report(rng: random.Random, language: str) -> str:
    """Facts about two or three people, and then some of them again."""
    lines = [
        one.statement
        for _ in range(rng.choice((2, 3)))
        for one in rng.sample(facts.person_facts(rng, language), 2)
    ]
    again = rng.sample(lines, min(len(lines), rng.choice((2, 3, 4))))
    return " ".join([*lines, "remember :" if language == "en" else "もう一度 言います 。", *again])


def _write_quiz(rng: random.Random, language: str) -> str:
    return " ".join(facts.draw_fact(rng, language).question for _ in range(rng.choice((3, 4, 5))))


_WRITERS = {
    "story": lambda rng, language: Tale(rng, language).words(),
    "animals": _write_animals,
    "world": _write_world,
    "sums": _write_sums,
    "song": _write_song,
    "report": _write_report,
    "quiz": _write_quiz,
}
