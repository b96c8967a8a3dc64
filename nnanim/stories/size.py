"""The story of size: five models of one kind, trained alike, and beside them those that became famous.

The question: what does a model gain from more numbers? The moment to remember: the chart zooms out, and our
models, GPT-1 and GPT-2 shrink to nothing beside GPT-3. The end: size is not all, they also read more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Curve, Row, Squares, Table, Text, round_up
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words, fill

GPTS: tuple[tuple[str, float, Words], ...] = (
    ("GPT-1", 117e6, {"en": "117 million", "ja": "1 億 1700 万"}),
    ("GPT-2", 1542e6, {"en": "1.5 billion", "ja": "15 億"}),
    ("GPT-3", 175e9, {"en": "175 billion", "ja": "1750 億"}),
)
"""Name and number of parameters, also in words.

Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018), and "Language Models
are Unsupervised Multitask Learners" (2019), table 2; Brown et al., "Language Models are Few-Shot Learners"
(2020), table 2.1.
"""

PARAMETERS = {"en": "parameters", "ja": "パラメーターの数"}
OURS = {"en": "in our films", "ja": "この映像"}
CHOICES = {"en": "tokens it wavers among", "ja": "迷うトークンの数"}
POWERS = {"en": "parameters, powers of ten", "ja": "パラメーターの数（10 の何乗か）"}
LOSS = {"en": "loss of a token", "ja": "1 トークンの損失"}


@dataclass(frozen=True)
class SizeRuns:
    """Models that differ in their size alone, the smallest first.

    Attributes:
        traces: of each a `nnanim.models.held_out_loss.HeldOutLoss` on texts that none has read.
        samples: what each writes after the same beginning.
        ours: number of parameters of the model of the other films.
    """

    traces: Sequence[Trace]
    samples: Sequence[str]
    ours: int

    def __post_init__(self) -> None:
        if len(self.traces) < 3 or len(self.samples) != len(self.traces):
            raise UserError(
                f"size() wants three models or more and a sample of each; got {len(self.traces)} "
                f"and {len(self.samples)}"
            )

    @property
    def counts(self) -> Floats:
        """(models,) numbers of parameters."""
        return np.array(
            [float(sum(np.asarray(one).size for one in run.parameters.values())) for run in self.traces]
        )

    @property
    def losses(self) -> Floats:
        """(models,) mean loss of a token, in nats."""
        return np.array([float(run["output"].mean()) for run in self.traces])

    @property
    def names(self) -> tuple[Words, ...]:
        """Names of the models."""
        return tuple(
            fill({"en": "size {i}", "ja": "大きさ {i}"}, i=i) for i in range(1, len(self.traces) + 1)
        )


def size(runs: SizeRuns) -> Iterator[Beat]:
    """Tell what five sizes of one model know, and how small they all are."""
    last = len(runs.samples) - 1
    yield Beat(
        {
            "en": "These models read the same texts. Only their sizes differ. What does size buy?",
            "ja": "同じ文章を読んだモデルです。違うのは大きさだけ。何が変わるでしょう。",
        },
        Row(_parameters(runs), scale=1.4),
        id="question",
        given=("sizes",),
    )
    yield Beat(
        {
            "en": "One of them goes on like this. Which one?",
            "ja": "このうちの一つが、続きを書きました。どれでしょう。",
        },
        Row(_parameters(runs), _sample(runs, 1, width=5.5), gap=0.8),
        id="ask",
        asks=True,
        given=("sizes",),
    )
    yield Beat(
        {
            "en": "The second. The middle one keeps a clause together, the largest whole sentences.",
            "ja": "二番目でした。中くらいのものは一節が、最大のものは文がつながります。",
        },
        _samples(runs, (1, last // 2, last)),
        id="samples",
        born={f"sample-{index}": From("sample-1") for index in (last // 2, last)},
    )
    yield from _measure(runs)
    yield from _zoom(runs)


def _parameters(runs: SizeRuns) -> Squares:
    return Squares(runs.counts, runs.names, key="sizes", label=PARAMETERS)


def _sample(runs: SizeRuns, index: int, width: float = 10.4) -> Text:
    """What a model wrote."""
    return Text(runs.samples[index], key=f"sample-{index}", size="large", width=width)


def _samples(runs: SizeRuns, chosen: Sequence[int]) -> Table:
    """What some models wrote, each beside its name."""
    names = [Text(runs.names[index], key=f"name-{index}", bold=True) for index in chosen]
    cells = [(row, column) for row in range(len(chosen)) for column in (0, 1)]
    rows = [mark for name, index in zip(names, chosen, strict=True) for mark in (name, _sample(runs, index))]
    return Table(*rows, cells=cells, gap=0.3)


def _measure(runs: SizeRuns) -> Iterator[Beat]:
    """How unsure each is, and the loss over the size."""
    unsure = np.exp(runs.losses)
    bars = Bars(unsure, runs.names, key="unsure", digits=1, label=CHOICES, limit=round_up(unsure.max()))
    curve = Curve(np.log10(runs.counts), runs.losses, key="curve", x_name=POWERS, y_name=LOSS, aspect=1.4)
    yield Beat(
        fill(
            {
                "en": "In new texts, the smallest wavers among {a:.1f} tokens, the largest among {b:.1f}.",
                "ja": "初めての文章で、最小のものは {a:.1f} 個、最大のものは {b:.1f} 個のトークンで迷います。",
            },
            a=float(unsure[0]), b=float(unsure[-1]),
        ),
        Row(bars, curve, gap=0.8, scale=1.2),
        id="unsure",
        born={"unsure": From(f"sample-{len(runs.samples) - 1}"), "curve": From("unsure")},
        given=("curve",),
    )  # fmt: skip


_FAMOUS: tuple[Mapping[str, str], ...] = (
    {
        "en": "Our films run on {o:,} parameters. GPT-1 had {m}.",
        "ja": "この映像のモデルのパラメーターは {o:,} 個。GPT-1 は {m}個でした。",
    },
    {"en": "GPT-2 had {m}.", "ja": "GPT-2 は {m}個です。"},
    {
        "en": "GPT-3 had {m}. Ours is too small to see.",
        "ja": "GPT-3 は {m}個。この映像のモデルは、もう見えません。",
    },
)


def _zoom(runs: SizeRuns) -> Iterator[Beat]:
    """The chart zooms out, from our models to the famous ones."""
    rows: list[tuple[Words, float]] = [(runs.names[-1], runs.counts[-1]), (OURS, runs.ours)]
    for index, (name, count, in_words) in enumerate(GPTS):
        rows.append((name, count))
        yield Beat(
            fill(_FAMOUS[index], o=runs.ours, m=in_words),
            Row(_famous(rows), scale=1.4),
            id=name.lower().replace("-", ""),
            born={"famous": From("curve")} if not index else {},
            given=("famous", "says"),
        )
    yield Beat(
        {
            "en": "They also read more: size alone is not enough. GPT-4's was never disclosed.",
            "ja": "読んだ文章も増えました。大きさだけでは足りません。GPT-4 の大きさは非公開です。",
        },
        Row(_famous(rows), scale=1.4),
        id="end",
        given=("famous",),
    )


def _famous(rows: Sequence[tuple[Words, float]]) -> Squares:
    values = np.array([value for _, value in rows])
    return Squares(values, tuple(name for name, _ in rows), key="famous", limit=float(values.max()))
