"""Transposed convolution: a kernel spreads every cell over several; what lands in one place is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Arrangement, Column, Formula, Grid, Picture, Row, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.network.conv import MAX_KERNEL
from nnanim.stories.network.conv_place import sum_parts
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.reveal import reveal_rows
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.trace import Contributions


def tell_transposed_convolution(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The beats of a transposed convolution, or None where its numbers cannot be explained."""
    layer, kind = run[0], run[0].kind.lower()
    if "conv" not in kind or "transpose" not in kind:
        return None
    source = net.layers.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
    total = net.value(layer.name)
    if source is None or total is None or total.ndim != 3 or net.trace[layer.name].ndim != 4:
        return None
    given = net.trace.layer_input(layer.name)[net.sample] if net.trace.has_layer_input(layer.name) else None
    if given is None or not np.isfinite(given).all():
        return None
    out = int(net.channels(layer, 1)[0])
    row, column = np.unravel_index(int(np.abs(total[out]).argmax()), total[out].shape)
    try:
        sums = net.trace.contributions(layer.name, net.sample, at=(int(row), int(column)), units=[out])
    except UserError:
        return None
    return _spread(net, layer, source, sums, net.is_first("transposed convolution"))


def strongest(sums: Contributions) -> tuple[int, float]:
    """The input channel that adds most to the only unit of some sums, and how much."""
    channels = sums.places[sums.indices[0], 0]
    added = np.bincount(channels, weights=sums.terms[0])
    most = int(np.abs(added).argmax())
    return most, float(added[most])


def _spread(
    net: NetworkView, layer: Layer, source: Layer, sums: Contributions, first: bool
) -> Iterator[Beat]:
    out, (into, term) = int(sums.units[0]), strongest(sums)
    total = net.value(layer.name)
    assert total is not None
    scales = net.scales((source, layer), layer)
    given = np.asarray(net.trace.layer_input(layer.name)[net.sample, into], dtype=np.float64)
    limit = max(scales[source.name][0], round_up(float(np.abs(given).max())))
    label = fill(
        {"en": "map {c} of {of}", "ja": "{of} 枚中 {c} 枚目"},
        c=into + 1,
        of=len(net.trace.layer_input(layer.name)[0]),
    )
    before = Picture(
        given, key=f"v:{source.name}:{into}", label=label, low=-limit, high=limit, colors="diverging",
        means=scales[source.name][1],
    )  # fmt: skip
    after = LayerView(net, layer, scales[layer.name], layer.name).picture(out, net.title(layer))
    # Each picture as large as its number of cells says, so that it is seen to grow.
    small = Row(before, scale=max(0.5, min(1.0, len(given) / total.shape[1])))
    kernel = _kernel(net, layer, into, out, len(total))
    shown: list[Arrangement] = (
        [small, kernel, after] if max(kernel.values.shape) <= MAX_KERNEL else [small, after]
    )
    yield Beat(
        {
            "en": "A transposed convolution spreads every cell by a kernel.",
            "ja": "転置畳み込みは、セルをカーネルで広げます。",
        }
        if first
        else fill(
            {
                "en": "{t}: again every cell is spread by a kernel.",
                "ja": "{t}：ここでもカーネルで広げます。",
            },
            t=net.title(layer),
        ),
        Row(*shown, gap=0.9),
        motion=Playback({after.key: reveal_rows(after)}, seconds=net.seconds),
        id=f"{layer.name}-spread",
    )
    if first:
        rest = float(sums.total[0] - sums.bias[0]) - term
        count = net.trace.layer_input(layer.name).shape[1]
        bias = float(sums.bias[0]) if sums.biased else None
        parts = sum_parts(term, rest if count > 1 else None, bias, float(sums.total[0]), into + 1)
        seen = modify(after, label=net.title(layer))
        yield Beat(
            {
                "en": "What lands in one cell is added: here in the strongest.",
                "ja": "同じセルに来たものを足します。最も強いセルの例です。",
            },
            Column(Row(seen, scale=0.6), Formula(parts, key="sum"), gap=0.5),
            id=f"{layer.name}-place",
        )
    done = net.describe_changes(layer)
    if len(total) == 1 and layer is net.last and not done:
        return  # it is what comes out
    sentence = {"en": "{n} maps come out.", "ja": "マップが {n} 枚できます。"}
    if done:
        sentence = {"en": "{n} maps come out; then {f}.", "ja": "マップが {n} 枚できて、{f} が続きます。"}
    if len(total) == 1:
        sentence = {"en": "One map comes out.", "ja": "一枚のマップが出ます。"}
        if done:
            sentence = {"en": "One map comes out; then {f}.", "ja": "一枚のマップが出て、{f} が続きます。"}
    yield Beat(fill(sentence, n=len(total), f=done), LayerView(net, layer).maps(), id=f"{layer.name}-maps")


def _kernel(net: NetworkView, layer: Layer, into: int, out: int, count: int) -> Grid:
    """The kernel from one map to another."""
    name = f"{layer.nodes[0].path}.weight"
    held = net.trace.parameters
    weight = held[name if name in held else "weight"]  # (in, out / groups, rows, columns)
    values = np.asarray(weight[into, out % weight.shape[1]], dtype=np.float64)
    return Grid(
        values,
        key=f"k:{layer.name}",
        limit=round_up(float(np.abs(values).max())),
        digits=2,
        means=words.weight,
        label={"en": "kernel", "ja": "カーネル"},
    )
