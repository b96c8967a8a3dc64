"""The gradients run back: from the output to the first layer, by the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Arrangement, Block, Link, Row, Units, Wires, nice
from nnanim.motions import Flow
from nnanim.stories.network.dense import is_vector
from nnanim.stories.network.layers import Layer
from nnanim.stories.network.net import Floats, Net, top
from nnanim.stories.network.sentences import fill
from nnanim.stories.network.views import View
from nnanim.trace import Trace
from nnanim.words import Words


def backward(net: Net) -> Iterator[Beat]:
    """Tell the backward pass, from the last layer to the first.

    Raises:
        UserError: the trace holds no gradients.
    """
    if not len(net.trace.gradients):
        raise UserError("no gradients were recorded; use record(model, x, gradients=True)")
    back = Gradients(net)
    wired = [layer for layer in reversed(list(net.layers.values())) if back.known(layer)]
    if not wired:
        return
    yield Beat(
        {
            "en": "Now back: how would the loss change with each value?",
            "ja": "次は逆向きです。値が変わると、損失はどう変わるでしょう。",
        },
        back.start(wired[0]),
        id="gradient",
    )
    for layer in wired:
        yield back.step(layer)


class Gradients:
    """The recorded gradients of one sample."""

    def __init__(self, net: Net) -> None:
        self.net = net
        arrays = {name: net.trace.gradients[name] for name in net.trace.gradients if name in net.trace}
        view = Trace.of(arrays, graph=net.trace.graph, axes={name: net.trace.axes(name) for name in arrays})
        # The same views show gradients: they are values of the same shapes.
        self.slopes = replace(net, trace=view, count=net.batch)

    def of(self, name: str) -> Floats | None:
        """Gradient of one recorded value."""
        return self.slopes.value(name)

    def source(self, layer: Layer) -> Layer | None:
        """The layer that feeds ``layer``, if its gradient is known."""
        known = [
            self.net.layers[name] for name in layer.inputs if self.of(self.net.layers[name].shown) is not None
        ]
        return known[0] if known else None

    def known(self, layer: Layer) -> bool:
        """Whether the gradients on both sides of a layer were recorded."""
        return layer.role == "module" and self.of(layer.name) is not None and self.source(layer) is not None

    def view(self, layer: Layer, name: str, scale: tuple[float, Words]) -> View:
        """A layer's gradient, ready to be shown."""
        return View(self.slopes, layer, scale, name)

    def start(self, layer: Layer) -> Arrangement:
        """Where the gradients set out."""
        values = self.of(layer.name)
        assert values is not None
        return View(self.slopes, layer, (nice(float(np.abs(values).max())), words.gradient), layer.name).face(
            most=8
        )[0]

    def step(self, layer: Layer) -> Beat:
        """One layer back."""
        source = self.source(layer)
        assert source is not None
        sentence = fill(
            {"en": "The gradient goes back through {t}.", "ja": "勾配が {t} を逆にたどります。"},
            t=self.net.title(layer),
        )
        if is_vector(self.net, layer):
            found = self._wired(layer, source)
            if found is not None:
                return Beat(sentence, found[0], motion=found[1], id=f"{layer.name}-back")
        here, there = self.of(layer.name), self.of(source.shown)
        assert here is not None and there is not None
        scale = nice(float(max(np.abs(here).max(), np.abs(there).max()))), words.gradient
        left, left_key = self.view(source, source.shown, scale).face(most=6)
        right, right_key = self.view(layer, layer.name, scale).face(most=6)
        made = Block(self.net.title(layer), key=f"op:{layer.name}", role="key")
        ends = (
            Link(made, left_key, key=f"b:{layer.name}:out", width=1.4, role="accent"),
            Link(right_key, made, key=f"b:{layer.name}:in", width=1.4, role="accent"),
        )
        return Beat(sentence, Row(left, ends[0], made, ends[1], right, gap=0.25), id=f"{layer.name}-back")

    def _wired(self, layer: Layer, source: Layer) -> tuple[Arrangement, Flow] | None:
        """Neurons, wires, and the signals that run back along them: w_ij · g_i for each neuron i."""
        weight = self.net.weight(layer)
        here, there = self.of(layer.name), self.of(source.shown)
        assert here is not None and there is not None
        there = there.ravel()
        if len(there) != weight.shape[1] or not np.abs(here).max():
            return None
        outs, ins = top(here, self.net.most), top(there, self.net.most)
        limit = nice(float(max(np.abs(here).max(), np.abs(there).max())))
        x = self._units(source, there, ins, limit)
        y = self._units(layer, here, outs, limit)
        part = weight[np.ix_(outs, ins)].T
        wires = Wires(part, y, x, key=f"b:{layer.name}", limit=nice(float(np.abs(part).max())))
        flow = Flow(wires.key, part * y.values, y.values, seconds=self.net.seconds)
        return Row(x, wires, y), flow

    def _units(self, layer: Layer, values: Floats, at: npt.NDArray[np.intp], limit: float) -> Units:
        return Units(
            values[at],
            key=f"v:{layer.name}",
            label=self.net.title(layer),
            limit=limit,
            means=words.gradient,
            shown=tuple(int(i) for i in at),
            of=len(values),
        )
