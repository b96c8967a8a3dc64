"""The story of dropout: neurons are switched off in training, and the average stays what it was.

The question: what happens when half of the neurons are off? The moment to remember: hidden × mask = kept,
cell by cell out of the neurons. The end: on average, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Curve, Grid, Picture, Row, Text, Units, Wires, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Flow, Playback
from nnanim.stories.equations import sign
from nnanim.trace import Trace
from nnanim.words import Words, fill

COLUMNS = 4
"""Number of columns in which the hidden neurons are written out."""

FIRST, AGAIN = 2.4, 1.6
"""Seconds of the signals of the first runs, and of those that only differ."""

STATES = 40
"""Number of states in which the average grows."""

MASK = {"en": "mask", "ja": "マスク"}
MASKED = {"en": "hidden × mask", "ja": "隠れ層 × マスク"}
AFTER = {"en": "after dropout", "ja": "ドロップアウト後"}
WITHOUT = {"en": "without dropout", "ja": "ドロップアウトなし"}
AVERAGE = {"en": "average", "ja": "平均"}
RUNS = {"en": "runs", "ja": "実行回数"}


def dropout(
    plain: Trace, runs: Sequence[Trace], many: Trace, shape: tuple[int, int] | None = None
) -> Iterator[Beat]:
    """Tell what dropout does to a layer of neurons, and why its kept neurons are scaled.

    Args:
        plain: one sample in eval mode, through layers that are called ``activation``, ``dropout`` (a
            `nnanim.models.dropout.Dropout`) and ``answer``.
        runs: the same sample in training mode, each with another seed.
        many: the same sample many times in one batch, in training mode.
        shape: height and width of the input, if it is a picture.

    Raises:
        UserError: there is no run, or one was not made in training mode.
    """
    if not runs or any("dropout.mask" not in trace for trace in (*runs, many)):
        raise UserError(
            "dropout() wants runs in training mode, through a layer 'dropout' that shows its mask"
        )
    net = DropoutNet(plain, (*runs, many), shape)
    yield Beat(
        {
            "en": "What if half of the hidden neurons are off?",
            "ja": "隠れ層の半分が休むと、どうなるでしょう。",
        },
        Row(*net.picture(plain), *net.stage(plain), gap=0.9),
        motion=net.flow(plain),
        id="eval",
    )
    yield _mask(runs[0])
    yield _scaling(runs[0])
    for number, run in enumerate(runs, start=1):
        before = From("scaled") if number == 1 else From(f"hidden-{number - 1}")
        yield Beat(
            _SENTENCES[min(number, 3) - 1],
            Row(
                *(mark for place, one in enumerate(runs[:number], start=1) for mark in net.stage(one, place)),
                gap=0.9,
            ),
            motion=net.flow(run, number),
            id=f"run-{number}",
            born={f"hidden-{number}": before},
        )
    yield _compare(net, runs)
    yield _average(net, many)


_SENTENCES: tuple[Words, ...] = (
    {
        "en": "With some neurons off, the sums change.",
        "ja": "休むニューロンがあると、和も変わります。",
    },
    {"en": "The second run switches off other neurons.", "ja": "次は、別のニューロンが休みます。"},
    {"en": "And the third run others again.", "ja": "三回目も、また別です。"},
)


@dataclass(frozen=True)
class DropoutNet:
    """The hidden layer and the answer of every run, on one scale.

    Attributes:
        plain: the run without dropout.
        others: the runs with dropout.
        shape: height and width of the input, if it is a picture.
    """

    plain: Trace
    others: tuple[Trace, ...]
    shape: tuple[int, int] | None

    @property
    def best(self) -> int:
        """Index of the largest sum without dropout."""
        return int(self.plain["output"][0].argmax())

    def limit(self, name: str) -> float:
        """The scale of ``name``: what is largest in any run that is drawn."""
        return round_up(max(float(np.abs(trace[name][0]).max()) for trace in (self.plain, *self.others)))

    def stage(self, trace: Trace, number: int = 0) -> tuple[Units, Wires, Units]:
        """The hidden neurons (those switched off are empty rings), their wires and the sums of a run."""
        hidden_key, wires_key, answer_key = (
            _key_of_run(key, number) for key in ("hidden", "wires", "answer")
        )
        heading = _run_name(number) if number else None
        hidden, sums = trace["dropout"][0], trace["output"][0]
        mask = trace["dropout.mask"][0] if "dropout.mask" in trace else np.ones(len(hidden))
        units = Units(
            hidden, key=hidden_key, limit=self.limit("dropout"), label=heading or words.hidden_layer,
            lit=tuple(bool(one) for one in mask),
        )  # fmt: skip
        answer = Units(
            sums, tuple(str(i) for i in range(len(sums))), key=answer_key, limit=self.limit("output"),
            label=None if number else words.output_layer, side="right", numbers=False, means=words.score,
        )  # fmt: skip
        wires = Wires(trace.parameters["answer.weight"], hidden_key, answer_key, key=wires_key)
        return units, wires, answer

    def picture(self, trace: Trace) -> tuple[Row, ...]:
        """What is read, if it is a picture."""
        if self.shape is None:
            return ()
        pixels = np.asarray(trace["input"][0], dtype=float).reshape(self.shape)
        return (Row(Picture(pixels, key="picture", label=words.input_layer, means=words.pixel), scale=1.9),)

    def flow(self, trace: Trace, number: int = 0) -> Flow:
        """From the hidden neurons to the sums."""
        limit = max(
            float(np.abs(one.parameters["answer.weight"] * one["dropout"][0]).max(initial=0))
            for one in (self.plain, *self.others)
        )
        x = trace["dropout"][0]
        limit = round_up(max(limit, self.limit("dropout")))
        return Flow(
            _key_of_run("wires", number), trace.contributions("answer").terms, x, limit=limit,
            seconds=AGAIN if number > 1 else FIRST,
        )  # fmt: skip


def _key_of_run(key: str, number: int) -> str:
    return f"{key}-{number}" if number else key


def _run_name(number: int) -> Words:
    return fill({"en": "run {n}", "ja": "{n} 回目"}, n=number)


def _probability(trace: Trace) -> float:
    """The p of the layer: what a neuron is divided by is 1 − p."""
    return 1 - float(trace["dropout.mul"].sum() / trace["dropout.div"].sum())


def _grid(values: Floats, key: str, label: Words, limit: float, digits: int = 2) -> Grid:
    return Grid(values[0].reshape(-1, COLUMNS), key=key, label=label, limit=limit, digits=digits)


def _mask(run: Trace) -> Beat:
    """Hidden values, their mask and the product."""
    limit = round_up(float(run["activation"].max()))
    return Beat(
        fill(
            {
                "en": "In training, dropout switches off each neuron with probability {p:g}.",
                "ja": "学習中、各ニューロンを確率 {p:g} で休ませます。",
            },
            p=round(_probability(run), 3),
        ),
        Row(
            _grid(run["activation"], "activation", words.hidden_layer, limit), sign("×", "times"),
            modify(_grid(run["dropout.mask"], "mask", MASK, 1.0, 0), means=MASK, role="amount"),
            sign("=", "equals"),
            _grid(run["dropout.mul"], "product", MASKED, limit), gap=0.4,
        ),
        id="mask",
        born={"activation": From("hidden"), "product": From("activation")},
        given=("says",),  # the probability is a setting of the layer
    )  # fmt: skip


def _scaling(run: Trace) -> Beat:
    """The product divided by 1 − p."""
    limit = round_up(float(run["dropout"].max()))
    return Beat(
        fill(
            {
                "en": "The rest is divided by 1 − p: {k:g} times as large.",
                "ja": "残りを 1 − p で割ると、{k:g} 倍になります。",
            },
            k=round(1 / (1 - _probability(run)), 3),
        ),
        Row(
            _grid(run["dropout.mul"], "product", MASKED, limit),
            _divisor(run), sign("≈", "nearly"),
            _grid(run["dropout"], "scaled", AFTER, limit), gap=0.4,
        ),
        id="scale",
        born={"scaled": From("product")},
        given=("says", "divide"),
    )  # fmt: skip


def _divisor(run: Trace) -> Text:
    """``÷ 0.5``, the share that stays."""
    return Text(
        fill({"en": "÷ {q:g}", "ja": "÷ {q:g}"}, q=round(1 - _probability(run), 3)),
        key="divide",
        size="large",
        bold=True,
    )


def _compare(net: DropoutNet, runs: Sequence[Trace]) -> Beat:
    """One sum in every run, and without dropout."""
    sums = [float(trace["output"][0, net.best]) for trace in (*runs, net.plain)]
    names = [_run_name(number) for number in range(1, len(runs) + 1)]
    return Beat(
        fill(
            {
                "en": "The sum for class {c} differs from run to run.",
                "ja": "「{c}」の和は、実行するたびに変わります。",
            },
            c=net.best,
        ),
        Bars(
            np.array(sums), (*names, WITHOUT), key="sums", digits=1, highlight=(len(runs),),
            roles=(*["amount"] * len(runs), "amount2"),  # as in the curve that follows
            limit=round_up(max(map(abs, sums))),
        ),
        id="sums",
        born={"sums": From(f"answer-{len(runs)}", net.best)},
    )  # fmt: skip


def _average(net: DropoutNet, many: Trace) -> Beat:
    """The mean over more and more runs comes near to the run without dropout."""
    sums = np.asarray(many["output"][:, net.best], dtype=float)
    count, plain = np.arange(1.0, len(sums) + 1), float(net.plain["output"][0, net.best])
    mean = np.cumsum(sums) / count
    curve = Curve(
        count, np.array([mean, np.full(len(sums), plain)]), key="average", names=(AVERAGE, WITHOUT),
        x_name=RUNS, y_name=fill({"en": "sum for {c}", "ja": "{c} の和"}, c=net.best), aspect=2.0,
        x_limits=(0, len(sums)),
    )  # fmt: skip
    ends = np.unique(np.linspace(1, len(sums), STATES + 1).round().astype(int))
    states = [modify(curve, drawn=int(end)) for end in ends[:-1]]
    return Beat(
        fill(
            {
                "en": "The average of {n} runs is {m:.1f}; without dropout it is {p:.1f}.",
                "ja": "{n} 回の平均は {m:.1f}、ドロップアウトなしでは {p:.1f} です。",
            },
            n=len(sums), m=float(mean[-1]), p=plain,
        ),
        curve,
        motion=Playback({"average": [*states, curve]}, seconds=3.0),
        id="average",
        born={"average": From("sums")},
    )  # fmt: skip
