"""What a beat becomes that cannot be drawn: plainer, then a block with its name, shape and range.

No step of a run may vanish without a word, and none may end the film: a notice says what was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.errors import one_line
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Grid, Link, Row, modify
from nnanim.stories.network.net import NetworkView
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

TOO_LARGE: Words = {"en": "too large to draw", "ja": "大きすぎて描けません"}


def tell_surely(net: NetworkView, run: Sequence[Layer], beats: Iterable[Beat]) -> Iterator[Beat]:
    """The beats of some layers; where one of them cannot be made, each layer as a block, with a notice."""
    try:
        made = list(beats)
        places = [fits(beat.stage) for beat in made]
    except Exception as error:  # whatever it is, the rest of the network is told
        why = f"{type(error).__name__}: {one_line(str(error))}"
        yield from (tell_as_block(net, layer, why) for layer in run)
        return
    for beat, drawable in zip(made, places, strict=True):
        yield beat if drawable else shrink(beat, _block_stage(net, run[-1]))


def shrink(beat: Beat, last: Arrangement | None = None) -> Beat:
    """The beat, plainer where it does not fit: without motion, numbers and names, at last as ``last``."""
    if fits(beat.stage):
        return beat
    plainer = replace(beat, stage=_plain(beat.stage), motion=None, notice="too large: drawn without numbers")
    if fits(plainer.stage):
        return plainer
    stage = last or Row(Block(TOO_LARGE, key="too-large"), scale=2.0)
    return Beat(beat.says, stage, id=beat.id, chapter=beat.chapter, notice="too large: drawn as a block")


def _plain(stage: Arrangement) -> Arrangement:
    """A stage without numbers in its cells and names beside its rows."""
    if isinstance(stage, Row):
        made = copy(stage)
        object.__setattr__(made, "children", tuple(_plain(child) for child in stage.children))
        return made
    return modify(stage, digits=None, rows=(), columns=()) if isinstance(stage, Grid) else stage


def tell_as_block(net: NetworkView, layer: Layer, why: str) -> Beat:
    """A layer as a block that says its name, shape and the range of its values."""
    said = {"en": "{t}: a block, with what comes out.", "ja": "{t} です。ブロックと、出る値の範囲です。"}
    name = f"{layer.name}-block"
    return Beat(fill(said, t=net.title(layer)), _block_stage(net, layer), id=name, notice=why)


def _block_stage(net: NetworkView, layer: Layer) -> Row:
    made = Block(
        net.title(layer), layer.kind if layer.kind != net.title(layer) else "", key=f"op:{layer.name}"
    )
    out = Block(layer.size, say_range(net, layer), role="part", key=f"v:{layer.name}")
    return Row(made, Link(made, out, key=f"l:{layer.name}:out", width=1.4), out)


def say_range(net: NetworkView, layer: Layer) -> Words:
    """The smallest and the largest value of what a layer gives; nothing where there are no numbers."""
    values = net.output(layer)
    if values is None:
        return ""
    return fill(
        {"en": "{low:.3g} to {high:.3g}", "ja": "{low:.3g} ～ {high:.3g}"},
        low=values.min(),
        high=values.max(),
    )
