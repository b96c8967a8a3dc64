"""Marks: what is on the screen, as data. They hold numbers and words, know their limits and draw nothing.

Marks of one ``key`` in two beats are one thing: it stays, moves or changes its values. Every number is
checked when a mark is made: it must be finite and inside the range that the mark's legend will show.
"""

from __future__ import annotations

from nnanim.marks.alignment import Alignment
from nnanim.marks.arcs import Arcs
from nnanim.marks.arrange import Arrangement, Column, Overlay, Row, change_marks, flatten
from nnanim.marks.bars import Bars
from nnanim.marks.base import Frame, Mark, Placed, is_on_stage, key_of, modify
from nnanim.marks.block import Block
from nnanim.marks.cloud import Cloud
from nnanim.marks.common import cut_note, number, small_print
from nnanim.marks.content import digest, round_up
from nnanim.marks.curve import Curve
from nnanim.marks.formula import Formula
from nnanim.marks.grid import Grid
from nnanim.marks.histogram import Histogram
from nnanim.marks.legend import Legend
from nnanim.marks.link import Link
from nnanim.marks.multiples import arrange_multiples
from nnanim.marks.parts import Extent, Parts
from nnanim.marks.picture import Picture
from nnanim.marks.picturegrid import PictureGrid
from nnanim.marks.squares import Squares
from nnanim.marks.surface import Surface
from nnanim.marks.table import Table
from nnanim.marks.text import Text
from nnanim.marks.tokens import Tokens
from nnanim.marks.units import Units
from nnanim.marks.view import View, Zoom
from nnanim.marks.wires import Wires

__all__ = [
    "Alignment",
    "Arcs",
    "Arrangement",
    "Bars",
    "Block",
    "Cloud",
    "Column",
    "Curve",
    "Extent",
    "Formula",
    "Frame",
    "Grid",
    "Histogram",
    "Legend",
    "Link",
    "Mark",
    "Overlay",
    "Parts",
    "Picture",
    "PictureGrid",
    "Placed",
    "Row",
    "Squares",
    "Surface",
    "Table",
    "Text",
    "Tokens",
    "Units",
    "View",
    "Wires",
    "Zoom",
    "arrange_multiples",
    "change_marks",
    "cut_note",
    "digest",
    "flatten",
    "is_on_stage",
    "key_of",
    "modify",
    "number",
    "round_up",
    "small_print",
]

KINDS: dict[str, type[Mark]] = {
    kind.__name__: kind
    for kind in (
        Units,
        Wires,
        Grid,
        Tokens,
        Arcs,
        Alignment,
        Picture,
        PictureGrid,
        Cloud,
        Curve,
        Bars,
        Squares,
        Surface,
        Histogram,
        Formula,
        Block,
        Link,
        Text,
    )
}
"""Every kind of mark by its name."""
