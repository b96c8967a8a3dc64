"""Convolution: a window wanders over one map, and the other map fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Grid, Picture, Row, round_up
from nnanim.stories.network.conv_place import tell_place
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.stories.network.reveal import fill_motion
from nnanim.stories.network.views import LayerView
from nnanim.structure.kinds import is_activation, is_norm
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.structure.windows import Convolution, convolution
from nnanim.words import Words

MANY_LAYERS = 4
"""With more convolutions than that, the third and later ones are told in one beat each."""

SLOW = 2
"""Number of places at which the first window stays for a moment."""

MAX_KERNEL = 31
"""A kernel up to this size is drawn cell by cell."""

MAX_WRITTEN = 5
"""A kernel up to this size has its numbers in its cells."""


def tell_convolution(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The beats of a convolution, or None where its numbers cannot be explained.

    The first is told at length, in deep networks the third and later in one beat.
    """
    layer, kind = run[0], run[0].kind.lower()
    if "conv" not in kind or "transpose" in kind:
        return None
    source = net.layers.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
    values = net.output(layer)
    if (
        source is None
        or values is None
        or net.value(layer.name) is None
        or not net.trace.has_layer_input(layer.name)  # a kernel that no module holds
        or net.trace.layer_input(layer.name).ndim != 4
    ):
        return None
    out = int(net.channels(layer, 1)[0])
    found = convolution(net.trace, layer.name, net.sample, out)
    if found is None or max(found.kernel.shape) > MAX_KERNEL or not np.isfinite(found.inputs).all():
        return None
    before = net.history["convolution"]
    net.history["convolution"] += 1
    return _convolution_beats(net, layer, source, out, found, before)


def _convolution_beats(
    net: NetworkView, layer: Layer, source: Layer, out: int, found: Convolution, before: int
) -> Iterator[Beat]:
    total = net.value(layer.name)
    assert total is not None
    scales = net.scales((source, layer), layer)
    given = _entering(net, source, found, scales)
    kernel = Grid(
        found.kernel,
        key=f"k:{layer.name}",
        limit=round_up(float(np.abs(found.kernel).max())),
        digits=2 if max(found.kernel.shape) <= MAX_WRITTEN else None,
        means=words.weight,
        label={"en": "kernel", "ja": "カーネル"},
    )
    after = LayerView(net, layer, scales[layer.name], layer.name).picture(out, net.title(layer))
    if not before:
        yield Beat(
            {
                "en": "A convolution: a small kernel wanders over the picture.",
                "ja": "畳み込みです。小さなカーネルが、画像の上を動きます。",
            },
            Row(given, kernel, gap=0.9),
            id=f"{layer.name}-kernel",
        )
        yield from tell_place(found, kernel, given, layer.name)
    # In deep networks the later convolutions have one beat each: it also says what follows.
    brief = before > 1 and sum("conv" in one.kind.lower() for one in net.layers.values()) > MANY_LAYERS
    yield Beat(
        _moving(net, layer, found, out, net.describe_changes(layer) if brief else ""),
        Row(given, kernel, after, gap=0.9),
        motion=fill_motion(net, given.key, after, found.window, slow=0 if before else SLOW),
        id=f"{layer.name}-sweep",
        gathers={} if before else {"sum": after.key},
    )
    if brief:
        return
    if before and layer.changes:
        sentence = {
            "en": "{n} kernels make {n} maps; then {f}.",
            "ja": "マップが {n} 枚できて、{f} が続きます。",
        }
        said = fill(sentence, n=len(total), f=net.describe_changes(layer))
        yield Beat(said, LayerView(net, layer).maps(), id=f"{layer.name}-maps")
        return
    yield Beat(
        _many(net, layer, total),
        LayerView(net, layer, scales[layer.name], layer.name).maps(),
        id=f"{layer.name}-maps",
    )
    if layer.changes:
        done = net.describe_changes(layer)
        yield Beat(
            fill({"en": "{f} changes every value by itself.", "ja": "{f} が、値を一つずつ変えます。"}, f=done)
            if len(layer.changes) == 1 and is_activation(layer.changes[0].kind)
            else fill(
                {
                    "en": "{f} follows{how}." if len(layer.changes) == 1 else "{f} follow{how}.",
                    "ja": "{f} が、{how}続きます。",
                },
                how=_HOW[any(is_norm(one.kind) and "atch" not in one.kind for one in layer.changes)],
                f=done,
            ),
            LayerView(net, layer).maps(),
            id=f"{layer.name}-after",
        )


def _entering(
    net: NetworkView, source: Layer, found: Convolution, scales: Mapping[str, tuple[float, Words]]
) -> Picture:
    """The input map with its zeros around it."""
    inputs, into = found.inputs, found.into
    label = net.title(source)
    if len(inputs) > 1:
        label = fill({"en": "map {c} of {of}", "ja": "{of} 枚中 {c} 枚目"}, c=into + 1, of=len(inputs))
    look = LayerView(net, source).pixels
    if look is not None and not look.mean and len(inputs) == 1:
        return look.picture(found.window.pad(inputs[0])[None], f"v:{source.name}:0", label)
    limit, means = scales[source.name]
    key = f"v:{source.name}:{into}"
    pixels = found.window.pad(inputs[into])
    return Picture(
        pixels, key=key, label=label, low=-limit, high=limit, colors="diverging", means=means, clips=True
    )


def _moving(net: NetworkView, layer: Layer, found: Convolution, out: int, then: Words) -> Words:
    if then:
        return fill(
            {
                "en": "{title}: its kernels' sums fill map {o}; then {f}.",
                "ja": "{title}：和が {o} 枚目のマップを埋め、続いて {f} です。",
            },
            title=net.title(layer),
            o=out + 1,
            f=then,
        )
    if len(found.inputs) == 1:
        return fill(
            {
                "en": "At every place the same weights. Map {o} fills.",
                "ja": "どの場所でも同じ重みです。{o} 枚目のマップが埋まります。",
            },
            o=out + 1,
        )
    if found.added == 1:
        return fill(
            {
                "en": "{title}: depthwise, each map has one kernel of its own. Map {o} fills.",
                "ja": "{title}：チャンネルごとの畳み込みで、どのマップにも自分のカーネルが一つです。{o} 枚目が埋まります。",
            },
            title=net.title(layer),
            o=out + 1,
        )
    return fill(
        {
            "en": "{title}: each of {n} maps has a kernel; what they give is added up to map {o}.",
            "ja": "{title}：{n} 枚それぞれにカーネルを掛けて足すと、{o} 枚目ができます。",
        },
        title=net.title(layer),
        n=found.added,
        o=out + 1,
    )


_HOW: dict[bool, Words] = {
    False: {"en": ", map by map", "ja": "マップごとに"},
    True: {"en": "", "ja": ""},  # of a normalisation over several maps that would be wrong
}


def _many(net: NetworkView, layer: Layer, total: Floats) -> Words:
    return fill(
        {
            "en": "Other kernels see other things: {n} kernels, {n} maps.",
            "ja": "{n} 個のカーネルで、{n} 枚のマップができます。",
        }
        if len(total) > 1
        else {"en": "One map comes out.", "ja": "一枚のマップが出ます。"},
        n=len(total),
    )
