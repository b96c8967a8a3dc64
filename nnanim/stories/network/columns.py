"""Columns of neurons: a run of dense layers as marks, beside what the first of them is read from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from nnanim import words
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Grid, Row, Units, Wires, modify, round_up
from nnanim.motions import Flow
from nnanim.stories.network.color_limit import shown_limit
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.views import LayerView, sheet
from nnanim.structure.layers import Layer
from nnanim.structure.titles import as_noun
from nnanim.trace.dense_calls import layer_inputs_of

MAX_COLUMNS = 4
"""Maximum number of columns of neurons that are seen at once."""

MIN_NEURON_SCALE = 0.36
"""The smallest scale of neurons beside what they are read from."""


def is_vector(net: NetworkView, layer: Layer) -> bool:
    """Whether a layer is dense and gives one vector for each sample."""
    if not layer.dense or layer.sum not in net.trace or layer.output not in net.trace:
        return False
    values, given = net.output(layer), layer_inputs_of(net.trace, layer.sum)
    axes = 1 if net.sample_axis is None else 2
    return (
        net.trace[layer.sum].ndim == net.trace[layer.output].ndim == axes
        and given is not None
        and given.ndim == axes
        and values is not None
        and values.ndim == 1  # two axes of which neither is the sample are rows
    )


def runs(net: NetworkView, layers: Sequence[Layer]) -> Iterator[list[Layer]]:
    """Dense layers that feed each other directly, together; every other layer alone."""
    run: list[Layer] = []
    for layer in layers:
        dense = is_vector(net, layer)
        if (
            dense
            and run
            and layer.inputs == (run[-1].name,)
            and _same(dense_inputs(net, layer), net.vector(run[-1]))
        ):
            run.append(layer)
            continue
        if run:
            yield run
        run = [layer] if dense else []
        if not dense:
            yield [layer]
    if run:
        yield run


def _same(a: Floats, b: Floats) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))


def dense_inputs(net: NetworkView, layer: Layer) -> Floats:
    """What came into a dense layer."""
    found = layer_inputs_of(net.trace, layer.sum)
    assert found is not None
    return np.asarray(found if net.sample_axis is None else found[net.sample], dtype=np.float64)


class Columns:
    """The neurons and wires of a run of dense layers, as marks."""

    def __init__(self, net: NetworkView, run: Sequence[Layer]) -> None:
        self.net, self.run = net, tuple(run)
        source = net.layers[run[0].inputs[0]] if run[0].inputs else run[0]
        self.source = source
        layers = (source, *run)
        scales = net.scales(layers)
        whole = dense_inputs(net, run[0])
        self.shown = [
            top(whole * self._strength(), net.max_units),
            *(net.drawn_units(layer) for layer in run),
        ]
        first = Units(
            whole[self.shown[0]],
            key=f"v:{source.name}" if source is not run[0] else f"in:{source.name}",
            label=as_noun(net.value_title(source, next((one.value for one in run[0].takes), source.output)))
            if source is not run[0]
            else words.value,
            limit=shown_limit(whole[self.shown[0]], scales[source.name][0]),
            clips=True,
            means=scales[source.name][1],
            shown=tuple(self.shown[0]),
            of=len(whole),
        )
        self.units = [first, *(LayerView(net, layer, scales[layer.name]).units() for layer in run)]
        weights = [self._weights(i) for i in range(len(run))]
        every = [net.weight(layer) for layer in net.layers.values() if is_vector(net, layer)]
        limit = round_up(float(max(np.abs(w).max() for w in every)))
        self.wires = [
            Wires(w, self.units[i], self.units[i + 1], key=f"w:{run[i].name}", limit=limit)
            for i, w in enumerate(weights)
        ]

    def _strength(self) -> Floats:
        """(in,) how strongly each input acts on the first layer, by the sizes of its weights."""
        weight = self.net.weight(self.run[0])
        return np.asarray(np.abs(weight).sum(axis=0), dtype=np.float64)

    def _weights(self, i: int) -> Floats:
        weight = self.net.weight(self.run[i])
        return weight[np.ix_(self.shown[i + 1], self.shown[i])]

    def flow(self, i: int, seconds: float, only: int | None = None) -> Flow:
        """Signals into layer ``i`` of the run, of the weights and neurons that are shown."""
        x = self.units[i].values
        return Flow(f"w:{self.run[i].name}", self.wires[i].weights * x, x, only=only, seconds=seconds)

    def stage(self, until: int, lit: int | None = None, sheeted: bool = True) -> Row:
        """Columns up to ``until`` (and beyond, while there is room), the first ``lit`` of them lit."""
        count = len(self.units)
        start = max(0, min(until - MAX_COLUMNS + 2, count - MAX_COLUMNS))
        shown = range(start, min(start + MAX_COLUMNS, count))
        made: list[Arrangement] = []
        if sheeted and start == 0 and self.lead is not None:
            made.append(self.lead)
        for i in shown:
            on = i < (until + 1 if lit is None else lit)
            made += [self.wires[i - 1]] if i > start else []
            made.append(modify(self.units[i], lit=on))
        return Row(*made, gap=0.7)

    @cached_property
    def lead(self) -> Arrangement | None:
        """What the first column is read from, as large as it may stand beside the columns."""
        given = self.source_marks()
        if given is None or self.is_pictured:
            return None if given is None else Row(given, scale=1.8)
        first = [self.units[0], self.wires[0], self.units[1]]
        tried = (Row(given, scale=scale) for scale in (1.6, 1.0, 0.7))
        return next((one for one in tried if fits(Row(one, *first, gap=0.7), MIN_NEURON_SCALE)), None)

    def source_marks(self) -> Arrangement | None:
        """What the neurons of the first column are read from: a picture, maps or rows; None for a vector."""
        values = self.net.output(self.source)
        if self.is_pictured:
            return sheet(self.net, self.source, tuple(self.shown[0]))
        if values is None or values.ndim not in (2, 3):
            return None
        view = LayerView(self.net, self.source, self.net.scales((self.source, *self.run))[self.source.name])
        if values.ndim == 3:
            return replace(view, heading=False).maps(4, across=2)
        at = row_of(values, dense_inputs(self.net, self.run[0]))
        table = replace(view, heading=False, named=False).face()[0]
        return _read(table, at)

    @property
    def is_pictured(self) -> bool:
        """Whether the run starts from an input that is a picture."""
        return self.source.role == "input" and self.net.shape is not None


def _read(thing: Arrangement, row: int | None) -> Arrangement:
    """A table from which one row is read, with a key of its own."""
    if isinstance(thing, Column):
        return Column(*(_read(child, row) for child in thing.children), gap=thing.gap, anchor=thing.anchor)
    if not isinstance(thing, Grid):
        return thing
    cells = (
        () if row is None or row >= len(thing.values) else [(row, c) for c in range(thing.values.shape[1])]
    )
    read: Grid = modify(thing, key=f"read:{thing.key}", highlight=tuple(cells))
    return read


def row_of(table: Floats, row: Floats) -> int | None:
    """Which row of a table some numbers are; None if they are none of them."""
    if table.shape[1:] != row.shape:
        return None
    found = np.flatnonzero((table == row).all(axis=1))
    return int(found[0]) if len(found) else None


def run_of_all(net: NetworkView) -> list[Layer] | None:
    """The dense layers, if the whole network is nothing but one run of a few of them."""
    every = net.steps
    found = [run for run in runs(net, every[1:])]
    small = (
        every[0].role == "input"
        and len(found) == 1
        and len(found[0]) < MAX_COLUMNS
        and is_vector(net, found[0][0])
    )
    return found[0] if small else None
