"""Weights as they are kept: small, and of a model that began as another one only what has changed.

Matrices and convolutions are kept as whole numbers of eight bits, each row with a scale of its own; all else
in float16. Of a model with a base only what differs is kept, rounded coarser, for a difference is small
beside the weights, and fewer different whole numbers compress better. A model without one differs from
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

CHANGE, SCALE, ROWS = ".change", ".scale", ".rows"
LARGEST = 127
"""The whole number that the largest weight of a row becomes."""
LARGEST_CHANGE = 31
"""The one that the largest change of a row becomes."""


def compute_difference(tuned: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What has changed; what ``base`` does not have is stored whole."""
    stored: dict[str, Tensor] = {}
    for name, weight in tuned.items():
        change = weight - base[name] if name in base else weight
        if name in base and not change.any():
            continue
        if change.ndim < 2 or len(change) == 1:
            stored[name] = change.half().contiguous() if change.is_floating_point() else change
            continue
        rows = change.flatten(1).any(dim=1).nonzero()[:, 0] if name in base else torch.arange(len(change))
        stored |= _round_rows(name, change[rows], LARGEST_CHANGE if name in base else LARGEST)
        if len(rows) < len(change):
            stored[name + ROWS] = rows.to(torch.int32)
    return stored


def _round_rows(name: str, rows: Tensor, largest: int) -> dict[str, Tensor]:
    """Rows (rows, …) as whole numbers of the same shape, and the scale (rows, 1, …) of each.

    A scale has the eight digits of bfloat16, so that a rounded row, rounded again, is the same.
    """
    scale = (rows.flatten(1).abs().amax(dim=1) / largest).bfloat16()
    scale = scale.reshape(-1, *(1 for _ in rows.shape[1:]))
    steps = (rows / scale.float().clamp(min=torch.finfo(torch.float32).tiny)).round()
    return {name + CHANGE: steps.to(torch.int8).contiguous(), name + SCALE: scale}


def add(stored: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The whole weights again, in float32: what is stored, added to what ``base`` has."""
    weights = {name: weight.clone() for name, weight in base.items()}
    for name, value in stored.items():
        if name.endswith(CHANGE):
            key = name.removesuffix(CHANGE)
            change = value.float() * stored[key + SCALE].float()
            if key not in weights:
                weights[key] = change
            elif (rows := stored.get(key + ROWS)) is not None:
                weights[key][rows.long()] += change
            else:
                weights[key] += change
        elif name in base:
            weights[name] += value.float()
        elif not name.endswith((SCALE, ROWS)):
            weights[name] = value.float()
    return weights


@torch.no_grad()
def round_to_difference(model: nn.Module, base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give ``model`` the weights that its stored difference yields; returns that difference."""
    stored = compute_difference(model.state_dict(), base)
    model.load_state_dict(add(stored, base))
    model.eval()
    return stored
