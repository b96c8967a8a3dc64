"""Convolution along time: a strip of weights wanders over the rows of a signal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Grid, Row, Text, round_up
from nnanim.motions import Sweep
from nnanim.stories.network.between import only_source
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.structure.known.formulas import agree
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_CHANNELS, MAX_STEPS = 8, 40
"""Maximum numbers of channels and of steps that are drawn."""

LONG = 4
"""How many times as long as its strip a signal is beside which a high strip is drawn smaller."""

SAYS = {
    "en": "{t}: a strip of {k} steps of weights wanders along time; its sums are row {o} of {n}.",
    "ja": "{t}：{k} ステップ分の重みが時間にそって動き、その和が {n} 行のうち {o} 行目になります。",
}
ONE_STEP = {
    "en": "{t}: the same weights for every column; their sums are row {o} of {n}.",
    "ja": "{t}：どの列も同じ重みを通ります。その和が {n} 行のうち {o} 行目です。",
}
DEPTHWISE = {
    "en": "{t}: each row has {k} weights of its own, which wander along time: here row {o} of {n}.",
    "ja": "{t}：どの行も自分の重み {k} 個を持ち、時間にそって動かします。{n} 行のうち {o} 行目です。",
}

ALONG: Words = {"en": "signal, along time →", "ja": "信号（時間 →）"}
ACROSS: Words = {"en": "column after column →", "ja": "一列ずつ →"}
"""What stands above the values that a strip reads; one of a single column knows no time."""


@dataclass(frozen=True)
class Strip:
    """How one row of a convolution along time came about.

    Attributes:
        given: (channels, steps) with zeros around. weights: (channels, window steps). made: (steps,) the row.
        stride, dilation: of the window. channels: which rows of the input it reads.
    """

    given: Floats
    weights: Floats
    made: Floats
    stride: int
    dilation: int
    channels: Floats


def find_strip(net: NetworkView, layer: Layer, out: int) -> Strip | None:
    """How row ``out`` came about; None where its weights do not give the recorded numbers."""
    node = layer.nodes[0]
    made = net.value(layer.name)
    if not net.trace.has_layer_input(layer.name) or made is None or made.ndim != 2:
        return None
    x = np.asarray(net.trace.layer_input(layer.name), dtype=np.float64)
    x = x[net.sample] if x.ndim == 3 else x
    weight, bias = (net.trace.parameters.get(_own(net, node.path, name)) for name in ("weight", "bias"))
    if weight is None or weight.ndim != 3 or x.ndim != 2 or len(weight) != len(made):
        return None
    stride, dilation, padding = (_single(node.setting(name, usual)) for name, usual in SETTINGS)
    if stride is None or dilation is None or padding is None or len(x) % weight.shape[1]:
        return None
    group = out // max(len(weight) // (len(x) // weight.shape[1]), 1)
    channels = np.arange(group * weight.shape[1], (group + 1) * weight.shape[1])
    strip = np.asarray(weight[out], dtype=np.float64)
    given = np.pad(x, ((0, 0), (padding, padding)))
    size = dilation * (strip.shape[1] - 1) + 1
    if given.shape[1] < size:
        return None
    seen = np.lib.stride_tricks.sliding_window_view(given[channels], size, axis=1)[:, ::stride, ::dilation]
    sums = np.einsum("ctk,ck->t", seen, strip) + (0.0 if bias is None else float(bias[out]))
    return Strip(given, strip, made[out], stride, dilation, channels) if agree(sums, made[out]) else None


SETTINGS: tuple[tuple[str, int], ...] = (("stride", 1), ("dilation", 1), ("padding", 0))


def _single(value: object) -> int | None:
    """A setting that is one number, or a tuple of one."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, int) else None


def _own(net: NetworkView, path: str, name: str) -> str:
    return f"{path}.{name}" if f"{path}.{name}" in net.trace.parameters else name


def tell_conv1d(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A strip that wanders over a signal while a row fills; None for other steps."""
    layer, source = run[0], only_source(net, run[0])
    made = net.value(layer.name)
    kind = layer.kind.lower()
    if "conv" not in kind or "transpose" in kind or source is None or made is None or made.ndim != 2:
        return None
    out = int(top(np.abs(made).mean(axis=1), 1)[0])
    strip = find_strip(net, layer, out)
    stage, motion = _stage(net, layer, strip) if strip is not None else (None, None)
    if strip is None or stage is None or not fits(stage):
        return None
    alone = len(strip.channels) == 1 < len(strip.given)
    sentence = ONE_STEP if strip.weights.shape[1] == 1 else SAYS
    said = fill(
        DEPTHWISE if alone else sentence,
        t=net.step_title(layer),
        k=strip.weights.shape[1],
        o=out + 1,
        n=len(made),
    )
    return chain([Beat(said, stage, id=f"{layer.name}-strip", motion=motion)], tell_changes(net, layer))


def _stage(net: NetworkView, layer: Layer, strip: Strip) -> tuple[Arrangement, Sweep | None]:
    """The signal, the strip and the row, below each other; and the strip on its way."""
    kept = strip.channels[
        np.sort(np.argsort(-np.abs(strip.weights).sum(axis=1), kind="stable")[:MAX_CHANNELS])
    ]
    rows = np.searchsorted(strip.channels, kept)
    steps = min(strip.given.shape[1], MAX_STEPS)
    size = strip.dilation * (strip.weights.shape[1] - 1) + 1
    places = (steps - size) // strip.stride + 1
    given = strip.given[kept, :steps]
    before = Grid(
        given, key=f"in:{layer.name}", limit=round_up(float(np.abs(given).max())), means=words.value,
        label=ALONG if strip.weights.shape[1] > 1 else ACROSS,
    )  # fmt: skip
    weights = Grid(
        strip.weights[rows], key=f"k:{layer.name}", limit=round_up(float(np.abs(strip.weights).max())),
        means=words.weight, label={"en": "weights", "ja": "重み"},
    )  # fmt: skip
    made = strip.made[: max(places, 1)]
    after = Grid(
        made[None],
        key=f"v:{layer.name}",
        limit=net.limit(layer.name),
        clips=True,
        means=net.title(layer),
        label=net.title(layer),
    )
    notes = []
    if len(kept) < len(strip.channels):
        notes.append(fill(ROWS_SHOWN, n=len(kept), of=len(strip.channels)))
    if len(made) < len(strip.made):
        notes.append(fill(STEPS_SHOWN, n=len(made), of=len(strip.made)))
    small = [
        Text(one, key=f"cut-{i}:{layer.name}", size="small", role="dimmed") for i, one in enumerate(notes)
    ]
    wide, tall = given.shape[1] / max(strip.weights.shape[1], 1), len(kept) / MAX_CHANNELS
    beside: Arrangement = Row(weights, scale=0.5) if wide > LONG and tall > 0.5 else weights
    stage = Column(Row(Column(before, after, gap=0.5), beside, gap=0.9), *small, gap=0.2)
    sweep = (
        Sweep(before.key, (len(kept), size), (len(kept), strip.stride), after.key, seconds=net.seconds)
        if len(made) == places > 1
        else None
    )
    return stage, sweep


ROWS_SHOWN = {"en": "{n} of {of} rows shown", "ja": "{of} 行のうち {n} 行"}
STEPS_SHOWN = {"en": "{n} of {of} steps shown", "ja": "{of} ステップのうち {n} ステップ"}
