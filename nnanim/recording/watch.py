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
from nnanim.recording.calls import Call
from nnanim.recording.kept import Kept, version
from nnanim.recording.model import Model
from nnanim.recording.modules import Spec, hooked, is_setting
from nnanim.recording.notes import Notes, is_plain
from nnanim.recording.state import State
from nnanim.recording.values import tensors

Run = Callable[..., Any]
NOTHING = object()


class Watch(Notes, TorchFunctionMode):
    """Sees every module call (through `follow`) and every torch function of a run between the modules.

    Args:
        model: what is known about the model.
        state: its state before the run.
        kept: where values go.
        wanted: whether the values of a name are to be kept; None: all are.
        between: keep the values of functions too, not only those of modules.
        heads: make attention weights visible.
        differentiate: called with each name and tensor whose gradient is to be noted.

    Attributes:
        failed: the innermost call that raised, and its arguments.
    """

    failed: tuple[Call, Any] | None = None

    def __init__(
        self,
        model: Model,
        state: State,
        kept: Kept,
        wanted: Callable[[str], bool] | None,
        *,
        between: bool = True,
        heads: bool = True,
        differentiate: Callable[[str, Tensor], None] | None = None,
    ) -> None:
        Notes.__init__(self, model, kept, wanted, between, differentiate)
        self._state = state
        self._heads = heads
        self._differentiable = torch.is_grad_enabled()

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note with what the model is called, just before it runs."""
        if self._model.structure.specs[0].facts.encoder:
            self.calls.root.fills = attention.padding(
                self._model.modules[0], args, kwargs, self._differentiable
            )

    # modules

    def follow(self, spec: Spec, module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:
        """Run one module of the model and note what went in and what came out."""
        modes = _len_torch_function_stack()
        if not modes or _get_function_stack_at(modes - 1) is not self:
            return self._run(spec, module, args, kwargs, module._call_impl)
        _pop_torch_function_stack()
        try:
            if not spec.plain:
                return self._run(spec, module, args, kwargs, self._watched(module._call_impl))
            if not args or args[0] is not self._last or len(args) > 1 or kwargs or hooked(module):
                return self._run(spec, module, args, kwargs, module._call_impl)
            # One more link of a chain of plain layers: if it is as usual, the rest of the work can wait.
            try:
                out = module._call_impl(*args)
            except BaseException as error:
                return self._run(spec, module, args, kwargs, _raising(error))
            if out is self._last or not is_plain(out):
                return self._run(spec, module, args, kwargs, lambda _: out)
            self._later.append((self._link, spec, module, args, out, version(out)))
            self._last = out
            return out
        finally:
            _push_on_torch_function_stack(self)

    def _link(self, spec: Spec, module: nn.Module, args: Any, out: Tensor, seen: int) -> None:
        call = self._begin(spec, module, args, {})
        self.calls.stack.pop()
        self._note(call, call.name, out, call.name, seen=seen)

    def _watched(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            _push_on_torch_function_stack(self)
            try:
                return run(*args, **kwargs)
            finally:
                _pop_torch_function_stack()

        return watched

    def _run(self, spec: Spec, module: nn.Module, args: Any, kwargs: dict[str, Any], run: Run) -> Any:
        self.catch_up()
        call = self._begin(spec, module, args, kwargs)
        try:
            before = version(args[0]) if args and isinstance(args[0], Tensor) else 0
            out = run(*args, **kwargs)
            self.catch_up()
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

    def _begin(self, spec: Spec, module: nn.Module, args: Any, kwargs: dict[str, Any]) -> Call:
        inputs = self.calls.sources((*args, *kwargs.values()) if kwargs else args)
        call = self.calls.module(spec, module, inputs)
        call.operands = self.calls.operands(args)
        if spec.facts.dense and args and (self._wanted is None or self._wanted(call.name)):
            known = self.calls.recorded(args[0])
            if known:
                self.calls.given[call.name] = known
            else:
                self._kept.add(call.name, "layer_inputs", args[0])
        if spec.facts.encoder:
            call.fills = attention.padding(module, args, kwargs, self._differentiable)
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
        self.catch_up()
        self._last = NOTHING  # it may be overwritten now
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
        if plan.view or (plan.kind == "getitem" and not self.calls.sources(args[1:])):
            for tensor in found:
                if tensor.dtype != torch.bool:
                    self.keep_masks(args[:1])
                self.calls.views(tensor, args[0])
            return
        taken = args[plan.shaped :]
        inputs = [] if plan.constant else self.calls.sources((*taken, *kwargs.values()))
        same = any(out is value for value in args)
        if not inputs and not plan.random:
            for tensor in found:
                self.calls.came_from(tensor, "")
            return
        if same and not changed:
            return
        node = self.calls.function(plan.kind, self.calls.stack[-1], inputs)
        node.operands = self.calls.operands((*reversed(args[:2]), *args[2:]) if plan.swapped else taken)
        node.constants = tuple((key, value) for key, value in kwargs.items() if is_setting(value))
        if plan.kind not in functions.MASKING:
            self.keep_masks(value for value in args if isinstance(value, torch.Tensor))
        for tensor in changed:
            self.calls.came_from(tensor, node.name)
            if tensor._base is not None:
                self.calls.came_from(tensor._base, node.name, place=(0, 0))
        self._keep_outputs(node, found or changed)
        if self._heads and func is functions.SCALED_DOT_PRODUCT:
            self._see(self.calls.stack[-1], node.name, attention.weights(*args, **kwargs))

    # attention

    def _multi_head(self, inside: Call, func: Any, args: Any, kwargs: Any) -> Any:
        heads = args[4] if len(args) > 4 else kwargs["num_heads"]
        stock = inside.spec is not None and inside.spec.facts.heads
        node = (
            inside
            if stock
            else self.calls.function("multi_head_attention", inside, self.calls.sources(args[:3]))
        )
        with attention.shown(lambda found: self._see(inside, node.name, found), heads):
            out = func(*args, **kwargs)
        if not stock:
            self._keep_outputs(node, [tensor for _, tensor in tensors(out)])
        return out


def _raising(error: BaseException) -> Run:
    def run(*_: Any) -> Any:
        raise error

    return run
