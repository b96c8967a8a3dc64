"""Names at the ends of lines: where each stands, and moves with its line while it grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnanim.marks.base import Placed
from nnanim.marks.common import small_print
from nnanim.marks.content import Floats
from nnanim.marks.parts import GAP
from nnanim.shapes import Polyline, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

SPOT = 0.12
"""Radius of what may stand at the end of a line."""

NAME_PITCH = 1.3
"""From one name at the end of a line to the next, in text sizes."""

CLEAR = 0.75
"""Least height of the middle of a name above the axis, in text sizes."""

AWAY = 0.35
"""How far a name is beside the end of its line, in text sizes, if a line leads from one to the other."""


def reach_beside(names: Sequence[Words], size: float, style: RenderStyle) -> float:
    """How far names reach beyond the ends of their lines."""
    return SPOT + GAP + max(style.text_width(name, size) for name in names)


def reach_beyond(count: int, size: float, height: float) -> tuple[float, float]:
    """How far ``count`` names reach up and down from the middle of a plane of some height."""
    free = height - CLEAR * size
    more = max((count - 1) * NAME_PITCH * size - free, 0.0) / 2
    half = NAME_PITCH * size / 2
    return height / 2 + more + half, max(height / 2, more - free + height / 2 + half)


def draw_names(
    lines: Sequence[Floats], end: int, names: Sequence[Words], roles: Sequence[str], placed: Placed,
    style: RenderStyle,
) -> Shapes:  # fmt: skip
    """The names beside the ends of lines, in the order of the lines and so far apart that all can be read.

    Args:
        lines: (n, 2) places of each line on the screen, all of it.
        end: how many of the n places are drawn.
        names: of each line.
        roles: of each line.
        placed: the plane.
        style: language and theme.
    """
    size, heights = style.print_size(placed.scale), np.array([line[:, 1] for line in lines])
    pitch, bottom = NAME_PITCH * size, placed.y - placed.h / 2
    order, wanted = order_names(heights[:, max(end, 1) - 1 :], pitch), heights[:, max(end, 1) - 1]
    low, high = bottom + CLEAR * size, placed.y + placed.h / 2
    places = spread_apart(wanted, pitch, low, high, order)
    tip = float(lines[0][max(end, 1) - 1, 0])
    x, drawn = tip + SPOT + GAP / 2, tuple[Polyline, ...]()
    written: Shapes = ()
    for i, name in enumerate(names):
        if abs(places[i] - wanted[i]) > AWAY * size:
            way = np.array([[tip, wanted[i]], [x - 0.03, places[i]]])
            drawn += (Polyline(way, style.theme.rgba(roles[i]), 0.02),)
        written += small_print(name, x, float(places[i]), style, "left", roles[i], size)
    return drawn + written


def order_names(heights: Floats, pitch: float) -> list[int]:
    """The lines from the lowest name to the highest at the first of (lines, n) heights.

    In the end they stand as the lines do. Seen from there, two change places only where their lines are
    clearly apart: so names never flicker while lines run side by side or cross.
    """
    order = [int(i) for i in np.argsort(heights[:, -1], kind="stable")]
    apart = np.ptp(heights, axis=0) > pitch
    for column in heights[:, apart].T[::-1]:
        while (np.diff(column[order]) < -pitch).any():
            for i in np.flatnonzero(np.diff(column[order]) < -pitch)[:1]:
                order[i], order[i + 1] = order[i + 1], order[i]
    return order


def spread_apart(
    wanted: Floats, gap: float, low: float, high: float, order: Sequence[int] | None = None
) -> Floats:
    """(n,) heights as near to those ``wanted`` as can be, ``gap`` apart, between two bounds if they fit.

    Neighbours that are too near become a group, whose middle is where the middle of its members would be.
    ``order`` is that from the lowest to the highest; by default that of the heights that are wanted.
    """
    order = np.argsort(wanted, kind="stable").tolist() if order is None else list(order)
    groups: list[list[int]] = []
    for i in order:
        groups.append([int(i)])
        while len(groups) > 1 and _foot(groups[-1], wanted, gap) - _head(groups[-2], wanted, gap) < gap:
            last = groups.pop()
            groups[-1] += last
    placed = np.empty(len(wanted))
    for group in groups:
        placed[group] = _foot(group, wanted, gap) + gap * np.arange(len(group))
    span = gap * (len(wanted) - 1)
    if span > high - low:
        low, high = (low + high - span) / 2, (low + high + span) / 2
    ranks = np.arange(len(wanted))
    placed[order] = np.clip(placed[order], low + gap * ranks, high - gap * ranks[::-1])
    return placed


def _foot(group: list[int], wanted: Floats, gap: float) -> float:
    return float(np.mean(wanted[group])) - gap * (len(group) - 1) / 2


def _head(group: list[int], wanted: Floats, gap: float) -> float:
    return float(np.mean(wanted[group])) + gap * (len(group) - 1) / 2
