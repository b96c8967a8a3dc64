"""Watching one run: which module called what, with which values, made from which others."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, _get_current_function_mode, _pop_mode, _push_mode

from nnanim.record import attention, functions
from nnanim.record.kept import Kept, version
from nnanim.record.modules import Model, Spec
from nnanim.record.state import State
from nnanim.record.values import tensors

Run = Callable[..., Any]


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


class Watch(TorchFunctionMode):
    """Sees every module call (through `follow`) and every torch function of a run between the modules.

    Args:
        model: what is known about the model.
        state: its state before the run.
        kept: where values go.
        wanted: whether the values of a name are to be kept.
        between: keep the values of functions too, not only those of modules.
        heads: make attention weights visible.
        differentiate: called with each name and tensor whose gradient is to be noted.

    Attributes:
        calls: all calls in the order in which they began.
        aliases: further names of the model's own values.
        given: name of a dense layer's call to the name of the value that came into it.
        failed: the innermost call that raised, and its arguments.
    """

    def __init__(
        self,
        model: Model,
        state: State,
        kept: Kept,
        wanted: Callable[[str], bool],
        *,
        between: bool = True,
        heads: bool = True,
        differentiate: Callable[[str, Tensor], None] | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self.aliases: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.failed: tuple[Call, Any] | None = None
        self._model = model
        self._paths = {spec.name for spec in model.specs}
        self._state = state
        self._kept = kept
        self._wanted = wanted
        self._between = between
        self._heads = heads
        self._differentiate = differentiate
        self._root = Call("", "", "module", "", [], -1)
        self._stack = [self._root]
        self._counts: dict[str, int] = {}
        self._sources: dict[int, tuple[Any, str, str]] = {}
        self._differentiable = torch.is_grad_enabled()

    # names and sources

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

    def source(self, tensor: Tensor) -> str | None:
        """The node that made ``tensor``; "" for a constant, None for a tensor never seen."""
        found = self._sources.get(id(tensor))
        if found is not None and found[0]() is tensor:
            return found[1]
        name = self._model.names.get(id(tensor))
        return None if name is None else self._state_node(name, tensor)

    def _state_node(self, path: str, tensor: Tensor) -> str:
        name = path if path not in self._paths else f"{path}()"
        self.came_from(tensor, name)
        inside = self._stack[-1]
        inside.inner += 1
        kind = "parameter" if path in self._model.parameters else "buffer"
        call = Call(name, kind, "parameter", inside.name, [], len(self.calls))
        call.shape = tensor.shape
        self.calls.append(call)
        return name

    def _sources_of(self, *values: Any) -> list[str]:
        found = []
        for value in values:
            if isinstance(value, Tensor):
                name = self.source(value)
                if name:
                    found.append(name)
            elif isinstance(value, tuple | list | dict):
                found += [name for _, tensor in tensors(value) if (name := self.source(tensor))]
        return found

    def _note(self, call: Call, name: str, tensor: Tensor, source: str, recorded: bool = True) -> None:
        """Note an output of ``call``, made by the node ``source``; keep it, if it is wanted."""
        if not call.outputs:
            call.shape = tensor.shape
        call.outputs.append(name)
        if not (recorded and self._wanted(name)):
            self.came_from(tensor, source)
            return
        self._kept.add(name, "arrays", tensor)
        self._sources[id(tensor)] = (weakref.ref(tensor), source, name)
        if self._differentiate is not None and tensor.requires_grad:
            self._differentiate(name, tensor)

    # the model's own values

    def enter(self, place: str, tensor: Tensor) -> None:
        """Note one of the model's inputs; ``place`` is where it stands among the arguments."""
        self._own("input", place, tensor, [])

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note with what the model is called, just before it runs."""
        if self._model.root.facts.encoder:
            self._root.fills = attention.padding(self._model.root.module, args, kwargs, self._differentiable)

    def passed_on(self, tensor: Tensor) -> Tensor:
        """A tensor that may be overwritten, in place of an input whose gradient is asked for."""
        copy = tensor.clone()
        self.came_from(copy, self.source(tensor) or "")
        return copy

    def leave(self, out: Any) -> None:
        """Note the model's outputs."""
        for place, tensor in tensors(out):
            self._own("output", place, tensor, self._sources_of(tensor))

    def _own(self, role: str, place: str, tensor: Tensor, inputs: list[str]) -> None:
        first = role not in self._counts
        if first and place not in ("", "[0]"):
            self.aliases[f"{role}{place}"] = role
        name = self.numbered(role if first else f"{role}{place}")
        call = Call(name, role, role, "", inputs, len(self.calls))
        self.calls.append(call)
        self._note(call, name, tensor, name)

    # modules

    def follow(self, spec: Spec, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one module of the model and note what went in and what came out."""
        mine = _get_current_function_mode() is self
        if mine:
            _pop_mode()
        call = self._begin(spec, args, kwargs)
        try:
            before = version(args[0]) if args and isinstance(args[0], Tensor) else 0
            if spec.plain or not mine:
                out = run(*args, **kwargs)
            else:
                _push_mode(self)
                try:
                    out = run(*args, **kwargs)
                finally:
                    _pop_mode()
            if spec.last:
                out = self._filled(out)
            if isinstance(out, Tensor):
                if not call.inner and args and out is args[0] and version(out) == before:
                    # A second tensor object on the same memory, so that what follows knows which way it came.
                    out = out.view_as(out) if out.layout is torch.strided else out
                self._note(call, call.name, out, self._made_in(call, out))
            else:
                for place, tensor in tensors(out):
                    name = call.name + place if call.outputs else call.name
                    self._note(call, name, tensor, self._made_in(call, tensor))
            return out
        except BaseException:
            self.failed = self.failed or (call, (args, kwargs))
            raise
        finally:
            self._stack.pop()
            if mine:
                _push_mode(self)

    def _begin(self, spec: Spec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        inside = self._stack[-1]
        inside.inner += 1
        inputs = self._sources_of(*args, *kwargs.values()) if kwargs else self._sources_of(*args)
        name = self.numbered(spec.name)
        call = Call(name, spec.kind, "module", inside.name, inputs, len(self.calls), spec)
        self.calls.append(call)
        self._stack.append(call)
        if spec.facts.dense and args and self._wanted(name):
            found = self._sources.get(id(args[0]))
            if found is not None and found[2] and found[0]() is args[0]:
                self.given[name] = found[2]
            else:
                self._kept.add(name, "given", args[0])
        if spec.facts.encoder:
            call.fills = attention.padding(spec.module, args, kwargs, self._differentiable)
        return call

    def _filled(self, out: Tensor) -> Tensor:
        """The output of the last layer of an encoder, with zeros where its padding was."""
        fills = self._stack[-2].fills
        if fills is None:
            return out
        filled = out.masked_fill(fills.unsqueeze(-1), 0.0)
        self.came_from(filled, self.source(out) or "")
        return filled

    def _made_in(self, call: Call, tensor: Tensor) -> str:
        """The innermost node that made an output of ``call``."""
        if not call.inner:
            return call.name
        found = self.source(tensor)
        if found is None:
            # A value that came out of code that torch does not show.
            node = self._node("unseen", call, list(call.inputs))
            node.shape = tensor.shape
            found = node.name
        return found

    # functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        plan = functions.plan(func)
        if plan.ignored:
            return func(*args, **kwargs)
        inside = self._stack[-1]
        quiet = inside.spec is not None and inside.spec.quiet
        changing: tuple[Tensor, ...] = ()
        if (
            plan.in_place
            or "out" in kwargs
            or (plan.switched and (True in args[1:] or kwargs.get("inplace")))
        ):
            changing = tuple(tensor for _, tensor in tensors((args[:1], kwargs.get("out"))))
            self._kept.before_change(changing)
        if self._heads and func is functions.MULTI_HEAD:
            return self._multi_head(inside, func, args, kwargs)
        out = func(*args, **kwargs)
        if quiet:
            if inside.spec is not None and inside.spec.parametrized:
                self._state.take_effective(inside.spec, func, args, kwargs)
            return out
        self._function(plan, func, args, kwargs, out, changing)
        return out

    def _function(
        self, plan: functions.Plan, func: Any, args: Any, kwargs: Any, out: Any, changing: tuple[Tensor, ...]
    ) -> None:
        found = (out,) if isinstance(out, Tensor) else [tensor for _, tensor in tensors(out)]
        changed = tuple(tensor for tensor in changing if plan.in_place or plan.switched)
        if not found and not changed:
            return
        if plan.view or (plan.kind == "getitem" and not self._sources_of(*args[1:])):
            name = next(iter(self._sources_of(*args[:1])), "")
            for tensor in found:
                self.came_from(tensor, name)
            return
        inputs = [] if plan.constant else self._sources_of(*args, *kwargs.values())
        same = any(out is value for value in args)
        if not inputs and not plan.random:
            for tensor in found:
                self.came_from(tensor, "")
            return
        if same and not changed:
            return
        node = self._node(plan.kind, self._stack[-1], inputs)
        for tensor in changed:
            self.came_from(tensor, node.name)
            if tensor._base is not None:
                self.came_from(tensor._base, node.name)
        self._keep_outputs(node, found or changed)
        if self._heads and func is functions.SCALED_DOT_PRODUCT:
            self._see(self._stack[-1], node.name, attention.weights(*args, **kwargs))

    def _node(self, kind: str, inside: Call, inputs: list[str]) -> Call:
        path = inside.name.partition("#")[0]
        path = f"{path}.{kind}" if path else kind
        path = path if path not in self._paths else f"{path}()"
        node = Call(self.numbered(path), kind, "function", inside.name, inputs, len(self.calls))
        inside.inner += 1
        self.calls.append(node)
        return node

    def _keep_outputs(self, node: Call, found: Any) -> None:
        for number, tensor in enumerate(found):
            node.mask = tensor.dtype == torch.bool
            name = f"{node.name}[{number}]" if number else node.name
            self._note(node, name, tensor, node.name, self._between and not node.mask)

    # attention

    def _multi_head(self, inside: Call, func: Any, args: Any, kwargs: Any) -> Any:
        heads = args[4] if len(args) > 4 else kwargs["num_heads"]
        stock = inside.spec is not None and isinstance(inside.spec.module, nn.MultiheadAttention)
        node = inside if stock else self._node("multi_head_attention", inside, self._sources_of(*args[:3]))
        with attention.shown(lambda found: self._see(inside, node.name, found), heads):
            out = func(*args, **kwargs)
        if not stock:
            self._keep_outputs(node, [tensor for _, tensor in tensors(out)])
        return out

    def _see(self, inside: Call, node: str, found: Tensor) -> None:
        name = inside.name or node
        taken = any(entry.name == name and entry.section == "attention" for entry in self._kept.entries[-1:])
        if self._wanted(name):
            self._kept.add(node if taken else name, "attention", found)
