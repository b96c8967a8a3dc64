"""Loops written by hand: one module is called again and again, in rounds that need not be built alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from nnanim.structure.groups import Group
from nnanim.trace import Graph

MIN_ROUNDS = 3
"""A module that is called as often is called in a loop."""


def find_loop(
    graph: Graph, groups: Sequence[Group], kinds: Sequence[object], at: int, most: int
) -> list[int] | None:
    """Where the rounds of a loop begin, and where the last one ends; None if none begins at a place.

    The first round often has nothing to add yet, the last one nothing to hand on. Rounds that are all alike
    are a pattern, not looked for here.

    Args:
        graph: the calls of the run.
        groups: in the order of the run.
        kinds: of each group, what makes it like another one.
        at: where the first round begins.
        most: maximum number of groups of a round.
    """
    first = next((i for i in range(at, len(groups)) if _path(graph, groups[i])), None)
    if first is None or first - at > most:
        return None
    path = _path(graph, groups[first])
    calls = [i for i, group in enumerate(groups) if _path(graph, group) == path]
    widths = [b - a for a, b in pairwise(calls)]
    if len(calls) < MIN_ROUNDS or calls[0] != first or not 2 <= min(widths) <= max(widths) <= most:
        return None
    lead = kinds[at:first]  # the steps before the call are a part of the loop if they come before each call
    if any(list(kinds[i - len(lead) : i]) != list(lead) for i in calls):
        return None
    if any(_path(graph, group) not in ("", path) for group in groups[first : calls[-1]]):
        return None
    bounds = [*(i - len(lead) for i in calls), _find_end(groups, calls)]
    rounds = [list(kinds[a:b]) for a, b in pairwise(bounds)]
    layers = [[layer for group in groups[a:b] for layer in group.layers] for a, b in pairwise(bounds)]
    follow = all(
        {layer.name for layer in one} & {source for layer in other for source in layer.inputs}
        for one, other in pairwise(layers)
    )
    return bounds if follow and any(one != rounds[0] for one in rounds) else None


def _path(graph: Graph, group: Group) -> str:
    """The path of a module; "" for a step that is none."""
    node = graph[group.name]
    return node.path if node.role in ("module", "input") else ""


def _find_end(groups: Sequence[Group], calls: Sequence[int]) -> int:
    """Where the last round ends: it makes no call that the round before does not make."""
    left, end = _count_calls(groups[calls[-2] : calls[-1]]), calls[-1]
    while end < len(groups) and _count_calls([groups[end]]) <= left:
        left -= _count_calls([groups[end]])
        end += 1
    return end


def _count_calls(groups: Sequence[Group]) -> Counter[str]:
    """How often each kind of call is made in some groups."""
    return Counter(node.kind for group in groups for layer in group.layers for node in layer.nodes)
