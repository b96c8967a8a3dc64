"""Counting words beside guessing them: n-grams and the transformer on the same text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Formula, Row
from nnanim.stories.attention.drawing import FEWER, build_line
from nnanim.stories.attention.guesses import TOP, likeliest
from nnanim.stories.attention.reading import Reading
from nnanim.words import Words
from nnanim.words.numerals import number

Counts = dict[tuple[str, ...], Counter[str]]

ONE: Words = {"en": "after one word", "ja": "1 語のあと"}


def counts(texts: Iterable[Sequence[str]], most: int = 3) -> Counts:
    """How often each word follows each run of up to ``most`` - 1 words: ``counts[("a",)]["b"]`` is C(a, b).

    Args:
        texts: texts as their words.
        most: length of the longest run that is counted, its last word included.
    """
    found: Counts = {}
    for text in texts:
        for end in range(1, len(text)):
            for length in range(1, most):
                if end - length >= 0:
                    found.setdefault(tuple(text[end - length : end]), Counter())[text[end]] += 1
    return found


def ngrams(reading: Reading, texts: Iterable[Sequence[str]]) -> Iterator[Beat]:
    """Counted words beside the model's guess: C(a, b) / C(a) from the same text.

    After C. Shannon, "A Mathematical Theory of Communication" (1948), part 1.

    Args:
        reading: of a sentence of the texts' words.
        texts: what is counted, as words.

    Raises:
        UserError: a word of the sentence never occurs in the texts.
    """
    found = counts(texts)
    last = reading.tokens[: reading.length][-2:]
    for run in (reading.tokens[:1], last[-1:], last):
        if tuple(run) not in found:
            raise UserError(f"the texts never go on after {' '.join(run)!r}: there is nothing to count")
    for place in (0, reading.length - 1):
        yield _count(reading, place, found)
    share = _count_bars(found[tuple(last[-1:])], "bigram", ONE)
    pair = _count_bars(found[tuple(last)], "trigram", {"en": "after two words", "ja": "2 語のあと"})
    model = likeliest(
        reading, reading.length - 1, "model", label={"en": "transformer", "ja": "トランスフォーマー"}
    )
    yield Beat(
        {
            "en": "Counts see one word or two; the transformer looks at all of them.",
            "ja": "数えるだけだと直前の 1、2 語。モデルは文全体を見ます。",
        },
        Column(build_line(reading, most=FEWER), Row(share, pair, model, gap=0.8), gap=0.5),
        id="ngrams",
        given=("bigram", "trigram", "says"),  # counted in the texts
    )


def _count(reading: Reading, place: int, found: Counts) -> Beat:
    """C(a, b) / C(a) for the token a at ``place`` and the word b that follows it most often."""
    follow = found[(reading.tokens[place],)]
    word, often = follow.most_common(1)[0]
    whole = follow.total()
    share = _count_bars(follow, "bigram", ONE)
    one, tokens = _quote(reading.tokens[place]), build_line(reading, place + 1, FEWER, highlight=(place,))
    formula = Formula(
        (f'(C("{one}", "{_quote(word)}")) / (C("{one}"))', f"= {often} / {whole} = {number(often / whole)}"),
        key="share", size="medium",
    )  # fmt: skip
    return Beat(
        {
            "en": "Counting: how often does each word follow this one?",
            "ja": "数えてみます。この単語のあとに来る単語は？",
        },
        Column(tokens, Row(formula, share, gap=1.0), gap=0.5),
        id=f"count-{place}",
        given=("share", "bigram"),
    )


def _quote(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def _count_bars(follow: Counter[str], key: str, label: Words) -> Bars:
    ordered = follow.most_common(TOP)
    return Bars(
        np.array([n / follow.total() for _, n in ordered]), tuple(word for word, _ in ordered), key=key,
        limit=1.0, percent=True, highlight=(0,), of=len(follow), label=label,
    )  # fmt: skip
