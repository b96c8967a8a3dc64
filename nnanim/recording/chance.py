"""Random states: which of them a model could use, and how they are put back."""

from __future__ import annotations

import builtins
import dis
import math
import random
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
PLAIN = frozenset((int, float, bool, str, type(None), Tensor, nn.Parameter))


class Chance:
    """The global random states as they were when this was made.

    Reading Python's and numpy's takes longer than a small model takes to run, so they are left alone where
    the code of every module shows that it cannot reach them.

    Args:
        reached: whether the model can reach Python's and numpy's.
    """

    def __init__(self, reached: bool) -> None:
        self._torch = torch.default_generator.get_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        self._python = random.getstate() if reached else None
        self._numpy = np.random.get_state() if reached else None

    def restore(self) -> None:
        """Set every generator back."""
        torch.default_generator.set_state(self._torch)
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)
        if self._python is not None and self._numpy is not None:
            random.setstate(self._python)
            np.random.set_state(self._numpy)


def reach(cls: type[nn.Module]) -> str:
    """What the code of a class can reach: "stock" is torch's own, "pure" names torch and mathematics only."""
    if cls.__module__.startswith("torch.nn."):
        return "stock"
    return "pure" if _class_is_pure(cls) else "unknown"


def only_torch(module: nn.Module, reach: str) -> bool:
    """Whether everything that the code of ``module`` names is torch, mathematics, or its own."""
    own = vars(module)
    if reach == "unknown":
        return False
    if reach == "stock":
        return "forward" not in own
    for key, value in own.items():
        if key[0] != "_" and type(value) not in PLAIN and not _allowed(value, set()):
            return False
    return True


def _class_is_pure(cls: type) -> bool:
    own = [c for c in cls.__mro__ if not c.__module__.startswith(("torch.", "builtins"))]
    used = ("__call__", "__getattr__", "__getattribute__")
    values = [v for c in own for key, v in vars(c).items() if not key.startswith("__") or key in used]
    seen: set[int] = set()
    return all(_allowed(getattr(value, "fget", getattr(value, "__func__", value)), seen) for value in values)


def _allowed(value: Any, seen: set[int]) -> bool:
    """Whether using ``value`` can reach nothing but torch and mathematics; the unknown may."""
    kind = type(value)
    if kind in PLAIN or id(value) in seen:
        return True
    seen.add(id(value))
    if kind is FunctionType:
        if value.__module__.startswith("torch."):
            return True
        return not value.__closure__ and _code_is_pure(value.__code__, value.__globals__, seen)
    if kind is ModuleType:
        return value is math or value.__name__.partition(".")[0] == "torch"
    if isinstance(value, type):
        return value.__module__.partition(".")[0] in ("builtins", "torch", "typing")
    if kind in (tuple, list, set, frozenset):
        return all(_allowed(item, seen) for item in value)
    if kind is dict:
        return all(_allowed(item, seen) for item in value.values())
    if kind is BuiltinFunctionType:
        return value.__module__ in ("math", "builtins") or str(value.__module__).startswith("torch")
    return kind.__module__.partition(".")[0] == "torch" and not isinstance(value, nn.Module)


def _code_is_pure(code: CodeType, names: dict[str, Any], seen: set[int]) -> bool:
    for step in dis.get_instructions(code):
        if step.opname.startswith("IMPORT"):
            return False
        if step.opname in GLOBALS and not _name_is_pure(str(step.argval), names, seen):
            return False
    return all(_code_is_pure(inner, names, seen) for inner in code.co_consts if isinstance(inner, CodeType))


def _name_is_pure(name: str, names: dict[str, Any], seen: set[int]) -> bool:
    if name in names:
        return _allowed(names[name], seen)
    return hasattr(builtins, name) and name not in ("exec", "eval", "__import__", "getattr", "globals")
