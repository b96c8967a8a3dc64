"""Marks with axes: points, curves, bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnanim.marks.base import Floats, Mark, where
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
        highlight: indices of points that are ringed.
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
    aspect: float = 1.0

    def __post_init__(self) -> None:
        points = self._numbers(self.points, "points", 2)
        if points.shape[1:] != (2,):
            raise self._error(f"points of shape {points.shape}; (n, 2) wanted")
        groups = tuple(int(g) for g in self._per(tuple(self.groups), len(points), "groups")) or (0,) * len(
            points
        )
        for group in groups:
            if not 0 <= group < len(self.roles):
                raise self._error(f"group {group} has no role; there are {len(self.roles)}")
        for index in self.highlight:
            if not 0 <= index < len(points):
                raise self._error(f"highlight {index} for {len(points)} points")
        limits = (
            _limits(self, points[:, 0], self.x_limits, "x"),
            _limits(self, points[:, 1], self.y_limits, "y"),
        )
        self._set(
            points=points, groups=groups, x_limits=limits[0], y_limits=limits[1], names=tuple(self.names)
        )


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
