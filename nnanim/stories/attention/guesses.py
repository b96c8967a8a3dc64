"""What the model guesses: the next word or a blank, and how temperature and top-k change the choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Row, Tokens
from nnanim.stories.attention.reading import FEWER, Floats, Reading, softmax
from nnanim.words import Words, fill
from nnanim.words.numerals import chosen_number

TOP = 6
"""Number of likely next words that are shown."""

TEMPERATURES = (0.5, 1.0, 2.0)

KEPT = (1, 3, 6)
"""Numbers of words that the top-k choices leave."""


def bars(p: Floats, names: Sequence[str], key: str, label: Words | None = None, top: int = TOP) -> Bars:
    """The ``top`` likeliest of probabilities (words,), the likeliest first."""
    order = np.argsort(-p, kind="stable")[:top]
    return Bars(
        p[order], tuple(names[int(i)] for i in order), key=key, limit=1.0, percent=True, highlight=(0,),
        of=len(p), label=label,
    )  # fmt: skip


def likeliest(reading: Reading, place: int, key: str, heat: float = 1.0, label: Words | None = None) -> Bars:
    """The likeliest words after the token at ``place``, or at it where a blank is filled.

    Raises:
        UserError: the model guesses no words.
    """
    if not reading.guesses:
        raise UserError(
            "this model guesses no words: it has no head for that, or the sentence has no [MASK] to be filled"
        )
    return bars(softmax(reading.after(place), heat), reading.vocabulary, key, label)


def next_words(reading: Reading) -> Iterator[Beat]:
    """The last vector against the vocabulary; the likeliest word is appended, again and again."""
    for place in range(reading.length - 1, len(reading.tokens)):
        new = place - reading.length + 1
        tokens = reading.line(place + 1, FEWER, highlight=tuple(range(reading.length, place + 1)))
        shown = likeliest(reading, place, "next", label=words.next_word)
        sentence = (
            {
                "en": "The last vector says which word may come next.",
                "ja": "最後のベクトルから、次の単語の確率が出ます。",
            }
            if new == 0
            else fill(
                {
                    "en": "“{word}” is taken, and the model reads on.",
                    "ja": "「{word}」をつなげて、また読みます。",
                },
                word=reading.name(place),
            )
        )
        yield Beat(
            sentence, Column(tokens, shown, gap=0.4), id=f"next-{new}", pause=None if new == 0 else 1.2
        )


def blank(reading: Reading) -> Iterator[Beat]:
    """The vector of the blank against the vocabulary."""
    if reading.blank is None:
        raise UserError("the sentence has no [MASK] to be filled")
    label = {"en": "in place of {name}", "ja": "{name} に入る単語"}
    shown = likeliest(reading, reading.blank, "fill", label=fill(label, name=reading.name(reading.blank)))
    yield Beat(
        {
            "en": "The vector of the blank says which word may stand there.",
            "ja": "空欄のベクトルから、入る単語の確率が出ます。",
        },
        Column(reading.line(most=FEWER, highlight=(reading.blank,)), shown, gap=0.4),
        id="fill",
    )


def unsure(reading: Reading) -> int:
    """Index of the token after which the model is least sure, of the last one read and those it added."""
    if reading.blank is not None:
        return reading.blank
    places = range(reading.length - 1, len(reading.tokens))
    return max(places, key=lambda at: entropy(softmax(reading.after(at))))


def temperature(reading: Reading) -> Beat:
    """The same logits at three temperatures, where the model is least sure."""
    place = unsure(reading)
    rows = [
        likeliest(
            reading, place, f"heat-{heat:g}", heat,
            fill({"en": "temperature {t}", "ja": "温度 {t}"}, t=chosen_number(heat)),
        )
        for heat in TEMPERATURES
    ]  # fmt: skip
    return Beat(
        {
            "en": "Temperature: cold is sure of itself, hot tries anything.",
            "ja": "温度が低いと決まった単語、高いと意外な単語も選びます。",
        },
        Column(_so_far(reading, place), Row(*rows, gap=0.8), gap=0.5),
        id="temperature",
    )


def top_k(reading: Reading, kept: Sequence[int] = KEPT) -> Beat:
    """Only the k likeliest words are left, and their probabilities are made to sum to 1 again.

    Raises:
        UserError: a k below 1.
    """
    place = unsure(reading)
    likeliest(reading, place, "top")
    p = softmax(reading.after(place))
    order = np.argsort(-p, kind="stable")
    rows = []
    for k in kept:
        if k < 1:
            raise UserError(f"top-k leaves at least one word, got {k}")
        left = p[order[:k]] / p[order[:k]].sum()
        rows.append(
            Bars(
                left, tuple(reading.vocabulary[int(i)] for i in order[:k]), key=f"top-{k}", limit=1.0,
                percent=True, highlight=(0,), label=fill({"en": "k = {k}", "ja": "k = {k}"}, k=k),
            )
        )  # fmt: skip
    return Beat(
        {
            "en": "Top-k: only the k likeliest words are left to choose from.",
            "ja": "top-k では、上位 k 個の単語だけから選びます。",
        },
        Column(_so_far(reading, place), Row(*rows, gap=0.8), gap=0.5),
        id="top-k",
        given=("top-1",) if 1 in kept else (),  # of one word, the share is 1
    )


def _so_far(reading: Reading, place: int) -> Tokens:
    """The tokens up to ``place``, or all of them where a blank is filled."""
    if reading.blank is not None:
        return reading.line(most=FEWER, highlight=(reading.blank,))
    return reading.line(place + 1, FEWER)


def entropy(p: Floats) -> float:
    """Entropy of probabilities (n,), in nats."""
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum())
