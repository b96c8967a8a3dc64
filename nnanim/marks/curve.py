"""Curve: one or more curves over one axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from nnanim.marks.axes import Plot, are_integers
from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.content import Floats, round_up
from nnanim.marks.easing import ease
from nnanim.marks.legend import LINE, Dash, Legend
from nnanim.marks.line_names import SPOT, draw_names, reach_beside, reach_beyond
from nnanim.marks.parts import REST, Extent, Owner, Parts
from nnanim.marks.readout import POINT, Area, BoxArea, PlotArea, Quantity, Readout
from nnanim.shapes import Boxes, Discs, Polyline, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

DASHES: tuple[Dash, ...] = ((), (0.2, 0.12), (0.06, 0.1), (0.4, 0.12))
"""Dashes of the first line, the second, …: several lines are told apart without their colours, too."""

DOT = 0.06
"""Radius of a dot at a value."""

SHADE = 0.16
"""Alpha of a zone."""


@dataclass(frozen=True, eq=False)
class Curve(Plot):
    """One or more curves over one axis.

    Attributes:
        x: (n,) ascending; y: (n,) or (lines, n).
        names, roles: of each line.
        point: (x, y) that is marked on a line, or None; on_line: which line that is, counted from 0.
        stop: (x, words): an upright line there, with the words above it ("stop here"), or None.
        zone: (from x, to x, words): a shade between them, with the words above it ("overfits"), or None.
        dots: whether a dot stands at each value.
        x_limits, y_limits: the window; a value outside is refused. By default it leaves a margin; over
            steps, which are whole numbers, it goes from the first to the last, and from 0 up.
        drawn: how many of the n values are drawn, None for all: a curve that is still growing.
        name_ends: whether each name stands at the end of its line, and moves with it while the line grows;
            else they are a legend.
        logs: whether the axis across, and the one upwards, is logarithmic; its values must be above 0.
    """

    x: Floats
    y: Floats
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ("amount", "amount2", "kind0", "kind1")
    point: tuple[float, float] | None = None
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_name: Words = ""
    y_name: Words = ""
    drawn: int | None = None
    aspect: float | None = None
    logs: tuple[bool, bool] = (False, False)
    name_ends: bool = False
    on_line: int = 0
    stop: tuple[float, Words] | None = None
    zone: tuple[float, float, Words] | None = None
    dots: bool = False

    def __post_init__(self) -> None:
        x, y = self.check_numbers(self.x, "x", 1), np.atleast_2d(self.check_numbers(self.y, "y", 1, 2))
        if y.shape[1] != len(x) or len(x) < 2:
            raise self.make_error(
                f"x of shape {x.shape} for y of shape {y.shape}; (n,) and (lines, n) with n ≥ 2 wanted"
            )
        if np.any(np.diff(x) < 0):
            raise self.make_error("x does not ascend")
        y.flags.writeable = False
        if self.name_ends and len(self.names) != len(y):
            raise self.make_error(f"{len(self.names)} names for {len(y)} lines; each end wants one")
        if len(self.roles) < len(y):
            raise self.make_error(f"{len(self.roles)} roles for {len(y)} lines; each wants one")
        if self.drawn is not None and not 0 <= self.drawn <= len(x):
            raise self.make_error(f"drawn={self.drawn} of {len(x)} values")
        spot = self.check_numbers(() if self.point is None else self.point, "point", 1)
        if self.point is not None and len(spot) != 2:
            raise self.make_error(f"point of {len(spot)} numbers; (x, y) wanted")
        limits = (
            self._window(x, spot[:1], self.x_limits, "x"),
            self._window(y, spot[1:], self.y_limits, "y"),
        )
        point = None if self.point is None else (float(spot[0]), float(spot[1]))
        if not 0 <= self.on_line < len(y):
            raise self.make_error(f"on_line={self.on_line!r} of {len(y)} lines, counted from 0")
        self.set_fields(
            x=x, y=y, point=point, x_limits=limits[0], y_limits=limits[1], names=tuple(self.names),
            stop=self._check_spans(self.stop, 1, "stop", limits[0]),
            zone=self._check_spans(self.zone, 2, "zone", limits[0]),
        )  # fmt: skip

    def _check_spans(self, given: Any, count: int, what: str, limits: tuple[float, float]) -> Any:
        """Numbers along the axis and the words above them, checked."""
        if given is None:
            return None
        wanted = f"({', '.join(['x', 'x'][:count])}, words) wanted"
        if not isinstance(given, tuple | list) or len(given) != count + 1:
            raise self.make_error(f"{what}={given!r}; {wanted}")
        ends, said = self.check_numbers(given[:count], what, 1), given[count]
        if not isinstance(said, str | Mapping):
            raise self.make_error(f"{what}={given!r}; {wanted}")
        if outside := [end for end in ends if not limits[0] <= end <= limits[1]]:
            raise self.make_error(f"{what} {outside[0]:g} lies outside {limits[0]:g}..{limits[1]:g}")
        if count == 2 and not ends[0] < ends[1]:
            raise self.make_error(
                f"{what} from {ends[0]:g} to {ends[1]:g}; the first must be below the second"
            )
        return (*(float(end) for end in ends), said)

    def _window(
        self, values: Floats, point: Floats, limits: tuple[float, float] | None, axis: str
    ) -> tuple[float, float]:
        inside = not point.size or values.min() <= point[0] <= values.max()
        steps = are_integers(np.asarray(self.x, dtype=float)) and inside
        if limits is None and steps and not self.logs["xy".index(axis)]:
            low, high = float(values.min()), float(values.max())
            if axis == "x" and low < high:  # what is counted begins at the axis
                limits = low, high
            elif axis == "y" and low >= 0:
                limits = 0.0, round_up(high)
        if limits is None:
            return self._limits(np.append(values, point), None, axis)
        low, high = self._limits(values, limits, axis)
        if point.size and not low <= point[0] <= high:
            raise self.make_error(f"{axis} = {point[0]:g} at the point lies outside {low:g}..{high:g}")
        return low, high

    @property
    def whole(self) -> tuple[bool, bool]:
        """Whether all values are whole numbers."""
        return are_integers(self.x), are_integers(self.y)

    def legends(self) -> tuple[Legend, ...]:
        """The names, where there are several that do not stand at their lines, beside a piece of each."""
        listed = len(self.names) > 1 and not self.name_ends
        return (Legend.entries(self, self.names, self.roles, DASHES),) if listed else ()

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The plane, and the names at the ends of the lines."""
        bare = super().extent(scale, style)
        if not self.name_ends:
            return bare
        size = style.print_size(scale)
        up, down = reach_beyond(len(self.names), size, bare.height)
        beside = bare.width / 2 + reach_beside(self.names, size, style)
        return replace(bare, right=max(bare.right, beside), up=max(bare.up, up), down=max(bare.down, down))

    @property
    def words_above(self) -> tuple[tuple[float, Words], ...]:
        """Words above the plane, and where along the axis."""
        stop = () if self.stop is None else (self.stop,)
        zone = () if self.zone is None else ((self._middle(*self.zone[:2]), self.zone[2]),)
        return (*zone, *stop)

    def _middle(self, low: float, high: float) -> float:
        """Half-way between two places of the axis, as it is seen."""
        return float(np.sqrt(low * high)) if self.logs[0] else (low + high) / 2

    def draw_words(self, placed: Placed, style: RenderStyle) -> Shapes:
        """The names at the ends of the lines, so far from each other that all can be read."""
        if not self.name_ends:
            return ()
        lines = [self._line(y, placed) for y in self.y]
        end = len(lines[0]) if self.drawn is None else max(self.drawn, 1)
        return draw_names(lines, end, self.names, self.roles, placed, style)

    def _line(self, y: Floats, placed: Placed) -> Floats:
        """(n, 2) places of one line on the screen; all of it, also while it grows."""
        line = self.to_screen(placed, np.column_stack([self.x, y]))
        return line if self.drawn is not None else _cut_right(line, placed.x + placed.w / 2)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Axes, curves and the marked point."""
        drawn = (shape for shape, _ in self.draw_data(placed, frame.style))
        return Parts((*self.axes(placed, frame.style), *drawn, *self.draw_words(placed, frame.style)))

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The values that each curve is drawn through, and the marked point."""
        lines, end = len(self.y), len(self.x) if self.drawn is None else self.drawn
        box = placed.x, placed.y, placed.w, placed.h
        places = np.arange(self.y.size).reshape(self.y.shape)[:, :end].ravel()
        across = Quantity(self.x_name or "x", np.tile(self.x[:end], lines), "x", places % self.y.shape[1])
        upwards = Quantity(self.y_name or self.label or "y", self.y[:, :end].ravel(), "y", places)
        area: Area = PlotArea(box, self.limits, lines=lines)
        if any(self.logs):  # a plot area is linear
            at = self.to_screen(placed, np.column_stack([across.values, upwards.values]))
            area = BoxArea(at, np.full((len(at), 2), 2 * LINE), round=True)
        found = [Readout(POINT, area, (across, upwards), (lines, end), axes=(self.names[:lines], ()))]
        if self.point is not None:
            spot = [
                Quantity(one.means, np.array([value]), "point", np.array([axis]))
                for axis, (one, value) in enumerate(zip((across, upwards), self.point, strict=True))
            ]
            at = self.to_screen(placed, [self.point])
            ring = BoxArea(at, np.full((1, 2), 2 * SPOT), round=True)
            held = ring if any(self.logs) else PlotArea(box, self.limits, SPOT)
            found.append(Readout(POINT, held, tuple(spot), (1,)))
        return tuple(found)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """On curves that stay, the marked point slides to its new place; else as any plot."""
        if not isinstance(after, Curve) or after.point == self.point:
            return super().between(after, fraction)
        if modify(self, point=None) != modify(after, point=None, label=self.label):
            return super().between(after, fraction)
        if self.point is None or after.point is None:  # nothing slides: it is there, or it is not yet
            return after if fraction > 0.5 else modify(self, label=after.label)
        old, new = np.array(self.point), np.array(after.point)
        at, line = old + (new - old) * ease(fraction), self.y[self.on_line]
        if all(np.isclose(np.interp(x, self.x, line), y, atol=1e-6) for x, y in (old, new)):
            at[1] = np.interp(at[0], self.x, line)
        return cast(Mark, modify(after, point=(float(at[0]), float(at[1]))))

    def settle(self) -> Curve:
        """A curve that has grown to its end is the whole curve."""
        return cast(Curve, modify(self, drawn=None)) if self.drawn == len(self.x) else self

    def blend(self, after: Curve, share: float) -> Curve | None:
        """Where one curve is a piece of the other, the whole one: a zoom shows more or less of it."""
        short, long = (self, after) if len(self.x) <= len(after.x) else (after, self)
        first = int(np.searchsorted(long.x, short.x[0]))
        piece = slice(first, first + len(short.x))
        same = self.drawn is None is after.drawn and self.point == after.point and len(self.y) == len(after.y)
        if not same or not np.array_equal(long.x[piece], short.x):
            return None
        if not np.array_equal(long.y[:, piece], short.y):
            return None
        return cast(Curve, modify(long, label=after.label, means=after.means))

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape, Owner]]:
        """Curves and the marked point; they are one thing."""
        yield from ((shape, REST) for shape in self._draw_curves(placed, style))

    def _draw_curves(self, placed: Placed, style: RenderStyle) -> Iterator[Shape]:
        theme = style.theme
        end = len(self.x) if self.drawn is None else max(self.drawn, 1)
        roles = self.roles[: len(self.y)]
        yield from self._draw_spans(placed, style)
        for i, (y, role) in reversed(list(enumerate(zip(self.y, roles, strict=True)))):
            line = self._line(y, placed)
            line = line if self.drawn is None else line[:end]
            if len(line) > 1:
                yield Polyline(line, theme.rgba(role), LINE, dash=DASHES[i % len(DASHES)])
            if self.dots:
                fills = np.tile(theme.rgba(role), (len(line), 1))
                yield Discs(line, np.full(len(line), DOT), fills)
            if self.drawn is not None:
                yield Discs(line[-1:], np.array([0.09]), theme.rgba(role)[None], glow=2.0)
        if self.point is not None:
            (x, y), spot = self.point, self.to_screen(placed, [self.point])
            (left, _), (bottom, _) = self.limits
            foot = self.to_screen(placed, [[x, bottom], [left, y]])
            guide = theme.rgba("dimmed")
            yield Polyline(np.array([foot[0], spot[0], foot[1]]), guide, 0.025, dash=(0.08, 0.08))
            rim = theme.rgba("ground" if len(self.y) == 1 else roles[self.on_line])[None]
            yield Discs(
                spot, np.array([SPOT]), theme.rgba("ink")[None], rim, 0.03 if len(self.y) == 1 else 0.05
            )

    def _draw_spans(self, placed: Placed, style: RenderStyle) -> Iterator[Shape]:
        """The shaded zone, and the upright line."""
        theme, (low, high) = style.theme, self.limits[1]
        if self.zone is not None:
            (left, bottom), (right, top) = self.to_screen(placed, [[self.zone[0], low], [self.zone[1], high]])
            at, size = np.array([[left + right, bottom + top]]) / 2, np.array([[right - left, top - bottom]])
            yield Boxes(at, size, theme.rgba("dimmed", SHADE)[None])
        if self.stop is not None:
            ends = self.to_screen(placed, [[self.stop[0], low], [self.stop[0], high]])
            yield Polyline(ends, theme.rgba("ink"), 0.03, dash=(0.14, 0.09))


def _cut_right(line: Floats, right: float) -> Floats:
    """The part of a line that a narrower window shows: it ends on the edge, as a line that ends there."""
    beyond = np.flatnonzero(line[:, 0] > right + 1e-9)
    if not beyond.size or beyond[0] == 0:
        return line
    inside, outside = line[beyond[0] - 1], line[beyond[0]]
    share = (right - inside[0]) / (outside[0] - inside[0])
    edge = (inside + (outside - inside) * share)[None] if share > 1e-9 else np.empty((0, 2))
    return np.concatenate([line[: beyond[0]], edge])
