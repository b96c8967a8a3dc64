"""How much room points, curves and bars want, with their axes."""

from __future__ import annotations

import math

from nnanim.layout.base import GAP, Extent, Look, core, number, room
from nnanim.marks import Bars, Cloud, Curve, Histogram


def _axes(mark: Cloud | Curve | Histogram, scale: float, look: Look) -> Extent:
    small = look.theme.small
    tall = max(2.4 * scale, 2.4 * small)  # room for the two numbers beside the axis
    whole = core(tall * mark.aspect, tall)
    low, high = ticks(mark.y_limits or (0, 1))
    beside = max(look.text_width(low, small), look.text_width(high, small)) + GAP
    above = small + GAP if look.say(mark.y_name) else small / 2
    # Axis names may be wider than the axis; they start at its left end.
    wide = max(look.text_width(mark.x_name, small), look.text_width(mark.y_name, small))
    ends = look.text_width(ticks(mark.x_limits or (0, 1))[1], small) / 2
    right = max(ends, wide - whole.width)
    if isinstance(mark, Cloud):  # a point may stand on the very edge
        reach = dot_radius(mark, scale) * (DOT_RING if mark.highlight else 1.0) + 0.03
        reach = max(reach, thumb(scale) / 2 + 0.03 if mark.pictures else 0.0)
        right, above = max(right, reach), max(above, reach)
    below = small + GAP if not look.say(mark.x_name) else 2 * small + 1.5 * GAP
    return whole.around(left=beside, right=right, up=above, down=below)


DOT_RING = 2.4
"""Radius of the ring around a point that is spoken of, relative to the point's."""


def thumb(scale: float) -> float:
    """Longer side of a picture that stands for a point of a Cloud."""
    return 0.42 * max(scale, 0.6)


def dot_radius(mark: Cloud, scale: float) -> float:
    """Radius of the points of a Cloud."""
    return (0.075 if len(mark.points) <= 200 else 0.045) * math.sqrt(max(scale, 0.6))


def ticks(limits: tuple[float, float]) -> tuple[str, str]:
    """How the ends of an axis are written."""
    low, high = limits
    digits = (
        0 if high - low >= 8 and low == round(low) and high == round(high) else 1 if high - low >= 1 else 2
    )
    return number(low, digits), number(high, digits)


room.register(Cloud, _axes)
room.register(Curve, _axes)
room.register(Histogram, _axes)


def bar_pitch(scale: float, look: Look) -> float:
    """From one bar to the next."""
    return max(0.46 * scale, look.theme.small * 1.35)


def bar_number(mark: Bars, value: float) -> str:
    """How a bar's value is written."""
    return number(100 * value, max(mark.digits - 2, 0)) + " %" if mark.percent else number(value, mark.digits)


@room.register
def _(mark: Bars, scale: float, look: Look) -> Extent:
    small, count = look.theme.small, len(mark.values)
    whole = core(3.0 * scale, count * bar_pitch(scale, look))
    names = max((look.text_width(name, small) for name in mark.names), default=-GAP) + GAP
    numbers = max(look.text_width(bar_number(mark, v), small) for v in mark.values) + GAP
    cut = count < (mark.of or 0)
    return whole.around(left=names, right=numbers, down=small + GAP if cut else 0.0)
