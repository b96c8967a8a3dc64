"""What else comes out of a network besides its first output: other heads, embeddings, states."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Row, Text
from nnanim.stories.network.answer import draw_numbers
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import LayerView
from nnanim.structure.titles import fill
from nnanim.trace import Node
from nnanim.words import Words

MAX_OUTPUTS = 4
"""Maximum number of further outputs that are seen beside each other."""

MORE = {
    "en": "{n} more outputs come out of the same run.",
    "ja": "同じ実行から、ほかに {n} 個の出力が出ます。",
}
ONE: Words = {
    "en": "One more output comes out of the same run.",
    "ja": "同じ実行から、もう一つ出力が出ます。",
}
UNDRAWN = {"en": "{n} of {of} drawn", "ja": "{of} 個のうち {n} 個を図示"}

CACHED = ("past_key_values", "cache")
"""Words in the names of outputs that only keep what the next run would compute again."""


def tell_other_outputs(net: NetworkView) -> Iterator[Beat]:
    """The outputs besides the first, side by side, each with its name; nothing where there are none."""
    views = _views(net)
    for count in range(min(len(views), MAX_OUTPUTS), 0, -1):
        alone = len(views) == 1 and fits(views[0].whole())
        faces = [views[0].whole()] if alone else [view.face(max_units=6)[0] for view in views[:count]]
        bars = [draw_numbers(view, f"bars:{view.key}") if _is_line(view) else None for view in views[:count]]
        faces = [bar or face for bar, face in zip(bars, faces, strict=True)]
        stage: Arrangement = Row(*faces, gap=0.8)
        if count < len(views):
            note = Text(fill(UNDRAWN, n=count, of=len(views)), key="cut:outputs", size="small", role="dimmed")
            stage = Column(stage, note, gap=0.3)
        if fits(stage):
            said = ONE if len(views) == 1 else fill(MORE, n=len(views))
            yield Beat(said, stage, id="outputs")
            return


def name_outputs(net: NetworkView) -> dict[str, Words]:
    """What a chart calls steps that only give another output than the first, by the name of the layer."""
    read = {source for layer in net.steps for source in layer.inputs}
    named: dict[str, Words] = {}
    for node in [node for node in net.trace.graph if node.role == "output"][1:]:
        for layer in net.steps:
            own = {one.name for one in layer.nodes} & set(node.inputs)
            if own and layer.role == "function" and layer.name not in read and layer is not net.last:
                named[layer.name] = _name(node)
    return named


def _is_line(view: LayerView) -> bool:
    """Whether an output is more than one number."""
    return view.values is not None and view.values.size > 1


def _views(net: NetworkView) -> list[LayerView]:
    """One view of every other output; of those that are the same value, only one."""
    home = {node.name: layer for layer in net.layers.values() for node in layer.nodes}
    # An output may show what lies inside of a known thing, as the indices of a codebook do.
    inside = {name: thing.end for thing in net.things.values() for name in thing.nodes}
    outputs = [node for node in net.trace.graph if node.role == "output"]
    shown = {name for node in outputs[:1] for name in node.inputs}
    views: list[LayerView] = []
    seen = [net.vector(net.last)]
    for node in outputs[1:]:
        name = node.inputs[0] if node.inputs else ""
        call = re.sub(r"(\[\w+\])+$", "", name)
        layer = home.get(call) or home.get(inside.get(call, ""))
        if layer is None or name in shown or any(word in node.name for word in CACHED):
            continue
        shown.add(name)
        view = LayerView(net, layer, None, name, _name(node))
        values = net.value(name)
        if values is not None and any(np.array_equal(values.ravel(), one) for one in seen):
            continue
        seen += [values.ravel()] if values is not None else []
        views += [view] if view.key not in {one.key for one in views} else []
    return views


def _name(node: Node) -> dict[str, str]:
    """``output[pooler_output]`` as "pooler_output", ``output[1]`` as "output 2"."""
    parts = re.findall(r"\[([^\]]+)\]", node.name)
    if len(parts) == 1 and parts[0].isdecimal():
        number = f"{int(parts[0]) + 1}"
        return {"en": f"output {number}", "ja": f"出力 {number}"}
    name = " ".join(parts[-2:])
    return {"en": name, "ja": name}
