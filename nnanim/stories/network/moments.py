"""The moments of a run that matter: the first layer, the block that changes its value most, the last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.stories.network.net import Floats, NetworkView
from nnanim.structure.groups import Group
from nnanim.structure.kinds import is_norm
from nnanim.structure.layers import Layer
from nnanim.structure.outline import OutlinePart, is_round


@dataclass(frozen=True)
class BlockChange:
    """How much a block changes what goes into it.

    Attributes:
        group: the block. source: name of the value that goes into it.
        share: length of (what comes out − what goes in), in lengths of what goes in.
    """

    group: Group
    source: str
    share: float


def first_layer(net: NetworkView, weights: Mapping[str, int]) -> Layer | None:
    """The first layer with weights that is fed, directly or not, by the input."""
    fed = _find_fed(net)
    return next((layer for layer in net.steps if layer.name in fed and weights[layer.name]), None)


def _find_fed(net: NetworkView) -> set[str]:
    """Names of the layers that are fed, directly or not, by what goes in."""
    seen = {layer.name for layer in net.steps if layer.role == "input"}
    inputs = set(seen)
    for layer in net.steps:
        if set(layer.inputs) & seen:
            seen.add(layer.name)
    return seen - inputs


def last_layer(net: NetworkView, weights: Mapping[str, int]) -> Layer | None:
    """The last layer with weights on the way to the answer."""
    waiting, seen, fed = [net.last], set[str](), _find_fed(net)
    ordered = list(net.layers)
    while waiting:
        waiting.sort(key=lambda layer: ordered.index(layer.name))
        layer = waiting.pop()
        if layer.name in fed and weights[layer.name]:
            return layer
        seen.add(layer.name)
        waiting += [net.layers[name] for name in layer.inputs if name not in seen and name in net.layers]
    return None


def heaviest_layer(
    net: NetworkView, weights: Mapping[str, int], others: Sequence[Layer | None]
) -> Layer | None:
    """The layer with most parameters that is none of the others."""
    told, fed = {layer.name for layer in others if layer is not None}, _find_fed(net)
    found = [layer for layer in net.steps if layer.name not in told and layer.name in fed]
    heavy = max(found, key=lambda layer: weights[layer.name], default=None)
    return heavy if heavy is not None and weights[heavy.name] else None


def changes(net: NetworkView, parts: Sequence[OutlinePart]) -> list[BlockChange]:
    """How much each block changes its value, of all that give back a value of the shape that they took.

    Where blocks repeat, these are compared; else all parts of several steps and one input but normalisations.
    """
    repeated = [group for part in parts if len(part.repeats) > 1 for group in part.repeats]
    single = [part.group for part in parts if _is_block(net, part) and count_inputs(net, part.group) == 1]
    for groups in (repeated, single):
        several = _of_one_end([group for group in groups if len(group.layers) > 1])
        if found := [change for group in several if (change := _change(net, group)) is not None]:
            return found
    return []


def _of_one_end(groups: Sequence[Group]) -> list[Group]:
    """Those of some groups that give the same kind of value as most: rounds of a loop may end differently."""
    if not any(is_round(group.title) for group in groups):
        return list(groups)
    ends = [group.last.kind for group in groups]
    most = max(ends, key=ends.count)
    return [group for group, end in zip(groups, ends, strict=True) if end == most]


def count_inputs(net: NetworkView, group: Group) -> int:
    """How many values go into a group that the run has computed."""
    inside = {layer.name for layer in group.layers}
    taken = {one.value for layer in group.layers for one in layer.takes if one.layer not in inside}
    home = {one.value: one.layer for layer in group.layers for one in layer.takes}
    return sum(not net.layers[home[value]].held for value in taken)


def _is_block(net: NetworkView, part: OutlinePart) -> bool:
    """Whether a part stands alone, has weights, and does more than to bring its values to one scale."""
    return len(part.repeats) == 1 and part.weights > 0 and not _is_norm(net, part.group)


def _is_norm(net: NetworkView, group: Group) -> bool:
    """Whether a group only brings its values to one scale, which changes them much and tells little."""
    return is_norm(net.trace.graph[group.name].kind) or is_norm(group.name.split(".")[-1])


def _change(net: NetworkView, group: Group) -> BlockChange | None:
    inside = {layer.name for layer in group.layers}
    after = net.output(group.last)
    if after is None or after.ndim == 0 or group.layers[0].role == "input":
        return None
    for layer in group.layers:
        for one in layer.takes:
            partly = one.part is not None and net.is_less(one.part)
            if one.layer in inside or partly or net.layers[one.layer].held:
                continue
            before = net.part(one.part) if one.part is not None else net.value(one.value)
            if before is not None and before.shape == after.shape and (length := _length(before)) > 0:
                return BlockChange(group, one.value, _length(after - before) / length)
    return None


def _length(values: Floats) -> float:
    return float(np.sqrt(np.square(values).sum()))
