"""Surface: a function of two numbers as a map, with level lines, paths and points on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt

from nnanim.marks.axes import Plot
from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.content import Floats, round_down
from nnanim.marks.curve import DASHES
from nnanim.marks.easing import ease
from nnanim.marks.legend import LINE, Legend
from nnanim.marks.parts import REST, Owner, Parts
from nnanim.marks.readout import POINT, CellArea, PlotArea, Quantity, Readout
from nnanim.shapes import Discs, Polyline, Raster, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import KINDS, Theme
from nnanim.words import Words

SPOT, STEP, POINT_RADIUS = 0.12, 0.055, 0.075
"""Radius of the end of a path, of each step on it, and of a point."""

LEVEL = 0.018
"""Width of a level line."""

PLACE: Words = {"en": "place on the map", "ja": "地図の点"}


@dataclass(frozen=True, eq=False)
class Surface(Plot):
    """A function of two numbers as a map: its value is the colour, and level lines join equal values.

    A loss over two weights, or what a network answers at every point of a plane.

    Attributes:
        values: (rows, columns) on a regular grid; the first row lies at the low end of ``y_limits``, the
            first column at that of ``x_limits``.
        x_limits, y_limits: where the outermost rows and columns lie.
        limit: the largest |value| of the colour scale, which begins at 0; by default from the values.
        log: whether equal factors are equal steps of colour, from the smallest value on: it shows the valley
            of a loss, whose hills are a hundred times as high. The values must be above 0.
        role: colour of the positive end; ``kinds``: from the colour of one kind at 0 to that of the other
            at 1, for the answer of a classifier.
        levels: at which values lines are drawn; a whole number: so many at equal steps, or factors.
        paths: (m, 2) places, one line each, such as the steps of a training.
        names, roles: of each path.
        drawn: how many places of each path are drawn, None for all.
        points: (n, 2) places, or None; groups: (n,) index of the kind of each.
    """

    values: Floats
    x_limits: tuple[float, float] = (0.0, 1.0)
    y_limits: tuple[float, float] = (0.0, 1.0)
    limit: float | None = None
    log: bool = False
    role: str = "amount"
    levels: int | tuple[float, ...] = 8
    paths: tuple[Floats, ...] = ()
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ("answer", "amount2", "kind0", "kind1")
    drawn: int | None = None
    points: Floats | None = None
    groups: tuple[int, ...] = ()
    x_name: Words = ""
    y_name: Words = ""
    aspect: float | None = None
    shapely: ClassVar[tuple[float, float]] = (1.3, 1.3)

    def __post_init__(self) -> None:
        values = self.check_numbers(self.values, "values", 2)
        if min(values.shape) < 2:
            raise self.make_error(f"values of shape {values.shape}; two rows and columns at least wanted")
        if self.role == "kinds" and (values.min() < 0 or values.max() > 1):
            raise self.make_error(f"values {values.min():g}..{values.max():g}; kinds are told apart by 0..1")
        if self.log and (self.role == "kinds" or values.min() <= 0):
            raise self.make_error(f"values from {values.min():g}; log=True is for those above 0")
        if len(self.paths) > len(self.roles):
            raise self.make_error(f"{len(self.paths)} paths for {len(self.roles)} roles")
        paths = tuple(self._pairs(path, "a path") for path in self.paths)
        points = None if self.points is None else self._pairs(self.points, "points")
        many = 0 if points is None else len(points)
        self.set_fields(
            values=values,
            limit=1.0 if self.role == "kinds" else self.check_limit(values, self.limit),
            levels=self._levels(values),
            paths=paths,
            points=points,
            names=self.check_count(tuple(self.names), len(paths), "names"),
            groups=self.check_count(tuple(map(int, self.groups)), many, "groups"),
            x_limits=self._limits(self._on_axis(0), self.x_limits, "x"),
            y_limits=self._limits(self._on_axis(1), self.y_limits, "y"),
        )

    def settle(self) -> Surface:
        """A surface whose paths have grown to their ends is the whole surface."""
        grown = self.drawn is not None and self.drawn >= max(map(len, self.paths), default=0)
        return cast(Surface, modify(self, drawn=None)) if grown else self

    def _pairs(self, values: npt.ArrayLike, what: str) -> Floats:
        array = self.check_numbers(values, what, 2)
        if array.shape[1:] != (2,) or not len(array):
            raise self.make_error(f"{what} of shape {array.shape}; (n, 2) wanted")
        return array

    def _on_axis(self, axis: int) -> Floats:
        there = [*self.paths, *(() if self.points is None else (self.points,))]
        return np.concatenate([np.asarray(one, dtype=float)[:, axis] for one in there] or [np.zeros(0)])

    def _levels(self, values: Floats) -> tuple[float, ...]:
        if not isinstance(self.levels, int):
            return tuple(float(level) for level in self.levels)
        spaced = np.geomspace if self.log else np.linspace
        return tuple(spaced(values.min(), values.max(), self.levels + 2)[1:-1].tolist())

    @property
    def low(self) -> float:
        """Where the colour scale begins: at 0, or where equal factors are equal steps, below the values."""
        return round_down(float(self.values.min())) if self.log else 0.0

    @property
    def whole(self) -> tuple[bool, bool]:
        """Its axes are measures."""
        return False, False

    @cached_property
    def lines(self) -> tuple[Floats, ...]:
        """(m, 2) places of each level line, in shares of the plane from its lower left corner."""
        from contourpy import LineType, contour_generator

        rows, columns = self.values.shape
        across, upwards = np.linspace(0, 1, columns), np.linspace(0, 1, rows)
        found = contour_generator(across, upwards, self.values, line_type=LineType.Separate)
        assert isinstance(self.levels, tuple)
        return tuple(np.asarray(line) for level in self.levels for line in found.lines(level))

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Colours, level lines, axes, paths and points."""
        data: Shapes = ()
        for shape, _ in self.draw_data(placed, frame.style):
            data += shape if isinstance(shape, tuple) else (shape,)
        return Parts(data + self.axes(placed, frame.style))

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """What lies within the axes."""
        theme = style.theme
        yield Raster((placed.x, placed.y), (placed.w, placed.h), self._pixels(theme), smooth=True), REST
        corner, size = np.array([placed.x - placed.w / 2, placed.y - placed.h / 2]), [placed.w, placed.h]
        color = theme.rgba("ink", 0.45)
        yield tuple(Polyline(corner + line * size, color, LEVEL) for line in self.lines), REST
        if self.points is not None:
            roles = np.array([theme.rgba(role) for role in KINDS])
            fills = roles[list(self.groups or (0,) * len(self.points))]
            rims = np.tile(theme.rgba("ground"), (len(fills), 1))
            radii = np.full(len(fills), POINT_RADIUS * max(placed.scale, 0.6) ** 0.5)
            yield Discs(self.to_screen(placed, self.points), radii, fills, rims, 0.02), REST
        yield tuple(self._draw_paths(placed, style)), REST

    def _draw_paths(self, placed: Placed, style: RenderStyle) -> Iterator[Shape]:
        theme = style.theme
        for i, (path, role) in enumerate(zip(self.paths, self.roles, strict=False)):
            at = self.to_screen(placed, path[: max(len(path) if self.drawn is None else self.drawn, 1)])
            color, rim = theme.rgba(role), theme.rgba("ground")[None]
            if len(at) > 1:
                yield Polyline(at, color, LINE, dash=DASHES[i % len(DASHES)])
            steps = np.full(len(at), STEP)
            steps[-1] = SPOT
            yield Discs(at, steps, np.tile(color, (len(at), 1)), np.tile(rim, (len(at), 1)), 0.02)

    def _pixels(self, theme: Theme) -> npt.NDArray[np.uint8]:
        """(rows - 1, columns - 1, 4) bytes, the highest row on top: between four values stands their mean."""
        above = self.values[::-1]
        means = (above[1:, 1:] + above[1:, :-1] + above[:-1, 1:] + above[:-1, :-1]) / 4
        if self.role == "kinds":
            colors = theme.signed_colors(2 * means - 1, "kind1", "kind0")
        else:
            colors = theme.signed_colors(self._shares(means), self.role)
        return np.round(colors * 255).astype(np.uint8)

    def _shares(self, values: Floats) -> Floats:
        """The share of the colour scale of some values."""
        if not self.log:
            return values / (self.limit or 1.0)
        return np.asarray(np.log(values / self.low) / np.log((self.limit or 1.0) / self.low))

    def legends(self) -> tuple[Legend, ...]:
        """The colours, and the names of several paths."""
        low = -(self.limit or 1.0) if (self.values < 0).any() else self.low
        scale = Legend.colors(self.meaning, low, self.limit or 1.0, self.role)
        colors = (modify(scale, key=f"{scale.key}:log", log=True) if self.log else scale,)
        named = (Legend.entries(self, self.names, self.roles, DASHES),) if len(self.names) > 1 else ()
        return colors + named

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The values of the map, the places of the paths and the points."""
        box = placed.x, placed.y, placed.w, placed.h
        flat = np.arange(self.values.size).reshape(self.values.shape)[::-1].ravel()
        held = Quantity(self.meaning, self.values.ravel()[flat], "values", flat)
        found = [Readout(PLACE, CellArea(box, *self.values.shape), (held,), self.values.shape)]
        several = [(f"paths[{i}]", path, SPOT) for i, path in enumerate(self.paths)]
        several += [] if self.points is None else [("points", self.points, POINT_RADIUS)]
        for source, places, radius in several:
            pair = tuple(
                Quantity(name or axis, places[:, i], source, 2 * np.arange(len(places)) + i)
                for i, (axis, name) in enumerate((("x", self.x_name), ("y", self.y_name)))
            )
            found.append(Readout(POINT, PlotArea(box, self.limits, radius), pair, (len(places),)))
        return tuple(found)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Where the plane stays, the values turn into the other ones; else it is a zoom, as of any plot."""
        if not isinstance(after, Surface) or self.values.shape != after.values.shape:
            return super().between(after, fraction)
        if (self.limits, self.role, self.log) != (after.limits, after.role, after.log):
            return super().between(after, fraction)
        share, mine, other = ease(fraction), self.limit or 1.0, after.limit or 1.0
        turned: Surface = modify(
            after,
            values=self.values + (after.values - self.values) * share,
            limit=mine + (other - mine) * share,
        )
        return turned
