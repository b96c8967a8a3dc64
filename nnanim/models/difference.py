"""Weights of a fine-tuned model as their difference from those of the model that it began as.

A matrix's difference is kept in eight bits a weight, each row with a scale of its own, and only for the rows
that have changed; everything else in float16. So a fine-tuned model is a fraction of a whole one.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

CHANGE, SCALE, ROWS = ".change", ".scale", ".rows"
LARGEST = 127  # of a number in eight bits


def compute_difference(tuned: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What has changed; what ``base`` does not have is stored whole."""
    stored: dict[str, Tensor] = {}
    for name, weight in tuned.items():
        change = weight - base[name] if name in base else weight
        if name in base and not change.any():
            continue
        if name not in base or change.ndim != 2:
            stored[name] = change.half().contiguous()
            continue
        rows = change.any(dim=1).nonzero()[:, 0]
        scale = change[rows].abs().amax(dim=1, keepdim=True) / LARGEST  # (rows, 1)
        stored[name + CHANGE] = (change[rows] / scale).round().to(torch.int8)  # (rows, columns)
        stored[name + SCALE] = scale
        if len(rows) < len(change):
            stored[name + ROWS] = rows.to(torch.int32)
    return stored


def add(stored: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the fine-tuned model again, in float32."""
    weights = {name: weight.clone() for name, weight in base.items()}
    for name, value in stored.items():
        if name.endswith(CHANGE):
            key = name.removesuffix(CHANGE)
            rows = stored.get(key + ROWS, torch.arange(len(weights[key]))).long()
            weights[key][rows] += value.float() * stored[key + SCALE]
        elif name in base:
            weights[name] += value.float()
        elif not name.endswith((SCALE, ROWS)):
            weights[name] = value.float()
    return weights


@torch.no_grad()
def round_to_difference(model: nn.Module, base: nn.Module) -> dict[str, Tensor]:
    """Give ``model`` the weights that its stored difference yields; returns that difference."""
    known = base.state_dict()
    stored = compute_difference(model.state_dict(), known)
    model.load_state_dict(add(stored, known))
    model.eval()
    return stored
