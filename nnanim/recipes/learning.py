"""Recipes about training, on the recorded training of a perceptron that learns iris flowers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.data import iris
from nnanim.marks import Curve, Grid, Row, Surface, Units, Wires, arrange_multiples, modify, round_up
from nnanim.motions import Playback
from nnanim.recipes.base import recipe
from nnanim.trace import Trace
from nnanim.words import fill

MODEL = "iris-2-3-1"
STEP = {"en": "step", "ja": "ステップ"}
LEARNT, HELD_OUT = {"en": "learnt from", "ja": "学習に使った花"}, {"en": "held out", "ja": "使わなかった花"}
SURE = {"en": "virginica", "ja": "バージニカ"}
STATES = (0, 12, 24, 48)  # snapshots that are shown side by side


def example(lang: str) -> Trace:
    """The recorded training: losses, weights and the map of answers at every snapshot."""
    from nnanim import models

    return models.training(MODEL)


def draw_map(trace: Trace, at: int, key: str = "map", **options: Any) -> Surface:
    """What the network answered everywhere at a snapshot."""
    x, y = trace["map.petal length"], trace["map.petal width"]
    ends = (float(x[0]), float(x[-1])), (float(y[0]), float(y[-1]))
    values = np.clip(trace["map"][at], 0, 1)
    return Surface(
        values,
        key=key,
        x_limits=ends[0],
        y_limits=ends[1],
        role="kinds",
        levels=(0.5,),
        means=SURE,
        **options,
    )


@recipe("How does the loss fall while a network learns?", "学習中、損失はどう減る？",
        "loss curve training overfitting held out 損失 曲線 学習 検証")  # fmt: skip
def watch_loss(trace: Trace) -> Iterator[Beat]:
    steps, loss = trace["step"].astype(float), np.stack([trace["loss"], trace["held_out_loss"]])
    curve = Curve(
        steps,
        loss,
        key="loss",
        names=(LEARNT, HELD_OUT),
        name_ends=True,
        x_name=STEP,
        y_name=words.loss,
        y_limits=(0, 1),
    )
    states = [modify(curve, drawn=n) for n in range(1, len(steps) + 1, 2)]
    yield Beat(
        fill(
            {"en": "From {a:.2f} down to {b:.2f}.", "ja": "{a:.2f} から {b:.2f} まで下がります。"},
            a=float(loss[0, 0]),
            b=float(loss[0, -1]),
        ),
        curve,
        motion=Playback({"loss": [*states, curve]}),
    )


@recipe("How do I show values of very different size?", "大きさが極端に違う値を見せるには？",
        "logarithmic axis log scale curve loss 対数 軸 スケール")  # fmt: skip
def scale_loss(trace: Trace) -> Iterator[Beat]:
    steps, loss = trace["step"].astype(float) + 1, trace["loss"]
    curve = Curve(steps, loss, key="loss", logs=(True, True), x_name=STEP, y_name=words.loss)
    yield Beat(
        {
            "en": "On logarithmic axes, equal ways are equal factors.",
            "ja": "対数の軸では、同じ幅が同じ倍率です。",
        },
        curve,
    )


@recipe("How did the weights change in training?", "学習で重みはどう変わった？",
        "weights before after training compare 重み 前後 学習 比べる")  # fmt: skip
def compare_weights(trace: Trace) -> Iterator[Beat]:
    weights = trace["hidden.weight"]
    limit, names = (
        round_up(np.abs(weights).max()),
        tuple(iris.NAMES[one] for one in ("petal length", "petal width")),
    )
    grids = [
        Grid(weights[at], columns=names, key=key, limit=limit, digits=1, label=label, means=words.weight)
        for at, key, label in (
            (0, "before", {"en": "before", "ja": "学習前"}),
            (-1, "after", {"en": "after", "ja": "学習後"}),
        )
    ]
    yield Beat(
        {"en": "The same weights, before and after training.", "ja": "同じ重みの、学習前と学習後です。"},
        Row(*grids),
    )


@recipe("How do weights move while a network learns?", "学習中、重みはどう動く？",
        "weights training wires playback change 重み 学習 線 動き")  # fmt: skip
def move_weights(trace: Trace) -> Iterator[Beat]:
    weights, biases = trace["hidden.weight"], trace["hidden.bias"]
    limit = round_up(np.abs(weights).max())
    x = Units(trace["training.x"][0], key="x", limit=8, digits=1)
    h = Units(
        biases[-1],
        key="b",
        limit=round_up(np.abs(biases).max()),
        label=words.bias,
        means=words.bias,
        digits=1,
    )
    states = [Wires(one, "x", "b", key="w", limit=limit) for one in weights]
    offsets = [modify(h, values=one) for one in biases]
    yield Beat(
        {
            "en": "Training makes wires thicker, thinner, or turns their sign.",
            "ja": "学習で線は太く、細く、ときに符号が変わります。",
        },
        Row(x, states[-1], h),
        motion=Playback({"w": states, "b": offsets}),
    )


@recipe("How does the boundary form in training?", "境界線は学習中にどう生まれる？",
        "decision boundary training map multiples 決定境界 学習 地図")  # fmt: skip
def form_boundary(trace: Trace) -> Iterator[Beat]:
    flowers, kinds = trace["training.x"], tuple(int(one) for one in trace["training.y"][:, 0])
    first = draw_map(trace, 0, points=flowers, groups=kinds)
    states = [draw_map(trace, at, points=flowers, groups=kinds) for at in range(0, len(trace["step"]), 2)]
    yield Beat(
        {"en": "Before training: one answer for all.", "ja": "学習前は、どこも同じような答えです。"}, first
    )
    yield Beat(
        {"en": "Training moves the line between the kinds.", "ja": "学習で、種類の境目が動きます。"},
        states[-1],
        motion=Playback({"map": states}),
    )


@recipe("How do I show stages of a training side by side?", "学習の段階を並べて見せるには？",
        "small multiples stages snapshots training step 段階 並べる 学習 ステップ")  # fmt: skip
def line_stages(trace: Trace) -> Iterator[Beat]:
    label = {"en": "step {n}", "ja": "ステップ {n}"}
    maps = [draw_map(trace, at, f"map{at}", label=fill(label, n=int(trace["step"][at]))) for at in STATES]
    yield Beat(
        {"en": "The same plane, four times in the training.", "ja": "学習の四つの時点の、同じ平面です。"},
        arrange_multiples(maps, {"en": "Answers", "ja": "答え"}),
    )
