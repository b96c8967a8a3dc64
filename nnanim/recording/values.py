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

from nnanim.errors import UserError

SEQUENCES = (tuple, list)
NESTED = (*SEQUENCES, dict)
ARRAYS = (Tensor, np.ndarray)
ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size))
"""Types of values that hold no tensor, to be told quickly."""

OPAQUE = (nn.Module, type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, partial)
"""Types of objects whose attributes are not part of what a model takes or gives."""

MAX_DEPTH = 8
"""How deep containers and objects inside each other are looked into."""


def tensors(
    value: Any, place: str = "", kind: Any = Tensor, seen: frozenset[int] = frozenset()
) -> list[tuple[str, Any]]:
    """Every tensor in ``value`` with its place: "[1][0]", "[logits]".

    Looks into tuples, lists, mappings, dataclasses, and the attributes of other objects, such as a
    `torch.distributions.Distribution` or a graph with its features. What an object keeps in a private table
    is found under the table's own keys.

    Args:
        value: anything.
        place: its own place.
        kind: type of what is looked for.
        seen: ids of the objects around it, which are not entered again.
    """
    if isinstance(value, kind):
        return [(place, value)]
    if type(value) in ATOMS or id(value) in seen or len(seen) > MAX_DEPTH:
        return []
    around = seen | {id(value)}
    found: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            found += tensors(item, f"{place}[{key}]", kind, around)
    elif isinstance(value, SEQUENCES):
        keys = getattr(value, "_fields", range(len(value)))
        for key, item in zip(keys, value, strict=True):
            found += tensors(item, f"{place}[{key}]", kind, around)
    else:
        known: set[int] = set()  # a private attribute is often another name of a public one
        for key, item in sorted(attributes(value), key=_is_private):
            inner = place if _is_private((key, item)) and not isinstance(item, kind) else f"{place}[{key}]"
            fresh = [pair for pair in tensors(item, inner, kind, around) if id(pair[1]) not in known]
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
    for name in slot_names(value):
        named.setdefault(name, getattr(value, name))
    return list(named.items())


def slot_names(value: Any) -> list[str]:
    """The names of an object's attributes that have slots and values."""
    found = []
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__weakref__", "__dict__") and hasattr(value, name):
                found.append(name)
    return found


def replace_tensors(value: Any, change: Callable[[Any], Any], made: dict[int, Any] | None = None) -> Any:
    """``value`` with ``change`` applied to every tensor and numpy array in it.

    Lists and dictionaries are copied always, other objects only if there is a tensor in them.

    Args:
        value: anything.
        change: gives what stands in place of a tensor or an array.
        made: by the id of what was replaced so far, what stands in its place: objects refer to each other.
    """
    if isinstance(value, ARRAYS):
        return change(value)
    made = {} if made is None else made
    if type(value) in ATOMS or id(value) in made:
        return made.get(id(value), value)
    if isinstance(value, tuple):
        return _replace_tuple(value, tuple([replace_tensors(item, change, made) for item in value]))
    if not isinstance(value, dict | list) and not tensors(value, kind=ARRAYS):
        return value
    try:
        copied = made[id(value)] = copy.copy(value)  # with a default factory, or whatever its class adds
    except Exception:  # some objects cannot be copied: the model gets the one that there is
        return value
    if isinstance(value, dict):
        for key, item in value.items():
            copied[key] = replace_tensors(item, change, made)
    elif isinstance(value, list):
        copied[:] = [replace_tensors(item, change, made) for item in value]
    else:
        for key, item in attributes(value):
            replaced = replace_tensors(item, change, made)
            if replaced is not item:
                object.__setattr__(copied, key, replaced)
    return copied


def _replace_tuple(value: Any, items: tuple[Any, ...]) -> Any:
    kind = type(value)
    if kind is tuple:
        return items
    if hasattr(value, "_fields"):
        return kind(*items)
    same = all(old is new for old, new in zip(value, items, strict=True))
    return value if same else tuple.__new__(kind, items)


def array(tensor: Tensor) -> NDArray[Any]:
    """``tensor`` as a read-only numpy array, on the same memory where numpy has its type; bfloat16 widens."""
    tensor = tensor.detach()
    if not tensor.is_cpu:
        tensor = tensor.cpu()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.is_nested:
        raise UserError("a nested tensor has no shape of its own: record the model with a padded one")
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
