"""What record() knows about the modules of a model before they run."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn.utils import parametrize

from nnanim.errors import UserError
from nnanim.recording import chance
from nnanim.recording.tap import Tap

ALSO = (
    *(
        "transposed",
        "num_heads",
        "hidden_size",
        "num_layers",
        "bidirectional",
        "num_groups",
        "p",
        "approximate",
    ),
)
OWN = ("input", "output")  # names of the model's own values


class Facts:
    """What holds for every module of one class.

    Attributes:
        kind: name of the class.
        reach: what its code can draw random numbers from, as `chance.reach` tells.
        stock: its forward is torch's own.
        script: compiled by torch.jit, so that nothing inside can be seen.
        heads: attention with several heads. dense: a layer of weights times inputs. encoder: a
            TransformerEncoder.
        statistics: it changes its buffers out of sight in train mode.
    """

    __slots__ = (
        *("dense", "encoder", "heads", "kind", "reach", "recurrent", "script", "statistics", "stock"),
        "tap",
    )

    def __init__(self, cls: type[nn.Module]) -> None:
        parametrized = issubclass(cls, nn.Module) and cls.__module__ == parametrize.__name__
        self.kind = cls.__bases__[0].__name__ if parametrized else cls.__name__
        self.reach = chance.reach(cls)
        self.stock = _is_torch(getattr(cls, "forward", None))
        self.script = issubclass(cls, torch.jit.ScriptModule)
        self.heads = issubclass(cls, nn.MultiheadAttention)
        self.dense = self.stock and issubclass(cls, nn.Linear | nn.modules.conv._ConvNd)
        self.encoder = self.stock and issubclass(cls, nn.TransformerEncoder)
        self.recurrent = issubclass(cls, nn.RNNBase)
        self.statistics = self.script or issubclass(cls, nn.modules.batchnorm._NormBase)
        self.tap = issubclass(cls, Tap)


_facts: WeakKeyDictionary[type[nn.Module], Facts] = WeakKeyDictionary()


class Spec:
    """How one module of a model is built and seen; the module itself is not held.

    Attributes:
        facts: what holds for its class.
        path: where it is, as torch names it.
        name: under which its calls are recorded.
        kind: name of its class.
        stock: of a class of torch's own.
        quiet: one of torch's own without modules in it: what it does inside is its own business.
        plain: quiet, and nothing in it overwrites its input: torch functions need not be seen at all.
        parametrized: its weight is computed from others at every call.
        renormalised: it changes its parameters out of sight.
        last: the last layer of a TransformerEncoder.
        bare: none of the modules directly inside it is None or wrapped by torch.compile.
        cls, flags, parts, parameters, buffers: what all this was read from.
    """

    __slots__ = (
        *("facts", "kind", "last", "name", "parametrized", "path", "plain", "quiet", "renormalised", "stock"),
        *("bare", "buffers", "cls", "flags", "parameters", "parts"),
    )

    def __init__(self, module: nn.Module, path: str, name: str) -> None:
        cls, table = type(module), own(module)
        parts, replaced = table["_modules"], "forward" in table
        self.cls = cls
        self.parts = form(parts)
        self.parameters, self.buffers = form(table["_parameters"]), form(table["_buffers"])
        self.bare = all(child is not None and original(child) is child for child in parts.values())
        self.flags = (replaced, table.get("inplace"), table.get("max_norm"))
        facts = _facts.get(cls)
        if facts is None:
            facts = _facts[cls] = Facts(cls)
        self.facts = facts
        self.path = path
        self.name = f"self.{name}" if name in OWN else name
        self.kind = getattr(module, "original_name", facts.kind) if facts.script else facts.kind
        self.last = False
        self.parametrized = (
            bool(parts) and "parametrizations" in parts and parametrize.is_parametrized(module)
        )
        self.stock = facts.reach == "stock" and not replaced
        closed = not parts or facts.heads or (self.parametrized and len(parts) == 1)
        self.quiet = facts.script or (facts.stock and closed and not replaced)
        changing = facts.heads or self.parametrized or table.get("inplace")
        self.plain = self.quiet and not changing
        self.renormalised = bool(table.get("max_norm"))


def settings(module: nn.Module) -> tuple[tuple[str, Any], ...]:
    """What torch's own modules say that they were made with, as far as it is numbers and words."""
    facts = _facts.get(type(module)) or Facts(type(module))
    if not facts.stock or facts.script:
        return ()
    names = dict.fromkeys((*getattr(module, "__constants__", ()), *ALSO))
    found = ((name, getattr(module, name)) for name in names if hasattr(module, name))
    return tuple((name, value) for name, value in found if is_setting(value))


def own(module: nn.Module) -> dict[str, Any]:
    """The dictionary of a module, or what a script would have in one."""
    if not isinstance(module, torch.jit.ScriptModule):
        return module.__dict__
    state = {"_parameters": dict(module.named_parameters()), "_buffers": dict(module.named_buffers())}
    return {"_modules": {}, "_forward_hooks": {}, "_forward_pre_hooks": {}, **state}


def hooked(module: nn.Module) -> bool:
    """Whether something else runs with the module."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def form(table: dict[str, Any]) -> tuple[Any, ...]:
    """The keys of one of the tables in it, and the types of what they name."""
    return (*table, *map(type, table.values()))


def named_state(module: nn.Module, path: str, table: str) -> list[str]:
    """The full names in a module's "_parameters" or "_buffers"; raises UserError for one without a shape."""
    found = []
    for key, value in own(module)[table].items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, nn.parameter.UninitializedTensorMixin):
            raise UserError(f"{name!r} has no shape yet: run the model once before recording it")
        if value is not None:
            found.append(name)
    return found


def original(module: nn.Module) -> nn.Module:
    """The module inside a compiled one; any other as it is."""
    return module._modules["_orig_mod"] if "_orig_mod" in module._modules else module  # noqa: SIM401 - no get in scripts


def called(value: Any) -> nn.Module:
    """``value``, if it is a module that can be recorded; raises UserError otherwise."""
    if isinstance(value, nn.Module):
        return original(value)
    given = f"the class {value.__name__}; make one first" if isinstance(value, type) else type(value).__name__
    raise UserError(f"record() takes a torch.nn.Module, got {given}")


def is_setting(value: Any) -> bool:
    """Whether it is a number, a word, or a tuple of them."""
    if isinstance(value, tuple):
        return all(is_setting(item) for item in value)
    return value is None or type(value) in (int, float, bool, str)


def _is_torch(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(("torch.nn.", "torch.ao.nn."))
