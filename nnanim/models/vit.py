"""A vision transformer: a picture cut into patches, read like the words of a sentence.

After A. Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.data.world import COLUMNS
from nnanim.images import check_batch
from nnanim.models.attention import TransformerBlock
from nnanim.models.world_vae import SIDE

ATTRIBUTES = tuple(COLUMNS)[:6]  # those of the first thing, of the background and of the style


class ViT(nn.Module):
    """Pictures (batch, 3, 64, 64), 0..1, to one vector of logits for each of six attributes."""

    def __init__(self, patch: int = 8, width: int = 96, depth: int = 3, heads: int = 4) -> None:
        super().__init__()
        self.sizes = [len(COLUMNS[name]) for name in ATTRIBUTES]
        patches = (SIDE // patch) ** 2
        self.cut = nn.Unfold(patch, stride=patch)
        self.embed = nn.Linear(3 * patch * patch, width)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.positions = nn.Parameter(torch.randn(1 + patches, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, sum(self.sizes))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        patches = self.cut(check_batch(pictures, SIDE) * 2 - 1).mT  # (batch, 64, 192)
        cls = self.cls.expand(len(pictures), -1, -1)  # (batch, 1, width)
        x = torch.cat([cls, self.embed(patches)], dim=1) + self.positions  # (batch, 65, width)
        for block in self.blocks:
            x = block(x)
        logits = self.answer(self.norm(x[:, 0]))  # (batch, width) -> (batch, 36)
        return list(logits.split(self.sizes, dim=1))
