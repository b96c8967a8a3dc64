"""The private names of torch that recording stands on, in one place.

`CHECKED_WITH` says with which versions of torch they were checked: tests/test_record_any_model.py fails on
any other, and says what to look at before a version is added.
"""

from __future__ import annotations

import sys
from contextlib import _GeneratorContextManager, suppress
from typing import Any, cast

import torch
import torch.overrides
from torch import Tensor, nn
from torch._C import _get_function_stack_at as mode_at
from torch._C import _len_torch_function_stack as mode_count
from torch._C import _pop_torch_function_stack as pop_mode
from torch._C import _push_on_torch_function_stack as push_mode
from torch._C._autograd import _unsafe_set_version_counter
from torch._C._functorch import peek_interpreter_stack

__all__ = [
    "CALL_SLOT",
    "CHECKED_WITH",
    "CONVOLUTION",
    "NORMALISATION",
    "STATE_TABLES",
    "close_mode_guards",
    "eager_stance",
    "in_transform",
    "innermost_mode",
    "is_left_aligned",
    "mode_at",
    "mode_count",
    "original_module",
    "pop_mode",
    "push_mode",
    "set_eager_stance",
    "set_version",
    "version",
]

CHECKED_WITH = ("2.13",)

CALL_SLOT = "_compiled_call_impl"
"""Where a module keeps the function that is called in place of its own ``_call_impl``."""

STATE_TABLES = (
    *("_modules", "_parameters", "_buffers", "_non_persistent_buffers_set"),
    *("_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called"),
    *("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_backward_hooks", "_backward_pre_hooks"),
)
"""The dictionaries and sets in which a module keeps what was registered on it."""

_GUARD_CODE = frozenset(
    getattr(function, "__code__", None)
    for function in (
        torch.overrides.handle_torch_function,
        _GeneratorContextManager.__enter__,
        _GeneratorContextManager.__exit__,
    )
)
"""The code whose frames hold an open guard around a function mode."""

CONVOLUTION = nn.modules.conv._ConvNd
NORMALISATION = nn.modules.batchnorm._NormBase


def innermost_mode() -> Any:
    """The innermost torch function mode of this thread, or None."""
    count = mode_count()
    return mode_at(count - 1) if count else None


def close_mode_guards(error: BaseException | None) -> None:
    """Let torch's guards around function modes end now, and not when the traceback of ``error`` is deleted.

    `handle_torch_function` takes a mode off the stack in a generator, which puts it back when it ends. An
    interrupt can leave that generator open: it would put the mode of a finished recording back some time
    later, when its frame is deleted.
    """
    known: set[int] = set()
    while error is not None and id(error) not in known:
        known.add(id(error))
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code in _GUARD_CODE:
                with suppress(RuntimeError):  # it is still running: a recording inside of another
                    trace.tb_frame.clear()
            trace = trace.tb_next
        error = error.__context__


def in_transform() -> bool:
    """Whether this thread runs inside torch.func.vmap, grad or another of its transforms."""
    return peek_interpreter_stack() is not None


def version(tensor: Tensor) -> int:
    """How often ``tensor`` was changed in place; 0 where torch does not count (in inference mode)."""
    try:
        return tensor._version
    except RuntimeError:
        return 0


def set_version(tensor: Tensor, count: int) -> None:
    """Let ``tensor`` have been changed in place so often; nothing happens where torch does not count."""
    if tensor.is_inference():
        return
    try:
        _unsafe_set_version_counter((tensor,), (count,))
    except TypeError:  # versions that take one tensor
        cast(Any, _unsafe_set_version_counter)(tensor, count)


def original_module(module: nn.Module) -> nn.Module:
    """The module inside one that `torch.compile` made; any other as it is."""
    modules = module._modules
    return cast(nn.Module, modules["_orig_mod"]) if "_orig_mod" in modules else module


def eager_stance() -> Any:
    """How torch.compile's functions run at present; None as long as nothing was compiled."""
    frames = sys.modules.get("torch._dynamo.eval_frame")
    return getattr(frames, "_stance", None)


def set_eager_stance(stance: Any = None) -> None:
    """Let compiled functions run as they were written, or, with a ``stance``, as they did then."""
    frames = cast(Any, sys.modules["torch._dynamo.eval_frame"])
    frames._set_stance(stance or frames.DynamoStance("force_eager"))


def is_left_aligned(source: Tensor, mask: Tensor) -> bool:
    """Whether ``mask`` leaves only the first tokens of each sample, as torch's fast path wants it."""
    return bool(torch._nested_tensor_from_mask_left_aligned(source, mask))
