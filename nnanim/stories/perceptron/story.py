"""The story of a three-layer perceptron, from the question to the answer.

The question: which species is this flower? The moment to remember: at one neuron the signals arrive, and
their numbers step off the wires into the sum. The end: nobody wrote the weights; training found them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Row, Text, View, round_up
from nnanim.motions import Relay
from nnanim.stories.perceptron.merge import merge
from nnanim.stories.perceptron.net import (
    MOST,
    PerceptronView,
    Subject,
    layers,
    probabilities,
    reach_of,
)
from nnanim.stories.perceptron.replay import cloud, training_beats
from nnanim.theme import KINDS
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

HARD = 0.7
"""Below this probability of its best class, a sample is a hard case."""


def perceptron(trace: Trace, subject: Subject, training: Trace | None = None) -> Iterator[Beat]:
    """Tell how a three-layer perceptron reaches its answer.

    Args:
        trace: of two dense layers on a few samples; the first is shown in detail, the others quickly.
        subject: what its inputs and outputs are called.
        training: recorded training: ``loss`` (step,), the layers' weights (step, out, in); of two inputs also
            ``map`` (step, rows, columns) with its axes. Without it, the last beats are left out.
    """
    trace.check()
    net = PerceptronView(trace, subject, 0, *layers(trace))
    weights = [trace.parameters[f"{name}.weight"] for name in (net.hidden, net.answer)]
    if training is not None:
        weights += [training[f"{name}.weight"] for name in (net.hidden, net.answer)]
    limit = round_up(max(float(np.abs(w).max()) for w in weights))
    reach = reach_of(trace, net.hidden, net.answer)
    yield _question(net, training)
    yield from _network(net, limit)
    yield from _layers(net, limit, reach)
    for sample in range(1, len(trace["input"])):
        yield from _again(replace(net, sample=sample), limit, reach, training)
    if training is not None:
        yield from training_beats(net, training, limit)


def _input_bars(net: PerceptronView) -> Bars:
    """The inputs of a sample as bars."""
    x = net.trace["input"]
    return Bars(
        net.values[0][net.shown_neurons[0]], tuple(net.names[i] for i in net.shown_neurons[0]),
        key="given", digits=1, limit=round_up(np.abs(x).max()), label=net.thing,
    )  # fmt: skip


def _question(net: PerceptronView, training: Trace | None) -> Beat:
    sentence = net.subject.question or {
        "en": "What does the network say?",
        "ja": "ネットワークの答えは何でしょう。",
    }
    bars = _input_bars(net)
    if training is None or "map" not in training:
        return Beat(sentence, bars, id="question")
    return Beat(sentence, Row(bars, Row(cloud(net, training), scale=1.25), gap=0.6), id="question")


def _network(net: PerceptronView, limit: float) -> Iterator[Beat]:
    x, h, y = net.units(1)
    yield Beat(
        {
            "en": "Its numbers become neurons: the first of three layers.",
            "ja": "数が入力層のニューロンになります。層は三つです。",
        },
        Row(x, h, y, gap=1.7),
        id="layers",
        born={"x": From("given")},
    )
    yield Beat(
        {
            "en": "Wires: width is the size of a weight, colour its sign.",
            "ja": "線の太さは重みの大きさ、色は符号です。",
        },
        net.whole(1, limit),
        id="wires",
    )


def _layers(net: PerceptronView, limit: float, reach: float) -> Iterator[Beat]:
    yield Beat(
        {
            "en": "Each number takes every wire, and is multiplied by its weight.",
            "ja": "数はすべての線に分かれ、途中で重みが掛けられます。",
        },
        net.whole(1, limit),
        motion=net.flow(True, reach, 2.4),
        id="split",
    )
    yield from merge(net, limit, reach)
    yield Beat(
        {
            "en": "All hidden neurons do the same, and send new signals to the output.",
            "ja": "ほかの隠れニューロンも同じです。信号が出力へ進みます。",
        },
        net.whole(3, limit),
        motion=Relay((net.flow(True, reach, 1.6), net.flow(False, reach, 1.8))),
        id="hidden",
    )
    yield _answer(net, limit, "answer")


def say_verdict(net: PerceptronView) -> Words:
    """The answer of a network, and whether it is right where that is known."""
    p = probabilities(net.values[2])
    best = int(p.argmax())
    values = {"name": net.subject.classes[best], "percent": percent(float(p[best]))}
    if not net.subject.truth:
        return fill(
            {"en": "The answer: {name}, with {percent}.", "ja": "答えは{name}、確率 {percent} です。"},
            **values,
        )
    if net.subject.truth[net.sample] == best:
        return fill(
            {
                "en": "The answer: {name}, with {percent}. That is right.",
                "ja": "答えは{name}、確率 {percent}。正解です。",
            },
            **values,
        )
    return fill(
        {
            "en": "The answer: {name}, with {percent}. That is wrong.",
            "ja": "答えは{name}、確率 {percent}。まちがいです。",
        },
        **values,
    )


def _answer(net: PerceptronView, limit: float, name: str) -> Beat:
    """The network, and out of its output the probability of every class, beside the true label."""
    p, classes = probabilities(net.values[2]), net.subject.classes
    kept = np.sort(np.argsort(-p, kind="stable")[:MOST])
    bars = Bars(
        p[kept], tuple(classes[i] for i in kept), key="classes", limit=1.0, percent=True,
        label=words.probability, roles=tuple(KINDS[i] for i in kept) if len(p) <= len(KINDS) else (),
        highlight=(int(np.flatnonzero(kept == p.argmax())[0]),), of=len(p),
    )  # fmt: skip
    beside: tuple[Bars | Text, ...] = (bars,)
    if net.subject.truth:
        true = fill(
            {"en": "true label: {name}", "ja": "正解：{name}"}, name=classes[net.subject.truth[net.sample]]
        )
        beside = (bars, Text(true, key="truth", role="dimmed"))
    stage = Row(net.whole(3, limit), Column(*beside, gap=0.35), gap=0.3)
    view = View("classes", fills=0.45, at=(0.69, 0.5)) if net.is_small else None
    return Beat(say_verdict(net), stage, id=name, view=view, born={"classes": From("y")})


def _again(net: PerceptronView, limit: float, reach: float, training: Trace | None) -> Iterator[Beat]:
    """One more sample, quickly; of a hard case the class is asked first."""
    relay = Relay((net.flow(True, reach, 1.0), net.flow(False, reach, 1.1)))
    number, hard = net.sample, float(probabilities(net.values[2]).max()) < HARD
    plane = () if training is None or "map" not in training else (cloud(net, training),)
    asked: dict[str, str] = {
        "en": "And a hard case. What will the network say?",
        "ja": "こんどは難しい{thing}です。何と答えるでしょう。",
    }
    if hard and plane:
        asked = {
            "en": "This {thing} lies between the two. What will the network say?",
            "ja": "二つの間にある{thing}です。何と答えるでしょう。",
        }
    if hard:
        yield Beat(
            fill(asked, thing=net.thing),
            Row(*plane, net.whole(1, limit), gap=0.6),
            id=f"hard-{number}",
            asks=True,
        )
    other: dict[str, str] = {"en": "Another {thing}.", "ja": "別の{thing}です。"}
    if hard:
        other = {"en": "Its signals run as before.", "ja": "同じように信号が進みます。"}
    yield Beat(
        fill(other, thing=net.thing),
        net.whole(3, limit),
        motion=relay,
        pause=0.4,
        id=f"again-{number}",
    )
    yield _answer(net, limit, f"answer-{number}")
