"""The latents of an autoencoder, steered without any codebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nnanim import models
from nnanim.steering.generator import Generator, Parameters, draw, fall, follow_adam

FARTHEST = 3.5
"""Greatest latent, of either sign; beyond it the decoder was never trained."""


class Latent(Generator):
    """Latents (n, 4, 8, 8) of world-vae, decoded.

    Args:
        vae: any with ``encode(pictures)``, which gives mean and log variance, and ``decode(latents)``;
            world-vae when None.
        spread: standard deviation of the first latents.
        rate: of Adam; it falls to a tenth.
    """

    name = "latent"
    steps = 60

    def __init__(self, vae: Any = None, spread: float = 0.5, rate: float = 0.1) -> None:
        self.vae = (models.load("world-vae") if vae is None else vae).requires_grad_(False)
        self.spread, self.rate = spread, rate
        self.shape = (4, self.side // 8, self.side // 8)

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Random latents, or those of the picture."""
        if picture is None:
            return [self.spread * draw(rngs, self.shape)]
        with torch.no_grad():
            return [self.encode(picture[None]).expand(len(rngs), -1, -1, -1).clone()]

    def encode(self, pictures: Tensor) -> Tensor:
        """The mean latents (n, 4, 8, 8) of pictures (n, 3, 64, 64)."""
        latents: Tensor = self.vae.encode(pictures)[0]
        return latents

    def paint(self, parameters: Parameters) -> Tensor:
        """The decoded latents."""
        pictures: Tensor = self.vae.decode(parameters[0])
        return pictures

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam, kept within what the decoder knows."""
        moved, state = follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))
        return [moved[0].clamp(-FARTHEST, FARTHEST)], state
