"""Looking at a whole trace: is every number finite, what is in it, is it the same as another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnanim.errors import UserError
from nnanim.trace.data import AXES, RunData


def refuse_infinite(trace: RunData) -> None:
    """Raise UserError for the first value in the order of the run that is not finite."""
    for name in trace:
        array = trace[name]
        if array.dtype.kind not in "fc" or np.isfinite(array).all():
            continue
        bad = np.argwhere(~np.isfinite(array))
        kind = f" ({trace.graph[name].kind})" if name in trace.graph else ""
        place = ", ".join(f"{axis} {i}" for axis, i in zip(trace.axes(name), bad[0], strict=True))
        value = array[tuple(bad[0])]
        raise UserError(
            f"{name!r}{kind} is not finite: {len(bad)} of {array.size} numbers, first {value} at {place}"
        )


def table(trace: RunData) -> str:
    """A line for each recorded name with its kind, its shape and its axes.

    The axes of arrays that nobody recorded, and whose axes nobody named, are only numbered.
    """
    unnamed = not trace.graph.nodes and all(trace.axes(name) == AXES.get(trace[name].ndim) for name in trace)
    rows = []
    for name in trace:
        kind = trace.graph[name].kind if name in trace.graph else ""
        axes = [f"axis {i}" for i in range(trace[name].ndim)] if unnamed else trace.axes(name)
        rows.append((name, kind, "×".join(map(str, trace[name].shape)) or "1", ", ".join(axes)))
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def digest(trace: RunData) -> str:
    """sha256, as hex, of the arrays of a trace and of all that describes them."""
    mix = hashlib.sha256(json.dumps(trace.description(), sort_keys=True).encode())
    for section, arrays in trace.sections().items():
        for name, array in arrays.items():
            dtype = array.dtype.newbyteorder("<")
            mix.update(f"\0{section}\0{name}\0{dtype.str}\0{array.shape}\0".encode("utf-8", "surrogatepass"))
            mix.update(np.ascontiguousarray(array, dtype).reshape(-1).view(np.uint8).data)
    return mix.hexdigest()


def checksum(values: Mapping[str, Any]) -> str:
    """The first 16 hex digits of the sha256 of named arrays: name, type, shape, bytes, sorted by name."""
    mix = hashlib.sha256()
    for name, value in sorted(values.items()):
        found = np.ascontiguousarray(value() if callable(value) else value)
        mix.update(f"{name}\0{found.dtype.str}\0{found.shape}\0".encode())
        mix.update(found.reshape(-1).view(np.uint8).data)
    return mix.hexdigest()[:16]
