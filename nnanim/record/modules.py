"""What record() knows about each module of a model before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from nnanim.errors import UserError
from nnanim.record.tap import Tap

DENSE = (nn.Linear, nn.modules.conv._ConvNd)
NORMS = (nn.modules.batchnorm._NormBase,)


class Spec:
    """One module of the model.

    Attributes:
        module: the module itself.
        path: where it is, as torch names it.
        name: under which its calls are recorded.
        kind: name of its class.
        quiet: one of torch's own without modules in it: what it does inside is its own business.
        plain: quiet, and nothing in it overwrites its input: torch functions need not be seen at all.
        keeps_input: its first argument is kept for `Trace.contributions`.
        parametrized: its weight is computed from others at every call.
        pads: a TransformerEncoder; fills: the last layer of one.
        axes: axes named by a Tap.
    """

    __slots__ = (
        "axes", "fills", "keeps_input", "kind", "module", "name", "pads", "parametrized", "path", "plain", "quiet",
    )  # fmt: skip

    def __init__(self, module: nn.Module, path: str, name: str) -> None:
        cls = type(module)
        self.module = module
        self.path = path
        self.name = name
        self.parametrized = "parametrizations" in module._modules and parametrize.is_parametrized(module)
        self.kind = cls.__bases__[0].__name__ if self.parametrized else cls.__name__
        self.axes = module.axes if isinstance(module, Tap) else ()
        script = isinstance(module, torch.jit.ScriptModule)
        if script:
            self.kind = getattr(module, "original_name", self.kind)
        own = "forward" in vars(module) or not _is_torch(getattr(cls, "forward", None))
        heads = isinstance(module, nn.MultiheadAttention)
        parts = len(module._modules) - self.parametrized
        self.quiet = script or (not own and (not parts or heads))
        self.plain = self.quiet and not (
            heads or self.parametrized or getattr(module, "inplace", False) or getattr(module, "max_norm", None)
        )
        self.keeps_input = isinstance(module, DENSE) and not own
        self.pads = isinstance(module, nn.TransformerEncoder) and not own and len(module.layers) > 0
        self.fills = False


def _is_torch(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(("torch.nn.", "torch.ao.nn."))


def original(model: nn.Module) -> nn.Module:
    """The model inside a compiled one."""
    inner = model._modules.get("_orig_mod")
    return model if inner is None else inner


def root(model: nn.Module, found: list[Spec]) -> Spec | None:
    """The model itself, if torch would take a path through it that has to be made good for."""
    spec = Spec(model, "", "")
    if not spec.pads:
        return None
    next(other for other in found if other.module is spec.module.layers[-1]).fills = True  # type: ignore[index,union-attr]
    return spec


def specs(model: nn.Module, taken: tuple[str, ...] = ("input", "output")) -> list[Spec]:
    """The modules inside ``model`` in torch's order, or the model alone if it is one of torch's own layers.

    Args:
        model: the model.
        taken: names that belong to the model's own values; a submodule of that name gets "self." in front.
    """
    alone = Spec(model, "", type(model).__name__)
    if alone.quiet:
        alone.name = alone.kind
        return [alone]
    found: list[Spec] = []
    seen = {id(model)}
    _collect(model, "", found, seen)
    for spec in found:
        if spec.name in taken:
            spec.name = f"self.{spec.name}"
        if spec.pads:
            last = spec.module.layers[-1]  # type: ignore[union-attr,index]
            next(other for other in found if other.module is last).fills = True
    return found


def _collect(module: nn.Module, path: str, found: list[Spec], seen: set[int]) -> None:
    for key, child in module._modules.items():
        if child is None:
            continue
        child = original(child)
        if id(child) in seen or (key == "parametrizations" and isinstance(child, nn.ModuleDict)):
            continue
        seen.add(id(child))
        inner = f"{path}.{key}" if path else key
        label = child.name if isinstance(child, Tap) and child.name else key
        found.append(Spec(child, inner, f"{path}.{label}" if path else label))
        if not isinstance(child, torch.jit.ScriptModule):
            _collect(child, inner, found, seen)


def refuse(model: Any) -> None:
    """Raise UserError for what cannot be recorded: no module, or one whose weights are not made yet."""
    if not isinstance(model, nn.Module):
        kind = f"the class {model.__name__}; make one first" if isinstance(model, type) else type(model).__name__
        raise UserError(f"record() takes a torch.nn.Module, got {kind}")
    for path, module in model.named_modules():
        for key, parameter in module._parameters.items():
            if isinstance(parameter, nn.parameter.UninitializedTensorMixin):
                place = f"{path}.{key}" if path else key
                raise UserError(f"{place!r} has no shape yet: run the model once before recording it")


@contextmanager
def followed(found: list[Spec], follow: Callable[..., Any]) -> Iterator[None]:
    """While it lasts, every call of a module in ``found`` goes through ``follow(spec, run, args, kwargs)``.

    Nothing is registered on the modules: each gets, in its own dictionary, the attribute through which torch
    calls a compiled module, and loses it again.
    """
    before = [vars(spec.module).get("_compiled_call_impl") for spec in found]
    try:
        for spec in found:
            vars(spec.module)["_compiled_call_impl"] = _route(spec, follow)
        yield
    finally:
        for spec, own in zip(found, before, strict=True):
            if own is None:
                vars(spec.module).pop("_compiled_call_impl", None)
            else:
                vars(spec.module)["_compiled_call_impl"] = own


def _route(spec: Spec, follow: Callable[..., Any]) -> Callable[..., Any]:
    run = spec.module._call_impl

    def call(*args: Any, **kwargs: Any) -> Any:
        return follow(spec, run, args, kwargs)

    return call
