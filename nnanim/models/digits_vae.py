"""An autoencoder and a variational autoencoder with two numbers in the middle.

After D. Kingma and M. Welling, "Auto-Encoding Variational Bayes" (2013).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.recording.tap import Tap


def _narrowing(pixels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(pixels, 256), nn.SiLU(), nn.Linear(256, 128), nn.SiLU(), nn.Linear(128, 64), nn.SiLU()
    )


def _widening(pixels: int, latent: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(latent, 64), nn.SiLU(), nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(),
        nn.Linear(256, pixels), nn.Sigmoid(),
    )  # fmt: skip


class DigitsAutoencoder(nn.Module):
    """64 pixels, ink 0..1, squeezed to 2 numbers and rebuilt."""

    def __init__(self, pixels: int = 64, latent: int = 2) -> None:
        super().__init__()
        self.encoder = _narrowing(pixels)
        self.point = nn.Linear(64, latent)
        self.decoder = _widening(pixels, latent)

    def encode(self, x: Tensor) -> Tensor:
        return self.point(self.encoder(x))  # (batch, 64) -> (batch, 2)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)  # (batch, 2) -> (batch, 64), 0..1

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class DigitsVAE(nn.Module):
    """64 pixels, ink 0..1, to a cloud over 2 numbers: mean and standard deviation.

    One point of it is rebuilt.

    In training the point is drawn, z = mean + deviation * noise; in eval mode it is the mean, unless noise is
    given.
    """

    def __init__(self, pixels: int = 64, latent: int = 2) -> None:
        super().__init__()
        self.encoder = _narrowing(pixels)
        self.mean = nn.Linear(64, latent)
        self.log_variance = nn.Linear(64, latent)
        self.sample = Tap(axes=("sample", "latent"))
        self.decoder = _widening(pixels, latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)  # (batch, 64) -> (batch, 64)
        return self.mean(h), (self.log_variance(h) / 2).exp()  # mean and deviation, (batch, 2) each

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)  # (batch, 2) -> (batch, 64), 0..1

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        mean, deviation = self.encode(x)
        if noise is None:
            noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        return self.decode(self.sample(mean + deviation * noise))


def divergence(mean: Tensor, deviation: Tensor) -> Tensor:
    """Kullback-Leibler divergence of each cloud from the standard normal, (batch,).

    The paper's appendix B.
    """
    return 0.5 * (mean**2 + deviation**2 - 1 - 2 * deviation.log()).sum(dim=-1)
