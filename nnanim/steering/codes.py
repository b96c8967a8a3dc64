"""Pictures made of 64 codes, as in VQGAN+CLIP (K. Crowson et al., 2022), and of their logits, as in Aleph.

VQGAN: P. Esser et al., "Taming Transformers for High-Resolution Image Synthesis" (2021). Aleph (R. Murdock,
2021) steered the logits of the codes that DALL·E's autoencoder knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.steering.generator import Generator, Parameters, draw, fall, follow_adam

FARTHEST = 3.5
"""Greatest latent, of either sign: codes lie within it."""


class Codes(Generator):
    """Latents (n, 4, 8, 8), each cell rounded to the nearest of 512 codes before they are decoded.

    The slope skips the rounding (straight-through): the latents drift, and now and then a code flips.

    Args:
        rate: of Adam; it falls to a tenth.
        spread: standard deviation of the first latents.
    """

    name = "codes"
    steps = 80

    def __init__(self, rate: float = 0.1, spread: float = 0.5) -> None:
        self.vae: Any = models.load("world-vae").requires_grad_(False)
        self.book: Any = models.load("codebook").requires_grad_(False)
        self.rate, self.spread = rate, spread

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Parameters to begin with; as `Generator.start` says."""
        if picture is None:
            return [self.spread * draw(rngs, (4, 8, 8))]
        with torch.no_grad():
            return [self.vae.encode(picture[None])[0].expand(len(rngs), -1, -1, -1).clone()]

    def paint(self, parameters: Parameters) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1; differentiable."""
        pictures: Tensor = self.vae.decode(self.book(parameters[0]))
        return pictures

    def find_numbers(self, parameters: Parameters) -> Tensor:
        """The numbers of the codes, (n, 8, 8)."""
        numbers: Tensor = self.book.find_nearest(parameters[0])
        return numbers

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam; as `Generator.advance` says."""
        moved, state = follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))
        return [moved[0].clamp(-FARTHEST, FARTHEST)], state


class CodeLogits(Generator):
    """Logits (n, 64, 512): how much each cell wants each code; the one that is wanted most is decoded.

    Forwards the choice is hard, backwards the slope is that of the softmax (straight-through).

    Args:
        rate: of Adam; it falls to a tenth.
        spread: standard deviation of the first logits.
    """

    name = "aleph"
    steps = 60

    def __init__(self, rate: float = 0.3, spread: float = 0.01) -> None:
        self.vae: Any = models.load("world-vae").requires_grad_(False)
        self.book: Any = models.load("codebook").requires_grad_(False)
        self.rate, self.spread = rate, spread

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Parameters to begin with; as `Generator.start` says."""
        if picture is None:
            return [self.spread * draw(rngs, (64, len(self.book.codes)))]
        with torch.no_grad():
            cells = self.vae.encode(picture[None])[0].flatten(2).transpose(1, 2)  # (1, 64, 4)
            return [-torch.cdist(cells, self.book.codes[None]).expand(len(rngs), -1, -1)]

    def paint(self, parameters: Parameters) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1; differentiable."""
        chances = parameters[0].softmax(-1)  # (n, 64, 512)
        chosen = F.one_hot(self.find_numbers(parameters).flatten(1), chances.shape[-1])
        latents = (chosen + chances - chances.detach()) @ self.book.codes  # (n, 64, 4)
        pictures: Tensor = self.vae.decode(latents.transpose(1, 2).unflatten(2, (8, 8)))
        return pictures

    def find_numbers(self, parameters: Parameters) -> Tensor:
        """The numbers of the codes, (n, 8, 8)."""
        return parameters[0].argmax(-1).unflatten(1, (8, 8))

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam; as `Generator.advance` says."""
        return follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))
