"""The gradients run back: from the output to the first layer, by the same weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Link, Mark, Overlay, Row, Units, Wires, flatten, round_up
from nnanim.motions import Flow, Playback
from nnanim.stories.network.columns import is_vector
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.overview import thumbnail_chain, thumbnails
from nnanim.stories.network.reveal import reveal
from nnanim.stories.network.unet import u_stage
from nnanim.stories.network.views import LayerView
from nnanim.structure.groups import Group
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill, layer_words
from nnanim.structure.u_shape import u_shape
from nnanim.trace import Trace
from nnanim.words import Words

MANY, EACH = 16, 2
"""In a network of more than MANY steps, the number of layers of each kind that are shown on the way back."""

WAYS: Mapping[str, Mapping[str, str]] = {
    "add": {"en": "A sum hands its gradient to both ways.", "ja": "和は、勾配を両方の道に渡します。"},
    "cat": {
        "en": "Each way gets its own part of the gradient.",
        "ja": "それぞれの道に、自分の分が戻ります。",
    },
    "conv": {
        "en": "Back through {t}: kernels spread it over what they saw.",
        "ja": "{t} を逆に。カーネルが見たセルへ配ります。",
    },
    "maxpool": {
        "en": "{t}: only the largest cell had a say. It gets all.",
        "ja": "{t}：最大だったセルだけが受けとります。",
    },
    "avgpool": {
        "en": "{t}: all cells of a window get an equal share.",
        "ja": "{t}：窓のセルに等しく分けます。",
    },
}
"""What happens to a gradient on its way back, by the kind of layer."""


def tell_backward(net: NetworkView, groups: Sequence[Group] = ()) -> Iterator[Beat]:
    """Tell the backward pass, from the last layer to the first, then all of it at one glance.

    Raises:
        UserError: the trace holds no gradients.
    """
    if not len(net.trace.gradients):
        raise UserError("no gradients were recorded; use record(model, x, gradients=True)")
    back = Gradients(net)
    wired = [layer for layer in reversed(list(net.layers.values())) if back.has_gradients(layer)]
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
    told: Counter[str] = Counter()
    for layer in wired:
        told[layer.kind] += 1
        if len(wired) <= MANY or told[layer.kind] <= EACH:
            yield back.step(layer)
    if (whole := back.whole(groups)) is not None:
        yield whole


class Gradients:
    """The recorded gradients of one sample."""

    def __init__(self, net: NetworkView) -> None:
        self.net = net
        arrays = {name: net.trace.gradients[name] for name in net.trace.gradients if name in net.trace}
        view = Trace.of(arrays, graph=net.trace.graph, axes={name: net.trace.axes(name) for name in arrays})
        # The same views show gradients: they are values of the same shapes.
        self.slopes = replace(
            net, trace=view, count=net.batch, titles={**net.titles, **net.names}, shape=None, known=net.layers
        )

    def of(self, name: str) -> Floats | None:
        """Gradient of one recorded value."""
        return self.slopes.value(name)

    def sources(self, layer: Layer) -> list[Layer]:
        """The layers that feed ``layer`` and whose gradients are known."""
        fed = [self.net.layers[name] for name in layer.inputs]
        return [one for one in fed if self.of(one.output) is not None]

    def has_gradients(self, layer: Layer) -> bool:
        """Whether the gradients on both sides of a layer were recorded."""
        called = layer.role in ("module", "function")
        return called and self.of(layer.name) is not None and bool(self.sources(layer))

    def view(self, layer: Layer, name: str, scale: tuple[float, Words]) -> LayerView:
        """A layer's gradient, ready to be shown."""
        return LayerView(self.slopes, layer, scale, name)

    def start(self, layer: Layer) -> Arrangement:
        """Where the gradients set out."""
        values = self.of(layer.name)
        assert values is not None
        return self.view(layer, layer.name, _scale([values])).face(max_units=8)[0]

    def step(self, layer: Layer) -> Beat:
        """One layer back."""
        sources = self.sources(layer)
        if is_vector(self.net, layer):
            found = self._wired_stage(layer, sources[0])
            if found is not None:
                return Beat(self._sentence(layer), found[0], motion=found[1], id=f"{layer.name}-back")
        name = layer.output if self.of(layer.output) is not None else layer.name
        values = [self.of(name), *(self.of(one.output) for one in sources)]
        scale = _scale([one for one in values if one is not None])
        right, right_key = self.view(layer, name, scale).face(max_units=6)
        few = 6 if len(sources) == 1 else 4
        left = [self.view(one, one.output, scale).face(max_units=few) for one in sources[:3]]
        for shown in (True, False):
            faces = (
                left
                if shown
                else [(self.view(one, one.output, scale).block(), f"v:{one.name}") for one in sources]
            )
            stage = self._stage(layer, faces, (right, right_key))
            if fits(stage):
                break
        states = {} if not shown else reveal([mark for thing, _ in faces for mark in flatten(thing)])
        motion = Playback(states, seconds=self.net.seconds) if states else None
        return Beat(self._sentence(layer), stage, motion=motion, id=f"{layer.name}-back")

    def _stage(
        self, layer: Layer, left: Sequence[tuple[Arrangement, str]], right: tuple[Arrangement, str]
    ) -> Arrangement:
        """Gradients, block, gradient: the arrows run from right to left."""
        made = Block(self.net.title(layer), key=f"op:{layer.name}", role="part")
        ends = [
            Link(made, key, key=f"b:{layer.name}:out:{i}", width=1.4, role="part")
            for i, (_, key) in enumerate(left)
        ]
        into = Link(right[1], made, key=f"b:{layer.name}:in", width=1.4, role="part")
        things = [thing for thing, _ in left]
        first = things[0] if len(things) == 1 else Column(*things, gap=0.5)
        ways: Arrangement = ends[0] if len(ends) == 1 else Overlay(*ends)
        return Row(first, ways, made, into, right[0], gap=0.25)

    def _sentence(self, layer: Layer) -> Words:
        kind = layer.kind.lower()
        pooled = "maxpool" if "maxpool" in kind or "max_pool" in kind else "avgpool"
        known = "conv" if "conv" in kind else pooled if "pool" in kind else kind
        if known in WAYS and (known != "add" or len(self.sources(layer)) == 2):
            sentence = WAYS[known]
        else:
            sentence = {"en": "The gradient goes back through {t}.", "ja": "勾配が {t} を逆にたどります。"}
        return fill(sentence, t=layer_words(layer, self.net.title(layer)))

    def whole(self, groups: Sequence[Group]) -> Beat | None:
        """All gradients at one glance, filling from the end: a U, or a chain; None for other shapes."""
        sentence: Words = {
            "en": "The whole way back: every layer learns its part in the loss.",
            "ja": "逆向きの全体です。どの層も、損失への影響を知ります。",
        }
        shape = u_shape(self.slopes)
        stage, film = u_stage(shape, backward=True) if shape is not None else (None, None)
        if stage is None and len(groups) > 2:
            stage = thumbnail_chain(self.slopes, groups, means=words.gradient)
            if stage is not None:
                film = self._filling(stage, groups)
        return None if stage is None else Beat(sentence, stage, motion=film, id="gradients")

    def _filling(self, stage: Arrangement, groups: Sequence[Group]) -> Playback | None:
        """What leaves each group fills, the last one first."""
        things = thumbnails(self.slopes, groups, words.gradient)
        keys = [things[group.name][1] for group in reversed(groups) if group.name in things]
        shown = {mark.key: mark for mark in flatten(stage)}
        states: dict[str, list[Mark]] = {}
        for place, key in enumerate(keys):
            for blank, full in reveal([shown[key]], steps=1).values():
                states[key] = [full if now > place else blank for now in range(len(keys) + 1)]
        return Playback(states, seconds=max(self.net.seconds, 0.5 * len(keys))) if states else None

    def _wired_stage(self, layer: Layer, source: Layer) -> tuple[Arrangement, Flow] | None:
        """Neurons, wires, and the signals that run back along them: w_ij · g_i for each neuron i."""
        weight = self.net.weight(layer)
        here, there = self.of(layer.name), self.of(source.output)
        assert here is not None and there is not None
        there = there.ravel()
        if len(there) != weight.shape[1] or not np.abs(here).max():
            return None
        outs, ins = top(here, self.net.max_units), top(there, self.net.max_units)
        limit = round_up(float(max(np.abs(here).max(), np.abs(there).max())))
        x = self._units(source, there, ins, limit)
        y = self._units(layer, here, outs, limit)
        part = weight[np.ix_(outs, ins)].T
        wires = Wires(part, y, x, key=f"b:{layer.name}", limit=round_up(float(np.abs(part).max())))
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


def _scale(values: Sequence[Floats]) -> tuple[float, Words]:
    return round_up(float(max(np.abs(one).max() for one in values))), words.gradient
