"""Regions of a run that one value enters and one value leaves: what may be one thing with a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nnanim.structure.kinds import HELD, WEIGHTED, held_calls, is_random
from nnanim.trace import Graph, Node, Operand

MAX_NODES = 16
"""Maximum number of calls in a region of plain arithmetic."""

MAX_WIDE = 40
"""Maximum number of calls in a region that may have layers inside."""


@dataclass(frozen=True)
class Region:
    """Calls that one value enters, and one leaves.

    Attributes:
        source: name of the call that gives what enters. end: name of the call whose value leaves.
        nodes: names of the calls, the last one included.
    """

    source: str
    end: str
    nodes: frozenset[str]


class Flows:
    """Who takes whose value, among the calls of a run with nothing recorded inside them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.held = held_calls(graph)

    @cached_property
    def takers(self) -> Mapping[str, frozenset[str]]:
        """Names of the calls that take each call's value."""
        found: dict[str, set[str]] = {}
        for node in self.graph.leaves:
            for source in node.inputs:
                found.setdefault(source, set()).add(node.name)
        return {name: frozenset(some) for name, some in found.items()}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each call in the run."""
        return {node.name: i for i, node in enumerate(self.graph.leaves)}

    def sources(self, node: Node) -> list[str]:
        """Names of the calls that gave what a call takes, without what the model holds."""
        return [one for one in dict.fromkeys(node.inputs) if one in self.place and one not in self.held]

    def regions(self, end: Node, wide: bool = False) -> Iterator[Region]:
        """The regions that a call ends, the smallest first; ``wide`` ones may have layers inside."""
        inside, rim, fixed = {end.name}, set(self.sources(end)), set[str]()
        while rim and len(inside) <= (MAX_WIDE if wide else MAX_NODES):
            if len(rim) == 1 and len(inside) > 1 and not fixed:
                yield Region(next(iter(rim)), end.name, frozenset(inside))
            last = max(rim - fixed, key=self.place.__getitem__, default=None)
            if last is None:
                return
            node = self.graph[last]
            if not self.takers[last] <= inside or not _may_lie_inside(node, wide):
                fixed.add(last)
                if len(fixed) > 1:
                    return
                continue
            inside.add(last)
            rim = (rim - {last}) | set(self.sources(node))

    def operands(self, region: Region) -> Iterator[Operand]:
        """The arguments in a region that are what enters it, whole or in part."""
        own = {region.source, *self.graph[region.source].outputs, *self.graph.ancestors(region.source)}
        for name in region.nodes:
            yield from (one for one in self.graph[name].operands if one.value in own)

    def parameters(self, region: Region) -> list[str]:
        """Names of the values in a region that the model holds."""
        found = [
            one.value
            for name in sorted(region.nodes, key=self.place.__getitem__)
            for one in self.graph[name].operands
            if one.value in self.graph and self.graph[one.value].role in HELD
        ]
        return list(dict.fromkeys(found))

    def constants(self, region: Region) -> list[float]:
        """The numbers that are written in a region."""
        return [
            float(one.constant)
            for name in region.nodes
            for one in self.graph[name].operands
            if not one.value and isinstance(one.constant, int | float) and not isinstance(one.constant, bool)
        ]


def _may_lie_inside(node: Node, wide: bool) -> bool:
    if node.role == "input" or is_random(node.kind) or node.role in HELD:
        return False
    return wide or (node.role == "function" and node.kind not in WEIGHTED)
