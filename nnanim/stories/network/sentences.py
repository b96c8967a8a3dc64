"""What is said of an operation, by its kind and by what it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nnanim.stories.network.net import NetworkView, Source
from nnanim.stories.network.products import GATE, gate_of
from nnanim.stories.network.sizes import count_values
from nnanim.stories.network.templates import (
    ALTERED,
    CHOICES,
    DROPPED,
    DROPPED_COUNT,
    GATHER,
    JOINS,
    MANY,
    SINGLE,
    WHERE,
)
from nnanim.structure.kinds import (
    ARITHMETIC,
    POINTWISE,
    WEIGHTED,
    is_activation,
    is_dropout,
    is_norm,
    is_random,
    plain_kind,
)
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import (
    TUNED,
    constant_of,
    is_computed,
    phrase,
    rounding_of,
    scale_of,
    sentence,
    softmax_axis,
)
from nnanim.structure.titles import fill
from nnanim.trace import Node, Operand
from nnanim.words import Words


def operation_sentence(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> Words:
    """What a call does with what feeds it."""
    title = net.title(layer)
    if not sources:
        return _from_nothing(layer, title)
    if len(sources) == 1:
        return _of_one(net, layer, *sources[0][:2])
    spoken = [net.layer_words(one, value, part) for one, value, part in sources]
    if (choice := _choice(net, layer, sources)) is not None:
        return choice
    if _gathers(net, layer, sources):
        return fill(GATHER, a=spoken[0])
    if (gate := gate_of(net, layer)) is not None:
        a, b = (_say_operand(net, one, sources) for one in gate)
        if a is not None and b is not None:
            return fill(GATE, a=a, b=b)
    if layer.kind in JOINS and len(sources) == 2:
        scale, rounding = scale_of(layer.nodes[0]), rounding_of(layer.nodes[0])
        en, ja = ALTERED[rounding or layer.kind] if scale or rounding else JOINS[layer.kind]
        return fill({"en": en, "ja": ja}, a=spoken[0], b=spoken[1], c=scale)
    if plain_kind(layer.kind) in TUNED:
        title = phrase(net.trace.graph, layer.nodes[0])
    named = [net.taken_title(one, value, part) for one, value, part in sources]
    return fill(
        MANY.get(layer.kind, MANY[""]), t=title, n=len(sources), all=enumerate_words(layer.kind, named)
    )


def say_dropout(net: NetworkView, node: Node, title: Words) -> Words | None:
    """How many values a dropout took away in this run, and by what it multiplied the others."""
    taken = [one for one in node.operands if one.value]
    before = net.part(taken[0]) if taken else None
    after = net.value(node.name)
    if before is None or after is None or before.shape != after.shape:
        return None
    lost, kept = (after == 0) & (before != 0), (after != 0) & (before != 0)
    if not lost.any() or not kept.any():
        return None
    factors = after[kept] / before[kept]
    if np.ptp(factors) > 1e-3 * abs(factors[0]):
        return None
    return fill(DROPPED_COUNT, t=title, n=int(lost.sum()), m=before.size, f=float(factors.mean()))


def enumerate_words(kind: str, named: Sequence[Words]) -> Words:
    """Values one after the other: with plus signs where they are added."""
    shown = [*named[:3], "…"] if len(named) > 4 else list(named)
    sign = {"en": " + ", "ja": " + "} if kind == "add" else {"en": ", ", "ja": "、"}
    if kind != "add" and len(named) == 2:
        sign = {"en": " and ", "ja": " と "}
    said = shown[0]
    for one in shown[1:]:
        said = fill({"en": f"{{a}}{sign['en']}{{b}}", "ja": f"{{a}}{sign['ja']}{{b}}"}, a=said, b=one)
    return said


def _gathers(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> bool:
    """Whether a product adds up, for each node of a graph, what its neighbours send."""
    first = net.steps[0].output
    if layer.kind not in ("matmul", "mm", "bmm") or net.sample_axis is not None or first not in net.trace:
        return False
    table = net.value(sources[0][1])
    nodes = len(net.trace[first]) if net.trace.axes(first)[:1] == ("node",) else -1
    return len(sources) == 2 and table is not None and table.shape == (nodes, nodes)


def say_lost(net: NetworkView, name: str, said: Words) -> Words:
    """A sentence, and how many of the values under a name are no numbers that could be drawn."""
    lost, size, what = net.lost_numbers(name)
    if not lost:
        return said
    more = {"en": "{s} Of {m} values, {n} are {w}.", "ja": "{s}{m} 個のうち {n} 個が {w} です。"}
    if lost == size:
        more = {"en": "{s} All {m} are {w}.", "ja": "{s}{m} 個すべてが {w} です。"}
    return fill(more, s=said, m=size, n=lost, w=what)


def _choice(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> Words | None:
    """What is said of a call that takes one value where a condition holds, and another one elsewhere."""
    operands = layer.nodes[0].operands
    if layer.kind not in CHOICES or len(operands) < 3:
        return None
    c, a, b = (_say_operand(net, operands[place], sources) for place in CHOICES[layer.kind])
    if c is None or a is None or b is None:
        return None
    said = {
        "en": "Where {c} holds, {a} is taken; elsewhere {b}.",
        "ja": "{c} が成り立つ所は {a}、ほかは {b} です。",
    }
    return fill(said, c=c, a=a, b=b)


def _say_operand(net: NetworkView, operand: Operand, sources: Sequence[Source]) -> Words | None:
    """An argument in a sentence: the value that a layer gives, or a constant; None for an unknown one."""
    graph = net.trace.graph
    if not operand.value and operand.constant is None:
        return None
    for layer, value, part in sources:
        own = {value, *(node.name for node in layer.nodes)}
        if operand == part or (part is None and operand.value in own):
            return net.layer_words(layer, value, part)
    return None if is_computed(graph, operand) else constant_of(graph, operand)


def _from_nothing(layer: Layer, title: Words) -> Words:
    if is_random(layer.kind):
        said = {
            "en": "Drawn at random, whatever came before: {t}.",
            "ja": "{t} は、それまでの値と関係なく引かれます。",
        }
    elif "embedding" in layer.kind.lower():
        said = {
            "en": "{t}: rows of a table, the same for every input.",
            "ja": "{t}：どの入力にも同じ、表の行です。",
        }
    else:
        said = {"en": "{t} does not depend on the input.", "ja": "{t} は、入力によりません。"}
    return fill(said, t=title)


def _of_one(net: NetworkView, layer: Layer, source: Layer, value: str) -> Words:
    """What a call of one value does."""
    node, graph, title = layer.nodes[0], net.trace.graph, net.step_title(layer)
    held = [constant_of(graph, one) for one in node.operands if one.value and not is_computed(graph, one)]
    if held and layer.role == "function" and layer.kind in WEIGHTED:
        product = layer.kind in ("matmul", "mm", "bmm")
        what: Words = {"en": "Matrix product", "ja": "行列の積"} if product else title
        if what in held:  # a function that is called by its weights
            what = node.kind
        title = fill({"en": "{t} with {w}", "ja": "{w} との {t}"}, t=what, w=", ".join(held))
    if layer.name in net.doubtful:
        said = {"en": "Further arithmetic: {t}.", "ja": "その他の計算：{t}。"}
        return fill(said, t=node.kind)
    given = net.value(value)
    sizes = [
        one.size if found is None else " × ".join(map(str, found.shape))
        for one, found in ((source, given), (layer, net.value(net.used_value(layer))))
    ]
    taken = [one.view[1] for one in node.operands if is_computed(graph, one) and one.view]
    count = math.prod(taken[0]) // max(net.batch, 1) if taken else None
    if count is not None and given is not None and count < given.size:
        said = {
            "en": "One of these {m} numbers goes on: {t}."
            if count == 1
            else "{n} of these {m} numbers go on: {t}.",
            "ja": "{m} 個のうち {n} 個が進みます：{t}。",
        }
        return fill(said, n=count, m=given.size, t=title)
    if (multiplied := _of_one_product(net, layer, source, value)) is not None:
        return multiplied
    known = sentence(graph, node)
    if known is not None:
        return fill(known[0], c=known[1])
    if layer.kind in ("cat", "stack") and len(node.inputs) > 1:
        said = {"en": "{t}: the same values {n} times.", "ja": "{t}：同じ値を {n} 個並べます。"}
        return fill(said, t=title, n=len(node.inputs))
    if net.used_value(layer) != layer.name and layer.kind in WHERE:
        which = WHERE[layer.kind]
        said = {"en": "{t}: where the {w} stands.", "ja": "{t}：{w}値の位置です。"}
        return fill(said, t=title, w=which)
    if layer.kind == "mean" and sizes[0] == sizes[1] and net.sample_axis is not None:
        over: Mapping[str, str] = {
            "en": "{t}: the average over all samples, {n} here.",
            "ja": "{t}：全サンプル（ここでは {n} 個）の平均です。",
        }
        return fill(over, t=title, n=net.batch)
    if plain_kind(layer.kind) in SINGLE:
        axis = softmax_axis(node)
        which = plain_kind(layer.kind) if axis is None else f"softmax {0 if axis == 0 else -1}"
        en, ja = SINGLE[which]
        return fill({"en": en, "ja": ja}, t=title)
    if "embedding" in layer.kind.lower():
        said = {"en": "{t} looks up rows of its table.", "ja": "{t} が、表の行を引きます。"}
    elif is_dropout(layer.kind):
        return say_dropout(net, node, title) or fill(DROPPED, t=title)
    elif layer.kind in ARITHMETIC:
        said = {"en": "{t}: every value by itself.", "ja": "{t}：値を一つずつ変えます。"}
    elif is_norm(layer.kind):
        said = {"en": "{t} normalises its values.", "ja": "{t} が、値を正規化します。"}
    elif is_activation(layer.kind) or layer.kind in POINTWISE or plain_kind(layer.kind) in TUNED:
        title = phrase(graph, node) if plain_kind(layer.kind) in TUNED else title
        said = {"en": "{t} changes every value by itself.", "ja": "{t} が、値を一つずつ変えます。"}
    elif sizes[0] != sizes[1] and all(sizes):
        before, after = count_values(net, source, value), count_values(net, layer, net.used_value(layer))
        short = after.short if after.unit == before.unit else after.words
        become = "becomes" if before.lone else "become"
        said = {"en": f"{{t}}: {{a}} {become} {{b}}.", "ja": "{t}：{a} が {b} になります。"}
        return fill(said, t=title, a=before.words, b=short)
    else:
        said = {"en": "What goes into {t}, and what comes out.", "ja": "{t} に入るものと、出るものです。"}
    return fill(said, t=title, a=sizes[0], b=sizes[1])


def _of_one_product(net: NetworkView, layer: Layer, source: Layer, value: str) -> Words | None:
    """What a product does in which one value meets itself, or is spread out into rows; None for others."""
    node, graph = layer.nodes[0], net.trace.graph
    before, after = net.value(value), net.value(layer.name)
    if before is None or after is None or after.ndim != 2:
        return None
    computed = [one for one in node.operands if is_computed(graph, one)]
    itself = layer.kind in ("matmul", "mm", "bmm") and len(computed) == 2 and before.ndim == 2
    if itself and after.shape == (len(before),) * 2 and np.allclose(before @ before.T, after, atol=1e-4):
        said = {
            "en": "Every row of {a} times every row, added up: {n} × {n} products.",
            "ja": "{a} の行どうしを総当たりで掛けて足します。積は {n} × {n} 個です。",
        }
        return fill(said, a=net.layer_words(source, value, None), n=len(before))
    if layer.kind == "mul" and len(computed) == 1 and before.ndim == 1 and len(after) > 1:
        factors = after @ before / max(float(before @ before), 1e-12)
        if after.shape[1] == before.size and np.allclose(np.outer(factors, before), after, atol=1e-5):
            said = {
                "en": "Times each of {n} fixed numbers, {low:.2f} to {high:.2f}: {n} rows.",
                "ja": "{low:.2f} から {high:.2f} までの、決まった {n} 個の数を掛けます。{n} 行になります。",
            }
            return fill(said, n=len(factors), low=float(factors.min()), high=float(factors.max()))
    return None
