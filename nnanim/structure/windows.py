"""How a convolution or a pooling moved over its input: found from what came in and what came out.

A trace knows weights and values, not strides. Every likely window is tried, and one is believed only if it
gives all the recorded numbers back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim.trace import Trace
from nnanim.trace.graph import call_path

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """How a window moves.

    Attributes:
        size: (rows, columns) that it covers. stride: of one step. padding: zeros around the input.
        dilation: from one of its cells to the next.
    """

    size: tuple[int, int]
    stride: int
    padding: int
    dilation: int = 1

    def pad(self, values: Floats) -> Floats:
        """A map (rows, columns) with its zeros around it."""
        return np.pad(values, self.padding)

    def patches(self, values: Floats) -> Floats:
        """(rows, columns, window rows, window columns): what it sees at each place of a map."""
        seen = np.lib.stride_tricks.sliding_window_view(self.pad(values), self.size)
        return seen[:: self.stride, :: self.stride, :: self.dilation, :: self.dilation]


@dataclass(frozen=True)
class Convolution:
    """One output map of a convolution, term by term.

    Attributes:
        window: how the kernel moves.
        into: which input map adds most to it. inputs: (maps, rows, columns).
        kernel: (rows, columns) of that input map. bias: of the output map; None
            for a convolution without bias.
        term: (rows, columns) what that input map adds. rest: what the other input maps add.
        total: (rows, columns) as recorded: ``term + rest + bias``.
        added: how many input maps are added up in this output map.
    """

    window: Window
    into: int
    inputs: Floats
    kernel: Floats
    bias: float | None
    term: Floats
    rest: Floats
    total: Floats
    added: int = 1


def convolution(trace: Trace, name: str, sample: int, out: int) -> Convolution | None:
    """How output map ``out`` of the convolution ``name`` came about; None where no window explains it."""
    path = call_path(name).removeprefix("self.")
    prefix = f"{path}." if f"{path}.weight" in trace.parameters else ""
    if f"{prefix}weight" not in trace.parameters or trace[name].ndim != 4:
        return None
    weight = np.asarray(trace.parameters[f"{prefix}weight"], dtype=np.float64)
    x, total = (np.asarray(v[sample], dtype=np.float64) for v in (trace.layer_input(name), trace[name]))
    if weight.ndim != 4 or len(weight) != len(total) or len(x) % weight.shape[1]:
        return None
    group = out // (len(weight) // (len(x) // weight.shape[1]))
    inputs = np.arange(group * weight.shape[1], (group + 1) * weight.shape[1])
    biases = trace.parameters.get(f"{prefix}bias")
    bias = None if biases is None else float(biases[out])
    shift = bias or 0.0
    for window in _convolving(weight.shape[2:], x.shape[1:], total.shape[1:]):
        terms = np.stack(
            [
                np.einsum("rcij,ij->rc", window.patches(x[i]), k)
                for i, k in zip(inputs, weight[out], strict=True)
            ]
        )
        if _same(terms.sum(axis=0) + shift, total[out]):
            most = int(np.abs(terms).sum(axis=(1, 2)).argmax())
            rest = total[out] - shift - terms[most]
            return Convolution(
                window,
                int(inputs[most]),
                x,
                weight[out, most],
                bias,
                terms[most],
                rest,
                total[out],
                len(inputs),
            )
    return None


def _convolving(kernel: tuple[int, int], given: tuple[int, int], made: tuple[int, int]) -> Iterator[Window]:
    for dilation in (1, 2, 3):
        size = (dilation * (kernel[0] - 1) + 1, dilation * (kernel[1] - 1) + 1)
        for stride in (1, 2, 3, 4, 8, 14, 16):
            for padding in range(max(size)):
                if _steps(given, size, stride, padding) == made:
                    yield Window(size, stride, padding, dilation)


def pooling(kind: str, before: Floats, after: Floats) -> Window | None:
    """How a pooling moved over the map ``before`` to give ``after``; None where nothing explains it."""
    reduce: Callable[..., Floats] = np.max if "max" in kind.lower() else np.mean
    given, made = before.shape, after.shape
    for side in range(1, min(max(given), 16) + 1):
        size = (min(side, given[0]), min(side, given[1]))
        for stride in dict.fromkeys((side, *range(1, side))):
            for padding in range(side // 2 + 1):
                if _steps(given, size, stride, padding) == made:
                    window = Window(size, stride, padding)
                    if _same(reduce(window.patches(before), axis=(2, 3)), after):
                        return window
    return None


def _steps(given: tuple[int, ...], size: tuple[int, int], stride: int, padding: int) -> tuple[int, ...]:
    return tuple((n + 2 * padding - w) // stride + 1 for n, w in zip(given, size, strict=True))


def _same(a: Floats, b: Floats) -> bool:
    return a.shape == b.shape and bool(
        np.allclose(a, b, rtol=1e-4, atol=1e-4 * max(float(np.abs(b).max()), 1e-6))
    )
