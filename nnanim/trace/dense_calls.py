"""Dense layers that are written as functions: ``F.linear(x, w, b)``, ``x @ w + b``, ``addmm(b, x, w)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.trace.data import RunData
from nnanim.trace.graph import Graph, Node, Operand
from nnanim.trace.operands import operand_values


@dataclass(frozen=True)
class DenseCall:
    """A call that weighs its input with a table that the model holds.

    Attributes:
        inputs: what is weighed. weight: the table. bias: what is added, if anything is.
        turned: whether the table is (in, out) and not (out, in).
    """

    inputs: Operand
    weight: Operand
    bias: Operand | None = None
    turned: bool = True

    def weights(self, trace: RunData) -> NDArray[Any] | None:
        """(out, in) the weights; None where they were not recorded."""
        found = operand_values(trace, self.weight)
        if found is None or found.ndim != 2:
            return None
        return np.ascontiguousarray(found.T) if self.turned else found

    def shift(self, trace: RunData) -> NDArray[Any] | None:
        """(out,) the bias; None where there is none."""
        found = operand_values(trace, self.bias) if self.bias is not None else None
        return None if found is None else found.reshape(-1)


def dense_call(graph: Graph, name: str) -> DenseCall | None:
    """The dense layer that a call of a function is; None for another call."""
    if name not in graph or graph[name].role != "function":
        return None
    node = graph[name]
    given = node.operands
    if node.kind == "linear" and len(given) > 1 and _is_table(graph, given[1]):
        bias = given[2] if len(given) > 2 else None
        return DenseCall(given[0], given[1], bias if bias and bias.value else None, turned=False)
    if node.kind in ("matmul", "mm") and len(given) == 2 and _is_table(graph, given[1]):
        return DenseCall(given[0], given[1]) if _is_moved(graph, given[0]) else None
    if node.kind == "addmm" and len(given) == 3 and _is_table(graph, given[2]) and not node.settings:
        return DenseCall(given[1], given[2], given[0]) if _is_vector(graph, given[0]) else None
    return _with_bias(graph, node)


def _with_bias(graph: Graph, node: Node) -> DenseCall | None:
    """``x @ w + b``, by the name of its sum."""
    if node.kind != "add" or len(node.operands) != 2 or node.setting("alpha", 1) != 1:
        return None
    for one, other in (node.operands, node.operands[::-1]):
        if one.value not in graph or one.view or not _is_vector(graph, other):
            continue
        source = graph[one.value]
        if source.kind not in ("matmul", "mm"):
            continue
        product = dense_call(graph, source.name)
        if product is not None and node.shape == source.shape:
            return DenseCall(product.inputs, product.weight, other)
    return None


def layer_inputs_of(trace: RunData, name: str) -> NDArray[Any] | None:
    """What came into a dense layer, a module or written as a function; None where it was not recorded."""
    if trace.has_layer_input(name):
        return trace.layer_input(name)
    call = dense_call(trace.graph, name)
    return None if call is None else operand_values(trace, call.inputs)


def _is_table(graph: Graph, operand: Operand) -> bool:
    return _is_held(graph, operand) and len(_shape(graph, operand)) == 2


def _is_vector(graph: Graph, operand: Operand) -> bool:
    shape = _shape(graph, operand)
    return _is_held(graph, operand) and bool(shape) and all(size == 1 for size in shape[:-1])


def _is_held(graph: Graph, operand: Operand) -> bool:
    held = operand.value in graph and graph[operand.value].role == "parameter"
    return held and operand.view is not None


def _is_moved(graph: Graph, operand: Operand) -> bool:
    return operand.value != "" and not _is_held(graph, operand)


def _shape(graph: Graph, operand: Operand) -> tuple[int, ...]:
    whole = graph[operand.value].shape if operand.value in graph else ()
    return tuple(operand.view[1]) if operand.view else whole
