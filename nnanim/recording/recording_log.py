"""The log of one run: its calls in their order, their names, and what they gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakMethod

import torch
from torch import Tensor

from nnanim.recording.structure import ModuleInfo, Structure
from nnanim.recording.tensor_sources import Place, TensorSources
from nnanim.recording.tensor_store import TensorStore
from nnanim.recording.values import tensors
from nnanim.trace.graph import Operand, call_path


class Call:
    """One call of a module or function while it runs and after.

    Attributes:
        name, kind, role, inside, inputs, outputs, shape, operands: as those of its `Node`.
        constants: of a function, its constants by keyword.
        info: what is known about the module that was called; None for a function.
        inner: how many calls began inside it.
        mask: a function that gave a tensor of truth values.
        optional: left out of the graph if nothing takes what it gave.
        fills: the padding that is to be filled with zeros at its end.
        place: of the model's own inputs and outputs: where it stands among them, "[1][edges]".
    """

    info: ModuleInfo | None = None
    outputs: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    inner = 0
    mask = False
    optional = False
    fills: Tensor | None = None
    place = ""
    operands: tuple[Operand, ...] = ()
    constants: tuple[tuple[str, Any], ...] = ()

    def __init__(self, name: str, kind: str, role: str, inside: str, inputs: list[str]) -> None:
        self.name = name
        self.kind = kind
        self.role = role
        self.inside = inside
        self.inputs = inputs


class RecordingLog:
    """The calls of a run in the order in which they began, and their values.

    Args:
        structure: the model.
        store: where values go.
        wants: whether the values of a name are to be kept; None: all are.
        between: keep the values of functions too, not only those of modules.
        differentiate: called with each name and tensor whose gradient is to be noted.

    Attributes:
        calls: the calls.
        root: stands for the model itself, around all others.
        stack: the module calls that are running, innermost last.
        sources: where every tensor came from.
        aliases: further names of the model's own values, and of modules with a "#" in their names.
        layer_inputs: name of a dense layer's call to the name of the value that came into it.
    """

    def __init__(
        self,
        structure: Structure,
        store: TensorStore,
        wants: Callable[[str], bool] | None,
        between: bool,
        differentiate: Callable[[str, Tensor], None] | None,
    ) -> None:
        self.calls: list[Call] = []
        self.root = Call("", "", "module", "", [])
        self.stack = [self.root]
        self.aliases: dict[str, str] = {}
        self.layer_inputs: dict[str, str] = {}
        # A reference in a circle would keep all values in memory until Python's collector comes by.
        self.sources = TensorSources(structure, WeakMethod(self._add_state))
        self._structure = structure
        self._store = store
        self._wants = wants
        self._between = between
        self._differentiate = differentiate
        self._counts: dict[str, int] = {}
        self._masks: dict[str, Call] = {}
        self._attended: set[str] = set()

    # names

    def number(self, path: str) -> str:
        """``path`` for its first use, "path#2" for its second, ….

        What stands behind the last "#" is always a number of ours: a path with a "#" of its own has one from
        its first use on.
        """
        count = self._counts[path] = self._counts.get(path, 0) + 1
        if "#" not in path:
            return path if count == 1 else f"{path}#{count}"
        name = f"{path}#{count}"
        if count == 1:
            self.aliases[path] = name
        return name

    def wants(self, name: str) -> bool:
        """Whether the values of ``name`` are to be kept."""
        return self._wants is None or self._wants(name)

    # calls

    def begin_module(self, info: ModuleInfo, args: Any, kwargs: dict[str, Any]) -> Call:
        """A call of a module, from now on the innermost one."""
        inputs = self.sources.nodes((*args, *kwargs.values()) if kwargs else args)
        inside = self.stack[-1]
        inside.inner += 1
        call = Call(self.number(info.name), info.kind, "module", inside.name, inputs)
        call.info = info
        call.operands = self.sources.operands(args)
        self.calls.append(call)
        self.stack.append(call)
        if info.traits.dense and args and isinstance(args[0], Tensor) and self.wants(call.name):
            self._add_layer_input(call, args[0])
        return call

    def _add_layer_input(self, call: Call, tensor: Tensor) -> None:
        known = self.sources.known_source(tensor)
        if known is not None and known.recorded:
            self.layer_inputs[call.name] = known.recorded
        else:
            self._store.add(call.name, "layer_inputs", tensor)

    def add_function(self, kind: str, inside: Call, inputs: list[str]) -> Call:
        """A call of a function inside the call of a module."""
        path = call_path(inside.name)
        path = f"{path}.{kind}" if path else kind
        path = path if path not in self._structure.names else f"{path}()"
        call = Call(self.number(path), kind, "function", inside.name, inputs)
        inside.inner += 1
        self.calls.append(call)
        return call

    def add_own(self, role: str, values: Any) -> None:
        """Note the model's own "input" (which are copies) or "output"; the first is called by its role."""
        for place, tensor in tensors(values):
            inputs = self._made_by_model(tensor) if role == "output" else []
            name = self.number(f"{role}{place}" if role in self._counts else role)
            if name == role and place not in ("", "[0]"):
                self.aliases[f"{role}{place}"] = role
            call = Call(name, role, role, "", inputs)
            call.place = place
            self.calls.append(call)
            self.add_output(call, name, tensor, name)
            if role == "input":
                self.root.inputs.append(name)

    def name_inputs(self, names: Sequence[str]) -> None:
        """Note what the model calls its inputs where there are several: ``forward(self, story, query)``."""
        inputs = [call for call in self.calls if call.role == "input"]
        for call in inputs if len(inputs) > 1 else ():
            key, _, rest = call.place.removeprefix("[").partition("]")
            name = names[int(key)] if key.isdecimal() and int(key) < len(names) else key
            call.constants = (("argument", f"{name}{rest}"),) if name and not name.isdecimal() else ()

    def _made_by_model(self, tensor: Tensor) -> list[str]:
        """The node that made an output, also if the model got it from code that torch does not show."""
        source = self.sources.get(tensor)
        if source is None:
            return [self._add_unseen(self.root, tensor)]
        return [source.node] if source.node else []

    def _add_unseen(self, call: Call, tensor: Tensor) -> str:
        """A value that came out of code that torch does not show, somewhere in ``call``."""
        node = self.add_function("unseen", call, list(call.inputs))
        node.shape = tensor.shape
        return node.name

    def _add_state(self, path: str, kind: str, tensor: Tensor) -> str:
        """A parameter or buffer that is used by itself: the name of its node."""
        inside = self.stack[-1]
        inside.inner += 1
        call = Call(self.number(path), kind, "parameter", inside.name, [])
        call.shape = tensor.shape
        self.calls.append(call)
        return call.name

    # values

    def add_output(self, call: Call, name: str, tensor: Tensor, source: str, keep: bool = True) -> None:
        """Note an output of ``call``, made by the node ``source``; keep it, if it is wanted."""
        if not call.outputs:
            call.shape = tensor.shape
        call.outputs += (name,)
        if not keep or not self.wants(name):
            self.sources.set(tensor, source, "", *self._origin(call, name, tensor, source))
            return
        self._store.add(name, "arrays", tensor)
        self.sources.set(tensor, source, name, *self._origin(call, name, tensor, source))
        if self._differentiate is not None and tensor.requires_grad:
            self._differentiate(name, tensor)

    def _origin(self, call: Call, name: str, tensor: Tensor, source: str) -> tuple[str, Place | None]:
        """Which value a tensor is: what a module hands on stays the value of the call inside that made it."""
        known = self.sources.known_source(tensor) if source != call.name else None
        return (known.value, known.place) if known is not None and known.value else (name, None)

    def add_outputs(self, node: Call, found: Iterable[Tensor]) -> None:
        """Note what a function gave; truth values are kept once something counts with them."""
        for number, tensor in enumerate(found):
            node.mask = tensor.dtype == torch.bool
            if node.mask:
                self._masks[node.name] = node
            name = f"{node.name}[{number}]" if number else node.name
            self.add_output(node, name, tensor, node.name, self._between and not node.mask)

    def keep_masks(self, operands: Iterable[Any]) -> None:
        """Keep truth values that become numbers or are counted with, once."""
        for tensor in operands:
            source = self.sources.known_source(tensor) if isinstance(tensor, Tensor) else None
            node = self._masks.pop(source.node, None) if source is not None else None
            if node is not None and self._between and self.wants(node.name):
                self._store.add(node.name, "arrays", tensor)

    def add_attention(
        self, inside: Call, node: str, function: Callable[..., Tensor], args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Note (batch, head, query, key) weights under the module call in which they were computed first.

        They are what the function gives for these arguments, and computed when somebody asks for them.
        """
        name = inside.name if inside.name and inside.name not in self._attended else node
        self._attended.add(name)
        if self.wants(name):
            self._store.add_computed(name, "attention", function, args, kwargs)

    def producer_in(self, call: Call, tensor: Tensor) -> str:
        """The innermost node that made an output of ``call``."""
        if not call.inner:
            return call.name
        source = self.sources.get(tensor)
        return source.node if source is not None else self._add_unseen(call, tensor)
