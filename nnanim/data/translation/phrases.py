"""The parts of a sentence in both languages at once: who, what, where, when, and the verb's forms.

Words that mean the same carry the same link, so that an attention table can be checked.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from nnanim.data.articles import choose_article
from nnanim.data.translation import lexicon
from nnanim.data.translation.lexicon import Noun, Verb


class Word(NamedTuple):
    """A word; those with the same ``link`` in the two languages mean the same, 0 links to nothing.

    ``part``: it belongs to the word with that link and has no meaning of its own, as a counter to its number.
    """

    text: str
    link: int = 0
    part: int = 0


Words = tuple[Word, ...]


class Phrase(NamedTuple):
    """The same in both languages."""

    en: Words = ()
    ja: Words = ()


class ClauseSubject(NamedTuple):
    """Who does it: ``person`` is the pronoun for it, ``plural`` says how its verb ends ("I" counts)."""

    en: Words
    ja: Words
    person: str
    plural: bool


def words(text: str, link: int = 0) -> Words:
    """Words that are written apart, all with one link."""
    return tuple(Word(one, link) for one in text.split())


def is_held_out_pair(verb: Verb, noun: Noun) -> bool:
    """Whether no training sentence says that verb of that noun."""
    return crc32(f"{verb.base}|{noun.en}".encode()) % 14 == 0


class Phrases:
    """Draws phrases; ``polite`` Japanese or plain."""

    def __init__(self, rng: random.Random, polite: bool, held_out_pair: bool = False) -> None:
        self.rng, self.polite, self.held_out_pair = rng, polite, held_out_pair
        self.links = 0

    def link(self) -> int:
        """A link of its own for a new meaning."""
        self.links += 1
        return self.links

    def adjective(self, kind: str) -> Phrase:
        """An adjective before its noun: big, 大きい; famous, 有名 な."""
        name, link = self.rng.choice(lexicon.ADJECTIVES[kind].split()), self.link()
        if name in lexicon.I_ADJECTIVES:
            return Phrase(words(name, link), words(lexicon.I_ADJECTIVES[name] + "い", link))
        return Phrase(words(name, link), (Word(lexicon.NA_ADJECTIVES[name], link), Word("な")))

    def noun(self, kind: str, noun: Noun, article: str = "a", pointing: bool = True) -> tuple[Phrase, bool]:
        """A noun with what belongs to it, and whether it is plural.

        Args:
            kind: the class of nouns it is from.
            noun: the noun.
            article: "the" of a subject, "a" of an object, so that both directions are determined.
            pointing: whether this, that, my … may stand before it.
        """
        rng, link = self.rng, self.link()
        adjective = self.adjective(kind) if rng.random() < 0.28 else Phrase()
        drawn = rng.random()
        ja = (*adjective.ja, Word(noun.ja, link))
        if pointing and drawn < 0.12:
            en, pointer = rng.choice((("this", "この"), ("that", "その")))
            at = self.link()
            return Phrase((Word(en, at), *adjective.en, Word(noun.en, link)), (Word(pointer, at), *ja)), False
        if pointing and drawn < 0.27 and kind not in ("person", "animal"):
            _, pronoun, whose = rng.choice(lexicon.PRONOUNS)
            at = self.link()
            owned = (Word(pronoun, at), Word("の"), *ja)
            return Phrase((Word(whose, at), *adjective.en, Word(noun.en, link)), owned), False
        if pointing and drawn < 0.42 and noun.plural and noun.counter:
            en, ja_number = rng.choice(lexicon.NUMBERS)
            at = self.link()
            counted = (Word(en, at), *adjective.en, Word(noun.plural, link))
            counted = (Word("the"), *counted) if article == "the" else counted
            return Phrase(counted, (Word(ja_number, at), Word(noun.counter, part=at), Word("の"), *ja)), True
        bare = (*adjective.en, Word(noun.en, link))
        if article == "a":
            if not noun.plural and kind in ("food", "drink"):
                return Phrase(bare, ja), False
            article = choose_article(bare[0].text)
        return Phrase((Word(article), *bare), ja), False

    def subject(self, animals: bool = False) -> ClauseSubject:
        """Somebody: a pronoun, a name, family, a person, or, if that makes sense, an animal."""
        rng, drawn = self.rng, self.rng.random()
        if drawn < 0.45:
            return self.pronoun(*rng.choice(lexicon.PRONOUNS)[:2])
        link = self.link()
        if drawn < 0.58:
            en, ja, person = rng.choice(lexicon.NAMES)
            return ClauseSubject(words(en, link), words(ja, link), person, False)
        if drawn < 0.70:
            en, ja, person = rng.choice(lexicon.KIN)
            at = self.link()
            mine = (Word("私", at), Word("の"), Word(ja, link))
            return ClauseSubject((Word("my", at), Word(en, link)), mine, person, False)
        kind = "animal" if animals and rng.random() < 0.5 else "person"
        phrase, plural = self.noun(kind, rng.choice(lexicon.NOUNS[kind]), "the")
        return ClauseSubject(*phrase, "they" if plural else "it", plural)

    def pronoun(self, en: str, ja: str) -> ClauseSubject:
        """A pronoun as a subject."""
        link = self.link()
        return ClauseSubject(words(en, link), words(ja, link), en, en in ("I", "you", "we", "they"))

    def target(self, verb: Verb) -> Phrase:
        """What a verb is done to, with its particle; of a pair that is held out, or of none."""
        while True:
            kind = self.rng.choice(verb.objects)
            noun = self.rng.choice(lexicon.NOUNS[kind])
            if is_held_out_pair(verb, noun) == self.held_out_pair:
                break
        if kind == "person" and self.rng.random() < 0.1:
            en, ja, _ = self.rng.choice(lexicon.NAMES)
            link = self.link()
            phrase = Phrase(words(en, link), words(ja, link))
        else:
            phrase, _ = self.noun(kind, noun, "the" if kind == "instrument" and verb.base == "play" else "a")
        return Phrase(phrase.en, (*phrase.ja, Word(verb.particle)))

    def time(self, tense: str, share: float) -> Phrase:
        """When, if the tense has a word for it; the future always does, for Japanese has no other sign."""
        if tense not in lexicon.TIMES or (tense != "future" and self.rng.random() >= share):
            return Phrase()
        en, ja = self.rng.choice(lexicon.TIMES[tense])
        link = self.link()
        return Phrase(words(en, link), words(ja, link))

    def place(self, share: float, particle: str = "で", goal: bool = False) -> Phrase:
        """Where it happens, or where it goes."""
        if self.rng.random() >= share:
            return Phrase()
        place, link = self.rng.choice(lexicon.PLACES), self.link()
        named = tuple(Word(one, 0 if one == "the" else link) for one in place.en.split())
        if goal:
            return Phrase((Word("to"), *named), (Word(place.goal, link), Word(particle)))
        ja = (Word(place.ja[0], link), *map(Word, place.ja[1:]), Word(particle))
        return Phrase((Word(place.preposition), *named), ja)

    def verb_ja(self, verb: Verb, tense: str, negative: bool, link: int) -> Words:
        """The Japanese verb in one of seven tenses and modes."""
        at, polite = 0 if self.polite else 1, self.polite
        stem = Word(verb.polite, link)
        if tense in ("present", "future", "past"):
            if polite:
                ends = (
                    ("ません でした" if negative else "ました")
                    if tense == "past"
                    else ("ません" if negative else "ます")
                )
                return (stem, *words(ends))
            if negative:
                return (Word(verb.negative, link), Word("なかった" if tense == "past" else "ない"))
            if tense == "past":
                return (Word(verb.past_stem, link), Word(verb.past_end))
            return (Word(verb.plain, link),)
        if tense == "progressive":
            te = "て" if verb.past_end == "た" else "で"
            end = (("います", "いる"), ("いません", "いない"))[negative][at]
            return (Word(verb.past_stem, link), Word(te), Word(end))
        if tense == "want":
            return (stem, Word("たくない" if negative else "たい"), *words("です" if polite else ""))
        if tense == "can":
            end = (("できます", "できる"), ("できません", "できない"))[negative][at]
            return (Word(verb.plain, link), *words(f"こと が {end}"))
        return (Word(verb.negative, link), Word("なければ"), Word(("なりません", "ならない")[at]))

    def adjective_ja(self, name: str, past: bool, negative: bool, link: int) -> Words:
        """The Japanese adjective at the end of a sentence."""
        if name in lexicon.NA_ADJECTIVES:
            return (Word(lexicon.NA_ADJECTIVES[name], link), *self.copula_ja(past, negative))
        end = words("です" if self.polite else "")
        stem = lexicon.I_ADJECTIVES[name]
        if negative:
            return (Word(stem + "く", link), Word("なかった" if past else "ない"), *end)
        return (Word(stem + ("かった" if past else "い"), link), *end)

    def copula_ja(self, past: bool, negative: bool) -> Words:
        """です and its forms."""
        if self.polite:
            ending = (
                "では ありません" + (" でした" if past else "") if negative else "でした" if past else "です"
            )
        else:
            ending = ("では なかった" if past else "では ない") if negative else "だった" if past else "だ"
        return words(ending)

    def question_ja(self, ja: Sequence[Word]) -> Words:
        """A question: か, or, plainly, only its tone."""
        if self.polite:
            return (*ja, Word("か"), Word("。"))
        return (*(ja[:-1] if ja[-1].text == "だ" else ja), Word("？"))


def be(subject: ClauseSubject, past: bool) -> str:
    """The form of "be" that suits a subject."""
    if past:
        return "were" if subject.plural and subject.person != "I" else "was"
    return "am" if subject.person == "I" else "are" if subject.plural else "is"


def verb_en(
    verb: Verb, tense: str, negative: bool, question: bool, subject: ClauseSubject, link: int
) -> tuple[Words, Words]:
    """The English auxiliary with "not", and the verb."""
    base, no = words(verb.base, link), words("not" if negative else "")
    if tense in ("present", "past", "want"):
        helper = "did" if tense == "past" else "do" if subject.plural else "does"
        wish = words("want to") if tense == "want" else ()
        if question or negative:
            return (Word(helper), *no), (*wish, *base)
        if tense == "want":
            return (), (*wish, *base)
        return (), words(verb.past if tense == "past" else base_or_third(verb, subject), link)
    if tense == "progressive":
        return (Word(be(subject, False)), *no), words(verb.ing, link)
    if tense == "can" and negative:
        return (Word("cannot"),), base
    return (Word("will" if tense == "future" else tense), *no), base


def base_or_third(verb: Verb, subject: ClauseSubject) -> str:
    """I build, he builds."""
    return verb.base if subject.plural else verb.third
