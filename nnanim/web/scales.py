"""Scales of colours: pictures as values of one, which those of two themes share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Colors = npt.NDArray[np.int16]

MANY_COLORS = 2048
"""Number of colours from which no scale is looked for."""

LEVELS = 256
"""Number of values that a scale has at most; what has more colours is told to one step of 255."""


class Scale(NamedTuple):
    """Pictures as values of a scale.

    Attributes:
        levels: (n, height, width) the values.
        colors: one (levels, 3) for each of the looks that the pictures have.
    """

    levels: Pixels
    colors: tuple[Colors, ...]


def find_scale(stack: Pixels, looks: int) -> Scale | None:
    """Pictures as values of one scale, whose colours differ between looks, such as a dark and a light theme.

    Of more colours than a scale has values, neighbours become one: none is off by more than one step of 255.

    Args:
        stack: (n, height, width, 4) the pictures, those of one look before those of the next.
        looks: how many there are.

    Returns:
        None where there is no such scale: too many colours, or something that is see-through.
    """
    if len(stack) % looks or stack[..., 3].min() < 255:
        return None
    apart = stack[..., :3].astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    # As one number each: rows are compared slowly.
    names = sum(one << 24 * i for i, one in enumerate(apart.reshape(looks, -1)))
    if len(np.unique(names[:: -(-names.size // (4 * MANY_COLORS))])) > MANY_COLORS:
        return None
    kept, which = np.unique(names, return_inverse=True)
    if len(kept) > MANY_COLORS:
        return None
    colors = kept[:, None] >> (24 * np.arange(looks)[:, None] + [16, 8, 0]).ravel() & 255
    order = _chain(colors.astype(float))
    row = colors[order].astype(np.int16)
    levels = _merge(row) if len(row) > LEVELS else np.arange(len(row))
    if levels[-1] >= LEVELS:
        return None
    runs = [row[levels == i] for i in range(levels[-1] + 1)]
    middle = np.array([(run.min(axis=0) + run.max(axis=0) + 1) // 2 for run in runs])
    rank = np.empty(len(row), dtype=np.uint8)
    rank[order] = levels
    shape = len(stack) // looks, *stack.shape[1:3]
    return Scale(rank[which].reshape(shape), tuple(np.split(middle, looks, axis=1)))


def _chain(colors: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The order of (n, channels) colours on a way from an end on, always to the nearest one that is left."""
    at = int(np.abs(colors - colors.mean(axis=0)).sum(axis=1).argmax())
    left = np.zeros(len(colors))
    order = []
    for _ in range(len(colors)):
        order.append(at)
        left[at] = np.inf
        at = int((np.abs(colors - colors[at]).sum(axis=1) + left).argmin())
    return np.array(order)


def _merge(row: Colors) -> npt.NDArray[np.intp]:
    """(n,) a value for each colour on a way: as few values as leave no colour off more than one step."""
    levels, low, high = [0], row[0], row[0]
    for color in row[1:]:
        low, high = np.minimum(low, color), np.maximum(high, color)
        if (high - low).max() > 2:
            levels.append(levels[-1] + 1)
            low = high = color
        else:
            levels.append(levels[-1])
    return np.array(levels)
