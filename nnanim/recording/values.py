"""Tensors inside whatever a model takes or returns, and tensors as numpy arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SEQUENCES = (tuple, list)
NESTED = (*SEQUENCES, dict)
ARRAYS = (Tensor, np.ndarray)


def tensors(value: Any, suffix: str = "") -> list[tuple[str, Tensor]]:
    """Every tensor in nested tuples, lists, dicts and dataclasses, with its place: "[1][0]", "[logits]"."""
    if isinstance(value, Tensor):
        return [(suffix, value)]
    found: list[tuple[str, Tensor]] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            found += tensors(item, f"{suffix}[{key}]")
    elif isinstance(value, SEQUENCES):
        keys = getattr(value, "_fields", range(len(value)))
        for key, item in zip(keys, value, strict=True):
            found += tensors(item, f"{suffix}[{key}]")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            found += tensors(getattr(value, field.name), f"{suffix}[{field.name}]")
    return found


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` applied to every tensor and numpy array in its tuples, lists and dicts."""
    if isinstance(value, ARRAYS):
        return change(value)
    if isinstance(value, dict):
        return type(value)((key, mapped(item, change)) for key, item in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(item, change) for item in value))
    if isinstance(value, SEQUENCES):
        return type(value)(mapped(item, change) for item in value)
    return value


def array(tensor: Tensor) -> NDArray[Any]:
    """``tensor`` as a read-only numpy array, on the same memory where numpy has its type; bfloat16 widens."""
    tensor = tensor.detach()
    if not tensor.is_cpu:
        tensor = tensor.cpu()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_conj() or tensor.is_neg():
        tensor = tensor.resolve_conj().resolve_neg()
    try:
        found: NDArray[Any] = tensor.numpy()
    except TypeError:
        found = tensor.float().numpy()
    found.flags.writeable = False
    return found


def shapes(values: Any) -> str:
    """The shapes of the tensors in ``values``, for a message: "(1, 64) and (64,)"."""
    return " and ".join(str(tuple(tensor.shape)) for _, tensor in tensors(values)) or "no tensor"
