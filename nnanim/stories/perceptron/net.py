"""The three columns of a traced perceptron, as marks and flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.errors import UserError
from nnanim.marks import Row, Units, Wires, modify, round_up
from nnanim.marks.legend import WIDEST
from nnanim.motions import Flow
from nnanim.trace import Trace
from nnanim.words import Words, fill

Floats = npt.NDArray[np.float64]

MOST = 10
"""Maximum number of neurons of a layer that are drawn."""

FEW = 4
"""Up to this number of neurons in each layer, they are drawn large, with thick wires and their values."""

LARGE, THICK = 1.26, 0.24
"""Size of the neurons of a small network, and width of its widest wire."""


@dataclass(frozen=True)
class Subject:
    """What the network is about, in words.

    Attributes:
        names: of the inputs.
        classes: what the output tells apart: two for one output, else one for each.
        truth: (samples,) index of each sample's true class, or none.
        unit: of the inputs.
        thing: what a sample is, such as "flower".
        question: the first sentence.
    """

    names: Sequence[Words]
    classes: Sequence[Words]
    truth: Sequence[int] = ()
    unit: str = ""
    thing: Mapping[str, str] | None = None
    question: Words | None = None


@dataclass(frozen=True)
class PerceptronView:
    """The three columns of a traced perceptron for one sample, as marks."""

    trace: Trace
    subject: Subject
    sample: int
    hidden: str
    activated: str
    answer: str

    @property
    def thing(self) -> Mapping[str, str]:
        """What a sample is called."""
        return self.subject.thing or {"en": "sample", "ja": "データ"}

    @property
    def names(self) -> tuple[Words, ...]:
        """Names of the inputs, each with its unit."""
        subject = self.subject
        if not subject.unit:
            return tuple(subject.names)
        named: dict[str, str] = {"en": "{name} ({unit})", "ja": "{name}（{unit}）"}
        return tuple(fill(named, name=name, unit=subject.unit) for name in subject.names)

    @property
    def values(self) -> tuple[Floats, Floats, Floats]:
        """What the three columns hold: inputs, hidden activations, outputs."""
        trace, i = self.trace, self.sample
        return trace["input"][i], trace[self.activated][i], trace["output"][i]

    @property
    def shown_neurons(self) -> tuple[Floats, ...]:
        """Which neurons of each column are drawn: those whose values are largest in any sample."""
        columns = (self.trace["input"], self.trace[self.activated], self.trace["output"])
        return tuple(np.sort(np.argsort(-np.abs(v).max(axis=0), kind="stable")[:MOST]) for v in columns)

    @property
    def is_small(self) -> bool:
        """Whether no layer has more than a few neurons."""
        return max(map(len, self.shown_neurons)) <= FEW

    @property
    def widest(self) -> float:
        """Width of the widest wire, at scale 1."""
        return THICK if self.is_small else WIDEST

    def units(self, lit: int, only: int | None = None) -> tuple[Units, Units, Units]:
        """The three columns, of which the first ``lit`` are lit; ``only`` lights one hidden neuron."""
        subject, trace = self.subject, self.trace
        labels = (words.input_layer, words.hidden_layer, words.output_layer)
        limits = (round_up(np.abs(trace["input"]).max()), round_up(np.abs(trace[self.activated]).max()), 1.0)
        names: tuple[Sequence[Words], ...] = (self.names, (), subject.classes[-len(self.values[2]) :])
        made = []
        for i, (key, values, shown) in enumerate(
            zip(("x", "h", "y"), self.values, self.shown_neurons, strict=True)
        ):
            on = tuple(i < lit or (i == 1 and unit == only) for unit in shown)
            beside = tuple(names[i][unit] for unit in shown) if names[i] else ()
            means = subject.unit or None if i == 0 else words.activation
            made.append(
                Units(
                    values[shown], key=key, label=labels[i], limit=limits[i], lit=on, names=beside,
                    side="right" if i == 2 else "left", digits=1 if i == 0 else 2, shown=tuple(shown),
                    of=len(values), means=means, size=LARGE if self.is_small else 1.0,
                    numbers=True if self.is_small else None,
                )
            )  # fmt: skip
        return tuple(made)  # type: ignore[return-value]

    def wires(self, limit: float) -> tuple[Wires, Wires]:
        """The wires between the columns."""
        x, h, y = self.shown_neurons
        first = self.trace.parameters[f"{self.hidden}.weight"][np.ix_(h, x)]
        second = self.trace.parameters[f"{self.answer}.weight"][np.ix_(y, h)]
        return (
            Wires(first, "x", "h", key="w1", limit=limit, widest=self.widest),
            Wires(second, "h", "y", key="w2", limit=limit, widest=self.widest),
        )

    def whole(self, lit: int, limit: float, only: int | None = None) -> Row:
        """The network without words, as large as may be, its first ``lit`` layers lit, as in ``units``."""
        x, h, y = map(plain_units, self.units(lit, only))
        w1, w2 = self.wires(limit)
        return Row(x, w1, h, w2, y)

    def flow(self, first: bool, reach: float, seconds: float = 2.4, **options: object) -> Flow:
        """Signals along the first or the second layer of wires."""
        source, target = self.shown_neurons[:2] if first else self.shown_neurons[1:]
        terms = self.trace.contributions(self.hidden if first else self.answer, self.sample)
        shown, inputs = terms.terms[np.ix_(target, source)], terms.inputs[source]
        return Flow("w1" if first else "w2", shown, inputs, limit=reach, seconds=seconds, **options)  # type: ignore[arg-type]


def plain_units(units: Units) -> Units:
    """Neurons without names and heading."""
    bare: Units = modify(units, names=(), label=None)
    return bare


def layers(trace: Trace) -> tuple[str, str, str]:
    """Names of the hidden layer, of its activation and of the last layer of a traced perceptron.

    Raises:
        UserError: the trace is not one of two dense layers.
    """
    leaves = [node for node in trace.graph.leaves if node.role == "module"]
    dense = [i for i, node in enumerate(leaves) if node.kind == "Linear"]
    if len(dense) != 2 or dense[0] != 0:
        kinds = ", ".join(node.kind for node in leaves)
        raise UserError(f"a perceptron's story wants two dense layers with activations between, not {kinds}")
    return leaves[0].name, leaves[dense[1] - 1].name, leaves[dense[1]].name


def reach_of(trace: Trace, *layers: str) -> float:
    """The largest signal along the wires of some layers, over all samples, rounded up for a legend."""
    flows = [trace.contributions(layer, i) for layer in layers for i in range(len(trace["input"]))]
    return round_up(max(float(max(np.abs(f.terms).max(), np.abs(f.inputs).max())) for f in flows))


def probabilities(output: Floats) -> Floats:
    """Probability of each class: of one output p, (1-p, p); of several, themselves.

    Raises:
        UserError: the outputs are no probabilities.
    """
    p = np.array([1 - output[0], output[0]]) if len(output) == 1 else np.asarray(output, dtype=float)
    if p.min() < -1e-6 or abs(p.sum() - 1) > 1e-4:
        raise UserError(
            f"the outputs {np.round(output, 3).tolist()} are no probabilities; end with a sigmoid or softmax"
        )
    return p
