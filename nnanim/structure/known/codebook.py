"""Vector quantisation: each row of a value replaced by the nearest row of a table that the model holds.

Van den Oord et al. (2017), eq. 1-2. What a run does with the indices and with the rows besides, as losses and
outputs of its own, does not hide the codebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from nnanim.structure.kinds import plain_kind
from nnanim.structure.known.formulas import Array, agree
from nnanim.structure.known.region import Flows
from nnanim.structure.known.thing import Known
from nnanim.trace import Node, Operand, Trace
from nnanim.trace.graph import call_path
from nnanim.trace.operands import operand_values, recorded_values

PICKING = ("argmin", "argmax", "min", "max", "topk")
"""Kinds of calls that say which code is the nearest."""

MAX_WAY = 24
"""Maximum number of calls before the choice, and after it, among which value and codes are looked for."""

FEW = 16
"""Rows that are tried first: in most runs a choice of the largest has nothing to do with a table."""

MAX_DISTANCES = 1 << 20
"""Maximum number of distances that are held at once."""


def find_codebooks(trace: Trace, flows: Flows) -> dict[str, Known]:
    """The codebooks of a run, by the call that gives the rows of each."""
    found: dict[str, Known] = {}
    for pick in trace.graph.leaves:
        if plain_kind(pick.kind) in PICKING and pick.role == "function" and pick.name not in flows.held:
            known = _find_codebook(trace, flows, pick)
            found |= {known.end: known} if known is not None else {}
    return found


def _find_codebook(trace: Trace, flows: Flows, pick: Node) -> Known | None:
    before = _upstream(flows, pick)
    for table_name, table in _tables(trace, flows, pick):
        for operand, rows in _list_candidates(trace, flows, [pick, *before], table):
            first = table[_nearest_rows(rows[:FEW], table)]
            same = [one for one in _downstream(flows, pick) if _begins(trace, one, first, rows.size)]
            if not same:
                continue
            nearest = _nearest_rows(rows, table)
            same = [one for one in same if _begins(trace, one, table[nearest], rows.size)]
            if not same:
                continue
            end = same[-1]
            source = call_path(operand.value) if operand.value not in flows.place else operand.value
            nodes = _between(flows, source, end.name)
            leaving = frozenset(one.name for one in same if one.name != end.name and one.name in nodes)
            if pick.name in nodes and _is_closed(flows, nodes - {end.name}, nodes, leaving):
                paths = tuple(
                    dict.fromkeys(flows.graph[one].path for one in nodes if flows.graph[one].role == "module")
                )
                facts = {"table": table_name, "codes": nearest, "same": leaving}
                return Known("codebook", end.name, operand, nodes, paths, facts)
    return None


def _upstream(flows: Flows, pick: Node) -> list[Node]:
    """The calls that lead to a choice, the nearest first."""
    found: dict[str, Node] = {}
    waiting = flows.sources(pick)
    while waiting and len(found) < MAX_WAY:
        name = waiting.pop(0)
        if name not in found:
            found[name] = flows.graph[name]
            waiting += flows.sources(flows.graph[name])
    return list(found.values())


def _downstream(flows: Flows, pick: Node) -> list[Node]:
    """The calls that use a choice, in the order of the run."""
    found: set[str] = set()
    waiting = [pick.name]
    while waiting and len(found) < MAX_WAY:
        for name in flows.takers.get(waiting.pop(0), ()):
            if name in flows.place and name not in found and flows.graph[name].role != "output":
                found.add(name)
                waiting.append(name)
    return [flows.graph[name] for name in sorted(found, key=flows.place.__getitem__)]


def _between(flows: Flows, source: str, end: str) -> frozenset[str]:
    """The calls on the ways from a value to a call, and those that only they take: masks, constants."""
    after: set[str] = set()
    waiting = [source]
    while waiting:
        for name in flows.takers.get(waiting.pop(), ()):
            if name not in after and name in flows.place and flows.place[name] <= flows.place[end]:
                after.add(name)
                waiting.append(name)
    before: set[str] = {end}
    waiting = [end]
    while waiting:
        for name in flows.sources(flows.graph[waiting.pop()]):
            if name in after and name not in before:
                before.add(name)
                waiting.append(name)
    return frozenset(before)


def _is_closed(flows: Flows, inner: Iterable[str], nodes: frozenset[str], leaving: frozenset[str]) -> bool:
    """Whether nothing else is computed from the inside of some calls, but from what is their value.

    An output of the run may show any of it: it computes nothing.
    """
    return all(
        name in leaving or all(taker in nodes or flows.graph[taker].role == "output" for taker in takers)
        for name in inner
        if (takers := flows.takers.get(name))
    )


def _tables(trace: Trace, flows: Flows, pick: Node) -> Iterator[tuple[str, Array]]:
    """The tables that calls around a choice use: parameters, buffers, weights of modules."""
    names: list[str] = []
    for node in [*_upstream(flows, pick), *_downstream(flows, pick)]:
        names += [f"{node.path}.weight"] if node.role == "module" else []
        names += [call_path(one) for one in _held_by(flows, node)]
    for name in dict.fromkeys(names):
        held = next((some[name] for some in (trace.parameters, trace.buffers) if name in some), None)
        if held is not None and held.ndim == 2 and held.dtype.kind == "f" and len(held) > 1:
            yield name, np.asarray(held)


def _held_by(flows: Flows, node: Node) -> set[str]:
    """Names of what the model holds that a call takes, directly or after some arithmetic."""
    waiting, found = list(node.inputs), set[str]()
    while waiting:
        name = waiting.pop()
        if name in flows.held and name not in found:
            found.add(name)
            waiting += flows.graph[name].inputs
    return found


def _list_candidates(
    trace: Trace, flows: Flows, nodes: Iterable[Node], table: Array
) -> Iterator[tuple[Operand, Array]]:
    """The values before a choice that have rows of as many numbers as a code."""
    operands = [one for node in nodes for one in node.operands if one.value and one.value not in flows.held]
    for operand in dict.fromkeys(operands):
        given = operand_values(trace, operand)
        whole = recorded_values(trace, operand.value) if given is None else None
        if whole is not None and whole.ndim == 4:  # maps of which the run saw each place as a row
            given, operand = np.moveaxis(whole, 1, -1), Operand(operand.value, ())
        if given is None or given.dtype.kind != "f" or given.ndim < 2 or given.shape[-1] != table.shape[-1]:
            continue
        rows = np.asarray(given, dtype=np.float64).reshape(-1, given.shape[-1])
        if np.isfinite(rows).all():
            yield operand, rows


def _nearest_rows(rows: Array, table: Array) -> Array:
    """Which row of a table lies nearest to each of some rows, some at a time."""
    codes = np.asarray(table, dtype=np.float64)
    lengths, each = np.square(codes).sum(axis=1), max(MAX_DISTANCES // len(codes), 1)
    parts = [rows[start : start + each] for start in range(0, len(rows), each)]
    return np.concatenate([(lengths - 2 * part @ codes.T).argmin(axis=1) for part in parts])


def _begins(trace: Trace, node: Node, rows: Array, size: int) -> bool:
    """Whether a call gives ``size`` numbers that begin with some rows, whatever axes they have."""
    value = recorded_values(trace, node.name)
    if value is None or value.dtype.kind != "f" or value.size != size or value.shape[-1] != rows.shape[-1]:
        return False
    return agree(rows, np.asarray(value).reshape(-1, rows.shape[-1])[: len(rows)])
