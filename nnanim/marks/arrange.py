"""How marks stand to each other: beside, below or over each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise

from nnanim.arguments import KnownArguments
from nnanim.errors import UserError
from nnanim.marks.base import Mark, Placed
from nnanim.marks.content import digest
from nnanim.marks.parts import Extent
from nnanim.style import RenderStyle

FAR = 0.5
"""Frame units above its own place up to which a label joins those of its neighbours that are no layers."""


@dataclass(frozen=True, eq=False)
class Row(KnownArguments):
    """Things side by side, their middles on one line; the names of layers stand at one height.

    Attributes:
        children: marks or arrangements, in their order.
        gap: between them (frame units at scale 1).
        scale: makes all of them larger or smaller than their neighbours.
    """

    children: tuple[Mark | Row, ...]
    gap: float
    scale: float

    def __init__(self, *children: Mark | Row, gap: float = 0.5, scale: float = 1.0) -> None:
        """Arrange ``children`` with ``gap`` between them (frame units at scale 1).

        ``scale`` makes all of them larger or smaller than their neighbours.
        """
        if wrong := [one for one in children if not hasattr(one, "flatten") or hasattr(one, "dtype")]:
            name, what = type(self).__name__, type(wrong[0]).__name__
            several = isinstance(wrong[0], list | tuple)
            advice = f"one by one: {name}(*marks)" if several else "marks, Rows and Columns are wanted"
            raise UserError(f"{name}: a {what} stands in it; {advice}")
        object.__setattr__(self, "children", tuple(children))
        object.__setattr__(self, "gap", gap)
        object.__setattr__(self, "scale", scale)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))

    # An arrangement answers what a mark answers when it is put in its place.

    def flatten(self) -> Iterator[Mark]:
        """Every mark in it, in its order."""
        for child in self.children:
            yield from child.flatten()

    def label_height(self, style: RenderStyle) -> float:
        """An arrangement has no label."""
        return 0.0

    @property
    def connects(self) -> bool:
        """An arrangement stands for itself."""
        return False

    roomless = connects

    is_tall = False
    """Whether the spare room that it shares out is height."""

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``; ``spare`` of width is shared among what is elastic."""
        inner = scale * self.scale
        parts = self._widen_elastic(inner, style, spare)
        wide = sum(p.left + p.right for p in parts) + sum(self._gaps(inner))
        up = max(p.up for p in parts)
        down = max(p.down for p in parts)
        return Extent(wide, up + down, wide / 2, wide / 2, up, down)

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks in their places, the middle of the whole at (x, y)."""
        inner = scale * self.scale
        parts = self._widen_elastic(inner, style, spare)
        gaps = [*self._gaps(inner), 0.0]
        at = x - (sum(p.left + p.right for p in parts) + sum(gaps)) / 2
        lines = [y + up - style.theme.medium / 2 for up in self._label_tops(parts, style)]
        far = math.inf if any(map(_is_of_network, self.children)) else FAR
        for child, part, gap in zip(self.children, parts, gaps, strict=True):
            if isinstance(child, Mark):
                one = child.place(at + part.left, y, inner, style, part)
                yield _raise_label(one, lines, far, style) if child.label_height(style) else one
            else:
                wider = part.width - child.measure(inner, style).width if part.stretch else 0.0
                for one in child.put(at + part.left, y, inner, style, wider):
                    yield _raise_label(one, lines, far, style) if _is_in_line(child, one, style) else one
            at += part.left + part.right + gap

    def _widen_elastic(self, scale: float, style: RenderStyle, spare: float) -> list[Extent]:
        """Extents of the children: what is elastic shares ``spare``, and plots are as high as the row."""
        parts = self._overhang([child.measure(scale, style) for child in self.children])
        elastic = [p.stretch for p in parts]
        share = min(1.0, spare / sum(elastic)) if sum(elastic) else 0.0
        widened = []
        for part in parts:
            more = part.stretch * share / 2
            widened.append(
                replace(part, width=part.width + 2 * more, left=part.left + more, right=part.right + more)
            )
        return self._heighten_plots(widened)

    def _heighten_plots(self, parts: list[Extent]) -> list[Extent]:
        """The same where plots beside something higher are as high, but not higher than wide."""
        up, down = (max(getattr(part, side) for part in parts) for side in ("up", "down"))
        heightened = []
        for child, part in zip(self.children, parts, strict=True):
            free = min(up - part.up, down - part.down, (part.width - part.height) / 2)
            plot = part.stretch and isinstance(child, Mark) and not child.connects
            more = max(free, 0.0) if plot else 0.0
            heightened.append(replace(part, height=part.height + 2 * more).around(up=more, down=more))
        return heightened

    def _overhang(self, parts: list[Extent]) -> list[Extent]:
        """Labels wider than their marks may hang over the wires beside them, which need no room there."""
        fitted = list(parts)
        for i, child in enumerate(self.children):
            if child.connects and 0 < i < len(parts) - 1:
                over = [
                    getattr(parts[j], side) - parts[j].width / 2
                    for j, side in ((i - 1, "right"), (i + 1, "left"))
                ]
                least = 0.25  # between two labels
                spare = max(fitted[i].left + fitted[i].right - sum(over), least)
                fitted[i] = replace(fitted[i], left=spare / 2, right=spare / 2)
        return fitted

    def _gaps(self, scale: float) -> list[float]:
        """Room between neighbours; wires and links bring their own."""
        ties = [child.connects for child in self.children]
        return [0.12 * scale if a or b else self.gap * scale for a, b in pairwise(ties)]

    def _label_tops(self, parts: list[Extent], style: RenderStyle) -> list[float]:
        """Tops of the labels over the middle of the row, each where its own mark wants it."""
        return [p.up for child, p in zip(self.children, parts, strict=True) if _has_label(child, style)]


def _is_of_network(child: Mark | Row) -> bool:
    """Whether a child of a Row is a layer, or joins layers."""
    return child.connects or (isinstance(child, Mark) and child.is_layer)


def _takes_width(child: Mark | Row) -> bool:
    """Whether a child of a Column takes width that is free: a mark, or a line of marks that nothing joins."""
    if isinstance(child, Mark):
        return True
    in_line = type(child) is Row and not any(one.connects for one in child.children)
    return in_line and all(_takes_width(one) for one in child.children)


def _has_label(child: Mark | Row, style: RenderStyle) -> bool:
    """Whether a child of a Row has a label that stands at the height of the others: in a line with them."""
    if isinstance(child, Mark):
        return bool(child.label_height(style))
    in_line = type(child) is Row or isinstance(child, Overlay)
    return in_line and any(_has_label(one, style) for one in child.children)


def _is_in_line(child: Mark | Row, one: Placed, style: RenderStyle) -> bool:
    """Whether the label of a mark that stands somewhere in a child of a Row is in a line with the others."""
    if isinstance(child, Mark):
        return child is one.mark and bool(child.label_height(style))
    in_line = type(child) is Row or isinstance(child, Overlay)
    return in_line and any(_is_in_line(inner, one, style) for inner in child.children)


def _raise_label(one: Placed, lines: list[float], far: float, style: RenderStyle) -> Placed:
    """A mark in its place, its label in line with those of its neighbours that are not ``far`` above it."""
    label_y = max((line for line in lines if line - one.label_y <= far), default=one.label_y)
    top = max(one.room[3], label_y + style.theme.medium / 2)
    return replace(one, label_y=label_y, room=(*one.room[:3], top))


@dataclass(frozen=True, eq=False, init=False)
class Column(Row):
    """Things below each other, their middles on one line.

    Attributes:
        anchor: the one that stands on the line of its neighbours in a Row; without it the middle of all does.
    """

    anchor: int | None

    def __init__(
        self, *children: Mark | Row, gap: float = 0.5, scale: float = 1.0, anchor: int | Mark | None = None
    ) -> None:
        """Arrange ``children`` as a Row does, from top to bottom.

        ``anchor`` is the one, or its number from the top and 0, that stands on the line of its neighbours in
        a Row; without it the middle of all does.

        Raises:
            UserError: there is no such child.
        """
        super().__init__(*children, gap=gap, scale=scale)
        if isinstance(anchor, Mark):
            places = [place for place, child in enumerate(self.children) if child is anchor]
            if not places:
                raise UserError(f"Column: anchor={anchor.key!r} is none of its {len(self.children)} children")
            anchor = places[0]
        if anchor is not None and not 0 <= anchor < len(self.children):
            raise UserError(f"Column: anchor={anchor} of {len(self.children)} children, counted from 0")
        object.__setattr__(self, "anchor", anchor)

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``; what is elastic by itself takes ``spare`` of width."""
        inner = scale * self.scale
        parts = [child.measure(inner, style, more) for child, more in self._share(inner, style, spare)]
        tall = sum(p.up + p.down for p in parts) + self.gap * inner * (len(parts) - 1)
        left, right = max(p.left for p in parts), max(p.right for p in parts)
        up = self._above(parts, inner)
        return Extent(left + right, tall, left, right, up, tall - up)

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks in their places."""
        inner = scale * self.scale
        shared = self._share(inner, style, spare)
        parts = [child.measure(inner, style, more) for child, more in shared]
        at = y + self._above(parts, inner)
        for (child, more), part in zip(shared, parts, strict=True):
            yield from child.put(x, at - part.up, inner, style, more)
            at -= part.up + part.down + self.gap * inner

    def _share(self, scale: float, style: RenderStyle, spare: float) -> list[tuple[Mark | Row, float]]:
        """The children, and the width that each may take more: all stand below each other."""
        if spare <= 0:
            return [(child, 0.0) for child in self.children]
        parts = [child.measure(scale, style) for child in self.children]
        wide = max(p.left for p in parts) + max(p.right for p in parts) + spare
        return [
            (child, wide - part.left - part.right if _takes_width(child) else 0.0)
            for child, part in zip(self.children, parts, strict=True)
        ]

    def _above(self, parts: list[Extent], scale: float) -> float:
        """What lies above the middle, or above the middle of the anchor."""
        gap = self.gap * scale
        if self.anchor is None:
            return (sum(p.up + p.down for p in parts) + gap * (len(parts) - 1)) / 2
        before = parts[: self.anchor]
        return sum(p.up + p.down for p in before) + gap * len(before) + parts[self.anchor].up


class Overlay(Row):
    """Things in one place: each is stretched over the first, the later ones above; plots take free width."""

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room of the first, with everything around any of them; wider by ``spare`` where all can be."""
        inner = scale * self.scale
        parts = [child.measure(inner, style) for child in self.children]
        stretch = parts[0].stretch if all(p.stretch for p in parts) else 0.0
        first = replace(parts[0], width=parts[0].width + min(spare, stretch))

        def reach(side: str, size: str) -> float:
            beyond = max(getattr(p, side) - getattr(p, size) / 2 for p in parts)
            return float(beyond + getattr(first, size) / 2)

        # A label stands above the small print of all.
        labels = [child.label_height(style) for child in self.children]
        above = max(p.up - p.height / 2 - label for p, label in zip(parts, labels, strict=True))
        return Extent(
            first.width,
            first.height,
            reach("left", "width"),
            reach("right", "width"),
            above + max(labels) + first.height / 2,
            reach("down", "height"),
            stretch=stretch,
        )

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks, all in one place."""
        e = self.measure(scale, style, spare)
        room = (x - e.left, x + e.right, y - e.down, y + e.up)
        label_y = room[3] - style.theme.medium / 2
        marks = [one for one in self.children if isinstance(one, Mark)]
        for child in self.children:
            owner = _find_axes(child, marks)
            for one in child.put(x, y, scale * self.scale, style):
                yield replace(one, w=e.width, h=e.height, label_y=label_y, room=room, axes_of=owner)


def _find_axes(child: Mark | Row, marks: list[Mark]) -> str:
    """Key of the mark of an Overlay that draws the axes of another: the first whose axes say most."""
    if not isinstance(child, Mark):
        return ""
    over = [one for one in marks if one is child or child.shares_axes(one)]
    first = next(
        one for one in over if all(other.shares_axes(one) or not one.shares_axes(other) for other in over)
    )
    return "" if first is child else first.key


Arrangement = Mark | Row


def flatten(stage: Arrangement | None) -> Iterator[Mark]:
    """Every mark of an arrangement, in its order."""
    if stage is not None:
        yield from stage.flatten()


def change_marks(stage: Arrangement, change: Callable[[Mark], Mark]) -> Arrangement:
    """The same arrangement of other marks; what lies across, or is broken into lines, stays."""
    if isinstance(stage, Mark):
        return change(stage)
    if not isinstance(stage, Row):
        return stage
    other = copy(stage)
    object.__setattr__(other, "children", tuple(change_marks(child, change) for child in stage.children))
    return other
