"""Marks with axes: points, curves, bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.marks.base import Floats, Mark, nice, where
from nnanim.words import Words


@dataclass(frozen=True, eq=False)
class Cloud(Mark):
    """Points in a plane, coloured by group.

    Attributes:
        points: (n, 2) x and y.
        groups: (n,) index of each point's group, or none for a single group.
        names: name of each group, in its order; roles: colour of each group.
        x_limits, y_limits: the plane; a point outside is refused.
        x_name, y_name: names of the axes.
        highlight: indices of points that are ringed; a picture among them lies above the others.
        spreads: (n, 2) standard deviations along x and y, drawn as an ellipse around each point, or None.
        path: (m, 2) places joined by a line, or None.
        inside: whether each group's name stands in the middle of its points; then there is no legend.
        pictures: for each point a picture (height, width, 3), 0..1, that stands in its place, or None.
    """

    points: Floats
    groups: tuple[int, ...] = ()
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ("negative", "positive", "query", "key", "value", "accent")
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    highlight: tuple[int, ...] = ()
    spreads: Floats | None = None
    path: Floats | None = None
    inside: bool = False
    pictures: tuple[Floats | None, ...] = ()
    aspect: float = 1.0

    def __post_init__(self) -> None:
        points = self._pairs(self.points, "points")
        spreads = np.zeros_like(points) if self.spreads is None else self._pairs(self.spreads, "spreads")
        path = points[:0] if self.path is None else self._pairs(self.path, "path")
        if spreads.shape != points.shape:
            raise self._error(f"spreads of shape {spreads.shape} for points of shape {points.shape}")
        if spreads.size and spreads.min() < 0:
            at = int(spreads.argmin())
            raise self._error(f"spread {spreads.min():g}{where(spreads, at)}; it must be 0 or more")
        groups = tuple(int(g) for g in self._per(tuple(self.groups), len(points), "groups")) or (0,) * len(
            points
        )
        for group in groups:
            if not 0 <= group < len(self.roles):
                raise self._error(f"group {group} has no role; there are {len(self.roles)}")
        for index in self.highlight:
            if not 0 <= index < len(points):
                raise self._error(f"highlight {index} for {len(points)} points")
        covered = np.vstack([points, points - spreads, points + spreads, path])
        limits = (
            _limits(self, covered[:, 0], self.x_limits, "x"),
            _limits(self, covered[:, 1], self.y_limits, "y"),
        )
        self._set(
            points=points, groups=groups, x_limits=limits[0], y_limits=limits[1], names=tuple(self.names),
            spreads=None if self.spreads is None else spreads, path=None if self.path is None else path,
            pictures=tuple(map(self._pixels, self._per(tuple(self.pictures), len(points), "pictures"))),
        )  # fmt: skip

    def _pixels(self, picture: Floats | None) -> Floats | None:
        if picture is None:
            return None
        pixels = self._numbers(picture, "pictures", 3)
        if pixels.shape[2] != 3 or not pixels.size or pixels.min() < 0 or pixels.max() > 1:
            raise self._error(f"a picture of shape {pixels.shape}; (height, width, 3) in 0..1 wanted")
        return pixels

    def _pairs(self, values: Floats, what: str) -> Floats:
        array = self._numbers(values, what, 2)
        if array.shape[1:] != (2,):
            raise self._error(f"{what} of shape {array.shape}; (n, 2) wanted")
        return array


@dataclass(frozen=True, eq=False)
class Curve(Mark):
    """One or more curves over one axis.

    Attributes:
        x: (n,) ascending; y: (n,) or (lines, n).
        names, roles: of each line.
        point: (x, y) that is marked on the first line, or None.
        x_limits, y_limits: the window; a value outside is refused.
        drawn: how many of the n values are drawn, None for all: a curve that is still growing.
    """

    x: Floats
    y: Floats
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ("accent", "key", "query", "value")
    point: tuple[float, float] | None = None
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    drawn: int | None = None
    aspect: float = 1.6

    def __post_init__(self) -> None:
        x, y = self._numbers(self.x, "x", 1), np.atleast_2d(self._numbers(self.y, "y", 1, 2))
        if y.shape[1] != len(x) or len(x) < 2:
            raise self._error(
                f"x of shape {x.shape} for y of shape {y.shape}; (n,) and (lines, n) with n ≥ 2 wanted"
            )
        if np.any(np.diff(x) < 0):
            raise self._error("x does not ascend")
        y.flags.writeable = False
        if self.drawn is not None and not 0 <= self.drawn <= len(x):
            raise self._error(f"drawn={self.drawn} of {len(x)} values")
        spot = self._numbers(() if self.point is None else self.point, "point", 1)
        if self.point is not None and len(spot) != 2:
            raise self._error(f"point of {len(spot)} numbers; (x, y) wanted")
        limits = (
            self._window(x, spot[:1], self.x_limits, "x"),
            self._window(y, spot[1:], self.y_limits, "y"),
        )
        point = None if self.point is None else (float(spot[0]), float(spot[1]))
        self._set(x=x, y=y, point=point, x_limits=limits[0], y_limits=limits[1], names=tuple(self.names))

    def _window(
        self, values: Floats, point: Floats, limits: tuple[float, float] | None, axis: str
    ) -> tuple[float, float]:
        if limits is None:
            return _limits(self, np.append(values, point), None, axis)
        low, high = _limits(self, values, limits, axis)
        if point.size and not low <= point[0] <= high:
            raise self._error(f"{axis} = {point[0]:g} at the point lies outside {low:g}..{high:g}")
        return low, high


@dataclass(frozen=True, eq=False)
class Bars(Mark):
    """Named bars, one under the other.

    Attributes:
        values: (n,) lengths.
        names: the name of each bar.
        limit: the largest |value| of the scale.
        highlight: indices of bars in the accent colour.
        percent: whether values are written as percentages.
        of: how many there are, where not all are shown.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    digits: int = 2
    role: str = "key"
    highlight: tuple[int, ...] = ()
    percent: bool = False
    of: int | None = None

    def __post_init__(self) -> None:
        values = self._numbers(self.values, "values", 1)
        if not len(values):
            raise self._error("there are no values")
        for index in self.highlight:
            if not 0 <= index < len(values):
                raise self._error(f"highlight {index} for {len(values)} bars")
        self._set(
            values=values,
            limit=self._within(values, self.limit),
            names=self._per(self.names, len(values), "names"),
            highlight=tuple(self.highlight),
            of=len(values) if self.of is None else self.of,
        )


@dataclass(frozen=True, eq=False)
class Histogram(Mark):
    """How many values fall into each bin, and how many a formula expects.

    Attributes:
        counts: (bins,) how many there are in each.
        edges: (bins + 1,) ascending ends of the bins.
        expected: (bins,) drawn as a line over the bars, or None.
        names: of the bars, the line and the highlighted bars; roles: their colours.
        highlight: indices of bins in the colour of the third role.
        x_limits, y_limits: the window, y from 0; what lies outside is refused.
    """

    counts: Floats
    edges: Floats
    expected: Floats | None = None
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ("key", "value", "accent")
    highlight: tuple[int, ...] = ()
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    aspect: float = 1.6

    def __post_init__(self) -> None:
        counts, edges = self._numbers(self.counts, "counts", 1), self._numbers(self.edges, "edges", 1)
        if len(edges) != len(counts) + 1 or not len(counts):
            raise self._error(f"{len(edges)} edges for {len(counts)} counts; one more wanted")
        if np.any(np.diff(edges) <= 0):
            raise self._error("the edges do not ascend")
        expected = None if self.expected is None else self._numbers(self.expected, "expected counts", 1)
        if expected is not None and len(expected) != len(counts):
            raise self._error(f"{len(expected)} expected counts for {len(counts)} counts")
        heights = counts if expected is None else np.concatenate([counts, expected])
        if heights.min() < 0:
            raise self._error(f"count {heights.min():g}; it must be 0 or more")
        for index in self.highlight:
            if not 0 <= index < len(counts):
                raise self._error(f"highlight {index} for {len(counts)} bins")
        y_limits = (0.0, nice(float(heights.max()))) if self.y_limits is None else self.y_limits
        if y_limits[0] != 0:
            raise self._error(f"y_limits={y_limits}; bars stand on 0")
        x_limits = (float(edges[0]), float(edges[-1])) if self.x_limits is None else self.x_limits
        self._set(
            counts=counts, edges=edges, expected=expected, names=tuple(self.names),
            highlight=tuple(int(i) for i in self.highlight), x_limits=_limits(self, edges, x_limits, "x"),
            y_limits=_limits(self, heights, y_limits, "y"),
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
            raise made._error(f"{outside} of {array.size} values lie outside {ends[0]:g}..{ends[-1]:g}")
        return made


def _limits(mark: Mark, values: Floats, limits: tuple[float, float] | None, axis: str) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if limits is None:
        margin = 0.06 * (high - low) or 1.0
        return low - margin, high + margin
    if not (limits[0] < limits[1] and np.isfinite(limits).all()):
        raise mark._error(f"{axis}_limits={limits}; the first must be below the second")
    slack = 1e-9 * (limits[1] - limits[0])
    if low < limits[0] - slack or high > limits[1] + slack:
        at = int(values.argmin() if low < limits[0] - slack else values.argmax())
        raise mark._error(
            f"{axis} = {values.flat[at]:g}{where(values, at)} lies outside {limits[0]:g}..{limits[1]:g}"
        )
    return float(limits[0]), float(limits[1])
