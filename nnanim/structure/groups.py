"""The same layers seen from further away: what ran in one module is one group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nnanim.structure.kinds import HELD
from nnanim.structure.layers import Layer, is_repeat
from nnanim.structure.phrases import SIGNS
from nnanim.structure.titles import fill, label, shorten_name
from nnanim.trace import Graph
from nnanim.words import Words


@dataclass(frozen=True)
class Group:
    """Some layers as one block.

    Attributes:
        name: of the module call that they ran in, or of the only layer.
        title: what it is called on the screen.
        layers: in the order of the run.
        strangers: names of calls outside its module, in which the value of its last layer is changed.
        leaves: name of the layer whose value leaves the group; "" for its last one.
    """

    name: str
    title: Words
    layers: tuple[Layer, ...]
    strangers: frozenset[str] = frozenset()
    leaves: str = ""

    @property
    def last(self) -> Layer:
        """The layer whose value leaves the group."""
        return next((layer for layer in self.layers if layer.name == self.leaves), self.layers[-1])

    @property
    def detail(self) -> str:
        """The shape of what leaves it."""
        return self.last.size

    @property
    def is_again(self) -> bool:
        """Whether it is a later call of a module that has run before, with the same weights."""
        function = any(layer.name == self.name and layer.role != "module" for layer in self.layers)
        return is_repeat(self.name) and not function

    @property
    def signature(self) -> tuple[object, ...]:
        """What it is built of: equal for blocks that are repeated."""
        place = {layer.name: i for i, layer in enumerate(self.layers)}
        return tuple(
            (
                *(n.kind for n in layer.nodes if n.name not in self.strangers),
                *(place.get(s, -1) for s in layer.inputs),
            )
            for layer in self.layers
        )


def single_group(layer: Layer, titles: Mapping[str, Words]) -> Group:
    """A group of one layer."""
    return Group(layer.name, titles[layer.name], (layer,))


def fold_groups(
    graph: Graph, layers: Sequence[Layer], depth: int, titles: Mapping[str, Words]
) -> list[Group]:
    """Close every module call that lies ``depth`` levels below the one that all the layers ran in."""
    chains = {layer.name: graph.ancestors(layer.name)[::-1] for layer in layers if layer.role not in HELD}
    common = 0
    while chains and len({chain[common : common + 1] for chain in chains.values()}) == 1:
        if not next(iter(chains.values()))[common : common + 1]:
            break
        common += 1
    members: dict[str, list[Layer]] = {}
    for layer in layers:
        chain = chains.get(layer.name, ())
        level = common + depth - 1
        members.setdefault(chain[level] if len(chain) > level else layer.name, []).append(layer)
    return [_group(graph, name, found, titles) for name, found in members.items()]


def _group(graph: Graph, name: str, found: list[Layer], titles: Mapping[str, Words]) -> Group:
    if len(found) == 1:
        return single_group(found[0], titles)
    return Group(name, titles.get(name) or label(graph[name], leaf=False), tuple(found))


def part_strangers(graph: Graph, group: Group) -> list[Group]:
    """A group of a module, and one by one what was joined to it from outside, before and after it."""
    own = [i for i, layer in enumerate(group.layers) if group.name in graph.ancestors(layer.name)]
    if not own or group.layers[0].name == group.name:
        return [group]
    before, inside, after = (
        group.layers[: own[0]], group.layers[own[0] : own[-1] + 1], group.layers[own[-1] + 1 :],
    )  # fmt: skip
    strangers = {n.name for n in inside[-1].nodes if group.name not in graph.ancestors(n.name)}
    module = Group(group.name, group.title, inside, frozenset(strangers))
    alone = [[Group(one.name, one.name, (one,)) for one in some] for some in (before, after)]
    return [*alone[0], module, *alone[1]]


def distinguish(groups: Sequence[Group]) -> list[Group]:
    """The groups with titles that are all different: by the module around them, else by a number."""
    titles = [_key(group.title) for group in groups]
    made: list[Group] = []
    for group, title in zip(groups, titles, strict=True):
        alike = [one for one, other in zip(groups, titles, strict=True) if other == title]
        if len(alike) == 1:
            made.append(group)
            continue
        around = [one.name.split(".")[-2:-1] for one in alike]
        own = group.name.split(".")[-2:-1]
        if own and around.count(own) == 1 and not own[0].isdecimal() and title.isidentifier():
            made.append(replace(group, title=shorten_name(f"{own[0]} {title}")))
        else:
            made.append(replace(group, title=_number(group.title, alike.index(group) + 1)))
    return made


def _number(title: Words, number: int) -> Words:
    """A title with its number: below the line behind a sign, which would be read as a part of it.

    One of several that repeat, "Linear × 2", gets a letter: "Linear A × 2".
    """
    if title in SIGNS.values():
        return f"{title}{str(number).translate(LOWERED)}"
    if isinstance(title, str) and (found := REPEATED.fullmatch(title)) is not None:
        letter = LETTERS[number - 1] if number <= len(LETTERS) else f"{number}"
        return f"{found[1]} {letter} × {found[2]}"
    if isinstance(title, str) and not title[:1].isalpha():  # a number behind a number would be read as one
        return f"{title} ({number})"
    return fill({"en": "{t} {n}", "ja": "{t} {n}"}, t=title, n=number)


REPEATED = re.compile(r"(.*\D) × (\d+)")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _key(title: Words) -> str:
    return title if isinstance(title, str) else title.get("en", "")


def contract(groups: Sequence[Group], weights: Mapping[str, int], hard: bool) -> list[Group] | None:
    """The groups, two neighbours made one that nothing enters or leaves between; None if there are none.

    Args:
        groups: in the order of the run.
        weights: number of parameters of each layer; the heavier neighbour names the pair.
        hard: whether both may have parameters.
    """
    pairs = group_links(groups)
    by_name = {group.name: group for group in groups}

    def weight(group: Group) -> int:
        return sum(weights.get(layer.name, 0) for layer in group.layers)

    best: tuple[int, Group, Group] | None = None
    for source, target in pairs:
        a, b = by_name[source], by_name[target]
        alone = sum(s == source for s, _ in pairs) == sum(t == target for _, t in pairs) == 1
        heavy = min(weight(a), weight(b)) > 0
        outer = {layer.role for group in (a, b) for layer in group.layers} & {"input", *HELD}
        if not alone or outer or (heavy and not hard):
            continue
        wide = len(a.layers) > 1 or len(b.layers) > 1
        cost = len(a.layers) + len(b.layers) + 50 * wide + 100 * heavy
        if best is None or cost < best[0]:
            best = (cost, a, b)
    if best is None:
        return None
    _, a, b = best
    head = max((a, b), key=lambda group: (weight(group), group is a))
    merged = Group(head.name, head.title, a.layers + b.layers)
    return [merged if group is a else group for group in groups if group is not b]


def merge_groups(groups: Sequence[Group], count: int) -> list[Group]:
    """Consecutive groups as at most ``count`` larger ones, each called by its first and last."""
    each = -(-len(groups) // count)
    made = []
    for start in range(0, len(groups), each):
        part = groups[start : start + each]
        if len(part) == 1:
            made.append(part[0])
            continue
        ends = [
            one.title if isinstance(one.title, str) else dict(one.title).get("en", "")
            for one in (part[0], part[-1])
        ]
        title = (
            shorten_name(f"{ends[0]} … {ends[1]}")
            if len("".join(ends)) <= 11
            else shorten_name(f"{ends[0]} …")
        )
        made.append(Group(part[0].name, title, tuple(layer for one in part for layer in one.layers)))
    return made


def group_links(groups: Iterable[Group]) -> list[tuple[str, str]]:
    """Who feeds whom among groups, by their names, each pair once."""
    home = {layer.name: group.name for group in groups for layer in group.layers}
    pairs = {
        (home[source], group.name): None
        for group in groups
        for layer in group.layers
        for source in layer.inputs
        if source in home and home[source] != group.name
    }
    return list(pairs)


def is_chain(groups: Sequence[Group]) -> bool:
    """Whether groups just follow each other, all in one line."""
    pairs = group_links(groups)
    return len({s for s, _ in pairs}) == len({t for _, t in pairs}) == len(pairs) == len(groups) - 1
