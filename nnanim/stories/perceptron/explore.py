"""The perceptron in the hands of a class: one flower, all weights, and the answer to every other flower."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Overlay, Picture, Row, round_up
from nnanim.stories.perceptron.net import Floats, PerceptronView, Subject, layers
from nnanim.stories.perceptron.replay import cloud
from nnanim.stories.perceptron.story import perceptron, say_verdict
from nnanim.trace import Trace
from nnanim.words import fill


def explore(
    trace: Trace, subject: Subject, training: Trace, plane: Floats, changed: bool = False
) -> Iterator[Beat]:
    """Everything at once, then the steps of the film for the same sample.

    Args:
        trace: of two dense layers on one sample of two inputs.
        subject: what its inputs and outputs are called.
        training: recorded training, with its samples and the axes of its ``map``.
        plane: (rows, columns) what the network says at every point of these axes, 0 to 1.
        changed: whether the weights are other ones than training has found; then it is left out.
    """
    net = PerceptronView(trace, subject, 0, *layers(trace))
    weights = [of[f"{one}.weight"] for one in (net.hidden, net.answer) for of in (trace.parameters, training)]
    limit = round_up(max(float(np.abs(w).max()) for w in weights))
    yield Beat(say_verdict(net), Row(net.whole(3, limit), _map(net, training, plane), gap=0.6), id="explore")
    yield from perceptron(trace, subject, None if changed else training)


def _map(net: PerceptronView, training: Trace, plane: Floats) -> Overlay:
    """The plane of the two inputs with the sample, in the colours of the answers."""
    means = fill({"en": "probability of {name}", "ja": "{name}の確率"}, name=net.subject.classes[-1])
    colors = Picture(np.clip(plane[::-1], 0, 1), key="map", colors="kinds", means=means, smooth=True)
    return Overlay(colors, cloud(net, training), scale=1.5)
