"""How a change runs in time: gently at both ends."""

from __future__ import annotations


def ease(fraction: float) -> float:
    """Start and stop gently."""
    return fraction * fraction * (3 - 2 * fraction)


def ramp(fraction: float, start: float = 0.0, end: float = 1.0) -> float:
    """From 0 at ``start`` to 1 at ``end``, more gently still: speed and acceleration begin and end at 0."""
    f = min(max((fraction - start) / (end - start), 0.0), 1.0)
    return f**3 * (10 - 15 * f + 6 * f * f)
