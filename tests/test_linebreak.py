"""Lines fit, are even, and break where a reader pauses."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim import shapes, theme
from nnanim.words import linebreak
from nnanim.words.linebreak import phrases

THEME = theme.by_name("dark")
ENGLISH = (
    "Each number travels along every wire, and each one grows or shrinks on its way to the hidden layer."
)
JAPANESE = "それぞれの数は、すべての線に分かれて進み、「重み」によって大きくなったり、小さくなったりします。"


def measure(text):
    return shapes.width(text, 0.42, THEME)


def wrap(text, width):
    return linebreak.wrap(text, width, measure)


@pytest.mark.parametrize("width", [3.0, 4.5, 6.0, 9.0, 13.0])
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE])
def test_wrapped_lines_fit_and_nothing_is_lost(text, width):
    lines = wrap(text, width)
    assert all(measure(one) <= width + 1e-9 for one in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("width", [2.5, 3.0, 4.0, 5.0, 7.0])
def test_english_words_stay_whole(width):
    words = [word for one in wrap(ENGLISH, width) for word in one.split()]
    assert words == ENGLISH.split()


@pytest.mark.parametrize("width", np.linspace(1.5, 8, 27))
def test_japanese_lines_begin_and_end_where_they_may(width):
    for one in wrap(JAPANESE + "「ベクトル」ー、テンソルって。", width):
        assert one[0] not in "、。」ーっ" and one[-1] not in "「"


def test_lines_are_as_even_as_they_can_be():
    for text in (ENGLISH, JAPANESE):
        wide = measure(text)
        first, second = (measure(one) for one in wrap(text, 0.9 * wide))
        assert abs(first - second) < 0.25 * wide


def test_no_line_is_broken_that_fits_and_line_feeds_always_break():
    assert wrap("short", 13) == ["short"]
    assert wrap("a\nb c", 13) == ["a", "b c"]
    assert wrap("a\n\nb", 13) == ["a", "", "b"]
    assert wrap("", 13) == wrap(" ", 13) == [""]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("小さなピンクのロケット、", "小さな|ピンクの|ロケット、"),
        ("大きな紫のきのこ、中央", "大きな|紫の|きのこ、|中央"),
        ("右に緑の魚、夜、雪の中、", "右に|緑の魚、|夜、|雪の中、"),
        ("LSTM：一歩ずつ、状態が渡されます。", "LSTM：一歩ずつ、|状態が|渡されます。"),
        ("すべては 0 と 1 です。", "すべては 0 と 1 です。"),
        ("two words", "two |words"),
        ("", ""),
    ],
)
def test_phrases_and_words_stay_whole(text, parts):
    assert phrases(text) == [part for part in parts.split("|") if part]


@pytest.mark.parametrize("width", np.linspace(4.6, 9, 23))
def test_japanese_lines_end_with_a_phrase(width):
    ends = np.cumsum([len(phrase) for phrase in phrases(JAPANESE)])
    broken = np.cumsum([len(one) for one in wrap(JAPANESE, width)])
    assert set(broken) <= set(ends)


def test_a_phrase_wider_than_a_line_breaks_between_characters():
    lines = wrap("ニューラルネットワークです", 1.5)
    assert len(lines) > 2 and "".join(lines) == "ニューラルネットワークです"
    assert all(measure(one) <= 1.5 for one in lines)


def test_no_more_lines_than_need_be():
    wide = measure(ENGLISH)
    assert len(wrap(ENGLISH, 0.6 * wide)) == 2


def test_a_word_wider_than_a_line_breaks_too():
    assert wrap("a" * 40, 2.0) == [part for part in wrap("a" * 40, 2.0) if measure(part) <= 2.0]
    assert "".join(wrap("b " + "a" * 40, 2.0)).replace(" ", "") == "b" + "a" * 40
