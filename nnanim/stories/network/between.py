"""What a step is, between what goes into it and what comes out."""

from __future__ import annotations

from collections.abc import Sequence

from nnanim.layout import fits
from nnanim.marks import Arrangement, Bars, Block, Grid, Link, Mark, Row
from nnanim.stories.network.net import NetworkView, Source
from nnanim.stories.network.operations import find_scales, sources_of
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer

LEAST = 0.4
"""The smallest scale at which what a step is can be seen beside its values."""


def only_source(net: NetworkView, layer: Layer) -> Source | None:
    """What feeds a layer of one input; None for others."""
    sources = sources_of(net, layer)
    return sources[0] if len(sources) == 1 else None


def before_and_after(net: NetworkView, layer: Layer, source: Source) -> tuple[LayerView, LayerView]:
    """Views of what a layer takes and of what its first call gives."""
    scales = find_scales(net, layer, [source])
    one, value, part = source
    return (
        LayerView(net, one, scales[value], value, part=part),
        LayerView(net, layer, scales[layer.name], layer.name, named=False),
    )


def put_between(
    before: tuple[Arrangement, str], middle: Mark, after: tuple[Arrangement, str], name: str
) -> Row:
    """What goes in, a mark, and what comes out; no arrow runs through names on a mark's left."""
    entering = Link(before[1], middle, key=f"l:{name}:in", width=1.4)
    leaving = Link(middle, after[1], key=f"l:{name}:out", width=1.4)
    if isinstance(middle, Bars) or (isinstance(middle, Grid) and middle.rows):
        return Row(before[0], Row(middle, leaving, after[0], gap=0.3), gap=1.0)
    return Row(before[0], entering, middle, leaving, after[0], gap=0.3)


def stage_between(
    net: NetworkView, layer: Layer, middle: Mark, plain: Block | None = None, few: Sequence[int] = (6, 4)
) -> Arrangement | None:
    """A layer of one input as ``middle`` between its values, else as ``plain``; None where neither fits."""
    source = only_source(net, layer)
    if source is None:
        return None
    views = before_and_after(net, layer, source)
    if any(view.values is None for view in views):
        return None
    tried = [(one, count) for one in (middle, plain) if one is not None for count in few]
    for one, count in tried:
        before, after = (
            view.face(source[0] if net.is_twin(source[0], layer) else None, count) for view in views
        )
        stage = put_between(before, one, after, layer.name)
        if fits(stage, LEAST if one is middle else 0.0):
            return stage
    return None
