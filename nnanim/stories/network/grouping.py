"""How many blocks one overview can hold, and which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.overview import fitting_chart
from nnanim.structure.groups import Group, contract, fold_groups, merge_groups
from nnanim.structure.kinds import is_norm
from nnanim.structure.layers import Layer

MAX_BLOCKS = 16
"""Maximum number of blocks in one overview."""


def join_neighbours(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Groups that are told together: neighbours of one layer each, neighbours that are built the same way."""
    waiting: list[Group] = []
    for group in groups:
        if waiting and not (_alike(waiting[-1], group) or len(waiting[-1].layers) == len(group.layers) == 1):
            yield waiting
            waiting = []
        waiting.append(group)
    if waiting:
        yield waiting


def _alike(one: Group, other: Group) -> bool:
    """Whether two blocks are built the same way and the second reads nothing but the first."""
    inside = {layer.name for layer in other.layers}
    read = {name for layer in other.layers for name in layer.inputs} - inside
    return len(one.layers) > 1 and one.signature == other.signature and read == {one.last.name}


def group_layers(net: NetworkView, layers: Sequence[Layer]) -> list[Group]:
    """Layers as so many blocks as one overview can hold, the finest grouping that fits."""
    graph = net.trace.graph
    deepest = max((len(graph.ancestors(layer.name)) for layer in layers), default=0) + 1
    sizes = [
        fold_groups(graph, layers, depth, {**net.titles, **net.names}) for depth in range(deepest, 0, -1)
    ]
    weights = {layer.name: 0 if is_norm(layer.kind) else _weight(net, layer) for layer in layers}
    for groups in sizes:
        if _few(groups):
            return groups
    groups = min(sizes, key=len)
    for hard in (False, True):
        while (fewer := contract(groups, weights, hard)) is not None:
            groups = fewer
            if len(groups) > 1 and _few(groups):
                return groups
    for count in (6, 5, 4, 3, 2):
        parts = merge_groups(groups, count)
        if fitting_chart(parts) is not None:
            return parts
    return groups


def _few(groups: Sequence[Group]) -> bool:
    return len(groups) <= MAX_BLOCKS and fitting_chart(groups) is not None


def _weight(net: NetworkView, layer: Layer) -> int:
    """Number of parameters of a layer."""
    prefix = f"{layer.nodes[0].path}."
    return sum(array.size for name, array in net.trace.parameters.items() if name.startswith(prefix))
