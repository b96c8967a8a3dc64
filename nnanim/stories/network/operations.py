"""Everything else: what goes in, a block with its name, what comes out; ways are seen to meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Block, Column, Grid, Link, Overlay, Picture, Row, Text, flatten, nice
from nnanim.stories.network.chart import fits
from nnanim.stories.network.layers import (
    ARITHMETIC,
    SYMBOLS,
    Layer,
    is_activation,
    is_norm,
    short,
    size,
    spoken,
    written,
)
from nnanim.stories.network.net import Floats, Net
from nnanim.stories.network.sentences import fill
from nnanim.stories.network.views import Scale, View
from nnanim.words import Words

MEETING = 3
"""So many ways into one call are drawn at the most."""

JOINS: Mapping[str, tuple[str, str]] = {
    "add": ("Two ways meet: {a} and {b} are added.", "{a} と {b} が合流し、足されます。"),
    "sub": ("Two ways meet: {b} is taken away from {a}.", "{a} と {b} が合流し、引かれます。"),
    "mul": ("Two ways meet: {a} and {b} are multiplied.", "{a} と {b} が合流し、掛けられます。"),
    "cat": ("Two ways meet: {a} and {b} lie side by side.", "{a} と {b} が合流し、並びます。"),
}
"""What is said where two ways meet."""


def operation(net: Net, layer: Layer) -> Iterator[Beat]:
    """Tell any layer: its inputs, its name, its output."""
    sources = [net.layers[name] for name in layer.inputs][:MEETING]
    scales = net.scales((*sources, layer), layer if len(sources) > 1 else None)
    if layer.kind in JOINS and layer.kind != "mul":  # what is added is compared: one scale for all
        limit = max(limit for limit, _ in scales.values())
        scales = dict.fromkeys(scales, (limit, words.value))
    yield Beat(_sentence(net, layer, sources), joined(net, layer, sources, scales), id=f"{layer.name}-op")
    if layer.after and layer.shown != layer.name and len(sources) > 1:
        done = written(layer.after)
        sentence = fill({"en": "Then {f}.", "ja": "続いて {f} です。"}, f=done)
        yield Beat(sentence, after(net, layer), id=f"{layer.name}-after")


def after(net: Net, layer: Layer) -> Arrangement:
    """What follows a call, and its value then."""
    made = Block(short(written(layer.after[-1:])), key=f"op:{layer.name}:after")
    out, out_key = View(net, layer, named=False).face(most=6)
    return Row(made, Link(made, out_key, key=f"l:{layer.name}:after"), out)


def joined(net: Net, layer: Layer, sources: list[Layer], scales: Mapping[str, Scale]) -> Arrangement:
    """Inputs, block and output of a layer, tied by links; blocks only where nothing else fits."""
    for least, shown, named in ((0.42, True, True), (0.3, True, False), (0.0, False, False)):
        stage = _joined(net, layer, sources, scales, shown, named)
        if fits(stage, least):
            return stage
    return stage


def _joined(
    net: Net, layer: Layer, sources: list[Layer], scales: Mapping[str, Scale], shown: bool, named: bool
) -> Arrangement:
    name = layer.name if len(sources) > 1 else ""
    most = 4 if len(sources) > 1 else min(net.most, 8)
    same = layer if layer.kind in ("add", "sub", "mul") or len(sources) == 1 else None
    if layer.kind in ("add", "sub") and len(sources) == 2:
        same = min(sources, key=lambda one: float(np.abs(net.vector(one)).mean()))  # where it is seen to act
    if shown and layer.kind in ("add", "sub") and len(sources) == 2 and same is not None:
        scales = _of_channel(net, (*sources, layer), same) or scales
    views = [View(net, source, scales[source.name], named=named) for source in sources]
    end = View(net, layer, scales[layer.name], name, named=False)
    faces = [view.face(same, most) if shown else (view.block(), view.key) for view in views]
    out, out_key = end.face(same if len(sources) == 2 else None, most) if shown else (end.block(), end.key)
    if shown and len(views) == 1:
        things = _to_scale(views[0].values, end.values, faces[0][0], out)
        faces, out = [(things[0], faces[0][1])], things[1]
    detail = layer.kind if layer.role == "module" and layer.kind != net.title(layer) else ""
    made = Block(net.title(layer), detail, key=f"op:{layer.name}")
    last = Link(made, out_key, key=f"l:{layer.name}:out", width=1.4)
    if not faces:
        return Row(made, last, out)
    ways = [
        Link(key, made, key=f"l:{layer.name}:{i}", square=len(faces) > 1, late=len(faces) > 1, width=1.4)
        for i, (_, key) in enumerate(faces)
    ]
    entering: Arrangement = ways[0] if len(ways) == 1 else Overlay(*ways)
    things = [thing for thing, _ in faces]
    if shown and layer.kind in ("add", "sub", "mul") and len(views) == 2 and pictures_of(things):
        sign = Text(SYMBOLS[layer.kind], key=f"op:{layer.name}", size="large")
        gives = Link(faces[1][1], out_key, key=f"l:{layer.name}:out", width=1.4)
        return Row(things[0], sign, things[1], gives, out, gap=0.6)
    left = things[0] if len(things) == 1 else Column(*things, gap=0.5)
    return Row(left, entering, made, last, out, gap=0.25)


def _of_channel(net: Net, layers: Sequence[Layer], guide: Layer) -> dict[str, Scale] | None:
    """One scale for the map that is seen of each layer, where they have maps of one shape."""
    values = [net.shown(layer) for layer in layers]
    shapes = {None if value is None else value.shape for value in values}
    found = [value for value in values if value is not None and value.ndim == 3]
    if len(shapes) > 1 or not found or len(found[0]) == 1:
        return None
    channel = int(net.channels(guide, 1)[0])
    limit = nice(max(float(np.abs(value[channel]).max()) for value in found))
    return {layer.name: (limit, words.value) for layer in layers}


def pictures_of(things: Sequence[Arrangement]) -> bool:
    """Whether all of some things are pictures or tables (with small print below them)."""
    return all(any(isinstance(mark, Picture | Grid) for mark in flatten(thing)) for thing in things)


def _to_scale(
    before: Floats | None, now: Floats | None, one: Arrangement, other: Arrangement
) -> list[Arrangement]:
    """Two feature maps, the one with fewer cells smaller."""
    if before is None or now is None or before.ndim != 3 or now.ndim != 3 or before.shape[1] == now.shape[1]:
        return [one, other]
    share = before.shape[1] / now.shape[1]
    small = max(min(share, 1 / share), 0.4)
    return [Row(one, scale=small) if share < 1 else one, Row(other, scale=small) if share > 1 else other]


def _sentence(net: Net, layer: Layer, sources: list[Layer]) -> Words:
    title = net.title(layer)
    if layer.kind in JOINS and len(sources) == 2:
        en, ja = JOINS[layer.kind]
        said = [spoken(one, net.title(one)) for one in sources]
        return fill({"en": en, "ja": ja}, a=said[0], b=said[1])
    if layer.kind in ARITHMETIC:
        return fill({"en": "{t}: every value by itself.", "ja": "{t}：値を一つずつ変えます。"}, t=title)
    if is_norm(layer.kind):
        return fill(
            {"en": "{t} brings the values to one scale.", "ja": "{t} が、値の大きさをそろえます。"}, t=title
        )
    if is_activation(layer.kind):
        return fill(
            {"en": "{t} changes every value by itself.", "ja": "{t} が、値を一つずつ変えます。"}, t=title
        )
    if len(sources) == 1:
        before, now = (size(one) for one in (sources[0], layer))
        if before != now and before and now:
            return fill(
                {"en": "{t}: {a} values become {b}.", "ja": "{t}：{a} の値が {b} になります。"},
                t=title,
                a=before,
                b=now,
            )
        return fill({"en": "{t} makes new values of them.", "ja": "{t} が、新しい値にします。"}, t=title)
    if not sources:
        return fill(
            {"en": "{t} starts with values of its own.", "ja": "{t} は、自分の値から始まります。"}, t=title
        )
    return fill(
        {"en": "In {t}, {n} ways meet.", "ja": "{t} で、{n} 本の道が出会います。"},
        t=title,
        n=len(layer.inputs),
    )
