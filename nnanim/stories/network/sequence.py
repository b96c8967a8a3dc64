"""Tokens and time: embeddings, rows that pass through one layer, recurrent steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

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
    Mark,
    Row,
    Text,
    Tokens,
    Units,
    modify,
    round_up,
)
from nnanim.motions import Playback
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.functions import tell_followers
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.views import MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, LayerView, some
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill, shorten_name
from nnanim.words import Words

MAX_STEPS = 8
"""Maximum number of time steps that are drawn."""


def is_table(net: NetworkView, layer: Layer) -> bool:
    """Whether a layer gives a row of numbers for each token."""
    values = net.output(layer)
    return values is not None and values.ndim == 2


def tell_embedding(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Each token becomes a row; None where the tokens are not known."""
    layer = run[0]
    if "embedding" not in layer.kind.lower():
        return None
    source = net.layers[layer.inputs[0]] if len(layer.takes) == 1 else None
    ids = net.value(layer.takes[0].value) if source is not None else None
    if (
        source is None
        or ids is None
        or ids.ndim != 1
        or not is_table(net, layer)
        or len(ids) > MAX_TABLE_ROWS
    ):
        return None
    inner = net.steps[0] is not source or layer.takes[0].value != source.output
    pieces = tuple(f"{int(one)}" for one in ids) if inner else net.token_labels
    if len(pieces) != len(ids) or not np.array_equal(ids, ids.round()):
        return None

    def beats() -> Iterator[Beat]:
        chips = Tokens(pieces, key="tokens", label=net.value_title(source, layer.takes[0].value))
        grid = LayerView(net, layer, name=layer.name, named=not inner).table()
        yield Beat(
            {
                "en": "Each token is looked up, and becomes a row of numbers.",
                "ja": "トークンを表で引くと、一行の数になります。",
            },
            Column(chips, grid, gap=0.5),
            motion=_lines(net, grid, layer),
            id=f"{layer.name}-rows",
        )
        yield from tell_changes(net, layer)

    return beats()


def tell_rows(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A dense layer over tokens: the same weights for each row; None where it is something else."""
    layer = run[0]
    if not layer.dense:
        return None
    source = net.layers.get(layer.inputs[0]) if layer.inputs else None
    taken = layer.takes[0] if layer.takes else None
    if source is None or taken is None or not is_table(net, layer):
        return None
    made, part = net.output(layer), taken.part
    assert made is not None
    rows = net.part(part) if part is not None else net.value(taken.value)
    if part is not None and (rows is None or len(rows) != len(made)):  # the rows of all samples in one list
        rows, part = net.value(taken.value), None
    if rows is None or rows.ndim != 2 or len(rows) != len(made):
        return None

    def beats() -> Iterator[Beat]:
        scales = net.scales((source, layer))
        entering = LayerView(net, source, scales[source.name], taken.value, part=part)
        before, after = entering.face()[0], LayerView(net, layer, scales[layer.name]).face()[0]
        one = len(layer.changes) == 1 and isinstance(net.describe_changes(layer), str)
        kind = layer.kind if layer.role == "module" else "Linear"
        after_it = net.describe_changes(layer)
        named = isinstance(after_it, str) and after_it[:1].isalpha()
        detail = f"{kind}{' + ' if named else ', then '}{after_it}" if one else kind
        made = Block(net.title(layer), detail, key=f"op:{layer.name}")
        after = _without_names(after)
        before_key, after_key = entering.key, f"v:{layer.name}"
        said = {
            "en": "{title}: every row passes the same weights.",
            "ja": "{title}：どの行も、同じ重みを通ります。",
        }
        if layer.changes and not one:
            said = {
                "en": "{title}: every row passes the same weights, then {f}.",
                "ja": "{title}：どの行も同じ重みを通り、続いて {f} です。",
            }
        sentence = fill(said, title=net.title(layer), f=net.describe_changes(layer))
        yield Beat(
            sentence,
            Row(
                before,
                Link(before_key, made, key=f"l:{layer.name}:in"),
                made,
                Link(made, after_key, key=f"l:{layer.name}:out"),
                after,
            ),
            motion=_lines(net, after, layer),
            id=f"{layer.name}-rows",
        )
        yield from tell_followers(net, layer)

    return beats()


def _without_names(thing: Arrangement) -> Arrangement:
    if isinstance(thing, Column):
        return Column(
            *(_without_names(child) for child in thing.children), gap=thing.gap, anchor=thing.anchor
        )
    return modify(thing, label=None, rows=()) if isinstance(thing, Grid) else thing


def grid_of(thing: Arrangement) -> Grid:
    """The Grid in an arrangement."""
    if isinstance(thing, Row):
        return next(grid_of(child) for child in thing.children if isinstance(child, Grid | Row))
    assert isinstance(thing, Grid)
    return thing


def _lines(net: NetworkView, thing: Arrangement, layer: Layer) -> Playback:
    """A Grid that fills line by line."""
    grid = grid_of(thing)
    count = len(grid.values)
    states: list[Mark] = []
    for until in range(count + 1):
        mask = np.zeros(grid.values.shape, dtype=bool)
        mask[until:] = True
        states.append(modify(grid, mask=mask if until < count else grid.mask))
    return Playback({grid.key: states}, seconds=net.seconds)


def tell_recurrent(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The states of an LSTM, GRU or RNN, step by step; None where they were not recorded."""
    layer = run[0]
    if layer.kind.lower() not in ("lstm", "gru", "rnn"):
        return None
    values = net.value(layer.name)
    if values is None or values.ndim != 2:
        return None
    names: list[Words] = [f"t = {t + 1}" for t in range(len(values))]
    steps = _unroll(net, layer, values, names, _read(net, layer, len(values)))
    return chain(steps, tell_changes(net, layer))


def _read(net: NetworkView, layer: Layer, steps: int) -> Grid | None:
    """What the layer reads, a row at each step, where it is small enough to be drawn."""
    source = net.layers.get(layer.inputs[0]) if layer.inputs else None
    rows = net.output(source) if source is not None else None
    if (
        source is None
        or rows is None
        or rows.ndim != 2
        or len(rows) != steps
        or max(rows.shape) > MAX_TABLE_COLUMNS
    ):
        return None
    view = LayerView(net, source)
    grid = view.table()
    return grid if isinstance(grid, Grid) and view.is_rows else None


def tell_cell(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The states of a cell that was called again and again; None where they were not recorded."""
    layer = run[0]
    calls = [one for one in net.layers.values() if one.nodes[0].path == layer.nodes[0].path]
    if not layer.kind.lower().endswith("cell") or len(calls) < 2:
        return None
    if net.history[f"cell {layer.nodes[0].path}"]:
        return iter(())  # told with the first call
    states = [net.value(layer.name) for layer in calls]
    if any(state is None or state.ndim != 1 for state in states):
        return None
    net.history[f"cell {layer.nodes[0].path}"] += 1
    names: list[Words] = [shorten_name(layer.name) for layer in calls]
    return _unroll(net, calls[0], np.stack(states), names)  # type: ignore[arg-type]


def _unroll(
    net: NetworkView, layer: Layer, values: Floats, names: Sequence[Words], read: Grid | None = None
) -> Iterator[Beat]:
    tried = ((n, given) for n in range(MAX_STEPS, 2, -1) for given in ([read, None] if read else [None]))
    for most, given in tried:
        steps, stage = _steps(net, layer, values, names, most, given)
        if fits(stage):
            break
    count = len(steps)
    states = {
        state.key: [modify(state, lit=now > t) for now in range(count + 1)] for t, state in enumerate(steps)
    }
    if given is not None:
        columns = range(given.values.shape[1])
        states[given.key] = [
            modify(given, highlight=tuple((now, c) for c in columns if now < count))
            for now in range(count + 1)
        ]
    sentence = fill(
        {
            "en": "{kind}: one step after the other, the state is handed on.",
            "ja": "{kind}：一歩ずつ、状態が受け渡されます。",
        },
        kind=layer.kind,
    )
    yield Beat(
        sentence,
        stage,
        motion=Playback(states, seconds=max(net.seconds, 0.6 * count)),
        id=f"{layer.name}-steps",
    )


def _steps(
    net: NetworkView, layer: Layer, values: Floats, names: Sequence[Words], max_steps: int, read: Grid | None
) -> tuple[list[Units], Arrangement]:
    """The states after the first ``max_steps`` steps, handed on, beside what was read."""
    chosen = top(np.abs(values).max(axis=0), min(net.max_units, 6))
    count = min(len(values), max_steps)
    limit = round_up(float(np.abs(values).max()))
    steps = [
        Units(
            values[t, chosen],
            key=f"v:{layer.name}:{t}",
            label=names[t],
            limit=limit,
            shown=tuple(chosen),
            means=words.value,
        )
        for t in range(count)
    ]
    made: list[Mark] = []
    for t, state in enumerate(steps):
        made += [Link(steps[t - 1], state, key=f"l:{layer.name}:{t}", width=1.4)] if t else []
        made.append(state)
    cuts = []
    if len(chosen) < values.shape[1]:
        cuts.append(some(len(chosen), values.shape[1]))
    if count < len(values):
        told = {"en": "{n} of {of} steps shown", "ja": "{of} ステップのうち {n}"}
        cuts.append(fill(told, n=count, of=len(values)))
    # Beneath all steps: beside one of them it would push its neighbours away.
    notes = [
        Text(cut, key=f"cut-{n}:{layer.name}", size="small", role="dimmed") for n, cut in enumerate(cuts)
    ]
    stage: Arrangement = Column(Row(*made), *notes, gap=0.2, anchor=0) if notes else Row(*made)
    stage = stage if read is None else Row(read, stage, gap=0.9)
    return steps, stage
