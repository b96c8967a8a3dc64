"""Histogram: how many values fall into each bin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.marks.axes import Plot
from nnanim.marks.base import Frame, Placed
from nnanim.marks.content import Floats, round_up
from nnanim.marks.legend import Legend
from nnanim.marks.parts import REST, Owner, Parts
from nnanim.marks.plot_motion import Limits
from nnanim.marks.readout import BoxArea, Quantity, Readout
from nnanim.shapes import Boxes, Polyline, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words

ROLES = ("amount", "amount2", "kind1")
"""Usual roles of the bars, the line and the highlighted bars."""


@dataclass(frozen=True, eq=False)
class Histogram(Plot):
    """How many values fall into each bin, and how many a formula expects.

    Attributes:
        counts: (bins,) how many there are in each.
        edges: (bins + 1,) ascending ends of the bins.
        expected: (bins,) drawn as a line over the bars, or None.
        names: of the bars, the line and the highlighted bars; roles: their colours, the usual ones
            where there are fewer.
        highlight: indices of bins in the colour of the third role.
        x_limits, y_limits: the window, y from 0; what lies outside is refused, unless these are empty bins.
    """

    hints: ClassVar[dict[str, str]] = {"edges": "counts, edges = np.histogram(values, bins=20)"}

    counts: Floats
    edges: Floats
    expected: Floats | None = None
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ROLES
    highlight: tuple[int, ...] = ()
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    aspect: float | None = None

    def __post_init__(self) -> None:
        counts, edges = (
            self.check_numbers(self.counts, "counts", 1),
            self.check_numbers(self.edges, "edges", 1),
        )
        if len(edges) != len(counts) + 1 or not len(counts):
            raise self.make_error(f"{len(edges)} edges for {len(counts)} counts; one more wanted")
        if np.any(np.diff(edges) <= 0):
            raise self.make_error("the edges do not ascend")
        expected = None if self.expected is None else self.check_numbers(self.expected, "expected counts", 1)
        if expected is not None and len(expected) != len(counts):
            raise self.make_error(f"{len(expected)} expected counts for {len(counts)} counts")
        heights = counts if expected is None else np.concatenate([counts, expected])
        if heights.min() < 0:
            raise self.make_error(f"count {heights.min():g}; it must be 0 or more")
        for index in self.highlight:
            if not 0 <= index < len(counts):
                raise self.make_error(f"highlight {index} for {len(counts)} bins")
        y_limits = (0.0, round_up(float(heights.max()))) if self.y_limits is None else self.y_limits
        if y_limits[0] != 0:
            raise self.make_error(f"y_limits={y_limits}; bars stand on 0")
        x_limits = (float(edges[0]), float(edges[-1])) if self.x_limits is None else self.x_limits
        filled = heights.reshape(-1, len(counts)).any(axis=0)
        ends = edges[np.append(filled, False) | np.append(False, filled)]
        self.set_fields(
            counts=counts, edges=edges, expected=expected, names=tuple(self.names),
            roles=(*self.roles, *ROLES[len(self.roles):]),
            highlight=tuple(int(i) for i in self.highlight), x_limits=self._limits(ends, x_limits, "x"),
            y_limits=self._limits(heights, y_limits, "y"),
        )  # fmt: skip

    @classmethod
    def of(cls, values: npt.ArrayLike, edges: npt.ArrayLike, **options: Any) -> Histogram:
        """The histogram of ``values`` of any shape; the last bin holds its upper edge too.

        Raises:
            UserError: a value lies in no bin.
        """
        array, ends = np.asarray(values, dtype=float).ravel(), np.asarray(edges, dtype=float)
        counts, _ = np.histogram(array, ends)
        made = cls(counts.astype(float), ends, **options)
        if outside := array.size - int(counts.sum()):
            raise made.make_error(f"{outside} of {array.size} values lie outside {ends[0]:g}..{ends[-1]:g}")
        return made

    @property
    def whole(self) -> tuple[bool, bool]:
        """Counts are whole numbers, edges of bins need not be."""
        return False, True

    def blend(self, after: Histogram, share: float) -> Histogram | None:
        """Bars on the way to their heights in another histogram, where the bins of both are in line."""
        edges = _common_edges(self.edges, after.edges)
        if edges is None:
            return None
        firsts = [round(float((one.edges[0] - edges[0]) / (edges[1] - edges[0]))) for one in (self, after)]

        def mix(old: Floats, new: Floats) -> Floats:
            heights = np.zeros(len(edges) - 1)
            for some, first, part in zip((old, new), firsts, (1 - share, share), strict=True):
                heights[first : first + len(some)] += some * part
            return heights

        known = self.expected is not None and after.expected is not None
        marked, first = (after, firsts[1]) if share >= 0.5 else (self, firsts[0])
        data = {one.name: getattr(after, one.name) for one in fields(after)} | {
            "counts": mix(self.counts, after.counts), "edges": edges, "x_limits": None, "y_limits": None,
            "expected": mix(np.asarray(self.expected), np.asarray(after.expected)) if known else None,
            "highlight": tuple(first + i for i in marked.highlight),
        }  # fmt: skip
        return HistogramInMotion(**data, before=self, after=after, share=share)

    def through(self, window: tuple[Limits, Limits]) -> Histogram:
        """The bins that lie in another window: a line ends where its bars end."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        inside = np.flatnonzero((middles >= window[0][0]) & (middles <= window[0][1]))
        seen = super().through(window)
        if not len(inside):
            return seen
        first, last = int(inside[0]), int(inside[-1])
        seen.__dict__.update(
            counts=self.counts[first : last + 1],
            edges=self.edges[first : last + 2],
            expected=None if self.expected is None else self.expected[first : last + 1],
            highlight=tuple(i - first for i in self.highlight if first <= i <= last),
        )
        return seen

    def legends(self) -> tuple[Legend, ...]:
        """The names, where there are several: of the bars, the line, the highlighted bars."""
        shown = (Legend.entries(self, self.names, self.roles, (None, (), None)),)
        return shown if len(self.names) > 1 else ()

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Axes, bars and the expected line; a part is a bin."""
        tops, feet = self._bins(placed)
        drawn = [(self.axes(placed, frame.style), REST), *self.draw_data(placed, frame.style)]
        return Parts.collect(drawn, (tops + feet) / 2, tops - feet)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The bins, each found over all of the height: its ends, its count, and what is expected."""
        tops, feet = self._bins(placed)
        centers = np.column_stack([(tops + feet)[:, 0] / 2, np.full(len(tops), placed.y)])
        sizes = np.column_stack([(tops - feet)[:, 0], np.full(len(tops), placed.h)])
        first, every = self.x_name or "x", np.arange(len(self.counts))
        held = [
            Quantity(first, self.edges[:-1], "edges", every),
            Quantity({"en": "to", "ja": "〜"}, self.edges[1:], "edges", every + 1),
            Quantity(self.names[0] if self.names else self.y_name or "n", self.counts, "counts"),
        ]
        if self.expected is not None:
            name = self.names[1] if len(self.names) > 1 else {"en": "expected", "ja": "期待"}
            held.append(Quantity(name, self.expected, "expected"))
        bin_name = {"en": "bin", "ja": "区間"}
        return (Readout(bin_name, BoxArea(centers, sizes), tuple(held), (len(self.counts),)),)

    def _bins(self, placed: Placed) -> tuple[Floats, Floats]:
        """(bins, 2) the upper right and the lower left corner of each bar."""
        tops = self.to_screen(placed, np.column_stack([self.edges[1:], self.counts]))
        return tops, self.to_screen(placed, np.column_stack([self.edges[:-1], np.zeros(len(self.counts))]))

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """Bars and the expected line."""
        theme, (tops, feet) = style.theme, self._bins(placed)
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        fills = self.bar_colors(middles, theme)
        there = self.bars()
        sizes = (tops - feet)[there] - [min(0.012, 0.2 * float((tops - feet)[:, 0].min())), 0.0]
        yield Boxes(((tops + feet) / 2)[there], sizes, fills[there]), np.flatnonzero(there)
        if self.expected is not None:
            line = self.to_screen(placed, np.column_stack([middles, self.expected]))
            line = line[self.line_bins()]
            yield Polyline(line, self.line_color(theme), 0.04), REST

    def bars(self) -> npt.NDArray[np.bool_]:
        """(bins,) over which a bar is drawn."""
        return self.counts > 0

    def line_bins(self) -> npt.NDArray[np.intp]:
        """Through which bins the expected line goes, in order: those in the window."""
        middles, (low, high) = (self.edges[1:] + self.edges[:-1]) / 2, self.limits[0]
        return np.flatnonzero((middles >= low) & (middles <= high))

    def bar_colors(self, values: Floats, theme: Theme) -> Floats:
        """(n, 4) colours of the bars that stand over some values."""
        bins = np.searchsorted(self.edges, values) - 1
        lit = np.isin(bins, np.array(self.highlight, dtype=int))
        colors: Floats = np.where(lit[:, None], theme.rgba(self.roles[2]), theme.rgba(self.roles[0]))
        return colors

    def line_color(self, theme: Theme) -> Floats:
        """Colour of the expected line."""
        return theme.rgba(self.roles[1])


@dataclass(frozen=True, eq=False)
class HistogramInMotion(Histogram):
    """Bars on the way from one histogram to another: their colours go over, too.

    Attributes:
        before, after: the two states.
        share: of the way, 0..1.
        inside: (bins,) which lie in the window through which they are seen.
    """

    before: Histogram = field(kw_only=True)
    after: Histogram = field(kw_only=True)
    share: float = field(kw_only=True)
    inside: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool), kw_only=True)

    def through(self, window: tuple[Limits, Limits]) -> HistogramInMotion:
        """The same bins in another window; those outside have no height, and the line ends before them."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        inside = (middles >= window[0][0]) & (middles <= window[0][1])
        seen = super(Histogram, self).through(window)
        seen.__dict__.update(counts=np.where(inside, self.counts, 0.0), inside=inside)
        return seen

    def bars(self) -> npt.NDArray[np.bool_]:
        """All of them, so that there are as many all the way."""
        return np.ones(len(self.counts), dtype=bool)

    def line_bins(self) -> npt.NDArray[np.intp]:
        """Those inside, and its ends in place of the others: the line has as many points all the way."""
        bins, there = np.arange(len(self.counts)), np.flatnonzero(self.inside)
        return np.clip(bins, there[0], there[-1]) if len(there) else bins

    def bar_colors(self, values: Floats, theme: Theme) -> Floats:
        """(n, 4) colours of the bars, a share of the way from the old ones to the new ones."""
        old, new = (one.bar_colors(values, theme) for one in (self.before, self.after))
        return old + (new - old) * self.share

    def line_color(self, theme: Theme) -> Floats:
        """Colour of the expected line, a share of the way."""
        old, new = (one.line_color(theme) for one in (self.before, self.after))
        return old + (new - old) * self.share


def _common_edges(some: Floats, other: Floats) -> Floats | None:
    """Edges of the bins of both, if they are of one width and lie in line; else None."""
    step = float(some[1] - some[0])
    low, high = min(some[0], other[0]), max(some[-1], other[-1])
    edges: Floats = low + step * np.arange(round((high - low) / step) + 1)
    near = 1e-6 * step
    for one in (some, other):
        places = np.round((one - low) / step).astype(int)
        if (np.diff(places) != 1).any() or (np.abs(edges[places] - one) > near).any():
            return None
    return edges
