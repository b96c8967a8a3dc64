"""Where the weights came from: the recorded training, snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Cloud, Column, Curve, Overlay, Picture, Row, Wires, round_up
from nnanim.motions import Playback
from nnanim.stories.perceptron.net import PerceptronView, plain_units
from nnanim.trace import Trace
from nnanim.words import Words, fill


def cloud(net: PerceptronView, training: Trace, sample: bool = True) -> Cloud:
    """The samples of the training in the plane of the two inputs, and, ringed, the one of the story."""
    points, groups = training["training.x"], training["training.y"].ravel().astype(int)
    names, ringed = tuple[Words, ...](), tuple[int, ...]()  # beside the map, its legend says the colours
    if sample:
        names = tuple(net.subject.classes)
        points, groups = np.vstack([points, net.values[0]]), np.append(groups, 2)
        names, ringed = (*names, net.thing), (len(points) - 1,)
    across, up = (training[f"map.{axis}"] for axis in training.axes("map")[:0:-1])
    return Cloud(
        points, tuple(groups), names=names, roles=("kind0", "kind1", "ink"), key="plane",
        highlight=ringed, aspect=1.3 if sample else 1.0,
        x_limits=(float(across[0]), float(across[-1])), y_limits=(float(up[0]), float(up[-1])),
        x_name=net.names[0], y_name=net.names[1],
    )  # fmt: skip


def training_beats(net: PerceptronView, training: Trace, limit: float) -> Iterator[Beat]:
    """The weights, the loss and the map, from the first snapshot to the last."""
    steps = training["step"]
    first, last = _snapshot(net, training, limit, 0), _snapshot(net, training, limit, len(steps) - 1)
    yield Beat(
        {
            "en": "Where do the weights come from? They start small and random.",
            "ja": "重みはどこから来るのでしょう。初めは乱数です。",
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
        motion=Playback({key: [state[key] for state in states] for key in last}, seconds=4.0),
        id="training",
    )


Snapshot = dict[str, "Wires | Curve | Picture"]


def _snapshot(net: PerceptronView, training: Trace, limit: float, index: int) -> Snapshot:
    """The marks that training changes, as they were at one snapshot."""
    x, h, y = net.shown_neurons
    loss, steps = training["loss"], training["step"]
    marks: Snapshot = {
        "w1": Wires(
            training[f"{net.hidden}.weight"][index][np.ix_(h, x)], "x", "h", key="w1", limit=limit,
            widest=net.widest,
        ),
        "w2": Wires(
            training[f"{net.answer}.weight"][index][np.ix_(y, h)], "h", "y", key="w2", limit=limit,
            widest=net.widest,
        ),
        "loss": Curve(
            steps, loss, key="loss", drawn=index + 1, y_limits=(0.0, round_up(float(loss.max()))), aspect=2.4,
            x_limits=(float(steps[0]), float(steps[-1])), x_name=words.step, y_name=words.loss,
        ),
    }  # fmt: skip
    if "map" in training:
        means = fill({"en": "probability of {name}", "ja": "{name}の確率"}, name=net.subject.classes[-1])
        picture = np.clip(training["map"][index][::-1], 0, 1)
        marks["map"] = Picture(picture, key="map", colors="kinds", means=means, smooth=True)
    return marks


def _stage(net: PerceptronView, training: Trace, marks: Snapshot) -> Row:
    """The network, and beside it the loss and the map with the samples of the training."""
    x, h, y = map(plain_units, net.units(0))
    network = Row(x, marks["w1"], h, marks["w2"], y)
    if "map" not in marks:
        return Row(network, Row(marks["loss"], scale=1.2), gap=0.6)
    plane = Overlay(marks["map"], cloud(net, training, sample=False), scale=2.0)
    return Row(Column(network, Row(marks["loss"], scale=0.8), gap=0.35), plane, gap=0.9)
