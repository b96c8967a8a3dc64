"""The story of tokens: the pieces that a language model reads, and how far back it sees.

The question: text is letters; what does a model read? The moment to remember: the window loses some tokens
more, and a name that was certain is forgotten. The end: why long texts are read in pieces that overlap, or
with a summary in front.

After R. Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Row, Tokens, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.probabilities import softmax
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

BITS = {"en": "surprise in bits", "ja": "意外さ（ビット）"}
SHARE = {"en": "surprise, of the largest", "ja": "意外さ（最大に対する割合）"}
TIMES = {"en": "neighbours, how often", "ja": "隣どうしになった回数"}
PERPLEXITY = {"en": "perplexity", "ja": "パープレキシティ"}
AGAIN = {"en": "when it comes again", "ja": "また出てきたとき"}
MODEL = {"en": "the model", "ja": "このモデル"}
PIECES: Mapping[str, Words] = {
    "alone": {"en": "the last part alone", "ja": "最後の部分だけ"},
    "overlap": {"en": "with an overlap", "ja": "重なりをつけて"},
    "summary": {"en": "with a summary in front", "ja": "要約を前に置いて"},
    "whole": {"en": "the whole text", "ja": "全文"},
}


@dataclass(frozen=True)
class TokenRuns:
    """A tokenizer at work, and a language model that reads what it gives.

    Attributes:
        states: a text from its characters to its pieces, after each merge.
        merges: the first merges of the language: two pieces, and how often they were neighbours.
        merge_count: number of merges of the tokenizer.
        rare: pieces of a word with a character that the tokenizer does not know.
        tokens, ids: pieces of the text that is read, and their numbers, behind the mark of a beginning.
        trace: of a model that reads it all.
        asked: index of the token that is to be guessed: the second piece of a name that stood before.
        windows: by the number of tokens that are seen, the model on the last ones before that token.
        pieces: by ``alone``, ``overlap``, ``summary`` and ``whole``, the model on what stands before it.
        figures: perplexity by ``1-gram`` to ``5-gram`` and ``model``, from the model's card.
    """

    states: Sequence[Sequence[str]]
    merges: Sequence[tuple[str, str, int]]
    merge_count: int
    rare: Sequence[str]
    tokens: Sequence[str]
    ids: Sequence[int]
    trace: Trace
    asked: int
    windows: Mapping[int, Trace]
    pieces: Mapping[str, Trace]
    figures: Mapping[str, float]

    def __post_init__(self) -> None:
        if len(self.ids) != self.trace["output"].shape[1] or len(self.tokens) != len(self.ids) - 1:
            raise UserError(
                f"{len(self.tokens)} pieces and {len(self.ids)} numbers for a run of "
                f"{self.trace['output'].shape[1]} tokens"
            )
        if set(self.pieces) != set(PIECES):
            raise UserError(f"the runs in pieces are {', '.join(PIECES)}; got {', '.join(self.pieces)}")

    @property
    def bits(self) -> Floats:
        """(tokens,) how surprised the model is by each: minus the logarithm of its probability."""
        chances = softmax(self.trace["output"][0])
        return np.array([-np.log2(chances[i, one]) for i, one in enumerate(self.ids[1:])])

    def chance(self, run: Trace) -> float:
        """Probability of the token that is asked for, after what a run has read."""
        return float(softmax(run["output"][0, -1:])[0, self.ids[self.asked + 1]])

    @property
    def name(self) -> tuple[int, ...]:
        """Indices of the pieces of the name where it stands first."""
        again = self.asked - 1
        begin = list(self.tokens).index(self.tokens[again])
        pairs = zip(self.tokens[begin:again], self.tokens[again:], strict=False)
        return tuple(range(begin, begin + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))))

    @property
    def mentions(self) -> tuple[int, ...]:
        """Indices of the pieces of the name, wherever it stands before the token that is asked for."""
        name = tuple(self.tokens[i] for i in self.name)
        begins = [i for i in range(self.asked - len(name)) if tuple(self.tokens[i : i + len(name)]) == name]
        return tuple(i + j for i in begins for j in range(len(name)))


def tokens(runs: TokenRuns) -> Iterator[Beat]:
    """Tell what tokens are, where a model is sure of the next one, and what lies outside its window."""
    yield from _pieces(runs)
    yield from _surprise(runs)
    yield _counts(runs)
    yield from _window(runs)
    yield _parts(runs)


def _spell(pieces: Sequence[str]) -> tuple[str, ...]:
    """Pieces as they are shown: a space is seen."""
    return tuple(piece.replace(" ", "␣") for piece in pieces)


def _pieces(runs: TokenRuns) -> Iterator[Beat]:
    """Letters become pieces, the most frequent neighbours first."""
    states = [Tokens(_spell(one), key="text", room_for=_spell(runs.states[0])) for one in runs.states]
    yield Beat(
        {
            "en": "Text is letters. But a language model reads something else. What?",
            "ja": "文章は文字の列です。でも、言語モデルが読むのは別のものです。何でしょう。",
        },
        Row(states[0], scale=2.0),
        id="question",
    )
    values = np.array([float(times) for _, _, times in runs.merges])
    merges = Bars(
        values, tuple(f"{a} + {b}" for a, b in (_spell(one[:2]) for one in runs.merges)), key="merges",
        digits=0, label=TIMES, limit=round_up(values.max()), of=runs.merge_count,
    )  # fmt: skip
    yield Beat(
        {
            "en": "Pieces: the most frequent neighbours are joined, again and again.",
            "ja": "いちばん多い隣どうしを、次々とつないだものです。",
        },
        Column(states[-1], merges, gap=0.5, scale=1.4),
        motion=Playback({"text": states}, seconds=6.0),
        id="merge",
        born={"merges": From("text")},
        given=("merges",),
    )
    yield Beat(
        {
            "en": "Frequent words are one token. Invented names fall to pieces, unknown letters to bytes.",
            "ja": "よく出る言葉はトークン一つ。作った名前はばらばらに、知らない文字はバイトになります。",
        },
        Column(_line(runs), Tokens(tuple(runs.rare), key="rare"), gap=0.5, scale=1.5),
        id="rare",
        born={"line": From("text")},
    )


LINE = 10.5
"""Where lines of tokens are broken, in frame units."""

BESIDE = 7.0
"""The same beside bars."""


def _line(runs: TokenRuns, width: float = LINE, **changes: Any) -> Tokens:
    """What the model reads up to the token that is asked for, the name ringed."""
    return Tokens(
        tuple(runs.tokens[: runs.asked]), key="line", width=width, **{"highlight": runs.mentions, **changes}
    )  # fmt: skip


def _surprise(runs: TokenRuns) -> Iterator[Beat]:
    """Where the model is surprised."""
    yield Beat(
        {
            "en": "A model guesses every next token. Where will it be surprised?",
            "ja": "モデルは次のトークンを予想していきます。意外なのはどこでしょう。",
        },
        _line(runs, highlight=()),
        id="ask",
        asks=True,
    )
    bits, name = runs.bits, runs.name
    limit = round_up(bits[: runs.asked + 1].max())
    shown = [*range(max(name[0] - 3, 0), name[-1] + 1), runs.asked]
    yield Beat(
        fill(
            {
                "en": "By the name: its piece “{w}” costs {a:.1f} bits. When it comes again, {b:.2f}.",
                "ja": "名前です。「{w}」は {a:.1f} ビット。また出てくると {b:.2f} ビットです。",
            },
            a=float(bits[name[1]]), b=float(bits[runs.asked]), w=runs.tokens[name[1]].strip("-"),
        ),
        Row(
            _line(runs, BESIDE, values=bits[: runs.asked] / limit, means=SHARE, role="amount2"),
            Bars(
                bits[shown], (*(runs.tokens[i] for i in shown[:-1]), AGAIN), key="bits", digits=2, label=BITS,
                limit=limit, highlight=(shown.index(name[1]), len(shown) - 1),
            ),
            gap=0.7,
        ),
        id="bits",
        born={"bits": From("line")},
    )  # fmt: skip


def _counts(runs: TokenRuns) -> Beat:
    """Counting neighbours, and the model."""
    names = [f"{n}-gram" for n in range(1, 6)]
    values = [runs.figures[name] for name in (*names, "model")]
    return Beat(
        {
            "en": "Counting which token follows one to four others leaves more doubt than the model has.",
            "ja": "前の一つから四つのトークンを数えて予想しても、モデルほどには当たりません。",
        },
        Row(
            Bars(
                np.array(values[1:]), (*names[1:], MODEL), key="counts", digits=1, label=PERPLEXITY,
                limit=round_up(max(values[1:])), highlight=(len(values) - 2,),
            ),
            scale=1.5,
        ),
        id="counts",
        born={"counts": From("bits")},
        given=("counts",),
    )  # fmt: skip


def _window(runs: TokenRuns) -> Iterator[Beat]:
    """The model sees the last tokens alone."""
    sizes = sorted(runs.windows)
    chances = np.array([runs.chance(runs.windows[size]) for size in sizes])
    step = int(np.argmax(np.diff(chances)))
    lost, kept = sizes[step], sizes[step + 1]
    out = tuple(range(runs.asked - lost))
    yield Beat(
        fill(
            {
                "en": "Now it sees only the last {n} tokens. Does it still know how the name goes on?",
                "ja": "最後の {n} トークンだけを見せます。名前の続きが、まだ分かるでしょうか。",
            },
            n=lost,
        ),
        _line(runs, dimmed=out),
        id="window",
        born={"line": From("counts")},
        asks=True,
    )
    names = tuple(fill({"en": "last {n}", "ja": "最後の {n}"}, n=size) for size in sizes)
    yield Beat(
        fill(
            {
                "en": "No: {p}. With {n} tokens it is {q}: what left the window is gone.",
                "ja": "いいえ、{p} です。{n} トークンなら {q}。窓の外は、なかったことになります。",
            },
            p=percent(float(chances[step]), 1), q=percent(float(chances[step + 1]), 1), n=kept,
        ),
        Row(
            _line(runs, BESIDE, dimmed=out),
            Bars(
                chances, names, key="chances", limit=1.0, percent=True, digits=1, label=words.probability,
                highlight=(step + 1,),
            ),
            gap=0.7,
        ),
        id="forgets",
        born={"chances": From("line")},
    )  # fmt: skip


def _parts(runs: TokenRuns) -> Beat:
    """A text that is longer than the window is read in parts."""
    chances = np.array([runs.chance(runs.pieces[name]) for name in PIECES])
    return Beat(
        {
            "en": "So a text that is too long is read in parts that overlap, or with a summary in front.",
            "ja": "ですから長い文章は、重なりをつけて分けるか、要約を前に置いて読ませます。",
        },
        Row(
            _line(runs, BESIDE),
            Bars(
                chances, tuple(PIECES.values()), key="chances", limit=1.0, percent=True, digits=1,
                label=words.probability,
            ),
            gap=0.7,
        ),
        id="parts",
    )  # fmt: skip
