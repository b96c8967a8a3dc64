"""One hidden neuron: its signals are added, and the activation function is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Column, Curve, Formula, Row, Units, View, modify
from nnanim.motions import Playback
from nnanim.stories.equations import Term, equation, plain
from nnanim.stories.perceptron.net import Floats, PerceptronView, Reach
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


def merge(net: PerceptronView, limit: float, reach: Reach) -> Iterator[Beat]:
    """One hidden neuron: its signals are added, and the activation function is applied."""
    terms = net.trace.contributions(net.hidden, net.sample, min(TERMS, len(net.values[0])))
    value = net.values[1]
    one = int(net.shown_neurons[1][np.argmax(np.abs(value[net.shown_neurons[1]]))])
    place = int(np.flatnonzero(net.shown_neurons[1] == one)[0])
    w1 = net.wires(limit)[0]
    x, blank, _ = net.units(1)
    blank = modify(blank, highlight=(place,))
    flow = net.flow(True, reach, 2.4, only=place, numbers=len(x.values) <= 3)
    rest = None if terms.is_complete else float(terms.rest[one])
    parts = sum_parts(terms.terms[one], terms.bias[one], rest, terms.total[one])
    total = float(terms.total[one])
    kind = next((n.kind for n in net.trace.graph.leaves if n.name == net.activated), "")
    curve = activation_curve(kind, net.trace[net.hidden], total, float(value[one]))
    formula = Formula(parts, key="sum")
    yield Beat(
        {"en": "At one neuron, the signals come together …", "ja": "一つのニューロンに、信号が集まります。"},
        Row(x, w1, blank),
        motion=flow,
        view=View("h", place, fills=0.34, at=(0.8, 0.5)),
        id="arrive",
    )
    yield Beat(
        {"en": "… and are added, with a bias of its own.", "ja": "それらは足され、バイアスも加わります。"},
        Column(Row(x, w1, blank), formula, gap=0.35),
        motion=Playback(
            {"sum": [*(modify(formula, visible=i) for i in range(1, len(parts))), formula]},
            seconds=0.6 * len(parts),
        ),
        id="sum",
    )
    if curve is not None:
        lit = modify(net.units(1, only=one)[1], highlight=(place,))
        written = Formula(_activation_formula(kind, total, float(value[one])), key="value")
        yield _activation(Row(x, w1, lit, curve, gap=0.9), lit, curve, written)


def _activation_formula(kind: str, total: float, value: float) -> tuple[Words, ...]:
    """The parts of a formula: the sum, and what the activation function makes of it."""
    symbol, function = ACTIVATIONS[kind]
    digits, agrees = agreeing([total], value, lambda terms: float(function(np.array(terms[0]))))
    sign = "=" if agrees else "approx"
    return f"z = {plain(total, digits)}", f"arrow.r.long {symbol}(z) {sign} {plain(value, digits)}"


def _activation(stage: Row, lit: Units, curve: Curve, written: Formula) -> Beat:
    """The sum slides along the curve of the activation function, and the neuron lights up."""
    total = curve.point[0] if curve.point else 0.0
    slide = [modify(curve, point=point) for point in _slide(curve, total)]
    dark = [modify(lit, lit=False)] * (len(slide) - 1)
    states = {
        "curve": slide,
        "h": [*dark, lit],
        "value": [modify(written, visible=1)] * len(dark) + [written],
    }
    return Beat(
        {
            "en": "The activation function turns the sum into the neuron's value.",
            "ja": "活性化関数が、和をニューロンの値に変えます。",
        },
        Column(stage, written, gap=0.35),
        motion=Playback(states, seconds=1.8, holds=(*[1.0] * len(dark), 5.0)),
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
        y_limits=(low, float(np.ceil(function(z).max()))),
    )  # fmt: skip


def _slide(curve: Curve, total: float) -> list[tuple[float, float]]:
    """Points on the curve from its middle to the sum."""
    zs = np.linspace(0, total, 25)[1:]
    return [(float(z), float(np.interp(z, curve.x, curve.y[0]))) for z in zs[:-1]] + [
        curve.point or (0.0, 0.0)
    ]
