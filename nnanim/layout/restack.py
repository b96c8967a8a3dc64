"""The arrangement of a stage for the shape of its frame: what would be a thin band is stacked.

An author arranges a stage for a wide frame. In one that is less wide, its rows may also be stacked, or broken
into lines: all rows that lie equally deep in the arrangement are treated alike, and the way is taken in which
everything is largest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Arrangement, Column, Mark, Overlay, Placed, Row, Table
from nnanim.marks.stack import Broken, Turned, break_lines, stack, wrap_row
from nnanim.style import RenderStyle

KEEP, STACK = 0, 1
"""What may be done to the rows of one depth; a number from 2 on is that of their children in a line."""

DEEPEST, MOST_ABREAST = 2, 3
"""Depths of rows that are treated each in its own way, and the most children of a line that is broken."""

GAIN, SQUARER_GAIN = 1.08, 1.3
"""How many times larger a stage has to be so that it is worth another arrangement: in portrait, in others."""

TURNING = 1.35
"""How many times larger it has to be so that marks that stay from beat to beat are worth turning."""

WIDE = 1.7
"""Width over height of a frame, from which the author's arrangement stays as it is."""

CROSSING = 1.6
"""How many times larger it has to be so that it is worth one more mark in the way of an arrow."""

CORE = 0.9
"""Share of a mark, from its middle, that no arrow between others should cross."""

Box = tuple[float, float, float, float]
"""The middle of a mark, its width and its height."""

Fit = Callable[[Arrangement], float]
"""The scale at which an arrangement fits into its room; 0 where it does not."""

Choice = tuple[int, ...]


@dataclass(frozen=True)
class Variant:
    """One way to arrange a stage.

    Attributes:
        choice: what is done to the rows of each depth.
        stage: the arrangement.
    """

    choice: Choice
    stage: Arrangement

    @property
    def turned_keys(self) -> frozenset[str]:
        """Keys of what lies across."""
        return frozenset(_find_turned(self.stage))


def is_narrow(style: RenderStyle) -> bool:
    """Whether a frame is less wide than those for which stages are arranged."""
    return style.width < WIDE * style.height


def list_variants(
    stage: Arrangement, style: RenderStyle, growing: Collection[str] = frozenset()
) -> list[Variant]:
    """The ways to arrange a stage in a frame, the author's own first; what is ``growing`` is not broken."""
    found = {_describe(stage): Variant((), stage)}
    if is_narrow(style):
        ways = (KEEP, STACK, *range(2, MOST_ABREAST + 1))
        choices = sorted(product(ways, repeat=DEEPEST), key=lambda some: sum(one > 0 for one in some))
        broken = break_lines(stage, _in_one_line(stage), growing) if style.is_portrait else stage
        for whole in dict.fromkeys((stage, broken)):
            for choice in choices:
                made = _rearrange(whole, choice)
                found.setdefault(_describe(made), Variant(choice, made))
    return list(found.values())


def find_growing(beats: Sequence[Beat]) -> set[str]:
    """Keys of what can be broken into lines, and has no way from one beat to the next but to grow."""
    marks = [{mark.key: mark for mark in beat.marks if mark.breaks} for beat in beats]
    return {
        key
        for one, other in pairwise(marks)
        for key in one.keys() & other.keys()
        if one[key].cells != other[key].cells and one[key].between(other[key], 0.5) is None
    }


def _in_one_line(stage: Arrangement) -> set[str]:
    """Keys of what has to stay in one line, since something is drawn over it."""
    return {end for mark in stage.flatten() if not mark.connects for end in mark.ties}


def _rearrange(stage: Arrangement, choice: Choice) -> Arrangement:
    if isinstance(stage, (Mark, Turned, Overlay)):
        return stage
    is_row = isinstance(stage, Table) or (not isinstance(stage, Column) and len(stage.children) > 1)
    way, deeper = (choice[0], choice[1:] or choice) if is_row else (KEEP, choice)
    children = [_rearrange(child, deeper) for child in stage.children]
    if isinstance(stage, Table):
        made: Row = Table(*children, cells=stage.cells, gap=stage.gap, scale=stage.scale)
        return stack(made) if way == STACK else made
    if isinstance(stage, Column):
        return Column(*children, gap=stage.gap, scale=stage.scale, anchor=stage.anchor)
    made = Row(*children, gap=stage.gap, scale=stage.scale)
    if way == STACK:
        return stack(made)
    if way != KEEP and way < len(children) and not any(child.connects for child in children):
        return wrap_row(made, way)
    return made


def _describe(stage: Arrangement) -> object:
    """Equal for equal arrangements of the same marks."""
    if isinstance(stage, (Mark, Turned)):
        return id(stage.mark) if isinstance(stage, Turned) else id(stage), type(stage)
    return type(stage), tuple(map(_describe, stage.children))


def list_stacked(stage: Arrangement) -> frozenset[str]:
    """Keys of what stands below or above what its author has put beside it."""
    if isinstance(stage, (Mark, Turned)):
        return frozenset()
    if stage.is_tall:
        return frozenset(mark.key for mark in stage.flatten())
    return frozenset().union(*map(list_stacked, stage.children))


def _find_turned(stage: Arrangement) -> Iterable[str]:
    if isinstance(stage, Turned):
        yield from () if isinstance(stage, Broken) else (stage.mark.key,)
    elif not isinstance(stage, Mark):
        for child in stage.children:
            yield from _find_turned(child)


def least_gain(style: RenderStyle) -> float:
    """How many times larger another arrangement than the author's has to be in a frame of that style."""
    return GAIN if style.is_portrait else SQUARER_GAIN


def count_crossings(placed: Sequence[Placed]) -> int:
    """How many marks lie in the way of the arrows between others, as they stand in an arrangement."""
    boxes = {one.mark.key: (one.x, one.y, one.w, one.h) for one in placed if not one.mark.connects}
    ties = [one.mark.ties for one in placed if one.mark.connects and one.mark.roomless]
    return sum(
        _is_in_way(boxes[source], boxes[target], box)
        for source, target in ties
        for key, box in boxes.items()
        if key not in (source, target) and {source, target} <= boxes.keys()
    )


def _is_in_way(source: Box, target: Box, box: Box) -> bool:
    """Whether the way from the middle of one box to that of another leads through a third."""
    t = np.linspace(0, 1, 33)[:, None]
    points = np.array(source[:2]) * (1 - t) + np.array(target[:2]) * t
    return bool((np.abs(points - box[:2]) < np.array(box[2:]) / 2 * CORE).all(axis=1).any())


def choose(variants: Sequence[Variant], fit: Fit, gain: float) -> Variant:
    """The variant that is largest; the author's own, the first, unless another is ``gain`` times as large."""
    scales = [fit(one.stage) for one in variants]
    best = max(range(len(scales)), key=lambda i: scales[i] * 0.99**i)
    return variants[best if scales[best] > gain * scales[0] else 0]


def choose_alike(
    runs: Sequence[Sequence[tuple[Variant, float]]],
    common: Sequence[frozenset[str]],
    gain: float = GAIN,
) -> list[int]:
    """For each run of beats, which of its variants is taken, so that little of what stays is turned.

    Args:
        runs: the variants of each run, with the scale at which they fit.
        common: for each run, the keys on its stage that were on that of the run before.
        gain: how many times larger than the author's arrangement another has to be.
    """
    costs, ways = list[float](), list[list[int]]()
    before: Sequence[tuple[Variant, float]] = ()
    for variants, kept in zip(runs, common, strict=True):
        best = max(scale for _, scale in variants)
        now, way = [], []
        for place, (one, scale) in enumerate(variants):
            worth = math.log(best / scale) + 0.01 * place if scale else math.inf
            worth += math.log(gain) if place else 0.0
            ends = [
                cost + math.log(TURNING) * bool((one.turned_keys ^ other.turned_keys) & kept)
                for cost, (other, _) in zip(costs, before, strict=True)
            ] or [0.0]
            way.append(min(range(len(ends)), key=ends.__getitem__))
            now.append(ends[way[-1]] + worth)
        costs, before = now, variants
        ways.append(way)
    at = min(range(len(costs)), key=costs.__getitem__)
    chosen = [at]
    for way in reversed(ways[1:]):
        chosen.append(at := way[at])
    return chosen[::-1]
