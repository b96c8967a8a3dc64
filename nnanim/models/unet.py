"""A U-Net conditioned on words.

After O. Ronneberger et al., "U-Net" (2015), J. Ho et al., "Denoising Diffusion Probabilistic Models" (2020)
and R. Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import captions
from nnanim.models.attention import TransformerBlock


class Condition(NamedTuple):
    """What a sentence gives to the U-Net.

    Its token ids (batch, 20), the text encoder's states (batch, 20, width) and its embedding (batch,
    width).
    """

    token_ids: Tensor
    states: Tensor
    embedding: Tensor


class TimedResidual(nn.Module):
    """Two convolutions whose result is added to what came in.

    Time and sentence scale and shift in between.
    """

    def __init__(self, channels_in: int, channels: int, conditioning: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels_in)
        self.first = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.scale_shift = nn.Linear(conditioning, 2 * channels)
        self.second_norm = nn.GroupNorm(8, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.skip = nn.Conv2d(channels_in, channels, 1) if channels_in != channels else nn.Identity()

    def forward(self, x: Tensor, conditioning: Tensor) -> Tensor:
        scale, shift = self.scale_shift(conditioning)[:, :, None, None].chunk(2, dim=1)
        h = self.first(F.silu(self.norm(x)))  # (batch, channels, height, width)
        h = self.second(F.silu(self.second_norm(h) * (1 + scale) + shift))
        return self.skip(x) + h


class SpatialTransformer(nn.Module):
    """Every place of the picture attends to all places, then to the words."""

    def __init__(self, channels: int, heads: int, context: int) -> None:
        super().__init__()
        self.block = TransformerBlock(channels, heads, context)

    def forward(self, x: Tensor, words: Tensor, there: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)  # (batch, height * width, channels)
        tokens = self.block(tokens, context=words, context_mask=there)
        return tokens.transpose(1, 2).unflatten(2, x.shape[2:])


class UNet(nn.Module):
    """Noisy latents (batch, 4, 8, 8), times 0..1 and a sentence to the velocity v (batch, 4, 8, 8).

    v = alpha * noise - sigma * picture: T. Salimans and J. Ho, "Progressive Distillation" (2022), section 2.4
    and appendix D.

    Attributes:
        shortcuts: whether the maps of the way down reach the way up; without them zeros do.
    """

    shortcuts = True

    def __init__(
        self, words: int, wide: int = 64, deep: int = 128, context: int = 128, conditioning: int = 256
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(words, context)
        self.positions = nn.Parameter(torch.randn(captions.LENGTH, context) * 0.02)
        self.states = nn.Linear(context, context)
        self.time_mlp = _mlp(64, conditioning)
        self.sentence_mlp = _mlp(2 * context, conditioning)
        self.conv_in = nn.Conv2d(4, wide, 3, padding=1)
        self.down_block = TimedResidual(wide, wide, conditioning)
        self.down_attention = SpatialTransformer(wide, 4, context)
        self.downsample = nn.Conv2d(wide, deep, 4, stride=2, padding=1)
        self.mid_block = TimedResidual(deep, deep, conditioning)
        self.mid_attention = SpatialTransformer(deep, 4, context)
        self.mid_block_2 = TimedResidual(deep, deep, conditioning)
        self.mid_attention_2 = SpatialTransformer(deep, 4, context)
        self.upsample = nn.Sequential(nn.Conv2d(deep, 4 * wide, 1), nn.PixelShuffle(2))
        self.up_block = TimedResidual(2 * wide, wide, conditioning)
        self.up_attention = SpatialTransformer(wide, 4, context)
        self.up_block_2 = TimedResidual(2 * wide, wide, conditioning)
        self.conv_out = nn.Conv2d(wide, 4, 3, padding=1)
        for weight in self.conv_out.parameters():
            nn.init.zeros_(weight)

    def forward(self, x: Tensor, time: Tensor, condition: Condition) -> Tensor:
        there = condition.token_ids != captions.PAD  # (batch, 20)
        own = self.words(condition.token_ids)
        words = self.states(condition.states) + own + self.positions  # (batch, 20, context)
        gist = (own * there[..., None]).sum(1) / 4  # (batch, context)
        sentence = self.sentence_mlp(torch.cat([condition.embedding, gist], dim=1))
        conditioning = F.silu(self.time_mlp(timestep_embedding(time)) + sentence)  # (batch, conditioning)
        outer_skip = self.conv_in(x)  # (batch, wide, 8, 8)
        inner_skip = self.down_attention(self.down_block(outer_skip, conditioning), words, there)
        h = self.downsample(inner_skip)  # (batch, deep, 4, 4)
        h = self.mid_attention(self.mid_block(h, conditioning), words, there)
        h = self.mid_attention_2(self.mid_block_2(h, conditioning), words, there)
        if not self.shortcuts:
            inner_skip, outer_skip = torch.zeros_like(inner_skip), torch.zeros_like(outer_skip)
        h = self.up_block(
            torch.cat([self.upsample(h), inner_skip], dim=1), conditioning
        )  # (batch, wide, 8, 8)
        h = self.up_attention(h, words, there)
        h = self.up_block_2(torch.cat([h, outer_skip], dim=1), conditioning)
        return self.conv_out(F.silu(h))


def _mlp(size: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, width), nn.SiLU(), nn.Linear(width, width))


def timestep_embedding(time: Tensor, size: int = 64) -> Tensor:
    """Times (batch,) 0..1 as sines and cosines of rising frequency, (batch, size)."""
    rates = torch.exp(torch.linspace(0, math.log(1000), size // 2)) * 2
    angles = time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
