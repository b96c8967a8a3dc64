"""Shapes as whole numbers: what a printer needs to know of each, in places and in colours.

Every shape has a form (its kind and how many numbers it has), a row of places and a row of colours. Lengths
are counted in `POSITION` and `WIDTH` steps a frame unit, colours in 0..255, their alpha in 0..`ALPHA`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnanim.marks.net import Net, find_net
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Within

Floats = npt.NDArray[np.float64]
Form = tuple[Any, ...]

POSITION, WIDTH, ALPHA, EM = 4000.0, 8000.0, 32767.0, 2000.0
"""Steps: of a position and a width in a frame unit, of alpha from 0 to 1, of an outline's place in an em."""

FINE = 256.0
"""Steps of a step in which the places of pictures are told on: their pixels are sharp."""

PLACE = 2000.0
"""Steps of a frame unit in which it is told where something can be asked."""

FEWEST_SIDES = 12
"""Number of points of a closed line from which it may be an ellipse."""

LARGEST = 32767
"""Largest number in a row."""


class FormRow(NamedTuple):
    """A shape as numbers.

    Attributes:
        form: its kind and counts.
        places: (n,) lengths in steps; in a list whose numbers are too large all of them are halved k times.
        colors: (m,) colours.
    """

    form: Form
    places: Floats
    colors: Floats


class Outlines(NamedTuple):
    """Where outlines and pictures are kept: functions that give each its number, and each form, too."""

    piece: Callable[[Any], int]
    picture: Callable[[npt.NDArray[np.uint8]], int]
    form: Callable[[Form], int]


def row_of(shape: Shape, keep: Outlines) -> FormRow:
    """A shape as numbers.

    Raises:
        TypeError: nothing is known about shapes of this type.
    """
    form: Form
    if isinstance(shape, Filled):  # first, and without arrays on the way: most shapes are words
        x, y = shape.origin
        places = np.array([x * POSITION, y * POSITION, shape.size * WIDTH])
        return FormRow(("F", keep.piece(shape.piece), shape.turn % 4), places, _color(shape.color))
    if isinstance(shape, Discs):
        batch = [*shape.centers.T * POSITION, shape.radii * WIDTH, [shape.rim_width * WIDTH]]
        rims = shape.rims if shape.rim_width else None
        return _batch(
            ("D", len(shape.radii), int(rims is not None), float(shape.glow)), batch, shape.fills, rims
        )
    if isinstance(shape, Lines) and (found := find_net(shape)) is not None:
        return _net(*found)
    if isinstance(shape, Lines):
        batch = [*shape.starts.T * POSITION, *shape.ends.T * POSITION, shape.widths * WIDTH]
        return _batch(("L", len(shape.widths)), batch, shape.colors)
    if isinstance(shape, Boxes):
        ends = [[shape.rim_width * WIDTH, shape.corner * WIDTH]]
        batch = [*shape.centers.T * POSITION, *shape.sizes.T * POSITION, *ends]
        rims = shape.rims if shape.rim_width else None
        return _batch(("B", len(shape.centers), int(rims is not None)), batch, shape.fills, rims)
    if isinstance(shape, Polyline):
        colors = _color(shape.color)
        if shape.fill is not None:
            colors = np.concatenate([colors, _color(shape.fill)])
        filled = int(shape.fill is not None)
        if (ellipse := find_ellipse(shape)) is not None:
            form = ("E", len(shape.points), filled)
            return FormRow(form, np.array([*(ellipse * POSITION).tolist(), shape.width * WIDTH]), colors)
        form = ("P", len(shape.points), int(shape.closed), filled, len(shape.dash))
        dash = np.array([shape.width, *shape.dash]) * WIDTH
        return FormRow(form, np.concatenate([shape.points.T.ravel() * POSITION, dash]), colors)
    if isinstance(shape, Raster):
        box = [one * POSITION for one in (*shape.center, *shape.size)]
        form = ("R", keep.picture(shape.pixels), int(shape.smooth))
        return FormRow(form, np.array([*box, *[0.0] * 4]), np.array([shape.opacity * ALPHA]))
    if isinstance(shape, Within):
        rows = [row_of(one, keep) for one in shape.shapes]
        inner = ("W", tuple(keep.form(row.form) for row in rows))
        batch = [np.array(shape.box) * POSITION, *(row.places for row in rows)]
        return FormRow(
            inner, np.concatenate(batch), np.concatenate([np.zeros(0), *(row.colors for row in rows)])
        )
    raise TypeError(f"nothing is known about writing {type(shape).__name__}")


def find_ellipse(line: Polyline) -> Floats | None:
    """Middle and radii of an upright ellipse, where a line is its outline through equally spaced points."""
    points, n = line.points, len(line.points)
    # Most that are none are found out by their ends, without a look at all points.
    if n < FEWEST_SIDES or not line.closed or line.dash or np.abs(points[0] - points[-1]).max() > 1:
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    if abs(points[0, 0] - high[0]) * POSITION > 1:
        return None
    ellipse = np.concatenate([(low + high) / 2, (high - low) / 2])
    return ellipse if np.abs(trace_ellipse(ellipse, n) - points).max() * POSITION < 0.5 else None


def trace_ellipse(ellipse: Floats, n: int) -> Floats:
    """(n, 2) points of an ellipse, from its right on; the last is the first."""
    return np.asarray(ellipse[:2] + ellipse[2:] * _unit_circle(n))


@cache
def _unit_circle(n: int) -> Floats:
    """(n, 2) points of a circle about the origin."""
    angles = np.linspace(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _net(net: Net, light: float) -> FormRow:
    """A net: places of its joints, widths, and the share of every line."""
    joints, shares = net.joints, net.shares.ravel() * ALPHA
    # A share that is nearly 0 keeps its sign, which is a colour.
    shares = np.where(np.abs(shares) < 1, np.sign(shares), shares)
    form = ("N", *net.shares.shape, round(net.faintest, 7), net.brightest, round(net.power, 5))
    widths = np.array([*joints.radii, net.widest, net.thinnest]) * WIDTH
    places = np.concatenate([*joints.sources.T * POSITION, *joints.targets.T * POSITION, widths, shares])
    return FormRow(form, places, np.array([*net.positive[:3] * 255, *net.negative[:3] * 255, light * ALPHA]))


def _batch(form: Form, places: list[Any], *colors: Any) -> FormRow:
    rows = [_color_planes(one) for one in colors if one is not None]
    return FormRow(
        form, np.concatenate([np.asarray(one, dtype=float) for one in places]), np.concatenate(rows)
    )


def _color(color: Floats) -> Floats:
    """(4,) the colour of an outline.

    Films paint outlines with cairo, for which each whole number stands for an equal share of 0..1, and what
    comes in batches with loops that round to the nearest one.
    """
    *light, alpha = color.tolist()
    return np.array([*(min(max(one * 256 - 0.5, 0.0), 255.0) for one in light), alpha * ALPHA])


def _color_planes(colors: Any) -> Floats:
    """(4 n,) all reds, all greens, all blues, all alphas of a batch."""
    rows = np.asarray(colors, dtype=float).reshape(-1, 4).T
    return np.concatenate([(rows[:3] * 255).ravel(), rows[3] * ALPHA])


def counts(form: Form, forms: list[Form]) -> tuple[int, int]:
    """How many places and how many colours a shape of that form has."""
    kind, n = form[0], form[1]
    if kind == "D":
        return 3 * n + 1, 4 * n * (1 + form[2])
    if kind == "L":
        return 5 * n, 4 * n
    if kind == "N":
        return 2 * (n + form[2]) + 4 + n * form[2], 7
    if kind == "B":
        return 4 * n + 2, 4 * n * (1 + form[2])
    if kind == "F":
        return 3, 4
    if kind == "E":
        return 5, 4 * (1 + form[2])
    if kind == "P":
        return 2 * n + 1 + form[4], 4 * (1 + form[3])
    if kind == "R":
        return 8, 1
    inner = [counts(forms[one], forms) for one in n]
    return 4 + sum(one for one, _ in inner), sum(one for _, one in inner)


def alphas(form: Form, forms: list[Form]) -> npt.NDArray[np.bool_]:
    """(m,) which of a shape's colours are alphas."""
    kind, n = form[0], form[1]
    if kind == "W":
        return np.concatenate([np.zeros(0, dtype=bool), *(alphas(forms[one], forms) for one in n)])
    if kind == "R":
        return np.ones(1, dtype=bool)
    if kind == "N":
        return np.array([*[False] * 6, True])
    many = n if kind in "DLB" else 1
    return np.tile(np.arange(4 * many) >= 3 * many, counts(form, forms)[1] // (4 * many) if many else 0)


def fine_places(form: Form, forms: list[Form]) -> list[int]:
    """Which of a shape's places are told on, in steps of a step, four places further."""
    if form[0] == "R":
        return [0, 1, 2, 3]
    found, at = list[int](), 4
    for one in form[1] if form[0] == "W" else ():
        found += [at + place for place in fine_places(forms[one], forms)]
        at += counts(forms[one], forms)[0]
    return found


def as_places(rows: Floats, fine: npt.NDArray[np.intp]) -> npt.NDArray[np.int16]:
    """Rows (…, n) of places as whole numbers; ``fine``: as of `fine_places`, of a whole drawing."""
    whole = as_int16(rows)
    if fine.size:
        whole[..., fine + 4] = np.rint(np.clip((rows[..., fine] - whole[..., fine]) * FINE, -FINE, FINE))
    return whole


def as_int16(values: Floats) -> npt.NDArray[np.int16]:
    """Whole numbers; what is too large is the largest there is."""
    return np.clip(np.rint(values), -LARGEST, LARGEST).astype("<i2")


def halvings(largest: float) -> int:
    """How often numbers up to ``largest`` must be halved so that they fit."""
    return max(0, int(np.ceil(np.log2(largest / LARGEST)))) if largest > LARGEST else 0
