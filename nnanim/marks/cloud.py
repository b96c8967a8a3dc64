"""Cloud: points in a plane."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.axes import Plot, are_integers
from nnanim.marks.base import Frame, Placed
from nnanim.marks.common import cut_note
from nnanim.marks.content import Floats, at_index
from nnanim.marks.legend import Legend
from nnanim.marks.parts import REST, Owner, Parts
from nnanim.marks.point_labels import Obstacles, draw_point_labels, find_apart
from nnanim.marks.readout import POINT, PlotArea, Quantity, Readout
from nnanim.shapes import Boxes, Discs, Polyline, Raster, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import KINDS
from nnanim.words import Words, fill

DOT_RING = 2.4
"""Radius of the ring around a point that is spoken of, relative to the point's."""

PATH = 0.04
"""Width of a path."""

PLACE: Words = {"en": "place on the path", "ja": "経路の点"}

ROUND = np.column_stack([f(np.linspace(0, 2 * np.pi, 25)) for f in (np.cos, np.sin)])
"""(25, 2) places on a circle of radius 1."""


@dataclass(frozen=True, eq=False)
class Cloud(Plot):
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
        labels: a word for each point, that stands beside it, or none; it may be empty for some.
        inside: whether each group's name stands in the middle of its points; then there is no legend.
        pictures: for each point a picture (height, width, 3), 0..1, that stands in its place, or None.
        radius: of a point at scale 1; by default, many points are smaller than few.
        shown, of: number of points that are counted, and of all there are; a note says if some are not here.
    """

    points: Floats
    groups: tuple[int, ...] = ()
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = KINDS
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    highlight: tuple[int, ...] = ()
    spreads: Floats | None = None
    path: Floats | None = None
    labels: tuple[Words, ...] = ()
    inside: bool = False
    pictures: tuple[Floats | None, ...] = ()
    radius: float | None = None
    shown: int | None = None
    of: int | None = None
    aspect: float | None = None
    shapely: ClassVar[tuple[float, float]] = (1.0, 1.5)

    def __post_init__(self) -> None:
        points = self._pairs(self.points, "points")
        spreads = np.zeros_like(points) if self.spreads is None else self._pairs(self.spreads, "spreads")
        path = points[:0] if self.path is None else self._pairs(self.path, "path")
        if spreads.shape != points.shape:
            raise self.make_error(f"spreads of shape {spreads.shape} for points of shape {points.shape}")
        if spreads.size and spreads.min() < 0:
            at = int(spreads.argmin())
            raise self.make_error(f"spread {spreads.min():g}{at_index(spreads, at)}; it must be 0 or more")
        groups = tuple(int(g) for g in self.check_count(tuple(self.groups), len(points), "groups")) or (
            0,
        ) * len(points)
        for group in groups:
            if not 0 <= group < len(self.roles):
                raise self.make_error(f"group {group} has no role; there are {len(self.roles)}")
        for index in self.highlight:
            if not 0 <= index < len(points):
                raise self.make_error(f"highlight {index} for {len(points)} points")
        if self.of is not None and not 0 <= self.count <= self.of:
            raise self.make_error(f"{self.count} points of {self.of}")
        if self.radius is not None and not self.radius > 0:
            raise self.make_error(f"radius={self.radius!r}; it must be above 0")
        covered = np.vstack([points, points - spreads, points + spreads, path])
        limits = (
            self._limits(covered[:, 0], self.x_limits, "x"),
            self._limits(covered[:, 1], self.y_limits, "y"),
        )
        pictures = self.check_count(tuple(self.pictures), len(points), "pictures")
        self.set_fields(
            points=points, groups=groups, x_limits=limits[0], y_limits=limits[1], names=tuple(self.names),
            spreads=None if self.spreads is None else spreads, path=None if self.path is None else path,
            pictures=tuple(map(self._pixels, pictures)),
            labels=self.check_count(tuple(self.labels), len(points), "labels"),
        )  # fmt: skip

    def _pixels(self, picture: Floats | None) -> Floats | None:
        if picture is None:
            return None
        pixels = self.check_numbers(picture, "pictures", 3)
        if pixels.shape[2] != 3 or not pixels.size or pixels.min() < 0 or pixels.max() > 1:
            raise self.make_error(f"a picture of shape {pixels.shape}; (height, width, 3) in 0..1 wanted")
        return pixels

    def _pairs(self, values: Floats, what: str) -> Floats:
        array = self.check_numbers(values, what, 2)
        if array.shape[1:] != (2,):
            raise self.make_error(f"{what} of shape {array.shape}; (n, 2) wanted")
        return array

    @property
    def count(self) -> int:
        """Number of points that are counted."""
        return len(self.points) if self.shown is None else self.shown

    @property
    def note(self) -> Words:
        """The words under a plane outside of which some points lie."""
        return "" if self.of is None or self.count == self.of else cut_note(self.count, self.of)

    @property
    def whole(self) -> tuple[bool, bool]:
        """Whether all points lie at whole numbers."""
        return are_integers(self.points[:, 0]), are_integers(self.points[:, 1])

    @property
    def keeps_aspect(self) -> bool:
        """Whether pictures stand in it, side by side."""
        return bool(self.pictures)

    def overhang(self, scale: float) -> float:
        """Reach of a point on the very edge."""
        reach = self.dot_radius(scale) * (DOT_RING if self.highlight else 1.0) + 0.03
        return max(reach, thumbnail_side(scale) / 2 + 0.03 if self.pictures else 0.0)

    def legends(self) -> tuple[Legend, ...]:
        """The groups' colours, unless their names stand among the points."""
        return () if self.inside or not self.names else (Legend.entries(self, self.names, self.roles),)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Axes, spreads, path, points and names; a part is a point."""
        at = self.to_screen(placed, self.points)
        side = np.full((len(at), 2), 2 * self.dot_radius(placed.scale))
        if self.pictures:
            side[[one is not None for one in self.pictures]] = thumbnail_side(placed.scale)
        return Parts.collect(self._draw_all(placed, frame), at, side, round=not self.pictures)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The points with their groups and spreads, and the places of the path."""
        box, radius = (placed.x, placed.y, placed.w, placed.h), self.dot_radius(placed.scale)
        radius = thumbnail_side(placed.scale) / 2 if self.pictures else radius
        means = self.x_name or "x", self.y_name or "y"
        held = list(_coordinates(means, self.points, "points"))
        if self.spreads is not None:
            held += _coordinates([_deviation(one) for one in means], self.spreads, "spreads")
        names = tuple(self.names[g] if g < len(self.names) else "" for g in self.groups) if self.names else ()
        names = self.labels or names
        area = PlotArea(box, self.limits, radius)
        found = [Readout(POINT, area, tuple(held), (len(self.points),), names)]
        if self.path is not None and len(self.path) > 1:
            steps = tuple(_coordinates(means, self.path, "path"))
            found.append(Readout(PLACE, PlotArea(box, self.limits, PATH), steps, (len(self.path),)))
        return tuple(found)

    def _draw_all(self, placed: Placed, frame: Frame) -> Iterator[tuple[Shape | Shapes, Owner]]:
        style = frame.style
        yield self.axes(placed, style), REST
        *below, rings = self.draw_data(placed, style)
        yield from below
        yield (
            self._draw_all_words(placed, style, self._find_beside(placed, frame) if self.labels else ()),
            REST,
        )
        yield rings

    def _find_beside(self, placed: Placed, frame: Frame) -> Shapes:
        """What other plots draw in the same plane, and its own path."""
        place = (placed.x, placed.y, placed.w, placed.h)
        found: Shapes = ()
        for one in frame.placed.values():
            if (
                one.mark.key != self.key
                and isinstance(one.mark, Plot)
                and (one.x, one.y, one.w, one.h) == place
            ):
                drawn = (some for some, _ in one.mark.draw_data(one, frame.style))
                found += tuple(chain.from_iterable(s if isinstance(s, tuple) else (s,) for s in drawn))
        if self.path is not None and len(self.path) > 1:
            found += (Polyline(self.to_screen(placed, self.path), frame.style.theme.rgba("ink"), PATH),)
        return found

    def draw_words(self, placed: Placed, style: RenderStyle) -> Shapes:
        """The names of the groups, where they stand among the points, and the note below."""
        return self._draw_all_words(placed, style, ())

    def _draw_all_words(self, placed: Placed, style: RenderStyle, beside: Shapes) -> Shapes:
        names = self._group_names(placed, style) if self.inside else ()
        labels = self._draw_labels(placed, style, beside) if self.labels else ()
        return names + labels + self.draw_note(placed, style)

    def _draw_labels(self, placed: Placed, style: RenderStyle, beside: Shapes) -> Shapes:
        at = self.to_screen(placed, self.points)
        rooms = np.full(len(at), 2.2 * self.dot_radius(placed.scale))
        if self.pictures:
            rooms[[one is not None for one in self.pictures]] = thumbnail_side(placed.scale)
        return draw_point_labels(self.labels, at, rooms, placed, style, Obstacles.among(beside))

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """Spreads, path, points and, last, the rings around some."""
        theme, at = style.theme, self.to_screen(placed, self.points)
        roles = np.array([theme.rgba(role) for role in self.roles])
        fills = roles[list(self.groups)] if len(at) else np.zeros((0, 4))
        r = np.full(len(at), self.dot_radius(placed.scale))
        rims = np.tile(theme.rgba("ground"), (len(at), 1))
        if self.spreads is not None:
            around = self.to_screen(placed, self.points[:, None] + ROUND * self.spreads[:, None])
            for i in np.flatnonzero(self.spreads.any(axis=1)).tolist():
                yield draw_ellipse(around[i], fills[i]), i
        if self.path is not None and len(self.path) > 1:
            yield Polyline(self.to_screen(placed, self.path), theme.rgba("ink"), PATH), REST
        bare = [i for i in range(len(at)) if not self.pictures or self.pictures[i] is None]
        yield Discs(at[bare], r[bare], fills[bare], rims[bare], 0.02), np.array(bare, dtype=np.intp)
        for i in sorted(set(range(len(at))) - set(bare), key=lambda i: (i in self.highlight, i)):
            role = "accent" if i in self.highlight else "outline"
            picture = self.pictures[i]
            assert picture is not None
            yield draw_thumbnail(picture, at[i], thumbnail_side(placed.scale), role, style), i
        chosen = [i for i in self.highlight if i in bare]
        rings = np.tile(theme.rgba("accent"), (len(chosen), 1))
        ring = Discs(at[chosen], r[chosen] * DOT_RING, np.zeros((len(chosen), 4)), rings, 0.045)
        yield (ring if chosen else ()), np.array(chosen, dtype=np.intp)

    def dot_radius(self, scale: float) -> float:
        """Radius of the points."""
        own = self.radius or (0.075 if len(self.points) <= 200 else 0.045)
        return own * math.sqrt(max(scale, 0.6))

    def _group_names(self, placed: Placed, style: RenderStyle) -> Shapes:
        """The name of each group in the middle of its points, on a plate; names never touch."""
        theme, groups = style.theme, np.array(self.groups)
        drawn: Shapes = ()
        taken: list[tuple[Floats, Floats]] = []
        for group, name in enumerate(self.names):
            if not (groups == group).any() or not style.say(name):
                continue
            size = np.array([style.text_width(name, theme.small, bold=True) + 0.16, 1.4 * theme.small])
            wanted = np.median(self.to_screen(placed, self.points[groups == group]), axis=0)
            at = find_apart(wanted, size, taken, placed)
            taken.append((at, size))
            drawn += (Boxes(at[None], size[None], theme.rgba("ground", 0.85)[None], corner=0.06),)
            color = theme.rgba("ink")
            drawn += shapes.text(style.say(name), at[0], at[1], theme.small, color, theme, bold=True)
        return drawn


def _coordinates(means: Sequence[Words], values: Floats, source: str) -> Iterator[Quantity]:
    """The two numbers of each of (n, 2) places."""
    for axis, name in enumerate(means):
        yield Quantity(name, values[:, axis], source, 2 * np.arange(len(values)) + axis)


def _deviation(of: Words) -> Words:
    """What the spread along an axis is."""
    return fill({"en": "standard deviation of {of}", "ja": "{of}の標準偏差"}, of=of)


def thumbnail_side(scale: float) -> float:
    """Longer side of a picture that stands for a point."""
    return 0.42 * max(scale, 0.6)


def draw_thumbnail(picture: Floats, at: Floats, side: float, role: str, style: RenderStyle) -> Shapes:
    """A small picture with a rim, its longer side ``side``, in the place of a point."""
    rows, columns = picture.shape[:2]
    size = side * np.array([columns, rows]) / max(rows, columns)
    pixels = np.round(np.dstack([picture, np.ones((rows, columns))]) * 255).astype(np.uint8)
    rim = style.theme.rgba(role)[None]
    place = (float(at[0]), float(at[1])), (float(size[0]), float(size[1]))
    return Raster(*place, pixels, smooth=True), Boxes(
        at[None], size[None], np.zeros((1, 4)), rim, 0.025 if role == "outline" else 0.06
    )


def draw_ellipse(outline: Floats, color: Floats) -> Polyline:
    """One standard deviation around a point."""
    clear = [1.0, 1.0, 1.0, 0.16]
    return Polyline(outline, color * [1, 1, 1, 0.7], 0.02, closed=True, fill=color * clear)
