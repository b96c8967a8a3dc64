"""Traces that contradict themselves: values of one run beside the weights of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.nested import find_nested
from nnanim.trace import Trace
from nnanim.trace.inspect import checksum

MAX_NUMBERS = 1 << 20
"""Layers of more weights, or of more values, are not computed again."""

MAX_DEPTH = 4
"""Maximum number of objects that lie in one another in an example."""

CLOSE = 1e-3
"""Share of a layer's largest value by which it may differ: half precision is that coarse."""

FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "ReLU": lambda x: np.maximum(x, 0),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Tanh": np.tanh,
}
"""Modules without weights that are computed again."""


def list_traces(example: Any, depth: int = MAX_DEPTH) -> Iterator[Trace]:
    """Every trace in an example: itself, or in lists, dicts and objects."""
    return find_nested(example, lambda part: isinstance(part, Trace), depth)


def find_stale(example: Any) -> Iterator[str]:
    """What does not fit together in the traces of an example, as sentences.

    Weights that are not those of the recorded run, and a layer whose recorded weights and inputs do not give
    what was recorded of it.
    """
    for trace in list_traces(example):
        yield from _of_weights(trace)
        yield from _of_layers(trace)


def list_states(example: Any) -> Iterator[str]:
    """The models, by name, of which an example has several states: before and after a training, say."""
    states: dict[str, set[str]] = {}
    for trace in list_traces(example):
        run = trace.provenance
        if run.get("model") and run.get("weights"):
            states.setdefault(str(run["model"]), set()).add(str(run["weights"]))
    yield from (f"{name!r} with {len(found)} states" for name, found in states.items() if len(found) > 1)


def _of_weights(trace: Trace) -> Iterator[str]:
    state, known = {**trace.parameters, **trace.buffers}, trace.provenance.get("weights")
    if (
        known
        and state
        and sum(one.size for one in state.values()) <= MAX_NUMBERS
        and checksum(state) != known
    ):
        yield (
            f"{trace.provenance.get('model')}: its weights are not those of the recorded run ({known}); "
            "was there a step of the optimiser after the last record() or snapshot()?"
        )


def _of_layers(trace: Trace) -> Iterator[str]:
    name = trace.provenance.get("model") or "the trace"
    for node in trace.graph.leaves:
        wanted = _recompute(trace, node.name, node.kind, node.path)
        if wanted is None:
            continue
        recorded = np.asarray(trace[node.name], dtype=float)
        if recorded.shape != wanted.shape:
            continue
        apart = np.abs(recorded - wanted)
        if apart.max(initial=0.0) > CLOSE * max(float(np.abs(wanted).max(initial=0.0)), 1e-6):
            at = np.unravel_index(int(apart.argmax()), apart.shape)
            yield (
                f"{name}: {node.name!r} was recorded as {recorded[at]:.3g} where its weights and inputs give "
                f"{wanted[at]:.3g}: they are not of one run"
            )
            return


def _recompute(trace: Trace, name: str, kind: str, path: str) -> npt.NDArray[np.float64] | None:
    """What a layer gives for what came into it; None where that is not known, or too much."""
    if name not in trace or trace[name].size > MAX_NUMBERS or trace[name].dtype.kind != "f":
        return None
    if kind in FUNCTIONS:
        before = trace.graph[name].inputs
        if len(before) != 1 or before[0] not in trace or trace[before[0]].shape != trace[name].shape:
            return None
        with np.errstate(over="ignore"):
            return np.asarray(FUNCTIONS[kind](np.asarray(trace[before[0]], dtype=float)))
    weight = f"{path}.weight" if path else "weight"
    known = kind == "Linear" and weight in trace.parameters and trace.has_layer_input(name)
    if not known or trace.parameters[weight].size > MAX_NUMBERS or trace.parameters[weight].ndim != 2:
        return None
    table, given = (
        np.asarray(one, dtype=float) for one in (trace.parameters[weight], trace.layer_input(name))
    )
    if given.shape[-1:] != table.shape[1:]:
        return None
    bias = weight.removesuffix("weight") + "bias"
    shift = np.asarray(trace.parameters[bias], dtype=float) if bias in trace.parameters else 0.0
    return np.asarray(given @ table.T + shift)
