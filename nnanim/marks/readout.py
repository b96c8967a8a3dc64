"""Readouts: what the numbers of a mark are and where they stand, so that each can be asked for.

A readout has elements, such as neurons, cells or bars. An area says where each of them is; quantities say
what each of them holds, number by number, as the mark's own array has it: nothing is rounded here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.words import Words

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

KNOWN, NOT_YET, BARRED = 0, 1, 2
"""Whether an element has its number, will have it only when signals arrive, or is barred, as by a mask."""


@dataclass(frozen=True, eq=False)
class BoxArea:
    """An element is a box, or a circle: (n, 2) ``centers`` and ``sizes``."""

    centers: Floats
    sizes: Floats
    round: bool = False
    kind: ClassVar[str] = "boxes"


@dataclass(frozen=True, eq=False)
class CellArea:
    """An element is a cell of a box (x, y, width, height), in reading order."""

    box: tuple[float, float, float, float]
    rows: int
    columns: int
    kind: ClassVar[str] = "cells"


@dataclass(frozen=True, eq=False)
class WireArea:
    """An element is a line between two circles of other readouts, at (target, source).

    Attributes:
        source, target: keys of the marks whose first readouts hold the circles.
        widest: width of a line for each unit of its first quantity; thinnest: its least width.
        limit: the largest size on the scale of its first quantity.
    """

    source: str
    target: str
    widest: float
    thinnest: float
    limit: float = 1.0
    kind: ClassVar[str] = "wires"


@dataclass(frozen=True, eq=False)
class PathArea:
    """An element is a line through (n, points, 2) ``points``, of (n,) ``widths``; 0 where it is not seen."""

    points: Floats
    widths: Floats
    kind: ClassVar[str] = "paths"


@dataclass(frozen=True, eq=False)
class PlotArea:
    """An element stands where its first two quantities say, between two axes.

    Attributes:
        box: x, y, width, height of the plane; limits: low and high across, then upwards.
        radius: of a point; 0 for curves.
        lines: number of curves of equally many points that follow each other; 0 for points.
    """

    box: tuple[float, float, float, float]
    limits: tuple[tuple[float, float], tuple[float, float]]
    radius: float = 0.0
    lines: int = 0
    kind: ClassVar[str] = "plot"


Area = BoxArea | CellArea | WireArea | PathArea | PlotArea


@dataclass(frozen=True, eq=False)
class Quantity:
    """One number of each element, or several that belong together, such as red, green and blue.

    Attributes:
        means: what it is.
        values: (n,) or (n, channels).
        source: the array that holds them, as `nnanim.truth` names it: ``values`` of the mark, or
            ``flow source`` of a motion that runs along it.
        places: (n,) or (n, channels) where each of them stands in that array, counted flat; by default, all
            of it in order.
        states: (n,) ``KNOWN``, ``NOT_YET`` or ``BARRED``, or None where all are known.
    """

    means: Words
    values: Floats
    source: str
    places: Indices | None = None
    states: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Readout:
    """Some elements of a mark, and what each of them holds.

    Attributes:
        part: what an element is called, such as a neuron.
        area: where they are.
        quantities: what they hold; none where they have only names.
        shape: number of elements along each dimension of an index, such as (rows, columns).
        names: (n,) name of each element, or none.
        axes: for each dimension of an index the names along it, or none: of the rows, of the columns.
        indices: for each dimension the number that each place along it has in the whole, or none where the
            places are all there are.
        numbered: whether it is known which elements of the whole these are.
    """

    part: Words
    area: Area
    quantities: tuple[Quantity, ...] = ()
    shape: tuple[int, ...] = (0,)
    names: tuple[Words, ...] = ()
    axes: tuple[tuple[Words, ...], ...] = ()
    indices: tuple[tuple[int, ...], ...] = ()
    numbered: bool = True

    def __len__(self) -> int:
        return math.prod(self.shape)


CELL: Words = {"en": "cell", "ja": "マス"}
POINT: Words = {"en": "point", "ja": "点"}
