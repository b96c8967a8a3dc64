"""Whole sentences in both languages: eleven kinds, from "This is a pen." to a relative clause."""

from __future__ import annotations

import random
from typing import NamedTuple

from nnanim.data.translation import lexicon
from nnanim.data.translation.lexicon import Verb
from nnanim.data.translation.phrases import (
    ClauseSubject,
    Phrase,
    Phrases,
    Word,
    Words,
    be,
    is_held_out_pair,
    verb_en,
    words,
)

KINDS = {
    "clause": 18, "copula": 5, "adjective": 5, "existence": 3, "position": 2, "like": 3, "but": 2,
    "because": 3, "relative": 3, "comparison": 2, "have": 3,
}  # fmt: skip
TENSES = {"past": 25, "present": 15, "progressive": 10, "future": 8, "want": 6, "can": 6, "must": 4}
HAVE = Verb("have", "has", "had", "", "持ち", "持つ", "持っ", "た", "持た", True)
LIKE = Verb("like", "likes", "liked", "", "", "", "", "", "", False)
DROPPED = 0.3  # share of sentences about me, or questions to you, in which Japanese does not say so


class Sentence(NamedTuple):
    """The same sentence in both languages, words apart.

    ``dropped``: the Japanese one leaves out 私 or あなた; it is read so, never written, for English does not
    say which it should be.
    """

    en: Words
    ja: Words
    polite: bool
    dropped: bool = False


class _Clause(NamedTuple):
    """A sentence without its full stop; a question is whole."""

    en: Words
    ja: Words
    dropped: bool = False
    question: bool = False


class SentenceWriter(Phrases):
    """Writes sentences of all kinds."""

    def __init__(self, rng: random.Random, polite: bool, held_out_pair: bool = False) -> None:
        super().__init__(rng, polite, held_out_pair)
        self.verbs = lexicon.TRANSITIVE
        if held_out_pair:
            self.verbs = tuple(
                verb for verb in lexicon.TRANSITIVE
                if any(is_held_out_pair(verb, noun) for kind in verb.objects for noun in lexicon.NOUNS[kind])
            )  # fmt: skip

    def sentence(self, kind: str = "") -> Sentence:
        """One sentence of a kind, or of any."""
        if self.held_out_pair:
            kind = "clause"
        kind = kind or self.rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        clause: _Clause = getattr(self, f"_{kind}")()
        en, ja, dropped, question = clause
        if not question:
            en, ja = (*en, Word(".")), (*ja, Word("。"))
        return Sentence(en, ja, self.polite, dropped)

    def _clause(self) -> _Clause:
        kind = "transitive"
        if not self.held_out_pair:
            kind = self.rng.choices(("transitive", "intransitive", "motion", "giving"), (12, 4, 4, 3))[0]
        tense = self.rng.choices(tuple(TENSES), tuple(TENSES.values()))[0]
        negative = tense != "must" and self.rng.random() < 0.25
        question = tense != "must" and not negative and self.rng.random() < 0.18
        if tense == "want":  # たい is said of oneself, and asked of you
            subject = self.pronoun(*self.rng.choice((lexicon.PRONOUNS[0], lexicon.PRONOUNS[4]))[:2])
            subject = self.pronoun("you", "あなた") if question else subject
        else:
            subject = self.subject(animals=kind in ("intransitive", "motion"))
        return self.predicate(kind, tense, subject, negative, question)

    def predicate(
        self, kind: str, tense: str, subject: ClauseSubject, negative: bool = False, question: bool = False
    ) -> _Clause:
        """A clause with a verb; a question may ask what or where."""
        verb = self._verb(kind, tense)
        if tense == "progressive" and not verb.lasting:
            tense = "past"
        link = self.link()
        target, place = self._complements(kind, verb)
        time = self.time(tense, self._time_share(verb, tense, subject, negative or question))
        asked = ""
        if (
            question
            and tense != "want"
            and kind in ("transitive", "intransitive")
            and self.rng.random() < 0.35
        ):
            asked = "where"
            if kind == "transitive" and "person" not in verb.objects and self.rng.random() < 0.6:
                asked = "what"
        at = self.link()
        if asked == "what":
            target = Phrase((), (Word("何", at), Word("を")))
        elif asked == "where":
            place = Phrase((), (Word("どこ", at), Word("で")))
        helper, said = verb_en(verb, tense, negative, question, subject, link)
        en = (*said, *target.en, *place.en, *time.en)
        ja = (*time.ja, *place.ja, *target.ja, *self.verb_ja(verb, tense, negative, link))
        return self._finish(subject, helper, en, ja, question, words(asked, at))

    def _verb(self, kind: str, tense: str) -> Verb:
        verbs = {
            "transitive": self.verbs, "intransitive": lexicon.INTRANSITIVE, "motion": lexicon.MOTION,
            "giving": lexicon.GIVING,
        }[kind]  # fmt: skip
        if tense == "progressive":
            verbs = tuple(verb for verb in verbs if verb.lasting) or verbs
        return self.rng.choice(verbs)

    def _complements(self, kind: str, verb: Verb) -> tuple[Phrase, Phrase]:
        """To what or whom, and where."""
        if kind == "transitive":
            return self.target(verb), self.place(0.22)
        if kind == "intransitive":
            return Phrase(), self.place(0.6)
        if kind == "motion":
            return Phrase(), self.place(1, "に", goal=True)
        given = self.rng.choice(("thing", "text"))
        what, _ = self.noun(given, self.rng.choice(lexicon.NOUNS[given]))
        if self.rng.random() < 0.5:
            en, ja, _ = self.rng.choice(lexicon.NAMES)
            link = self.link()
            whom = Phrase(words(en, link), words(ja, link))
        else:
            whom, _ = self.noun("person", self.rng.choice(lexicon.NOUNS["person"]), "the")
        return Phrase(
            (*what.en, Word("to"), *whom.en), (*whom.ja, Word("に"), *what.ja, Word("を"))
        ), Phrase()

    def _time_share(self, verb: Verb, tense: str, subject: ClauseSubject, helped: bool) -> float:
        """How often the time is said: always in "I read a book", which is past or present."""
        ambiguous = verb.base == "read" and tense in ("past", "present") and subject.plural and not helped
        return 1 if ambiguous else 0.35

    def _finish(
        self, subject: ClauseSubject, helper: Words, en: Words, ja: Words, question: bool, asked: Words = ()
    ) -> _Clause:
        """ClauseSubject, helper and the rest in their order; Japanese may drop a subject that is plain."""
        dropped = subject.person == ("you" if question else "I") and self.rng.random() < DROPPED
        topic = () if dropped else (*subject.ja, Word("は"))
        if question:
            en = (*asked, *helper, *subject.en, *en, Word("?"))
            return _Clause(en, self.question_ja((*topic, *ja)), dropped, True)
        return _Clause((*subject.en, *helper, *en), (*topic, *ja), dropped)

    def _state(
        self,
        subject: ClauseSubject,
        past: bool,
        negative: bool,
        question: bool,
        en: Words,
        ja: Words,
        drop: bool = False,
    ) -> _Clause:
        """Somebody or something is something, or somewhere."""
        helper = (Word(be(subject, past)), *words("not" if negative else ""))
        if drop:
            return self._finish(subject, helper, en, ja, question)
        topic = (*subject.ja, Word("は"))
        if question:
            return _Clause(
                (*helper, *subject.en, *en, Word("?")), self.question_ja((*topic, *ja)), question=True
            )
        return _Clause((*subject.en, *helper, *en), (*topic, *ja))

    def _mood(self) -> tuple[bool, bool, bool]:
        """Past, negative, question."""
        negative = self.rng.random() < 0.25
        return self.rng.random() < 0.3, negative, not negative and self.rng.random() < 0.25

    def _copula(self) -> _Clause:
        past, negative, question = self._mood()
        if self.rng.random() < 0.65:
            pointer, ja_pointer = self.rng.choice((("this", "これ"), ("that", "それ")))
            link = self.link()
            subject = ClauseSubject(words(pointer, link), words(ja_pointer, link), "it", False)
            kind = self.rng.choice(("thing", "thing", "text", "food", "animal", "instrument", "building"))
            past, pointing = False, self.rng.random() < 0.3 and kind != "animal"
        else:
            people = (*lexicon.PRONOUNS[:4],)
            subject = (
                self.pronoun(*self.rng.choice(people)[:2]) if self.rng.random() < 0.5 else self.subject()
            )
            while subject.plural and subject.person not in ("I", "you"):
                subject = self.subject()
            kind, pointing = "person", False
        while True:
            what, plural = self.noun(kind, self.rng.choice(lexicon.NOUNS[kind]), pointing=pointing)
            if not plural and what.en[0].text not in ("this", "that"):
                break
        ja = (*what.ja, *self.copula_ja(past, negative))
        return self._state(subject, past, negative, question, what.en, ja)

    def _adjective(self) -> _Clause:
        past, negative, question = self._mood()
        if self.rng.random() < 0.6:
            kind = self.rng.choice(tuple(lexicon.ADJECTIVES))
            phrase, plural = self.noun(kind, self.rng.choice(lexicon.NOUNS[kind]), "the")
            subject = ClauseSubject(*phrase, "they" if plural else "it", plural)
            name, feeling = self.rng.choice(lexicon.ADJECTIVES[kind].split()), False
        else:
            feeling = self.rng.random() < 0.25
            subject = self._feeling_subject(question) if feeling else self.subject()
            name = self.rng.choice(lexicon.FEELINGS if feeling else lexicon.OF_PEOPLE)
        link = self.link()
        ja = self.adjective_ja(name, past, negative, link)
        return self._state(subject, past, negative, question, words(name, link), ja, drop=feeling)

    def _feeling_subject(self, question: bool) -> ClauseSubject:
        pronoun = lexicon.PRONOUNS[1 if question else self.rng.choice((0, 4))]
        return self.pronoun(*pronoun[:2])

    def _somewhere(self) -> Phrase:
        """In a place, or on, under, near something; Japanese without に."""
        if self.rng.random() < 0.5:
            place = self.place(1)
            return Phrase(place.en, place.ja[:-1])
        en, ja = self.rng.choice(lexicon.RELATIONS)
        mark, link, at = self.rng.choice(lexicon.LANDMARKS), self.link(), self.link()
        return Phrase(
            (*words(en, at), Word("the"), Word(mark.en, link)),
            (Word(mark.ja, link), Word("の"), Word(ja, at)),
        )

    def _being(self) -> tuple[str, lexicon.Noun]:
        kind = self.rng.choice(("animal", "person", "thing", "food"))
        return kind, self.rng.choice([noun for noun in lexicon.NOUNS[kind] if noun.plural])

    def _be_there_ja(self, alive: bool, past: bool, negative: bool) -> Words:
        if self.polite:
            stem = "い" if alive else "あり"
            if negative:
                return words(f"{stem}ません" + (" でした" if past else ""))
            return words(stem + ("ました" if past else "ます"))
        if negative:
            return words(("い" if alive else "") + ("なかった" if past else "ない"))
        return words((("いた", "いる") if alive else ("あった", "ある"))[not past])

    def _existence(self) -> _Clause:
        past, _, question = self._mood()
        kind, noun = self._being()
        while True:
            what, plural = self.noun(kind, noun)
            if what.en[0].text not in ("this", "that", *(whose for _, _, whose in lexicon.PRONOUNS)):
                break
        where = self._somewhere()
        alive = kind in ("animal", "person")
        ja = (*where.ja, Word("に"), *what.ja, Word("が"), *self._be_there_ja(alive, past, False))
        verb = Word(("were" if past else "are") if plural else ("was" if past else "is"))
        if question:
            en = (verb, Word("there"), *what.en, *where.en, Word("?"))
            return _Clause(en, self.question_ja(ja), question=True)
        return _Clause((Word("there"), verb, *what.en, *where.en), ja)

    def _position(self) -> _Clause:
        past, negative, question = self._mood()
        kind, noun = self._being()
        phrase, plural = self.noun(kind, noun, "the")
        where = self._somewhere()
        subject = ClauseSubject(*phrase, "they" if plural else "it", plural)
        ja = (*where.ja, Word("に"), *self._be_there_ja(kind in ("animal", "person"), past, negative))
        return self._state(subject, past, negative, question, where.en, ja)

    def _like(self) -> _Clause:
        _, negative, question = self._mood()
        subject, kind = self.subject(), self.rng.choice(("animal", "food", "drink"))
        noun, link, at = self.rng.choice(lexicon.NOUNS[kind]), self.link(), self.link()
        adjective = self.adjective(kind) if self.rng.random() < 0.3 else Phrase()
        helper, said = verb_en(LIKE, "present", negative, question, subject, at)
        en = (*said, *adjective.en, Word(noun.plural or noun.en, link))
        liked = (Word(noun.ja, link), Word("が"), Word("好き", at))
        return self._finish(
            subject, helper, en, (*adjective.ja, *liked, *self.copula_ja(False, negative)), question
        )

    def _have(self) -> _Clause:
        """Things are 持っている, pets are 飼っている."""
        _, negative, question = self._mood()
        subject, link = self.subject(), self.link()
        kind = self.rng.choice(("thing", "text", "instrument", "animal"))
        noun = self.rng.choice(lexicon.PETS if kind == "animal" else lexicon.NOUNS[kind])
        what, _ = self.noun(kind, noun)
        helper, said = verb_en(HAVE, "present", negative, question, subject, link)
        end = (("いる", "います"), ("いない", "いません"))[negative][self.polite]
        ja = (
            *what.ja,
            Word("を"),
            Word("飼っ" if kind == "animal" else "持っ", link),
            Word("て", part=link),
            Word(end, part=link),
        )
        return self._finish(subject, helper, (*said, *what.en), ja, question)

    def _simple(self, subject: ClauseSubject, tense: str) -> _Clause:
        kind = self.rng.choices(("transitive", "intransitive", "motion"), (6, 2, 2))[0]
        negative = self.rng.random() < 0.25
        while True:
            verb = self._verb(kind, tense)
            if verb.base != "read" or not subject.plural or negative:
                break
        link = self.link()
        target = self.target(verb) if kind == "transitive" else Phrase()
        place = self.place(1, "に", goal=True) if kind == "motion" else Phrase()
        helper, said = verb_en(verb, tense, negative, False, subject, link)
        en = (*subject.en, *helper, *said, *target.en, *place.en)
        return _Clause(en, (*place.ja, *target.ja, *self.verb_ja(verb, tense, negative, link)))

    def _but(self) -> _Clause:
        tense = self.rng.choices(("past", "present"), (3, 1))[0]
        first, second = self.subject(), self.subject()
        while second.person == first.person:
            second = self.subject()
        one, other, link = self._simple(first, tense), self._simple(second, tense), self.link()
        ja = (
            *first.ja, Word("は"), *one.ja, Word("が", link), Word("、", part=link),
            *second.ja, Word("は"), *other.ja,
        )  # fmt: skip
        return _Clause((*one.en, Word(",", part=link), Word("but", link), *other.en), ja)

    def _because(self) -> _Clause:
        """One subject for both halves, said once in Japanese, or two, the second half's with が."""
        tense = self.rng.choices(("past", "present"), (3, 1))[0]
        past, feeling = tense == "past", self.rng.random() < 0.3
        if feeling or self.rng.random() < 0.5:
            main = self._feeling_subject(False) if feeling else self.subject()
            while main.person in ("it", "they") and len(main.en) > 1:  # he or she? one cannot know
                main = self.subject()
            reason = main._replace(en=words(main.person, main.en[-1].link))
            dropped = main.person == "I" and self.rng.random() < DROPPED
            begin, topic = () if dropped else (*main.ja, Word("は")), tuple[Word, ...]()
        else:
            main, reason = self.subject(), self.subject()
            while main.person == reason.person:
                reason = self.subject()
            begin, topic, dropped = (*reason.ja, Word("が")), (*main.ja, Word("は")), False
        clause, link, at = self._simple(main, tense), self.link(), self.link()
        name = self.rng.choice(lexicon.FEELINGS if feeling else lexicon.OF_PEOPLE)
        why = (*reason.en, Word(be(reason, past)), Word(name, at))
        ja = (
            *begin,
            *self._reason_ja(name, past, at),
            Word("ので", link),
            Word("、", part=link),
            *topic,
            *clause.ja,
        )
        return _Clause((*clause.en, Word("because", link), *why), ja, dropped)

    def _reason_ja(self, name: str, past: bool, link: int) -> Words:
        """An adjective before ので: 眠かった, 暇だった, 暇な."""
        if name in lexicon.NA_ADJECTIVES:
            return (Word(lexicon.NA_ADJECTIVES[name], link), Word("だった" if past else "な"))
        return (Word(lexicon.I_ADJECTIVES[name] + ("かった" if past else "い"), link),)

    def _relative(self) -> _Clause:
        """A clause before a noun: これは私の祖父が建てた家です, 私の祖父が建てた家は大きいです."""
        past, negative, question = self._mood()
        verb = self.rng.choice([one for one in lexicon.TRANSITIVE if one.particle == "を"])
        while True:
            kind = self.rng.choice(verb.objects)
            noun = self.rng.choice(lexicon.NOUNS[kind])
            if not is_held_out_pair(verb, noun):
                break
        subject, link, at, time = self.subject(), self.link(), self.link(), self.time("past", 0.3)
        en = (Word("the"), Word(noun.en, at), Word("that"), *subject.en, *words(verb.past, link), *time.en)
        did = (Word(verb.past_stem, link), Word(verb.past_end))
        ja = (*subject.ja, Word("が"), *time.ja, *did, Word(noun.ja, at))
        if self.rng.random() < 0.5:
            pointer, ja_pointer = self.rng.choice((("this", "これ"), ("that", "それ")))
            there = self.link()
            topic = ClauseSubject(words(pointer, there), words(ja_pointer, there), "it", False)
            return self._state(topic, False, negative, question, en, (*ja, *self.copula_ja(False, negative)))
        name, own = self.rng.choice(lexicon.ADJECTIVES[kind].split()), self.link()
        whole = ClauseSubject(en, ja, "it", False)
        quality = self.adjective_ja(name, past, negative, own)
        return self._state(whole, past, negative, False, words(name, own), quality)

    def _comparison(self) -> _Clause:
        question = self.rng.random() < 0.2
        kind = self.rng.choice(("animal", "thing", "building"))
        name = self.rng.choice(
            [one for one in lexicon.ADJECTIVES[kind].split() if one in lexicon.COMPARATIVES]
        )
        first, second = self.rng.sample(lexicon.NOUNS[kind], 2)
        links = [self.link() for _ in range(3)]
        subject = ClauseSubject(
            (Word("the"), Word(first.en, links[0])), words(first.ja, links[0]), "it", False
        )
        compared = words(lexicon.COMPARATIVES[name], links[2])
        compared = compared if len(compared) == 1 else (Word("more"), compared[1])
        en = (*compared, Word("than"), Word("the"), Word(second.en, links[1]))
        ja = (Word(second.ja, links[1]), Word("より"), *self.adjective_ja(name, False, False, links[2]))
        return self._state(subject, False, False, question, en, ja)
