"""Every mapping from value to colour, width or size has a legend; it is found from the marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim.beats import Beat
from nnanim.layout.base import Extent, core, number, room
from nnanim.marks import Arcs, Cloud, Curve, Grid, Histogram, Mark, Picture, Tokens, Units, Wires, meaning
from nnanim.motions import flows
from nnanim.style import RenderStyle
from nnanim.words import Words, fill, signal

LEGEND_GAP = 0.5
SWATCH = 1.3
"""Width of a colour bar."""

BIGGEST = 0.21
"""Radius of a signal of the largest value, at scale 1."""

WIDEST = 0.13
"""Width of a wire of the largest weight, at scale 1."""

SHOWN = 0.25
"""Share of the largest value that the size legend shows: a signal of all of it would burst the line."""


@dataclass(frozen=True, eq=False)
class Legend(Mark):
    """One mapping, explained.

    Attributes:
        kind: ``color``, ``width``, ``size`` or ``names``.
        low, high: values at the ends.
        source: key of the mark that is explained, whose scale the widths and sizes have.
        role: colour of the positive end; names, roles: entries of the kind ``names``.
    """

    kind: str
    low: float = 0.0
    high: float = 1.0
    source: str = ""
    role: str = "positive"
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ()
    layer: ClassVar[int] = 2


def legends(beat: Beat, style: RenderStyle) -> list[Legend]:
    """The legends that a beat needs, each mapping once."""
    found: dict[str, Legend] = {}
    for mark in beat.marks:
        for one in _legend(mark):
            found.setdefault(one.key, one)
    relay = flows(beat.motion)
    for flow in relay:
        limit, wires = flow.limit or 1.0, beat[flow.wires]
        layer = beat[wires.source if flow.backward else wires.target].label
        several = len({one.limit for one in relay}) > 1 and layer is not None
        means = fill({"en": "signal → {layer}", "ja": "信号→{layer}"}, layer=layer) if several else signal
        key = f"legend:size:{limit:g}"
        found[key] = Legend(key=key, kind="size", means=means, high=limit * SHOWN, source=flow.wires)
    return [one for one in found.values() if not any(_within(one, other) for other in found.values())]


def _within(one: Legend, other: Legend) -> bool:
    """Whether another legend says it: the same names, or a part of a colour scale of the same meaning."""
    if one.kind == "names" == other.kind:
        return one.key > other.key and (one.names, one.roles) == (other.names, other.roles)
    if (one.kind, one.high, one.means) != (other.kind, other.high, other.means) or one.kind != "color":
        return False
    if other.role == "diverging" and other.low == -other.high and one.role == "positive":
        return one.low >= other.low
    return one.role == other.role and other.low < one.low


def _legend(mark: Mark) -> list[Legend]:
    if isinstance(mark, Units) and np.any(mark.lit):
        low = -(mark.limit or 1.0) if (mark.values[np.array(mark.lit)] < 0).any() else 0.0
        return [_colors(mark, low, mark.limit or 1.0)]
    if isinstance(mark, Wires):
        limit = mark.limit or 1.0
        key = f"legend:width:{limit:g}"
        return [Legend(key=key, kind="width", means=meaning(mark), low=-limit, high=limit, source=mark.key)]
    if isinstance(mark, Arcs):
        key = f"legend:arcs:{mark.role}"
        return [Legend(key=key, kind="width", means=meaning(mark), high=1.0, role=mark.role, source=mark.key)]
    if isinstance(mark, Grid):
        low = -(mark.limit or 1.0) if (mark.values < 0).any() else 0.0
        return [_colors(mark, low, mark.limit or 1.0, mark.role)]
    if isinstance(mark, Tokens) and mark.values is not None:
        return [_colors(mark, 0.0, 1.0, mark.role)]
    if isinstance(mark, Picture) and mark.pixels.ndim == 2:
        return [_colors(mark, mark.low, mark.high, mark.colors)]
    if isinstance(mark, Cloud) and mark.inside:
        return []
    if isinstance(mark, Cloud | Curve | Histogram) and len(mark.names) > 1:
        key = f"legend:names:{mark.key}"
        return [
            Legend(key=key, kind="names", means="", names=mark.names, roles=mark.roles[: len(mark.names)])
        ]
    return []


def _colors(mark: Mark, low: float, high: float, role: str = "positive") -> Legend:
    means = meaning(mark)
    name = means if isinstance(means, str) else means.get("en", "")
    return Legend(
        key=f"legend:color:{name}:{low:g}:{high:g}:{role}",
        kind="color",
        means=means,
        low=low,
        high=high,
        role=role,
    )


def ends(mark: Legend) -> tuple[str, str]:
    """How the ends of a legend are written."""
    digits = next((d for d in range(3) if abs(round(mark.high, d) - mark.high) < 1e-9), 3)
    return number(mark.low, digits) if mark.low else "0", number(mark.high, digits)


def legend_width(mark: Legend, style: RenderStyle) -> float:
    """Width of a legend, in frame units."""
    small = style.theme.small
    if mark.kind == "names":
        return sum(style.text_width(name, small) + 1.2 * small for name in mark.names)
    low, high = ends(mark)
    return sum(style.text_width(t, small) for t in (mark.means, low, high)) + SWATCH + 0.9 * small


@room.register
def _(mark: Legend, scale: float, style: RenderStyle) -> Extent:
    return core(legend_width(mark, style), style.theme.small * 1.2)
