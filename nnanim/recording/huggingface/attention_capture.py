"""Where queries meet keys: what every attention of a model multiplies, whatever its modules are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_PRODUCTS = {"matmul", "bmm", "baddbmm", "__matmul__"}
_SOFTMAX = {"softmax", "_softmax"}

BARRED = -1e4
"""A logit below this lies under a mask."""


@dataclass(eq=False)
class CapturedAttention:
    """One attention: (head, token, unit) query, key and value, and (head, query, key) what softmax was given.

    Attributes:
        factor: what the product was multiplied by inside it, as some models do, else 1.
    """

    query: Tensor
    key: Tensor
    logits: Tensor
    factor: float
    value: Tensor | None = None

    @property
    def products(self) -> Tensor:
        """(head, query, key) the dot products of every query with every key."""
        return self.query @ self.key.mT


class AttentionCapture(TorchFunctionMode):
    """While it is on, notes every attention: the product before a softmax over it, and the one after.

    Scaled dot-product attention (A. Vaswani et al. 2017, section 3.2.1) as it is written in Python: a model
    that hands it to one fused function is not seen.

    Attributes:
        attentions: those found, in the order in which they ran, of a batch of one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attentions: list[CapturedAttention] = []
        self._product: tuple[Tensor, Tensor, float] | None = None
        self._open: CapturedAttention | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run ``func`` and note what it was given."""
        out = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in _PRODUCTS and isinstance(out, Tensor):
            self._note_product(name, args, kwargs or {})
        elif name in _SOFTMAX and isinstance(out, Tensor):
            self._note_softmax(kwargs["input"] if kwargs and "input" in kwargs else args[0])
        return out

    def _note_product(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = [*args, *(kwargs[one] for one in ("batch1", "batch2", "mat2", "other") if one in kwargs)]
        first, second = given[1:3] if name == "baddbmm" else given[:2]
        if min(first.ndim, second.ndim) < 3:
            return
        if self._open is not None:
            self._open.value = _by_head(second)
            self._open = None
            return
        self._product = (_by_head(first), _by_head(second.mT), float(kwargs.get("alpha", 1.0)))

    def _note_softmax(self, logits: Tensor) -> None:
        if self._product is None:
            return
        query, key, factor = self._product
        if (
            logits.shape[-2:] != (query.shape[-2], key.shape[-2])
            or logits.numel() != query.shape[0] * logits.shape[-1] * logits.shape[-2]
        ):
            return
        self._open = CapturedAttention(query, key, _by_head(logits), factor)
        self.attentions.append(self._open)
        self._product = None


def _by_head(value: Tensor) -> Tensor:
    """(1, heads, …) or (heads, …) as (heads, …), a copy."""
    return value.detach().reshape(-1, *value.shape[-2:]).double().clone()


@dataclass(eq=False)
class Scores:
    """How an attention's scores come from its dot products.

    Attributes:
        factor: what each product is multiplied by.
        offset: (head, query, key) what is added to it, or None.
        capped: (head, query, key) the scores after large ones were squeezed, or None.
    """

    factor: float
    offset: Tensor | None = None
    capped: Tensor | None = None


def split_scores(captured: CapturedAttention, scaling: float | None, squeezed: bool) -> Scores:
    """What the softmax was given, taken apart: products, a factor, and what was added or squeezed.

    Args:
        captured: the attention.
        scaling: the factor that the module says it takes, if it says one.
        squeezed: whether the model squeezes large scores (soft-capping).
    """
    products, seen = captured.products, captured.logits > BARRED
    size = float(products[seen].abs().max()) if seen.any() else 1.0
    candidates = [captured.query.shape[-1] ** -0.5, 1.0, *([scaling] if scaling else [])]
    if not squeezed:
        for factor in candidates:
            gap = (captured.logits - factor * products)[seen].abs().max()
            if float(gap) < 1e-4 * max(factor * size, 1.0):
                return Scores(factor)
    factor = scaling or captured.factor
    made = torch.where(seen, captured.logits, factor * products)
    return Scores(factor, capped=made) if squeezed else Scores(factor, offset=made - factor * products)
