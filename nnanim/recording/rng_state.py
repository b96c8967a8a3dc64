"""Random states: all that a model could draw from are noted before a run and put back after it."""

from __future__ import annotations

import random
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from nnanim.recording.values import slot_names

MAX_DEPTH = 4
"""How many steps from a model's attributes and code a generator of its own is looked for."""

MAX_ITEMS = 64
"""Lists and dictionaries with more items than this hold data, not generators."""

PARTS_OF_A_MODULE = frozenset(vars(nn.Module()))
LIBRARIES = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib"))

NO_MODELS = frozenset(("torch", "numpy", "nnanim", *sys.builtin_module_names))
"""Packages and modules whose classes, functions and modules are never a user's own."""

BOUND = frozenset((MethodType, BuiltinFunctionType, type(np.random.rand)))
"""Types of functions that belong to an object: a generator of its own may be drawn from through them."""

Restore = Callable[[], object]


def _restorer(generator: Any) -> Restore | None:
    """What puts a random number generator back to where it stands now; None for anything else."""
    if isinstance(generator, torch.Generator):
        state = generator.get_state()
        return lambda: generator.set_state(state)
    if isinstance(generator, random.Random) and not isinstance(generator, random.SystemRandom):
        python = generator.getstate()
        return lambda: generator.setstate(python)
    if isinstance(generator, np.random.RandomState):
        legacy = generator.get_state()
        return lambda: generator.set_state(legacy)
    if isinstance(generator, np.random.Generator):
        generator = generator.bit_generator
    if isinstance(generator, np.random.BitGenerator):
        bits = generator.state
        return lambda: setattr(generator, "state", bits)
    return None


class RngState:
    """The states of torch's, Python's and numpy's generators, and of those that belong to the model.

    A torch.Generator that is not found beforehand is added when a function is seen to draw from it.
    """

    def __init__(self, modules: list[nn.Module]) -> None:
        self._restorers: dict[int, tuple[Any, Restore]] = {}
        python, numpy, cpu = random.getstate(), np.random.get_state(), torch.default_generator.get_state()
        self._global: list[Restore] = [
            lambda: torch.default_generator.set_state(cpu),
            lambda: random.setstate(python),
            lambda: np.random.set_state(numpy),
            *_device_restorers(),
        ]
        for generator in find_generators(modules):
            self.add(generator)

    def add(self, generator: Any) -> None:
        """Note the state of a generator, if it was not noted before."""
        if id(generator) not in self._restorers and generator is not torch.default_generator:
            restore = _restorer(generator)
            if restore is not None:
                self._restorers[id(generator)] = generator, restore

    def restore(self) -> None:
        """Set every generator back."""
        for restore in self._global:
            restore()
        for _, restore in self._restorers.values():
            restore()


def _device_restorers() -> Iterator[Restore]:
    if torch.cuda.is_initialized():
        states = torch.cuda.get_rng_state_all()
        yield lambda: torch.cuda.set_rng_state_all(states)
    if torch.backends.mps.is_available():
        state = torch.mps.get_rng_state()
        yield lambda: torch.mps.set_rng_state(state)


def find_generators(modules: list[nn.Module]) -> list[Any]:
    """The generators that the model's attributes and its own code (not that of libraries) refer to."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = []
    for module in modules:
        cls = type(module)
        held = module.__dict__
        own = [held[key] for key in held if key not in PARTS_OF_A_MODULE]
        waiting += [(value, 1) for value in _without_plain(own)]
        if id(cls) not in seen and not cls.__module__.startswith("torch."):
            seen.add(id(cls))
            waiting += [(value, 1) for one in cls.__mro__ if is_own(one) for value in vars(one).values()]
    while waiting:
        value, depth = waiting.pop()
        if id(value) in seen:
            continue
        refers = _readers.get(type(value)) or _reader_of(type(value))
        seen.add(id(value))
        if refers is _itself:
            found.append(value)
        elif depth <= MAX_DEPTH:
            waiting += [(item, depth + 1) for item in _without_plain(refers(value, seen))]
    return found


def _without_plain(values: Iterable[Any]) -> list[Any]:
    """The values that may refer to others: most of what a model and its code hold are numbers and words."""
    return [value for value in values if _readers.get(type(value)) is not _nothing]


def is_own(value: Any) -> bool:
    """Whether a class, function or module belongs to no library."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    if not isinstance(name, str):
        return False
    if name.partition(".")[0] in NO_MODELS:
        return False
    return not str(getattr(sys.modules.get(name), "__file__", None)).startswith(LIBRARIES)


Reader = Callable[[Any, set[int]], Iterable[Any]]
"""Gives what a value refers to; the set holds the ids of what was seen so far."""


def _nothing(value: Any, seen: set[int]) -> Iterable[Any]:
    return ()


def _itself(value: Any, seen: set[int]) -> Iterable[Any]:
    return (value,)


def _of_container(value: Any, seen: set[int]) -> Iterable[Any]:
    return list(value.values() if isinstance(value, Mapping) else value) if len(value) <= MAX_ITEMS else ()


def _of_module(value: ModuleType, seen: set[int]) -> Iterable[Any]:
    return list(vars(value).values()) if is_own(value) else ()


def _of_object(value: Any, seen: set[int]) -> Iterable[Any]:
    held = [*getattr(value, "__dict__", {}).values(), *(getattr(value, name) for name in slot_names(value))]
    return held if len(held) <= MAX_ITEMS else ()


def _of_method(value: Any, seen: set[int]) -> Iterable[Any]:
    return (value.__self__, getattr(value, "__func__", None))


_readers: dict[type, Reader] = {}


def _reader_of(kind: type) -> Reader:
    """What is done with values of one type; found once."""
    generators = (torch.Generator, random.Random, np.random.RandomState, np.random.Generator)
    reader: Reader = _nothing
    if issubclass(kind, (*generators, np.random.BitGenerator)):
        reader = _itself
    elif kind is FunctionType:
        reader = _of_function
    elif kind is ModuleType:
        reader = _of_module
    elif kind in BOUND:
        reader = _of_method
    elif kind in (staticmethod, classmethod):
        reader = lambda value, seen: [value.__func__]  # noqa: E731
    elif kind is property:
        reader = lambda value, seen: [value.fget]  # noqa: E731
    elif issubclass(kind, list | tuple | set | frozenset | dict | deque):
        reader = _of_container
    elif not issubclass(kind, type | nn.Module | torch.Tensor) and is_own(kind):
        return _of_object  # not noted: classes of the user's may come and go
    _readers[kind] = reader
    return reader


def _of_function(function: FunctionType, seen: set[int]) -> list[Any]:
    if not is_own(function):
        return []
    held = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # a cell that is still empty
            continue
    held.append(getattr(function, "__wrapped__", None))
    if id(function.__globals__) not in seen:
        seen.add(id(function.__globals__))
        held += function.__globals__.values()
    return held
