"""The calls of one run, and which of them made each tensor."""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor

from nnanim.recording.modules import Model, Spec
from nnanim.recording.values import tensors


class Call:
    """One call of a module or function while it runs and after."""

    __slots__ = (
        *("name", "kind", "role", "inside", "inputs", "outputs", "order"),
        *("shape", "spec", "inner", "fills", "mask"),
    )

    def __init__(
        self,
        name: str,
        kind: str,
        role: str,
        inside: str,
        inputs: list[str],
        order: int,
        spec: Spec | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.role = role
        self.inside = inside
        self.inputs = inputs
        self.order = order
        self.spec = spec
        self.outputs: list[str] = []
        self.shape: tuple[int, ...] = ()
        self.inner = 0
        self.mask = False
        self.fills: Tensor | None = None


class Calls:
    """The calls of a run in the order in which they began, their names, and where every tensor came from.

    Attributes:
        all: the calls.
        root: stands for the model itself, around all others.
        stack: the module calls that are running, innermost last.
    """

    def __init__(self, model: Model) -> None:
        self.all: list[Call] = []
        self.root = Call("", "", "module", "", [], -1)
        self.stack = [self.root]
        self._model = model
        self._paths = {spec.name for spec in model.specs}
        self._counts: dict[str, int] = {}
        self._sources: dict[int, tuple[Any, str, str]] = {}

    def module(self, spec: Spec, inputs: list[str]) -> Call:
        """A call of a module, from now on the innermost one."""
        inside = self.stack[-1]
        inside.inner += 1
        call = Call(self.numbered(spec.name), spec.kind, "module", inside.name, inputs, len(self.all), spec)
        self.all.append(call)
        self.stack.append(call)
        return call

    def function(self, kind: str, inside: Call, inputs: list[str]) -> Call:
        """A call of a function inside the call of a module."""
        path = inside.name.partition("#")[0]
        path = f"{path}.{kind}" if path else kind
        path = path if path not in self._paths else f"{path}()"
        call = Call(self.numbered(path), kind, "function", inside.name, inputs, len(self.all))
        inside.inner += 1
        self.all.append(call)
        return call

    def own(self, role: str, place: str, inputs: list[str]) -> Call:
        """One of the model's own inputs or outputs; the first is called by its role alone."""
        name = self.numbered(f"{role}{place}" if role in self._counts else role)
        call = Call(name, role, role, "", inputs, len(self.all))
        self.all.append(call)
        return call

    def numbered(self, path: str) -> str:
        """``path`` for its first use, "path#2" for its second, …."""
        count = self._counts[path] = self._counts.get(path, 0) + 1
        return path if count == 1 else f"{path}#{count}"

    def came_from(self, tensor: Tensor, name: str, recorded: str = "") -> None:
        """Say that ``tensor`` is a value of the node ``name``; "" for a constant.

        Args:
            tensor: any tensor; it is not kept alive by this.
            name: the node.
            recorded: the name under which this very tensor was kept, if it was.
        """
        self._sources[id(tensor)] = (weakref.ref(tensor), name, recorded)

    def recorded(self, tensor: Tensor) -> str:
        """The name under which this very tensor, as it is now, was kept; "" if it was not."""
        found = self._sources.get(id(tensor))
        return found[2] if found is not None and found[0]() is tensor else ""

    def source(self, tensor: Tensor) -> str | None:
        """The node that made ``tensor``; "" for a constant, None for a tensor never seen."""
        found = self._sources.get(id(tensor))
        if found is not None and found[0]() is tensor:
            return found[1]
        name = self._model.names.get(id(tensor))
        return None if name is None else self._state_node(name, tensor)

    def _state_node(self, path: str, tensor: Tensor) -> str:
        inside = self.stack[-1]
        inside.inner += 1
        kind = "parameter" if path in self._model.parameters else "buffer"
        call = Call(self.numbered(path), kind, "parameter", inside.name, [], len(self.all))
        call.shape = tensor.shape
        self.all.append(call)
        self.came_from(tensor, call.name)
        return call.name

    def sources(self, *values: Any) -> list[str]:
        """The nodes that made the tensors in some arguments, in their order."""
        found = []
        for value in values:
            if isinstance(value, Tensor):
                name = self.source(value)
                if name:
                    found.append(name)
            elif isinstance(value, tuple | list | dict):
                found += [name for _, tensor in tensors(value) if (name := self.source(tensor))]
        return found
