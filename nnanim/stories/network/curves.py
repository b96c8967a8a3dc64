"""The curve of a function of each value by itself, over the values that it took in a run."""

from __future__ import annotations

import math

import numpy as np

from nnanim.marks import Curve
from nnanim.stories.network.net import NetworkView
from nnanim.structure.arithmetic import evaluate, is_confirmed
from nnanim.structure.kinds import POINTWISE, is_activation, plain_kind
from nnanim.structure.phrases import phrase
from nnanim.trace import Node
from nnanim.trace.operands import operand_values, recorded_values

PLACES = 121
"""Points through which a curve is drawn."""

BENDING = 4.0
"""An activation is drawn at least up to here on both sides of 0: between small values, all look straight."""

STEPS = ("gt", "ge", "lt", "le")
"""Comparisons that are a step along the values."""


def is_function(kind: str) -> bool:
    """Whether a call changes each value by itself, the same way wherever it stands."""
    plain = plain_kind(kind)
    pointwise = is_activation(kind) and "soft" not in plain.replace("softplus", "").replace("softsign", "")
    return (pointwise and plain != "glu") or plain in POINTWISE or kind in STEPS


def function_curve(net: NetworkView, node: Node, key: str) -> Curve | None:
    """The curve of a function over the values that it took, with one of them marked; None for others.

    Of an activation more is drawn, if it took only small values: else its bend would not be seen.
    """
    taken = [one for one in node.operands if one.value]
    if not is_function(node.kind) or len(taken) != 1 or is_confirmed(net.trace, node) is not True:
        return None
    given, gave = operand_values(net.trace, taken[0]), recorded_values(net.trace, node.name)
    if given is None or gave is None or given.shape != gave.shape:
        return None
    x, y = (np.asarray(one, dtype=np.float64).ravel() for one in (given, gave))
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        return None
    bends = 0.0
    if is_activation(node.kind):
        largest = float(np.abs(x).max())
        straight = "relu" in plain_kind(node.kind)
        bends = largest if straight else largest * max(1, math.ceil(BENDING / largest))
    places = np.union1d(
        np.linspace(min(x.min(), -bends), max(x.max(), bends), PLACES), [0.0] if bends else []
    )
    if node.kind in STEPS:
        bound = next((one.constant for one in node.operands if not one.value), None)
        places = np.sort(np.append(places, [] if bound is None else [bound, np.nextafter(bound, np.inf)]))
    drawn = evaluate(net.trace, node, places)
    if drawn is None or not np.isfinite(drawn).all():
        return None
    most = int(np.abs(x).argmax())
    return Curve(
        places, np.asarray(drawn, dtype=np.float64), key=key, point=(float(x[most]), float(y[most])),
        label=phrase(net.trace.graph, node), x_name={"en": "in", "ja": "入"}, y_name={"en": "out", "ja": "出"},
        aspect=1.3,
    )  # fmt: skip
