"""Products of two computed values: what makes a network multiply, where others only add."""

from __future__ import annotations

from collections.abc import Mapping

from nnanim.stories.network.net import NetworkView
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import is_computed
from nnanim.structure.titles import fill
from nnanim.trace import Operand
from nnanim.words import Words

PRODUCTS = ("mul", "matmul", "mm", "bmm")
"""Kinds of calls that multiply."""

AGAIN = {
    "en": "{n} products take {a} itself; here it is multiplied by {b}.",
    "ja": "{a} そのものを掛ける積が {n} 個あります。ここでは {b} を掛けます。",
}
GATE: Mapping[str, str] = {
    "en": "A gate: {a}, between 0 and 1, says how much of {b} passes.",
    "ja": "ゲートです。0 から 1 までの {a} が、{b} をどれだけ通すか決めます。",
}
"""What is said of a product of which one value is a sigmoid."""


def find_product(net: NetworkView) -> tuple[Layer, Words | None] | None:
    """The product that says most of a network, and what is said of it beyond its own sentence, or None.

    The first gate; else, where several take the very input, the second of them; else the largest that is a
    table or a line, of values that can be told apart.
    """
    found = [layer for layer in net.steps if is_product(net, layer)]
    if not found:
        return None
    gate = next((one for one in found if gate_of(net, one) is not None), None)
    if gate is not None:
        return gate, None
    fed = [
        one for one in found if one.kind == "mul" and any(net.layers[n].role == "input" for n in one.inputs)
    ]
    if len(fed) > 1 and len(fed[1].takes) == 2:
        first, other = sorted(fed[1].takes, key=lambda one: net.layers[one.layer].role != "input")
        spoken = [net.taken_title(net.layers[one.layer], one.value, one.part) for one in (first, other)]
        return fed[1], fill(AGAIN, n=len(fed), a=spoken[0], b=spoken[1])
    drawn = [one for one in found if one.kind == "mul" or len({taken.value for taken in one.takes}) == 1]
    drawn = [one for one in drawn if 0 < _count_axes(net, one) < 3]
    return (max(drawn, key=lambda one: _count(net, one)), None) if drawn else None


def is_product(net: NetworkView, layer: Layer) -> bool:
    """Whether a step multiplies two values that were computed from what goes in, outside of attention."""
    node = layer.nodes[0]
    if layer.kind not in PRODUCTS or layer.role != "function" or net.thing(node) is not None:
        return False
    if set(net.trace.graph.ancestors(layer.name)) & set(net.trace.attentions):
        return False
    computed = [one for one in node.operands if is_computed(net.trace.graph, one)]
    return len(computed) == 2 and all(not net.layers[one.layer].held for one in layer.takes)


def _count_axes(net: NetworkView, layer: Layer) -> int:
    values = net.value(layer.name)
    return 0 if values is None else values.ndim


def _count(net: NetworkView, layer: Layer) -> int:
    values = net.value(layer.name)
    return 0 if values is None else values.size


def gate_of(net: NetworkView, layer: Layer) -> tuple[Operand, Operand] | None:
    """Of a product its gate, which a sigmoid has brought between 0 and 1, and the other value, or None."""
    node, graph = layer.nodes[0], net.trace.graph
    if layer.kind != "mul" or len(node.operands) != 2:
        return None
    for gate, other in (node.operands, node.operands[::-1]):
        sigmoid = gate.value in graph and graph[gate.value].kind.lower() == "sigmoid"
        if sigmoid and other.value in graph and _shape(net, gate) == _shape(net, other) is not None:
            return gate, other
    return None


def _shape(net: NetworkView, operand: Operand) -> tuple[int, ...] | None:
    values = net.part(operand)
    return None if values is None else values.shape
