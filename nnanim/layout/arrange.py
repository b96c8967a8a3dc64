"""Rows, columns, tables and overlays: how much room they want, and where their marks stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from nnanim.layout import columns
from nnanim.layout.base import GAP, Extent, extent
from nnanim.marks import Arrangement, Column, Link, Mark, Overlay, Row, Table, Wires
from nnanim.style import RenderStyle


@dataclass(frozen=True)
class Placed:
    """A mark in its place: the middle (x, y) and size (w, h) of its core, its scale and its room.

    Attributes:
        label_y: height of the middle of its label.
        room: left, right, bottom, top of everything that it covers.
        opacity: 1, or less where it is dimmed.
    """

    mark: Mark
    x: float
    y: float
    w: float
    h: float
    scale: float
    label_y: float
    room: tuple[float, float, float, float]
    opacity: float = 1.0


def measure(thing: Arrangement, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
    """The room that an arrangement wants; ``spare`` of width is shared among what is elastic."""
    if isinstance(thing, Mark):
        return extent(thing, scale, style)
    inner = scale * thing.scale
    if isinstance(thing, Overlay):
        return _over(thing, inner, style)
    if isinstance(thing, Table):
        return columns.measured(thing, inner, spare, lambda child: measure(child, inner, style)).extent
    if isinstance(thing, Column):
        parts = [measure(child, inner, style) for child in thing.children]
        tall = sum(p.up + p.down for p in parts) + thing.gap * inner * (len(parts) - 1)
        left, right = max(p.left for p in parts), max(p.right for p in parts)
        up = _above(thing, parts, inner)
        return Extent(left + right, tall, left, right, up, tall - up)
    parts = _row_parts(thing, inner, style, spare)
    wide = sum(p.left + p.right for p in parts) + sum(_gaps(thing, inner))
    up = max(_rise(thing, parts, style), *(p.up for p in parts))
    down = max(p.down for p in parts)
    return Extent(wide, up + down, wide / 2, wide / 2, up, down)


def _above(thing: Column, parts: list[Extent], scale: float) -> float:
    """What of a column lies above its middle, or above the middle of its anchor."""
    gap = thing.gap * scale
    if thing.anchor is None:
        return (sum(p.up + p.down for p in parts) + gap * (len(parts) - 1)) / 2
    before = parts[: thing.anchor]
    return sum(p.up + p.down for p in before) + gap * len(before) + parts[thing.anchor].up


def _over(thing: Overlay, scale: float, style: RenderStyle) -> Extent:
    parts = [measure(child, scale, style) for child in thing.children]
    first = parts[0]

    def reach(side: str, size: str) -> float:
        return float(max(getattr(p, side) - getattr(p, size) / 2 for p in parts) + getattr(first, size) / 2)

    # A label stands above the small print of all.
    labels = [_label(child, style) for child in thing.children]
    above = max(p.up - p.height / 2 - label for p, label in zip(parts, labels, strict=True))
    return Extent(
        first.width,
        first.height,
        reach("left", "width"),
        reach("right", "width"),
        above + max(labels) + first.height / 2,
        reach("down", "height"),
    )


def _row_parts(row: Row, scale: float, style: RenderStyle, spare: float) -> list[Extent]:
    """Extents of a row's children, the elastic ones widened by their share of ``spare``."""
    parts = _overhang(row, [measure(child, scale, style) for child in row.children])
    elastic = [p.stretch for p in parts]
    share = min(1.0, spare / sum(elastic)) if sum(elastic) else 0.0
    widened = []
    for part in parts:
        more = part.stretch * share / 2
        widened.append(
            replace(part, width=part.width + 2 * more, left=part.left + more, right=part.right + more)
        )
    return widened


def _overhang(row: Row, parts: list[Extent]) -> list[Extent]:
    """Labels wider than their marks may hang over the wires beside them, which need no room there."""
    made = list(parts)
    for i, child in enumerate(row.children):
        if isinstance(child, Wires | Link) and 0 < i < len(parts) - 1:
            over = [
                getattr(parts[j], side) - parts[j].width / 2
                for j, side in ((i - 1, "right"), (i + 1, "left"))
            ]
            least = 0.25  # between two labels
            spare = max(made[i].left + made[i].right - sum(over), least)
            made[i] = replace(made[i], left=spare / 2, right=spare / 2)
    return made


def _gaps(row: Row, scale: float) -> list[float]:
    """Room between neighbours; wires and links bring their own."""
    ties = [isinstance(child, Wires | Link) for child in row.children]
    return [0.12 * scale if a or b else row.gap * scale for a, b in pairwise(ties)]


def _rise(row: Row, parts: list[Extent], style: RenderStyle) -> float:
    """Top of the labels of a row's marks, which stand at one height."""
    labelled = [p.up for child, p in zip(row.children, parts, strict=True) if _label(child, style)]
    return max(labelled, default=0.0)


def _label(child: Arrangement, style: RenderStyle) -> float:
    """Height that a mark's label takes above all else."""
    return GAP + style.theme.medium if isinstance(child, Mark) and style.say(child.label) else 0.0


def put(
    thing: Arrangement, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
) -> Iterator[Placed]:
    """The marks of an arrangement in their places, the middle of the whole at (x, y)."""
    if isinstance(thing, Mark):
        yield alone(thing, x, y, scale, style, extent(thing, scale, style))
        return
    inner = scale * thing.scale
    if isinstance(thing, Overlay):
        e = _over(thing, inner, style)
        for child in thing.children:
            for one in put(child, x, y, inner, style):
                room = (x - e.left, x + e.right, y - e.down, y + e.up)
                yield replace(one, w=e.width, h=e.height, label_y=room[3] - style.theme.medium / 2, room=room)
    elif isinstance(thing, Column):
        parts = [measure(child, inner, style) for child in thing.children]
        at = y + _above(thing, parts, inner)
        for child, part in zip(thing.children, parts, strict=True):
            yield from put(child, x, at - part.up, inner, style)
            at -= part.up + part.down + thing.gap * inner
    elif isinstance(thing, Table):
        lines = columns.measured(thing, inner, spare, lambda child: measure(child, inner, style))
        for child, (across, down) in zip(thing.children, lines.middles, strict=True):
            yield from put(child, x + across, y + down, inner, style)
    else:
        yield from _put_row(thing, x, y, inner, style, spare)


def _put_row(
    row: Row, x: float, y: float, scale: float, style: RenderStyle, spare: float
) -> Iterator[Placed]:
    parts = _row_parts(row, scale, style, spare)
    gaps = [*_gaps(row, scale), 0.0]
    at = x - (sum(p.left + p.right for p in parts) + sum(gaps)) / 2
    label_y = y + _rise(row, parts, style) - style.theme.medium / 2
    for child, part, gap in zip(row.children, parts, gaps, strict=True):
        if isinstance(child, Mark):
            one = alone(child, at + part.left, y, scale, style, part)
            if style.say(child.label):
                left, right, bottom, _ = one.room
                one = replace(
                    one, label_y=label_y, room=(left, right, bottom, label_y + style.theme.medium / 2)
                )
            yield one
        else:
            yield from put(child, at + part.left, y, scale, style)
        at += part.left + part.right + gap


def alone(mark: Mark, x: float, y: float, scale: float, style: RenderStyle, e: Extent) -> Placed:
    """A mark in its place, the middle of its core at (x, y)."""
    room = (x - e.left, x + e.right, y - e.down, y + e.up)
    return Placed(mark, x, y, e.width, e.height, scale, y + e.up - style.theme.medium / 2, room)
