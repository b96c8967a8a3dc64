"""Functions of each value by itself: the curve that they follow, and where a value comes to lie on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.layout import fits
from nnanim.marks import Block, Mark
from nnanim.stories.network.between import LEAST, put_between, stage_between
from nnanim.stories.network.changes import rename_before, tell_changes
from nnanim.stories.network.curves import function_curve, is_function
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.normalization import say_norm
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import phrase, sentence
from nnanim.structure.titles import fill
from nnanim.trace import Node
from nnanim.words import Words
from nnanim.words.numerals import number

ALONG = {
    "en": "{t} changes every value by itself, along this curve.",
    "ja": "{t} が、値を一つずつ、この曲線にそって変えます。",
}
FIRES = {
    "en": "{n} of {m} fire: 1 where a value is {sign} {c}, else 0.",
    "ja": "{m} 個のうち {n} 個が発火します。{c} {sign} なら 1、ほかは 0 です。",
}
ABOVE: dict[str, tuple[str, str]] = {"gt": ("above", "より大きい"), "ge": ("at least", "以上")}


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
    stage = put_between((rename_before(one[0]), f"sum:{one[1]}"), middle, other, f"{layer.name}:after")
    if fits(stage, LEAST):
        yield Beat(said, stage, id=f"{layer.name}-after", born={f"sum:{one[1]}": From(one[1])})
