"""What stands side by side, put below each other: for frames that are higher than wide."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from nnanim.marks.arrange import Arrangement, Column, Overlay, Row
from nnanim.marks.base import Mark, Placed
from nnanim.marks.parts import GAP, Extent
from nnanim.marks.table import Table
from nnanim.style import RenderStyle


@dataclass(frozen=True)
class Turned:
    """A mark that lies across, such as a row of neurons; its label stands on its left."""

    mark: Mark

    def flatten(self) -> Iterator[Mark]:
        """The mark."""
        yield self.mark

    def label_height(self, style: RenderStyle) -> float:
        """Its label takes no height of its own."""
        return 0.0

    @property
    def connects(self) -> bool:
        """Whether it runs between its neighbours."""
        return self.mark.connects

    @property
    def roomless(self) -> bool:
        """Whether it takes no room of its own in a table."""
        return self.mark.roomless

    is_tall = False

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``, with its label."""
        bare = self.mark.turned_extent(scale, style)
        if not style.say(self.mark.label):
            return bare
        label, half = self._label_width(style), style.theme.medium / 2
        return replace(bare, left=bare.left + label + GAP, up=max(bare.up, half), down=max(bare.down, half))

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The mark in its place."""
        extent = self.measure(scale, style)
        label_x = self._label_width(style) / 2 - extent.left
        one = self.mark.place(x, y, scale, style, extent)
        yield replace(one, turned=1.0, label_y=y, label_x=label_x)

    def _label_width(self, style: RenderStyle) -> float:
        return style.text_width(self.mark.label, style.theme.medium, bold=True)


class Broken(Turned):
    """A mark that is broken into more lines, such as a sentence; its label stands above it."""

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``, with its label."""
        bare = self.mark.turned_extent(scale, style)
        if not style.say(self.mark.label):
            return bare
        whole = bare.at_least(self._label_width(style) / 2)
        return whole.around(up=self.mark.label_height(style))

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The mark in its place."""
        yield replace(self.mark.place(x, y, scale, style, self.measure(scale, style)), turned=1.0)


class Fitted(Broken):
    """A mark that is drawn smaller than all else to fit, such as a sentence in one line."""

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants."""
        return self.mark.measure(self.mark.fitting_scale(scale, style), style)

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The mark in its place."""
        yield from self.mark.put(x, y, self.mark.fitting_scale(scale, style), style)


def measure_placed(placed: Placed, mark: Mark, style: RenderStyle) -> Extent:
    """The room that a state of a mark wants in the place of another: as it lies there."""
    if not placed.turned:
        return mark.measure(placed.scale, style)
    return (Broken(mark) if mark.breaks else Turned(mark)).measure(placed.scale, style)


class Stack(Column):
    """The children of a Row from top to bottom; those that lie between neighbours take the spare height."""

    is_tall = True

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``; ``spare`` of height is shared among what is elastic."""
        inner = scale * self.scale
        parts = self._heighten_elastic(inner, style, spare)
        tall = sum(p.up + p.down for p in parts) + sum(self._gaps(inner))
        left, right = max(p.left for p in parts), max(p.right for p in parts)
        return Extent(left + right, tall, left, right, tall / 2, tall / 2)

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks in their places."""
        inner = scale * self.scale
        parts = self._heighten_elastic(inner, style, spare)
        gaps = [*self._gaps(inner), 0.0]
        at = y + (sum(p.up + p.down for p in parts) + sum(gaps)) / 2
        for child, part, gap in zip(self.children, parts, gaps, strict=True):
            yield from child.put(x, at - part.up, inner, style)
            at -= part.up + part.down + gap

    def _heighten_elastic(self, scale: float, style: RenderStyle, spare: float) -> list[Extent]:
        """Extents of the children, the elastic ones higher by their share of ``spare``."""
        parts = [child.measure(scale, style) for child in self.children]
        elastic = [
            part.stretch if child.connects else 0.0 for child, part in zip(self.children, parts, strict=True)
        ]
        share = min(1.0, spare / sum(elastic)) if sum(elastic) else 0.0
        return [
            replace(part, up=part.up + stretch * share / 2, down=part.down + stretch * share / 2)
            for part, stretch in zip(parts, elastic, strict=True)
        ]


class TurnedTable(Table):
    """A Table whose columns are rows: what ran to the right runs down, what lay above lies to the left."""

    is_tall = True

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``; its rows move apart by up to ``spare`` of height in all."""
        return flip_extent(super().measure(scale, style, spare))

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The marks in their cells."""
        inner = scale * self.scale
        _, middles = self._lines(self._extents(inner, style), inner, spare)
        for child, (across, down) in zip(self.children, middles, strict=True):
            yield from child.put(x - down, y - across, inner, style)

    def _extents(self, scale: float, style: RenderStyle) -> list[Extent]:
        return [flip_extent(child.measure(scale, style)) for child in self.children]


def flip_extent(one: Extent) -> Extent:
    """The room reflected so that what lay above lies to the left, and what was on the right is below."""
    return Extent(one.height, one.width, one.up, one.down, one.left, one.right, one.stretch)


def turn(stage: Arrangement) -> Arrangement:
    """The same where what can turn lies across."""
    if isinstance(stage, Mark):
        return Turned(stage) if stage.turns else stage  # type: ignore[return-value]
    if isinstance(stage, (Overlay, Table, Turned, Stack)) or (type(stage) is Row and len(stage.children) > 1):
        return stage
    if isinstance(stage, Column):
        anchor = stage.anchor
        return Column(*map(turn, stage.children), gap=stage.gap, scale=stage.scale, anchor=anchor)
    return Row(*map(turn, stage.children), gap=stage.gap, scale=stage.scale)


def stack(row: Row) -> Arrangement:
    """The children of a row, or the columns of a table, below each other."""
    children = tuple(map(turn, row.children))
    if isinstance(row, Table):
        return TurnedTable(*children, cells=row.cells, gap=row.gap, scale=row.scale)
    return Stack(*children, gap=row.gap, scale=row.scale)


def wrap_row(row: Row, abreast: int) -> Arrangement:
    """The children of a row in lines of ``abreast``."""
    lines = [Row(*row.children[i : i + abreast], gap=row.gap) for i in range(0, len(row.children), abreast)]
    return Column(*lines, gap=row.gap, scale=row.scale)


def break_lines(stage: Arrangement, whole: Collection[str], fixed: Collection[str]) -> Arrangement:
    """The same where what can be broken into more lines is.

    What is in ``whole`` stays in one line, as large as the width allows; what is in ``fixed`` stays as it is.
    """
    if isinstance(stage, Mark):
        if not stage.breaks or stage.key in fixed:
            return stage
        return Fitted(stage) if stage.key in whole else Broken(stage)  # type: ignore[return-value]
    if isinstance(stage, Overlay) or not any(mark.breaks for mark in stage.flatten()):
        return stage
    children = [break_lines(child, whole, fixed) for child in stage.children]
    if isinstance(stage, Table):
        return Table(*children, cells=stage.cells, gap=stage.gap, scale=stage.scale)
    if isinstance(stage, Column):
        return Column(*children, gap=stage.gap, scale=stage.scale, anchor=stage.anchor)
    return Row(*children, gap=stage.gap, scale=stage.scale)
