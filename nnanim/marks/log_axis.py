"""Logarithmic axes: which powers of ten are written between the numbers at the ends, and how."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnanim.marks.common import number
from nnanim.marks.plot_motion import Limits
from nnanim.style import RenderStyle
from nnanim.words.numerals import RAISED

FEW = 8
"""Of more powers of ten than so many, only some at equal steps are written."""

LONG = 4
"""From this power of ten on, up or down, all numbers of an axis are written as powers: 10⁻⁵, 10⁻²."""

APART = 0.3
"""Least gap between two numbers of an axis, in text sizes."""


def powers(limits: Limits) -> list[float]:
    """The powers of ten between the ends of a logarithmic axis; of many, a few at equal steps."""
    first, last = np.floor(np.log10(limits[0])) + 1, np.ceil(np.log10(limits[1]))
    step = max(1, -(-int(last - first) // FEW))
    return [float(10.0**power) for power in np.arange(first, last, step)]


def power_text(value: float, limits: Limits) -> str:
    """A number on an axis, all of which are written alike: 0.001 and 20, or 10⁻⁵, 2 × 10⁻³ and 10⁵."""
    power = int(np.floor(np.log10(value) + 1e-9))
    far = max(abs(np.floor(np.log10(np.array(limits)) + 1e-9)))
    if far < LONG or power in (0, 1):
        return number(value, max(0, -power))
    times, raised = value / 10.0**power, f"10{str(power).translate(RAISED)}"
    if abs(times - 1) < 1e-6:
        return raised
    return f"{number(times, 0 if abs(times - round(times)) < 1e-6 else 1)} × {raised}"


def spread_powers(
    limits: Limits, line: Limits, ends: Limits, sizes: Sequence[float], size: float,
    style: RenderStyle | None = None,
) -> list[tuple[float, str]]:  # fmt: skip
    """Places and texts of the powers of ten that have room between the numbers at the ends of an axis.

    Args:
        limits: the values at its ends.
        line: where it begins and ends on the screen.
        ends: the middles of the numbers at its ends.
        sizes: how much of the axis these numbers take.
        size: of the text.
        style: how it is shown, where the axis runs across and numbers take their width; else None.
    """
    low, high = np.log10(np.array(limits))
    found = []
    for value in powers(limits):
        text = power_text(value, limits)
        place = line[0] + (np.log10(value) - low) / (high - low) * (line[1] - line[0])
        found.append((float(place), text, size if style is None else style.text_width(text, size)))
    first, last = ends[0] + sizes[0] / 2, ends[1] - sizes[1] / 2
    room = APART * size
    inner = [one for one in found if first + room + one[2] / 2 <= one[0] <= last - room - one[2] / 2]
    for step in range(1, len(inner) + 1):
        some = inner[::step]
        if all(b[0] - a[0] >= (a[2] + b[2]) / 2 + room for a, b in pairwise(some)):
            return [(place, text) for place, text, _ in some]
    return []
