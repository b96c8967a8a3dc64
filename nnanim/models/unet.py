"""A U-Net told by words.

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
from nnanim.models.attention import Block


class Condition(NamedTuple):
    """What a sentence gives to the U-Net.

    Its word numbers (batch, 20), the text encoder's states (batch, 20, width) and its embedding (batch,
    width).
    """

    numbers: Tensor
    states: Tensor
    embedding: Tensor


class TimedResidual(nn.Module):
    """Two convolutions whose result is added to what came in.

    Time and sentence scale and shift in between.
    """

    def __init__(self, entering: int, channels: int, told: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, entering)
        self.first = nn.Conv2d(entering, channels, 3, padding=1)
        self.told = nn.Linear(told, 2 * channels)
        self.second_norm = nn.GroupNorm(8, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.skip = nn.Conv2d(entering, channels, 1) if entering != channels else nn.Identity()

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.told(told)[:, :, None, None].chunk(2, dim=1)
        h = self.first(F.silu(self.norm(x)))  # (batch, channels, height, width)
        h = self.second(F.silu(self.second_norm(h) * (1 + scale) + shift))
        return self.skip(x) + h


class Look(nn.Module):
    """Every place of the picture looks at all places, then at the words."""

    def __init__(self, channels: int, heads: int, context: int) -> None:
        super().__init__()
        self.block = Block(channels, heads, context)

    def forward(self, x: Tensor, words: Tensor, there: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)  # (batch, height * width, channels)
        tokens = self.block(tokens, context=words, context_mask=there)
        return tokens.transpose(1, 2).unflatten(2, x.shape[2:])


class UNet(nn.Module):
    """Noisy latents (batch, 4, 8, 8), times 0..1 and a sentence to the velocity v (batch, 4, 8, 8).

    v = alpha * noise - sigma * picture: T. Salimans and J. Ho, "Progressive Distillation" (2022), section 2.4
    and appendix D.
    """

    def __init__(
        self, words: int, wide: int = 64, deep: int = 128, context: int = 128, told: int = 256
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(words, context)
        self.places = nn.Parameter(torch.randn(captions.LENGTH, context) * 0.02)
        self.states = nn.Linear(context, context)
        self.time = nn.Sequential(nn.Linear(64, told), nn.SiLU(), nn.Linear(told, told))
        self.sentence = nn.Sequential(nn.Linear(2 * context, told), nn.SiLU(), nn.Linear(told, told))
        self.enter = nn.Conv2d(4, wide, 3, padding=1)
        self.down = TimedResidual(wide, wide, told)
        self.down_look = Look(wide, 4, context)
        self.shrink = nn.Conv2d(wide, deep, 4, stride=2, padding=1)
        self.middle = TimedResidual(deep, deep, told)
        self.middle_look = Look(deep, 4, context)
        self.middle_again = TimedResidual(deep, deep, told)
        self.middle_look_again = Look(deep, 4, context)
        self.grow = nn.Sequential(nn.Conv2d(deep, 4 * wide, 1), nn.PixelShuffle(2))
        self.up = TimedResidual(2 * wide, wide, told)
        self.up_look = Look(wide, 4, context)
        self.up_again = TimedResidual(2 * wide, wide, told)
        self.leave = nn.Conv2d(wide, 4, 3, padding=1)
        for weight in self.leave.parameters():
            nn.init.zeros_(weight)

    def forward(self, x: Tensor, time: Tensor, condition: Condition) -> Tensor:
        there = condition.numbers != captions.PAD  # (batch, 20)
        own = self.words(condition.numbers)
        words = self.states(condition.states) + own + self.places  # (batch, 20, context)
        gist = (own * there[..., None]).sum(1) / 4  # (batch, context)
        told = F.silu(self.time(waves(time)) + self.sentence(torch.cat([condition.embedding, gist], dim=1)))
        entered = self.enter(x)  # (batch, wide, 8, 8)
        first = self.down_look(self.down(entered, told), words, there)
        h = self.shrink(first)  # (batch, deep, 4, 4)
        h = self.middle_look(self.middle(h, told), words, there)
        h = self.middle_look_again(self.middle_again(h, told), words, there)
        h = self.up(torch.cat([self.grow(h), first], dim=1), told)  # (batch, wide, 8, 8)
        h = self.up_look(h, words, there)
        h = self.up_again(torch.cat([h, entered], dim=1), told)
        return self.leave(F.silu(h))


def waves(time: Tensor, size: int = 64) -> Tensor:
    """Times (batch,) 0..1 as sines and cosines of rising frequency, (batch, size)."""
    rates = torch.exp(torch.linspace(0, math.log(1000), size // 2)) * 2
    angles = time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
