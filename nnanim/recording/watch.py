"""Watching one run: which module called what, with which values, made from which others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch._C import (
    _get_function_stack_at,
    _len_torch_function_stack,
    _pop_torch_function_stack,
    _push_on_torch_function_stack,
)
from torch.overrides import TorchFunctionMode

from nnanim.recording import attention, functions
from nnanim.recording.calls import Call, Calls
from nnanim.recording.kept import Kept, version
from nnanim.recording.modules import Model, Spec
from nnanim.recording.state import State
from nnanim.recording.values import tensors

Run = Callable[..., Any]


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
        calls: all calls in the order in which they began, and what they made.
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
        self.calls = Calls(model)
        self.aliases: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.failed: tuple[Call, Any] | None = None
        self._model = model
        self._state = state
        self._kept = kept
        self._wanted = wanted
        self._between = between
        self._heads = heads
        self._differentiate = differentiate
        self._attended: set[str] = set()
        self._differentiable = torch.is_grad_enabled()

    def _note(self, call: Call, name: str, tensor: Tensor, source: str, recorded: bool = True) -> None:
        """Note an output of ``call``, made by the node ``source``; keep it, if it is wanted."""
        if not call.outputs:
            call.shape = tensor.shape
        call.outputs.append(name)
        if not (recorded and self._wanted(name)):
            self.calls.came_from(tensor, source)
            return
        self._kept.add(name, "arrays", tensor)
        self.calls.came_from(tensor, source, name)
        if self._differentiate is not None and tensor.requires_grad:
            self._differentiate(name, tensor)

    # the model's own values

    def enter(self, place: str, tensor: Tensor) -> None:
        """Note one of the model's inputs; ``place`` is where it stands among the arguments."""
        self._own("input", place, tensor, [])

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note with what the model is called, just before it runs."""
        if self._model.root.facts.encoder:
            self.calls.root.fills = attention.padding(
                self._model.root.module, args, kwargs, self._differentiable
            )

    def passed_on(self, tensor: Tensor) -> Tensor:
        """A tensor that may be overwritten, in place of an input whose gradient is asked for."""
        copy = tensor.clone()
        self.calls.came_from(copy, self.calls.source(tensor) or "")
        return copy

    def leave(self, out: Any) -> None:
        """Note the model's outputs."""
        for place, tensor in tensors(out):
            self._own("output", place, tensor, self.calls.sources(tensor))

    def _own(self, role: str, place: str, tensor: Tensor, inputs: list[str]) -> None:
        call = self.calls.own(role, place, inputs)
        if call.name == role and place not in ("", "[0]"):
            self.aliases[f"{role}{place}"] = role
        self._note(call, call.name, tensor, call.name)

    # modules

    def follow(self, spec: Spec, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one module of the model and note what went in and what came out."""
        modes = _len_torch_function_stack()
        mine = modes > 0 and _get_function_stack_at(modes - 1) is self
        if mine:
            _pop_torch_function_stack()
        call = self._begin(spec, args, kwargs)
        try:
            before = version(args[0]) if args and isinstance(args[0], Tensor) else 0
            if spec.plain or not mine:
                out = run(*args, **kwargs)
            else:
                _push_on_torch_function_stack(self)
                try:
                    out = run(*args, **kwargs)
                finally:
                    _pop_torch_function_stack()
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
            self.calls.stack.pop()
            if mine:
                _push_on_torch_function_stack(self)

    def _begin(self, spec: Spec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        inputs = self.calls.sources(*args, *kwargs.values()) if kwargs else self.calls.sources(*args)
        call = self.calls.module(spec, inputs)
        if spec.facts.dense and args and self._wanted(call.name):
            known = self.calls.recorded(args[0])
            if known:
                self.given[call.name] = known
            else:
                self._kept.add(call.name, "given", args[0])
        if spec.facts.encoder:
            call.fills = attention.padding(spec.module, args, kwargs, self._differentiable)
        return call

    def _filled(self, out: Tensor) -> Tensor:
        """The output of the last layer of an encoder, with zeros where its padding was."""
        fills = self.calls.stack[-2].fills
        if fills is None:
            return out
        filled = out.masked_fill(fills.unsqueeze(-1), 0.0)
        self.calls.came_from(filled, self.calls.source(out) or "")
        return filled

    def _made_in(self, call: Call, tensor: Tensor) -> str:
        """The innermost node that made an output of ``call``."""
        if not call.inner:
            return call.name
        found = self.calls.source(tensor)
        if found is None:
            # A value that came out of code that torch does not show.
            node = self.calls.function("unseen", call, list(call.inputs))
            node.shape = tensor.shape
            found = node.name
        return found

    # functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        plan = functions.plan(func)
        if plan.ignored:
            return func(*args, **kwargs)
        inside = self.calls.stack[-1]
        quiet = inside.spec is not None and inside.spec.quiet
        changing: tuple[Tensor, ...] = ()
        if (
            plan.in_place
            or "out" in kwargs
            or (plan.switched and (any(value is True for value in args[1:]) or kwargs.get("inplace")))
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
        if plan.view or (plan.kind == "getitem" and not self.calls.sources(*args[1:])):
            name = next(iter(self.calls.sources(*args[:1])), "")
            for tensor in found:
                self.calls.came_from(tensor, name)
            return
        inputs = [] if plan.constant else self.calls.sources(*args, *kwargs.values())
        same = any(out is value for value in args)
        if not inputs and not plan.random:
            for tensor in found:
                self.calls.came_from(tensor, "")
            return
        if same and not changed:
            return
        node = self.calls.function(plan.kind, self.calls.stack[-1], inputs)
        for tensor in changed:
            self.calls.came_from(tensor, node.name)
            if tensor._base is not None:
                self.calls.came_from(tensor._base, node.name)
        self._keep_outputs(node, found or changed)
        if self._heads and func is functions.SCALED_DOT_PRODUCT:
            self._see(self.calls.stack[-1], node.name, attention.weights(*args, **kwargs))

    def _keep_outputs(self, node: Call, found: Any) -> None:
        for number, tensor in enumerate(found):
            node.mask = tensor.dtype == torch.bool
            name = f"{node.name}[{number}]" if number else node.name
            self._note(node, name, tensor, node.name, self._between and not node.mask)

    # attention

    def _multi_head(self, inside: Call, func: Any, args: Any, kwargs: Any) -> Any:
        heads = args[4] if len(args) > 4 else kwargs["num_heads"]
        stock = inside.spec is not None and isinstance(inside.spec.module, nn.MultiheadAttention)
        node = (
            inside
            if stock
            else self.calls.function("multi_head_attention", inside, self.calls.sources(*args[:3]))
        )
        with attention.shown(lambda found: self._see(inside, node.name, found), heads):
            out = func(*args, **kwargs)
        if not stock:
            self._keep_outputs(node, [tensor for _, tensor in tensors(out)])
        return out

    def _see(self, inside: Call, node: str, found: Tensor) -> None:
        name = inside.name if inside.name and inside.name not in self._attended else node
        self._attended.add(name)
        if self._wanted(name):
            self._kept.add(name, "attention", found)
