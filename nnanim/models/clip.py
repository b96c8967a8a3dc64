"""CLIP: pictures and sentences in one space.

After A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import captions
from nnanim.images import check_batch
from nnanim.models.attention import TransformerBlock
from nnanim.models.world_vae import SIDE, Residual


class TextEncoder(nn.Module):
    """Word numbers (batch, 20) to one state for each word and one embedding for the sentence."""

    def __init__(self, words: int, width: int = 128, depth: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.randn(captions.LENGTH, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(2 * width, width)

    def forward(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        there = numbers != captions.PAD  # (batch, 20)
        x = self.words(numbers) + self.positions  # (batch, 20, width)
        for block in self.blocks:
            x = block(x, mask=there[:, None, None])
        states = self.norm(x)
        end = states[torch.arange(len(numbers)), there.sum(1) - 1]  # (batch, width), at the end token
        mean = (states * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return states, self.project(torch.cat([end, mean], dim=1))  # (batch, 20, width), (batch, width)


class ImageEncoder(nn.Module):
    """Pictures (batch, 3, 64, 64), 0..1, to 17 tokens and one embedding."""

    def __init__(self, width: int = 128, depth: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, 48, 3, padding=1),
            Residual(48),
            nn.Conv2d(48, 96, 4, stride=2, padding=1),
            Residual(96),
            nn.Conv2d(96, width, 4, stride=2, padding=1),
        )
        self.whole = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.positions = nn.Parameter(torch.randn(17, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, width)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        patches = self.stem(pictures * 2 - 1).flatten(2).transpose(1, 2)  # (batch, 16, width)
        x = torch.cat([self.whole.expand(len(pictures), -1, -1), patches], dim=1) + self.positions
        for block in self.blocks:
            x = block(x)
        tokens = self.norm(x)  # (batch, 17, width)
        return tokens, self.project(tokens[:, 0])  # (batch, width)


class CLIP(nn.Module):
    """Both encoders; embeddings of length 1, so that their dot product is the cosine similarity."""

    def __init__(self, words: int, width: int = 128, depth: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.text = TextEncoder(words, width, depth, heads)
        self.image = ImageEncoder(width, depth, heads)
        self.sharpness = nn.Parameter(torch.tensor(2.7))

    def forward(self, pictures: Tensor, numbers: Tensor) -> Tensor:
        similarity = self.embed_pictures(pictures) @ self.embed_numbers(numbers).T
        return similarity * self.sharpness.exp().clamp(max=100)  # (pictures, sentences), logits

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        return F.normalize(self.image(check_batch(pictures, SIDE))[1], dim=1)  # (batch, width)

    def embed_numbers(self, numbers: Tensor) -> Tensor:
        return F.normalize(self.text(numbers)[1], dim=1)  # (batch, width)

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Embeddings of sentences in either language.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones.
        """
        return self.embed_numbers(torch.from_numpy(captions.encode(texts)))
