"""The calls of one run, and which of them made each tensor."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from nnanim.recording.model import Model
from nnanim.recording.modules import Spec, is_setting
from nnanim.recording.values import NESTED, tensors
from nnanim.trace.graph import Operand

Place = tuple[int, int]
"""Where a value lies in C order: the address of its first number, and how many there are; (0, 0): unknown."""


class Call:
    """One call of a module or function while it runs and after.

    Attributes:
        name, kind, role, inside, inputs, outputs, shape, operands: as those of its `Node`.
        constants: of a function, its constants by keyword.
        spec, module: the module that was called; None for a function.
        inner: how many calls began inside it.
        mask: a function that gave a tensor of truth values.
        fills: the padding that is to be filled with zeros at its end.
    """

    spec: Spec | None = None
    module: Any = None
    outputs: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    inner = 0
    mask = False
    fills: Tensor | None = None
    operands: tuple[Operand, ...] = ()
    constants: tuple[tuple[str, Any], ...] = ()

    def __init__(self, name: str, kind: str, role: str, inside: str, inputs: list[str]) -> None:
        self.name = name
        self.kind = kind
        self.role = role
        self.inside = inside
        self.inputs = inputs


class Calls:
    """The calls of a run in the order in which they began, their names, and where every tensor came from.

    Attributes:
        all: the calls.
        root: stands for the model itself, around all others.
        aliases: further names of the model's own values.
        given: name of a dense layer's call to the name of the value that came into it.
        stack: the module calls that are running, innermost last.
        masks: functions that gave truth values, by their names.
    """

    def __init__(self, model: Model) -> None:
        self.all: list[Call] = []
        self.root = Call("", "", "module", "", [])
        self.stack = [self.root]
        self.aliases: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self._model = model
        self.masks: dict[str, Call] = {}
        self._counts: dict[str, int] = {}
        self._sources: dict[int, tuple[Any, str, str, str, Place | None]] = {}

    def module(self, spec: Spec, module: nn.Module, inputs: list[str]) -> Call:
        """A call of a module, from now on the innermost one."""
        stack = self.stack
        inside = stack[-1]
        inside.inner += 1
        call = Call(self.numbered(spec.name), spec.kind, "module", inside.name, inputs)
        call.spec, call.module = spec, module
        self.all.append(call)
        stack.append(call)
        return call

    def function(self, kind: str, inside: Call, inputs: list[str]) -> Call:
        """A call of a function inside the call of a module."""
        path = inside.name.partition("#")[0]
        path = f"{path}.{kind}" if path else kind
        path = path if path not in self._model.structure.names else f"{path}()"
        call = Call(self.numbered(path), kind, "function", inside.name, inputs)
        inside.inner += 1
        self.all.append(call)
        return call

    def own(self, role: str, place: str, inputs: list[str]) -> Call:
        """One of the model's own inputs or outputs; the first is called by its role alone."""
        name = self.numbered(f"{role}{place}" if role in self._counts else role)
        if name == role and place not in ("", "[0]"):
            self.aliases[f"{role}{place}"] = role
        call = Call(name, role, role, "", inputs)
        self.all.append(call)
        return call

    def numbered(self, path: str) -> str:
        """``path`` for its first use, "path#2" for its second, …."""
        count = self._counts[path] = self._counts.get(path, 0) + 1
        return path if count == 1 else f"{path}#{count}"

    def came_from(
        self, tensor: Tensor, name: str, recorded: str = "", value: str = "", place: Place | None = None
    ) -> None:
        """Say that ``tensor`` is a value of the node ``name``; "" for a constant.

        Args:
            tensor: any tensor; it is not kept alive by this.
            name: the node.
            recorded: the name under which this very tensor was kept, if it was.
            value: the name of the node's value that it is, or that it is a view of.
            place: where that value lies, if the tensor is a view of it.
        """
        self._sources[id(tensor)] = (weakref.ref(tensor), name, recorded, value or name, place)

    def origin(self, tensor: Tensor) -> tuple[str, Place | None] | None:
        """The value that ``tensor`` is or is a view of, and where it lies; None for a tensor never seen."""
        found = self._sources.get(id(tensor))
        return found[3:] if found is not None and found[0]() is tensor and found[3] else None

    def operands(self, values: Iterable[Any]) -> tuple[Operand, ...]:
        """The arguments of a call, tensors in lists one by one."""
        found: list[Operand] = []
        for value in values:
            if isinstance(value, Tensor):
                found.append(self.operand(value))
            elif isinstance(value, NESTED) and (inner := tensors(value)):
                found += [self.operand(tensor) for _, tensor in inner]
            else:
                found.append(Operand(constant=value if is_setting(value) else None))
        return tuple(found)

    def views(self, tensor: Tensor, of: Any) -> None:
        """Say that ``tensor`` holds some or all numbers of ``of``, in whatever shape."""
        name = self.source(of) if isinstance(of, Tensor) else None
        if not name:
            return self.came_from(tensor, "")
        _, _, _, value, place = self._sources[id(of)]
        place = place or place_of(of)
        if place[0] and tensor.is_contiguous() and of.data_ptr() == place[0] and of.is_contiguous():
            # A copy of all the numbers in their order stands for them as well as they do themselves.
            place = place_of(tensor) if tensor.numel() == place[1] else place
        self.came_from(tensor, name, value=value, place=place)

    def operand(self, tensor: Tensor) -> Operand:
        """A tensor as an argument: which value it is, and which part of it."""
        name = self.source(tensor)
        if not name:
            single = tensor.numel() == 1 and not tensor.is_meta and not tensor.is_complex()
            return Operand(constant=tensor.item() if single else None)
        _, _, _, value, place = self._sources[id(tensor)]
        return Operand(value, view=() if place is None else view_of(tensor, place))

    def recorded(self, tensor: Tensor) -> str:
        """The name under which this very tensor, as it is now, was kept; "" if it was not."""
        found = self._sources.get(id(tensor))
        return found[2] if found is not None and found[0]() is tensor else ""

    def source(self, tensor: Tensor) -> str | None:
        """The node that made ``tensor``; "" for a constant, None for a tensor never seen."""
        found = self._sources.get(id(tensor))
        if found is not None and found[0]() is tensor:
            return found[1]
        known = self._model.known.get(id(tensor))
        return None if known is None else self._state_node(*known, tensor)

    def _state_node(self, path: str, kind: str, tensor: Tensor) -> str:
        inside = self.stack[-1]
        inside.inner += 1
        call = Call(self.numbered(path), kind, "parameter", inside.name, [])
        call.shape = tensor.shape
        self.all.append(call)
        self.came_from(tensor, call.name)
        return call.name

    def sources(self, values: Iterable[Any]) -> list[str]:
        """The nodes that made the tensors in some arguments, in their order."""
        found = []
        for value in values:
            if isinstance(value, Tensor):
                known = self._sources.get(id(value))
                name = known[1] if known is not None and known[0]() is value else self.source(value)
                if name:
                    found.append(name)
            elif isinstance(value, NESTED):
                found += [name for _, tensor in tensors(value) if (name := self.source(tensor))]
        return found


def place_of(tensor: Tensor) -> Place:
    """Where a tensor lies, if its numbers stand there in C order."""
    plain = tensor.layout is torch.strided and not tensor.is_nested and not tensor.is_meta
    return (tensor.data_ptr(), tensor.numel()) if plain and tensor.is_contiguous() else (0, 0)


def view_of(tensor: Tensor, place: Place) -> tuple[Any, ...] | None:
    """Offset, shape and strides of a tensor in the value that lies at ``place``; None if it is not in it."""
    if not place[0] or tensor.layout is not torch.strided or tensor.is_nested or not tensor.numel():
        return None
    offset, odd = divmod(tensor.data_ptr() - place[0], tensor.element_size())
    shape, strides = tuple(tensor.shape), tensor.stride()
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    return None if odd or offset < 0 or last >= place[1] else (offset, shape, strides)
