"""Batches of the small world as tensors, and measuring with the judge."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import world
from nnanim.data.world import COLUMNS, NONE, Labels

TWO = 0.2


def batch(
    n: int, rng: np.random.Generator, two: float = TWO, held_out: bool = False
) -> tuple[Tensor, Tensor]:
    """Pictures (n, 3, 64, 64), 0..1, and labels (n, 8), -1 for none."""
    rows = world.sample(n, rng, two=two, held_out=held_out)
    return draw_pictures(rows, rng), torch.from_numpy(rows)


def draw_pictures(rows: Labels, rng: np.random.Generator) -> Tensor:
    """The pictures of some labels, (n, 3, 64, 64)."""
    return torch.from_numpy(world.draw(rows, rng)).permute(0, 3, 1, 2).contiguous()


def targets(labels: Tensor, column: int) -> Tensor:
    """The classes of one column: "none" is the class behind the last."""
    return torch.where(labels[:, column] == NONE, len(list(COLUMNS.values())[column]), labels[:, column])


def classification_loss(answers: list[Tensor], labels: Tensor) -> Tensor:
    """Mean cross-entropy over the attributes; size and place count only where there is one thing."""
    losses = []
    single = labels[:, 6] == NONE
    for column, (name, logits) in enumerate(zip(COLUMNS, answers, strict=True)):
        each = F.cross_entropy(logits, targets(labels, column), reduction="none")
        losses.append(each[single].mean() if name in ("size", "place") and single.any() else each.mean())
    return torch.stack(losses).mean()


@torch.no_grad()
def judge_pictures(judge: nn.Module, pictures: Tensor, labels: Tensor) -> dict[str, float]:
    """Share of pictures in which the judge sees each attribute as labelled, and "all" of them."""
    answers: list[Tensor] = []
    for part in pictures.split(64):
        found = torch.stack([logits.argmax(1) for logits in judge(part)], dim=1)
        answers.append(found)
    seen = torch.cat(answers)
    wanted = torch.stack([targets(labels, column) for column in range(labels.shape[1])], dim=1)
    right = seen == wanted
    double = labels[:, 6] != NONE
    right[double, 2:4] = True
    figures = {name: right[:, column].float().mean().item() for column, name in enumerate(COLUMNS)}
    return {**figures, "all": right.all(dim=1).float().mean().item()}
