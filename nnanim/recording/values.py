"""Tensors inside whatever a model takes or returns, and tensors as numpy arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

SEQUENCES = (tuple, list)
NESTED = (*SEQUENCES, dict)
ARRAYS = (Tensor, np.ndarray)
ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size))
"""Types of values that hold no tensor, to be told quickly."""

OPAQUE = (nn.Module, type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, partial)
"""Types of objects whose attributes are not part of what a model takes or gives."""

MAX_DEPTH = 8
"""Objects inside objects are looked into so many times: some refer to each other in circles."""


def tensors(value: Any, place: str = "", depth: int = 0) -> list[tuple[str, Tensor]]:
    """Every tensor in ``value`` with its place: "[1][0]", "[logits]".

    Looks into tuples, lists, mappings, dataclasses, and the attributes of other objects, such as a
    `torch.distributions.Distribution` or a graph with its features. What an object keeps in a private table
    is found under the table's own keys.
    """
    if isinstance(value, Tensor):
        return [(place, value)]
    if type(value) in ATOMS or depth > MAX_DEPTH:
        return []
    found: list[tuple[str, Tensor]] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            found += tensors(item, f"{place}[{key}]", depth + 1)
    elif isinstance(value, SEQUENCES):
        keys = getattr(value, "_fields", range(len(value)))
        for key, item in zip(keys, value, strict=True):
            found += tensors(item, f"{place}[{key}]", depth + 1)
    else:
        known: set[int] = set()  # a private attribute is often another name of a public one
        for key, item in sorted(attributes(value), key=_is_private):
            inner = place if _is_private((key, item)) and not isinstance(item, Tensor) else f"{place}[{key}]"
            fresh = [pair for pair in tensors(item, inner, depth + 1) if id(pair[1]) not in known]
            known.update(id(tensor) for _, tensor in fresh)
            found += fresh
    return found


def _is_private(attribute: tuple[str, Any]) -> bool:
    return attribute[0].startswith("_")


def attributes(value: Any) -> Iterable[tuple[str, Any]]:
    """The names and values of an object's attributes; none for what is no plain holder of values."""
    if isinstance(value, OPAQUE):
        return []
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name, None)) for field in fields(value)]
    named = dict(getattr(value, "__dict__", None) or {})
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name != "__weakref__" and hasattr(value, name):
                named.setdefault(name, getattr(value, name))
    return list(named.items())


def replace_tensors(value: Any, change: Callable[[Any], Any], depth: int = 0) -> Any:
    """``value`` with ``change`` applied to every tensor and numpy array in it.

    Lists and dictionaries are copied always, other objects only if there is a tensor in them.
    """
    if isinstance(value, ARRAYS):
        return change(value)
    if type(value) in ATOMS or depth > MAX_DEPTH:
        return value
    if isinstance(value, dict):
        return _replace_items(
            value, {k: replace_tensors(item, change, depth + 1) for k, item in value.items()}
        )
    if isinstance(value, SEQUENCES):
        return _replace_sequence(value, [replace_tensors(item, change, depth + 1) for item in value])
    changed = {}
    for key, item in attributes(value):
        replaced = replace_tensors(item, change, depth + 1)
        if replaced is not item and (tensors(item) or _has_arrays(item)):
            changed[key] = replaced
    return _replace_attributes(value, changed) if changed else value


def _has_arrays(value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, SEQUENCES) else ()
    return isinstance(value, np.ndarray) or any(isinstance(item, np.ndarray) for item in inner)


def _replace_items(value: dict[Any, Any], items: dict[Any, Any]) -> Any:
    if type(value) is dict:
        return items
    made = copy.copy(value)  # keeps a default factory, and whatever else a class of its own holds
    for key, item in items.items():
        made[key] = item
    return made


def _replace_sequence(value: Any, items: list[Any]) -> Any:
    kind = type(value)
    if kind is list:
        return items
    if isinstance(value, list):
        made = copy.copy(value)
        made[:] = items
        return made
    if hasattr(value, "_fields"):
        return kind(*items)
    same = all(old is new for old, new in zip(value, items, strict=True))
    return value if same else tuple(items) if kind is tuple else tuple.__new__(kind, items)


def _replace_attributes(value: Any, changed: dict[str, Any]) -> Any:
    try:
        made = copy.copy(value)
    except Exception:  # some objects cannot be copied: the model gets the one that there is
        return value
    for key, item in changed.items():
        object.__setattr__(made, key, item)
    return made


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
