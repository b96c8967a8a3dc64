"""The whole machine that paints from words: text encoder, U-Net, decoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.errors import UserError, nearest
from nnanim.models.clip import TextEncoder
from nnanim.models.samplers import SamplerStep, Velocity, ddim, ddpm
from nnanim.models.unet import Condition, UNet
from nnanim.models.world_vae import WorldVAE

SAMPLERS = ("ddim", "ddpm")


class Painter(nn.Module):
    """Sentences to pictures.

    A U-Net that attends to the words takes noise away step by step; the result is decoded.
    """

    def __init__(self, text: TextEncoder, unet: UNet, vae: WorldVAE) -> None:
        super().__init__()
        self.text = text
        self.unet = unet
        self.vae = vae

    @classmethod
    def load(cls) -> Painter:
        """The painter of the small world, from the shipped weights."""
        from nnanim import models

        text, unet, vae = (models.load(name) for name in ("text-encoder", "world-diffusion", "world-vae"))
        return cls(text, unet, vae).eval()  # type: ignore[arg-type]

    @torch.no_grad()
    def condition(self, texts: Sequence[str]) -> Condition:
        """What conditions the U-Net on some sentences; the empty sentence says nothing.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones.
        """
        token_ids = torch.from_numpy(captions.encode(texts))
        return Condition(token_ids, *self.text(token_ids))

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """One noise picture (4, 8, 8) for each seed.

        The same seed gives the same noise wherever it stands.
        """
        return torch.stack(
            [torch.randn(4, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        )

    def steps(
        self,
        texts: Sequence[str],
        seeds: Sequence[int],
        steps: int = 20,
        guidance: float = 2.5,
        sampler: str = "ddim",
    ) -> list[SamplerStep]:
        """Every step from noise to latents (decode ``x0`` of any of them with ``vae.decode``).

        Raises:
            UserError: an unknown sampler or word, a number of seeds other than that of texts.
        """
        if sampler not in SAMPLERS:
            raise UserError(f"there is no sampler {sampler!r}{nearest(sampler, SAMPLERS)}")
        if len(texts) != len(seeds):
            raise UserError(f"{len(texts)} sentences need as many seeds, got {len(seeds)}")
        network = self.network(self.condition(texts), self.condition([""] * len(texts)), guidance)
        noise = self.noise(seeds)
        if sampler == "ddpm":
            return list(ddpm(network, noise, steps, seeds))
        return list(ddim(network, noise, steps))

    def network(self, cond: Condition, uncond: Condition, guidance: float) -> Velocity:
        """The velocity with guidance, uncond + guidance · (cond − uncond), both in one batch.

        0 is exactly the unconditional network, 1 exactly the conditional one: J. Ho and T. Salimans,
        "Classifier-Free Diffusion Guidance" (2022).
        """
        if guidance in (0, 1):
            return partial(self._predict, cond if guidance else uncond)
        both = Condition(*map(torch.cat, zip(cond, uncond, strict=True)))

        def combine(noisy: Tensor, time: Tensor) -> Tensor:
            v_cond, v_uncond = self.unet(torch.cat([noisy, noisy]), torch.cat([time, time]), both).chunk(2)
            return v_uncond + guidance * (v_cond - v_uncond)

        return combine

    def _predict(self, condition: Condition, noisy: Tensor, time: Tensor) -> Tensor:
        return self.unet(noisy, time, condition)

    @torch.no_grad()
    def paint(
        self,
        texts: Sequence[str],
        seeds: Sequence[int],
        steps: int = 20,
        guidance: float = 2.5,
        sampler: str = "ddim",
    ) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1, of n sentences; raises as ``steps`` does."""
        return self.vae.decode(self.steps(texts, seeds, steps, guidance, sampler)[-1].x0)

    @torch.no_grad()
    def forward(self, token_ids: Tensor, noise: Tensor, steps: int = 20, guidance: float = 2.5) -> Tensor:
        """As ``paint``, from token ids (n, 20) and noise (n, 4, 8, 8).

        So that a whole run can be recorded.
        """
        cond = Condition(token_ids, *self.text(token_ids))
        network = self.network(cond, self.condition([""] * len(token_ids)), guidance)
        *_, last = ddim(network, noise, steps)
        return self.vae.decode(last.x0)
