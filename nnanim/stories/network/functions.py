"""Functions of each value by itself: the curve that they follow, and where a value comes to lie on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Curve, Mark, Row, modify
from nnanim.stories.network.between import LEAST, put_between, stage_between
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.normalization import say_norm
from nnanim.stories.network.operations import tell_changes
from nnanim.stories.network.views import LayerView
from nnanim.structure.arithmetic import evaluate, is_confirmed
from nnanim.structure.kinds import POINTWISE, is_activation, plain_kind
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import phrase, sentence
from nnanim.structure.titles import fill
from nnanim.trace import Node
from nnanim.trace.operands import operand_values, recorded_values
from nnanim.words import Words
from nnanim.words.numerals import number

PLACES = 121
"""Points through which a curve is drawn."""

ALONG = {
    "en": "{t} changes every value by itself, along this curve.",
    "ja": "{t} が、値を一つずつ、この曲線にそって変えます。",
}
FIRES = {
    "en": "{n} of {m} fire: 1 where a value is {sign} {c}, else 0.",
    "ja": "{m} 個のうち {n} 個が発火します。{c} {sign} なら 1、ほかは 0 です。",
}
STEPS = ("gt", "ge", "lt", "le")
"""Comparisons that are a step along the values."""

ABOVE: dict[str, tuple[str, str]] = {"gt": ("above", "より大きい"), "ge": ("at least", "以上")}


def is_function(kind: str) -> bool:
    """Whether a call changes each value by itself, the same way wherever it stands."""
    plain = plain_kind(kind)
    pointwise = is_activation(kind) and "soft" not in plain.replace("softplus", "").replace("softsign", "")
    return (pointwise and plain != "glu") or plain in POINTWISE or kind in STEPS


def function_curve(net: NetworkView, node: Node, key: str) -> Curve | None:
    """The curve of a function over the values that it took, with one of them marked; None for others."""
    taken = [one for one in node.operands if one.value]
    if not is_function(node.kind) or len(taken) != 1 or is_confirmed(net.trace, node) is not True:
        return None
    given, gave = operand_values(net.trace, taken[0]), recorded_values(net.trace, node.name)
    if given is None or gave is None or given.shape != gave.shape:
        return None
    x, y = (np.asarray(one, dtype=np.float64).ravel() for one in (given, gave))
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        return None
    places = np.linspace(x.min(), x.max(), PLACES)
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


def tell_function(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A function of each value, by its curve; None for other steps, and where the curve cannot be drawn."""
    layer = run[0]
    node = layer.nodes[0]
    if not is_function(node.kind) or not net.history[f"curve {node.kind}"] < 1:
        return None
    curve = function_curve(net, node, f"op:{layer.name}")
    stage = stage_between(net, layer, curve) if curve is not None else None
    if stage is None:
        return None
    net.history[f"curve {node.kind}"] += 1
    return chain([Beat(_say(net, layer, node), stage, id=f"{layer.name}-curve")], tell_changes(net, layer))


def _say(net: NetworkView, layer: Layer, node: Node) -> Words:
    bounds = [one.constant for one in node.operands if not one.value]
    values = net.value(layer.name)
    if node.kind in ABOVE and values is not None and len(bounds) == 1 and values.ndim == 1:
        en, ja = ABOVE[node.kind]
        said = fill(FIRES, n=int(values.sum()), m=values.size, c=number(bounds[0]), sign={"en": en, "ja": ja})
        return said
    known = sentence(net.trace.graph, node)
    if known is not None:
        return fill(known[0], c=known[1])
    return fill(ALONG, t=net.step_title(layer))


def tell_followers(net: NetworkView, layer: Layer) -> Iterator[Beat]:
    """A normalisation that follows a layer; a function that was not seen before, by its curve."""
    before = LayerView(net, layer, (net.limit(layer.name), words.value), layer.name, named=False)
    after = LayerView(net, layer, named=False)
    if len(layer.changes) != 1 or any(view.values is None for view in (before, after)):
        return
    node = layer.changes[0]
    said, key = say_norm(net, node), f"op:{layer.name}:after"
    middle: Mark | None = Block(node.kind, key=key)
    if said is None:
        first = is_function(node.kind) and net.is_first(f"curve {node.kind}")
        middle = function_curve(net, node, key) if first else None
        said = fill(ALONG, t=phrase(net.trace.graph, node))
    if middle is None:
        return
    one, other = before.face(layer, 6), after.face(layer, 6)
    stage = put_between((_again(one[0], layer), f"sum:{one[1]}"), middle, other, f"{layer.name}:after")
    if fits(stage, LEAST):
        yield Beat(said, stage, id=f"{layer.name}-after", born={f"sum:{one[1]}": From(one[1])})


def _again(thing: Arrangement, layer: Layer) -> Arrangement:
    """The value before it was changed, under keys of its own."""
    if isinstance(thing, Column | Row):
        return type(thing)(*(_again(child, layer) for child in thing.children), gap=thing.gap)
    made: Arrangement = modify(thing, key=f"sum:{thing.key}")
    return made
