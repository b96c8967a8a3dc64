"""A three-layer perceptron: signals split, grow or shrink along the wires, merge, and set out anew.

Storyboard: the question; the layers; the wires; the inputs; split; merge at one neuron and at all; on to the
output; the answer; more samples; where the weights came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import number
from nnanim.marks import (
    Bars,
    Cloud,
    Column,
    Curve,
    Formula,
    Mark,
    Overlay,
    Picture,
    Row,
    Text,
    Units,
    Wires,
    changed,
    nice,
)
from nnanim.motions import Film, Flow, Relay
from nnanim.trace import Trace
from nnanim.words import Words, fill

Floats = npt.NDArray[np.float64]

MOST = 10
"""So many neurons of a layer are drawn at the most."""

TERMS = 4
"""So many terms of a sum are written out at the most."""

ACTIVATIONS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "Sigmoid": ("sigma", lambda z: 1 / (1 + np.exp(-z))),
    "Tanh": ("tanh", np.tanh),
    "ReLU": ('"ReLU"', lambda z: np.maximum(z, 0)),
}
"""Formula and function of the activation functions whose curve can be drawn."""


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
class Net:
    """The three columns of a traced perceptron for one sample, as marks."""

    trace: Trace
    subject: Subject
    sample: int
    hidden: str
    activated: str
    answer: str

    @property
    def values(self) -> tuple[Floats, Floats, Floats]:
        """What the three columns hold: inputs, hidden activations, outputs."""
        trace, i = self.trace, self.sample
        return trace["input"][i], trace[self.activated][i], trace["output"][i]

    @property
    def shown(self) -> tuple[Floats, ...]:
        """Which neurons of each column are drawn: those whose values are largest in any sample."""
        columns = (self.trace["input"], self.trace[self.activated], self.trace["output"])
        return tuple(np.sort(np.argsort(-np.abs(v).max(axis=0), kind="stable")[:MOST]) for v in columns)

    def units(self, lit: int, only: int | None = None) -> tuple[Units, Units, Units]:
        """The three columns, of which the first ``lit`` are lit; ``only`` lights one hidden neuron."""
        subject, trace = self.subject, self.trace
        labels = (words.input_layer, words.hidden_layer, words.output_layer)
        limits = (nice(np.abs(trace["input"]).max()), nice(np.abs(trace[self.activated]).max()), 1.0)
        names: tuple[Sequence[Words], ...] = (subject.names, (), subject.classes[-len(self.values[2]) :])
        made = []
        for i, (key, values, shown) in enumerate(zip(("x", "h", "y"), self.values, self.shown, strict=True)):
            on = tuple(i < lit or (i == 1 and unit == only) for unit in shown)
            beside = tuple(names[i][unit] for unit in shown) if names[i] else ()
            means = subject.unit or None if i == 0 else words.activation
            made.append(
                Units(
                    values[shown], key=key, label=labels[i], limit=limits[i], lit=on, names=beside,
                    side="right" if i == 2 else "left", digits=1 if i == 0 else 2, shown=tuple(shown),
                    of=len(values), means=means,
                )
            )  # fmt: skip
        return tuple(made)  # type: ignore[return-value]

    def wires(self, limit: float) -> tuple[Wires, Wires]:
        """The wires between the columns."""
        x, h, y = self.shown
        first = self.trace.parameters[f"{self.hidden}.weight"][np.ix_(h, x)]
        second = self.trace.parameters[f"{self.answer}.weight"][np.ix_(y, h)]
        return Wires(first, "x", "h", key="w1", limit=limit), Wires(second, "h", "y", key="w2", limit=limit)

    def flow(self, first: bool, reach: Reach, seconds: float = 2.4, **options: object) -> Flow:
        """Signals along the first or the second layer of wires."""
        source, target = self.shown[:2] if first else self.shown[1:]
        terms = self.trace.contributions(self.hidden if first else self.answer, self.sample)
        shown, inputs = terms.terms[np.ix_(target, source)], terms.inputs[source]
        wires, limit = ("w1", reach[0]) if first else ("w2", reach[1])
        return Flow(wires, shown, inputs, limit=limit, seconds=seconds, **options)  # type: ignore[arg-type]


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


def perceptron(trace: Trace, subject: Subject, training: Trace | None = None) -> Iterator[Beat]:
    """Tell how a three-layer perceptron reaches its answer.

    Args:
        trace: of two dense layers on a few samples; the first is told at length, the others quickly.
        subject: what its inputs and outputs are called.
        training: recorded training: ``loss`` (step,), the layers' weights (step, out, in); for two inputs also
            ``map`` (step, rows, columns) with its axes. Without it, the last beats are left out.
    """
    trace.check()
    net = Net(trace, subject, 0, *layers(trace))
    weights = [trace.parameters[f"{name}.weight"] for name in (net.hidden, net.answer)]
    if training is not None:
        weights += [training[f"{name}.weight"] for name in (net.hidden, net.answer)]
    limit = nice(max(float(np.abs(w).max()) for w in weights))
    reach = _reach(trace, net.hidden), _reach(trace, net.answer)
    yield _question(net, training)
    yield from _network(net, limit)
    yield from _first_layer(net, limit, reach)
    yield from _second_layer(net, limit, reach)
    for sample in range(1, len(trace["input"])):
        yield from _again(replace(net, sample=sample), limit, reach)
    if training is not None:
        yield from _training(net, training, limit)


Reach = tuple[float, float]
"""The largest signal of the first and of the second layer, over all samples: the scale of its signals."""


def _reach(trace: Trace, layer: str) -> float:
    flows = [trace.contributions(layer, i) for i in range(len(trace["input"]))]
    return nice(max(float(max(np.abs(f.terms).max(), np.abs(f.inputs).max())) for f in flows))


def _thing(net: Net) -> Mapping[str, str]:
    return net.subject.thing or {"en": "sample", "ja": "データ"}


def _question(net: Net, training: Trace | None) -> Beat:
    subject, x = net.subject, net.trace["input"]
    sentence = subject.question or {
        "en": "What does the network say?",
        "ja": "ネットワークの答えは何でしょう。",
    }
    bars = Bars(
        net.values[0][net.shown[0]], tuple(subject.names[i] for i in net.shown[0]), key="given", digits=1,
        limit=nice(np.abs(x).max()), label=_thing(net), role="accent",
    )  # fmt: skip
    if training is None or "map" not in training:
        return Beat(sentence, bars, id="question")
    return Beat(sentence, Row(bars, _cloud(net, training), gap=1.2), id="question")


def _cloud(net: Net, training: Trace, sample: bool = True) -> Cloud:
    """The samples of the training in the plane of the two inputs, and, ringed, the one of the story."""
    points, groups = training["training.x"], training["training.y"].ravel().astype(int)
    names, ringed = tuple(net.subject.classes), tuple[int, ...]()
    if sample:
        points, groups = np.vstack([points, net.values[0]]), np.append(groups, 2)
        names, ringed = (*names, _thing(net)), (len(points) - 1,)
    across, up = (training[f"map.{axis}"] for axis in training.axes("map")[:0:-1])
    unit = f" ({net.subject.unit})" if net.subject.unit else ""
    axes = [{lang: words.say(name, lang) + unit for lang in words.LANGUAGES} for name in net.subject.names]
    return Cloud(
        points, tuple(groups), names=names, roles=("negative", "positive", "accent"), key="plane",
        highlight=ringed, aspect=1.3 if sample else 1.0,
        x_limits=(float(across[0]), float(across[-1])), y_limits=(float(up[0]), float(up[-1])),
        x_name=axes[0], y_name=axes[1],
    )  # fmt: skip


def _network(net: Net, limit: float) -> Iterator[Beat]:
    x, h, y = net.units(0)
    yield Beat(
        {
            "en": "A perceptron has three layers of neurons.",
            "ja": "パーセプトロンには、ニューロンの層が三つあります。",
        },
        Row(x, h, y, gap=2.6),
        id="layers",
    )
    w1, w2 = net.wires(limit)
    yield Beat(
        {
            "en": "Wires join them. Width is the size of a weight, colour its sign.",
            "ja": "線がつなぎます。太さは重みの大きさ、色は符号です。",
        },
        Row(x, w1, h, w2, y),
        id="wires",
    )


def _first_layer(net: Net, limit: float, reach: Reach) -> Iterator[Beat]:
    w1, w2 = net.wires(limit)
    x, h, y = net.units(1)
    yield Beat({"en": "Numbers go in.", "ja": "数が入ります。"}, Row(x, w1, h, w2, y), id="inputs")
    yield Beat(
        {
            "en": "Each number takes every wire, and is multiplied by its weight.",
            "ja": "数はすべての線に分かれ、途中で重みが掛けられます。",
        },
        Row(x, w1, h, w2, y),
        motion=net.flow(True, reach, 2.8),
        id="split",
    )
    yield from _merge(net, limit, reach)
    x, h, y = net.units(2)
    yield Beat(
        {
            "en": "All hidden neurons do the same, at once.",
            "ja": "隠れ層のニューロンは、みな同時に同じことをします。",
        },
        Row(x, w1, h, w2, y),
        motion=net.flow(True, reach, 2.2),
        id="hidden",
    )


def _merge(net: Net, limit: float, reach: Reach) -> Iterator[Beat]:
    """One hidden neuron: its signals are added, and the activation function is applied."""
    terms = net.trace.contributions(net.hidden, net.sample, min(TERMS, len(net.values[0])))
    value = net.values[1]
    one = int(net.shown[1][np.argmax(np.abs(value[net.shown[1]]))])
    place = int(np.flatnonzero(net.shown[1] == one)[0])
    w1 = net.wires(limit)[0]
    x, blank, _ = net.units(1)
    blank = changed(blank, highlight=(place,))
    flow = net.flow(True, reach, 2.4, only=place, numbers=len(x.values) <= 3)
    parts = sum_parts(terms.terms[one], terms.bias[one], terms.rest[one], terms.total[one])
    total = float(terms.total[one])
    kind = next((n.kind for n in net.trace.graph.leaves if n.name == net.activated), "")
    curve = activation_curve(kind, net.trace[net.hidden], total, float(value[one]))
    formula = Formula(parts, key="sum")
    yield Beat(
        {"en": "At one neuron, the signals come together …", "ja": "一つのニューロンに、信号が集まります。"},
        Row(x, w1, blank),
        motion=flow,
        id="arrive",
    )
    yield Beat(
        {"en": "… and are added, with a bias of its own.", "ja": "それらは足され、バイアスも加わります。"},
        Column(Row(x, w1, blank), formula, gap=0.35),
        motion=Film(
            {"sum": [changed(formula, visible=i) for i in range(1, len(parts) + 1)]}, seconds=0.6 * len(parts)
        ),
        id="sum",
    )
    if curve is None:
        return
    lit = changed(net.units(1, only=one)[1], highlight=(place,))
    result = Formula(
        (*parts[-1:], f"arrow.r.long {ACTIVATIONS[kind][0]}(z) = {number(value[one])}"), key="value"
    )
    equation = changed(result, parts=(f"z {result.parts[0]}", *result.parts[1:]))
    slide = [changed(curve, point=point) for point in _slide(curve, total)]
    dark = [changed(lit, lit=False)] * (len(slide) - 1)
    states = {
        "curve": slide,
        "h": [*dark, lit],
        "value": [changed(equation, visible=1)] * len(dark) + [equation],
    }
    yield Beat(
        {
            "en": "The activation function turns the sum into the neuron's value.",
            "ja": "活性化関数が、和をニューロンの値に変えます。",
        },
        Row(
            x,
            w1,
            lit,
            Column(curve, equation, gap=0.3),
            gap=0.9,
        ),
        motion=Film(states, seconds=1.8, holds=(*[1.0] * len(dark), 5.0)),
        id="activation",
    )


def sum_parts(terms: Floats, bias: float, rest: float, total: float) -> tuple[str, ...]:
    """The parts of a formula: the terms one by one, the bias, the rest where it counts, and the sum.

    What is written adds up to within the rounding of two decimals.
    """

    def signed(value: float, first: bool = False) -> str:
        sign = "-" if value < 0 else ("" if first else "+")
        role = "negative" if value < 0 else "positive"
        return f"{sign} {role}({number(abs(value))})"

    parts = [signed(terms[0], first=True), *(signed(term) for term in terms[1:])]
    if abs(rest) >= 0.005:
        parts.append(f'{"-" if rest < 0 else "+"} underbrace({number(abs(rest))}, "rest")')
    parts.append(f'{"-" if bias < 0 else "+"} underbrace({number(abs(bias))}, "bias")')
    return (*parts, f"= {number(total)}".replace("−", "-"))


def activation_curve(kind: str, sums: Floats, total: float, value: float) -> Curve | None:
    """The activation function with the point (total, value) on it; None for a kind that has no known curve.

    Raises:
        UserError: the point does not lie on the curve: the layer is not what it says.
    """
    if kind not in ACTIVATIONS:
        return None
    _, function = ACTIVATIONS[kind]
    if abs(float(function(np.array(total))) - value) > 1e-4:
        raise UserError(f"{kind} of {total:g} is recorded as {value:g}")
    reach = max(4.0, float(np.ceil(np.abs(sums).max())))
    z = np.linspace(-reach, reach, 121)
    low = 0.0 if function(z).min() >= 0 else float(np.floor(function(z).min()))
    label = words.sigmoid if kind == "Sigmoid" else kind
    return Curve(
        z, function(z), key="curve", point=(total, value), x_limits=(-reach, reach), label=label, x_name="z",
        y_limits=(low, float(np.ceil(function(z).max()))),
    )  # fmt: skip


def _slide(curve: Curve, total: float) -> list[tuple[float, float]]:
    """Points on the curve from its middle to the sum."""
    zs = np.linspace(0, total, 25)
    return [(float(z), float(np.interp(z, curve.x, curve.y[0]))) for z in zs[:-1]] + [
        curve.point or (0.0, 0.0)
    ]


def _second_layer(net: Net, limit: float, reach: Reach) -> Iterator[Beat]:
    w1, w2 = net.wires(limit)
    yield Beat(
        {
            "en": "From the hidden layer, new signals set out to the output.",
            "ja": "隠れ層から、新しい信号が出力層へ向かいます。",
        },
        Row(*_alternate(net.units(3), (w1, w2))),
        motion=net.flow(False, reach, 2.4),
        id="output",
    )
    yield Beat(_verdict(net), _answer(net, limit), id="answer")


def _alternate(units: Sequence[Units], wires: Sequence[Wires]) -> tuple[Units | Wires, ...]:
    x, h, y = units
    return x, wires[0], h, wires[1], y


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


def _verdict(net: Net) -> Words:
    p = probabilities(net.values[2])
    best = int(p.argmax())
    values = {"name": net.subject.classes[best], "percent": f"{100 * p[best]:.0f}"}
    if not net.subject.truth:
        return fill(
            {"en": "The answer: {name}, with {percent} %.", "ja": "答えは{name}、確率 {percent} % です。"},
            **values,
        )
    if net.subject.truth[net.sample] == best:
        return fill(
            {
                "en": "The answer: {name}, with {percent} %. That is right.",
                "ja": "答えは{name}、確率 {percent} %。正解です。",
            },
            **values,
        )
    return fill(
        {
            "en": "The answer: {name}, with {percent} %. That is wrong.",
            "ja": "答えは{name}、確率 {percent} %。まちがいです。",
        },
        **values,
    )


def _answer(net: Net, limit: float) -> Row:
    """The network, and beside it the probability of every class and the true label."""
    p, classes = probabilities(net.values[2]), net.subject.classes
    kept = np.sort(np.argsort(-p, kind="stable")[:MOST])
    bars = Bars(
        p[kept], tuple(classes[i] for i in kept), key="classes", limit=1.0, percent=True,
        label=words.probability, highlight=(int(np.flatnonzero(kept == p.argmax())[0]),), of=len(p),
    )  # fmt: skip
    beside: tuple[Bars | Text, ...] = (bars,)
    if net.subject.truth:
        true = fill(
            {"en": "true label: {name}", "ja": "正解：{name}"}, name=classes[net.subject.truth[net.sample]]
        )
        beside = (bars, Text(true, key="truth", role="dimmed"))
    units = net.units(3)
    y = changed(units[2], names=())
    return Row(*_alternate((units[0], units[1], y), net.wires(limit)), Column(*beside, gap=0.35), gap=0.7)


def _again(net: Net, limit: float, reach: Reach) -> Iterator[Beat]:
    """One more sample, quickly."""
    w1, w2 = net.wires(limit)
    sure = float(probabilities(net.values[2]).max())
    sentence = {"en": "Another {thing}.", "ja": "別の{thing}です。"}
    if sure < 0.7:
        sentence = {"en": "And a hard case.", "ja": "こんどは難しい{thing}です。"}
    yield Beat(
        fill(sentence, thing=_thing(net)),
        Row(*_alternate(net.units(3), (w1, w2))),
        motion=Relay((net.flow(True, reach, 1.6), net.flow(False, reach, 1.6))),
        pause=0.4,
        id=f"again-{net.sample}",
    )
    yield Beat(_verdict(net), _answer(net, limit), id=f"answer-{net.sample}")


def _training(net: Net, training: Trace, limit: float) -> Iterator[Beat]:
    """The weights, the loss and the map, from the first snapshot to the last."""
    steps = training["step"]
    first, last = _snapshot(net, training, limit, 0), _snapshot(net, training, limit, len(steps) - 1)
    yield Beat(
        {
            "en": "Where do the weights come from? They start small and random.",
            "ja": "重みはどこから来るのでしょう。初めは小さな乱数です。",
        },
        _stage(net, training, first),
        id="random",
    )
    states = [_snapshot(net, training, limit, i) for i in range(len(steps))]
    yield Beat(
        {
            "en": "Training changes them, step by step, so that the loss falls.",
            "ja": "学習は、損失が減るように少しずつ重みを変えます。",
        },
        _stage(net, training, last),
        motion=Film({key: [state[key] for state in states] for key in last}, seconds=6.0),
        id="training",
    )


Snapshot = dict[str, "Wires | Curve | Picture"]


def _snapshot(net: Net, training: Trace, limit: float, index: int) -> Snapshot:
    """The marks that training changes, as they were at one snapshot."""
    x, h, y = net.shown
    loss, steps = training["loss"], training["step"]
    marks: Snapshot = {
        "w1": Wires(training[f"{net.hidden}.weight"][index][np.ix_(h, x)], "x", "h", key="w1", limit=limit),
        "w2": Wires(training[f"{net.answer}.weight"][index][np.ix_(y, h)], "h", "y", key="w2", limit=limit),
        "loss": Curve(
            steps, loss, key="loss", drawn=index + 1, y_limits=(0.0, nice(float(loss.max()))), aspect=1.1,
            x_limits=(float(steps[0]), float(steps[-1])), x_name=words.step, y_name=words.loss,
        ),
    }  # fmt: skip
    if "map" in training:
        picture = np.clip(training["map"][index][::-1], 0, 1)
        marks["map"] = Picture(picture, key="map", colors="diverging", means=words.probability, smooth=True)
    return marks


def _stage(net: Net, training: Trace, marks: Snapshot) -> Row:
    """The network, and beside it the loss and the map with the samples of the training."""
    x, h, y = (changed(units, names=(), label=None) for units in net.units(0))
    beside: list[Mark | Row] = [marks["loss"]]
    if "map" in marks:
        beside.append(Overlay(marks["map"], _cloud(net, training, sample=False)))
    return Row(x, marks["w1"], h, marks["w2"], y, *beside, gap=0.7)
