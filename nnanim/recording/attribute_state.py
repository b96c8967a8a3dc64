"""What a model keeps in plain attributes (counters, caches, hidden states, arrays): put back after a run."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from functools import partial
from operator import is_
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.recording.rng_state import PARTS_OF_A_MODULE, is_own
from nnanim.recording.structure import Structure
from nnanim.recording.values import ATOMS, slot_names

MAX_DEPTH = 6
"""How many steps from a module's attributes things are looked for."""

MAX_ITEMS = 1 << 10
"""Items of a list or dictionary up to which each of them is looked at, too."""

MAX_ARRAY = 1 << 26
"""Bytes of a numpy array up to which it is copied: no array counts its changes."""

LIBRARY_STATE = (nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler)
"""Types of a library whose objects a forward may change, beside those of the user's own code."""

Restore = Callable[[], object]


class AttributeState:
    """The attributes of all modules, and the lists, dictionaries, arrays and objects in them, before a run.

    An attribute that the run adds stays: it is how a forward tells what it saw.

    Args:
        structure: the model.
        known: ids of the tensors that are noted elsewhere.

    Attributes:
        tensors: those found in attributes, by name.
    """

    def __init__(self, structure: Structure, known: Iterable[int]) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._restorers: list[Restore] = []
        self._modules = structure.attributes
        self._seen = {*known, *map(id, structure.modules)}
        waiting: list[tuple[str, Any, int]] = []
        for path, _, _, before in structure.attributes:
            for key in before.keys() - PARTS_OF_A_MODULE:
                value = before[key]
                if not _is_plain(value):
                    waiting.append((f"{path}.{key}" if path else key, value, 1))
        while waiting:
            name, value, depth = waiting.pop()
            if id(value) not in self._seen:
                self._seen.add(id(value))
                inner = self._hold(name, value)
                if depth < MAX_DEPTH and len(inner) <= MAX_ITEMS:
                    waiting += [(f"{name}[{key}]", item, depth + 1) for key, item in inner]

    def _hold(self, name: str, value: Any) -> list[tuple[Any, Any]]:
        """Note one thing as it is; what is in it is given back."""
        if isinstance(value, Tensor):
            self.tensors[name] = value
        elif isinstance(value, np.ndarray):
            if value.flags.writeable and value.nbytes <= MAX_ARRAY:
                self._restorers.append(partial(np.copyto, value, value.copy()))
        elif isinstance(value, dict):
            return self._hold_table(value)
        elif isinstance(value, list | deque | tuple):
            return self._hold_sequence(value)
        elif isinstance(value, set):
            self._restorers.append(partial(_restore_set, value, value.copy()))
        elif not isinstance(value, type) and (isinstance(value, LIBRARY_STATE) or is_own(type(value))):
            return self._hold_object(value)
        return []

    def _hold_table(self, table: dict[Any, Any]) -> list[tuple[Any, Any]]:
        # A subclass may have methods of its own, which are no business of ours.
        kind: Any = OrderedDict if isinstance(table, OrderedDict) else dict
        before = list(kind.items(table))

        def restore() -> None:
            now = list(kind.items(table))
            if not hold_the_same([x for pair in now for x in pair], [x for pair in before for x in pair]):
                kind.clear(table)
                kind.update(table, before)

        self._restorers.append(restore)
        return before if len(before) <= MAX_ITEMS else []

    def _hold_sequence(self, held: Any) -> list[tuple[Any, Any]]:
        before = tuple(held)

        def restore() -> None:
            if isinstance(held, list):
                if not hold_the_same(tuple(list.__iter__(held)), before):
                    list.__setitem__(held, slice(None), before)
            elif not hold_the_same(tuple(held), before):
                held.clear()
                held.extend(before)

        if not isinstance(held, tuple):
            self._restorers.append(restore)
        return list(enumerate(before)) if len(before) <= MAX_ITEMS else []

    def _hold_object(self, value: Any) -> list[tuple[Any, Any]]:
        slots = [(key, getattr(value, key)) for key in slot_names(value)]
        self._restorers += [partial(object.__setattr__, value, key, item) for key, item in slots]
        table = getattr(value, "__dict__", None)
        return slots + (self._hold_table(table) if type(table) is dict else [])

    def restore(self, unregistered: bool = False) -> None:
        """Put everything back.

        Args:
            unregistered: whether something that the run had registered on the modules was taken away again.
                Then go the flags that it has set, too: they say that this was done, and it must be done anew.
        """
        for _, module, cls, before in self._modules:
            if type(module) is not cls:
                module.__class__ = cls
            held = module.__dict__
            if unregistered:
                for key in [key for key in held.keys() - before.keys() if held[key] is True]:
                    del held[key]
            if not hold_the_same(held.values(), before.values()):
                registered = (before.get(name, ()) for name in ("_parameters", "_buffers", "_modules"))
                for key in (held.keys() - before.keys()) & {key for table in registered for key in table}:
                    del held[key]  # it would hide what is registered under its name
                held.update(before)
        for restore in self._restorers:
            restore()


def _is_plain(value: Any) -> bool:
    """Whether nothing in it can change: a number, a word, a tuple of them such as a kernel's size."""
    return type(value) in ATOMS or (type(value) is tuple and all(type(item) in ATOMS for item in value))


def hold_the_same(one: Any, other: Any) -> bool:
    """Whether two collections hold the very same things in the same order."""
    return len(one) == len(other) and all(map(is_, one, other))


def _restore_set(held: set[Any], before: set[Any]) -> None:
    held.intersection_update(before)
    held.update(before)
