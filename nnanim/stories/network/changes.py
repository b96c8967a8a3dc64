"""What follows a call and changes its values: the value before, what is done to it, and the value then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Link, Mark, Row, modify
from nnanim.stories.network.curves import function_curve, is_function
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.normalization import say_norm
from nnanim.stories.network.sentences import say_dropout, say_lost
from nnanim.stories.network.views import LayerView
from nnanim.structure.kinds import is_dropout, plain_kind
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import phrase
from nnanim.structure.titles import describe, fill, shorten_name
from nnanim.trace import Node
from nnanim.words import Words

LEAST = 0.4
"""The smallest scale at which the value before is seen beside the value then."""

CUT_OFF = {
    "en": "Then ReLU: {n} of {m} values are below 0, and become 0.",
    "ja": "続いて ReLU です。{m} 個のうち、負の {n} 個が 0 になります。",
}


def tell_changes(net: NetworkView, layer: Layer, first: Sequence[Node] = ()) -> Iterator[Beat]:
    """What follows a call, or ``first`` the call itself, and changes its values, if anything does."""
    nodes = [node for node in (*first, *layer.changes) if not net.is_idle(node)]
    if nodes and layer.output in net.trace:
        said = say_lost(net, layer.output, _say_change(net, layer, nodes))
        stage, born = following_stage(net, layer, nodes, seen=not first)
        yield Beat(said, stage, id=f"{layer.name}-after", born=born)


def _say_change(net: NetworkView, layer: Layer, nodes: Sequence[Node]) -> Words:
    """What is done to the values: in its numbers where it is one thing that is known."""
    told = describe(net.trace.graph, nodes, net.doubtful)
    if len(nodes) == 1:
        known = say_norm(net, nodes[0])
        if known is None and is_dropout(nodes[0].kind):
            known = say_dropout(net, nodes[0], told)
        if known is not None:
            return fill({"en": "Then {s}", "ja": "続いて {s}"}, s=known)
        before = net.value(layer.name)
        if plain_kind(nodes[0].kind) == "relu" and before is not None and layer.changes:
            return fill(CUT_OFF, n=int((before < 0).sum()), m=before.size)
    return fill({"en": "Then {f}.", "ja": "続いて {f} です。"}, f=told)


def following_stage(
    net: NetworkView, layer: Layer, nodes: Sequence[Node], seen: bool = True
) -> tuple[Arrangement, dict[str | tuple[str, int], From]]:
    """The value before, if it can be ``seen``, a block for each operation, and the value then.

    A function that the film has not shown stands as its curve. With the stage, of what the value before is
    born: the value that stood under the layer's own key.
    """
    graph = net.trace.graph
    blocks: list[Mark] = [
        Block(shorten_name(phrase(graph, node)), key=f"op:{layer.name}:after:{i}")
        for i, node in enumerate(nodes)
    ]
    before = LayerView(net, layer, (net.limit(layer.name), words.value), layer.name, named=False)
    after = LayerView(net, layer, named=False)
    if seen and before.values is not None and after.values is not None:
        one, key = before.face(layer, 6)
        middle = _draw_first(net, nodes, f"op:{layer.name}:after:0")
        for steps in ([middle] if middle is not None else [], blocks):
            stage = _chain((rename_before(one), f"sum:{key}"), steps, after.face(layer, 6), layer.name)
            if steps and fits(stage, LEAST):
                if steps is not blocks:
                    net.is_first(f"curve {nodes[0].kind}")
                return stage, {f"sum:{key}": From(key)}
    return _chain(None, blocks, after.face(max_units=6), layer.name), {}


def _draw_first(net: NetworkView, nodes: Sequence[Node], key: str) -> Mark | None:
    """The curve of a function that is seen for the first time in this film; None for all else."""
    if len(nodes) > 1 or not is_function(nodes[0].kind) or net.history[f"curve {nodes[0].kind}"]:
        return None
    return function_curve(net, nodes[0], key)


def _chain(
    before: tuple[Arrangement, str] | None, steps: Sequence[Mark], after: tuple[Arrangement, str], name: str
) -> Row:
    """Things and steps in a line, each tied to the next."""
    keys = [*([before[1]] if before else []), *(step.key for step in steps), after[1]]
    things: list[Arrangement] = [*([before[0]] if before else []), *steps, after[0]]
    chain = things[:1]
    for i, thing in enumerate(things[1:]):
        chain += [Link(keys[i], keys[i + 1], key=f"l:{name}:after:{i}", width=1.4), thing]
    return Row(*chain, gap=0.3)


def rename_before(thing: Arrangement) -> Arrangement:
    """A value before it was changed, under keys of its own."""
    if isinstance(thing, Column | Row):
        return type(thing)(*(rename_before(child) for child in thing.children), gap=thing.gap)
    made: Arrangement = modify(thing, key=f"sum:{thing.key}")
    return made
