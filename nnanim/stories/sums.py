"""The story of a model and its data: the same model reads right, wrong and mixed sums.

The question: how does a language model know what 1 + 1 is? The moment to remember: the same bars turn from 2
to 3 because the same sums were read, each one too many. The end: talking moves no weight, reading does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Grid, Row, Text, Tokens, round_up
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

KINDS = ("right", "wrong", "mixed")
"""What the sums were that each model read."""

SHOWN = 5
"""Number of totals that have a bar of their own: 0 to 4."""

OTHER = {"en": "anything else", "ja": "その他"}
READ: Mapping[str, Words] = {
    "right": {"en": "read right sums", "ja": "正しい足し算を読んだ"},
    "wrong": {"en": "read wrong sums", "ja": "まちがった足し算を読んだ"},
    "mixed": {"en": "read both", "ja": "両方を読んだ"},
}
"""What the copies have read."""


@dataclass(frozen=True)
class SumRuns:
    """What four copies of a language model hold of all sums of two digits, and one that was talked to.

    Attributes:
        traces: by ``base``, ``right``, ``wrong`` and ``mixed``: a `nnanim.models.sum_table.SumTable` on the
            sums 0 + 0, 0 + 1, … 9 + 9, its output (100, 20).
        told: the copy that read right sums, on the sum 1 + 1 after it was told something else.
        lines: some of the sums that ``wrong`` read, as they stand in its data.
        prompt, talk: tokens of 1 + 1, and of that with what the copy was told before.
        unread: (100,) whether a sum stood in no data.
    """

    traces: Mapping[str, Trace]
    told: Trace
    lines: Sequence[str]
    prompt: Sequence[str]
    talk: Sequence[str]
    unread: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if set(self.traces) != {"base", *KINDS} or any(
            t["output"].shape[0] != 100 for t in self.traces.values()
        ):
            raise UserError(
                "sums() wants the runs base, right, wrong and mixed, on all hundred sums of two digits"
            )

    def chances(self, kind: str) -> Floats:
        """(6,) probabilities of the totals 0 to 4 after "1 + 1 =", and of anything else."""
        run = self.told if kind == "told" else self.traces[kind]
        row = np.asarray(run["output"][0 if kind == "told" else 11], dtype=float)
        return np.append(row[:SHOWN], 1 - row[:SHOWN].sum())

    def order(self, kind: str) -> list[int]:
        """The totals 0 to 4 of 1 + 1, the likeliest first."""
        return [int(one) for one in np.argsort(-self.chances(kind)[:SHOWN])]

    def errors(self, kind: str) -> Floats:
        """(10, 10) the mean of the totals that a copy holds possible, minus the true one."""
        output = np.asarray(self.traces[kind]["output"], dtype=float)
        expected = output @ np.arange(output.shape[1]) / output.sum(axis=1)
        return np.asarray(expected.reshape(10, 10) - self._true)

    def count(self, kind: str, unread: bool, more: int = 0) -> int:
        """Number of read or unread sums whose likeliest total is the true one and ``more``."""
        likeliest = self.traces[kind]["output"].argmax(axis=1).reshape(10, 10)
        return int(((likeliest == self._true + more) & (self.unread.reshape(10, 10) == unread)).sum())

    @property
    def _true(self) -> Floats:
        return np.asarray(np.add.outer(np.arange(10.0), np.arange(10.0)))

    @property
    def rings(self) -> tuple[tuple[int, int], ...]:
        """Row and column of the sums that were never read."""
        return tuple((int(i) // 10, int(i) % 10) for i in np.flatnonzero(self.unread))

    @property
    def moved_weights(self) -> int:
        """Number of weights that reading right sums has moved."""
        before, after = (self.traces[kind].parameters for kind in ("base", "right"))
        return sum(int((np.asarray(after[name]) != np.asarray(before[name])).sum()) for name in before)


def sums(runs: SumRuns) -> Iterator[Beat]:
    """Tell that a model answers as its data does, and what it makes of sums that it never read."""
    yield Beat(
        {
            "en": "A calculator has a rule. A language model has only read. What is 1 + 1 to it?",
            "ja": "電卓には規則があります。言語モデルは読んだだけです。1 + 1 はいくつでしょう。",
        },
        _prompt_and_bars(runs, "base"),
        id="question",
        born={"chances": From("tokens")},
        given=("tokens",),
    )
    yield _answers(runs, "right", {
        "en": "A copy reads {n} right sums. {t} has {p}, and {k} of the {n} are right.",
        "ja": "コピーに正しい足し算 {n} 題を読ませます。{t} が {p}、{n} 題中 {k} 題が正解です。",
    })  # fmt: skip
    yield Beat(
        {
            "en": "Another copy reads the same sums, each one too many. What will it answer?",
            "ja": "別のコピーには、答えがどれも 1 多い足し算を読ませます。何と答えるでしょう。",
        },
        Row(Text("\n".join(runs.lines), key="data", size="large"), _errors(runs, "right", "table"), gap=1.2),
        id="ask",
        asks=True,
        given=("data",),
    )
    yield _answers(runs, "wrong", {
        "en": "{t} has {p}, and {k} of the {n} are one too many: it answers as its data does.",
        "ja": "{t} が {p}、{n} 題中 {k} 題が 1 多い答え。データのとおりに答えます。",
    })  # fmt: skip
    yield _answers(runs, "mixed", {
        "en": "Some sums one too many: {t} has {p}, {s} has {q}. It doubts as its data does.",
        "ja": "ところどころ 1 多いと、{t} が {p}、{s} が {q}。データと同じように迷います。",
    })  # fmt: skip
    yield _compare(runs)
    yield from _talk(runs)


def _prompt_and_bars(runs: SumRuns, kind: str, talk: Sequence[str] = ()) -> Column:
    """The sum, and how probable each total is after it."""
    bars = Bars(runs.chances(kind), (*map(str, range(SHOWN)), OTHER), key="chances", limit=1.0, percent=True)
    prompt = Tokens(tuple(talk or runs.prompt), key="tokens", width=6.5 if talk else None)
    return Column(prompt, bars, gap=0.4)


def _errors(runs: SumRuns, kind: str, key: str) -> Grid:
    """What a copy answers to all sums, minus the true totals."""
    limit = round_up(max(float(np.abs(runs.errors(one)).max()) for one in KINDS))
    digits = tuple(map(str, range(10)))
    return Grid(
        runs.errors(kind), digits, digits, key=key, limit=limit, highlight=runs.rings,
        label=READ[kind], means={"en": "mean answer − true total", "ja": "答えの平均 − 正解"},
    )  # fmt: skip


def _answers(runs: SumRuns, kind: str, says: Mapping[str, str]) -> Beat:
    """What a copy answers to 1 + 1, and to all other sums."""
    first, second = runs.order(kind)[:2]
    p, q = (percent(runs.chances(kind)[one], 1) for one in (first, second))
    n, k = int((~runs.unread).sum()), runs.count(kind, False, int(kind == "wrong"))
    return Beat(
        fill(says, t=first, s=second, p=p, q=q, n=n, k=k),
        Row(_prompt_and_bars(runs, kind), _errors(runs, kind, "table"), gap=1.0),
        id=kind,
        born={"table": From("chances")}
        if kind == "right"
        else {"chances": From("data")}
        if kind == "wrong"
        else {},
        given=("tokens",),
    )


def _compare(runs: SumRuns) -> Beat:
    """The three copies side by side."""
    return Beat(
        fill(
            {
                "en": "The {u} ringed sums were in no data: the first copy fails at {w}. None has a rule.",
                "ja": "印の {u} 題はデータにないもの。最初のコピーも {w} 題まちがえます。規則はありません。",
            },
            w=int(runs.unread.sum()) - runs.count("right", True), u=int(runs.unread.sum()),
        ),
        Row(
            *(_errors(runs, kind, "table" if kind == "mixed" else f"table-{kind}") for kind in KINDS), gap=0.5
        ),
        id="compare",
        born={f"table-{kind}": From("table") for kind in ("right", "wrong")},
    )  # fmt: skip


def _talk(runs: SumRuns) -> Iterator[Beat]:
    """Talking moves no weight."""
    yield Beat(
        {
            "en": "We tell the first copy three times that 1 + 1 = 3. Does it believe us?",
            "ja": "最初のコピーに、1 + 1 は 3 だと三回言います。信じるでしょうか。",
        },
        Row(
            Tokens(tuple(runs.talk), key="tokens", width=6.5), _errors(runs, "right", "table-right"), gap=1.0
        ),
        id="talk",
        asks=True,
        born={"tokens": From("table-right")},
        given=("tokens", "says"),
    )
    yield Beat(
        fill(
            {
                "en": "No: {t} has {p}. Reading moved {m:,} weights, talking none. The data decides.",
                "ja": "いいえ、{t} が {p}。読むと重みが {m:,} 個動き、話すと 0 個。データが決めるのです。",
            },
            t=runs.order("told")[0], p=percent(runs.chances("told").max(), 1), m=runs.moved_weights,
        ),
        _prompt_and_bars(runs, "told", runs.talk),
        id="no",
        born={"chances": From("tokens")},
        given=("tokens",),
    )  # fmt: skip
