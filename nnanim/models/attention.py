"""Attention and the transformer block, after A. Vaswani et al., "Attention Is All You Need" (2017)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from nnanim.recording.tap import Tap


class Attention(nn.Module):
    """Every position asks (query), every position of ``context`` answers (key) and gives (value).

    The softmax is a module of its own, so that a trace holds the weights of every head under its name; so
    are the scores before it.
    """

    def __init__(self, width: int, heads: int, context: int = 0) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(context or width, width)
        self.value = nn.Linear(context or width, width)
        self.scores = Tap(axes=("sample", "head", "query", "key"))
        self.weights = nn.Softmax(dim=-1)
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        context = x if context is None else context
        q = self.split(self.query(x))  # (batch, heads, queries, width / heads)
        k = self.split(self.key(context))  # (batch, heads, keys, width / heads)
        v = self.split(self.value(context))
        scores = self.scores(q @ k.mT / math.sqrt(q.shape[-1]))  # (batch, heads, queries, keys)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        mixed = self.weights(scores) @ v  # (batch, heads, queries, width / heads)
        return self.mix(mixed.transpose(1, 2).flatten(2))  # (batch, queries, width)

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class TransformerBlock(nn.Module):
    """Attention, then a look at another sequence if there is one, then a small network at each position.

    Each is added.
    """

    def __init__(self, width: int, heads: int, context: int = 0) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        if context:
            self.cross_norm = nn.LayerNorm(width)
            self.cross_attention = Attention(width, heads, context)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        context: Tensor | None = None,
        context_mask: Tensor | None = None,
    ) -> Tensor:
        x = x + self.attention(self.norm(x), mask=mask)  # (batch, positions, width)
        if context is not None:
            seen = None if context_mask is None else context_mask[:, None, None]  # (batch, 1, 1, keys)
            x = x + self.cross_attention(self.cross_norm(x), context, seen)
        return x + self.mlp(self.mlp_norm(x))


def causal(length: int) -> Tensor:
    """The mask (length, length) with which a position sees itself and what was before it."""
    return torch.ones(length, length, dtype=torch.bool).tril()
