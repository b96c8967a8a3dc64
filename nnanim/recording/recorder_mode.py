"""Watching one run: which module called what, with which values, made from which others."""

from __future__ import annotations

from functools import partial
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nnanim.recording import attention, functions
from nnanim.recording.compat import innermost_mode, pop_mode, push_mode, version
from nnanim.recording.recording_log import Call, RecordingLog
from nnanim.recording.rng_state import RngState
from nnanim.recording.state import ModelState
from nnanim.recording.structure import ModuleInfo, Structure, is_setting
from nnanim.recording.surroundings import hook_calls, refuse_transforms
from nnanim.recording.tensor_store import TensorStore
from nnanim.recording.values import tensors
from nnanim.trace.graph import LEAVING


class RecorderMode(TorchFunctionMode):
    """Sees every module call (through `call`) and every torch function of one run in one thread.

    While a module call is noted, the mode is off, so that it does not see its own work. In torch's own plain
    layers it stays off: nothing that happens there is of interest, and every function seen costs time.

    Args:
        structure: the model.
        log: where the calls are noted.
        store: copies what is about to be overwritten.
        state: the model's state before the run.
        rng: random states before the run.
        heads: make attention weights visible.

    Attributes:
        failed: the innermost call that raised, and its arguments.
    """

    failed: tuple[Call, Any] | None = None

    def __init__(
        self,
        structure: Structure,
        log: RecordingLog,
        store: TensorStore,
        state: ModelState,
        rng: RngState,
        *,
        heads: bool = True,
    ) -> None:
        super().__init__()
        self._structure = structure
        self._log = log
        self._store = store
        self._state = state
        self._rng = rng
        self._heads = heads
        self._thread = 0  # that in which the run goes on; 0 before and after it

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the model gives; what is set for the run stays set, for `Surroundings` to put back."""
        module, root = self._structure.module, self._structure.root
        self._differentiable = torch.is_grad_enabled()
        if root.traits.encoder:
            self._log.root.fills = attention.find_padding(module, args, kwargs, self._differentiable)
        hook_calls(self._structure, lambda info, inner: partial(self.call, info, inner))
        watched = [info for info, _ in self._structure.followed] == [root]
        self._thread = get_ident()
        try:
            self._switch_on(True)  # no with statement: after an interrupt, another mode may be the top one
            return module(*args, **kwargs) if watched else module._call_impl(*args, **kwargs)
        finally:
            self._thread = 0
            self._switch_off(True)

    # modules

    def call(self, info: ModuleInfo, module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:
        """Run one module of the model and note what went in and what came out."""
        if get_ident() != self._thread:  # a thread that is not recorded calls the model as well
            return module._call_impl(*args, **kwargs)
        watching = innermost_mode() is self
        self._switch_off(watching)
        call = None
        try:
            refuse_transforms(f"{info.name!r} ({info.kind})")
            call = self._begin(info, module, args, kwargs)
            before = version(args[0]) if args and isinstance(args[0], Tensor) else 0
            inside = watching and not (info.plain and not _has_hooks(module))
            self._switch_on(inside)
            try:
                out = module._call_impl(*args, **kwargs)
            finally:
                self._switch_off(inside)
            return self._end(call, out, args, before)
        except BaseException:
            if call is not None:
                self.failed = self.failed or (call, (args, kwargs))
            raise
        finally:
            if call is not None:
                self._log.stack.pop()
            self._switch_on(watching)

    def _switch_off(self, watching: bool) -> None:
        if watching and innermost_mode() is self:
            pop_mode()

    def _switch_on(self, watching: bool) -> None:
        if watching and innermost_mode() is not self:
            push_mode(self)

    def _begin(self, info: ModuleInfo, module: Any, args: Any, kwargs: dict[str, Any]) -> Call:
        call = self._log.begin_module(info, args, kwargs)
        if info.traits.encoder:
            call.fills = attention.find_padding(module, args, kwargs, self._differentiable)
        return call

    def _end(self, call: Call, out: Any, args: Any, before: int) -> Any:
        """Note what a module gave; a value that is given on unchanged becomes a tensor of its own."""
        log, info = self._log, call.info
        if info is not None and info.last:
            out = self._fill_padding(out)
        if isinstance(out, Tensor):
            if not call.inner and args and out is args[0] and version(out) == before:
                out = _second_tensor(out)
            log.add_output(call, call.name, out, log.producer_in(call, out))
        else:
            for place, tensor in tensors(out):
                name = call.name + place if call.outputs else call.name
                log.add_output(call, name, tensor, log.producer_in(call, tensor))
        return out

    def _fill_padding(self, out: Tensor) -> Tensor:
        """The output of the last layer of an encoder, with zeros where its padding was."""
        fills = self._log.stack[-2].fills
        if fills is None:
            return out
        filled = out.masked_fill(fills.unsqueeze(-1), 0.0)
        source = self._log.sources.get(out)
        self._log.sources.set(filled, source.node if source is not None else "")
        return filled

    # functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one torch function and note it, unless it happens inside one of torch's own layers."""
        kwargs = kwargs or {}
        rule = functions.rule_of(func)
        if rule.exposes:
            self._store.before_change(args[:1])
        if rule.ignored:
            if rule.kind in LEAVING:
                self._note_leaving(rule.kind, args)
            return func(*args, **kwargs)
        refuse_transforms(f"'{rule.kind}' in {self._log.stack[-1].name or 'the model'!r}")
        inside = self._log.stack[-1]
        changing = rule.find_overwritten(args, kwargs)
        if changing:
            self._store.before_change(changing)
        if kwargs.get("generator") is not None:
            self._rng.add(kwargs["generator"])
        if rule.kind == "setitem" and _is_written(args):
            return func(*args, **kwargs)
        if self._heads and func is functions.MULTI_HEAD:
            return self._multi_head(inside, func, args, kwargs)
        out = func(*args, **kwargs)
        if inside.info is not None and inside.info.quiet:
            if inside.info.parametrized:
                self._state.add_effective(inside.info, func, args, kwargs)
        else:
            self._note(rule, func, args, kwargs, out, changing if rule.in_place or rule.switched else [])
        return out

    def _note(
        self, rule: functions.FunctionRule, func: Any, args: Any, kwargs: Any, out: Any, changed: list[Tensor]
    ) -> None:
        log, sources = self._log, self._log.sources
        found = (out,) if isinstance(out, Tensor) else [tensor for _, tensor in tensors(out)]
        if not found and not changed:
            return
        part = rule.view or (rule.kind == "getitem" and _is_slice(args[0], found))
        if part and not _cuts_digits(args, found):
            each = [tensor for _, tensor in tensors(args)] if rule.kind in functions.EACH else []
            for tensor, of in zip(found, each or [args[0]] * len(found), strict=True):
                if tensor.dtype != torch.bool:
                    log.keep_masks([of])
                sources.set_view(tensor, of)
            return
        taken = args[rule.shaped :]
        inputs = [] if rule.constant else sources.nodes((*taken, *kwargs.values()))
        if not inputs and not rule.random:
            for tensor in found:
                sources.set(tensor, "")
            return
        if any(out is value for value in args) and not changed:
            return
        node = log.add_function(rule.kind, log.stack[-1], inputs)
        node.operands = sources.operands((*reversed(args[:2]), *args[2:]) if rule.swapped else taken)
        node.constants = tuple((key, value) for key, value in kwargs.items() if is_setting(value))
        if rule.kind not in functions.MASKING:
            log.keep_masks(args)
        for tensor in changed:
            sources.set(tensor, node.name)
            if tensor._base is not None and tensor.numel() == tensor._base.numel():
                sources.set(tensor._base, node.name, place=(0, 0))
        log.add_outputs(node, found or changed)
        for tensor in changed:
            if tensor._base is not None and tensor.numel() < tensor._base.numel():
                self._note_part(tensor, tensor._base)
        if self._heads and func is functions.SCALED_DOT_PRODUCT:
            taken, named = attention.without_values(args, kwargs)
            log.add_attention(log.stack[-1], node.name, attention.weights, taken, named)

    def _note_leaving(self, kind: str, args: Any) -> None:
        """Numbers go to code that torch does not see: it is the last that is known of them."""
        inside, source = self._log.stack[-1], self._log.sources.known_source(args[0]) if args else None
        if source is not None and source.node and not (inside.info is not None and inside.info.quiet):
            self._log.add_function(kind, inside, [source.node]).optional = True
            inside.inner -= 1  # a module that only does this is still one step

    def _note_part(self, part: Tensor, whole: Tensor) -> None:
        """A view of a tensor was overwritten: the tensor is its old numbers with new ones among them."""
        log = self._log
        node = log.add_function("setitem", log.stack[-1], log.sources.nodes((whole, part)))
        node.operands = log.sources.operands((whole, None, part))
        node.optional = True
        log.add_outputs(node, [whole])

    def _multi_head(self, inside: Call, func: Any, args: Any, kwargs: Any) -> Any:
        """Run torch's attention with several heads, and note the weights of each head."""
        log = self._log
        heads = args[4] if len(args) > 4 else kwargs["num_heads"]
        stock = inside.info is not None and inside.info.traits.heads
        node = (
            inside if stock else log.add_function("multi_head_attention", inside, log.sources.nodes(args[:3]))
        )
        see = partial(log.add_attention, inside, node.name)
        out = attention.call_showing_heads(func, args, kwargs, see, heads)
        if not stock:
            log.add_outputs(node, [tensor for _, tensor in tensors(out)])
        return out


def _second_tensor(out: Tensor) -> Tensor:
    """Another tensor on the same memory, so that what follows knows which way it came.

    Autograd refuses some changes of views, so there is none where one could be refused.
    """
    if out.layout is not torch.strided or (out.requires_grad and not torch.is_grad_enabled()):
        return out
    return out.view_as(out)


def _is_written(args: Any) -> bool:
    """Whether ``x[place] = value`` writes a view of x where it lies, as ``x[place] += 1`` does in the end."""
    whole, value = args[0], args[-1]
    if not (isinstance(value, Tensor) and isinstance(whole, Tensor) and value._base is not None):
        return False
    if value.layout is not torch.strided or value._base is not (
        whole if whole._base is None else whole._base
    ):
        return False
    there = whole[args[1]]
    return (there.data_ptr(), there.shape, there.stride()) == (
        value.data_ptr(),
        value.shape,
        value.stride(),
    )


def _has_hooks(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _is_slice(of: Any, found: tuple[Tensor, ...] | list[Tensor]) -> bool:
    """Whether numbers were taken as they lie; chosen one by one, they are copied in an order of their own."""
    both = (of, *found)
    if not all(isinstance(one, Tensor) and one.layout is torch.strided for one in both):
        return True
    return len({one.untyped_storage().data_ptr() for one in both}) == 1


def _cuts_digits(args: Any, found: tuple[Tensor, ...] | list[Tensor]) -> bool:
    """Whether numbers with decimals became whole ones: the values are no longer the same."""
    before = args[0].dtype if args and isinstance(args[0], Tensor) else None
    if before is None or not found or not before.is_floating_point:
        return False
    return not found[0].dtype.is_floating_point and not found[0].is_complex() and found[0].dtype != torch.bool
