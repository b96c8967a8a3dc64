"""Gated layers and squeeze-and-excite: one value says how much of another one passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Bars, Column, Grid, Row, Text, Units, round_up
from nnanim.stories.network.between import before_and_after, only_source
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.views import Scale, some
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import WRITTEN
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_ROWS, MAX_COLUMNS = 8, 10
"""Maximum number of rows and columns of a gate that are drawn."""

GATED = {
    "en": "{t}: {f} of one layer says how much of the other passes.",
    "ja": "{t}：片方の層の {f} が、もう片方をどれだけ通すか決めます。",
}
EXCITED = {
    "en": "Squeeze-and-excite: each map is multiplied by its own number, {low:.2f} to {high:.2f}.",
    "ja": "Squeeze-and-excite：マップごとに、{low:.2f} から {high:.2f} までの数を掛けます。",
}


def tell_gate(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A gated layer (SwiGLU, GEGLU, …) as one product; None for other steps."""
    layer = run[0]
    known = net.thing(layer.nodes[0])
    if known is None or "other" not in known.facts:
        return None
    gate, other, product = (
        net.part(known.facts["gate"]),
        net.part(known.facts["other"]),
        net.value(layer.name),
    )
    stage = _gate_stage(net, layer, gate, other, product)
    if stage is None:
        return None
    function = WRITTEN.get(known.facts["function"], known.facts["function"])
    said = fill(GATED, t=known.kind, f=function)
    return chain([Beat(said, stage, id=f"{layer.name}-gate")], tell_changes(net, layer))


def _gate_stage(
    net: NetworkView, layer: Layer, gate: Floats | None, other: Floats | None, product: Floats | None
) -> Arrangement | None:
    if gate is None or other is None or product is None:
        return None
    if not gate.shape == other.shape == product.shape or gate.ndim > 2:
        return None
    titles = ({"en": "gate", "ja": "ゲート"}, {"en": "values", "ja": "値"}, net.title(layer))
    keys = (f"gate:{layer.name}", f"passed:{layer.name}", f"v:{layer.name}")
    reach = [float(np.abs(one).max()) for one in (gate, other, product)]
    limit = round_up(max(reach))
    scales: list[Scale] = [(limit, words.value)] * 3
    if reach[2] < limit / 4:  # a product of small numbers is too small to be seen on their scale
        scales[2] = round_up(reach[2]), net.title(layer)
    chosen = top(np.abs(product).max(axis=0) if product.ndim == 2 else product, MAX_COLUMNS)
    made = [
        _thing(one, chosen, key, title, scale)
        for one, key, title, scale in zip((gate, other, product), keys, titles, scales, strict=True)
    ]
    signs = [Text(sign, key=f"{sign}:{layer.name}", size="large") for sign in ("×", "=")]
    stage: Arrangement = Row(made[0], signs[0], made[1], signs[1], made[2], gap=0.4)
    if len(chosen) < product.shape[-1]:
        note = Text(
            some(len(chosen), product.shape[-1]), key=f"cut:{layer.name}", size="small", role="dimmed"
        )
        stage = Column(stage, note, gap=0.2)
    return stage if fits(stage) else None


def _thing(
    values: Floats, chosen: npt.NDArray[np.intp], key: str, title: Words, scale: Scale
) -> Units | Grid:
    """The chosen columns of a value: as neurons, or as a table of the first tokens."""
    if values.ndim == 1:
        return Units(
            values[chosen], key=key, label=title, limit=scale[0], means=scale[1],
            shown=tuple(int(i) for i in chosen), of=len(values),
        )  # fmt: skip
    rows = min(len(values), MAX_ROWS)
    return Grid(
        values[:rows, chosen], key=key, label=title, limit=scale[0], means=scale[1],
        of=(len(values), len(chosen)),
    )  # fmt: skip


def tell_excite(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Squeeze-and-excite: the number of each map, between the maps before and after; None for others."""
    layer, source = run[0], only_source(net, run[0])
    known = net.thing(layer.nodes[0])
    if known is None or "factors" not in known.facts or source is None:
        return None
    factors = net.part(known.facts["factors"])
    views = before_and_after(net, layer, source)
    if factors is None or any(view.values is None or view.values.ndim != 3 for view in views):
        return None
    factors = factors.ravel()
    kept = top(factors, 8)
    at = int(factors.argmin())
    kept = np.unique(np.append(kept, at))
    names = tuple(fill({"en": "map {c}", "ja": "{c} 枚目"}, c=int(c) + 1) for c in kept)
    bars = Bars(
        factors[kept], names, key=f"op:{layer.name}", limit=1.0,
        highlight=(int(np.flatnonzero(kept == at)[0]),),
        of=len(factors), label=words.weight,
    )  # fmt: skip
    before, after = (view.face(channel=at)[0] for view in views)
    signs = [Text(sign, key=f"{sign}:{layer.name}", size="large") for sign in ("×", "=")]
    stage = Row(before, signs[0], bars, signs[1], after, gap=0.5)
    if not fits(stage):
        return None
    said = fill(EXCITED, low=factors.min(), high=factors.max())
    return chain([Beat(said, stage, id=f"{layer.name}-excite")], tell_changes(net, layer))
