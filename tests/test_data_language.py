"""The grammars: both languages say the same, one translation each; Japanese is what a teacher says."""

from __future__ import annotations

import random
import re

import pytest

from nnanim.data import texts, translation
from nnanim.data.texts import cast, chats, facts
from nnanim.data.texts.cast import join_words
from nnanim.data.translation import lexicon
from nnanim.data.translation.phrases import is_held_out_pair
from nnanim.data.translation.sentences import KINDS, SentenceWriter
from nnanim.errors import UserError


def spell(words: tuple[translation.Word, ...]) -> list[str]:
    return [word.text for word in words]


@pytest.fixture(scope="module")
def sentences() -> list[translation.Sentence]:
    rng = random.Random(12)
    return [translation.sample(rng) for _ in range(6000)]


def test_every_sentence_is_cut_into_its_own_words_again(sentences: list[translation.Sentence]) -> None:
    for one in sentences:
        for words in (spell(one.en), spell(one.ja)):
            assert translation.split(translation.join(words)) == words
            assert len(words) < 38 and set(words) <= set(translation.vocabulary())


def test_each_sentence_has_one_translation(sentences: list[translation.Sentence]) -> None:
    to_japanese: dict[tuple[str, bool], str] = {}
    to_english: dict[str, str] = {}
    for one in sentences:
        en, ja = translation.join(spell(one.en)), translation.join(spell(one.ja))
        assert to_english.setdefault(ja, en) == en
        if not one.dropped:
            assert to_japanese.setdefault((en, one.polite), ja) == ja


def test_linked_words_occur_in_both_languages(sentences: list[translation.Sentence]) -> None:
    for one in sentences:
        en, ja = ({word.link for word in words if word.link} for words in (one.en, one.ja))
        assert en & ja
        assert one.dropped or ja <= en, translation.join(spell(one.ja))


def test_no_training_sentence_is_held_out(sentences: list[translation.Sentence]) -> None:
    assert not any(translation.is_held_out(one) for one in sentences)
    rng = random.Random(13)
    assert all(translation.is_held_out(translation.sample(rng, held_out=True)) for _ in range(50))
    for text in translation.HELD_OUT_SENTENCES:
        assert all(word in translation.vocabulary() for word in text.split())
    house = next(noun for noun in lexicon.NOUNS["building"] if noun.en == "house")
    build = next(verb for verb in lexicon.TRANSITIVE if verb.base == "build")
    assert not is_held_out_pair(build, house)


def test_pairs_of_verb_and_object_are_held_out(sentences: list[translation.Sentence]) -> None:
    held_out = [
        (verb.base, noun.en)
        for verb in lexicon.TRANSITIVE
        for kind in verb.objects
        for noun in lexicon.NOUNS[kind]
        if is_held_out_pair(verb, noun)
    ]
    assert 20 < len(held_out) < 80
    said = {translation.join(spell(one.en)).lower() for one in sentences}
    for verb, noun in held_out:
        assert not any(re.search(rf"\b{verb} (a|an|the) {noun}\b", text) for text in said)


def test_japanese_is_what_a_teacher_says(sentences: list[translation.Sentence]) -> None:
    said = "\n".join(translation.join(spell(one.ja)) for one in sentences)
    assert "ですから" not in said and "ので、" in said
    who = set(re.findall(r"^([^、\n]*?)[はが](?:眠い|眠く|眠かった|悲し)", said, re.M))
    assert who == {"私", "私たち", "あなた"}
    for pet in ("猫", "犬", "馬"):
        assert f"{pet}を持っ" not in said
    assert "犬を飼って" in said
    for verb in ("行っ", "来", "帰っ", "会っ", "忘れ", "見つけ"):
        assert not re.search(rf"{verb}て(いる|います|いない|いません)", said)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sentence_ends_as_one(kind: str) -> None:
    rng = random.Random(14)
    for at in range(60):
        one = SentenceWriter(rng, polite=bool(at % 2)).sentence(kind)
        assert one.en[-1].text in ".?" and one.ja[-1].text in "。？"
        assert (one.en[-1].text == "?") == (one.ja[-1].text == "？" or one.ja[-2].text == "か")


def test_known_sentences() -> None:
    assert translation.split("Tom did not buy a camera.") == "Tom did not buy a camera .".split()
    assert translation.split("私は家を建てました。") == "私 は 家 を 建て ました 。".split()
    assert translation.split("私 は 家 を 建てた。") == "私 は 家 を 建て た 。".split()
    assert translation.join("I built a house .".split()) == "I built a house."
    with pytest.raises(UserError, match=r"does not know 'hause' in 'I built a hause\.'; nearest: .*'house'"):
        translation.split("I built a hause.")
    with pytest.raises(UserError, match="does not know '飛行機を見ました。'"):
        translation.split("私は飛行機を見ました。")


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_texts_are_the_same_for_the_same_seed(language: str) -> None:
    for kind in texts.KINDS:
        once, again = (texts.document(random.Random(5), language, kind) for _ in range(2))
        assert once == again and once.strip() == once and "  " not in once
        assert once.isascii() == (language == "en")


def test_texts_in_japanese_are_what_a_teacher_says() -> None:
    rng = random.Random(6)
    said = "\n".join(texts.document(rng, "ja") for _ in range(1500))
    assert " " not in said
    for right in (
        "空は青いです",
        "雪は白いです",
        "日本一高い山は富士山です",
        "日本一長い川は信濃川です",
        "を飼っています",
    ):
        assert right in said
    for wrong in ("空は青です", "日本一の川", "日本一の山", "ですから"):
        assert wrong not in said
    english = "\n".join(texts.document(rng, "en") for _ in range(1500))
    assert not re.search(r"\ba [aeiou]| [.,?!:]", english)


def test_unknown_languages_and_kinds() -> None:
    with pytest.raises(UserError, match="written in en, ja, not 'fr'"):
        texts.document(random.Random(0), "fr")
    with pytest.raises(UserError, match="no kind of text 'poem'"):
        texts.document(random.Random(0), "en", "poem")


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("kind", facts.KINDS)
def test_the_rule_knows_right_answers_from_wrong_ones(language: str, kind: str) -> None:
    rng = random.Random(7)
    for _ in range(40):
        fact = facts.draw_fact(rng, language, kind)
        statement = join_words(fact.statement, language)
        answer = join_words(fact.answer, language)
        turn = chats.Turn(language, kind, (), fact.question, "", answer, statement)
        sure, polite = (join_words(one[language], language) for one in (chats.SURE, chats.POLITE))
        for said in (statement, f"{sure}{statement}", statement + polite, turn.statement.rstrip(".。")):
            assert chats.is_true(said, turn)
        mistaken = chats._mistake(rng, fact, language)
        assert chats.is_true(join_words(mistaken.statement, language), turn) == (
            mistaken.answer == fact.answer
        )


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("en", facts.sum_fact(0, 3, "en"), "0 + 3 = 5."),
        ("en", facts.sum_fact(1, 7, "en"), "8 + 8 = 8."),
        ("ja", facts.sum_fact(6, 8, "ja"), "7足す8は14です。"),
        ("en", facts.animal_facts(cast.ANIMALS[2], "en")[0], "an owl eats grass."),
        ("ja", facts.animal_facts(cast.ANIMALS[2], "ja")[2], "馬は野原にいます。"),
        ("en", facts.WORLD["en"][8], "green is white."),
    ],
)
def test_the_right_word_in_an_untrue_sentence_is_no_true_answer(
    language: str, asked: facts.Fact, said: str
) -> None:
    question, right, statement = (
        join_words(one, language) for one in (asked.question, asked.answer, asked.statement)
    )
    turn = chats.Turn(language, asked.kind, (), question, "", right, statement)
    assert right in said and not chats.is_true(said, turn) and chats.is_true(statement, turn)


def test_the_rule_of_preference() -> None:
    turn = chats.Turn("en", "sum", (), "what is 1 + 1?", "", "2", "1 + 1 = 2.")
    assert chats.reward("1 + 1 = 2.", turn, 6) == pytest.approx(2 - 0.24)
    assert chats.reward("1 + 1 = 12. i hope this helps!", turn, 10) == pytest.approx(1 - 0.4)
    assert chats.reward("that is easy. 2.", turn, 6) == pytest.approx(2 - 1 - 0.24)


def test_held_out_sums_are_never_written() -> None:
    rng = random.Random(8)
    written = "\n".join(texts.document(rng, "en", kind) for kind in ("sums", "quiz") for _ in range(400))
    assert 10 <= len(facts.HELD_OUT_SUMS) <= 20 and (1, 1) not in facts.HELD_OUT_SUMS
    assert not any(f"{a} + {b} " in written for a, b in facts.HELD_OUT_SUMS)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_fact_is_among_the_documents(language: str) -> None:
    rng = random.Random(9)
    for documents in (1, 2, 3):
        turn = chats.draw_document_turn(rng, language, documents)
        assert len(turn.documents) == documents == len(set(turn.documents))
        assert any(turn.right in text for text in turn.documents) and chats.is_true(turn.answer, turn)
