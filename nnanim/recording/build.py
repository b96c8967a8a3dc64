"""From the log of a run to a Trace."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnanim.recording import axes
from nnanim.recording.gradients import BackwardPass
from nnanim.recording.recording_log import Call, RecordingLog
from nnanim.recording.state import Sections
from nnanim.recording.tensor_store import TensorStore
from nnanim.trace import Graph, Node
from nnanim.trace.graph import LEAVING
from nnanim.trace.inspect import checksum
from nnanim.trace.samples import SampleAxis, sample_axis

FIND = "find"
"""For which axis counts the samples: found by what the calls do."""

MIXING = frozenset(("matmul", "bmm", "einsum", "baddbmm"))


def trace_parts(
    log: RecordingLog,
    store: TensorStore,
    state: tuple[Sections, int],
    gradients: BackwardPass | None,
    name: str,
    seed: int | None,
    batch: int | str | None = FIND,
) -> dict[str, Any]:
    """The arguments for a Trace of a run, complete or broken off.

    Args:
        log: the calls.
        store: the values.
        state: parameters and buffers, and the number of parameters.
        gradients: the backward pass, if there was one.
        name: what to call the model.
        seed: the seed of the run.
        batch: which axis of the first input counts samples; None for none; FIND: as the calls show it.
    """
    weights, size = state
    sections = store.sections() | weights
    arrays = sections.setdefault("arrays", {})
    used = _used_calls(log.calls)
    graph = Graph(tuple(_node(call, order) for order, call in used))
    for call in log.calls:
        if call.optional and call.name not in graph:
            arrays.pop(call.name, None)
    heads = sections.setdefault("attention", {})
    heads |= _find_softmax_attention(graph, arrays, heads)
    sections["gradients"] = gradients.section() if gradients is not None else {}
    counted = sample_axis(graph) if batch == FIND else SampleAxis(batch if isinstance(batch, int) else None)
    shapes = {key: value.shape for key, value in arrays.items() if isinstance(value, np.ndarray)}
    return {
        "sections": sections,
        "axes": axes.name_axes(log.calls, graph, shapes, counted),
        "graph": graph,
        "layer_inputs": log.layer_inputs,
        "aliases": {alias: name for alias, name in log.aliases.items() if alias not in graph},
        "provenance": _provenance(name, sections, arrays, seed, size),
    }


def _used_calls(calls: list[Call]) -> list[tuple[int, Call]]:
    """The calls without masks and other values that nothing was done with, each with its place among all."""
    wanted = set() if _is_connected(calls) else {call.name for call in calls if call.kind in LEAVING}
    found = []
    for order, call in reversed(list(enumerate(calls))):
        if not (call.mask or call.optional) or call.name in wanted:
            wanted.update(call.inputs)
            found.append((order, call))
    return found[::-1]


def _is_connected(calls: list[Call]) -> bool:
    """Whether an output was made from an input, as far as torch has seen."""
    reached: set[str] = set()
    for call in calls:
        if call.role == "input" or reached.intersection(call.inputs):
            reached.add(call.name)
    outputs = [call for call in calls if call.role == "output"]
    return not outputs or any(call.name in reached for call in outputs)


def _node(call: Call, order: int) -> Node:
    inputs, outputs = tuple(call.inputs), call.outputs
    made_with = call.info.settings if call.info is not None else call.constants
    shape = tuple(call.shape)
    return Node(
        call.name, call.kind, call.role, call.inside, inputs, outputs, shape, order, made_with, call.operands
    )


def _find_softmax_attention(
    graph: Graph, arrays: dict[str, Any], known: dict[str, Any]
) -> dict[str, NDArray[Any]]:
    """Attention that a model writes out itself: a softmax whose rows mix values in a product."""
    found: dict[str, NDArray[Any]] = {}
    for node in graph.leaves:
        if node.kind not in MIXING or not node.inputs or node.inputs[0] not in graph:
            continue
        source = graph[node.inputs[0]]
        while source.kind.lower().startswith("dropout") and source.inputs and source.inputs[0] in graph:
            source = graph[source.inputs[0]]
        value = arrays.get(source.name)
        if source.kind.lower() != "softmax" or not isinstance(value, np.ndarray) or not 2 <= value.ndim <= 4:
            continue
        if not _mixes_tokens(graph, node, value.ndim):
            continue
        if np.allclose(value.sum(-1, dtype=np.float64), 1, atol=1e-2):
            name = source.inside if source.inside and source.inside not in {**known, **found} else source.name
            full = value[None, None] if value.ndim == 2 else value[:, None] if value.ndim == 3 else value
            found[name] = full
    return found


def _mixes_tokens(graph: Graph, node: Node, axes: int) -> bool:
    """Whether rows of shares mix computed values: not rows of a table, nor one row of shares a sample."""
    if any(graph[name].role in ("parameter", "buffer") for name in node.inputs[1:] if name in graph):
        return False
    shares = next((one for one in node.operands if one.value == node.inputs[0]), None)
    return axes > 2 or shares is None or not shares.view or len(shares.view[1]) == axes


def _provenance(
    model: str, sections: dict[str, Any], arrays: dict[str, Any], seed: int | None, count: int
) -> Callable[[], dict[str, Any]]:
    inputs = {name: value for name, value in arrays.items() if name.partition("[")[0] == "input"}
    weights = sections["parameters"] | sections["buffers"]

    def describe() -> dict[str, Any]:
        from importlib.metadata import PackageNotFoundError, version

        try:
            own = version("nnanim")
        except PackageNotFoundError:
            own = "not installed"
        return {
            "model": model,
            "parameters": count,
            "weights": checksum(weights),
            "inputs": checksum(inputs),
            "seed": seed,
            "computed_with": "torch",
            "versions": {
                "nnanim": own,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    return describe
