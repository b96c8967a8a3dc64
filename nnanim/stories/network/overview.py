"""The whole run at one glance: parts as blocks and arrows; in a chain, what leaves each of them above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnanim import words
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Link, Mark, Row, Table, Units, modify, round_up
from nnanim.marks.link import IN, OUT
from nnanim.stories.network.color_limit import color_reach
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import LayerView, Scale
from nnanim.structure.chart import columns, rows, turns
from nnanim.structure.groups import Group, distinguish, group_links, is_chain
from nnanim.structure.kinds import HELD
from nnanim.structure.titles import as_noun, fill
from nnanim.words import Words

RANGE = 6.0
"""Values whose largest differ by more than that do not share one colour scale."""

MIN_SCALE = 0.2
"""The smallest scale of a chain with pictures."""

BESIDE = 0.14
"""Between two links that turn beside each other."""

FEW = 5
"""Neurons that stand above a block."""


def chart(
    groups: Sequence[Group], lit: str = "", detail: bool = True, given: Sequence[str] = (), lines: int = 1
) -> Table:
    """Blocks and arrows of some groups.

    Args:
        groups: in the order of the run.
        lit: name of the one that is filled.
        detail: whether shapes are written on the blocks.
        given: names of those that only feed the others from outside.
        lines: into how many lines a chain is broken.
    """
    key = "part"
    groups = distinguish(groups)
    names = [group.name for group in groups]
    pairs = group_links(groups)
    column = columns(names, pairs)
    row, lane = rows(names, pairs, column)
    cells = {name: (row[name], column[name]) for name in names}
    turn = turns(pairs, column, row, lane)
    if lines > 1:
        each = -(-len(names) // lines)
        ordered = sorted(names, key=column.__getitem__)
        cells = {name: (2 * (i // each), i % each) for i, name in enumerate(ordered)}
        lane = {(s, t): cells[s][0] + (cells[s][0] != cells[t][0]) for s, t in pairs}
    blocks = {group.name: block(group, group.name == lit, detail, group.name in given) for group in groups}
    children: list[Mark] = [_as_wide(one, blocks, cells) for one in names]
    children += [
        Link(
            f"{key}:{s}", f"{key}:{t}", key=f"{key}:{s}→{t}", square=True, width=1.2,
            out=OUT + BESIDE * turn[s, t][0], into=IN + BESIDE * turn[s, t][1],
        )
        for s, t in pairs
    ]  # fmt: skip
    places = [cells[name] for name in names] + [(lane[s, t], cells[s][1]) for s, t in pairs]
    return Table(*children, cells=places, gap=0.8)


def _as_wide(name: str, blocks: Mapping[str, Block], cells: Mapping[str, tuple[int, int]]) -> Block:
    """A block as wide as the others in its column: links turn beside all of them."""
    others = [one for other, one in blocks.items() if other != name and cells[other][1] == cells[name][1]]
    made: Block = modify(blocks[name], peers=tuple((one.name, one.detail) for one in others))
    return made


def block(group: Group, lit: bool = False, detail: bool = True, given: bool = False) -> Block:
    """One group as a block: its name, and the shape of what leaves it."""
    outer = given or group.layers[0].role in ("input", *HELD)
    role = "accent" if lit else "part" if outer or len(group.layers) > 1 else "outline"
    said: Words = group.detail if detail else ""
    if detail and group.is_again:
        said = fill({"en": "{s}, same weights", "ja": "{s}、同じ重み"}, s=said)
    return Block(group.title, said, role=role, value=0.55 if lit else 0.0, key=f"part:{group.name}")


def fitting_chart(groups: Sequence[Group], lit: str = "", given: Sequence[str] = ()) -> Table | None:
    """The chart of some groups, without shapes where there is no room for them; None if it does not fit."""
    broken = [2, 3] if is_chain(groups) and len(groups) > 4 else []
    for detail, lines in [*((True, n) for n in (1, *broken)), (False, 1)]:
        stage = chart(groups, lit, detail, given, lines)
        if fits(stage):
            return stage
    return None


def thumbnail_chain(
    net: NetworkView,
    groups: Sequence[Group],
    lit: str = "",
    given: Sequence[str] = (),
    means: Words = words.value,
) -> Arrangement | None:
    """Blocks and arrows of a chain, and above each of them what leaves it; None where it does not fit.

    Args:
        net: whose values.
        groups: in the order of the run.
        lit: name of the one that is filled.
        given: names of those that only feed the others from outside.
        means: what the values are.
    """
    if not is_chain(groups) or len(groups) < 2:
        return None
    things = thumbnails(net, groups, means)
    if 2 * len(things) < len(groups):
        return None
    shown = {name: thing for name, (thing, _) in things.items()}
    tried: list[Arrangement] = [_lay_out(groups, shown, lit, given, lines) for lines in (1, 2)]
    if not lit and len(things) == len(groups):
        tried.insert(1, _strip(groups, things))
    return next((stage for stage in tried if fits(stage, MIN_SCALE)), None)


def thumbnails(
    net: NetworkView, groups: Sequence[Group], means: Words = words.value
) -> dict[str, tuple[Arrangement, str]]:
    """What leaves each group, small and without its name, with the key of its mark; not what is too big."""
    views = {group.name: LayerView(net, group.last) for group in groups}
    values = {name: view.values for name, view in views.items()}
    reach = {name: color_reach(v) for name, v in values.items() if v is not None and v.ndim < 4}
    # A picture that goes in or comes out is seen in its own colours.
    coloured = {name: limit for name, limit in reach.items() if not views[name].is_image}
    scales = share_scales(coloured, {group.name: as_noun(group.title) for group in groups}, means)
    made = {}
    for group in groups:
        if group.name in reach:
            view = LayerView(net, group.last, scales.get(group.name), heading=False, named=False)
            thing, key = view.face(max_units=FEW)
            made[group.name] = (Row(thing, scale=0.7) if isinstance(thing, Units) else thing), key
    return made


def share_scales(
    reach: Mapping[str, float], titles: Mapping[str, Words], means: Words = words.value
) -> dict[str, Scale]:
    """Limit and name of a colour scale for each; those of nearly one range share the largest one's."""
    found: dict[str, Scale] = {}
    limit, title = 0.0, next(iter(titles.values()))
    for name in sorted(reach, key=lambda one: -reach[one]):
        if not limit or reach[name] < limit / RANGE:
            limit, title = round_up(reach[name]), titles[name]
        found[name] = limit, title
    one = len({limit for limit, _ in found.values()}) == 1
    return {name: (limit, means if one else title) for name, (limit, title) in found.items()}


def _strip(groups: Sequence[Group], things: Mapping[str, tuple[Arrangement, str]]) -> Row:
    """What leaves each group under the group's name, without blocks."""
    made: list[Arrangement] = []
    before = ""
    for group in distinguish(groups):
        thing, key = things[group.name]
        if before:
            made.append(Link(before, key, key=f"part:{before}→{key}", width=1.2))
        made.append(Row(_label(thing, key, group.title), scale=1.5))
        before = key
    return Row(*made, gap=0.2)


def _label(thing: Arrangement, key: str, title: Words) -> Arrangement:
    """A thing whose mark ``key`` has a label."""
    if isinstance(thing, Column):
        named = [_label(child, key, title) for child in thing.children]
        return Column(*named, gap=thing.gap, scale=thing.scale, anchor=thing.anchor)
    if isinstance(thing, Row):
        return Row(*(_label(child, key, title) for child in thing.children), gap=thing.gap, scale=thing.scale)
    labelled: Mark = modify(thing, label=title) if thing.key == key else thing
    return labelled


def _lay_out(
    groups: Sequence[Group], things: Mapping[str, Arrangement], lit: str, given: Sequence[str], lines: int
) -> Table:
    groups = distinguish(groups)
    names = [group.name for group in groups]
    pairs = group_links(groups)
    column = columns(names, pairs)
    each = -(-len(names) // lines)
    cells = {
        name: (3 * (i // each) + 1, i % each) for i, name in enumerate(sorted(names, key=column.__getitem__))
    }
    children: list[Arrangement] = [
        block(group, group.name == lit, given=group.name in given) for group in groups
    ]
    places = [cells[name] for name in names]
    for name, thing in things.items():
        children.append(thing)
        places.append((cells[name][0] - 1, cells[name][1]))
    for s, t in pairs:
        children.append(Link(f"part:{s}", f"part:{t}", key=f"part:{s}→{t}", square=True, width=1.2))
        places.append((cells[s][0] + (cells[s][0] != cells[t][0]), cells[s][1]))
    return Table(*children, cells=places, gap=0.4)
