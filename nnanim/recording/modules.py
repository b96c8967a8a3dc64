"""What record() knows about each module of a model before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from nnanim.errors import UserError
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
        stock: its forward is torch's own.
        script: compiled by torch.jit, so that nothing inside can be seen.
        heads: attention with several heads. dense: a layer of weights times inputs. encoder: a
            TransformerEncoder.
        statistics: it changes its buffers out of sight in train mode.
    """

    __slots__ = ("dense", "encoder", "heads", "kind", "recurrent", "script", "statistics", "stock", "tap")

    def __init__(self, cls: type[nn.Module]) -> None:
        parametrized = issubclass(cls, nn.Module) and cls.__module__ == parametrize.__name__
        self.kind = cls.__bases__[0].__name__ if parametrized else cls.__name__
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
    """One module of the model.

    Attributes:
        module: the module itself.
        facts: what holds for its class.
        path: where it is, as torch names it.
        name: under which its calls are recorded.
        kind: name of its class.
        quiet: one of torch's own without modules in it: what it does inside is its own business.
        plain: quiet, and nothing in it overwrites its input: torch functions need not be seen at all.
        parametrized: its weight is computed from others at every call.
        last: the last layer of a TransformerEncoder.
    """

    __slots__ = ("facts", "kind", "last", "module", "name", "parametrized", "path", "plain", "quiet")

    def __init__(self, module: nn.Module, path: str, name: str) -> None:
        facts = _facts.get(type(module))
        if facts is None:
            facts = _facts[type(module)] = Facts(type(module))
        own = vars(module)
        parts = module._modules
        self.module = module
        self.facts = facts
        self.path = path
        self.name = f"self.{name}" if name in OWN else name
        self.kind = getattr(module, "original_name", facts.kind) if facts.script else facts.kind
        self.last = False
        self.parametrized = (
            bool(parts) and "parametrizations" in parts and parametrize.is_parametrized(module)
        )
        closed = not parts or facts.heads or (self.parametrized and len(parts) == 1)
        self.quiet = facts.script or (facts.stock and closed and "forward" not in own)
        changing = facts.heads or self.parametrized or own.get("inplace")
        self.plain = self.quiet and not changing

    def settings(self) -> tuple[tuple[str, Any], ...]:
        """What torch's own modules say that they were made with, as far as it is numbers and words."""
        if not self.facts.stock or self.facts.script:
            return ()
        names = dict.fromkeys((*getattr(self.module, "__constants__", ()), *ALSO))
        found = ((name, getattr(self.module, name)) for name in names if hasattr(self.module, name))
        return tuple((name, value) for name, value in found if _is_setting(value))


class Model:
    """The modules of a model and its state, as they are now.

    Attributes:
        root: the model itself.
        specs: the modules inside it in torch's order, or the model alone if it is one of torch's own layers.
        parameters, buffers: name to tensor, shared ones under each of their names.
        names: id of a parameter or buffer to its first name.
        places: the dictionary of the module that holds each of them, its key there, and the tensor.
        modes: each module with its train mode.
        statistics: what changes out of sight in this run: running means, renormalised embeddings.
    """

    def __init__(self, module: nn.Module) -> None:
        self.specs: list[Spec] = []
        self.parameters: dict[str, Tensor] = {}
        self.buffers: dict[str, Tensor] = {}
        self.names: dict[int, str] = {}
        self.places: list[tuple[dict[str, Any], str, Tensor]] = []
        self.modes: list[tuple[nn.Module, bool]] = []
        self.statistics: list[Tensor] = []
        self._seen: set[int] = set()
        self.root = Spec(module, "", type(module).__name__)
        self._walk(self.root, "", self.root.quiet)
        if self.root.quiet:
            self.root.name = self.root.kind
            self.specs = [self.root]
        for spec in (self.root, *self.specs):
            if spec.facts.encoder and len(spec.module.layers):
                last = original(spec.module.layers[-1])
                for other in self.specs:
                    other.last |= other.module is last

    def _walk(self, spec: Spec, prefix: str, hidden: bool) -> None:
        module = spec.module
        self._seen.add(id(module))
        self.modes.append((module, module.training))
        if spec.facts.script:
            self._hold_script(module, prefix)
            return
        renormalised = bool(vars(module).get("max_norm"))
        for key, value in module._parameters.items():
            if value is not None:
                self._hold(module._parameters, key, f"{prefix}{key}", value, self.parameters, renormalised)
        unseen = module.training and spec.facts.statistics
        for key, value in module._buffers.items():
            if value is not None:
                self._hold(module._buffers, key, f"{prefix}{key}", value, self.buffers, unseen)
        for key, child in module._modules.items():
            if child is None:
                continue
            child = original(child)
            label = child.name if isinstance(child, Tap) and child.name else key
            inner = Spec(child, f"{prefix}{key}", f"{prefix}{label}")
            if not hidden and id(child) not in self._seen:
                self.specs.append(inner)
            self._walk(inner, f"{prefix}{key}.", hidden or inner.quiet)

    def _hold(
        self, place: dict[str, Any], key: str, name: str, value: Tensor, into: dict[str, Tensor], unseen: bool
    ) -> None:
        if isinstance(value, nn.parameter.UninitializedTensorMixin):
            raise UserError(f"{name!r} has no shape yet: run the model once before recording it")
        into[name] = value
        self.names.setdefault(id(value), name)
        self.places.append((place, key, value))
        if unseen:
            self.statistics.append(value)

    def _hold_script(self, module: nn.Module, prefix: str) -> None:
        self.parameters |= {f"{prefix}{name}": value for name, value in module.named_parameters()}
        buffers = {f"{prefix}{name}": value for name, value in module.named_buffers()}
        self.buffers |= buffers
        self.statistics += buffers.values()


def original(module: nn.Module) -> nn.Module:
    """The module inside a compiled one; any other as it is."""
    return module._modules["_orig_mod"] if "_orig_mod" in module._modules else module  # noqa: SIM401 - no get in scripts


def called(value: Any) -> nn.Module:
    """``value``, if it is a module that can be recorded; raises UserError otherwise."""
    if isinstance(value, nn.Module):
        return original(value)
    given = f"the class {value.__name__}; make one first" if isinstance(value, type) else type(value).__name__
    raise UserError(f"record() takes a torch.nn.Module, got {given}")


class Following:
    """While it lasts, every call of a module in ``specs`` goes through ``follow(spec, run, args, kwargs)``.

    Nothing is registered on the modules: each gets, in its own dictionary, the attribute through which torch
    calls a compiled module, and loses it again.
    """

    def __init__(self, specs: list[Spec], follow: Callable[..., Any]) -> None:
        self._specs = specs
        self._follow = follow
        self._before: list[Any] = []

    def __enter__(self) -> None:
        for spec in self._specs:
            own = vars(spec.module)
            self._before.append(own.get("_compiled_call_impl"))
            own["_compiled_call_impl"] = _route(spec, self._follow)

    def __exit__(self, *failure: object) -> None:
        for spec, before in zip(self._specs, self._before, strict=True):
            own = vars(spec.module)
            if before is None:
                del own["_compiled_call_impl"]
            else:
                own["_compiled_call_impl"] = before


def _route(spec: Spec, follow: Callable[..., Any]) -> Callable[..., Any]:
    run = spec.module._call_impl

    def call(*args: Any, **kwargs: Any) -> Any:
        return follow(spec, run, args, kwargs)

    return call


def _is_setting(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_setting(item) for item in value)
    return value is None or type(value) in (int, float, bool, str)


def _is_torch(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(("torch.nn.", "torch.ao.nn."))
