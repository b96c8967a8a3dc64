"""What an example consists of: values that lie in its lists, dicts and objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np


def find_nested(value: Any, is_wanted: Callable[[Any], bool], depth: int) -> Iterator[Any]:
    """Each wanted part of a value: itself, or in its lists, dicts and objects.

    Args:
        value: what is searched.
        is_wanted: whether a part is one of those; what lies within it is not searched.
        depth: how many values may lie within each other.
    """
    if is_wanted(value):
        yield value
        return
    if depth == 0 or isinstance(value, str | bytes | int | float | np.ndarray | type | ModuleType):
        return
    if isinstance(value, tuple | list | set | frozenset):
        parts: Iterable[Any] = value
    else:
        parts = (value if isinstance(value, Mapping) else getattr(value, "__dict__", {})).values()
    for part in list(parts):
        yield from find_nested(part, is_wanted, depth - 1)
