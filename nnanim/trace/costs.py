"""What a run costs, module by module: parameters, multiply-adds, memory; counted from shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nnanim.errors import UserError
from nnanim.trace.data import RunData
from nnanim.trace.graph import Node, Operand

PRODUCTS = {
    "matmul": (0, 1),
    "mm": (0, 1),
    "bmm": (0, 1),
    "addmm": (1, 2),
    "baddbmm": (1, 2),
    "__matmul__": (0, 1),
}
"""Which operands of a function are multiplied as matrices."""

BYTES = 4
"""Of a number whose value was not recorded."""

FOLDED = 2
"""From so many neighbours that are alike on, they are one row."""


@dataclass(frozen=True)
class Cost:
    """One module call of a run.

    Attributes:
        name: of the call; "" is the whole model.
        kind: class of the module.
        depth: how many modules stand around it.
        shape: of its output.
        parameters: numbers in its weights, its parts' included; 0 where they were counted before.
        operations: multiply-adds of its products of weights and values, its parts' included.
        memory: bytes of its output.
        times: how many calls one after the other, alike, this row stands for; the numbers are of all of them.
    """

    name: str
    kind: str
    depth: int
    shape: tuple[int, ...]
    parameters: int
    operations: int
    memory: int
    times: int = 1

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "shape": list(self.shape)}


def count_costs(trace: RunData, depth: int | None = None, fold: bool = False) -> list[Cost]:
    """A row for the model and for every module call, in the order of the run.

    Args:
        trace: of a model, as ``record`` gives it.
        depth: how deep modules are listed; 1: the model's own.
        fold: whether neighbours that are alike, with all inside them, are one row.

    Raises:
        UserError: the depth is below 1, or the trace has no graph.
    """
    if depth is not None and depth < 1:
        raise UserError(f"depth={depth}; it must be 1 or more")
    if not len(trace.graph):
        raise UserError("the trace has no graph of modules; record the model with nnanim.record()")
    rows = list(_rows(trace))
    rows = _fold(rows) if fold else rows
    return [row for row in rows if depth is None or row.depth <= depth]


def _rows(trace: RunData) -> Iterator[Cost]:
    graph = trace.graph
    sizes = unique_parameters(trace)
    own = {node.name: operations(trace, node) for node in graph.leaves}
    total = dict.fromkeys((node.name for node in graph), 0)
    for name, count in own.items():
        for one in (name, *graph.ancestors(name)):
            total[one] += count
    outputs = [node for node in graph if node.role == "output"]
    shape = outputs[0].shape if outputs else ()
    yield Cost("", "model", 0, shape, sum(sizes.values()), sum(own.values()), _bytes(trace, "output", shape))
    seen: set[str] = set()
    for node in graph:
        if node.role != "module":
            continue
        path = node.path
        held = 0
        if path not in seen:
            held = sum(size for name, size in sizes.items() if name.startswith(f"{path}."))
        seen.add(path)
        yield Cost(
            node.name, node.kind, len(graph.ancestors(node.name)) + 1, node.shape, held, total[node.name],
            _bytes(trace, node.name, node.shape),
        )  # fmt: skip


def unique_parameters(trace: RunData) -> dict[str, int]:
    """Numbers in each tensor of weights; of one that has two names, such as tied ones, under the first."""
    found: dict[str, int] = {}
    seen: set[tuple[object, ...]] = set()
    for name, values in trace.parameters.items():
        place = (values.__array_interface__["data"][0], values.shape, values.strides)
        if place not in seen or not values.size:
            found[name] = int(values.size)
        seen.add(place)
    return found


def _bytes(trace: RunData, name: str, shape: tuple[int, ...]) -> int:
    size = trace[name].dtype.itemsize if name in trace else BYTES
    return math.prod(shape) * size


def operations(trace: RunData, node: Node) -> int:
    """Multiply-adds of one call: of products of matrices, convolutions, attention and recurrent steps."""
    kind = node.kind.lower().replace("_", "")
    if node.role == "module":
        return _of_module(trace, node, kind)
    shapes = [_shape(trace, one) for one in node.operands]
    held = next(
        (
            f"{path}.weight"
            for path in (node.name.removesuffix("()"), node.inside)
            if f"{path}.weight" in trace.parameters
        ),
        "",
    )
    if (
        kind.startswith("conv") and len(shapes) == 1 and held
    ):  # called by a module of its own kind, with the module's weights
        shapes.append(tuple(trace.parameters[held].shape))
    if node.kind in PRODUCTS:
        left, right = PRODUCTS[node.kind]
        if len(shapes) > right and shapes[left]:
            known = node.operands[right].view is not None and len(shapes[right]) > 1
            return math.prod(node.shape) * (shapes[right][-2] if known else shapes[left][-1])
        return 0
    if kind == "linear" and len(shapes) > 1 and shapes[0]:
        return math.prod(node.shape) * shapes[0][-1]
    if kind.startswith("conv") and len(shapes) > 1 and shapes[0] and shapes[1]:
        return _of_convolution(node.shape, shapes[0], shapes[1], "transpose" in kind)
    if kind == "scaleddotproductattention" and len(shapes) > 2 and shapes[1]:
        return math.prod(node.shape[:-1]) * shapes[1][-2] * 2 * node.shape[-1]
    return 0


def _shape(trace: RunData, operand: Operand) -> tuple[int, ...]:
    """The shape of what a call took."""
    if operand.view:
        return tuple(operand.view[1])
    if operand.value in trace:
        return tuple(trace[operand.value].shape)
    for held in (trace.parameters, trace.buffers):
        if operand.value in held:
            return tuple(held[operand.value].shape)
    return tuple(trace.graph[operand.value].shape) if operand.value in trace.graph else ()


def _of_module(trace: RunData, node: Node, kind: str) -> int:
    weights: dict[str, tuple[int, ...]] = {
        name.removeprefix(f"{node.path}."): values.shape
        for name, values in trace.parameters.items()
        if name.startswith(f"{node.path}.")
    } or {name: values.shape for name, values in trace.parameters.items() if "." not in name}
    weight, given = weights.get("weight"), [_shape(trace, one) for one in node.operands]
    if kind in ("linear", "nondynamicallyquantizablelinear") and weight is not None:
        return math.prod(node.shape) * weight[1]
    if kind.startswith(("conv", "lazyconv")) and weight is not None and given:
        return _of_convolution(node.shape, given[0], weight, "transpose" in kind)
    if kind == "bilinear" and weight is not None:
        return math.prod(node.shape) * weight[1] * weight[2]
    if kind == "multiheadattention" and len(given) > 1 and given[0]:
        return _of_attention(given, weights)
    if kind in ("lstm", "gru", "rnn") and given and given[0]:
        steps = math.prod(given[0][:-1])
        return int(steps * sum(math.prod(one) for name, one in weights.items() if name.startswith("weight")))
    if kind.endswith("cell") and given and given[0]:
        batch = math.prod(given[0][:-1])
        return int(batch * sum(math.prod(one) for name, one in weights.items() if name.startswith("weight")))
    return 0


def _of_convolution(
    made: Sequence[int], given: Sequence[int], weight: Sequence[int], transposed: bool
) -> int:
    """Each output (of a transposed one: each input) takes a kernel of every channel that it sees."""
    places = given if transposed else made
    return math.prod(places) * math.prod(weight[1:])


def _of_attention(given: Sequence[tuple[int, ...]], weights: dict[str, tuple[int, ...]]) -> int:
    query, key = given[0], given[1]
    value = given[2] if len(given) > 2 and given[2] else key
    width = query[-1]
    rows, columns = math.prod(query[:-1]), math.prod(key[:-1])
    batch = math.prod(query[:-2]) or 1
    projected = rows * width * width + columns * width * (key[-1] + value[-1]) + rows * width * width
    return projected + 2 * rows * (columns // batch) * width


def _fold(rows: list[Cost]) -> list[Cost]:
    """Neighbours of one kind, shape and contents as one row each, with what is inside the first."""
    made: list[Cost] = []
    at = 0
    while at < len(rows):
        first = _span(rows, at)
        times, end = 1, at + first
        while end < len(rows) and _same(rows[at : at + first], rows[end : end + _span(rows, end)]):
            end += first
            times += 1
        if times >= FOLDED:
            head = rows[at]
            alike = rows[at:end:first]
            whole = replace(
                head, times=times,
                parameters=sum(one.parameters for one in alike),
                operations=sum(one.operations for one in alike),
                memory=sum(one.memory for one in alike),
            )  # fmt: skip
            made += [whole, *_fold(rows[at + 1 : at + first])]
            at = end
        else:
            made.append(rows[at])
            at += 1
    return made


def _span(rows: Sequence[Cost], at: int) -> int:
    """How many rows a module takes, with all inside it."""
    end = at + 1
    while end < len(rows) and rows[end].depth > rows[at].depth:
        end += 1
    return end - at


def _same(some: Sequence[Cost], others: Sequence[Cost]) -> bool:
    return len(some) == len(others) and all(
        (a.kind, a.depth, a.shape, a.operations) == (b.kind, b.depth, b.shape, b.operations)
        for a, b in zip(some, others, strict=True)
    )


def table_of_costs(rows: Sequence[Cost]) -> str:
    """Rows to be read: names stand under the modules that they belong to."""
    cells = [("module", "kind", "output", "parameters", "multiply-adds", "memory")]
    around: list[str] = []  # the modules that a row lies in
    for row in rows:
        around = [*around[: row.depth], row.name]
        name = _say_name(row, around[-2] if row.depth else "") or "all"
        times = f" × {row.times}" if row.times > 1 else ""
        cells.append(
            (
                "  " * row.depth + name + times, row.kind, "×".join(map(str, row.shape)) or "1",
                f"{row.parameters:,}", f"{row.operations:,}", _say_bytes(row.memory),
            )
        )  # fmt: skip
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = (
        "  ".join(
            cell.ljust(w) if i < 3 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _say_name(row: Cost, around: str) -> str:
    """A module's name below the one around it: a number with its list; of several, the first and last."""
    name = row.name.removeprefix(f"{around}.") if around else row.name
    stem, point, last = name.rpartition(".")
    if not last.isdecimal():
        return last
    through = f"–{int(last) + row.times - 1}" if row.times > 1 else ""
    return f"{stem.rpartition('.')[2]}{point}{last}{through}"


def _say_bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
