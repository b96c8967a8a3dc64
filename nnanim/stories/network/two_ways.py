"""Recurrent layers that read in both directions, and those that lie on each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Link, Mark, Table, Text, Units, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.views import some
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_STEPS = 8
"""Maximum number of time steps that are drawn."""

FEW = (6, 4, 3, 2)
"""Units of a state that are drawn, as many as there is room for."""

LEAST = 0.4
"""The smallest scale of the states."""

WAYS: tuple[Words, Words] = (
    {"en": "first to last", "ja": "前から後へ"},
    {"en": "last to first", "ja": "後から前へ"},
)


def tell_two_ways(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The states of a recurrent layer of two directions or several layers; None for others."""
    layer = run[0]
    node = layer.nodes[0]
    both, depth = bool(node.setting("bidirectional", False)), int(node.setting("num_layers", 1) or 1)
    values = net.value(layer.name)
    if layer.kind not in ("LSTM", "GRU", "RNN") or not (both or depth > 1):
        return None
    if values is None or values.ndim != 2 or values.shape[1] % (1 + both):
        return None
    tried = ((count, few) for count in range(min(MAX_STEPS, len(values)), 0, -1) for few in FEW[both:])
    for count, few in tried:
        states = _states(net, layer, values, count, both, few)
        stage = _stage(layer, states, values, depth)
        if fits(stage, LEAST):
            break
    return chain([_beat(net, layer, states, stage, depth)], tell_changes(net, layer))


def _states(
    net: NetworkView, layer: Layer, values: Floats, count: int, both: bool, few: int
) -> list[list[Units]]:
    """``few`` units of the states of each direction at the first steps."""
    wide = values.shape[1] // (1 + both)
    limit = round_up(float(np.abs(values).max()))
    made = []
    for way in range(1 + both):
        part = values[:, way * wide : (way + 1) * wide]
        chosen = top(np.abs(part).max(axis=0), few)
        made.append(
            [
                Units(
                    part[t, chosen], key=f"v:{layer.name}:{way}:{t}", limit=limit, means=words.value,
                    shown=tuple(int(i) + way * wide for i in chosen),
                    label=f"t = {t + 1}" if way == 0 else None,
                )
                for t in range(count)
            ]
        )  # fmt: skip
    return made


def _stage(layer: Layer, states: list[list[Units]], values: Floats, depth: int) -> Arrangement:
    marks: list[Mark] = []
    cells: list[tuple[int, int]] = []
    for way, line in enumerate(states):
        marks += line
        cells += [(way, t + 1) for t in range(len(line))]
        for t, (one, other) in enumerate(pairwise(line)):
            ends = (one, other) if way == 0 else (other, one)
            marks.append(Link(*ends, key=f"l:{ends[0].key}→{ends[1].key}", width=1.4))
            cells.append((way, t + 1))
        if len(states) > 1:
            marks.append(Text(WAYS[way], key=f"way:{layer.name}:{way}", size="small"))
            cells.append((way, 0))
    lines: list[Arrangement] = [Table(*marks, cells=cells, gap=0.5)]
    if depth > 1:
        below = fill({"en": "layer {n} of {m}", "ja": "{m} 層のうち {n} 層目"}, n=depth, m=depth)
        lines.insert(0, Text(below, key=f"layer:{layer.name}", size="small", role="dimmed"))
        lines += _below(layer, depth - 1)
    cuts = []
    shown, wide = sum(len(line[0].shown) for line in states), values.shape[1]
    if shown < wide:
        cuts.append(some(shown, wide))
    if len(states[0]) < len(values):
        cut = {"en": "{n} of {of} steps shown", "ja": "{of} ステップのうち {n}"}
        cuts.append(fill(cut, n=len(states[0]), of=len(values)))
    lines += [
        Text(cut, key=f"cut-{n}:{layer.name}", size="small", role="dimmed") for n, cut in enumerate(cuts)
    ]
    return Column(*lines, gap=0.25)


def _below(layer: Layer, count: int) -> list[Arrangement]:
    """The layers below as one block, and that their states go up."""
    title = fill(
        {
            "en": "layer 1" if count == 1 else "layers 1 … {n}",
            "ja": "1 層目" if count == 1 else "1 … {n} 層目",
        },
        n=count,
    )
    up = {"en": "its states are read by the layer above ↑", "ja": "その状態を上の層が読みます ↑"}
    if count > 1:
        up = {"en": "each hands its states to the layer above ↑", "ja": "どの層も状態を上の層に渡します ↑"}
    return [
        Text(up, key=f"up:{layer.name}", size="small", role="dimmed"),
        Block(title, layer.kind, key=f"part:{layer.name}:below", role="part"),
    ]


def _beat(net: NetworkView, layer: Layer, states: list[list[Units]], stage: Arrangement, depth: int) -> Beat:
    count = len(states[0])
    films: dict[str, Sequence[Mark]] = {}
    for way, line in enumerate(states):
        order = line if way == 0 else line[::-1]
        for t, state in enumerate(order):
            films[state.key] = [modify(state, lit=now > t) for now in range(count + 1)]
    both = len(states) > 1
    if both and depth > 1:
        said = {
            "en": "{kind}: {n} layers, each reads from both ends; each step joins both states.",
            "ja": "{kind}：{n} 層が、それぞれ前と後から読み、各時刻で二つの状態を並べます。",
        }
    elif both:
        said = {
            "en": "{kind}: one state runs forward, one backward; each step joins both.",
            "ja": "{kind}：状態が前からと後から進み、各時刻で二つを並べます。",
        }
    else:
        said = {
            "en": "{kind}: {n} layers; each hands its states on in time and up.",
            "ja": "{kind}：{n} 層が、状態を次の時刻と上の層へ渡します。",
        }
    return Beat(
        fill(said, kind=layer.kind, n=depth),
        stage,
        motion=Playback(films, seconds=max(net.seconds, 0.6 * count)),
        id=f"{layer.name}-steps",
    )
