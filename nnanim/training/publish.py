"""From a trained model to its files: weights, card, and the recorded training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.files import atomic
from nnanim.models.cards import Card, card, weights_path
from nnanim.models.difference import round_to_difference


def publish(
    model: nn.Module,
    name: str,
    *,
    half: bool = False,
    difference: Mapping[str, Tensor] | None = None,
    **known: Any,
) -> Card:
    """Write the weights of ``model`` and its card; returns the card.

    Args:
        model: the trained model.
        name: under which it is loaded.
        half: store float16, half the size; measure the figures after `round_to_half`, so that they are
        those of the file.
        difference: store this, instead of the weights: see `round_to_base`.
        known: the other fields of the card.
    """
    state = {key: value.detach().contiguous() for key, value in model.state_dict().items()}
    if half:
        state = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    content = safetensors.torch.save(state if difference is None else dict(difference))
    with atomic(weights_path(name)) as temporary:
        temporary.write_bytes(content)
    written = Card(
        name=name,
        kind=type(model).__name__,
        module=type(model).__module__.rpartition(".")[2],
        parameters=sum(weight.numel() for weight in model.parameters()),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **known,
    )
    written.save()
    return written


def round_to_half(model: nn.Module) -> nn.Module:
    """``model`` with its weights as a float16 file keeps them, in eval mode."""
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    return model.eval()


def round_to_base(model: nn.Module, base: str) -> dict[str, Any]:
    """Round a model that was tuned from a shipped one as its file keeps it; fields of `publish` that say so.

    Measure the figures afterwards, so that they are those of the file.
    """
    return {
        "difference": round_to_difference(model, models.load(base)),
        "base": {"name": base, "sha256": card(base).sha256},
        "arguments": card(base).arguments,
    }
