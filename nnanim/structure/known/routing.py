"""Experts of which a router picks some for each token (Shazeer et al. 2017, eq. 1-3), run in one module.

How the tokens are sorted and gathered for the experts is bookkeeping: a module of it is one step.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.structure.known.formulas import agree
from nnanim.structure.known.region import Flows
from nnanim.structure.known.thing import Known
from nnanim.trace import Node, Operand, Trace
from nnanim.trace.operands import recorded_values


def find_routed_experts(trace: Trace, flows: Flows) -> dict[str, Known]:
    """The modules of routed experts of a run, by the call that gives their sum."""
    found: dict[str, Known] = {}
    for pick in trace.graph.leaves:
        picked = recorded_values(trace, f"{pick.name}[1]") if pick.kind == "topk" else None
        if picked is None or picked.ndim != 2 or picked.shape[1] < 2 or picked.dtype.kind not in "iu":
            continue
        for module in _modules_of(flows, pick):
            known = _as_experts(trace, flows, pick, module, picked.shape)
            if known is not None:
                found[known.end] = known
                break
    return found


def _modules_of(flows: Flows, pick: Node) -> Iterator[str]:
    """The modules that use a choice and do not make it, the outermost first."""
    outside = set(flows.graph.ancestors(pick.name))
    takers = [flows.graph.ancestors(one) for one in flows.takers.get(pick.name, ())]
    yield from dict.fromkeys(name for around in takers for name in around[::-1] if name not in outside)


def _as_experts(trace: Trace, flows: Flows, pick: Node, module: str, picked: tuple[int, ...]) -> Known | None:
    inside = frozenset(one for one in flows.place if module in flows.graph.ancestors(one))
    ends = [one for one in inside if not flows.takers.get(one, frozenset()) <= inside]
    path = flows.graph[module].path
    tables = [array for name, array in trace.parameters.items() if name.startswith(f"{path}.")]
    if len(ends) != 1 or not any(one.ndim == 3 for one in tables):
        return None
    value = recorded_values(trace, ends[0])
    if value is None or value.ndim < 2 or not _is_sum(trace, inside, ends[0], picked):
        return None
    entering = [one for name in inside for one in flows.graph[name].operands if one.value not in inside]
    rows = next((one for one in entering if _has_width(trace, one, value.shape[-1])), None)
    if rows is None:
        return None
    facts = {"pick": pick.name, "experts": max(len(one) for one in tables if one.ndim == 3)}
    return Known("routed experts", ends[0], Operand(rows.value, ()), inside, (path,), facts)


def _is_sum(trace: Trace, inside: frozenset[str], end: str, picked: tuple[int, ...]) -> bool:
    """Whether the last value is the sum of as many rows for each token as experts were picked."""
    total = recorded_values(trace, end)
    assert total is not None
    wide = total.shape[-1]
    for name in inside - {end}:
        each = recorded_values(trace, name)
        if each is None or each.dtype.kind != "f" or each.shape[-1:] != (wide,):
            continue
        if each.size == picked[0] * picked[1] * wide:
            summed = np.asarray(each, dtype=np.float64).reshape(*picked, wide).sum(axis=1)
            if agree(summed, np.asarray(total, dtype=np.float64).reshape(summed.shape)):
                return True
    return False


def _has_width(trace: Trace, operand: Operand, wide: int) -> bool:
    value = recorded_values(trace, operand.value) if operand.value else None
    return value is not None and value.dtype.kind == "f" and value.ndim > 1 and value.shape[-1] == wide
