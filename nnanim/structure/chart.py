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


class Lanes:
    """Which rows are taken, where: by blocks in columns, and by links in columns and in the gaps between.

    Column ``c`` is the place 2 c, the gap after it 2 c + 1. Links share a lane where they leave one block, or
    enter one: as one line that branches, they are still read as what they are.
    """

    def __init__(self, column: Mapping[str, int]) -> None:
        self._column = column
        self._taken: dict[int, list[tuple[int, int, Pair | None]]] = {}

    def span(self, pair: Pair) -> tuple[int, int]:
        """The places that a link runs through: from the gap after its source to that before its target."""
        return 2 * self._column[pair[0]] + 1, 2 * self._column[pair[1]] - 1

    def free(self, level: int, span: tuple[int, int], pair: Pair | None = None) -> bool:
        """Whether a link, or a block, may stand there."""
        return all(
            span[1] < start
            or stop < span[0]
            or (pair is not None and other is not None and _meet(pair, other))
            for start, stop, other in self._taken.get(level, ())
        )

    def take(self, level: int, span: tuple[int, int], pair: Pair | None = None) -> None:
        """Let a link, or a block, stand there."""
        self._taken.setdefault(level, []).append((*span, pair))


def _meet(one: Pair, other: Pair) -> bool:
    """Whether two links leave one block or enter one."""
    return one[0] == other[0] or one[1] == other[1]


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
    lanes = Lanes(column)
    while len(row) < len(names):
        path = _shortest(names, after, row, fed)
        links = list(itertools.pairwise(path))
        inner = [name for name in path if name not in row]
        ends = [row[name] for name in path if name in row]
        level = max(min(ends) + 1, 1) if ends else 1 if row else 0
        blocks = [(2 * column[name], 2 * column[name]) for name in inner]
        while not all(
            [
                *(lanes.free(level, one) for one in blocks),
                *(lanes.free(level, lanes.span(p), p) for p in links),
            ]
        ):
            level += 1
        for name, span in zip(inner, blocks, strict=True):
            row[name] = level
            lanes.take(level, span)
        for pair in links:
            lane[pair] = level
            lanes.take(level, lanes.span(pair), pair)
    for pair in pairs:
        if pair not in lane:
            span = lanes.span(pair)
            around = [row[pair[0]], row[pair[1]], *range(-1, -len(names) - len(pairs) - 2, -1)]
            lane[pair] = next(one for one in around if lanes.free(one, span, pair))
            lanes.take(lane[pair], span, pair)
    return row, lane


def turns(
    pairs: Sequence[Pair], column: Mapping[str, int], row: Mapping[str, int], lane: Mapping[Pair, int]
) -> dict[Pair, tuple[int, int]]:
    """How many steps later than usual each link turns after its source, and earlier before its target.

    Where two links of different ends run up or down in one gap, one of them turns beside the other.
    """
    found = dict.fromkeys(pairs, (0, 0))
    for end in (0, 1):
        upright: dict[int, list[tuple[int, int, int, Pair]]] = {}
        for pair in pairs:
            low, high = sorted((row[pair[end]], lane[pair]))
            if low == high:
                continue
            others = upright.setdefault(column[pair[end]], [])
            near = {step for a, b, step, other in others if a <= high and low <= b and not _meet(pair, other)}
            step = next(n for n in itertools.count() if n not in near)
            others.append((low, high, step, pair))
            found[pair] = (step, found[pair][1]) if end == 0 else (found[pair][0], step)
    return found


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
