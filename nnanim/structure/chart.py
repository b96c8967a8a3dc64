"""Where the nodes of a graph stand: columns by depth, branches in rows below the shortest way through."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

Pair = tuple[str, str]


def columns(names: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """The column of each node: its longest way from a start; a start stands right before what it feeds.

    The nodes may come in any order: what feeds a group from outside is often named after it.
    """
    depth = dict.fromkeys(names, 0)
    for _ in names:  # as many rounds as the longest way can have steps
        before = dict(depth)
        for source, target in pairs:
            depth[target] = max(depth[target], depth[source] + 1)
        if depth == before:
            break
    fed = {target for _, target in pairs}
    for name in names[1:]:
        after = [depth[target] for source, target in pairs if source == name]
        if name not in fed and after:
            depth[name] = max(min(after) - 1, 0)
    return depth


def rows(
    names: Sequence[str], pairs: Sequence[Pair], column: Mapping[str, int]
) -> tuple[dict[str, int], dict[Pair, int]]:
    """The row of each node and the row along which each link runs.

    The shortest way through the network is row 0, so shortcuts are straight; what they pass hangs below.
    """
    after: dict[str, list[str]] = {name: [t for s, t in pairs if s == name] for name in names}
    fed = {target for _, target in pairs}
    row: dict[str, int] = {}
    lane: dict[Pair, int] = {}
    taken: dict[int, list[tuple[int, int]]] = {}

    def free(level: int, span: tuple[int, int]) -> bool:
        return all(span[1] < a or b < span[0] for a, b in taken.get(level, ()))

    def lay(path: list[str], level: int) -> None:
        inner = [name for name in path if name not in row]
        for one, other in itertools.pairwise(path):
            lane[one, other] = level
        for name in inner:
            row[name] = level
        ends = [column[name] for name in path]
        first, last = ends[0] + (path[0] not in inner), ends[-1] - (path[-1] not in inner)
        taken.setdefault(level, []).append((first, last))

    while len(row) < len(names):
        path = _shortest(names, after, row, fed)
        level = (
            0
            if not row
            else max(min(row[name] for name in path if name in row) + 1, 1)
            if any(n in row for n in path)
            else 1
        )
        ends = [column[name] for name in path]
        span = (ends[0] + (path[0] in row), ends[-1] - (path[-1] in row))
        while not free(level, span):
            level += 1
        lay(path, level)
    for source, target in pairs:
        if (source, target) not in lane:
            span = (column[source] + 1, column[target] - 1)
            around = [row[source], row[target], *range(-1, -len(names) - 2, -1)]
            level = next(one for one in around if span[0] > span[1] or free(one, span))
            lane[source, target] = level
            taken.setdefault(level, []).append(span)
    return row, lane


def _shortest(
    names: Sequence[str], after: Mapping[str, list[str]], row: Mapping[str, int], fed: set[str]
) -> list[str]:
    """The shortest way through nodes without a row, from a placed node or a start to another."""
    first = next(name for name in names if name not in row)
    before = [name for name in names if name in row and first in after[name]]
    way: dict[str, list[str]] = {first: [*before[-1:], first]}
    queue = [first]
    for name in queue:
        for target in sorted(after[name], key=lambda t: t not in row):
            if target in row:
                return [*way[name], target]
            if target not in way:
                way[target] = [*way[name], target]
                queue.append(target)
    ends = [name for name in queue if not after[name]]
    return way[ends[-1] if ends else queue[-1]]
