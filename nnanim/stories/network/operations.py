"""Everything else: what goes in, a block with its name, what comes out; ways are seen to meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import (
    Arrangement,
    Block,
    Column,
    Grid,
    Link,
    Overlay,
    Picture,
    Row,
    Text,
    flatten,
    round_up,
)
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.color_limit import color_reach
from nnanim.stories.network.net import Floats, NetworkView, Source, top
from nnanim.stories.network.sentences import operation_sentence, say_lost
from nnanim.stories.network.views import LayerView, Scale, some
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import scale_of
from nnanim.structure.titles import SYMBOLS, as_noun

MAX_SOURCES = 6
"""Maximum number of inputs of one call that are drawn."""


COMPARED = ("add", "sub", "cat", "stack", "maximum", "minimum")
"""Kinds of which the values before and after are of one size."""


def tell_operation(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat]:
    """Tell any layer: its inputs, its name, its output; then what follows."""
    layer = run[0]
    sources = sources_of(net, layer)
    if len(sources) == 1 and sources[0][2] is not None and net.is_less(sources[0][2]):
        sources = [(*sources[0][:2], None)]  # all is shown; the sentence says how much of it goes on
    said = say_lost(net, net.used_value(layer), operation_sentence(net, layer, sources))
    yield Beat(said, operation_stage(net, layer, sources), id=f"{layer.name}-op")
    yield from tell_changes(net, layer)


def sources_of(net: NetworkView, layer: Layer) -> list[Source]:
    """What feeds a layer, value by value."""
    return [(net.layers[one.layer], one.value, one.part) for one in layer.takes]


def find_scales(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> dict[str, Scale]:
    """The colour scale of each value that is seen, by the value's name; of the layer by its own name."""
    shown = [one for one, value, _ in sources if value == one.output]
    found = net.scales((*shown, layer), layer)
    scales = {value: found[one.name] for one, value, _ in sources if one.name in found}
    scales |= {
        value: (net.limit(value), as_noun(net.value_title(one, value)))
        for one, value, _ in sources
        if value != one.output
    }
    scales[layer.name] = found[layer.name]
    if layer.kind in COMPARED and len(sources) > 1:
        # What is added is compared: one scale for all.
        lively = [limit for value, (limit, _) in scales.items() if net.reach(value) > 0]
        limit = max(lively or [limit for limit, _ in scales.values()])
        scales = dict.fromkeys(scales, (limit, words.value))
    return scales


def operation_stage(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> Arrangement:
    """Inputs, block and output of a layer, tied by links; blocks only where nothing else fits."""
    scales = find_scales(net, layer, sources)
    counts = [min(len(sources), MAX_SOURCES)]
    counts += [3] if counts[0] > 3 else []
    for least, shown, named in ((0.42, True, True), (0.3, True, False), (0.0, False, False)):
        for count in counts:
            stage = _operation_stage(net, layer, sources[:count], scales, shown, named)
            if count < len(sources):
                note = Text(
                    some(count, len(sources)), key=f"cut:{layer.name}:ways", size="small", role="dimmed"
                )
                stage = Column(stage, note, gap=0.2)
            if fits(stage, least):
                return stage
    return stage


def _operation_stage(
    net: NetworkView,
    layer: Layer,
    sources: Sequence[Source],
    scales: Mapping[str, Scale],
    shown: bool,
    named: bool,
) -> Arrangement:
    altered = scale_of(layer.nodes[0]) != ""
    pair = layer.kind in ("add", "sub", "mul") and len(sources) == 2 and not altered
    most = {1: min(net.max_units, 8), 2: 4, 3: 3}.get(len(sources), 2)
    guide = _guide(net, layer, sources)
    if shown and pair and layer.kind != "mul" and guide is not None:
        scales = _of_channel(net, layer, sources, guide) or scales
    views = [
        LayerView(net, one, scales[value], value, named=named, part=part) for one, value, part in sources
    ]
    used = net.used_value(layer)
    scale = scales[layer.name] if used == layer.name else (net.limit(used), net.value_title(layer, used))
    end = LayerView(net, layer, scale, used, named=False)
    head = _head(end, views) if layer.kind in ("matmul", "bmm") else None
    faces = [view.face(guide, most, head) if shown else (view.block(), view.key) for view in views]
    out, out_key = (
        end.face(guide if len(sources) == 2 else None, most, head) if shown else (end.block(), end.key)
    )
    if shown and len(views) == 1 and _is_summed_up(views[0].values, end.values):
        faces = [(_enlarge(faces[0][0], out), faces[0][1])]
    elif shown and len(views) == 1:
        things = _to_scale(views[0].values, end.values, faces[0][0], out)
        faces, out = [(things[0], faces[0][1])], things[1]
    detail = layer.kind if layer.role == "module" and layer.kind != net.title(layer) else ""
    made = Block(net.step_title(layer), detail, key=f"op:{layer.name}")
    last = Link(made, out_key, key=f"l:{layer.name}:out", width=1.4)
    if not faces:
        return Row(made, last, out)
    things = [thing for thing, _ in faces]
    if shown and pair and pictures_of(things):
        sign = Text(SYMBOLS[layer.kind], key=f"op:{layer.name}", size="large")
        gives = Link(faces[1][1], out_key, key=f"l:{layer.name}:out", width=1.4)
        return Row(things[0], sign, things[1], gives, out, gap=0.6)
    several = len(faces) > 1
    ways = [
        Link(key, made, key=f"l:{layer.name}:{i}", square=several, late=several, width=1.4)
        for i, (_, key) in enumerate(faces)
    ]
    entering: Arrangement = Overlay(*ways) if several else ways[0]
    left = Column(*things, gap=0.5) if several else things[0]
    return Row(left, entering, made, last, out, gap=0.25)


def _head(end: LayerView, views: Sequence[LayerView]) -> int | None:
    """Which of several products is seen, of all values the same one; None where they are not in step."""
    values = [view.values for view in (end, *views)]
    found = [value for value in values if value is not None and value.ndim == 3]
    if len(found) < len(values) or len({len(value) for value in found}) > 1:
        return None
    return int(top(np.abs(found[0]).mean(axis=(1, 2)), 1)[0])


def _guide(net: NetworkView, layer: Layer, sources: Sequence[Source]) -> Layer | None:
    """The layer that says which units or maps are shown of all."""
    if layer.kind in ("add", "sub") and len(sources) == 2:
        return min((one for one, *_ in sources), key=lambda one: float(np.abs(net.vector(one)).mean()))
    return layer if layer.kind in ("add", "sub", "mul") or len(sources) == 1 else None


def _of_channel(
    net: NetworkView, layer: Layer, sources: Sequence[Source], guide: Layer
) -> dict[str, Scale] | None:
    """One scale for the map that is seen of each value, where they have maps of one shape."""
    names = [*(value for _, value, _ in sources), layer.name]
    values = [net.value(name) for name in names]
    shapes = {None if value is None else value.shape for value in values}
    found = [value for value in values if value is not None and value.ndim == 3]
    if len(shapes) > 1 or not found or len(found[0]) == 1:
        return None
    channel = int(net.channels(guide, 1)[0])
    limit = round_up(max(color_reach(value[channel]) for value in found))
    return {name: (limit, words.value) for name in names}


def pictures_of(things: Sequence[Arrangement]) -> bool:
    """Whether all of some things are pictures or tables (with small print below them)."""
    return all(any(isinstance(mark, Picture | Grid) for mark in flatten(thing)) for thing in things)


def _is_summed_up(before: Floats | None, now: Floats | None) -> bool:
    """Whether a table becomes one line of numbers."""
    return before is not None and now is not None and before.ndim == 2 and now.ndim < 2


def _enlarge(table: Arrangement, line: Arrangement) -> Arrangement:
    """A table beside a line of neurons, as large as it can be without making the line smaller."""

    def stage(one: Arrangement) -> Row:
        return Row(one, Block("mean", key="between"), line, gap=1.2)

    least = next((scale for scale in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5) if fits(stage(table), scale)), 0.42)
    tried = (Row(table, scale=scale) for scale in (2.4, 2.0, 1.7, 1.4))
    return next((one for one in tried if fits(stage(one), least)), table)


def _to_scale(
    before: Floats | None, now: Floats | None, one: Arrangement, other: Arrangement
) -> list[Arrangement]:
    """Two feature maps, the one with fewer cells smaller."""
    if before is None or now is None or before.ndim != 3 or now.ndim != 3 or before.shape[1] == now.shape[1]:
        return [one, other]
    share = before.shape[1] / now.shape[1]
    small = max(min(share, 1 / share), 0.4)
    return [Row(one, scale=small) if share < 1 else one, Row(other, scale=small) if share > 1 else other]
