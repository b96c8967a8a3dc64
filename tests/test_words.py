"""Words: every language, the glossary, numbers in sentences, languages from outside."""

from __future__ import annotations

import pytest

from nnanim import theme, words
from nnanim.errors import UserError
from nnanim.words import fill, typeset


@pytest.fixture
def french(monkeypatch):
    """A clean slate of learnt languages, with a French that can be taught."""
    monkeypatch.setattr(words, "_learnt", {})
    return lambda dictionary: words.add_language("fr", dictionary)


BOTH = {"en": "weight", "ja": "重み"}


def test_say_takes_the_language_asked_for():
    assert words.say(BOTH, "en") == "weight"
    assert words.say(BOTH, "ja") == "重み"
    assert words.say("ReLU", "ja") == "ReLU"
    assert words.say(None, "en") == ""


def test_say_falls_back_to_english_then_to_what_there_is():
    assert words.say({"en": "only English"}, "ja") == "only English"
    assert words.say({"ja": "日本語だけ"}, "en") == "日本語だけ"
    assert words.say({}, "en") == ""


def test_fill_puts_numbers_into_every_language():
    filled = words.fill({"en": "p = {p:.2f}", "ja": "p は {p:.2f}"}, p=0.971)
    assert words.say(filled, "en") == "p = 0.97"
    assert words.say(filled, "ja") == "p は 0.97"


def test_fill_takes_words_as_values_each_language_its_own():
    filled = words.fill({"en": "the {w}", "ja": "その{w}"}, w=BOTH)
    assert (words.say(filled, "en"), words.say(filled, "ja")) == ("the weight", "その重み")


def test_a_learnt_language_is_asked_by_the_english_text(french):
    french({"weight": "poids", "ReLU": "RéLU"})
    assert words.say(BOTH, "fr") == "poids"
    assert words.say("ReLU", "fr") == "RéLU"
    assert words.say({"en": "not learnt"}, "fr") == "not learnt"
    assert words.say({"en": "weight", "fr": "son propre mot"}, "fr") == "son propre mot"
    assert words.say(BOTH, "en") == "weight"


def test_a_learnt_language_fills_numbers_and_words_into_its_own_sentence(french):
    filled = words.fill({"en": "{n:,} times the {w}"}, n=1234, w=BOTH)
    french({"{n:,} times the {w}": "le {w}, {n:,} fois", "weight": "poids"})
    assert words.say(filled, "fr") == "le poids, 1,234 fois"
    assert words.say(filled, "en") == "1,234 times the weight"


def test_a_language_may_be_learnt_in_pieces(french):
    french({"weight": "poids"})
    french({"bias": "biais"})
    assert words.say(words.weight, "fr") == "poids" and words.say(words.bias, "fr") == "biais"
    assert words.available_languages() == ["en", "ja", "fr"]
    assert words.check_language("fr") == "fr"


def test_an_unknown_language_is_refused_with_the_nearest():
    with pytest.raises(
        UserError, match=r"language 'jp' is not known; nearest: 'ja'; teach it with .*add_language"
    ):
        words.check_language("jp")
    assert words.check_language("ja") == "ja"


def test_an_unknown_term_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="the glossary has no term 'hiden_layer'; nearest: 'hidden_layer'"):
        words.term("hiden_layer")
    with pytest.raises(AttributeError, match="nearest: 'softmax'"):
        words.softmx  # noqa: B018


def test_a_term_is_an_attribute_that_editors_and_mypy_know():
    assert set(words.TERMS) <= set(dir(words))
    assert words.hidden_layer == words.term("hidden_layer") == {"en": "hidden layer", "ja": "隠れ層"}


@pytest.mark.parametrize("name", words.TERMS)
def test_the_glossary_is_complete_and_the_shipped_font_can_write_it(name):
    term = words.term(name)
    assert tuple(term) == words.LANGUAGES
    look = theme.by_name("dark")
    for text in term.values():
        assert text.strip() == text != ""
        assert typeset.line(text, look.font).width > 0
        assert typeset.line(text, look.bold).width > 0
    assert not any(ord(char) >= 0x2E80 for char in term["en"])
    assert name.isidentifier()


def test_no_two_terms_say_the_same():
    for lang in words.LANGUAGES:
        said = [words.term(name)[lang] for name in words.TERMS]
        assert len(set(said)) == len(said)


def test_one_thing_is_in_the_singular_and_many_are_not() -> None:
    said = {"en": "{n} blocks on, {m} heads; neuron {n} decides.", "ja": "ブロック {n} 個"}
    assert fill(said, n=1, m=12)["en"] == "1 block on, 12 heads; neuron 1 decides."
    assert (
        fill({"en": "{n:.1f} tokens, {k:,} parameters"}, n=0.1, k=2001)["en"]
        == "0.1 tokens, 2,001 parameters"
    )


def test_one_thing_is_in_the_singular_and_the_last_side_of_a_table_is_not_one_thing():
    assert words.say(fill({"en": "{n} numbers come out."}, n=1), "en") == "1 number come out."
    assert words.say(fill({"en": "{n} numbers come out."}, n="8 × 1"), "en") == "8 × 1 numbers come out."
