"""Normalisations, each in one beat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from nnanim.beats import Beat
from nnanim.marks import Block
from nnanim.stories.network.between import stage_between
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.normalization import say_norm
from nnanim.structure.layers import Layer


def tell_norm(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """A normalisation as one beat; None for other steps, and where its numbers follow no formula."""
    layer = run[0]
    node = layer.nodes[0]
    said = say_norm(net, node)
    if said is None:
        return None
    title = net.step_title(layer)
    block = Block(title, node.kind if node.kind != title else "", key=f"op:{layer.name}")
    stage = stage_between(net, layer, block)
    if stage is None:
        return None
    return chain([Beat(said, stage, id=f"{layer.name}-op")], tell_changes(net, layer))
