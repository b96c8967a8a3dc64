"""Plots: what marks with two axes have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from nnanim.marks.base import Mark, Placed
from nnanim.marks.common import number, small_print
from nnanim.marks.content import Floats, at_index
from nnanim.marks.legend import Legend
from nnanim.marks.log_axis import power_text, powers, spread_powers
from nnanim.marks.parts import GAP, Extent, Owner
from nnanim.marks.plot_motion import Limits, PlotInMotion
from nnanim.shapes import Polyline, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import SINGLE
from nnanim.words import Words

FEW = 8
"""An axis of whole numbers that is not longer than this is written with those between its ends, too."""

WIDE = 2.0
"""From this length on, an axis whose ends are whole numbers is written without decimals."""

AXES = ("x_name", "y_name", "x_limits", "y_limits")
"""Fields of a plot of which its axes are made."""


UPRIGHT = 1.0
"""The most width over height of a plane in a frame that is higher than wide."""


class Plot(Mark):
    """A mark with axes: its subclasses are dataclasses with these fields.

    Attributes:
        names, roles: of what lies within, and its colours.
        x_limits, y_limits: the window; a value outside is refused.
        x_name, y_name: what stands at the axes.
        aspect: width over height; without it, the plot takes the width that is free.
        logs: whether the axis across, and the one upwards, is logarithmic.
    """

    names: tuple[Words, ...]
    roles: tuple[str, ...]
    x_limits: Limits | None
    y_limits: Limits | None
    x_name: Words
    y_name: Words
    aspect: float | None
    logs: tuple[bool, bool] = (False, False)
    read: ClassVar[tuple[str, ...]] = ("names", *AXES)
    change_seconds: ClassVar[float] = 1.8
    shapely: ClassVar[tuple[float, float]] = (1.1, 2.4)
    """Width over height where ``aspect`` does not say it: the least, and where a Row has room for more."""

    def draw_data(self, placed: Placed, style: RenderStyle) -> Iterator[tuple[Shape | Shapes, Owner]]:
        """What lies within the axes, and the part that each shape belongs to."""
        raise NotImplementedError

    def draw_words(self, placed: Placed, style: RenderStyle) -> Shapes:
        """Words among the data."""
        return ()

    @property
    def words_above(self) -> tuple[tuple[float, Words], ...]:
        """Words above the plane, under the name of its axis, and where along the axis across they stand."""
        return ()

    @property
    def note(self) -> Words:
        """The words under a plane that does not show everything."""
        return ""

    def draw_note(self, placed: Placed, style: RenderStyle) -> Shapes:
        """The note, below the right end of the axis."""
        if not style.say(self.note):
            return ()
        right, size = placed.x + placed.w / 2, style.print_size(placed.scale)
        under = placed.y - placed.h / 2 - 1.5 * (size + GAP)
        return small_print(self.note, right, under, style, "right", size=size)

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """A zoom from one window to another; where the axes stay, one state fades into the other."""
        if not isinstance(after, Plot) or type(after) is not type(self):
            return None
        if all(getattr(self, name) == getattr(after, name) for name in AXES) or any(self.logs + after.logs):
            return None  # nor is there a window between two logarithmic ones
        return PlotInMotion(self, after, fraction, key=self.key, label=after.label, means=after.means)

    def blend(self, after: Self, share: float) -> Self | None:
        """The data a share of the way to those of ``after``; None: one fades into the other."""
        return None

    def through(self, window: tuple[Limits, Limits]) -> Self:
        """The same values in another window, which may leave some of them outside."""
        seen = object.__new__(type(self))
        seen.__dict__.update(self.__dict__, x_limits=window[0], y_limits=window[1])
        return seen

    @property
    def whole(self) -> tuple[bool, bool]:
        """Whether the values across and upwards are whole numbers, as steps and counts are."""
        raise NotImplementedError

    @property
    def keeps_aspect(self) -> bool:
        """Whether its sides stay as they are in a frame that is higher than wide."""
        return False

    def overhang(self, scale: float) -> float:
        """How far something on the very edge of the plane reaches beyond it."""
        return 0.0

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The plane, with numbers and names around it."""
        small = style.print_size(scale)
        tall = max(2.4 * scale, 2.4 * small)  # room for the two numbers beside the axis
        aspect = self.shapely[0] if self.aspect is None else self.aspect
        if style.is_portrait and not self.keeps_aspect:
            aspect = min(aspect, UPRIGHT)
        elastic = self.aspect is None and not self.keeps_aspect
        whole = replace(
            Extent.core(tall * aspect, tall), stretch=tall * (self.shapely[1] - aspect) if elastic else 0.0
        )
        between = [power_text(one, self.limits[1]) for one in powers(self.limits[1])] if self.logs[1] else []
        beside = max(style.text_width(one, small) for one in (*self._ticks(1), *between)) + GAP
        above = small + GAP if style.say(self.y_name) else small / 2
        # Axis names may be wider than the axis; they start at its left end.
        names = [style.text_width(name, small) for name in (self.x_name, self.note) if style.say(name)]
        wide = max(sum(names) + GAP * (len(names) - 1), style.text_width(self.y_name, small))
        if self.words_above:
            above += small + GAP
            said = [style.text_width(one, small) for _, one in self.words_above]
            wide = max(wide, sum(said) + (len(said) - 1) * small)
        ends = style.text_width(self._ticks(0)[1], small) / 2
        reach = self.overhang(scale)
        right, above = max(ends, wide - whole.width, reach), max(above, reach)
        below = 2 * small + 1.5 * GAP if names else small + GAP
        return whole.around(left=beside, right=right, up=above, down=below)

    def legends(self) -> tuple[Legend, ...]:
        """The names, where there are several."""
        return (Legend.entries(self, self.names, self.roles),) if len(self.names) > 1 else ()

    def shares_axes(self, other: Mark) -> bool:
        """Whether the axes of another plot in the same place say all that its own would."""
        return isinstance(other, Plot) and other.says_as_much(self)

    def says_as_much(self, other: Plot) -> bool:
        """Whether its axes have the window of another plot, and all words that its axes have."""
        same = (self.limits, self.logs) == (other.limits, other.logs)
        words = ((one.x_name, one.y_name, one.words_above) for one in (self, other))
        return same and all(not b or a == b for a, b in zip(*words, strict=True))

    def axes(self, placed: Placed, style: RenderStyle) -> Shapes:
        """Two axes, the numbers at their ends, their names; none where it shares those of another plot."""
        if placed.axes_of:
            return ()
        theme, (x_limits, y_limits) = style.theme, self.limits
        left, bottom = placed.x - placed.w / 2, placed.y - placed.h / 2
        right, top = left + placed.w, bottom + placed.h
        corner = np.array([[left, top], [left, bottom], [right, bottom]])
        small, x_whole = style.print_size(placed.scale), self.whole[0]
        (x0, x1), (y0, y1) = self._ticks(0), self._ticks(1)
        under = bottom - GAP - small / 2
        drawn: Shapes = (Polyline(corner, theme.rgba("outline"), 0.025),)
        drawn += small_print(x0, left, under, style, size=small)
        drawn += small_print(x1, right, under, style, size=small)
        for value in () if self.logs[0] else inner_ticks(x_limits, x_whole):
            x = float(self.to_screen(placed, np.array([[value, y_limits[0]]]))[0, 0])
            drawn += small_print(number(value, 0), x, under, style, size=small)
        drawn += self._draw_zeros(placed, style, small)
        if self.logs[0]:
            sizes = [style.text_width(text, small) for text in (x0, x1)]
            for x, text in spread_powers(x_limits, (left, right), (left, right), sizes, small, style):
                drawn += small_print(text, x, under, style, size=small)
        if self.logs[1]:
            ends = bottom + small / 2, top - small / 2
            for y, text in spread_powers(y_limits, (bottom, top), ends, [small, small], small):
                drawn += small_print(text, left - GAP, y, style, "right", size=small)
        drawn += small_print(y0, left - GAP, bottom + small / 2, style, "right", size=small)
        drawn += small_print(y1, left - GAP, top - small / 2, style, "right", size=small)
        if style.say(self.x_name):
            drawn += small_print(self.x_name, left, under - small - GAP / 2, style, "left", "ink", small)
        above, row = top + GAP + small / 2, small + GAP if self.words_above else 0.0
        drawn += self._draw_words_above(placed, above, small, style)
        return drawn + small_print(self.y_name, left, above + row, style, "left", "ink", small)

    def _draw_zeros(self, placed: Placed, style: RenderStyle, size: float) -> Shapes:
        """0 on each axis that reaches across it, where there is room between the numbers at its ends."""
        drawn: Shapes = ()
        left, bottom = placed.x - placed.w / 2, placed.y - placed.h / 2
        at = (0.0 - np.array(self.limits)[:, 0]) / np.ptp(np.array(self.limits), axis=1)
        x, y = left + at[0] * placed.w, bottom + at[1] * placed.h
        if not self.logs[0] and (said := zero_tick(self.limits[0], self.whole[0])):
            wide = [style.text_width(one, size) / 2 for one in (*self._ticks(0), said)]
            room = min(x - left - wide[0], left + placed.w - x - wide[1]) - wide[2]
            drawn += (
                small_print(said, x, bottom - GAP - size / 2, style, size=size) if room > size / 3 else ()
            )
        if not self.logs[1] and (said := zero_tick(self.limits[1], False)):
            room = min(y - bottom, bottom + placed.h - y) - 1.5 * size
            drawn += small_print(said, left - GAP, y, style, "right", size=size) if room > 0 else ()
        return drawn

    def _draw_words_above(self, placed: Placed, y: float, size: float, style: RenderStyle) -> Shapes:
        """The words above the plane, from its left end on, none upon another."""
        drawn: Shapes = ()
        left, right = placed.x - placed.w / 2, placed.x + placed.w / 2
        some = sorted(self.words_above, key=lambda one: one[0])
        widths = [style.text_width(said, size) for _, said in some]
        for i, (value, said) in enumerate(some):
            x = float(self.to_screen(placed, [[value, self.limits[1][0]]])[0, 0])
            after = sum(widths[i + 1 :]) + (len(some) - i - 1) * size
            start = max(left, min(x - widths[i] / 2, right - widths[i] - after))
            drawn += small_print(said, start, y, style, "left", "ink", size)
            left = start + widths[i] + size
        return drawn

    def to_screen(self, placed: Placed, points: npt.ArrayLike) -> Floats:
        """(n, 2) places on the screen of (n, 2) values."""
        (low, high), values = np.array(self.limits).T, np.asarray(points, dtype=float)
        for axis in np.flatnonzero(self.logs):
            low[axis], high[axis] = np.log10((low[axis], high[axis]))
            values = values.copy()
            values[:, axis] = np.log10(values[:, axis])
        corner = np.array([placed.x - placed.w / 2, placed.y - placed.h / 2])
        return np.asarray(corner + (values - low) / (high - low) * [placed.w, placed.h])

    def _ticks(self, axis: int) -> tuple[str, str]:
        """How the ends of an axis are written: 0 for the one across, 1 for the one upwards."""
        ends = self.limits[axis]
        if self.logs[axis]:
            return power_text(ends[0], ends), power_text(ends[1], ends)
        return ticks(ends, self.whole[axis])

    @property
    def limits(self) -> tuple[Limits, Limits]:
        """The window: low and high across, and upwards."""
        return self.x_limits or (0.0, 1.0), self.y_limits or (0.0, 1.0)

    def _limits(self, values: Floats, limits: Limits | None, axis: str) -> Limits:
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        if self.logs["xy".index(axis)]:
            if (least := min(low, limits[0] if limits is not None else low)) <= 0:
                raise self.make_error(f"{axis} begins at {least:g}; a logarithm wants more than 0")
            first, last = np.floor(np.log10(low)), np.ceil(np.log10(high) - 1e-9)
            limits = limits or (float(10.0**first), float(10.0 ** max(last, first + 1)))
        if limits is None:
            margin = 0.06 * (high - low) or 1.0
            return low - margin, high + margin
        if not (limits[0] < limits[1] and np.isfinite(limits).all()):
            raise self.make_error(f"{axis}_limits={limits}; the first must be below the second")
        span = limits[1] - limits[0]
        slack = SINGLE * (np.array(limits) if self.logs["xy".index(axis)] else np.full(2, span)) * (1, -1)
        least, most = (end - one for end, one in zip(limits, slack, strict=True))
        if values.size and (low < least or high > most):
            at = int(values.argmin() if low < least else values.argmax())
            raise self.make_error(
                f"{axis} = {values.flat[at]:g}{at_index(np.squeeze(values), at)} "
                f"lies outside {limits[0]:g}..{limits[1]:g}"
            )
        return float(limits[0]), float(limits[1])


def are_integers(values: Floats) -> bool:
    """Whether there are values, and all of them are whole numbers."""
    return bool(values.size) and bool(np.all(values == np.round(values)))


def ticks(limits: Limits, whole: bool = False) -> tuple[str, str]:
    """How the ends of an axis are written; those of ``whole`` numbers without decimals."""
    digits = tick_digits(limits, whole)
    return number(limits[0], digits), number(limits[1], digits)


def tick_digits(limits: Limits, whole: bool = False) -> int:
    """How many decimals the numbers of an axis have; all of them have as many."""
    low, high = limits
    round_ends = low == round(low) and high == round(high)
    digits = 0 if round_ends and (whole or high - low >= WIDE) else 1 if high - low >= 1 else 2
    exact = (more for more in (digits, digits + 1) if np.allclose(limits, np.round(limits, more), 0, 1e-9))
    return next(exact, digits)


def zero_tick(limits: Limits, whole: bool) -> str:
    """How 0 is written on an axis; empty where the axis does not reach across it, or has it among others."""
    low, high = limits
    if not low < 0 < high or 0.0 in inner_ticks(limits, whole):
        return ""
    return number(0.0, tick_digits(limits, whole))


def inner_ticks(limits: Limits, whole: bool) -> list[float]:
    """The whole numbers that are written between the ends of an axis: every one, or every second one."""
    low, high = limits
    if not whole or high - low > FEW or (low, high) != (round(low), round(high)):
        return []
    step = 1 if high - low <= FEW / 2 or (high - low) % 2 else 2
    return [float(value) for value in np.arange(low + step, high, step)]
