"""Byte pair encoding: merges are learnt in order, any text comes back, damage is told."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nnanim.data import texts
from nnanim.errors import UserError
from nnanim.models.tokenizer import BYTES, END, SPECIAL, Merge, Tokenizer

WORDS = {" low": 5, " lower": 2, " newest": 6, " widest": 3}


def test_the_most_frequent_pair_is_merged_first() -> None:
    # Sennrich's example, worked by hand: "es" and "st" occur 9 times, the later in order goes first.
    learnt = Tokenizer.train([(WORDS, 3)]).merges
    assert learnt == (Merge("s", "t", 9), Merge("e", "st", 9), Merge("o", "w", 7))


def test_merges_apply_in_the_order_in_which_they_were_learnt() -> None:
    tokenizer = Tokenizer("あいう", [Merge("い", "う", 2), Merge("あ", "い", 2)])
    assert tokenizer.split("うあいう") == ["う", "あ", "いう"] and tokenizer.split("あいあ") == ["あい", "あ"]


def test_training_is_deterministic_and_ends_when_nothing_repeats() -> None:
    once, again = (Tokenizer.train([(WORDS, 1000)]) for _ in range(2))
    assert once.tokens == again.tokens
    assert all(one.times >= 2 for one in once.merges) and len(once.merges) < 1000
    assert set(once.split("newest")) == {" newest"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "  a b",
        "a",
        "Zebra 🦓!",
        "むかしむかし、\nある所に",
        "x\t\x00y",
        "<end> <0x41>",
        "3 + 4 = 7.",
        "鬱",
    ],
)
def test_any_text_comes_back(text: str) -> None:
    tokenizer = Tokenizer.load_default()
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_unknown_characters_fall_to_bytes_and_marks_in_a_text_are_letters() -> None:
    tokenizer = Tokenizer.load_default()
    assert tokenizer.split("鬱") == [BYTES[one] for one in "鬱".encode()]
    assert not set(tokenizer.encode("<end>")) & set(range(len(SPECIAL)))
    assert tokenizer.decode([*tokenizer.encode("鬱")[:2], END]) == "�"
    with pytest.raises(UserError, match=rf"no token {len(tokenizer)}: they run from 0"):
        tokenizer.decode([len(tokenizer)])


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_cutting_a_text_before_merging_changes_nothing(language: str) -> None:
    """Parts between which no piece reaches are merged alone: the same as merging the whole text."""
    tokenizer, rng = Tokenizer.load_default(), random.Random(3)
    for _ in range(20):
        text = texts.document(rng, language)[:200]
        whole = " " + text if text[0].isascii() else text
        assert tokenizer.split(text) == list(tokenizer._merge(whole))


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_tokens_of_a_language_suffice_for_its_texts(language: str) -> None:
    tokenizer, rng = Tokenizer.load_default(), random.Random(4)
    own = tokenizer.of_language(language)
    for _ in range(50):
        assert all(own[number] for number in tokenizer.encode(texts.document(rng, language)))
    assert own[END] and not any(own[:END]) and not own[tokenizer.ids[BYTES[0]]]
    with pytest.raises(UserError, match="knows en, ja, not 'fr'"):
        tokenizer.of_language("fr")


def test_frequent_words_are_one_piece() -> None:
    tokenizer = Tokenizer.load_default()
    assert tokenizer.split("むかしむかしあるところに") == ["むかしむかし", "ある", "ところ", "に"]
    assert tokenizer.split("once upon a time") == [" once", " upon", " a", " time"]
    assert len(tokenizer.split("tomira")) > 1


def test_it_is_saved_as_json_that_a_person_can_read(tmp_path: Path) -> None:
    tokenizer = Tokenizer.train([(WORDS, 5)], 'あ"\\')
    path = tokenizer.save(tmp_path / "tokenizer.json")
    assert '["s", "t", 9]' in path.read_text(encoding="utf-8")
    assert Tokenizer.load(path).tokens == tokenizer.tokens
    for damage in ("{", "[]", '{"characters": "a", "merges": [["a"]]}', '{"merges": []}'):
        path.write_text(damage, encoding="utf-8")
        with pytest.raises(UserError, match=r"tokenizer cannot be read: .*tokenizer\.json"):
            Tokenizer.load(path)
    with pytest.raises(UserError, match="cannot be read"):
        Tokenizer.load(tmp_path / "none.json")
