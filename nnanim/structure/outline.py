"""A run in a few parts: modules are opened while there is room; what repeats is one part, "× 12"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nnanim.structure.groups import Group, group_links
from nnanim.structure.layers import Layer
from nnanim.structure.loops import find_loop
from nnanim.structure.titles import MAX_LETTERS, as_noun, fill, label, shorten_name
from nnanim.trace import Graph
from nnanim.trace.graph import call_path
from nnanim.words import FilledWords, Words

MAX_PARTS = 9
"""Maximum number of parts of an outline."""

ROUND = {"en": "round {n}", "ja": "{n} 回目"}
"""What one of several is called that are a pattern of steps, not a module."""

AROUND: Words = {"en": "round", "ja": "一巡"}
"""What several of them are called together."""

SUBJECT = {"en": "Round {n}", "ja": "{n} 回目"}
"""The same where a sentence begins with it."""

MAX_PERIOD = 12
"""Maximum number of steps that are looked for as one pattern that repeats."""


@dataclass(frozen=True)
class OutlinePart:
    """A part of a run, or several that follow each other and are built the same way.

    Attributes:
        group: all of its layers, as one block.
        repeats: the parts that are alike, in the order of the run; only the group where nothing repeats.
        weights: number of parameters that it uses.
    """

    group: Group
    repeats: tuple[Group, ...]
    weights: int = 0

    @property
    def opens(self) -> bool:
        """Whether it may be seen from nearer: it is one part of several layers."""
        return len(self.repeats) == 1 and len(self.group.layers) > 1


def outline(
    graph: Graph,
    layers: Sequence[Layer],
    titles: Mapping[str, Words],
    weigh: Callable[[Layer], int],
    count: int = MAX_PARTS,
) -> list[OutlinePart]:
    """A run in at most ``count`` parts, in its order; no part feeds one before it.

    Args:
        graph: the calls of the run.
        layers: of the run, in its order, without what the model holds.
        titles: names of layers and modules.
        weigh: number of parameters of a layer.
        count: maximum number of parts.
    """
    book = _Book(graph, titles, weigh)
    home = {layer.name: graph.ancestors(layer.name)[::-1] for layer in layers}
    parts = book.join_circles(book.split(layers, home, 0))
    while True:
        for part in sorted((one for one in parts if one.opens), key=lambda one: -len(one.group.layers)):
            inner = book.split(part.group.layers, home, _level(home, part.group))
            at = parts.index(part)
            opened = book.absorb(book.join_circles([*parts[:at], *inner, *parts[at + 1 :]]), count)
            if len(opened) <= count and sum(map(_matters, opened)) > sum(map(_matters, parts)):
                parts = opened
                break
            if len(inner) == 1 and len(inner[0].repeats) > 1:
                parts = [*parts[:at], *inner, *parts[at + 1 :]]
                break
        else:
            break
    parts = book.absorb(parts, count)
    while len(parts) > count:
        parts = book.join_circles(book.join_cheapest(parts))
    leaving = _find_leaving(graph, layers)
    return [
        replace(part, group=leaving(part.group), repeats=tuple(map(leaving, part.repeats))) for part in parts
    ]


def _find_leaving(graph: Graph, layers: Sequence[Layer]) -> Callable[[Group], Group]:
    """What says which value leaves a group: not a lone number that is computed last, if more does."""
    readers: dict[str, set[str]] = {}
    for layer in layers:
        for source in layer.inputs:
            readers.setdefault(source, set()).add(layer.name)
    given = {source for node in graph if node.role == "output" for source in node.inputs}

    def leaving(group: Group) -> Group:
        inside = {layer.name for layer in group.layers}
        out = [
            layer
            for layer in group.layers
            if readers.get(layer.name, set()) - inside or any(node.name in given for node in layer.nodes)
        ]
        wide = [layer.name for layer in out if layer.size]
        return group if group.last.size or not wide else replace(group, leaves=wide[-1])

    return leaving


def _matters(part: OutlinePart) -> bool:
    """Whether a part has weights, or repeats."""
    return part.weights > 0 or len(part.repeats) > 1


def _level(home: Mapping[str, tuple[str, ...]], group: Group) -> int:
    """How many modules stand around everything in a group."""
    chains = [home[layer.name] for layer in group.layers]
    level = 0
    while all(len(chain) > level and chain[level] == chains[0][level] for chain in chains):
        level += 1
    return level


@dataclass(frozen=True)
class _Book:
    """What a part is called and weighs."""

    graph: Graph
    titles: Mapping[str, Words]
    weigh: Callable[[Layer], int]

    def split(
        self, layers: Sequence[Layer], home: Mapping[str, tuple[str, ...]], level: int
    ) -> list[OutlinePart]:
        """Layers by the module that they ran in at some level, those that repeat as one."""
        members: dict[str, list[Layer]] = {}
        for layer in layers:
            chain = home[layer.name]
            members.setdefault(chain[level] if len(chain) > level else layer.name, []).append(layer)
        return self._fold([self._group(name, tuple(found)) for name, found in members.items()])

    def _group(self, name: str, layers: tuple[Layer, ...]) -> Group:
        title = self.titles.get(name) or label(self.graph[name], leaf=False)
        node = self.graph[name]
        if name not in self.titles and node.path.split(".")[-1].isdecimal():
            title = shorten_name(node.kind)
        return Group(name, title, layers)

    def _own(self, group: Group) -> Group:
        """A module's group without calls outside of the module, which only change what leaves it."""
        last = group.last
        own = tuple(node for node in last.nodes if group.name in self.graph.ancestors(node.name))
        if not own or len(own) == len(last.nodes):
            return group
        return replace(group, layers=(*group.layers[:-1], replace(last, nodes=own)))

    def _part(self, groups: Sequence[Group]) -> OutlinePart:
        """Groups as one part."""
        layers = tuple(layer for group in groups for layer in group.layers)
        return OutlinePart(
            replace(groups[0], layers=layers), (self._own(groups[0]),), sum(map(self.weigh, layers))
        )

    def _fold(self, groups: Sequence[Group]) -> list[OutlinePart]:
        """Patterns of groups that follow each other again and again, each as one part."""
        kinds = [self._kind(group) for group in groups]
        parts: list[OutlinePart] = []
        at = 0
        while at < len(groups):
            if (loop := find_loop(self.graph, groups, kinds, at, MAX_PERIOD)) is not None:
                parts.append(self._fold_loop(groups, loop))
                at = loop[-1]
                continue
            period, times = _find_pattern(kinds, at)
            found = [self._join(groups[i : i + period]) for i in range(at, at + period * times, period)]
            if times < 2 or not self._follow([one.group for one in found]):
                parts.append(self._part(groups[at : at + 1]))
                at += 1
                continue
            whole = self._part([one.group for one in found])
            title = self._common_title([one.group for one in found])
            if period > 1:
                title = self._name_pattern(groups[at : at + period])
                start = self._first_number([one.group for one in found])
                found = [
                    replace(one, group=replace(one.group, title=fill(ROUND, n=n)))
                    for n, one in enumerate(found, start=start)
                ]
            group = replace(whole.group, name=found[0].group.name, title=_extend(title, f" × {times}"))
            parts.append(OutlinePart(group, tuple(self._own(one.group) for one in found), whole.weights))
            at += period * times
        return parts

    def _follow_on(self, groups: Sequence[Group]) -> bool:
        """Whether each of some groups reads the one before it."""
        given = [{layer.name for layer in group.layers} for group in groups]
        reads = [{name for layer in group.layers for name in layer.inputs} for group in groups]
        return all(given[i] & reads[i + 1] for i in range(len(groups) - 1))

    def _fold_loop(self, groups: Sequence[Group], bounds: Sequence[int]) -> OutlinePart:
        """The rounds of a loop as one part."""
        found = [self._join(groups[a:b]).group for a, b in pairwise(bounds)]
        whole = self._part(found)
        times = len(found)
        title = _extend(self._name_pattern(groups[bounds[0] : bounds[1]]), f" × {times}")
        rounds = [replace(one, title=fill(ROUND, n=n)) for n, one in enumerate(found, start=1)]
        group = replace(whole.group, name=found[0].name, title=title)
        return OutlinePart(group, tuple(map(self._own, rounds)), whole.weights)

    def _name_pattern(self, groups: Sequence[Group]) -> Words:
        """A pattern of steps by the modules and parameters in it: "gate, update"; without any, a round."""
        names: dict[str, None] = {}
        for group in groups:
            if not sum(map(self.weigh, group.layers)):
                continue
            node = self.graph[max(group.layers, key=self.weigh).name]
            parts = node.path.split(".") if node.role == "module" else []
            numbered = len(parts) > 1 and parts[-1].isdecimal()
            title = parts[-2] if numbered else self.titles.get(call_path(group.name), group.title)
            if isinstance(title, str) and title[:1].isalpha():
                names[title] = None
        found = list(names)
        both = ", ".join(found)
        if not found:
            return AROUND
        return both if len(both) <= MAX_LETTERS else shorten_name(found[0]) + (" …" if found[1:] else "")

    def _first_number(self, groups: Sequence[Group]) -> int:
        """The number of the first of some rounds: which call it is, where one module runs in all of them."""
        nodes = [self.graph[group.name] for group in groups]
        count = groups[0].name.removeprefix(call_path(groups[0].name)).removeprefix("#")
        same = nodes[0].role == "module" and len({node.path for node in nodes}) == 1
        return int(count) if same and count.isdecimal() else 1

    def _kind(self, group: Group) -> object:
        """What makes two groups alike: of modules class and name but for a number, of steps their kinds."""
        node = self.graph[group.name]
        if node.role == "module":
            return node.kind, node.path.rstrip("0123456789")
        return tuple(node.kind for layer in group.layers for node in layer.nodes)

    def _follow(self, groups: Sequence[Group]) -> bool:
        """Whether each of some groups reads the one before it, or all are calls of one module."""
        nodes = [self.graph[group.name] for group in groups]
        if nodes[0].role == "module" and len({node.path for node in nodes}) == 1:
            return True
        if any(layer.role == "input" for group in groups for layer in group.layers):
            return False
        return self._follow_on(groups)

    def _common_title(self, groups: Sequence[Group]) -> Words:
        """The title of groups that are alike: their one name, or what they are."""
        nodes = [self.graph[group.name] for group in groups]
        last = {node.path.split(".")[-1].rstrip("0123456789") for node in nodes}
        if nodes[0].role != "module" or (len({node.path for node in nodes}) == 1 and "" not in last):
            return as_noun(groups[0].title)
        return shorten_name(nodes[0].kind if "" in last else next(iter(last)))

    def _join(self, groups: Sequence[Group]) -> OutlinePart:
        """Groups as one part, called by the one that weighs most."""
        heavy = max(groups, key=lambda group: sum(map(self.weigh, group.layers)))
        joined = self._part(groups)
        return replace(
            joined,
            group=replace(joined.group, name=heavy.name, title=heavy.title),
            repeats=(replace(joined.group, name=heavy.name, title=heavy.title),),
        )

    def join_circles(self, parts: Sequence[OutlinePart]) -> list[OutlinePart]:
        """The parts, those made one that feed each other round in a circle, or a part before them."""
        found = list(parts)
        while (circle := _find_circle(found)) is not None:
            found = self._unite(found, circle)
        return _in_order(found)

    def absorb(self, parts: Sequence[OutlinePart], count: int) -> list[OutlinePart]:
        """The parts; of more than ``count``, steps without weights join what they feed or read."""
        found = list(parts)
        while len(found) > count:
            links = group_links([part.group for part in found])
            names = [part.group.name for part in found]
            for i, part in enumerate(found):
                after = [t for s, t in links if s == part.group.name]
                before = [s for s, t in links if t == part.group.name]
                near = after if len(after) == 1 else before if len(before) == 1 and not after else []
                if not _matters(part) and near and all(one.role != "input" for one in part.group.layers):
                    other = names.index(near[0])
                    if all(one.role != "input" for one in found[other].group.layers):
                        found = self.join_circles(self._take(found, other, i))
                        break
            else:
                return found
        return found

    def _take(self, parts: Sequence[OutlinePart], where: int, which: int) -> list[OutlinePart]:
        """The parts, one of which takes the layers of another."""
        taker = parts[where]
        layers = (*parts[which].group.layers, *taker.group.layers)
        ordered = tuple(sorted(layers, key=lambda layer: layer.nodes[0].order))
        taken = replace(taker, group=replace(taker.group, layers=ordered))
        return [taken if i == where else part for i, part in enumerate(parts) if i != which]

    def join_cheapest(self, parts: Sequence[OutlinePart]) -> list[OutlinePart]:
        """The parts, two made one that feed each other: those that are smallest together."""
        names = [part.group.name for part in parts]
        links = group_links([part.group for part in parts])
        outer = {
            part.group.name for part in parts if any(layer.role == "input" for layer in part.group.layers)
        }
        size = {part.group.name: len(part.group.layers) for part in parts}
        pairs = [(s, t) for s, t in links if not {s, t} & outer] or links
        if not pairs:
            return [self._merge(parts)]
        for source, target in sorted(pairs, key=lambda pair: size[pair[0]] + size[pair[1]]):
            united = self._unite(parts, {names.index(source), names.index(target)})
            if _find_circle(united) is None:
                return united
        source, target = min(pairs, key=lambda pair: size[pair[0]] + size[pair[1]])
        return self._unite(parts, {names.index(source), names.index(target)})

    def _unite(self, parts: Sequence[OutlinePart], which: set[int]) -> list[OutlinePart]:
        merged = self._merge([parts[i] for i in sorted(which)])
        first = min(which)
        return [
            merged if i == first else part for i, part in enumerate(parts) if i == first or i not in which
        ]

    def _merge(self, parts: Sequence[OutlinePart]) -> OutlinePart:
        heavy = max(parts, key=lambda part: part.weights) if any(map(_matters, parts)) else parts[-1]
        members = {layer.name: layer for part in parts for layer in part.group.layers}
        layers = sorted(members.values(), key=lambda layer: layer.nodes[0].order)
        group = replace(heavy.group, layers=tuple(layers))
        return OutlinePart(group, (group,), sum(part.weights for part in parts))


def is_round(title: Words) -> bool:
    """Whether a group is one round of a pattern of steps."""
    return isinstance(title, FilledWords) and title.template == ROUND


def as_subject(title: Words) -> Words:
    """A title as the first words of a sentence."""
    if isinstance(title, FilledWords) and title.template == ROUND:
        return fill(SUBJECT, n=title.values_filled["n"])
    return title


def _find_pattern(kinds: Sequence[object], at: int) -> tuple[int, int]:
    """The pattern from one place on that covers most: its length, and how often it follows itself."""
    best = (1, 1)
    for period in range(1, min(MAX_PERIOD, (len(kinds) - at) // 2) + 1):
        times = 1
        pattern = kinds[at : at + period]
        while kinds[at + times * period : at + (times + 1) * period] == pattern:
            times += 1
        if times > 1 and period * times > best[0] * best[1]:
            best = (period, times)
    return best


def _extend(title: Words, more: str) -> Words:
    """A title with something behind it."""
    if isinstance(title, str):
        return title + more
    return {lang: said + more for lang, said in title.items()}


def _find_circle(parts: Sequence[OutlinePart]) -> set[int] | None:
    """Places of some parts that each lie behind themselves; None where there are none."""
    names = [part.group.name for part in parts]
    links = group_links([part.group for part in parts])
    after = {name: {t for s, t in links if s == name} for name in names}
    for i, name in enumerate(names):
        reached, waiting = set[str](), list(after[name])
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += after[one]
        if name in reached:
            back = {one for one in reached if name in _reach(after, one)}
            return {i, *(names.index(one) for one in back)}
    return None


def _reach(after: Mapping[str, set[str]], name: str) -> set[str]:
    reached, waiting = set[str](), list(after[name])
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += after[one]
    return reached


def _in_order(parts: Sequence[OutlinePart]) -> list[OutlinePart]:
    """The parts by the place of their first call in the run."""
    return sorted(parts, key=lambda part: min(layer.nodes[0].order for layer in part.group.layers))
