"""What the model guesses: the next word or a blank, and how temperature and top-k change the choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Row, Tokens
from nnanim.motions import Playback
from nnanim.stories.attention.drawing import FEWER, build_line
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.stories.probabilities import softmax
from nnanim.words import Words, fill
from nnanim.words.numerals import chosen_number

TOP = 6
"""Number of likely next words that are shown."""

VISIBLE = 0.005
"""Share from which a bar can be seen."""

LEAST = 3
"""Number of bars where one alone can be seen."""

CHANCE = "amount2"
"""Colour of probabilities."""

ENDS = (1.0, 0.5, 2.0)
"""The model's own temperature, a low and a high one."""

HEATS = (*(n / 10 for n in range(10, 5, -1)), *(n / 10 for n in range(5, 21)))
"""Temperatures that are run through, from one of these to the next."""

HOLD = 6
"""How much longer the bars rest at an end."""

LOW = 0.7
"""Scale of a growing sentence over its bars: its words keep their size while it grows."""

SURE = 0.5
"""Share of the likeliest token below which the model is said not to be sure."""

KEPT = (1, 3, 6)
"""Numbers of words that the top-k choices leave."""


def bars(
    p: Floats,
    names: Sequence[str],
    key: str,
    label: Words | None = None,
    top: int = TOP,
    also: Sequence[str] = (),
) -> Bars:
    """The ``top`` likeliest of probabilities (words,), the likeliest first, as far as they can be seen.

    Those in ``also`` are shown however small they are.
    """
    order = np.argsort(-p, kind="stable")
    kept = {int(i) for i in order[:top] if p[i] >= VISIBLE}
    if also:  # else no more tokens are spelled than are shown: a large vocabulary takes long
        kept |= {i for i, name in enumerate(names) if name in also}
    shown = [int(i) for i in order if int(i) in kept][:top]
    shown = shown if len(shown) > 1 else [int(i) for i in order[:LEAST]]
    return Bars(
        p[shown], tuple(names[i] for i in shown), key=key, limit=1.0, percent=True, highlight=(0,),
        of=len(p), label=label, role=CHANCE,
    )  # fmt: skip


def likeliest(
    reading: Reading,
    place: int,
    key: str,
    heat: float = 1.0,
    label: Words | None = None,
    also: Sequence[str] = (),
) -> Bars:
    """The likeliest words after the token at ``place``, or in it if it is a blank, and ``also`` others.

    Raises:
        UserError: the model guesses no words.
    """
    if not reading.guesses:
        raise UserError(
            "this model guesses no words: it has no head for that, or the sentence has no [MASK] to be filled"
        )
    return bars(softmax(reading.after(place), heat), reading.vocabulary, key, label, also=also)


def next_words(reading: Reading) -> Iterator[Beat]:
    """The likeliest token flies into the sentence, again and again."""
    first, last = reading.length, len(reading.tokens) - 1
    if first > last:
        return
    yield Beat(
        fill(
            {
                "en": "“{word}” joins the sentence; the model reads on.",
                "ja": "「{word}」をつなげて、また読みます。",
            },
            word=reading.name(first),
        ),
        _sentence_over_bars(reading, first, likeliest(reading, first, "next", label=words.next_word)),
        id="next-1",
        born={("tokens", -1): From("next", 0)},
    )
    if first < last:
        shown = likeliest(reading, last, "next", label=words.next_word)
        yield Beat(
            {
                "en": "On it goes. Here it is not sure.",
                "ja": "一つずつ続きます。ここでは迷っています。",
            }
            if shown.values[0] < SURE
            else {"en": "On it goes, token by token.", "ja": "一つずつ続きます。"},
            _sentence_over_bars(reading, last, shown),
            id="next-2",
            pause=2.7,
            born={("tokens", first - last - 1 + i): From("next", 0) for i in range(1, last - first + 1)},
        )


def _sentence_over_bars(reading: Reading, place: int, shown: Bars) -> Column:
    """The sentence up to ``place``, what the model added ringed, over some bars."""
    return Column(_so_far(reading, place), shown, gap=0.4, scale=LOW)


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
        Column(build_line(reading, most=FEWER, highlight=(reading.blank,)), shown, gap=0.4),
        id="fill",
    )


def unsure(reading: Reading) -> int:
    """Index of the token after which the model is least sure, of the last one read and those it added."""
    if reading.blank is not None:
        return reading.blank
    places = range(reading.length - 1, len(reading.tokens))
    return max(places, key=lambda at: entropy(softmax(reading.after(at))))


def temperature(reading: Reading) -> Beat:
    """The same logits, divided by temperatures from 1 down and up, where the model is least sure."""
    place = unsure(reading)
    names = [str(name) for name in likeliest(reading, place, "next").names]
    states = [
        likeliest(
            reading, place, "next", float(heat),
            fill({"en": "temperature {t}", "ja": "温度 {t}"}, t=chosen_number(float(heat), ".1f")), names,
        )
        for heat in HEATS
    ]  # fmt: skip
    line = _so_far(reading, place)
    return Beat(
        {
            "en": "Scores divided by a temperature: low is sure, high is not.",
            "ja": "温度で割ると、低いほど確かに、高いほど迷います。",
        },
        Column(line, states[-1], gap=0.4, scale=LOW),
        motion=Playback({"next": states}, seconds=1.3, holds=tuple(HOLD if h in ENDS else 1 for h in HEATS)),
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
    """The tokens up to ``place``, what the model added ringed, or all of them where a blank is filled."""
    if reading.blank is not None:
        return build_line(reading, most=FEWER, highlight=(reading.blank,))
    return build_line(reading, place + 1, FEWER, highlight=tuple(range(reading.length, place + 1)))


def entropy(p: Floats) -> float:
    """Entropy of probabilities (n,), in nats."""
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum())
