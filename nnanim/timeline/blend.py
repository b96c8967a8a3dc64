"""One state of an opaque mark turns into another: colours change in place, words go before others come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from nnanim.marks.easing import ramp
from nnanim.shapes import Filled, Raster, Shape, Shapes, fade

GONE, COME = 0.45, 0.55
"""Shares of a change until which words go that are not read any more, and from which others come."""

NEAR = 0.02
"""Distance at which a word stands where it stood."""


def turn(old: Shapes, new: Shapes, f: float) -> Shapes:
    """The shapes of an opaque mark a fraction ``f`` of the way from one state to another.

    Where both states are made of the same shapes, these change their colours; else the new ones cover the old
    ones before those go. No word is written over another.
    """
    under, over = (tuple(one for one in some if not isinstance(one, Filled)) for some in (old, new))
    if len(under) == len(over) and all(map(_alike, under, over)):
        seen = tuple(_mix(a, b, f) for a, b in zip(under, over, strict=True))
    else:
        seen = (*fade(under, min(2 - 2 * f, 1.0)), *fade(over, min(2 * f, 1.0)))
    return seen + _words(
        [w for w in old if isinstance(w, Filled)], [w for w in new if isinstance(w, Filled)], f
    )


def _words(old: Sequence[Filled], new: Sequence[Filled], f: float) -> Shapes:
    """Words that stay, those that go, and those that come."""
    left = list(old)
    stay: list[Shape] = []
    come: list[Shape] = []
    for word in new:
        same = next((i for i, one in enumerate(left) if _is_there(one, word)), None)
        if same is None:
            come.append(word)
        else:
            stay.append(_mix(left.pop(same), word, f))
    return (*stay, *fade(left, 1 - ramp(f, 0.0, GONE)), *fade(come, ramp(f, COME, 1.0)))


def _is_there(one: Filled, other: Filled) -> bool:
    apart = np.abs(np.subtract(one.origin, other.origin)).max()
    return one.piece is other.piece and one.turn == other.turn and bool(apart <= NEAR)


def _alike(a: Shape, b: Shape) -> bool:
    """Whether two shapes are of one kind and of as many elements."""
    if type(a) is not type(b):
        return False
    for one in fields(a):
        first, second = getattr(a, one.name), getattr(b, one.name)
        if isinstance(first, np.ndarray) != isinstance(second, np.ndarray):
            return False
        if isinstance(first, np.ndarray) and first.shape != second.shape:
            return False
    return isinstance(a, Raster) or hasattr(a, "fills")


def _mix(a: Any, b: Any, f: float) -> Any:
    """A shape in between two that are alike; what is no colour and no place is the new one's."""
    if isinstance(a, Raster):
        pixels = a.pixels + (b.pixels.astype(float) - a.pixels) * f
        return replace(
            b, pixels=np.round(pixels).astype(np.uint8), opacity=a.opacity + (b.opacity - a.opacity) * f
        )
    values = {}
    for one in fields(a):
        first, second = getattr(a, one.name), getattr(b, one.name)
        if isinstance(first, np.ndarray) and first.dtype == float:
            values[one.name] = first + (second - first) * f
    return replace(b, **values)
