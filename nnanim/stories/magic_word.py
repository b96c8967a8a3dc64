"""The story of a word that is a program: the same noise, the same weights, one word more.

The question: what does one word do to a picture? The moment to remember: two steerings begin as one picture
and part, and only one of their sentences holds the word "neon". The end: in the space of the guide the word
is a step, much the same step in every sentence, and that is why it can be put behind anything.

After the discovery of 2021 that "unreal engine" behind a prompt makes pictures look rendered; on prompts as
programs: L. Reynolds and K. McDonell, "Prompt Programming for Large Language Models" (2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Grid, Picture, Row, Table, Text
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

WIDE = 32
"""Numbers of an embedding in one row."""

SMALL = 0.32
"""Scale of the pictures in the table."""

WITHOUT = {"en": "without the word", "ja": "言葉なし"}
WITH = {"en": "with the word", "ja": "言葉あり"}
DIFFERENCE = {"en": "difference", "ja": "差"}
NUMBER = {"en": "number", "ja": "数"}
COSINE = {"en": "cosine of two steps", "ja": "二つの差のコサイン類似度"}


@dataclass(frozen=True)
class WordRuns:
    """Pictures steered from one noise without and with a word of style, and their sentences as vectors.

    Attributes:
        pictures: (prompts, 1 + words, height, width, 3) in ``shown``, and in ``style`` (prompts, 1 + words,
            styles) the probabilities that a judge gives the style of each; in ``path`` (steps, 2, height,
            width, 3) how the first prompt's picture came to be, without and with the first word; ``step``
            counts.
        vectors: a run of the guide's text encoder: ``output`` (prompts · (1 + words), numbers), length 1.
        record: shares of rightly styled pictures, ``without`` and ``with`` the word, in the film's language.
        prompts: for each row its sentences, the first one without a word.
        words: the words of style; styles: the index of each in ``style``.
        lang: language of the sentences.
    """

    pictures: Trace
    vectors: Trace
    record: Trace
    prompts: Sequence[Sequence[str]]
    words: Sequence[str]
    styles: Sequence[int]
    lang: str

    def __post_init__(self) -> None:
        shape = np.shape(self.pictures["shown"])[:2]
        wanted = len(self.prompts), 1 + len(self.words)
        if shape != wanted:
            raise UserError(
                f"{shape[0]} × {shape[1]} pictures for {wanted[0]} prompts and {wanted[1]} columns"
            )
        if len(self.vectors["output"]) != wanted[0] * wanted[1]:
            raise UserError(f"{len(self.vectors['output'])} vectors for {wanted[0] * wanted[1]} sentences")

    @property
    def finals(self) -> Floats:
        """(prompts, 1 + words, height, width, 3) the finished pictures."""
        return np.asarray(self.pictures["shown"], dtype=float)

    @property
    def sentences(self) -> Floats:
        """(prompts, 1 + words, numbers) the vectors of the sentences."""
        vectors = np.asarray(self.vectors["output"], dtype=float)
        return np.asarray(vectors.reshape(len(self.prompts), 1 + len(self.words), -1))

    def moves(self, word: int) -> Floats:
        """(prompts, numbers) where a word moves each sentence: its vector with the word less that without."""
        vectors = self.sentences
        return np.asarray(vectors[:, 1 + word] - vectors[:, 0])

    def alike(self, word: int) -> Floats:
        """(prompts, prompts) cosines of these moves, 0 for a prompt with itself."""
        moves = self.moves(word)
        moves = moves / np.linalg.norm(moves, axis=1, keepdims=True)
        return np.asarray(moves @ moves.T * (1 - np.eye(len(moves))))

    @property
    def right(self) -> int:
        """How many of the pictures with a word the judge sees in that word's style."""
        seen = np.asarray(self.pictures["style"]).argmax(axis=2)[:, 1:]
        return int((seen == np.array(self.styles)).sum())

    def share(self, name: str) -> Floats:
        """(words,) share of pictures whose style is as asked, ``with`` or ``without`` the word."""
        return np.asarray(self.record[f"{name}.{self.lang}"], dtype=float)


def magic_word(runs: WordRuns) -> Iterator[Beat]:
    """Tell what a word does to a picture, to a sentence, and to any picture and sentence."""
    without = _picture(runs, 0, 0, "without", runs.prompts[0][0])
    yield Beat(
        {
            "en": "This picture grew out of noise, steered by a sentence. What will one more word do?",
            "ja": "ノイズから、文に導かれてできた画像です。もう一語足すと、どうなるでしょう。",
        },
        Row(without, scale=1.5),
        id="question",
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "The same noise, the same weights. Only “{w}” is new.",
                "ja": "同じノイズ、同じ重みです。新しいのは「{w}」だけです。",
            },
            w=runs.words[0],
        ),
        Row(without, _picture(runs, 0, 1, "with", runs.prompts[0][1]), gap=1.0, scale=1.35),
        id="word",
        born={"with": From("without")},
    )
    yield _path(runs)
    yield from _vectors(runs)
    yield _table(runs)
    yield _shares(runs)
    yield _end(runs)


def _picture(runs: WordRuns, row: int, column: int, key: str, label: Words = "") -> Picture:
    return Picture(runs.finals[row, column], key=key, label=label)


def _path(runs: WordRuns) -> Beat:
    """Two steerings that begin as one picture."""
    path = np.asarray(runs.pictures["path"], dtype=float)
    steps = [int(step) for step in runs.pictures["step"]]
    states = {
        key: [
            Picture(picture, key=key, label=_step_name(step))
            for picture, step in zip(path[:, at], steps, strict=True)
        ]
        for at, key in enumerate(("without", "with"))
    }  # fmt: skip
    return Beat(
        {
            "en": "Both begin as one and the same picture. Step by step, they part.",
            "ja": "どちらも同じ一枚の画像から始まり、一歩ごとに分かれていきます。",
        },
        Row(states["without"][-1], states["with"][-1], gap=1.0, scale=1.35),
        motion=Playback(states, seconds=7.0),
        id="path",
    )


def _strip(values: Floats, key: str, label: Words, limit: float) -> Grid:
    """The numbers of a vector, in rows."""
    return Grid(values.reshape(-1, WIDE), key=key, label=label, limit=limit, means=NUMBER)


def _vectors(runs: WordRuns) -> Iterator[Beat]:
    """What the word does to the vector of the sentence, and to those of others."""
    plain, worded = runs.sentences[0, :2]
    limit = float(
        np.ceil(10 * max(np.abs(plain).max(), np.abs(worded).max(), np.abs(worded - plain).max())) / 10
    )
    yield Beat(
        fill(
            {
                "en": "To the guide, a sentence is {n} numbers. The word moves it by this difference.",
                "ja": "案内役にとって、文は {n} 個の数です。その語は、この差だけ文を動かします。",
            },
            n=len(plain),
        ),
        Column(
            _strip(plain, "plain", runs.prompts[0][0], limit),
            _strip(worded, "worded", runs.prompts[0][1], limit),
            _strip(worded - plain, "difference", DIFFERENCE, limit),
            gap=0.25, scale=1.7,
        ),
        id="vector",
        born={"plain": From("without"), "worded": From("with"), "difference": From("worded")},
    )  # fmt: skip
    alike = runs.alike(0)
    apart = alike[np.triu_indices(len(alike), 1)]
    names = tuple(row[0] for row in runs.prompts)
    yield Beat(
        fill(
            {
                "en": "In {n} sentences it is much the same move: cosines of {a:.2f} to {b:.2f}.",
                "ja": "{n} 個の文で、動く向きはよく似ています。コサイン類似度は {a:.2f}～{b:.2f} です。",
            },
            n=len(alike), a=float(apart.min()), b=float(apart.max()),
        ),
        Row(
            Grid(
                alike, names, key="alike", limit=1.0, digits=2, mask=np.eye(len(alike), dtype=bool),
                means=COSINE,
            ),
            scale=1.5,
        ),
        id="alike",
        born={"alike": From("difference")},
    )  # fmt: skip


def _table(runs: WordRuns) -> Beat:
    """Every prompt with every word."""
    heads = [Text(one, key=f"head-{at}", bold=True) for at, one in enumerate(("–", *runs.words))]
    pictures = [
        Row(_picture(runs, row, column, f"shown-{row}-{column}"), scale=SMALL)
        for row in range(len(runs.prompts))
        for column in range(1 + len(runs.words))
    ]
    cells = [(0, column) for column in range(len(heads))]
    cells += [(1 + row, column) for row in range(len(runs.prompts)) for column in range(1 + len(runs.words))]
    return Beat(
        fill(
            {
                "en": "So it works behind other sentences, too. A judge sees {k} of {n} styles as asked.",
                "ja": "だから、ほかの文にも効きます。審査役のモデルは、{n} 枚中 {k} 枚を注文どおりと見ました。",
            },
            k=runs.right, n=len(runs.prompts) * len(runs.words),
        ),
        Table(*heads, *pictures, cells=cells, gap=0.12),
        id="table",
        born={
            f"shown-{row}-{column}": From("alike", cells=((row, min(column, len(runs.prompts) - 1)),))
            for row, column in ((r - 1, c) for r, c in cells if r)
        },
    )  # fmt: skip


def _shares(runs: WordRuns) -> Beat:
    """How often a judge sees the style that was asked for."""
    without, worded = (float(runs.share(name).mean()) for name in ("without", "with"))
    return Beat(
        fill(
            {
                "en": "Among new prompts, the style is right in {a} without its word, in {b} with it.",
                "ja": "新しい文では、狙った様式になったのは、語なしで {a}、語ありで {b} です。",
            },
            a=percent(without), b=percent(worded),
        ),
        Row(
            Bars(
                np.array([without, worded]), (WITHOUT, WITH), key="shares", limit=1.0, percent=True,
                highlight=(1,),
            ),
            scale=1.9,
        ),
        id="shares",
        born={"shares": From("shown-0-1")},
    )  # fmt: skip


def _end(runs: WordRuns) -> Beat:
    """The question is answered."""
    return Beat(
        {
            "en": "The guide has read the word beside such pictures. That is its whole magic.",
            "ja": "案内役は、そういう画像のそばでこの語を読んできました。魔法の正体は、それだけです。",
        },
        Row(*(_picture(runs, 0, 1 + at, f"end-{at}", word) for at, word in enumerate(runs.words)), gap=0.5),
        id="end",
        born={f"end-{at}": From("shares") for at in range(len(runs.words))},
    )


def _step_name(step: int) -> Words:
    return fill({"en": "step {s}", "ja": "{s} 歩"}, s=step)
