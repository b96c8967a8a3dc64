"""Pictures as patches, to cover some or to put them into another order."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.models.vit import ViT


def cut(pictures: Tensor, side: int) -> Tensor:
    """Pictures (batch, 3, height, width) as patches (batch, numbers, patches), row by row."""
    return F.unfold(pictures, side, stride=side)


def join(patches: Tensor, side: int, size: tuple[int, int]) -> Tensor:
    """Patches (batch, numbers, patches) as pictures (batch, 3, *size)."""
    return F.fold(patches, size, side, stride=side)


def cover(pictures: Tensor, which: Sequence[int], side: int, grey: float = 0.5) -> Tensor:
    """The pictures with some of their patches grey."""
    patches = cut(pictures, side)
    patches[:, :, list(which)] = grey
    return join(patches, side, (pictures.shape[2], pictures.shape[3]))


def shuffle(pictures: Tensor, order: Sequence[int], side: int) -> Tensor:
    """The pictures with their patches in another order."""
    patches = cut(pictures, side)[:, :, list(order)]
    return join(patches, side, (pictures.shape[2], pictures.shape[3]))


def draw_order(count: int, seed: int) -> list[int]:
    """Another order of some patches, the same for the same seed."""
    return [int(one) for one in np.random.default_rng(seed).permutation(count)]


def move_positions(model: ViT, order: Sequence[int]) -> ViT:
    """A copy of the model that has its position vectors in another order; that of [CLS] stays."""
    moved = copy.deepcopy(model)
    with torch.no_grad():
        moved.positions[1:] = model.positions[1:][list(order)]
    return moved
