"""What is said of a part that is told as one block: what it does to its value, as far as the run shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.sizes import count_values
from nnanim.structure.groups import Group
from nnanim.structure.kinds import (
    ARITHMETIC,
    is_activation,
    is_convolution,
    is_dropout,
    is_norm,
    is_view,
    plain_kind,
)
from nnanim.structure.layers import Layer, TakenValue
from nnanim.structure.titles import fill
from nnanim.trace import Operand
from nnanim.trace.graph import call_path
from nnanim.words import Words

TURNS = {"en": "{t} turns {a} into {b}.", "ja": "{t} は、{a} を {b} にします。"}
MAKES = {"en": "{t} makes {b} from {n} inputs.", "ja": "{t} は、{n} 個の入力から {b} を作ります。"}
LOOKUP = {"en": "{t} looks up a row of its table for each.", "ja": "{t} が、それぞれに表の行を引きます。"}
POSITIONS = {
    "en": "{t}: rows of a table, the same for every input.",
    "ja": "{t}：どの入力にも同じ、表の行です。",
}
ATTENDS = {
    "en": "{t}: rows read from each other; {a} {g} on.",
    "ja": "{t}：行どうしが情報を読み合います。{a} が先へ進みます。",
}
STEPS = {
    "en": "{t} reads one step after the other; {a} {g} on.",
    "ja": "{t} は、一つずつ順に読みます。{a} が先へ進みます。",
}
NEIGHBOURS = {
    "en": "{t}: each place reads its neighbours; {a} {g} on.",
    "ja": "{t}：どの場所も隣を読みます。{a} が先へ進みます。",
}
PLACES = {
    "en": "{t} mixes the maps, place by place; {a} {g} on.",
    "ja": "{t} は、場所ごとにマップを混ぜます。{a} が先へ進みます。",
}
ROWS = {
    "en": "{t} changes every row by itself; {a} {g} on.",
    "ja": "{t} は、一行ずつ変えます。{a} が先へ進みます。",
}
NORMALISES = {
    "en": "{t} brings its values to one spread; {a} {g} on.",
    "ja": "{t} は、値のばらつきをそろえます。{a} が先へ進みます。",
}
MIXES = {
    "en": "{t} computes each number from all; {a} {g} on.",
    "ja": "{t} は、どの数もすべての数から計算します。{a} が先へ進みます。",
}
KEEPS = {
    "en": "{t} changes the values; {a} {g} on.",
    "ja": "{t} は、値を変えます。{a} が先へ進みます。",
}

ROW_BY_ROW = ("layernorm", "rmsnorm", "swiglu", "geglu", "reglu", "glu", "identity", "tap")
"""Kinds of layers that see one row at a time, in plain letters."""

RECURRENT = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")


def say_brief(net: NetworkView, group: Group, sources: Sequence[TakenValue], title: Words) -> Words:
    """What a part does to what enters it: into what it turns it, or by what it changes it.

    Args:
        net: the run.
        group: the part.
        sources: what it takes from outside, the main value first.
        title: what it is called.
    """
    first, last = net.layers[sources[0].layer], group.last
    after = count_values(net, last)
    if len(group.layers) == 1 and plain_kind(last.kind) == "embedding":
        return fill(POSITIONS if first.held else LOOKUP, t=title)
    entering = {one.value for one in sources if not net.layers[one.layer].held}
    if len(entering) > 1:
        return fill(MAKES, t=title, b=after.words, n=len(entering))
    given = count_values(net, first, sources[0].value)
    part = sources[0].part
    before, found = net.part(part) if part else net.value(sources[0].value), net.output(last)
    if before is None or found is None or before.shape != found.shape:
        return fill(TURNS, t=title, a=given.words, b=after.short if given.unit == after.unit else after.words)
    said = _choose_change(net, group, before.shape, part)
    return fill(said, t=title, a=after.words, g="goes" if after.lone else "go")


def _choose_change(
    net: NetworkView, group: Group, shape: tuple[int, ...], part: Operand | None
) -> Mapping[str, str]:
    """The sentence for a part that keeps the shape of its value."""
    nodes = [node for layer in group.layers for node in layer.nodes]
    kinds = {node.kind for node in nodes if not is_view(node)}
    names = {
        around for layer in group.layers for around in (layer.name, *net.trace.graph.ancestors(layer.name))
    }
    if names & set(net.trace.attentions) or "scaled_dot_product_attention" in kinds:
        return ATTENDS
    if any(layer.dense and _adds_up_rows(net, layer, shape) for layer in group.layers):
        return ATTENDS
    if kinds & set(RECURRENT):
        return STEPS
    convolutions = [layer for layer in group.layers if is_convolution(layer.kind)]
    if any(_sees_neighbours(net, layer) for layer in convolutions):
        return NEIGHBOURS if all(_is_local(kind) for kind in kinds) else KEEPS
    value = net.output(group.last)
    axes = 0 if value is None else value.ndim
    if convolutions:
        return PLACES if axes == 3 else KEEPS
    if all(is_norm(kind) for kind in kinds):
        return NORMALISES
    if any(layer.dense for layer in group.layers) and _keeps_rows(group, part):
        return MIXES if axes == 1 else ROWS if axes == 2 else KEEPS
    return KEEPS


def _is_local(kind: str) -> bool:
    """Whether a call looks no further than at neighbours, as a Fourier transform or a scan does."""
    plain = plain_kind(kind)
    alone = is_activation(kind) or is_norm(kind) or is_dropout(kind) or kind in ARITHMETIC
    return alone or is_convolution(kind) or plain.endswith(("pool1d", "pool2d", "pool3d")) or plain in NEAR


NEAR = frozenset("cat getitem pad interpolate upsample chunk split linear pixelshuffle setitem".split())
"""Kinds, in plain letters, that move values or mix maps: they see their own place and the next ones."""


def _keeps_rows(group: Group, part: Operand | None) -> bool:
    """Whether every call of a group leaves each row of what enters, ``part`` of a value, to itself."""
    for layer in group.layers:
        for node in layer.nodes:
            kind = plain_kind(node.kind)
            alone = is_activation(node.kind) or node.kind in ARITHMETIC or is_dropout(node.kind)
            if not (alone or kind in ROW_BY_ROW or (layer.dense and node.name == layer.name)):
                return False
        if _is_turned(layer, part):
            return False
    return True


def _adds_up_rows(net: NetworkView, layer: Layer, shape: tuple[int, ...]) -> bool:
    """Whether a dense layer takes rows of some shape as columns: its sums run over the rows."""
    for one in layer.takes:
        value = net.value(one.value)
        if value is not None and value.ndim == 2 and value.shape == shape and _is_turned(layer):
            return True
    return False


def _is_turned(layer: Layer, part: Operand | None = None) -> bool:
    """Whether a layer takes a value, other than ``part`` of one, with its axes in another order."""
    steps = [one.view[2] for node in layer.nodes for one in node.operands if one.view and one != part]
    return any(list(one) != sorted(one, reverse=True) for one in steps)


def _sees_neighbours(net: NetworkView, layer: Layer) -> bool:
    """Whether the kernel of a convolution is larger than one cell; of one without a known kernel, yes."""
    path = call_path(layer.nodes[0].path or layer.name)
    weight = net.trace.parameters.get(f"{path}.weight")
    return weight is None or any(side > 1 for side in weight.shape[2:])
