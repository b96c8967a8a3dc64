"""One hidden neuron: its signals are added, and the activation function is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Column, Curve, Formula, Row, Units, View, modify
from nnanim.motions import Playback
from nnanim.stories.equations import Term, equation, plain
from nnanim.stories.perceptron.net import Floats, PerceptronView, plain_units
from nnanim.words import Words
from nnanim.words.numerals import agreeing

TERMS = 4
"""Maximum number of terms of a sum that are written out."""

ACTIVATIONS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "Sigmoid": ("sigma", lambda z: 1 / (1 + np.exp(-z))),
    "Tanh": ("tanh", np.tanh),
    "ReLU": ('"ReLU"', lambda z: np.maximum(z, 0)),
}
"""Formula and function of the activation functions whose curve can be drawn."""


def merge(net: PerceptronView, limit: float, reach: float) -> Iterator[Beat]:
    """One hidden neuron: its signals arrive, are added, and the activation function is applied."""
    value = net.values[1]
    one = int(net.shown_neurons[1][np.argmax(np.abs(value[net.shown_neurons[1]]))])
    place = int(np.flatnonzero(net.shown_neurons[1] == one)[0])
    w1, _ = net.wires(limit)
    x, blank, _ = map(plain_units, net.units(1))
    yield Beat(
        {"en": "At one neuron, the signals come together …", "ja": "一つのニューロンに、信号が集まります。"},
        _add_ring(net.whole(1, limit), place),
        motion=net.flow(True, reach, 2.4, only=place, numbers=len(x.values) <= 3),
        view=View("h", place, fills=0.45, at=(0.72, 0.5)),
        id="arrive",
    )
    dark = modify(blank, highlight=(place,))
    yield _sum(net, Row(x, w1, dark), one, place)
    total = float(net.trace[net.hidden][net.sample, one])
    kind = next((n.kind for n in net.trace.graph.leaves if n.name == net.activated), "")
    curve = activation_curve(kind, net.trace[net.hidden], total, float(value[one]))
    if curve is not None:
        written = Formula(_activation_formula(kind, total, float(value[one])), key="value")
        yield _activation(Row(x, w1, dark, Column(curve, written, gap=0.35), gap=0.9), curve, written)
        yield Beat(
            {
                "en": "… and that is the neuron's value, which it passes on.",
                "ja": "これがニューロンの値で、次の層へ進みます。",
            },
            net.whole(1, limit, only=one),
            gathers={"value": ("h", place)},
            id="value",
        )


def _add_ring(network: Row, place: int) -> Row:
    """The network with a ring around one hidden neuron."""
    x, w1, h, w2, y = network.children
    assert isinstance(h, Units), "the hidden layer stands in the middle"
    return Row(x, w1, modify(h, highlight=(place,)), w2, y)


def _sum(net: PerceptronView, stage: Row, one: int, place: int) -> Beat:
    """The numbers of the signals come off the ends of the wires, one by one, and are added."""
    terms = net.trace.contributions(net.hidden, net.sample, min(TERMS, len(net.values[0])))
    rest = None if terms.is_complete else float(terms.rest[one])
    parts = sum_parts(terms.terms[one], terms.bias[one], rest, terms.total[one])
    # Beside the neuron, where the camera goes to both; below a large network, or beside the middle of none.
    near = net.is_small and abs(place - (len(net.shown_neurons[1]) - 1) / 2) < 1
    formula = Formula(parts, key="sum", size="small" if near else "large")
    return Beat(
        {"en": "… and are added, with a bias of its own.", "ja": "届いた数を足し、バイアスを加えます。"},
        Row(*stage.children, formula, gap=0.3) if near else Column(stage, formula, gap=0.35),
        view=View("sum", fills=0.6, at=(0.68, 0.5)) if near else None,
        born={"sum": From("w1", into=place)},
        order="one by one",
        id="sum",
    )


def _activation_formula(kind: str, total: float, value: float) -> tuple[Words, ...]:
    """The parts of a formula: the sum, and what the activation function makes of it."""
    symbol, function = ACTIVATIONS[kind]
    digits, agrees = agreeing([total], value, lambda terms: float(function(np.array(terms[0]))))
    sign = "=" if agrees else "approx"
    return f"z = {plain(total, digits)}", f"arrow.r.long {symbol}(z) {sign} {plain(value, digits)}"


def _activation(stage: Row, curve: Curve, written: Formula) -> Beat:
    """The sum slides along the curve of the activation function."""
    slide = [modify(curve, point=point) for point in _slide(curve, curve.point[0] if curve.point else 0.0)]
    waits = [modify(written, visible=1)] * (len(slide) - 1)
    return Beat(
        {
            "en": "The activation function turns the sum into another number …",
            "ja": "この和を、活性化関数が別の数に変えます。",
        },
        stage,
        motion=Playback(
            {"curve": slide, "value": [*waits, written]}, seconds=1.8, holds=(*[1.0] * len(waits), 5.0)
        ),
        born={"value": From("sum", -1)},
        id="activation",
        given=("curve.y",),
    )


def sum_parts(terms: Floats, bias: float, rest: float | None, total: float) -> tuple[Words, ...]:
    """The parts of a formula: the terms one by one, the rest where there is any, the bias, and the sum."""
    found = [Term(float(term), "negative" if term < 0 else "positive") for term in terms]
    if rest is not None:
        found.append(Term(float(rest), below=words.rest))
    return equation([*found, Term(float(bias), below=words.bias)], float(total))


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
        aspect=1.6,
        y_limits=(low, float(np.ceil(function(z).max()))),
    )  # fmt: skip


def _slide(curve: Curve, total: float) -> list[tuple[float, float]]:
    """Points on the curve from its middle to the sum."""
    zs = np.linspace(0, total, 25)[1:]
    return [(float(z), float(np.interp(z, curve.x, curve.y[0]))) for z in zs[:-1]] + [
        curve.point or (0.0, 0.0)
    ]
