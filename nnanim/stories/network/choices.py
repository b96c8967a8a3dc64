"""Choices: the nearest code of a codebook, and which expert gets which token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Bars, Grid, Row
from nnanim.stories.network.between import before_and_after, only_source, put_between
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView, sums_to_one
from nnanim.stories.network.operations import sources_of
from nnanim.structure.known import Known
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words
from nnanim.words.numerals import percent

MAX_CODES, MAX_WIDE, MAX_EXPERTS, MAX_TOKENS = 12, 12, 16, 12
"""Maximum numbers of codes, of numbers of a code, of experts and of tokens that are drawn."""

NEAREST = {
    "en": "Of {n} codes, the nearest takes its place: code {k}.",
    "ja": "{n} 個のコードのうち、最も近い {k} 番に置きかえます。",
}
NEAREST_ROWS = {
    "en": "Each row becomes the nearest of {n} codes; the first one, code {k}.",
    "ja": "どの行も、{n} 個のうち最も近いコードになります。1 行目は {k} 番です。",
}
SHARED = {
    "en": "{n} experts answer; the router counts expert {k} most, with {p}.",
    "ja": "{n} 個のエキスパートが答えます。ルーターは {k} 番を最も重く、{p} で数えます。",
}
ANSWERS = {
    "en": "Each token asks only its {m} of {n} experts; their answers are added.",
    "ja": "どのトークンも、{n} 個のうち {m} 個のエキスパートだけに聞き、答えを足します。",
}
SENT: Words = {"en": "tokens sent to each expert", "ja": "各エキスパートへのトークン数"}
ROUTED = {
    "en": "The router sends each token to {m} of {n} experts: the first one to {k}.",
    "ja": "ルーターは、トークンを {n} 個のうち {m} 個のエキスパートに送ります。最初は {k} です。",
}


def tell_codebook(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A value, the codes with the nearest one ringed, and what takes its place; None for other steps."""
    layer, source = run[0], only_source(net, run[0])
    known = net.thing(layer.nodes[0])
    if known is None or known.kind != "codebook" or source is None:
        return None
    table = net.value(known.facts["table"])
    codes = _of_sample(net, known, layer)
    if table is None or not len(codes):
        return None
    first = int(codes[0])
    start = min(max(first - MAX_CODES // 2, 0), max(len(table) - MAX_CODES, 0))
    rows = range(start, min(start + MAX_CODES, len(table)))
    wide = min(table.shape[1], MAX_WIDE)
    rings = tuple((int(k) - start, c) for k in np.unique(codes) if k in rows for c in range(wide))
    grid = Grid(
        table[rows.start : rows.stop, :wide], key=f"op:{layer.name}", rows=tuple(f"{k}" for k in rows),
        label={"en": "codes", "ja": "コード"}, of=(len(table), wide), highlight=rings, means=words.weight,
    )  # fmt: skip
    before, after = (view.face(max_units=8) for view in before_and_after(net, layer, source))
    stage = put_between(before, grid, after, layer.name)
    if not fits(stage):
        return None
    said = fill(NEAREST if len(codes) == 1 else NEAREST_ROWS, n=len(table), k=first)
    return chain([Beat(said, stage, id=f"{layer.name}-codes")], tell_changes(net, layer))


def _of_sample(net: NetworkView, known: Known, layer: Layer) -> Floats:
    """The indices of the codes of the sample's rows."""
    codes: Floats = np.asarray(known.facts["codes"])
    if net.sample_axis is None or len(codes) % net.batch:
        return codes
    count = len(codes) // net.batch
    return codes[net.sample * count : (net.sample + 1) * count]


def tell_experts(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Experts whose answers are added, each by its share; None for other steps."""
    layer, source = run[0], only_source(net, run[0])
    known = net.thing(layer.nodes[0])
    if known is None or known.kind != "experts" or source is None:
        return None
    shares = net.value(known.facts["gate"])
    if shares is None:
        return None
    shares = shares.reshape(-1, shares.shape[-1])
    best = int(shares[0].argmax())
    chart = _shares(shares, f"op:{layer.name}", [(0, best)])
    before, after = (view.face(max_units=8) for view in before_and_after(net, layer, source))
    stage = put_between(before, chart, after, layer.name)
    if not fits(stage):
        return None
    said = fill(SHARED, n=shares.shape[1], k=best + 1, p=percent(float(shares[0, best])))
    return chain([Beat(said, stage, id=f"{layer.name}-experts")], tell_changes(net, layer))


def tell_routed_experts(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Experts that answer only for the tokens that were sent to them; None for other steps."""
    layer = run[0]
    known = net.thing(layer.nodes[0])
    if known is None or known.kind != "routed experts":
        return None
    # The router's choice goes in, too: the rows are what the experts answer to.
    source = next((one for one in sources_of(net, layer) if known.source.value == one[1]), None)
    if source is None:
        return None
    picked = net.value(f"{known.facts['pick']}[1]")
    if picked is None:
        return None
    picked = picked.reshape(-1, picked.shape[-1]).astype(int)
    sent = np.bincount(picked.ravel(), minlength=known.facts["experts"])
    kept = np.sort(np.argsort(-sent, kind="stable")[:MAX_EXPERTS])
    chart = Bars(
        sent[kept].astype(float), tuple(f"{k + 1}" for k in kept), key=f"op:{layer.name}",
        of=len(sent), label=SENT, digits=0,
    )  # fmt: skip
    before, after = (view.face(max_units=8) for view in before_and_after(net, layer, source))
    stage = put_between(before, chart, after, layer.name)
    if not fits(stage):
        return None
    said = fill(ANSWERS, n=len(sent), m=picked.shape[1])
    return chain([Beat(said, stage, id=f"{layer.name}-answers")], tell_changes(net, layer))


def _shares(shares: Floats, key: str, chosen: Sequence[tuple[int, int]]) -> Bars | Grid:
    """The router's shares: of one token as bars, of several as a table, with the chosen ones marked."""
    experts = tuple(
        fill({"en": "expert {k}", "ja": "エキスパート {k}"}, k=k + 1) for k in range(shares.shape[1])
    )
    if len(shares) == 1:
        return Bars(
            shares[0], experts, key=key, percent=True, limit=1.0, highlight=tuple(k for _, k in chosen),
            label=ROUTER,
        )  # fmt: skip
    rows, wide = min(len(shares), MAX_TOKENS), min(shares.shape[1], MAX_EXPERTS)
    kept = tuple((row, k) for row, k in chosen if row < rows and k < wide)
    return Grid(
        shares[:rows, :wide], key=key, columns=tuple(f"{k + 1}" for k in range(wide)), limit=1.0,
        role="amount",
        of=(len(shares), wide), highlight=kept, label=ROUTER, means=ROUTER,
        digits=2 if rows * wide <= 60 else None,
    )  # fmt: skip


ROUTER: Words = {"en": "router's shares", "ja": "ルーターの配分"}


def tell_router(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Which experts each token is sent to: the largest of the router's shares; None for other steps."""
    layer, source = run[0], only_source(net, run[0])
    node = layer.nodes[0]
    if node.kind not in ("topk", "max") or source is None or not is_router(net, layer):
        return None
    shares, picked = net.value(source[1]), net.value(f"{node.name}[1]")
    assert shares is not None and picked is not None
    picked = picked.reshape(len(shares), -1).astype(int)
    chart = _shares(shares, f"op:{layer.name}", [(t, int(k)) for t, row in enumerate(picked) for k in row])
    stage: Arrangement = Row(chart)
    if not fits(stage):
        return None
    numbers = [f"{k + 1}" for k in picked[0]]
    first: Words = {"en": " and ".join(numbers), "ja": " と ".join(numbers)}
    if len(numbers) > 2:
        first = {"en": ", ".join(numbers), "ja": "、".join(numbers)}
    said = fill(ROUTED, n=shares.shape[1], m=picked.shape[1], k=first)
    return chain([Beat(said, stage, id=f"{layer.name}-router")], tell_changes(net, layer))


def is_router(net: NetworkView, layer: Layer) -> bool:
    """Whether a choice of the largest picks experts: its indices are used, and there are as many experts."""
    source = only_source(net, layer) if layer.kind in ("topk", "max") else None
    shares = net.value(source[1]) if source is not None else None
    picked = net.value(f"{layer.nodes[0].name}[1]")
    if shares is None or picked is None or shares.ndim != 2 or not sums_to_one(shares[0]):
        return False
    around = [name for name in net.trace.graph.ancestors(layer.name)]
    prefixes = {name.rpartition(".")[0] for name in (layer.name, *around)}
    tables = [
        array.shape[0]
        for name, array in net.trace.parameters.items()
        if array.ndim == 3 and any(name.startswith(f"{one}." if one else "") for one in prefixes)
    ]
    numbered = {
        name.split(".experts.")[1].split(".")[0]
        for name in net.trace.parameters
        if ".experts." in f".{name}" and any(name.startswith(f"{one}." if one else "") for one in prefixes)
        for name in [f".{name}"]
    }
    return shares.shape[1] in tables or len(numbered) == shares.shape[1]
