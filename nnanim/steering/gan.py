"""The style of a GAN, as artists steered StyleGAN by CLIP in 2021 (O. Patashnik et al., "StyleCLIP")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nnanim import models
from nnanim.data.world import COLUMNS
from nnanim.errors import UserError
from nnanim.models.style_generator import TOLD, StyleGenerator
from nnanim.models.world_vae import WorldVAE
from nnanim.steering.generator import Generator, Parameters, draw, fall, follow_adam


class Styles(Generator):
    """Styles (n, 5, 128), one for each layer of world-gan, which paints latents in one go.

    It begins with the one of many random styles whose picture is nearest to the sentence; then every layer's
    style goes its own way. Half of the objective is the competition with rival sentences.

    Args:
        rate: of Adam; it falls to a tenth.
        starts: from how many styles the first is chosen.
    """

    name = "gan"
    steps = 40
    contrast = 0.5
    shift = 0.06

    def __init__(self, rate: float = 0.1, starts: int = 48) -> None:
        generator: Any = models.load("world-gan").requires_grad_(False)
        vae: Any = models.load("world-vae").requires_grad_(False)
        self.generator: StyleGenerator = generator
        self.vae: WorldVAE = vae
        self.rate, self.starts = rate, starts

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Parameters to begin with; as `Generator.start` says."""
        if picture is not None:
            raise UserError("gan begins with random styles: it cannot begin with a picture")
        noise = draw(rngs, (self.generator.NOISE,))
        sizes = torch.tensor([len(COLUMNS[name]) for name in TOLD])
        labels = (draw(rngs, (len(TOLD),), normal=False) * sizes).long()
        with torch.no_grad():
            style = self.generator.find_style(noise, labels)
        return [style[:, None].repeat(1, self.generator.LAYERS, 1)]

    def paint(self, parameters: Parameters) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1; differentiable."""
        pictures: Tensor = self.vae.decode(self.generator.paint(parameters[0].unbind(1)))
        return pictures

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam; as `Generator.advance` says."""
        return follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))
