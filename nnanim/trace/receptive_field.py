"""The inputs that the units of a layer see: weights as rows and inputs as a vector, for any layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError
from nnanim.trace.data import RunData
from nnanim.trace.dense_calls import dense_call, layer_inputs_of
from nnanim.trace.graph import Node, call_path

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""torch's padding modes as numpy calls them."""


@dataclass(frozen=True, eq=False)
class LayerInputs:
    """One sample, at one place, as a sum of products: total = weight @ inputs + bias, group by group.

    Attributes:
        inputs: (in,) with all groups. places: (in, axes) where each stands in what came in.
        weight: (units, of). bias, total: (units,).
        groups: number of equal parts of the inputs, each seen by its own part of the units.
    """

    inputs: Floats
    places: Indices
    weight: NDArray[Any]
    bias: NDArray[Any] | None
    total: Floats
    groups: int = 1

    @property
    def of(self) -> int:
        """Number of inputs that each unit sees."""
        return len(self.inputs) // self.groups


def layer_inputs(trace: RunData, layer: str, sample: int, at: tuple[int, ...]) -> LayerInputs:
    """The inputs of the layer ``layer`` for one sample, at the position ``at`` on its further axes.

    Raises:
        UserError: no such layer, no layer of weights times inputs, no such sample or place.
    """
    total = trace[layer]  # an unknown name is told as such
    weight, bias = _weights(trace, layer)
    axes = trace.axes(layer)
    if weight.ndim == 2:
        where = _position(layer, axes[:-1], total.shape[:-1], sample, at)
        given = layer_inputs_of(trace, layer)
        assert given is not None  # there are weights
        values = given[where].astype(np.float64)
        places = np.arange(len(values))[:, None]
        return LayerInputs(values, places, weight, bias, total[where].astype(np.float64))
    spatial = weight.ndim - 2
    batched = total.ndim == weight.ndim
    lead = total.ndim - spatial - 1
    free = axes[:lead] + axes[lead + 1 :]
    where = _position(layer, free, total.shape[:lead] + total.shape[lead + 1 :], sample, at)
    given = trace.layer_input(layer)
    if batched:
        given, total = given[where[0]], total[where[0]]
    here = where[lead:]
    return _under_kernel(
        trace.graph[layer], given.astype(np.float64), weight, bias, _channels_at(total, here), here
    )


def _position(
    layer: str, axes: tuple[str, ...], shape: tuple[int, ...], sample: int, at: tuple[int, ...]
) -> tuple[int, ...]:
    """The index on every axis but that of the units."""
    where = (sample, *at) if axes else ()
    if axes and axes[0] != "sample" and len(at) == len(axes):
        where = at
    if len(where) != len(axes):
        raise UserError(
            f"{layer!r} has the axes ({', '.join(axes)}) beside its units; say at= which of them, got {where}"
        )
    for index, size, axis in zip(where, shape, axes, strict=True):
        if not -size <= index < size:
            raise UserError(f"{layer!r} has no {axis} {index}: there are {size}")
    return tuple(index % size for index, size in zip(where, shape, strict=True))


def _weights(trace: RunData, layer: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
    call = dense_call(trace.graph, layer)
    table = call.weights(trace) if call is not None else None
    if call is not None and table is not None and layer_inputs_of(trace, layer) is not None:
        return table, call.shift(trace)
    path = call_path(layer).removeprefix("self.")
    prefix = f"{path}." if f"{path}.weight" in trace.parameters else ""
    if not trace.has_layer_input(layer) or f"{prefix}weight" not in trace.parameters:
        kind = f"{trace.graph[layer].kind!r}" if layer in trace.graph else "a value by itself"
        known = [name for name in trace if trace.has_layer_input(name)]
        some = f"; such are {', '.join(map(repr, known[:6]))}" if known else ""
        raise UserError(f"{layer!r} is no dense layer and no convolution but {kind}{some}")
    return trace.parameters[f"{prefix}weight"], trace.parameters.get(f"{prefix}bias")


def _under_kernel(
    node: Node,
    given: Floats,
    weight: NDArray[Any],
    bias: NDArray[Any] | None,
    total: NDArray[Any],
    at: tuple[int, ...],
) -> LayerInputs:
    """What lies under the kernel of a convolution, or what a transposed one spreads, at one place.

    Args:
        node: the call, with the settings of its module.
        given: (channels, *places) what came in.
        weight: (out, in / groups, *kernel), or (in, out / groups, *kernel) for a transposed one.
        bias: (out,).
        total: (out,) what came out.
        at: the place on the maps that came out.
    """
    groups = int(node.setting("groups", 1))
    transposed = node.setting("transposed", "transpose" in node.kind.lower())
    if transposed:
        into, out = weight.shape[0] // groups, weight.shape[1]
        split = weight.reshape(groups, into, out, *weight.shape[2:])
        weight = split.swapaxes(1, 2).reshape(groups * out, into, *weight.shape[2:])
    reach = _transposed_reach if transposed else _kernel_reach
    ways = [
        reach(node, axis, at[axis], size, weight.shape[2 + axis]) for axis, size in enumerate(given.shape[1:])
    ]
    where = [place for _, place in ways]
    inside = [(place >= 0) & (place < size) for place, size in zip(where, given.shape[1:], strict=True)]
    within = np.ix_(*(np.where(ok, place, 0) for ok, place in zip(inside, where, strict=True)))
    values = _channels_at(given, within)
    for axis, ok in enumerate(inside, start=1):
        values = np.where(ok.reshape(-1, *(1,) * (values.ndim - 1 - axis)), values, 0.0)
    stood = np.meshgrid(np.arange(len(given)), *where, indexing="ij")
    places = np.stack(stood, axis=-1).reshape(-1, given.ndim)
    for axis, (taps, _) in enumerate(ways, start=2):
        weight = weight.take(taps, axis)
    rows = weight.reshape(len(weight), -1)
    return LayerInputs(values.reshape(-1), places, rows, bias, np.asarray(total, dtype=np.float64), groups)


def _kernel_reach(node: Node, axis: int, at: int, size: int, kernel: int) -> tuple[Indices, Indices]:
    """Along one axis of a convolution: the cells of its kernel, and the places of the input under them."""
    stride, dilation = _setting_along(node, "stride", axis), _setting_along(node, "dilation", axis)
    padding = node.setting("padding", 0)
    before = after = _setting_along(node, "padding", axis) if not isinstance(padding, str) else 0
    if padding == "same":
        before = dilation * (kernel - 1) // 2
        after = dilation * (kernel - 1) - before
    taps = np.arange(kernel)
    places = at * stride - before + taps * dilation
    mode = PAD_MODES.get(node.setting("padding_mode", "zeros"))
    if mode is not None:
        every: Indices = np.pad(np.arange(size), (before, after), mode=mode)  # type: ignore[call-overload]
        places = every[places + before]
    return taps, places


def _transposed_reach(node: Node, axis: int, at: int, size: int, kernel: int) -> tuple[Indices, Indices]:
    """Along one axis of a transposed convolution: the cells of its kernel that reach a place, from where."""
    stride, dilation = _setting_along(node, "stride", axis), _setting_along(node, "dilation", axis)
    taps = np.arange(kernel)
    from_ = at + _setting_along(node, "padding", axis) - taps * dilation
    reaching = (from_ % stride == 0) & (from_ >= 0) & (from_ < size * stride)
    return taps[reaching], from_[reaching] // stride


def _setting_along(node: Node, name: str, axis: int) -> int:
    """A setting of a convolution along one axis.

    Raises:
        UserError: the trace does not know it.
    """
    value = node.setting(name)
    if value is None:
        raise UserError(f"the trace does not know the {name} of {node.name!r} ({node.kind})")
    return int(value[axis] if isinstance(value, tuple) else value)


def _channels_at(maps: NDArray[Any], places: tuple[Any, ...]) -> NDArray[Any]:
    """(channels, …) all channels at some places."""
    return maps[(slice(None), *places)]
