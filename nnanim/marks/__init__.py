"""Marks: what is on the screen, as data. They hold numbers and words, know their limits and draw nothing.

Marks of one ``key`` in two beats are one thing: it stays, moves or changes its values. Every number is
checked when a mark is made: it must be finite and inside the range that the mark's legend will show.
"""

from __future__ import annotations

from nnanim import words
from nnanim.marks.arrange import Arrangement, Column, Overlay, Row, Table, flatten
from nnanim.marks.base import Mark, changed, digest, nice
from nnanim.marks.charts import Bars, Cloud, Curve, Histogram
from nnanim.marks.network import Block, Link, Units, Wires
from nnanim.marks.tables import Arcs, Grid, Picture, Tokens
from nnanim.marks.text import Formula, Text
from nnanim.words import Words

__all__ = [
    "Arcs",
    "Arrangement",
    "Bars",
    "Block",
    "Cloud",
    "Column",
    "Curve",
    "Formula",
    "Grid",
    "Histogram",
    "Link",
    "Mark",
    "Overlay",
    "Picture",
    "Row",
    "Table",
    "Text",
    "Tokens",
    "Units",
    "Wires",
    "changed",
    "digest",
    "flatten",
    "meaning",
    "nice",
]

KINDS: dict[str, type[Mark]] = {
    kind.__name__: kind
    for kind in (
        Units,
        Wires,
        Grid,
        Tokens,
        Arcs,
        Picture,
        Cloud,
        Curve,
        Bars,
        Histogram,
        Formula,
        Block,
        Link,
        Text,
    )
}
"""Every kind of mark by its name."""

_MEANINGS = {Units: "value", Wires: "weight", Arcs: "weight", Grid: "value", Picture: "pixel"}


def meaning(mark: Mark) -> Words:
    """What the values of a mark are, in words: its own ``means``, else what its kind says."""
    return mark.means if mark.means is not None else words.term(_MEANINGS.get(type(mark), "value"))
