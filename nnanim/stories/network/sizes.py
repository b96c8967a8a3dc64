"""How many numbers a value is, with names for what they count: "16 maps of 8 × 8", "7 tokens"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import LayerView
from nnanim.structure.kinds import is_spatial
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words


@dataclass(frozen=True)
class Counted:
    """How many of what a value is.

    Attributes:
        unit: what is counted: "number", "token", "row", "node", "channel", "map", "head", "table".
        words: "16 maps of 8 × 8".
        short: the same where the unit was just named: "16 of 8 × 8".
        lone: whether it is only one.
    """

    unit: str
    words: Words
    short: Words
    lone: bool


JAPANESE = {
    "number": ("{n} 個の数", "{n} 個"),
    "token": ("{n} 個のトークン", "{n} 個"),
    "token row": ("{n} 個のトークン（各 {m} 個の数）", "{n} 個（各 {m} 個の数）"),
    "node": ("{n} 個のノード（各 {m} 個の数）", "{n} 個（各 {m} 個の数）"),
    "row": ("{n} 行（各 {m} 個の数）", "{n} 行（各 {m} 個の数）"),
    "channel": ("{n} チャンネル（各 {m} 時刻）", "{n} チャンネル（各 {m} 時刻）"),
    "map": ("{n} 枚の {r} × {c} のマップ", "{n} 枚の {r} × {c}"),
    "head": ("{n} 個のヘッド（各 {r} × {c}）", "{n} 個（各 {r} × {c}）"),
    "table": ("{n} 個の {r} × {c} の表", "{n} 個の {r} × {c}"),
}
"""How each unit is counted in Japanese: in full, and where it was just named."""


def count_values(net: NetworkView, layer: Layer, value: str = "") -> Counted:
    """How many numbers one of a layer's values is, counted by its axes."""
    values = net.value(value or layer.output)
    if values is None:
        return _count("number", "", 1 if not layer.size else layer.size)
    if values.ndim < 2:
        entering = layer.role == "input" or value in net.inner_calls
        tokens = entering and LayerView(net, layer, name=value).is_tokens
        return _count("token" if tokens else "number", "", values.size)
    if values.ndim == 2:
        rows, columns = values.shape
        unit = _unit_of_rows(net, value or layer.output, rows)
        one = "step" if unit == "channel" else "number"
        return _count(unit, f" of {{m}} {one}s" if columns > 1 else f" of one {one}", rows, m=columns)
    if values.ndim == 3:
        count, rows, columns = values.shape
        return _count(_unit_of_maps(net, layer), " of {r} × {c}", count, r=rows, c=columns)
    return _count("number", "", " × ".join(map(str, values.shape)))


def say_values(net: NetworkView, layer: Layer, value: str = "") -> Words:
    """The same in words."""
    return count_values(net, layer, value).words


def _count(unit: str, each: str, count: int | str, **values: Any) -> Counted:
    lone = count == 1
    named = f"one {unit}{each}" if lone else f"{{n}} {unit}s{each}"
    brief = f"one{each}" if lone else f"{{n}}{each}"
    long, short = JAPANESE["token row" if unit == "token" and each else unit]
    return Counted(
        unit,
        fill({"en": named, "ja": long}, n=count, **values),
        fill({"en": brief, "ja": short}, n=count, **values),
        lone,
    )


def _unit_of_rows(net: NetworkView, name: str, rows: int) -> str:
    """What the rows of a table are: channels along time, nodes, tokens, or just rows."""
    axes = net.trace.axes(name) if name in net.trace else ()
    if axes[-1:] == ("position",):
        return "channel"
    return "node" if "node" in axes else "token" if len(net.token_labels) == rows else "row"


def _unit_of_maps(net: NetworkView, layer: Layer) -> str:
    """What a value of three axes is: maps where anything in the run works on such, heads of an attention."""
    if layer.kind == "scaled_dot_product_attention":
        return "head"
    spatial = layer.role == "input" or any(is_spatial(node.kind) for node in net.trace.graph.leaves)
    return "map" if spatial else "table"
