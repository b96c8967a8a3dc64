"""Things with layers inside: gated layers, squeeze-and-excite, mixtures of experts.

Gated layers: Shazeer (2020), eq. 5-6. Squeeze-and-excite: Hu et al. (2018), eq. 2-4. Mixtures of
experts: Shazeer et al. (2017), eq. 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.structure.kinds import DENSE, is_activation, plain_kind
from nnanim.structure.known.region import Flows, Region
from nnanim.structure.known.thing import Known
from nnanim.trace import Graph, Node, Operand, Trace
from nnanim.trace.dense_calls import dense_call
from nnanim.trace.operands import operand_values, recorded_values

Array = npt.NDArray[Any]

GATES = {"silu": "SwiGLU", "gelu": "GEGLU", "relu": "ReGLU", "sigmoid": "GLU"}
"""What a product of two layers is called, by the function that one of them passes."""


def find_gate(trace: Trace, flows: Flows, end: Node, known: Mapping[str, Known]) -> Known | None:
    """Two dense layers of one value, or two halves of one: one passes a function and scales the other."""
    if end.kind != "mul" or len(end.operands) != 2 or not all(one.value for one in end.operands):
        return None
    graph = trace.graph
    for gate, other in (end.operands, end.operands[::-1]):
        act, act_nodes, name = _activation(flows, gate, known)
        if act is None or act == other or name not in GATES:
            continue
        layers = [_layer(graph, one.value) for one in (act, other)]
        if any(layer is None or not _is_dense(trace, layer) for layer in layers):
            continue
        one, two = (layer for layer in layers if layer is not None)
        nodes = frozenset({end.name, *act_nodes, one.name, two.name})
        inside = all(flows.takers[name] <= nodes for name in nodes - {end.name} if name in flows.takers)
        sources = {tuple(flows.sources(layer)) for layer in (one, two)}
        if not inside or len(sources) != 1 or not one.operands:
            continue
        facts = {"gate": gate, "other": other, "function": name}
        paths = tuple(dict.fromkeys(layer.path for layer in (one, two) if layer.role == "module"))
        return Known(GATES[name], end.name, one.operands[0], nodes, paths, facts)
    return None


def _activation(
    flows: Flows, gate: Operand, known: Mapping[str, Known]
) -> tuple[Operand | None, frozenset[str], str]:
    """What a function of each value takes, its calls, and its plain name; None where there is none."""
    node = _layer(flows.graph, gate.value)
    if node is None:
        return None, frozenset(), ""
    if node.name in known:
        found = known[node.name]
        return found.source, found.nodes, found.kind.lower().removeprefix("quick")
    if not is_activation(node.kind) or not node.operands or len(flows.sources(node)) != 1:
        return None, frozenset(), ""
    return node.operands[0], frozenset({node.name}), plain_kind(node.kind)


def _layer(graph: Graph, value: str) -> Node | None:
    """The call that gave a value; of a module with calls inside, None."""
    if value not in graph:
        return None
    found = graph[value]
    return found if found in graph.leaves else None


def _is_dense(trace: Trace, layer: Node | None) -> bool:
    return layer is not None and (layer.kind in DENSE or dense_call(trace.graph, layer.name) is not None)


def find_excite(trace: Trace, flows: Flows, end: Node) -> Known | None:
    """Maps, each multiplied by one number that was computed from all of them."""
    if end.kind != "mul" or len(end.operands) != 2:
        return None
    values = [operand_values(trace, one) for one in end.operands]
    if any(value is None or value.ndim != 4 for value in values):
        return None
    for i in (0, 1):
        maps, factors = values[i], values[1 - i]
        assert maps is not None and factors is not None
        if factors.shape != (*maps.shape[:2], 1, 1) or maps.shape[2] * maps.shape[3] < 2:
            continue
        for region in flows.regions(end, wide=True):
            if end.operands[i].value == region.source and factors.min() >= 0 and factors.max() <= 1:
                return _make_known(
                    "squeeze-excite", trace, flows, region, end.operands[i], factors=end.operands[1 - i]
                )
    return None


def find_mixture(trace: Trace, flows: Flows, end: Node) -> Known | None:
    """A sum of experts' values, each multiplied by its share of a softmax."""
    terms = _terms(flows, end)
    if len(terms) < 2:
        return None
    pairs = [_share_of(trace, flows.graph[name]) for name in terms]
    if any(pair is None for pair in pairs):
        return None
    shares = [pair[0] for pair in pairs if pair is not None]
    if len({one.value for one in shares}) != 1:
        return None
    gate = recorded_values(trace, shares[0].value)
    if gate is None or gate.shape[-1] != len(terms) or not np.allclose(gate.sum(axis=-1), 1, atol=1e-3):
        return None
    for region in flows.regions(end, wide=True):
        if {shares[0].value, *terms} <= region.nodes:
            operand = next(flows.operands(region))
            experts = tuple(pair[1].value for pair in pairs if pair is not None)
            return _make_known(
                "experts", trace, flows, region, operand, gate=shares[0].value, experts=experts
            )
    return None


def patch_side(picture: Array, rows: Array) -> int | None:
    """Side of the square patches of a picture (channels, height, width) that some rows are, else None."""
    channels, height, width = picture.shape
    side = round((rows.shape[1] / channels) ** 0.5)
    if side < 2 or side * side * channels != rows.shape[1] or height % side or width % side:
        return None
    cut = picture.reshape(channels, height // side, side, width // side, side)
    orders = (cut.transpose(1, 3, 0, 2, 4), cut.transpose(1, 3, 2, 4, 0))
    shaped = [one.reshape(-1, rows.shape[1]) for one in orders]
    return (
        side if any(one.shape == rows.shape and np.allclose(one, rows, atol=1e-5) for one in shaped) else None
    )


def find_patches(trace: Trace, flows: Flows, end: Node) -> Known | None:
    """A dense layer of which each row is a patch of the picture that goes in, however it was cut out."""
    if not _is_dense(trace, end) or not trace.has_layer_input(end.name):
        return None
    rows = trace.layer_input(end.name)
    for region in flows.regions(end, wide=True) if rows.ndim == 3 else ():
        source = flows.graph[region.source]
        picture = recorded_values(trace, source.name)
        if source.role == "input" and picture is not None and picture.ndim == 4:
            side = patch_side(np.asarray(picture[0]), np.asarray(rows[0]))
            if side is not None:
                return _make_known("patches", trace, flows, region, Operand(source.name), side=side)
    return None


MAX_TERMS = 8
"""Maximum number of values in a sum that is one step."""


def find_sum(flows: Flows, end: Node) -> Known | None:
    """A sum of three or more values, written as sums of two: ``a + b + c``."""
    nodes, operands, waiting = {end.name}, list[Operand](), [*end.operands]
    while waiting:
        one = waiting.pop(0)
        inner = _layer(flows.graph, one.value)
        alone = inner is not None and flows.takers.get(inner.name, frozenset()) <= nodes and not one.view
        if inner is not None and alone and _adds_two(flows, inner) and inner.inside == end.inside:
            nodes.add(inner.name)
            waiting = [*inner.operands, *waiting]
        else:
            operands.append(one)
    same = len({flows.graph[name].shape for name in nodes}) == 1
    if not _adds_two(flows, end) or not 3 <= len(operands) <= MAX_TERMS or not same:
        return None
    return Known(
        "add", end.name, operands[0], frozenset(nodes), (), {"terms": len(operands)}, tuple(operands)
    )


def _adds_two(flows: Flows, node: Node) -> bool:
    """Whether a call adds two computed values as they are."""
    plain = node.kind == "add" and node.setting("alpha", 1) == 1 and len(node.operands) == 2
    return plain and len(flows.sources(node)) == 2 and dense_call(flows.graph, node.name) is None


def _terms(flows: Flows, end: Node) -> list[str]:
    """The calls whose values are added up, through a chain of sums."""
    waiting, found = [end.name], []
    while waiting:
        node = flows.graph[waiting.pop()]
        if node.kind == "add" and (node.name == end.name or len(flows.takers.get(node.name, ())) == 1):
            waiting += [one for one in flows.sources(node)[::-1] if one in flows.place]
        elif node.kind != "add":
            found.append(node.name)
    return found


def _share_of(trace: Trace, node: Node) -> tuple[Operand, Operand] | None:
    """Which operand of a product is one number for each row, and which the rows."""
    if node.kind != "mul" or len(node.operands) != 2 or not all(one.value for one in node.operands):
        return None
    values = [operand_values(trace, one) for one in node.operands]
    for i in (0, 1):
        share, rows = values[i], values[1 - i]
        if share is not None and rows is not None and share.shape[-1:] == (1,) and rows.shape[-1] > 1:
            return node.operands[i], node.operands[1 - i]
    return None


def _make_known(
    kind: str, trace: Trace, flows: Flows, region: Region, operand: Operand, **facts: Any
) -> Known:
    nodes = [flows.graph[name] for name in sorted(region.nodes, key=flows.place.__getitem__)]
    paths = tuple(dict.fromkeys(node.path for node in nodes if node.role == "module"))
    return Known(kind, region.end, operand, region.nodes, paths, facts)
