"""Examples of several traces as files: what holds them is written as a tree, each trace as a file of its own.

A tree has plain values, arrays, traces, and lists, tuples, dicts and nnanim's own dataclasses of them.
Anything else has no tree, and is computed every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from nnanim.errors import UserError
from nnanim.files import atomic
from nnanim.trace import Trace

Tree = list[Any]
"""What kind of thing it is, and what it consists of: ``["trace", 0]``, ``["list", [tree, …]]``."""


class NoTree(Exception):
    """Something in an example can be written into no tree."""


@dataclass
class PackedExample:
    """An example taken apart.

    Attributes:
        tree: what holds its traces and arrays, which stand in it by their numbers.
        traces, arrays: in the order in which they were found.
    """

    tree: Tree = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    arrays: list[npt.NDArray[Any]] = field(default_factory=list)

    def write(self, stem: Path) -> list[Path]:
        """Write traces and arrays beside ``stem``; returns the files, the arrays last."""
        paths = [stem.with_name(f"{stem.name}.{number}.trace") for number in range(len(self.traces))]
        for path, trace in zip(paths, self.traces, strict=True):
            trace.save(path)
        rest = stem.with_name(f"{stem.name}.arrays")
        with atomic(rest) as temporary:
            named = {str(number): np.ascontiguousarray(one) for number, one in enumerate(self.arrays)}
            safetensors.numpy.save_file(named, temporary)
        return [*paths, rest]


def pack(example: Any) -> PackedExample | None:
    """An example taken apart; None where something in it has no tree."""
    packed = PackedExample()
    try:
        packed.tree = _tree_of(example, packed)
    except NoTree:
        return None
    return packed


def unpack(tree: Tree, files: Sequence[Path]) -> Any:
    """The example of a tree.

    Args:
        tree: as `pack` gives it.
        files: as `PackedExample.write` gave them.

    Raises:
        UserError: a trace is damaged, or the tree names what is not there.
    """
    *traces, arrays = files
    try:
        known = safetensors.numpy.load_file(arrays)
        return _build(tree, lambda number: Trace.load(traces[number]), lambda number: known[str(number)])
    except (LookupError, TypeError, ValueError, AttributeError, safetensors.SafetensorError) as error:
        raise UserError(f"the kept example {arrays.stem} is damaged: {error}") from error


def _tree_of(thing: Any, packed: PackedExample) -> Tree:
    if isinstance(thing, Trace):
        packed.traces.append(thing)
        return ["trace", len(packed.traces) - 1]
    if type(thing) is np.ndarray and thing.dtype.kind in "biuf":
        packed.arrays.append(thing)
        return ["array", len(packed.arrays) - 1]
    if type(thing) in (str, int, bool, type(None)) or (type(thing) is float and math.isfinite(thing)):
        return ["plain", thing]
    if isinstance(thing, np.number | np.bool_) and thing.dtype.kind in "biuf" and np.isfinite(thing):
        return ["number", [thing.dtype.str, thing.item()]]
    if type(thing) in (list, tuple):
        return [type(thing).__name__, [_tree_of(one, packed) for one in thing]]
    if type(thing) is dict:
        return ["dict", [[_tree_of(key, packed), _tree_of(value, packed)] for key, value in thing.items()]]
    kind = type(thing)
    if is_dataclass(thing) and kind.__module__.startswith("nnanim."):
        # The other fields follow from these.
        given = [one.name for one in fields(thing) if one.init]
        values = [[name, _tree_of(getattr(thing, name), packed)] for name in given]
        return ["object", kind.__module__, kind.__qualname__, values]
    raise NoTree


def _build(tree: Tree, trace: Callable[[int], Trace], array: Callable[[int], Any]) -> Any:
    kind, *rest = tree

    def build(one: Tree) -> Any:
        return _build(one, trace, array)

    if kind == "object":
        module, name, values = rest
        if not module.startswith("nnanim."):
            raise ValueError(f"{module} is no module of nnanim")
        return getattr(import_module(module), name)(**{key: build(one) for key, one in values})
    (content,) = rest
    makers: dict[str, Callable[[], Any]] = {
        "trace": lambda: trace(content),
        "array": lambda: array(content),
        "plain": lambda: content,
        "number": lambda: np.dtype(content[0]).type(content[1]),
        "list": lambda: [build(one) for one in content],
        "tuple": lambda: tuple(build(one) for one in content),
        "dict": lambda: {build(key): build(one) for key, one in content},
    }
    return makers[kind]()
