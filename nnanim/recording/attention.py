"""Attention weights from the functions that never show them."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from types import FunctionType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nnanim.recording.compat import is_left_aligned


@torch.no_grad()
def weights(
    query: Tensor,
    key: Tensor,
    value: Tensor | None = None,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T / sqrt(d)) as (batch, head, query, key), before dropout.

    Takes what F.scaled_dot_product_attention takes (Vaswani et al. 2017, section 3.2.1). A query that may see
    no key at all has a row of zeros.
    """
    query, key = query.detach(), key.detach()
    if query.dtype in (torch.float16, torch.bfloat16):
        query, key = query.float(), key.float()
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    device = query.device.type
    autocast = torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device) else nullcontext()
    with autocast:
        return split_heads(_softmax_of_scores(query, key, attn_mask, is_causal, scale))


def _softmax_of_scores(
    query: Tensor, key: Tensor, attn_mask: Tensor | None, is_causal: bool, scale: float | None
) -> Tensor:
    scores = (query * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)) @ key.mT
    if is_causal:
        unseen = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill_(unseen, -math.inf)
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(attn_mask.logical_not(), -math.inf)
        else:
            scores = scores + attn_mask.detach()
    return scores.softmax(-1).nan_to_num_(0.0)


def split_heads(found: Tensor, heads: int = 1) -> Tensor:
    """Weights with any leading axes as (batch, head, query, key); ``heads`` splits a merged first axis."""
    if found.ndim == 2:
        return found[None, None]
    if found.ndim == 3:
        return found.unflatten(0, (-1, heads))
    return found.reshape(-1, *found.shape[-3:])


def without_values(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `weights` without those that the weights do not depend on."""
    named = {key: value for key, value in kwargs.items() if key != "value"}
    return (*args[:2], *(None for _ in args[2:3]), *args[3:]), named


See = Callable[[Callable[..., Tensor], Any, dict[str, Any]], None]
"""Takes a function that gives weights as (batch, head, query, key), and its arguments."""


def call_showing_heads(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], see: See, heads: int
) -> Any:
    """What `F.multi_head_attention_forward` gives; its per-head weights are shown to ``see``.

    It runs the same code. The two functions that this code calls by name are followed by ours, in a table of
    names of its own: other threads, and other calls, find torch's table as it is.
    """
    if not isinstance(function, FunctionType):
        return function(*args, **kwargs)
    softmax, scaled = F.softmax, F.scaled_dot_product_attention

    def show_softmax(*args: Any, **kwargs: Any) -> Tensor:
        found: Tensor = softmax(*args, **kwargs)
        see(split_heads, (found, heads), {})
        return found

    def show_scaled(*args: Any, **kwargs: Any) -> Tensor:
        see(weights, *without_values(args, kwargs))
        found: Tensor = scaled(*args, **kwargs)
        return found

    names = {**function.__globals__, "softmax": show_softmax, "scaled_dot_product_attention": show_scaled}
    made = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    names[function.__name__] = made
    try:
        return made(*args, **kwargs)
    finally:
        names.clear()  # it holds the function, which holds it


def find_padding(
    encoder: Any, args: tuple[Any, ...], kwargs: dict[str, Any], differentiable: bool
) -> Tensor | None:
    """The padding that torch's fast path through a TransformerEncoder would fill with zeros, or None.

    In eval mode torch drops padded tokens and fills zeros in their place after the last layer. That path
    shows nothing of its inside, so a recording takes the other one and has to fill the zeros itself. Nor
    does torch take it where an unwatched run would be ``differentiable``.
    """
    given = dict(zip(("src", "mask", "src_key_padding_mask"), args, strict=False)) | kwargs
    source, padded = given.get("src"), given.get("src_key_padding_mask")
    first = encoder.layers[0]
    skipped = (
        not torch.backends.mha.get_fastpath_enabled()
        or not getattr(encoder, "use_nested_tensor", False)
        or first.training
        or (differentiable and any(parameter.requires_grad for parameter in first.parameters()))
        or not isinstance(source, Tensor)
        or not isinstance(padded, Tensor)
        or source.dim() != 3
        or given.get("mask") is not None
        or torch.is_autocast_enabled(source.device.type)
    )
    if skipped or padded is None:
        return None
    hidden = padded if padded.dtype == torch.bool else padded != 0
    if getattr(encoder, "mask_check", True) and not is_left_aligned(source, hidden.logical_not()):
        return None
    return hidden
