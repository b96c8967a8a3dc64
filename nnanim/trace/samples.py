"""Which axis of what goes in counts the samples, as far as the calls of a run show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nnanim.trace.graph import Graph, Node, Operand

PRODUCTS = {
    "matmul": (0, 1), "mm": (0, 1), "bmm": (0, 1), "mv": (0, 1), "addmm": (1, 2), "baddbmm": (1, 2),
    "addmv": (1, 2),
}  # fmt: skip
"""Kinds of matrix products, and which of their arguments are multiplied."""

REDUCING = frozenset("sum mean max amax min amin logsumexp std var norm median prod".split())
PICKING = frozenset("getitem index_select gather scatter_add index_add scatter_reduce index_reduce".split())
"""Kinds that take or add rows where whole numbers say so."""

FOLDED = "sample·token"
"""Name of an axis along which the tokens of all samples stand, sample after sample."""

SEQUENTIAL = frozenset(("LSTM", "GRU", "RNN", "MultiheadAttention"))
SPATIAL = {1: ("Conv1d", "ConvTranspose1d"), 2: ("Conv2d", "ConvTranspose2d"), 3: ("Conv3d",)}


@dataclass(frozen=True)
class SampleAxis:
    """What counts the samples of the first input.

    Attributes:
        axis: its place; None where one sample goes in by itself.
        first: what the first axis counts where it is no sample: "node", "token" or "unit".
    """

    axis: int | None = 0
    first: str = "token"


def sample_axis(graph: Graph) -> SampleAxis:
    """Which axis of the first input counts samples: the first, unless a call mixes what stands along it.

    A sample never meets another one. So the first axis is something else where a matrix product adds along
    it, where an input says which of its rows meet, or where a module takes it for channels or for time.
    """
    given = [node for node in graph.nodes if node.role == "input"]
    if not given or not given[0].shape:
        return SampleAxis()
    count = given[0].shape[0]
    place: dict[str, int | None] = {node.name: 0 for node in given if node.shape[:1] == (count,)}
    linked = _are_linked(given)
    for node in graph.nodes:
        if node.role in ("input", "output", "parameter"):
            continue
        found = _read(graph, node, place, count, linked)
        if found is not None:
            return found
        for name in node.outputs or (node.name,):
            place[name] = _follow(graph, node, place, count)
    return (
        SampleAxis()
        if _comes_out(graph, given, count)
        else SampleAxis(None, "unit" if _is_flat(given) else "token")
    )


def _is_flat(given: Sequence[Node]) -> bool:
    return len(given[0].shape) == 1


def _are_linked(given: Sequence[Node]) -> bool:
    """Whether an input says who is linked to whom: a square table of the rows of another one."""
    squares = [node.shape[0] for node in given[1:] if len(node.shape) == 2 and node.shape[0] == node.shape[1]]
    return given[0].shape[0] in squares and len(given[0].shape) == 2


def _read(
    graph: Graph, node: Node, place: dict[str, int | None], count: int, linked: bool
) -> SampleAxis | None:
    """What a call says of the axis: None where it takes every row by itself."""
    if node.role == "module":
        return _of_module(graph, node, place)
    first = "node" if linked else "token"
    if node.kind in PRODUCTS and count > 1:
        pair = [node.operands[i] for i in PRODUCTS[node.kind] if i < len(node.operands)]
        if len(pair) == 2 and _adds_along(graph, pair, place, count):
            return SampleAxis(None, first)
    if node.kind == "scaled_dot_product_attention" and len(node.operands) > 2 and count > 1:
        value = node.operands[2]
        at, axes = _place_in(graph, value, place, count)
        if at is not None and at == axes - 2:
            return SampleAxis(None, first)
    if node.kind in PICKING and count > 1 and node.operands:
        at, _ = _place_in(graph, node.operands[0], place, count)
        said = any(one.value in graph and graph[one.value].role == "input" for one in node.operands[1:])
        if at == 0 and said:
            return SampleAxis(None, "node")
    return None


def _of_module(graph: Graph, node: Node, place: dict[str, int | None]) -> SampleAxis | None:
    """What a module of torch's own takes the first axis for."""
    source = node.operands[0] if node.operands else None
    if source is None or not source.value or place.get(source.value) != 0 or source.view:
        return None
    axes = len(graph[source.value].shape) if source.value in graph else 0
    sizes = next((n for n, kinds in SPATIAL.items() if node.kind in kinds), 0)
    if sizes and axes == sizes + 1:
        return SampleAxis(None, "channel")
    if node.kind == "Linear" and axes == 1:
        return SampleAxis(None, "unit")
    if node.kind in SEQUENTIAL and axes == 2:
        return SampleAxis(None, "token")
    if node.kind in SEQUENTIAL and axes == 3 and not node.setting("batch_first", False):
        return SampleAxis(1)
    return None


def _adds_along(graph: Graph, pair: Sequence[Operand], place: dict[str, int | None], count: int) -> bool:
    """Whether a product adds along the axis: the last of its first factor, the last but one of the other."""
    (left, _), (right, axes) = (_place_in(graph, one, place, count) for one in pair)
    left_axes = _place_in(graph, pair[0], place, count)[1]
    return (right is not None and right == max(axes - 2, 0)) or (
        left is not None and 0 < left == left_axes - 1
    )


def _place_in(
    graph: Graph, operand: Operand, place: dict[str, int | None], count: int
) -> tuple[int | None, int]:
    """Where the axis lies in an operand, and how many axes that has."""
    at = place.get(operand.value)
    shape = graph[operand.value].shape if operand.value in graph else ()
    if at is None or operand.view is None or len(shape) <= at:
        return None, len(shape)
    if not operand.view:
        return at, len(shape)
    _, seen, strides = operand.view[:3]
    step = math.prod(shape[at + 1 :])
    found = [
        i for i, (n, stride) in enumerate(zip(seen, strides, strict=True)) if n == count and stride == step
    ]
    return (found[0] if found else None), len(seen)


def _follow(graph: Graph, node: Node, place: dict[str, int | None], count: int) -> int | None:
    """Where the axis lies in what a call gives: as far from the end as in what it took, or at the front."""
    if node.kind in PRODUCTS and len(node.operands) > 1:
        pair = [node.operands[i] for i in PRODUCTS[node.kind] if i < len(node.operands)]
        at, axes = _place_in(graph, pair[0], place, count)
        if at is not None:
            return at if node.shape[at : at + 1] == (count,) else None
        at, axes = _place_in(graph, pair[-1], place, count)
        end = len(node.shape) - axes + at if at is not None else -1
        return end if end >= 0 and node.shape[end] == count else None
    for one in node.operands or tuple(Operand(name) for name in node.inputs):
        at, axes = _place_in(graph, one, place, count)
        if at is None:
            continue
        for end in dict.fromkeys((at, at + len(node.shape) - axes)):
            if 0 <= end < len(node.shape) and node.shape[end] == count:
                return end
    return None


def _comes_out(graph: Graph, given: Sequence[Node], count: int) -> bool:
    """Whether what comes out has the axis, or nothing speaks against it."""
    outputs = [node for node in graph.nodes if node.role == "output"]
    if count == 1 or not outputs or any(count in node.shape or not node.shape for node in outputs):
        return True
    others = {node.shape[0] for node in given[1:] if node.shape}
    came = {node.shape[0] for node in outputs}
    if others & came:
        return False  # another input has as many rows as come out: those are the samples
    return not any(_pools(node, count, graph) for node in graph.leaves)


def _pools(node: Node, count: int, graph: Graph) -> bool:
    """Whether a call makes one value of all that stands along the first axis."""
    if node.kind not in REDUCING or not node.inputs or graph[node.inputs[0]].shape[:1] != (count,):
        return False
    by_place = node.operands[1].constant if len(node.operands) > 1 else None
    along = node.setting("dim", by_place)
    return along in (0, -len(graph[node.inputs[0]].shape)) or along == (0,)
