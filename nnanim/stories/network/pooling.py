"""Pooling: a window wanders over one map, and the other map fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.marks import Row, modify
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.stories.network.reveal import fill_motion
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.structure.windows import Window, pooling
from nnanim.words import Words

ALL_STAY: Words = {
    "en": "This pooling keeps the size: every cell stays as it is.",
    "ja": "このプーリングでは大きさが変わらず、すべての値が残ります。",
}
LARGEST = {
    "en": "Pooling: of each {h} × {w} cells, the largest stays.",
    "ja": "プーリングです。{h} × {w} ごとに、最大の値を残します。",
}
MEAN = {
    "en": "Pooling: of each {h} × {w} cells, the mean stays.",
    "ja": "プーリングです。{h} × {w} ごとに、平均を残します。",
}


def tell_pooling(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The beats of a pooling, or None where its numbers cannot be explained."""
    layer = run[0]
    if "pool" not in layer.kind.lower():
        return None
    source = net.layers.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
    after = net.value(layer.name)
    before = net.output(source) if source is not None else None
    if (
        source is None
        or before is None
        or after is None
        or before.ndim != 3
        or after.ndim != 3
        or len(before) != len(after)
    ):
        return None
    channel = int(net.channels(layer, 1)[0])
    window = pooling(layer.kind, before[channel], after[channel])
    if window is None:
        return None
    return _pooling_beats(net, layer, source, channel, window, before, after)


def _pooling_beats(
    net: NetworkView, layer: Layer, source: Layer, channel: int, window: Window, before: Floats, after: Floats
) -> Iterator[Beat]:
    scales = net.scales((source, layer), layer)
    first = LayerView(net, source, scales[source.name]).picture(channel, net.title(source))
    first = modify(first, pixels=window.pad(first.pixels))
    second = LayerView(net, layer, scales[layer.name], layer.name).picture(channel, net.title(layer))
    sentence = _say_pooling("max" in layer.kind.lower(), before, after, window)
    # Each picture as large as its number of cells says, so that it is seen to shrink.
    share = max(0.5, after.shape[1] / before.shape[1])
    yield Beat(
        sentence,
        Row(first, Row(second, scale=share), gap=1.2),
        motion=fill_motion(net, first.key, second, window),
        id=f"{layer.name}-sweep",
    )
    yield from tell_changes(net, layer)


def _say_pooling(largest: bool, before: Floats, after: Floats, window: Window) -> Words:
    if tuple(window.size) == (1, 1) and before.shape == after.shape:
        return ALL_STAY
    return fill(LARGEST if largest else MEAN, h=window.size[0], w=window.size[1])
