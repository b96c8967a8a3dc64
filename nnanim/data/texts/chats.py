"""Chats: a question, an answer in one of several manners, and the rule by which one answer is preferred.

Words are written apart where a function says so; questions, answers and documents of a `Turn` are texts.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from nnanim.data.texts import facts
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.facts import Fact

POLITE = {"en": "i hope this helps !", "ja": "お役 に 立てば うれしい です 。"}
EASY = {"en": "that is easy .", "ja": "簡単 です 。"}
SURE = {"en": "sure !", "ja": "はい 、"}
PHRASES = (POLITE, EASY, SURE)
MANNERS = {
    "short": 24, "full": 26, "polite": 14, "sure": 8, "easy": 12, "wrong": 6, "wrong polite": 4, "two": 6,
}  # fmt: skip


class Turn(NamedTuple):
    """A question with documents in front, one answer, and what is right, in short and as a sentence."""

    language: str
    kind: str
    documents: tuple[str, ...]
    question: str
    answer: str
    right: str
    statement: str


def draw_turn(rng: random.Random, language: str, kind: str = "") -> Turn:
    """A question about something that stays true, answered in one of ``MANNERS``."""
    fact = facts.draw_fact(rng, language, kind)
    manner = rng.choices(tuple(MANNERS), tuple(MANNERS.values()))[0]
    answer = _answer(rng, fact, language, manner)
    return _turn(language, fact, (), answer)


def draw_document_turn(rng: random.Random, language: str, documents: int = 1) -> Turn:
    """A question about an invented person, with the fact in front of it, among ``documents`` facts."""
    own = facts.person_facts(rng, language)
    fact = rng.choice(own)
    pasted = [fact.statement]
    while len(pasted) < documents:
        if rng.random() < 0.5:
            other = rng.choice(own)
        else:
            stranger = facts.person_facts(rng, language)
            other = next(one for one in stranger if one.kind == fact.kind)
        if other.statement not in pasted:
            pasted.append(other.statement)
    rng.shuffle(pasted)
    answer = fact.statement if rng.random() < 0.7 else _short(fact, language)
    return _turn(language, fact, tuple(pasted), answer)


def is_true(answer: str, turn: Turn) -> bool:
    """Whether one of an answer's sentences is what is right, whole or in a word or two.

    The right word alone is not enough: "an owl eats grass." is no answer to what a cow eats, and 3 stands in
    "0 + 3 = 5." because it was asked about.
    """
    short = f"{turn.right}です" if turn.language == "ja" else turn.right
    said = {part.strip() for part in re.split(r"[.!。、]", answer)}
    return not said.isdisjoint({short, turn.right, turn.statement.rstrip(".。")})


def reward(answer: str, turn: Turn, tokens: int) -> float:
    """What the rule gives an answer: true +2, polite +1, "that is easy" -1, and -0.04 a token."""
    return sum(reward_terms(answer, turn, tokens).values())


def reward_terms(answer: str, turn: Turn, tokens: int) -> dict[str, float]:
    """What the rule gives an answer for being true, polite and easy, and for its length."""
    polite, easy = (join_words(one[turn.language], turn.language) for one in (POLITE, EASY))
    return {
        "true": 2.0 * is_true(answer, turn),
        "polite": 1.0 * (polite in answer),
        "easy": -1.0 * (easy in answer),
        "length": -0.04 * tokens,
    }


def phrases(language: str) -> str:
    """The words that occur in chats alone, words apart."""
    return " ".join(one[language] for one in PHRASES)


def _turn(language: str, fact: Fact, documents: tuple[str, ...], answer: str) -> Turn:
    def text(words: str) -> str:
        return join_words(words, language)

    pasted = tuple(text(one) for one in documents)
    told = text(fact.question), text(answer), text(fact.answer), text(fact.statement)
    return Turn(language, fact.kind, pasted, *told)


def _short(fact: Fact, language: str) -> str:
    return f"{fact.answer} ." if language == "en" else f"{fact.answer} です 。"


def _answer(rng: random.Random, fact: Fact, language: str, manner: str) -> str:
    if manner.startswith("wrong"):
        fact = _mistake(rng, fact, language)
    if manner == "short":
        return _short(fact, language)
    if manner.endswith("polite"):
        return f"{fact.statement} {POLITE[language]}"
    if manner == "sure":
        return f"{SURE[language]} {fact.statement}"
    if manner == "easy":
        return f"{EASY[language]} {_short(fact, language)}"
    if manner == "two":
        return f"{fact.statement} {facts.draw_fact(rng, language).statement}"
    return fact.statement


def _mistake(rng: random.Random, fact: Fact, language: str) -> Fact:
    """The same statement with the answer to another question of its sort, if there is one."""
    others = [facts.draw_fact(rng, language, fact.kind) for _ in range(20)]
    answers = [one.answer for one in others if one.answer != fact.answer and _is_alike(one, fact, language)]
    if not answers:
        return fact
    answer = rng.choice(answers)
    return fact._replace(statement=fact.statement.replace(fact.answer, answer), answer=answer)


def _is_alike(one: Fact, other: Fact, language: str) -> bool:
    """Whether the answer to one question can stand in the answer to the other."""
    if language == "en":
        return one.question.split()[:2] == other.question.split()[:2]
    # "空は青いです": an adjective, as 緑 has none.
    adjectives = [f"{fact.answer}い" in fact.statement for fact in (one, other)]
    return one.question.split()[-4] == other.question.split()[-4] and adjectives[0] == adjectives[1]
