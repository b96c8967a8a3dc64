"""A variational autoencoder for small colour pictures.

After D. Kingma and M. Welling, "Auto-Encoding Variational Bayes" (2013), in the role it has in R. Rombach et
al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.images import check_batch
from nnanim.recording.tap import Tap

SIDE = 64
"""Height and width of the small world's pictures, for all of its models."""


class Residual(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def change(self, x: Tensor) -> Tensor:
        """What the block computes, of the shape of ``x``."""
        return self.second(F.silu(self.first(F.silu(self.norm(x)))))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.change(x)


class WorldVAE(nn.Module):
    """64 x 64 x 3 pictures to 8 x 8 x 4 latents and back: 1/48 of the numbers are kept.

    Pictures are (batch, 3, 64, 64), 0..1. Latents are divided by ``scale``, so that they vary by about 1.
    """

    def __init__(self, wide: int = 64, deep: int = 96, latent: int = 4) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, wide, 3, padding=1),
            Residual(wide),
            nn.Conv2d(wide, deep, 4, stride=2, padding=1),
            Residual(deep),
            Residual(deep),
        )
        self.mean = nn.Conv2d(deep, latent, 1)
        self.log_variance = nn.Conv2d(deep, latent, 1)
        self.latent = Tap(axes=("sample", "channel", "row", "column"))
        self.decoder = nn.Sequential(
            nn.Conv2d(latent, deep, 3, padding=1),
            Residual(deep),
            Residual(deep),
            nn.Conv2d(deep, 4 * wide, 1),
            nn.PixelShuffle(2),
            Residual(wide),
            nn.Conv2d(wide, 4 * (wide // 2), 3, padding=1),
            nn.PixelShuffle(2),
            Residual(wide // 2),
            nn.Conv2d(wide // 2, 12, 3, padding=1),
            nn.PixelShuffle(2),
        )
        self.register_buffer("scale", torch.ones(1, latent, 1, 1))

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latents, each (batch, 4, 8, 8).

        Raises:
            UserError: pictures of another shape, or values outside 0..1.
        """
        check_batch(pictures, SIDE)
        h = self.encoder(pictures * 2 - 1)  # (batch, 3, 64, 64) -> (batch, deep, 8, 8)
        return self.mean(h) / self.scale, self.log_variance(h).clamp(-12, 4) - 2 * self.scale.log()

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures (batch, 3, 64, 64), 0..1, of latents (batch, 4, 8, 8)."""
        return (self.decoder(latents * self.scale) / 2 + 0.5).clamp(0, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.decode(self.latent(self.encode(pictures)[0]))
