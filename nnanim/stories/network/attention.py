"""Attention: who looks at whom, head by head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Grid, Row, Text, modify, round_up
from nnanim.motions import Sweep
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.color_limit import color_reach
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.stories.network.operations import tell_operation
from nnanim.stories.network.views import MAX_TABLE_ROWS, some
from nnanim.structure.kinds import is_norm, plain_kind
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_HEADS = 4
"""Maximum number of heads that are drawn."""


def tell_attention(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Who looks at whom in each head; None where no attention was recorded."""
    layer = run[0]
    own = {node.name for node in layer.nodes}
    if any(plain_kind(node.kind) in ("softmax", "scaleddotproductattention") for node in layer.nodes):
        own |= set(net.trace.graph.ancestors(layer.name))
    names = [name for name in net.trace.attentions if name in own]
    if not names:
        return None
    found = net.trace.attention(names[0])
    heads = np.asarray(found[min(net.sample, len(found) - 1)], dtype=np.float64)
    if heads.ndim != 3 or not np.isfinite(heads).all():
        return None
    written_out = any(plain_kind(node.kind) == "softmax" for node in layer.nodes)
    before: Iterable[Beat] = ()
    if written_out:
        # A mask leaves numbers far from all others; the shares that follow are what can be seen.
        one = layer.kind == "masked_fill" or plain_kind(layer.kind) == "softmax"
        before = tell_changes(net, layer, layer.nodes[:1]) if one else tell_operation(net, run)
    after: Iterable[Beat] = () if written_out else tell_changes(net, layer)
    return chain(before, _attention_beats(net, layer, heads), after)


def _attention_beats(net: NetworkView, layer: Layer, heads: Floats) -> Iterator[Beat]:
    title = net.title(layer) if layer.role == "module" else words.attention
    count, rows_, columns = (
        min(len(heads), MAX_HEADS),
        min(heads.shape[1], MAX_TABLE_ROWS),
        min(heads.shape[2], MAX_TABLE_ROWS),
    )
    named = net.token_labels if len(net.token_labels) == heads.shape[2] == heads.shape[1] else ()
    shown = heads[:count, :rows_, :columns]
    limit = round_up(color_reach(shown.ravel()))
    grids = [
        Grid(
            heads[h, :rows_, :columns],
            key=f"a:{layer.name}:{h}",
            limit=limit,
            clips=True,
            role="amount",
            of=(heads.shape[1], columns),
            rows=tuple(named[:rows_]) if h == 0 else (),
            columns=tuple(named[:columns]),
            means=words.attention,
            label=fill({"en": "head {h}", "ja": "ヘッド {h}"}, h=h + 1),
        )
        for h in range(count)
    ]
    stage: Arrangement = Row(*grids, gap=0.7)
    if count < len(heads):
        note = some(count, len(heads))
        stage = Column(stage, Text(note, key=f"cut:{layer.name}", size="small", role="dimmed"), gap=0.2)
    yield Beat(
        _say(net, layer, title, heads),
        stage,
        id=f"{layer.name}-heads",
    )
    most = max(range(count), key=lambda h: float(heads[h].max()))
    names = {"rows": tuple(named[:rows_]), "columns": tuple(named[:columns])}
    few = 2 if max(rows_, columns) <= 8 else None
    tried = (
        {"digits": few, **names},
        names,
        {"digits": few, "rows": (), "columns": ()},
        {"rows": (), "columns": ()},
    )
    one = next((grid for look in tried if fits(grid := modify(grids[most], **look))), grids[most])
    yield Beat(
        fill(
            {
                "en": "A row is one {one}'s attention. It adds up to one.",
                "ja": "一行が一つの{one}の注意で、合計は 1 です。",
            },
            one=_one(net),
        ),
        one,
        motion=Sweep(one.key, window=(1, columns), seconds=net.seconds),
        id=f"{layer.name}-sum",
    )


def _say(net: NetworkView, layer: Layer, title: Words, heads: Floats) -> Words:
    """Who asks whom."""
    asking, asked = (_origin(net, place) for place in _queries_and_keys(net, layer))
    if asking is not None and asked is not None and asking is not asked:
        return fill(
            CROSS,
            t=title,
            q=net.layer_words(asking, asking.output),
            k=net.layer_words(asked, asked.output),
            n=heads.shape[1],
            m=heads.shape[2],
        )
    who = fill(_who(heads), one=_one(net))
    return fill(SELF if len(heads) > 1 else ALONE, title=title, n=len(heads), who=who)


def _one(net: NetworkView) -> Words:
    """What a row of the attention stands for: a token, or a node of a graph."""
    first = net.steps[0].output
    return NODE if first in net.trace and net.trace.axes(first)[:1] == ("node",) else TOKEN


def _who(heads: Floats) -> Mapping[str, str]:
    """Whom each one asks, as the shares say: what has none anywhere was barred."""
    seen = (heads != 0).any(axis=0)
    if seen.all():
        return ALL
    square = seen.shape[0] == seen.shape[1]
    return EARLIER if square and np.array_equal(seen, np.tril(np.ones_like(seen))) else SOME


TOKEN: Words = {"en": "token", "ja": "トークン"}
NODE: Words = {"en": "node", "ja": "ノード"}
ALL = {"en": "each {one} asks all others", "ja": "{one}が互いに問い合わせます"}
EARLIER = {
    "en": "each {one} asks itself and those before it",
    "ja": "{one}が、自分とそれより前に問い合わせます",
}
SOME = {"en": "each {one} asks only some of the others", "ja": "{one}が、一部の相手だけに問い合わせます"}
CROSS = {
    "en": "Cross-attention: {n} queries come from {q}, the {m} keys and values from {k}.",
    "ja": "クロスアテンション：問い合わせ {n} 個は {q} から、キーと値 {m} 個は {k} から来ます。",
}
SELF = {
    "en": "{title}: {who}; {n} heads ask differently.",
    "ja": "{title}：{who}。ヘッドは {n} 個です。",
}
ALONE = {"en": "{title}: {who}.", "ja": "{title}：{who}。"}


def _queries_and_keys(net: NetworkView, layer: Layer) -> tuple[str, str]:
    """Names of the layers that give queries and keys; "" where they are not arguments of the layer itself."""
    node = layer.nodes[0]
    if node.kind != "MultiheadAttention" and plain_kind(node.kind) != "scaleddotproductattention":
        return "", ""
    home = {call.name: one.name for one in net.layers.values() for call in one.nodes}
    values = [one.value if one.value in home else one.value.partition("[")[0] for one in node.operands[:2]]
    names = [home.get(value, "") for value in values]
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def _origin(net: NetworkView, name: str) -> Layer | None:
    """The layer whose value was projected to queries or keys: back through dense layers and rotations."""
    layer = net.layers.get(name)
    while layer is not None and len(layer.inputs) == 1:
        before = net.layers.get(layer.inputs[0])
        normed = is_norm(layer.kind) and before is not None and before.dense
        if not (layer.dense or normed or layer.kind in ("rotary", "cat")):
            break
        layer = before
    return layer
