"""What a chart draws, compared with the recorded calls themselves: no intermediate structure is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any
from unittest import mock

import numpy as np

from nnanim.beats import Beat
from nnanim.layout import place
from nnanim.marks import Block, Link, Mark, flatten
from nnanim.stories.network import overview
from nnanim.structure.groups import Group
from nnanim.structure.known import Known
from nnanim.style import RenderStyle
from nnanim.trace import Graph, Node

Pairs = set[tuple[str, str]]
HELD = ("parameter", "buffer")
STAGES = ("chart", "_lay_out", "_strip")
"""What makes the stages of charts, each from groups as its first argument."""


@dataclass(frozen=True)
class Chart:
    """A chart as it was drawn, and the calls that each of its blocks stands for."""

    stage: Any
    groups: tuple[Group, ...]

    @property
    def calls(self) -> dict[str, str]:
        """Every call that a block stands for, and the block."""
        return {node.name: one.name for one in self.groups for layer in one.layers for node in layer.nodes}

    def holding(self, things: Iterable[Known]) -> dict[str, str]:
        """The same, with the calls of known things, each of which is one step: they are in its block."""
        calls = self.calls
        inner = {name: calls[one.end] for one in things if one.end in calls for name in one.nodes}
        return calls | inner

    def drawn(self) -> Pairs:
        """Its arrows, by the names of the blocks that they join."""
        keys = {f"part:{one.name}": one.name for one in self.groups}
        keys |= {mark.key: one for mark, one in self.pictures()}
        links = [mark for mark in flatten(self.stage) if isinstance(mark, Link)]
        return {(keys[str(link.source)], keys[str(link.target)]) for link in links}

    def missing_blocks(self) -> set[str]:
        """Names of the groups that are not drawn."""
        seen = {mark.key for mark in flatten(self.stage)} | {name for _, name in self.pictures()}
        return {one.name for one in self.groups if not seen & {f"part:{one.name}", one.name}}

    def pictures(self) -> list[tuple[Mark, str]]:
        """What is drawn of what leaves a group, and the group's name; of maps one, with its number."""
        made = {f"v:{one.last.name}": one.name for one in self.groups}
        keys = [(mark, mark.key, re.sub(r":\d+$", "", mark.key)) for mark in flatten(self.stage)]
        return [
            (mark, made[key if key in made else one]) for mark, key, one in keys if {key, one} & made.keys()
        ]


@contextmanager
def charts_drawn() -> Iterator[list[Chart]]:
    """A block in which every chart that is made is noted."""
    found: list[Chart] = []

    def noting(make: Any) -> Any:
        def noted(*arguments: Any, **options: Any) -> Any:
            groups = next(one for one in arguments if isinstance(one, list | tuple))
            stage = make(*arguments, **options)
            found.append(Chart(stage, tuple(groups)))
            return stage

        return noted

    with mock.patch.multiple(overview, **{name: noting(getattr(overview, name)) for name in STAGES}):
        yield found


def is_held(graph: Graph, node: Node) -> bool:
    """Whether a call gives the same whatever goes in: a weight, or what is made of weights and constants."""
    if node.role in ("input", "module"):
        return False
    if node.role == "parameter" or node.kind in HELD:
        return True
    return bool(node.inputs) and all(is_held(graph, graph[source]) for source in node.inputs)


def wanted(graph: Graph) -> set[str]:
    """Names of the leaves that an output depends on, but for what is held."""
    ends = [node.name for node in graph.leaves if node.role == "output"]
    found: set[str] = set()
    while ends:
        name = ends.pop()
        if name not in found:
            found.add(name)
            ends += [source for source in graph[name].inputs if source in graph]
    return {name for name in found if graph[name].role != "output" and not is_held(graph, graph[name])}


def recorded(graph: Graph, home: Mapping[str, str]) -> Pairs:
    """Who fed whom among blocks, as the calls have it: what is held and not drawn is passed through."""
    found: Pairs = set()
    for node in graph.leaves:
        if node.name in home:
            found |= {(home[s], home[node.name]) for s in _sources(graph, node, home)}
    return {(s, t) for s, t in found if s != t}


def _sources(graph: Graph, node: Node, home: Mapping[str, str]) -> Iterable[str]:
    for name in node.inputs:
        if name in home:
            yield name
        elif name in graph and is_held(graph, graph[name]):
            yield from _sources(graph, graph[name], home)


def between_blocks(beat: Beat) -> Pairs:
    """The arrows of a beat that join two blocks of parts."""
    blocks = {mark.key: mark.key.removeprefix("part:") for mark in beat.marks if isinstance(mark, Block)}
    ends = [(str(one.source), str(one.target)) for one in beat.marks if isinstance(one, Link)]
    parts = [(s, t) for s, t in ends if s.startswith("part:") and t.startswith("part:")]
    return {(blocks[s], blocks[t]) for s, t in parts if s in blocks and t in blocks}


def members(graph: Graph, names: Sequence[str]) -> dict[str, str]:
    """The leaves of each of some modules or calls, by name, and whose they are."""
    own = set(names)
    home = {}
    for node in graph.leaves:
        found = [one for one in (node.name, *graph.ancestors(node.name)) if one in own]
        if found:
            home[node.name] = found[-1]
    return home


def misread(beat: Beat, style: RenderStyle) -> list[str]:
    """Arrows of a chart that cannot be followed: over a block, or along another one of other ends."""
    frame = place(beat, style)
    links = [mark for mark in beat.marks if isinstance(mark, Link)]
    blocks = [mark for mark in beat.marks if isinstance(mark, Block)]
    way = {one.key: one._points(frame[one.key], frame) for one in links}
    faults = []
    for link in links:
        points = _finely(way[link.key])
        for block in blocks:
            at = frame[block.key]
            inside = np.abs(points - [at.x, at.y]) < np.array([at.w, at.h]) / 2 - 1e-3
            if inside.all(axis=1).any():
                faults.append(f"{link.key} runs over {block.key}")
    for one, other in combinations(links, 2):
        if {str(one.source), str(one.target)} & {str(other.source), str(other.target)}:
            continue
        if _along(_finely(way[one.key]), _finely(way[other.key])):
            faults.append(f"{one.key} runs along {other.key}")
    return faults


def _finely(points: Any) -> Any:
    steps = np.linspace(0, 1, 20)[:, None]
    return np.concatenate([a + (b - a) * steps for a, b in pairwise(points)])


def _along(a: Any, b: Any) -> bool:
    """Whether two ways share more than a crossing."""
    near = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)).min(axis=1) < 0.02
    shared = a[near]
    return len(shared) > 1 and float(np.hypot(*(shared.max(0) - shared.min(0)))) > 0.25
