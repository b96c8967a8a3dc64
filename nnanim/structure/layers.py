"""From the calls of a run to layers: what only changes values joins the layer before it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nnanim.errors import UserError, quote
from nnanim.structure.kinds import (
    ARITHMETIC,
    DENSE,
    HELD,
    PASSING,
    WEIGHTED,
    held_calls,
    is_activation,
    is_dropout,
    is_norm,
    is_view,
    plain_kind,
)
from nnanim.trace import Graph, Node, Operand
from nnanim.trace.dense_calls import dense_call
from nnanim.trace.graph import call_path

MAX_CHANGES = 3
"""Maximum number of operations that join the layer before them: as many as one sentence can name."""


@dataclass(frozen=True)
class TakenValue:
    """A value that a layer takes.

    Attributes:
        layer: name of the layer that gives it.
        value: name of the value: the one that the layer shows, or another one of its outputs.
        part: the operand, where it is only a part of the value, or has other axes.
    """

    layer: str
    value: str
    part: Operand | None = None


@dataclass(frozen=True)
class Layer:
    """A call and those that only change its values right after it (normalisation, activation, arithmetic).

    Attributes:
        nodes: the calls, the first gives the layer its name.
        inputs: names of the layers that feed it, in the order of its arguments, each once.
        takes: what it takes, in the order of its arguments.
        dropping: names of those dropouts among the calls that set values to zero.
        held: whether the model holds its value, which is the same whatever goes in: no step of the network.
        dense: whether it is a dense layer, a module or written as a function.
        biased: whether it is written as a product to which its second call adds the bias.
        sample: which axis of its values counts the samples; None for none.
        count: how many samples went in; 0 where that is not known.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    takes: tuple[TakenValue, ...] = ()
    dropping: frozenset[str] = frozenset()
    held: bool = False
    dense: bool = False
    biased: bool = False
    sample: int | None = 0
    count: int = 0

    @property
    def name(self) -> str:
        """Name of its first call: what the layer is called among the others."""
        return self.nodes[0].name

    @property
    def kind(self) -> str:
        """Kind of its first call."""
        return self.nodes[0].kind

    @property
    def role(self) -> str:
        """What it is: an input, a module, a function, or a value that the model holds."""
        return self.nodes[0].role

    @property
    def changes(self) -> tuple[Node, ...]:
        """The calls after the first that change values."""
        after = self.nodes[1 + self.biased :]
        return tuple(node for node in after if not is_view(node, self.dropping) and node.kind not in PASSING)

    @property
    def sum(self) -> str:
        """Name of the value of its first call; of a product with a bias, of the sum."""
        return self.nodes[self.biased].name

    @property
    def output(self) -> str:
        """Name of the value that it shows: that of its last call which is more than a view."""
        return (self.nodes[self.biased], *self.changes)[-1].name

    @property
    def size(self) -> str:
        """The shape of one sample's value: "16 × 8 × 8"; "" for a single number."""
        shape = next(node.shape for node in self.nodes if node.name == self.output)
        axis = self.sample
        if not self.held and axis is not None and len(shape) > axis:
            # Windows, or the tokens of all samples, may stand along that axis: each sample has its share.
            count = self.count or shape[axis]
            own = shape[axis] // count if shape[axis] % count == 0 else shape[axis]
            shape = (*shape[:axis], *((own,) if own > 1 else ()), *shape[axis + 1 :])
        return " × ".join(map(str, shape))


def is_repeat(name: str) -> bool:
    """Whether a call is not the first one of its module: "hidden#2"."""
    count = name.removeprefix(call_path(name)).removeprefix("#")
    return count.isdecimal() and int(count) > 1


def find_layers(
    graph: Graph, dropping: frozenset[str] = frozenset(), sample: int | None = 0
) -> dict[str, Layer]:
    """Every layer by its name, in the order of the run: those that the model's outputs depend on.

    Args:
        graph: the calls of the run.
        dropping: names of the dropouts that set values to zero (`nnanim.structure.arithmetic.dropping`).
        sample: which axis of the values counts the samples; None for none.
    """
    uses: dict[str, int] = {}
    for node in graph.leaves:
        for source in dict.fromkeys(node.inputs):
            uses[source] = uses.get(source, 0) + 1
    home: dict[str, str] = {}
    nodes: dict[str, list[Node]] = {}
    for node in graph.leaves:
        if node.role == "output":
            continue
        sources = _computed_inputs(graph, node, home)
        if len(sources) > 1 and any(_adds_bias(graph, graph[one], node) for one in sources if one in graph):
            sources = [one for one in sources if graph[one].role not in HELD]
        before = nodes[home[sources[0]]] if len(sources) == 1 and uses[sources[0]] == 1 else None
        if before is not None and _joins(graph, node, sources[0], before, dropping):
            home[node.name] = home[sources[0]]
            before.append(node)
            continue
        home[node.name] = node.name
        nodes[node.name] = [node]
    made: dict[str, Layer] = {}
    held = held_calls(graph)
    count = _count_samples(graph, sample)
    for name, calls in nodes.items():
        takes = _takes(graph, calls[0], home, made)
        inputs = tuple(dict.fromkeys(one.layer for one in takes))
        own = {node.name for node in calls}
        dense = calls[0].kind in DENSE or dense_call(graph, name) is not None
        biased = len(calls) > 1 and _adds_bias(graph, calls[0], calls[1])
        made[name] = Layer(
            tuple(calls), inputs, takes, dropping & own, own <= held, dense, biased, sample, count
        )
    return _keep_used(graph, made, home)


def _count_samples(graph: Graph, axis: int | None) -> int:
    """How many samples went in; 0 where no axis counts them."""
    shape = next((node.shape for node in graph.nodes if node.role == "input"), ())
    return shape[axis] if axis is not None and len(shape) > axis else 0


def _adds_bias(graph: Graph, product: Node, node: Node) -> bool:
    """Whether a call adds the bias to a product with weights: both are one dense layer."""
    call = dense_call(graph, node.name) if node.kind == "add" else None
    inner = dense_call(graph, product.name) if call is not None else None
    return inner is not None and call is not None and product.name in node.inputs and inner.bias is None


def _joins(graph: Graph, node: Node, source: str, before: list[Node], dropping: Collection[str]) -> bool:
    """Whether a call, which alone takes the value ``source``, belongs to the layer of that value."""
    if before[0].role not in ("module", "function") or graph.carried_values(source, node.name) != (source,):
        return False
    if is_view(node, dropping) or _passes(graph, node, source):
        return True
    changes = [one for one in before[1:] if not is_view(one, dropping) and one.kind not in PASSING]
    # After a view that turned or folded the axes, the numbers are no longer seen in the shape of the layer.
    real = (before[0], *changes)[-1]
    same = node.shape == real.shape or plain_kind(node.kind) == "glu"
    once = len({one for one in node.operands if one.value == source}) < 2
    return same and once and len(changes) < MAX_CHANGES and _changes_only(node)


def _passes(graph: Graph, node: Node, source: str) -> bool:
    """Whether a call gives its only value on as it is: a list of one, a frame of no cells."""
    return node.kind in PASSING and math.prod(node.shape) == math.prod(graph[source].shape)


def _changes_only(node: Node) -> bool:
    """Whether a call of one value only changes its numbers one by one, or normalises them."""
    arithmetic = node.role == "function" and node.kind in ARITHMETIC
    return arithmetic or is_activation(node.kind) or is_norm(node.kind) or is_dropout(node.kind)


def _computed_inputs(graph: Graph, node: Node, home: Mapping[str, str]) -> list[str]:
    """What a call took, without the weights, factors and shifts that the model holds for it."""
    found = [source for source in dict.fromkeys(node.inputs) if source in home]
    computed = [source for source in found if graph[source].role not in HELD]
    if node.kind in WEIGHTED and computed:
        return computed
    if node.kind not in ARITHMETIC:
        return found
    size = math.prod(node.shape[1:])
    return [s for s in found if s in computed or size <= 2 * math.prod(graph[s].shape)]


def _takes(
    graph: Graph, node: Node, home: Mapping[str, str], made: Mapping[str, Layer]
) -> tuple[TakenValue, ...]:
    """All that a call took, each once."""
    found: dict[TakenValue, None] = {}
    for source in _computed_inputs(graph, node, home):
        layer = made.get(home[source])
        if layer is None:
            raise UserError(
                f"{quote(node.name)} takes {quote(source)}, which comes after it: no run does that"
            )
        own = {call.name for call in layer.nodes}
        around = graph.ancestors(source)
        handed = [one for one in node.operands if one.value in around]
        if handed:
            found |= {TakenValue(layer.name, layer.output, one): None for one in handed}
            continue
        for value in graph.carried_values(source, node.name) or (source,):
            # After the last change of a layer there are only views: their numbers are those that it shows.
            shown = layer.output if value in own else value
            views = {
                one
                for one in node.operands
                if one.value == value and one.view and _is_other(graph, source, one)
            }
            whole = not views or any(one.value == value and one not in views for one in node.operands)
            if whole:
                found[TakenValue(layer.name, shown)] = None
            for one in node.operands:
                if one in views:
                    found[TakenValue(layer.name, shown, one)] = None
    return tuple(found)


def _is_other(graph: Graph, source: str, operand: Operand) -> bool:
    """Whether an operand is fewer numbers than the value that it is a view of, or has other axes."""
    if not operand.view:
        return False
    shape, whole = operand.view[1], graph[source].shape
    return math.prod(shape) < math.prod(whole) or len(shape) != len(whole)


def _keep_used(graph: Graph, made: dict[str, Layer], home: Mapping[str, str]) -> dict[str, Layer]:
    """Without the layers that no output depends on."""
    ends = [home[s] for node in graph.leaves if node.role == "output" for s in node.inputs if s in home]
    if not ends:
        return made
    wanted: set[str] = set()
    while ends:
        name = ends.pop()
        if name not in wanted:
            wanted.add(name)
            ends += made[name].inputs
    return {name: layer for name, layer in made.items() if name in wanted}
