"""How much room points, curves and bars want, with their axes."""

from __future__ import annotations

import math

import numpy as np

from nnanim.layout.base import GAP, Extent, core, number, room
from nnanim.marks import Bars, Cloud, Curve, Histogram
from nnanim.style import RenderStyle


def _axes(mark: Cloud | Curve | Histogram, scale: float, style: RenderStyle) -> Extent:
    small = style.print_size(scale)
    tall = max(2.4 * scale, 2.4 * small)  # room for the two numbers beside the axis
    whole = core(tall * mark.aspect, tall)
    low, high = ticks(mark.y_limits or (0, 1), y_whole(mark))
    beside = max(style.text_width(low, small), style.text_width(high, small)) + GAP
    above = small + GAP if style.say(mark.y_name) else small / 2
    # Axis names may be wider than the axis; they start at its left end.
    wide = max(style.text_width(mark.x_name, small), style.text_width(mark.y_name, small))
    ends = style.text_width(ticks(mark.x_limits or (0, 1), x_whole(mark))[1], small) / 2
    right = max(ends, wide - whole.width)
    if isinstance(mark, Cloud):  # a point may stand on the very edge
        reach = dot_radius(mark, scale) * (DOT_RING if mark.highlight else 1.0) + 0.03
        reach = max(reach, thumb(scale) / 2 + 0.03 if mark.pictures else 0.0)
        right, above = max(right, reach), max(above, reach)
    below = small + GAP if not style.say(mark.x_name) else 2 * small + 1.5 * GAP
    return whole.around(left=beside, right=right, up=above, down=below)


DOT_RING = 2.4
"""Radius of the ring around a point that is spoken of, relative to the point's."""


def thumb(scale: float) -> float:
    """Longer side of a picture that stands for a point of a Cloud."""
    return 0.42 * max(scale, 0.6)


def dot_radius(mark: Cloud, scale: float) -> float:
    """Radius of the points of a Cloud."""
    return (0.075 if len(mark.points) <= 200 else 0.045) * math.sqrt(max(scale, 0.6))


def x_whole(mark: Cloud | Curve | Histogram) -> bool:
    """Whether the values across are whole numbers, as steps and rounds are."""
    if isinstance(mark, Histogram):
        return False
    values = mark.points[:, 0] if isinstance(mark, Cloud) else mark.x
    return bool(len(values)) and bool(np.all(values == np.round(values)))


def y_whole(mark: Cloud | Curve | Histogram) -> bool:
    """Whether the values upwards are whole numbers, as counts are."""
    if isinstance(mark, Histogram):
        return True
    values = mark.points[:, 1] if isinstance(mark, Cloud) else mark.y
    return bool(values.size) and bool(np.all(values == np.round(values)))


def ticks(limits: tuple[float, float], whole: bool = False) -> tuple[str, str]:
    """How the ends of an axis are written; those of ``whole`` numbers without decimals."""
    low, high = limits
    round_ends = low == round(low) and high == round(high)
    digits = 0 if round_ends and (whole or high - low >= 8) else 1 if high - low >= 1 else 2
    return number(low, digits), number(high, digits)


FEW = 8
"""An axis of whole numbers that is not longer than this is written with those between its ends, too."""


def between(limits: tuple[float, float], whole: bool) -> list[float]:
    """The whole numbers that are written between the ends of an axis: every one, or every second one."""
    low, high = limits
    if not whole or high - low > FEW or (low, high) != (round(low), round(high)):
        return []
    step = 1 if high - low <= FEW / 2 or (high - low) % 2 else 2
    return [float(value) for value in np.arange(low + step, high, step)]


room.register(Cloud, _axes)
room.register(Curve, _axes)
room.register(Histogram, _axes)


def bar_pitch(scale: float, style: RenderStyle) -> float:
    """From one bar to the next."""
    return max(0.46 * scale, style.print_size(scale) * 1.35)


def bar_number(mark: Bars, value: float) -> str:
    """How a bar's value is written."""
    return number(100 * value, max(mark.digits - 2, 0)) + " %" if mark.percent else number(value, mark.digits)


@room.register
def _(mark: Bars, scale: float, style: RenderStyle) -> Extent:
    size, count = style.print_size(scale), len(mark.values)
    whole = core(3.0 * scale, count * bar_pitch(scale, style))
    names = max((style.text_width(name, size) for name in mark.names), default=-GAP) + GAP
    numbers = max(style.text_width(bar_number(mark, v), size) for v in mark.values) + GAP
    cut = count < (mark.of or 0)
    return whole.around(left=names, right=numbers, down=style.theme.small + GAP if cut else 0.0)
