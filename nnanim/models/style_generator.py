"""A generator that is told a style, layer by layer, as in StyleGAN.

T. Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks" (2019) and
"Analyzing and Improving the Image Quality of StyleGAN" (2020).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data.world import COLUMNS

TOLD = ("thing", "colour", "background", "style")
"""The attributes that the generator is told, each by its place in `world.COLUMNS`; all others are noise."""


class StyledConv(nn.Module):
    """A convolution whose input channels a style makes stronger or weaker; the sums keep their size.

    StyleGAN2, section 2.2: modulation and demodulation, without weights of one's own for every picture.
    """

    def __init__(self, channels_in: int, channels: int, style: int, size: int = 3, keep: bool = True) -> None:
        super().__init__()
        self.strength = nn.Linear(style, channels_in)
        nn.init.ones_(self.strength.bias)
        self.weight = nn.Parameter(torch.randn(channels, channels_in, size, size))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.gain = (channels_in * size * size) ** -0.5
        self.keep = keep

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        strength, weight = self.strength(style), self.weight * self.gain  # (batch, channels_in)
        h = F.conv2d(x * strength[:, :, None, None], weight, padding=weight.shape[-1] // 2)
        if self.keep:
            size = strength.square() @ weight.square().sum((2, 3)).T  # (batch, channels)
            h = h * (size + 1e-8).rsqrt()[:, :, None, None]
        return h + self.bias[:, None, None]


class StyleGenerator(nn.Module):
    """Noise (batch, 64) and labels (batch, 4) to latents (batch, 4, 8, 8) of world-vae.

    A mapping network turns both into a style (batch, 128); a constant picture of 4 × 4 places becomes 8 × 8,
    and every layer is told the style: the same one, or each its own.
    """

    NOISE = 64
    LAYERS = 5

    def __init__(self, style: int = 128, wide: int = 128) -> None:
        super().__init__()
        self.labels = nn.ModuleList(nn.Embedding(len(COLUMNS[name]), style) for name in TOLD)
        self.noise = nn.Linear(self.NOISE, style)
        self.mapping = nn.Sequential(
            nn.Linear(style, style), nn.LeakyReLU(0.2), nn.Linear(style, style), nn.LeakyReLU(0.2),
            nn.Linear(style, style),
        )  # fmt: skip
        self.constant = nn.Parameter(torch.randn(wide, 4, 4))
        self.convs = nn.ModuleList(StyledConv(wide, wide, style) for _ in range(self.LAYERS - 1))
        self.out = StyledConv(wide, 4, style, size=1, keep=False)

    def find_style(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Noise (batch, 64) and labels (batch, 4), in the order of `TOLD`, to styles (batch, 128)."""
        told = torch.stack([one(labels[:, at]) for at, one in enumerate(self.labels)]).sum(0)
        h = self.noise(noise) + told
        style: Tensor = self.mapping(h * (h.square().mean(1, keepdim=True) + 1e-8).rsqrt())
        return style

    def paint(self, styles: Sequence[Tensor]) -> Tensor:
        """One style (batch, 128) for each of the five layers to latents (batch, 4, 8, 8)."""
        x = self.constant.expand(len(styles[0]), -1, -1, -1)
        for at, conv in enumerate(self.convs):
            if at == 2:
                x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = F.leaky_relu(conv(x, styles[at]), 0.2) * 2**0.5
        latents: Tensor = self.out(x, styles[-1])
        return latents

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        return self.paint([self.find_style(noise, labels)] * self.LAYERS)
