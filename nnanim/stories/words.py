"""The story of words as vectors: a map, neighbours, and a famous sum that proves less than it seems.

The question: can one reckon with words, king − man + woman = queen? The moment to remember: queen was king's
nearest neighbour before anything was reckoned. The end: the step from one word to the other is alike in
English, not in Japanese: it is there where the texts need it.

After T. Mikolov et al., "Linguistic Regularities in Continuous Space Word Representations" (2013); that the
sum owes much to its first word: O. Levy and Y. Goldberg, "Linguistic Regularities in Sparse and Explicit Word
Representations" (2014), and A. Rogers et al., "The (Too Many) Problems of Analogical Reasoning" (2017).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Cloud, Grid, Row
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing_all, percent

NUMBERS = 9
"""How many numbers of a vector are drawn."""

SUMMED = 4
"""How many numbers of the sum and its terms are drawn."""

SHOWN = 6
"""Number of neighbours that are shown, the nearest first."""

COSINE = {"en": "cosine with {w}", "ja": "{w}とのコサイン類似度"}
STEPS: Mapping[str, Words] = {
    "en": {"en": "English: cosines of the steps", "ja": "英語：差どうしのコサイン"},
    "ja": {"en": "Japanese: cosines of the steps", "ja": "日本語：差どうしのコサイン"},
}
KIND_NAMES: Mapping[str, Words] = {
    "people": {"en": "people", "ja": "人"},
    "animals": {"en": "animals", "ja": "動物"},
    "places": {"en": "places", "ja": "場所"},
}


@dataclass(frozen=True)
class WordVectors:
    """The vectors of all tokens of a language model, and words to look at.

    Attributes:
        trace: of the model's embedding on all its tokens in order, its output (tokens, numbers).
        tokens: the tokens as they are spelled.
        lang: language of the words.
        kinds: words of the map, by ``people``, ``animals`` and ``places``.
        pairs: for each language pairs of words that differ alike.
        reckoned: index of the pair that is taken from and added to the first word of the first pair.
    """

    trace: Trace
    tokens: Sequence[str]
    lang: str
    kinds: Mapping[str, Sequence[str]]
    pairs: Mapping[str, Sequence[tuple[str, str]]]
    reckoned: int

    def __post_init__(self) -> None:
        if len(self.trace["output"]) != len(self.tokens):
            raise UserError(f"{len(self.trace['output'])} vectors for {len(self.tokens)} tokens")
        if other := [kind for kind in self.kinds if kind not in KIND_NAMES]:
            raise UserError(f"there is no kind of words {other[0]!r}; {', '.join(KIND_NAMES)} wanted")
        known = set(self.tokens)
        asked = [word for listed in self.kinds.values() for word in listed]
        asked += [word for listed in self.pairs.values() for pair in listed for word in pair]
        if missing := [word for word in asked if word not in known]:
            raise UserError(f"{missing[0]!r} is no single token of the model; choose another word")
        if not 0 < self.reckoned < len(self.pairs[self.lang]):
            raise UserError(f"reckoned={self.reckoned} for {len(self.pairs[self.lang])} pairs; 1 or more")

    @property
    def all_words(self) -> tuple[str, ...]:
        """The words of the map."""
        return tuple(word for listed in self.kinds.values() for word in listed)

    @property
    def terms(self) -> tuple[str, str, str, str]:
        """Of "a − b + c = d" the four words."""
        (first, other), (minus, plus) = self.pairs[self.lang][0], self.pairs[self.lang][self.reckoned]
        return first, minus, plus, other

    def vectors(self, words: Sequence[str]) -> Floats:
        """(words, numbers) the vectors of words."""
        at = [self.tokens.index(word) for word in words]
        return np.asarray(self.trace["output"], dtype=float)[at]

    def plane(self) -> tuple[Floats, float]:
        """Principal components of the map's words: (words, 2) places, and the share of variance in them."""
        centered = self.vectors(self.all_words)
        centered = centered - centered.mean(axis=0)
        _, size, directions = np.linalg.svd(centered, full_matrices=False)
        places = centered @ directions[:2].T
        places *= np.sign(places[np.abs(places).argmax(axis=0), range(2)])  # else a matter of chance
        return places, float((size[:2] ** 2).sum() / (size**2).sum())

    def sum(self) -> Floats:
        """(numbers,) the vector of a − b + c."""
        first, minus, plus = self.vectors(self.terms[:3])
        return np.asarray(first - minus + plus)

    def neighbours(self, vector: Floats, without: Sequence[str]) -> list[tuple[str, float]]:
        """The tokens nearest to a vector with their cosines, the nearest first, some words left out."""
        every = np.asarray(self.trace["output"], dtype=float)
        cosines = every @ vector / np.linalg.norm(every, axis=1) / np.linalg.norm(vector)
        order = [int(i) for i in np.argsort(-cosines) if self.tokens[i] not in without]
        return [(self.tokens[i], float(cosines[i])) for i in order[:SHOWN]]

    def steps(self, lang: str) -> Floats:
        """(pairs, pairs) cosines of the differences of the pairs of a language, 0 for a pair with itself."""
        pairs = self.pairs[lang]
        step = self.vectors([a for a, _ in pairs]) - self.vectors([b for _, b in pairs])
        step /= np.linalg.norm(step, axis=1, keepdims=True)
        return np.asarray(step @ step.T * (1 - np.eye(len(pairs))))

    def span(self, lang: str) -> tuple[float, float]:
        """The least and the largest cosine of two different steps."""
        apart = self.steps(lang)[np.triu_indices(len(self.pairs[lang]), 1)]
        return float(apart.min()), float(apart.max())


def words(run: WordVectors) -> Iterator[Beat]:
    """Tell where words lie, what is near, and what a sum of words shows.

    Raises:
        UserError: the sum does not lead to the other word of its pair, or that was not the nearest before.
    """
    first, minus, plus, other = run.terms
    reckoned = run.neighbours(run.sum(), run.terms[:3])
    before = run.neighbours(run.vectors([first])[0], run.terms[:3])
    if not reckoned[0][0] == before[0][0] == other:
        raise UserError(f"{first} − {minus} + {plus} does not lead to {other}; choose another pair")
    yield _question(run)
    yield from _map(run)
    yield Beat(
        fill(
            {
                "en": "We reckon {a} − {b} + {c}, and leave these three out: {d} is the nearest.",
                "ja": "{a}−{b}＋{c} を計算します。この三語を除くと、いちばん近いのは{d}です。",
            },
            a=first, b=minus, c=plus, d=other,
        ),
        Row(_reckoning(run), _bars(reckoned, f"{first} − {minus} + {plus}", "sum"), gap=0.6),
        id="sum",
        born={"terms": From("map"), "sum": From("terms")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "But {d} was nearest to {a} anyway: {p:.2f}, now {q:.2f}. It proves nothing.",
                "ja": "でも{d}は、もともと{a}にいちばん近い語です（{p:.2f}、計算後 {q:.2f}）。証明になりません。",
            },
            a=first, d=other, p=before[0][1], q=reckoned[0][1],
        ),
        Row(_bars(before, first, "near"), _bars(reckoned, f"{first} − {minus} + {plus}", "sum"), gap=0.8),
        id="before",
        born={"near": From("sum")},
    )  # fmt: skip
    yield from _pairs(run)


def _reckoning(run: WordVectors) -> Grid:
    """Of the sum its three terms, and what they make."""
    first, minus, plus, _ = run.terms
    rows = np.vstack([run.vectors(run.terms[:3]) * [[1], [-1], [1]], run.sum()])
    shown = rows[:, :SUMMED]
    digits, agree = agreeing_all([(column[:3].tolist(), float(column[3])) for column in shown.T])
    return Grid(
        shown,
        (first, f"− {minus}", f"+ {plus}", "=" if agree else "≈"),
        key="terms",
        digits=digits,
        of=rows.shape,
        room_for=-0.55,
    )


def _question(run: WordVectors) -> Beat:
    """Words are rows of numbers."""
    first, minus, plus, other = run.terms
    shown = (first, other, minus, plus)
    return Beat(
        fill(
            {
                "en": "To a model, a word is {n} numbers. Does {a} − {b} + {c} make {d}?",
                "ja": "モデルにとって、一つの語は {n} 個の数です。{a}−{b}＋{c} は{d}になるでしょうか。",
            },
            n=run.trace["output"].shape[1], a=first, b=minus, c=plus, d=other,
        ),
        Row(
            Grid(
                run.vectors(shown)[:, :NUMBERS], shown, key="vectors", digits=2,
                of=(len(shown), run.trace["output"].shape[1]),
            ),
            scale=1.6,
        ),
        id="question",
        asks=True,
    )  # fmt: skip


def _map(run: WordVectors) -> Iterator[Beat]:
    """All words in a plane, and the neighbours of one."""
    places, share = run.plane()
    kinds = [index for index, listed in enumerate(run.kinds.values()) for _ in listed]
    cloud = Cloud(
        places, tuple(kinds), tuple(KIND_NAMES[kind] for kind in run.kinds), key="map", labels=run.all_words,
        x_name={"en": "1st component", "ja": "第 1 主成分"},
        y_name={"en": "2nd component", "ja": "第 2 主成分"},
        aspect=2.6,
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "The two main directions hold {p} of the variance. Words of a kind lie together.",
                "ja": "二つの主な方向に、分散の {p} が入ります。同じ種類の語が集まりました。",
            },
            p=percent(share),
        ),
        cloud,
        id="map",
        born={"map": From("vectors")},
    )


def _bars(found: Sequence[tuple[str, float]], word: str, key: str) -> Bars:
    """The nearest words, the first of them ringed."""
    names, values = zip(*found, strict=True)
    return Bars(
        np.array(values), names, key=key, limit=1.0, label=fill(COSINE, w=word), highlight=(0,),
    )  # fmt: skip


def _pairs(run: WordVectors) -> Iterator[Beat]:
    """Whether pairs differ alike: in English, and in Japanese."""
    grids = {
        lang: Grid(
            run.steps(lang), tuple(f"{a} − {b}" for a, b in run.pairs[lang]), key=f"steps-{lang}", limit=1.0,
            digits=2, label=STEPS[lang], mask=np.eye(len(run.pairs[lang]), dtype=bool),
        )
        for lang in ("en", "ja")
    }  # fmt: skip
    (low, high), (least, most) = run.span("en"), run.span("ja")
    yield Beat(
        fill(
            {
                "en": "Better ask whether pairs differ alike. English cosines: {a:.2f} to {b:.2f}.",
                "ja": "では、どの組も同じように違うのか。英語では、差のコサインが {a:.2f}～{b:.2f} です。",
            },
            a=low, b=high,
        ),
        Row(grids["en"], scale=1.5),
        id="english",
        born={"steps-en": From("near")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Japanese: {a:.2f} to {b:.2f}. Only English texts say he and she: use decides.",
                "ja": "日本語は {a:.2f}～{b:.2f}。he と she を使い分けるのは英語の文だけ。語は使われ方で決まります。",
            },
            a=least, b=most,
        ),
        Row(grids["en"], grids["ja"], gap=0.6),
        id="both",
        born={"steps-ja": From("steps-en")},
    )  # fmt: skip
