"""Finding known things in a run, and the run with each of them as one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from nnanim.structure.kinds import held_calls, plain_kind
from nnanim.structure.known.codebook import find_codebooks
from nnanim.structure.known.formulas import (
    Array,
    Found,
    name_activation,
    name_complex_rotation,
    name_length,
    name_norm,
    name_rotation,
    name_softmax,
)
from nnanim.structure.known.region import Flows, Region
from nnanim.structure.known.routing import find_routed_experts
from nnanim.structure.known.thing import Known
from nnanim.structure.known.wide import (
    find_excite,
    find_gate,
    find_mixture,
    find_patches,
    find_sum,
)
from nnanim.trace import Graph, Node, Operand, Trace
from nnanim.trace.operands import operand_values, recorded_values

MAX_NUMBERS = 1 << 16
"""Maximum number of numbers on which a formula is tried; of more, the first samples, tokens or channels."""

ENDS = frozenset("mul div add sub cat stack flatten pow square where to float viewasreal typeas".split())
"""Kinds of calls that may be the last one of a thing."""


TOLD = ("approximate", "dim")
"""Facts that are settings of the function that is recognised."""


def find_known(trace: Trace) -> dict[str, Known]:
    """The known things of a run, by the call that gives each one's value; none lies in another."""
    flows = Flows(trace.graph)
    ends = [node for node in trace.graph.leaves if node.role == "function" and node.name not in flows.held]
    ends = [node for node in ends if plain_kind(node.kind) in ENDS][::-1]
    plain: dict[str, Known] = {}
    for node in ends:
        if not any(node.name in one.nodes for one in plain.values()):
            found = _find_plain(trace, flows, node)
            plain |= {node.name: found} if found is not None else {}
    made = find_codebooks(trace, flows) | find_routed_experts(trace, flows)
    for node in ends:
        if any(node.name in one.nodes for one in made.values()):
            continue
        wide = (
            find_gate(trace, flows, node, plain)
            or find_excite(trace, flows, node)
            or find_mixture(trace, flows, node)
            or find_sum(flows, node)
        )
        made |= {node.name: wide} if wide is not None else {}
    for node in trace.graph.leaves:
        if not any(node.name in one.nodes for one in made.values()):
            patches = find_patches(trace, flows, node)
            made |= {node.name: patches} if patches is not None else {}
    covered = {name for one in made.values() for name in one.nodes}
    return made | {name: one for name, one in plain.items() if not one.nodes & covered}


def _find_plain(trace: Trace, flows: Flows, end: Node) -> Known | None:
    """What the arithmetic that ends in a call computes, if it has a name."""
    value = recorded_values(trace, end.name)
    if value is not None and value.dtype.kind == "c" and end.kind == "mul":
        return _find_complex_rotation(trace, flows, end, value)
    if value is None or value.dtype.kind != "f" or value.ndim < 1:
        return None
    best = None
    for region in flows.regions(
        end
    ):  # of a normalised value, the normalised value is the same: the largest counts
        found = next(_names(trace, flows, region, value), None)
        if found is not None:
            operand, (kind, facts) = found
            best = Known(kind, end.name, operand, region.nodes, (), facts)
    return best


def _find_complex_rotation(trace: Trace, flows: Flows, end: Node, value: Array) -> Known | None:
    """Rotary positions where pairs of numbers are seen as complex ones, which is a view of the value."""
    for name in flows.sources(end):
        given = recorded_values(trace, name)
        if given is None or given.dtype.kind != "f" or len(flows.sources(end)) > 1:
            continue
        found = name_complex_rotation(np.asarray(given, dtype=np.float64), np.asarray(value))
        if found is not None:
            return Known(found[0], end.name, Operand(name, ()), frozenset((end.name,)), (), found[1])
    return None


def _names(trace: Trace, flows: Flows, region: Region, value: Array) -> Iterator[tuple[Operand, Found]]:
    """What a region computes of each way in which it takes what enters."""
    held = [(name, recorded_values(trace, name)) for name in flows.parameters(region)]
    tables = [(name, np.asarray(one)) for name, one in held if one is not None and one.dtype.kind == "f"]
    constants = flows.constants(region)
    whole = recorded_values(trace, region.source)
    if flows.graph[region.end].kind in ("stack", "cat") and whole is not None and whole.size == value.size:
        turned = name_rotation(_cut(whole), _cut(value.reshape(whole.shape)))
        if turned is not None:
            yield Operand(region.source), turned
    for operand in dict.fromkeys(flows.operands(region)):
        given = operand_values(trace, operand)
        if given is None or given.dtype.kind != "f" or given.shape != value.shape:
            continue
        x, y = _cut(given), _cut(value)
        found = (
            name_activation(x, y)
            or name_rotation(x, y)
            or name_length(x, y)
            or name_softmax(x, y)
            or name_norm(x, y, tables, constants)
        )
        if found is not None:
            yield operand, found


def _cut(value: Array) -> Array:
    """The first samples of a value, in double precision, as many as there is time for."""
    count = max(MAX_NUMBERS // max(value[0].size, 1), 1) if value.ndim > 1 else len(value)
    return np.asarray(value[:count], dtype=np.float64)


def fold_known(graph: Graph, things: Iterable[Known]) -> Graph:
    """The same run with each known thing as one call, which keeps the name of its last one.

    What such a call takes is what was computed: what the model holds is part of what it does.
    """
    ends = {one.end: one for one in things}
    dropped = {name for one in ends.values() for name in one.nodes if name != one.end}
    held = held_calls(graph) if ends else frozenset()
    filled = {
        around for node in graph.leaves if node.name not in dropped for around in graph.ancestors(node.name)
    }
    same = {name: one.end for one in ends.values() for name in one.facts.get("same", ())}
    emptied = {around for name in dropped for around in graph.ancestors(name)} - filled
    kept: list[Node] = []
    waiting = set(ends)
    for node in graph.nodes:
        end = same.get(node.name, node.name)
        if end in waiting:
            waiting.remove(end)
            # Where its value was there before its last call, and was taken, it stands there.
            kept.append(replace(_as_one(graph, graph[end], ends[end], held), order=node.order))
        elif node.name not in dropped | emptied | ends.keys():
            kept.append(_rename(node, same))
    return Graph(tuple(kept))


def _rename(node: Node, same: Mapping[str, str]) -> Node:
    """A call that takes the value of a thing, which it took from within it."""
    if not any(one in same for one in node.inputs):
        return node
    inputs = tuple(dict.fromkeys(same.get(one, one) for one in node.inputs))
    operands = tuple(replace(one, value=same.get(one.value, one.value)) for one in node.operands)
    return replace(node, inputs=inputs, operands=operands)


def _as_one(graph: Graph, node: Node, known: Known, held: frozenset[str]) -> Node:
    """The last call of a known thing, which takes what the thing takes."""
    handed = [one.value for one in known.operands or (known.source,)]
    inner = sorted((graph[name] for name in known.nodes), key=lambda one: one.order)
    taken = dict.fromkeys(one for call in inner for one in call.inputs)
    sources = [*(one for one in dict.fromkeys(handed) if one in taken), *taken]
    entering = tuple(one for one in dict.fromkeys(sources) if one not in known.nodes | held)
    settings = (("modules", known.modules), *((key, known.facts[key]) for key in TOLD if key in known.facts))
    return replace(
        node, kind=known.kind, inputs=entering, operands=known.operands or (known.source,), settings=settings
    )
