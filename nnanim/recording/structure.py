"""What a model is made of: its modules under their names, and its parameters and buffers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from nnanim.errors import UserError
from nnanim.recording.compat import CONVOLUTION, NORMALISATION, original_module
from nnanim.recording.tap import Tap

FURTHER_SETTINGS = (
    *("transposed", "num_heads", "hidden_size", "num_layers", "bidirectional", "num_groups"),
    *("p", "approximate"),
)
"""Settings of torch's modules that they do not list among their constants."""

RESERVED = ("input", "output")
"""Names of the model's own values."""


class ClassTraits:
    """What holds for every module of one class.

    Attributes:
        kind: name of the class.
        stock: its forward is torch's own.
        script: compiled by torch.jit, so that nothing inside can be seen.
        heads: attention with several heads.
        dense: a layer of weights times inputs.
        encoder: a TransformerEncoder.
        recurrent: an RNN, LSTM or GRU over whole sequences.
        statistics: it changes its buffers in train mode where no function shows it.
        tap: a `Tap`.
    """

    __slots__ = ("dense", "encoder", "heads", "kind", "recurrent", "script", "statistics", "stock", "tap")

    def __init__(self, cls: type[nn.Module]) -> None:
        parametrized = issubclass(cls, nn.Module) and cls.__module__ == parametrize.__name__
        self.kind = cls.__bases__[0].__name__ if parametrized else cls.__name__
        home = str(getattr(getattr(cls, "forward", None), "__module__", ""))
        self.stock = home.startswith(("torch.nn.", "torch.ao.nn."))
        self.script = issubclass(cls, torch.jit.ScriptModule)
        self.heads = issubclass(cls, nn.MultiheadAttention)
        self.dense = self.stock and issubclass(cls, nn.Linear | CONVOLUTION)
        self.encoder = self.stock and issubclass(cls, nn.TransformerEncoder)
        self.recurrent = issubclass(cls, nn.RNNBase)
        self.statistics = self.script or issubclass(cls, NORMALISATION)
        self.tap = issubclass(cls, Tap)


_traits: WeakKeyDictionary[type[nn.Module], ClassTraits] = WeakKeyDictionary()


def traits_of(cls: type[nn.Module]) -> ClassTraits:
    """The traits of a class, read once."""
    found = _traits.get(cls)
    if found is None:
        found = _traits[cls] = ClassTraits(cls)
    return found


class ModuleInfo:
    """One module of a model, at one of its paths, as it was before the run.

    Attributes:
        traits: what holds for its class.
        cls: its class.
        attributes: a copy of its attributes.
        path: where it is, as torch names it.
        name: under which its calls are recorded.
        kind: name of its class.
        quiet: one of torch's own without modules in it: what it does inside is its own business.
        plain: quiet, and nothing in it overwrites its input: torch functions need not be watched at all.
        parametrized: its weight is computed from others at every call.
        last: the last layer of a TransformerEncoder.
    """

    __slots__ = (
        *("attributes", "cls", "kind", "last", "name", "parametrized", "path", "plain", "quiet", "traits"),
    )

    def __init__(self, module: nn.Module, path: str, name: str) -> None:
        self.cls = type(module)
        self.traits = traits = traits_of(self.cls)
        self.attributes = table = {} if traits.script else module.__dict__.copy()
        self.path = path
        self.name = f"self.{name}" if name in RESERVED else name
        self.kind = getattr(module, "original_name", traits.kind) if traits.script else traits.kind
        self.last = False
        parts: dict[str, Any] = table.get("_modules") or {}
        self.parametrized = (
            bool(parts) and "parametrizations" in parts and parametrize.is_parametrized(module)
        )
        closed = not parts or traits.heads or (self.parametrized and len(parts) == 1)
        self.quiet = traits.script or (traits.stock and closed and "forward" not in table)
        self.plain = self.quiet and not (traits.heads or self.parametrized or table.get("inplace"))

    def attribute(self, name: str, default: Any = None) -> Any:
        """One of its attributes as it was before the run, or one of its class."""
        return self.attributes.get(name, getattr(self.cls, name, default))

    @property
    def settings(self) -> tuple[tuple[str, Any], ...]:
        """What a module of torch's own says that it was made with, as far as it is numbers and words."""
        if not self.traits.stock or self.traits.script:
            return ()
        names = dict.fromkeys((*self.attribute("__constants__", ()), *FURTHER_SETTINGS))
        found = ((name, self.attribute(name, Ellipsis)) for name in names)
        return tuple((name, value) for name, value in found if is_setting(value))


def is_setting(value: Any) -> bool:
    """Whether it is a number, a word, or a tuple of them."""
    if isinstance(value, tuple):
        return all(is_setting(item) for item in value)
    return value is None or type(value) in (int, float, bool, str)


class Structure:
    """The modules of a model and its state, as they are now.

    Attributes:
        module, root: the model, and what is known about it.
        modules: its modules, each once.
        attributes: path, class and attributes of each, except of those that torch.jit compiled.
        followed: those whose calls are recorded: all inside the model, or the model alone if it is one of
            torch's own layers.
        names: under which their calls are recorded.
        parameters, buffers: by torch's names, shared ones under each of their names.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.modules: list[nn.Module] = []
        self.attributes: list[tuple[str, nn.Module, type[nn.Module], dict[str, Any]]] = []
        self.followed: list[tuple[ModuleInfo, nn.Module]] = []
        self.parameters: dict[str, Tensor] = {}
        self.buffers: dict[str, Tensor] = {}
        last_layers: set[int] = set()
        seen: set[int] = set()
        for inner, info, hidden in _walk(module):
            self.parameters |= _state(inner, info, "parameters")
            self.buffers |= _state(inner, info, "buffers")
            if info.traits.encoder and len(inner.layers):
                last_layers.add(id(original_module(inner.layers[-1])))
            info.last = id(inner) in last_layers
            if not seen:
                self.root = info
            elif not hidden and id(inner) not in seen:
                self.followed.append((info, inner))
            if id(inner) not in seen:
                self.modules.append(inner)
                if not info.traits.script:
                    self.attributes.append((info.path, inner, info.cls, info.attributes))
            seen.add(id(inner))
        if self.root.quiet:
            self.root.name = self.root.kind
            self.followed = [(self.root, module)]
        self.names = frozenset(info.name for info, _ in self.followed)

    @cached_property
    def state_names(self) -> dict[int, tuple[str, str]]:
        """Id of a tensor of the state to the first of its names and what it is: "parameter" or "buffer"."""
        found: dict[int, tuple[str, str]] = {}
        for kind, held in (("parameter", self.parameters), ("buffer", self.buffers)):
            for name, tensor in held.items():
                found.setdefault(id(tensor), (name, kind))
        return found


def _walk(model: nn.Module) -> Iterator[tuple[nn.Module, ModuleInfo, bool]]:
    """Each module at each of its paths, depth first in torch's order, and whether it is inside a quiet one.

    A module that has itself among the modules inside it is not entered again. There is no recursion: a model
    may be nested as deep as Python can call it.
    """
    root = ModuleInfo(model, "", type(model).__name__)
    waiting: list[tuple[nn.Module, ModuleInfo | None, bool]] = [(model, root, False)]
    around: set[int] = set()
    while waiting:
        module, info, hidden = waiting.pop()
        if info is None:
            around.discard(id(module))
            continue
        yield module, info, hidden
        inner = list(_inside(module, info))
        if inner:
            around.add(id(module))
            waiting.append((module, None, False))  # to be met when everything inside it was
            for child, path, name in reversed(inner):
                if id(child) not in around:
                    waiting.append((child, ModuleInfo(child, path, name), hidden or info.quiet))


def _inside(module: nn.Module, info: ModuleInfo) -> Iterator[tuple[nn.Module, str, str]]:
    """The modules directly inside ``module`` with their paths and names."""
    start = f"{info.path}." if info.path else ""
    for key, child in info.attributes.get("_modules", {}).items():
        if child is not None:
            child = original_module(child)
            label = child.name if isinstance(child, Tap) and child.name else key
            yield child, start + key, start + label


def _state(module: nn.Module, info: ModuleInfo, kind: str) -> dict[str, Tensor]:
    """The module's own "parameters" or "buffers" by their full names.

    Raises:
        UserError: one has no shape yet.
    """
    table = info.attributes.get(f"_{kind}", {})
    if info.traits.script:
        table = dict(module.named_parameters() if kind == "parameters" else module.named_buffers())
    found = {}
    for key, value in table.items():
        name = f"{info.path}.{key}" if info.path else key
        if isinstance(value, nn.parameter.UninitializedTensorMixin):
            raise UserError(f"{name!r} has no shape yet: run the model once before recording it")
        if value is not None:
            found[name] = value
    return found


def module_of(value: Any) -> nn.Module:
    """``value``, if it is a module that can be recorded; raises UserError otherwise."""
    if isinstance(value, nn.Module):
        return original_module(value)
    given = f"the class {value.__name__}; make one first" if isinstance(value, type) else type(value).__name__
    raise UserError(f"record() takes a torch.nn.Module, got {given}")
