"""Weights of a fine-tuned model as their difference from those of the model that it began as.

A difference of two matrices is stored as the product of two thin ones, as in E. J. Hu et al., "LoRA" (2022);
it is found after the training, by a singular value decomposition.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

LEFT, RIGHT = ".left", ".right"


def subtract(tuned: Mapping[str, Tensor], base: Mapping[str, Tensor], rank: int) -> dict[str, Tensor]:
    """What has changed, in float16: matrices of ``rank`` at most, everything else whole.

    What ``base`` does not have is stored as it is; what has not changed is left out.
    """
    stored: dict[str, Tensor] = {}
    for name, weight in tuned.items():
        change = weight - base[name] if name in base else weight
        if name in base and not change.any():
            continue
        if name in base and change.ndim == 2 and rank * sum(change.shape) < change.numel():
            left, values, right = torch.linalg.svd(change, full_matrices=False)
            root = values[:rank].sqrt()
            stored[name + LEFT] = (left[:, :rank] * root).half().contiguous()
            stored[name + RIGHT] = (root[:, None] * right[:rank]).half().contiguous()
        else:
            stored[name] = change.half().contiguous()
    return stored


def add(stored: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the fine-tuned model again, in float32."""
    weights = {name: weight.clone() for name, weight in base.items()}
    for name, value in stored.items():
        if name.endswith(RIGHT):
            continue
        change, key = value.float(), name
        if name.endswith(LEFT):
            key = name.removesuffix(LEFT)
            change = change @ stored[key + RIGHT].float()
        weights[key] = weights[key] + change if key in weights else change
    return weights


@torch.no_grad()
def round_to_difference(model: nn.Module, base: nn.Module, rank: int) -> dict[str, Tensor]:
    """Give ``model`` the weights that its stored difference yields; returns that difference."""
    known = base.state_dict()
    stored = subtract(model.state_dict(), known, rank)
    model.load_state_dict(add(stored, known))
    model.eval()
    return stored
