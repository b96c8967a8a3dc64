"""The numbers that a call took: whole values, parts of them, parameters, constants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.trace.data import RunData
from nnanim.trace.graph import Operand, call_path

MAX_NUMBERS = 1 << 26
"""Maximum number of numbers in one operand: a view may repeat a value, and a file may say anything."""


def operand_values(trace: RunData, operand: Operand) -> NDArray[Any] | None:
    """What a call took as one of its arguments; None where it was not recorded or is unknown."""
    if not operand.value:
        return None if _unknown(operand.constant) else np.asarray(operand.constant)
    found = recorded_values(trace, operand.value)
    if found is None or operand.view is None:
        return None
    return _part(found, *operand.view) if operand.view else found


def recorded_values(trace: RunData, name: str) -> NDArray[Any] | None:
    """The values under a name, whether computed or held by the model; None where there are none."""
    for held in (trace, trace.parameters, trace.buffers):
        for called in (name, call_path(name)):
            if called in held:
                return held[called]
        if name in trace.graph and trace.graph[name].role != "parameter":
            return None
    return None


def _unknown(constant: Any) -> bool:
    return constant is None or isinstance(constant, str | tuple)


def _part(value: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """A view of a value; None for one that cannot be."""
    steps = [offset, *strides]
    sane = all(isinstance(n, int) and abs(n) <= MAX_NUMBERS for n in (*shape, *steps))
    if len(shape) != len(strides) or not sane or min(shape, default=0) < 0 or math.prod(shape) > MAX_NUMBERS:
        return None
    places = np.full(shape, offset, dtype=np.intp)
    for axis, (size, stride) in enumerate(zip(shape, strides, strict=True)):
        places += (np.arange(size) * stride).reshape(-1, *(1,) * (len(shape) - 1 - axis))
    inside = places.size and places.min() >= 0 and places.max() < value.size
    return value.reshape(-1)[places] if inside else None
