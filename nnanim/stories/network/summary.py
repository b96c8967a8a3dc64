"""Parts of a network in one beat each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Link, Overlay, Row, Text, modify
from nnanim.stories.network.briefs import say_brief
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import LayerView
from nnanim.structure.groups import Group
from nnanim.structure.layers import Layer, TakenValue, is_repeat
from nnanim.structure.outline import as_subject
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_BLOCKS = 5
"""Maximum number of blocks of a kind that stand in one line."""

MAX_OTHERS = 2
"""Maximum number of further inputs of a block that are drawn."""


def summarize(net: NetworkView, groups: Sequence[Group], alike: bool) -> Iterator[Beat]:
    """Groups as blocks: what goes into the first and what comes out of the last.

    ``alike`` says that they are built like one that was told before.
    """
    group = groups[0]
    inside = {layer.name for layer in group.layers}
    sources = [one for layer in group.layers for one in layer.takes if one.layer not in inside]
    if not sources:
        return
    # What the model holds goes in, too: first stands what the run has computed.
    sources.sort(key=lambda one: net.layers[one.layer].held)
    first, last = net.layers[sources[0].layer], groups[-1].last
    scales = net.scales((first, last))
    if sources[0].value != first.output:
        scales[first.name] = net.limit(sources[0].value), net.value_title(first, sources[0].value)
    if scales[first.name][1] == scales[last.name][1]:  # one name, one scale
        limit = max(scales[first.name][0], scales[last.name][0])
        scales |= {one.name: (limit, scales[one.name][1]) for one in (first, last)}
    entering_first = _others(net, groups[:1], groups, first.name)
    others = [LayerView(net, one).block() for one in entering_first]
    undrawn = len(_others(net, groups, groups, first.name)) - len(others[:MAX_OTHERS])
    made = [Block(one.title, key=f"part:{one.name}", role="part") for one in groups]
    if len(made) > MAX_BLOCKS:
        rest = fill({"en": "{n} more", "ja": "ほか {n} 個"}, n=len(made) - 2)
        made = [made[0], Block(rest, key=f"part:{group.name}:rest"), made[-1]]
    for small in (False, True):
        views = [
            LayerView(net, first, scales[first.name], sources[0].value),
            LayerView(net, last, scales[last.name], named=False),
        ]
        (left, a), (right, b) = [(v.block(), v.key) if small else v.face(last, 6) for v in views]
        keys = [a, *(one.key for one in made), b]
        ends = [Link(s, t, key=f"link:{s}→{t}", width=1.4) for s, t in pairwise(keys)]
        left, entering = _with_others(left, ends[0], others[:MAX_OTHERS])
        steps: list[Arrangement] = [entering]
        for block, link in zip(made, ends[1:], strict=True):
            steps += [block, link]
        stage: Arrangement = Row(left, *steps, right, gap=0.25)
        if undrawn:
            stage = Column(stage, _count_undrawn(group, undrawn), gap=0.3)
        if fits(stage):
            break
    said = _say(net, groups, sources, alike)
    yield Beat(said, stage, id=f"{group.name}-brief")


def _say(net: NetworkView, groups: Sequence[Group], sources: Sequence[TakenValue], alike: bool) -> Words:
    """What is said of groups that are told as blocks."""
    title, count = groups[0].title, len(groups)
    if all(is_repeat(one.name) and net.trace.graph[one.name].role == "module" for one in groups):
        again = {
            "en": "{t}: the same part again, with the same weights.",
            "ja": "{t}：同じ部分を、同じ重みでもう一度使います。",
        }
        if count > 1:
            again = {
                "en": "The same part {n} more times, with the same weights.",
                "ja": "同じ部分を、同じ重みでさらに {n} 回使います。",
            }
        return fill(again, t=as_subject(title), n=count)
    if count > 1:
        more = {
            "en": "{n} more blocks, built the same way.",
            "ja": "同じつくりのブロックが、さらに {n} 個続きます。",
        }
        return fill(more, n=count)
    if alike:
        return fill({"en": "{t} is built the same way.", "ja": "{t} も同じつくりです。"}, t=as_subject(title))
    return say_brief(net, groups[0], sources, as_subject(title))


def _others(net: NetworkView, groups: Sequence[Group], every: Sequence[Group], first: str) -> list[Layer]:
    """Layers outside that feed some groups besides the first one."""
    inside = {layer.name for group in every for layer in group.layers}
    takes = [one for group in groups for layer in group.layers for one in layer.takes]
    names = dict.fromkeys(one.layer for one in takes if one.layer not in inside and one.layer != first)
    return [net.layers[name] for name in names if not net.layers[name].held]


def _with_others(left: Arrangement, way: Link, others: Sequence[Block]) -> tuple[Arrangement, Arrangement]:
    """What goes in first, and the others below it; and the ways of all into the block."""
    if not others:
        return left, way
    ways = [
        Link(one.key, way.target, key=f"link:{one.key}→{way.target}", square=True, late=True, width=1.4)
        for one in others
    ]
    return Column(left, *others, gap=0.5), Overlay(modify(way, square=True, late=True), *ways)


def _count_undrawn(group: Group, count: int) -> Text:
    said = {
        "en": "1 more input, not drawn" if count == 1 else "{n} more inputs, not drawn",
        "ja": "ほかの入力 {n} 個は省略",
    }
    return Text(fill(said, n=count), key=f"cut:{group.name}:inputs", size="small", role="dimmed")
