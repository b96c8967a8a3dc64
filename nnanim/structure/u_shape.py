"""Networks in the shape of a U: maps shrink and grow again; shortcuts hand on what was there before.

O. Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation" (2015), figure 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from nnanim.structure.chart import Pair
from nnanim.structure.groups import Group, fold_groups, group_links
from nnanim.structure.kinds import HELD
from nnanim.structure.layers import Layer
from nnanim.structure.windows import Floats
from nnanim.trace import Trace
from nnanim.words import Words

JOINS = ("add", "cat")


@dataclass(frozen=True)
class Stage:
    """A stretch of the network in which the pictures keep their size.

    Attributes:
        group: the layers, called by the first of them that has weights.
        maps: (channels, height, width) what leaves it.
    """

    group: Group
    maps: Floats

    @property
    def side(self) -> tuple[int, int]:
        """(height, width) of its pictures."""
        return self.maps.shape[1], self.maps.shape[2]

    @property
    def size(self) -> str:
        """The shape of what leaves it: "64 × 8 × 8"."""
        return " × ".join(map(str, self.maps.shape))

    @property
    def brightest(self) -> int:
        """The map that is shown."""
        return int(np.abs(self.maps).mean(axis=(1, 2)).argmax())

    @property
    def key(self) -> str:
        """Key of its picture."""
        return f"u:{self.group.name}"


@dataclass(frozen=True)
class UShape:
    """The stages of a U in the order of the run, and who feeds whom."""

    stages: tuple[Stage, ...]
    pairs: tuple[Pair, ...]

    @property
    def sides(self) -> list[tuple[int, int]]:
        """The sizes of the pictures, the largest first: the levels of the U."""
        return sorted({stage.side for stage in self.stages}, reverse=True)

    def level(self, stage: Stage) -> int:
        """How deep a stage lies."""
        return self.sides.index(stage.side)

    @property
    def shortcuts(self) -> list[Pair]:
        """Links between pictures of one size that pass what lies deeper."""
        place = {stage.group.name: i for i, stage in enumerate(self.stages)}
        level = [self.level(stage) for stage in self.stages]
        return [
            (a, b)
            for a, b in self.pairs
            if level[place[a]] == level[place[b]]
            and any(below > level[place[a]] for below in level[place[a] : place[b]])
        ]

    def join(self, shortcut: Pair) -> Layer | None:
        """The layer in which the two ways of a shortcut meet: a sum or a concatenation; None for another."""
        layers = {stage.group.name: stage.group.layers for stage in self.stages}
        short, ends = ({layer.name for layer in layers[name]} for name in shortcut)
        for layer in layers[shortcut[1]]:
            near, far = short & set(layer.inputs), set(layer.inputs) - short
            if layer.kind in JOINS and near and far:
                return layer
            if near and not far and layer.name in ends:
                short.add(layer.name)  # the short way goes through a step of its own first
        return None


class LayeredRun(Protocol):
    """What is asked of a recorded run."""

    @property
    def trace(self) -> Trace:
        """The run itself."""
        ...

    @property
    def layers(self) -> dict[str, Layer]:
        """Its layers by name."""
        ...

    @property
    def last(self) -> Layer:
        """The layer that gives the answer."""
        ...

    @property
    def names(self) -> dict[str, Words]:
        """What layers are called."""
        ...

    @property
    def titles(self) -> Mapping[str, Words]:
        """Names given by the caller."""
        ...

    def value(self, name: str) -> Floats | None:
        """One sample's values under a recorded name."""
        ...


def u_shape(net: LayeredRun) -> UShape | None:
    """The U that a network is, or None: sizes fall, then rise, and shortcuts join equal sizes."""
    graph, every = net.trace.graph, [layer for layer in net.layers.values() if not layer.held]
    titles = {**net.titles, **net.names}
    deepest = max((len(graph.ancestors(layer.name)) for layer in every), default=0) + 1
    for depth in range(1, deepest + 1):
        groups = fold_groups(graph, every, depth, titles)
        stages = {
            group.name: Stage(group, maps) for group in groups if (maps := _maps(net, group)) is not None
        }
        pairs = [(a, b) for a, b in group_links(groups) if a in stages and b in stages]
        shape = _merge(net, stages, pairs)
        if shape is not None and _is_u(shape):
            return shape
    return None


def _maps(net: LayeredRun, group: Group) -> Floats | None:
    if group.layers[0].role in HELD:
        return None
    names = [group.name, group.last.output]
    for name in names if len(group.layers) > 1 else names[1:]:
        found = net.value(name)
        if found is not None and found.ndim == 3 and min(found.shape[1:]) > 1:
            return found
    return None


def _merge(net: LayeredRun, stages: dict[str, Stage], pairs: list[Pair]) -> UShape | None:
    """Neighbours of one size made one, where nothing else leaves the first."""
    stages, links_ = dict(stages), list(pairs)
    changed_ = True
    while changed_:
        changed_ = False
        for a, b in links_:
            after = [t for s, t in links_ if s == a]
            joins = all(len([s for s, t in links_ if t == one]) > 1 for one in (a, b))
            outer = stages[a].group.layers[0].role == "input" or b == _last(net, stages)
            if len(after) > 1 or outer or joins or stages[a].side != stages[b].side:
                continue
            head = a if _weighs(net, stages[a]) else b
            group = Group(b, stages[head].group.title, stages[a].group.layers + stages[b].group.layers)
            stages[b] = replace(stages[b], group=group)
            del stages[a]
            links_ = list(dict.fromkeys((s, b if t == a else t) for s, t in links_ if (s, t) != (a, b)))
            changed_ = True
            break
    return UShape(tuple(stages.values()), tuple(links_)) if stages else None


def _last(net: LayeredRun, stages: dict[str, Stage]) -> str:
    """The stage that gives the answer keeps a picture of its own."""
    own = [name for name, stage in stages.items() if any(layer is net.last for layer in stage.group.layers)]
    return own[0] if own else ""


def _weighs(net: LayeredRun, stage: Stage) -> bool:
    paths = tuple(f"{layer.nodes[0].path}." for layer in stage.group.layers)
    return any(name.startswith(paths) for name in net.trace.parameters)


def _is_u(shape: UShape) -> bool:
    levels = [shape.level(stage) for stage in shape.stages]
    down = levels.index(max(levels))
    falls = levels[: down + 1] == sorted(levels[: down + 1])
    rises = levels[down:] == sorted(levels[down:], reverse=True)
    (height, width), (least_height, least_width) = shape.sides[0], shape.sides[-1]
    shrinks = least_height < height and least_width < width  # axes that are turned are no smaller picture
    return falls and rises and shrinks and 0 < down < len(levels) - 1 and bool(shape.shortcuts)
