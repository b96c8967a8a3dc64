"""The story of a three-layer perceptron, from the question to the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Bars, Column, Row, Text, Units, Wires, modify, round_up
from nnanim.motions import Relay
from nnanim.stories.perceptron.merge import merge
from nnanim.stories.perceptron.net import (
    MOST,
    PerceptronView,
    Reach,
    Subject,
    layers,
    probabilities,
    reach_of,
)
from nnanim.stories.perceptron.replay import cloud, training_beats
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent


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
    reach = reach_of(trace, net.hidden), reach_of(trace, net.answer)
    yield _question(net, training)
    yield from _network(net, limit)
    yield from _first_layer(net, limit, reach)
    yield from _second_layer(net, limit, reach)
    for sample in range(1, len(trace["input"])):
        yield from _again(replace(net, sample=sample), limit, reach)
    if training is not None:
        yield from training_beats(net, training, limit)


def _question(net: PerceptronView, training: Trace | None) -> Beat:
    subject, x = net.subject, net.trace["input"]
    sentence = subject.question or {
        "en": "What does the network say?",
        "ja": "ネットワークの答えは何でしょう。",
    }
    bars = Bars(
        net.values[0][net.shown_neurons[0]], tuple(subject.names[i] for i in net.shown_neurons[0]),
        key="given", digits=1,
        limit=round_up(np.abs(x).max()), label=net.thing,
    )  # fmt: skip
    if training is None or "map" not in training:
        return Beat(sentence, bars, id="question")
    return Beat(sentence, Row(bars, cloud(net, training), gap=0.8), id="question")


def _network(net: PerceptronView, limit: float) -> Iterator[Beat]:
    x, h, y = net.units(0)
    yield Beat(
        {
            "en": "A perceptron has three layers of neurons.",
            "ja": "パーセプトロンには、ニューロンの層が三つあります。",
        },
        Row(x, h, y, gap=1.7),
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


def _first_layer(net: PerceptronView, limit: float, reach: Reach) -> Iterator[Beat]:
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
    yield from merge(net, limit, reach)
    x, h, y = net.units(2)
    yield Beat(
        {
            "en": "All hidden neurons do the same, at once.",
            "ja": "隠れ層のニューロンは、みな同時に同じことをします。",
        },
        Row(x, w1, h, w2, y),
        motion=net.flow(True, reach, 1.8),
        id="hidden",
    )


def _second_layer(net: PerceptronView, limit: float, reach: Reach) -> Iterator[Beat]:
    w1, w2 = net.wires(limit)
    yield Beat(
        {
            "en": "From the hidden layer, new signals set out to the output.",
            "ja": "隠れ層から、新しい信号が出力層へ向かいます。",
        },
        Row(*_alternate(net.units(3), (w1, w2))),
        motion=net.flow(False, reach, 2.0),
        id="output",
    )
    yield Beat(_verdict(net), _answer(net, limit), id="answer")


def _alternate(units: Sequence[Units], wires: Sequence[Wires]) -> tuple[Units | Wires, ...]:
    x, h, y = units
    return x, wires[0], h, wires[1], y


def _verdict(net: PerceptronView) -> Words:
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


def _answer(net: PerceptronView, limit: float) -> Row:
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
    # The layers have been named; here the numbers have the room.
    x, h, y = (modify(units, names=(), label=None) for units in net.units(3))
    return Row(*_alternate((x, h, y), net.wires(limit)), Column(*beside, gap=0.35), gap=0.5)


def _again(net: PerceptronView, limit: float, reach: Reach) -> Iterator[Beat]:
    """One more sample, quickly."""
    w1, w2 = net.wires(limit)
    sure = float(probabilities(net.values[2]).max())
    sentence = {"en": "Another {thing}.", "ja": "別の{thing}です。"}
    if sure < 0.7:
        sentence = {"en": "And a hard case.", "ja": "こんどは難しい{thing}です。"}
    yield Beat(
        fill(sentence, thing=net.thing),
        Row(*_alternate(net.units(3), (w1, w2))),
        motion=Relay((net.flow(True, reach, 1.2), net.flow(False, reach, 1.2))),
        pause=0.4,
        id=f"again-{net.sample}",
    )
    yield Beat(_verdict(net), _answer(net, limit), id=f"answer-{net.sample}")
