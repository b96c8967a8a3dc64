"""Parts of a network as blocks, where what is inside was told already or is not asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nnanim.beats import Beat
from nnanim.marks import Arrangement, Block, Link, Row
from nnanim.stories.network.chart import fits
from nnanim.stories.network.fold import Group
from nnanim.stories.network.net import Net
from nnanim.stories.network.sentences import fill
from nnanim.stories.network.views import View


def brief(net: Net, groups: Sequence[Group], alike: bool) -> Iterator[Beat]:
    """Groups as blocks: what goes into the first and what comes out of the last.

    ``alike`` says that they are built like one that was told before.
    """
    group = groups[0]
    inside = {layer.name for layer in group.layers}
    sources = [name for layer in group.layers for name in layer.inputs if name not in inside]
    if not sources:
        return
    first, last = net.layers[sources[0]], groups[-1].last
    scales = net.scales((first, last))
    made = [Block(one.title, key=f"part:{one.name}", role="key") for one in groups]
    for small in (False, True):
        views = [View(net, one, scales[one.name], named=one is first) for one in (first, last)]
        (left, a), (right, b) = [(v.block(), v.key) if small else v.face(last, 6) for v in views]
        keys = [a, *(one.key for one in made), b]
        ends = [Link(s, t, key=f"link:{s}→{t}", width=1.4) for s, t in pairwise(keys)]
        steps: list[Arrangement] = [ends[0]]
        for block, link in zip(made, ends[1:], strict=True):
            steps += [block, link]
        stage = Row(left, *steps, right, gap=0.25)
        if fits(stage):
            break
    sentence = {"en": "What goes into {t}, and what comes out.", "ja": "{t} に入るものと、出るものです。"}
    if alike:
        sentence = {"en": "{t} is built the same way.", "ja": "{t} も同じつくりです。"}
    if len(groups) > 1:
        sentence = {
            "en": "{n} more blocks, built the same way.",
            "ja": "同じつくりのブロックが、さらに {n} 個続きます。",
        }
    said = fill(sentence, t=group.title, n=len(groups))
    yield Beat(said, stage, id=f"{group.name}-brief", pause=1.2)
