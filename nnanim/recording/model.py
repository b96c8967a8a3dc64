"""A model as it is now: its modules, its state, and how it is built."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from operator import attrgetter, is_
from types import NoneType
from typing import Any

from torch import Tensor, nn

from nnanim.recording.modules import Spec, form, named_state, original, own
from nnanim.recording.tap import Tap
from nnanim.recording.views import Views

Table = dict[str, Any]
TRAINING = attrgetter("training")


class Structure:
    """How a model is built, without the model itself.

    Attributes:
        specs: its modules, a shared one under each of its paths: the model, then depth first in torch's
            order.
        followed: the places in ``specs`` of the modules whose calls are recorded: those inside the model, or
            the model alone if it is one of torch's own layers.
        names: under which they are recorded.
        parameters, buffers: names of the state, shared tensors under each of their names.
        views, buffer_views: of the parameters and buffers, where they are small.
        size: number of different modules.
        stock: every module is of a class of torch's own.
        lasting: it holds for as long as every spec fits and no module is shared.
    """

    def __init__(self, module: nn.Module) -> None:
        root = Spec(module, "", type(module).__name__)
        found = list(_walked(module, root, False))
        self.specs = [spec for _, spec, _ in found]
        self.followed: list[int] = []
        self.parameters: list[str] = []
        self.buffers: list[str] = []
        ends = [inner.layers[-1] for inner, spec, _ in found if spec.facts.encoder and len(inner.layers)]
        last = {id(original(end)) for end in ends}
        seen: set[int] = set()
        for at, (inner, spec, hidden) in enumerate(found):
            self.parameters += named_state(inner, spec.path, "_parameters")
            self.buffers += named_state(inner, spec.path, "_buffers")
            spec.last = id(inner) in last
            if at and not hidden and id(inner) not in seen:
                self.followed.append(at)
            seen.add(id(inner))
        if root.quiet:
            root.name = root.kind
            self.followed = [0]
        self.names = frozenset(self.specs[at].name for at in self.followed)
        self.stock = all(spec.stock for spec in self.specs)
        named = any(spec.facts.script or spec.facts.tap for spec in self.specs)  # by more than their place
        self.views, self.buffer_views = Views(), Views()
        self.size = len(seen)
        self.lasting = self.size == len(found) and not named


def _walked(module: nn.Module, spec: Spec, hidden: bool) -> Iterator[tuple[nn.Module, Spec, bool]]:
    """Each module with its Spec, and whether it is inside one whose inside is its own business."""
    yield module, spec, hidden
    start = f"{spec.path}." if spec.path else ""
    for key, child in own(module)["_modules"].items():
        if child is not None:
            child = original(child)
            label = child.name if isinstance(child, Tap) and child.name else key
            yield from _walked(child, Spec(child, start + key, start + label), hidden or spec.quiet)


class Model:
    """The modules of a model and its state, as they are now.

    Attributes:
        structure: how it is built.
        modules: one for each of the structure's specs.
        modes: their train modes.
        hooked: one of them has hooks.
        parameters, buffers: one tensor for each of the structure's names.
        statistics: what changes out of sight in this run: running means, renormalised embeddings.
    """

    def __init__(self, module: nn.Module) -> None:
        known = _known.get(id(module))
        if known is not None and known[0]() is module and self._fill(module, known[1]):
            return
        structure = Structure(module)
        if structure.lasting:
            _remember(module, structure)
        self._fill(module, structure)

    def _fill(self, module: nn.Module, structure: Structure) -> bool:
        """Find all modules and tensors; False if the model is no longer built like this."""
        self.structure = structure
        self.hooked = False
        self.modules: list[nn.Module] = []
        self.modes: list[bool] = []
        self.parameters: list[Tensor] = []
        self.buffers: list[Tensor] = []
        self.statistics: list[Tensor] = []
        self._tables: list[tuple[Table, Table]] = []
        waiting = [module]
        for spec in structure.specs:
            module = waiting.pop()
            if type(module) is not spec.cls:
                return False
            table = own(module) if spec.facts.script else module.__dict__
            parts, parameters, buffers = table["_modules"], table["_parameters"], table["_buffers"]
            if (
                ("forward" in table, table.get("inplace"), table.get("max_norm")) != spec.flags
                or ((parts or spec.parts) and form(parts) != spec.parts)
                or ((parameters or spec.parameters) and form(parameters) != spec.parameters)
                or ((buffers or spec.buffers) and form(buffers) != spec.buffers)
            ):
                return False
            self.modules.append(module)
            self.modes.append(module.training)
            if table["_forward_hooks"] or table["_forward_pre_hooks"]:
                self.hooked = True
            if parameters:
                self._hold(parameters, spec.parameters, self.parameters, spec.renormalised)
            if buffers:
                counts = spec.facts.statistics and (module.training or spec.facts.script)
                self._hold(buffers, spec.buffers, self.buffers, counts)
            if parts:
                inner = reversed(parts.values())
                waiting += inner if spec.bare else [original(child) for child in inner if child is not None]
        return len(set(map(id, self.modules))) == structure.size

    def _hold(self, table: Table, known: tuple[Any, ...], into: list[Tensor], unseen: bool) -> None:
        self._tables.append((table, table.copy()))
        found = list(table.values())
        if NoneType in known:
            found = [value for value in found if value is not None]
        into += found
        if unseen:
            self.statistics += found

    def restore(self) -> None:
        """Put back every parameter, buffer and mode that was replaced since."""
        if list(map(TRAINING, self.modules)) != self.modes:
            for module, training in zip(self.modules, self.modes, strict=True):
                if module.training is not training:
                    module.training = training
        for table, before in self._tables:
            if not all(map(is_, table.values(), before.values())) or len(table) < len(before):
                table |= {key: value for key, value in before.items() if value is not None}

    @cached_property
    def known(self) -> dict[int, tuple[str, str]]:
        """Id of a tensor of the state to the first of its names and what it is: "parameter" or "buffer"."""
        found: dict[int, tuple[str, str]] = {}
        for kind, names, held in (
            ("parameter", self.structure.parameters, self.parameters),
            ("buffer", self.structure.buffers, self.buffers),
        ):
            for name, tensor in zip(names, held, strict=True):
                found.setdefault(id(tensor), (name, kind))
        return found


_known: dict[int, tuple[weakref.ref[nn.Module], Structure]] = {}  # by id: a module may compare as it likes


def _remember(module: nn.Module, structure: Structure) -> None:
    key, forget = id(module), _known.pop
    _known[key] = weakref.ref(module, lambda _: forget(key, None)), structure


class Following:
    """While it lasts, the calls of followed modules go through ``follow(spec, module, *args, **kwargs)``.

    Nothing is registered on the modules: each gets, in its own dictionary, the attribute through which torch
    calls a compiled module, and loses it again.
    """

    def __init__(self, model: Model, follow: Callable[..., Any]) -> None:
        self._model = model
        self._follow = follow
        self._before: list[tuple[Table, Any]] = []

    def __enter__(self) -> None:
        specs, modules, follow = self._model.structure.specs, self._model.modules, self._follow
        for at in self._model.structure.followed:
            module = modules[at]
            table = module.__dict__
            self._before.append((table, table.get("_compiled_call_impl")))
            table["_compiled_call_impl"] = partial(follow, specs[at], module)

    def __exit__(self, *failure: object) -> None:
        for table, before in self._before:
            if before is None:
                del table["_compiled_call_impl"]
            else:
                table["_compiled_call_impl"] = before
