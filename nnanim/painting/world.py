"""Painting with nnanim's own painter of the small world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.models.painter import Painter
from nnanim.models.pictures import SIDE
from nnanim.models.samplers import (
    Step,
    Velocity,
    add_noise,
    believed,
    ddim_step,
    ddpm_step,
    fresh_noise,
    signal,
    times,
)
from nnanim.models.unet import Condition
from nnanim.painting.order import SAMPLERS, Order
from nnanim.painting.painting import Floats, Painting
from nnanim.painting.pictures import fitted
from nnanim.recording.build import checksum
from nnanim.trace import Trace


class World:
    """The painter of the small world as `nnanim.painting.paint` uses it.

    Every picture is computed alone, told and untold together in a batch of two: its bits depend on its own
    prompt and seed, never on what else is painted.
    """

    def __init__(self, painter: Painter | None = None) -> None:
        self.painter = Painter.shipped() if painter is None else painter.eval()

    samplers = SAMPLERS
    size = (SIDE, SIDE)

    def described(self) -> dict[str, Any]:
        """Model, number of parameters and checksum of the weights."""
        state = {name: value.numpy() for name, value in self.painter.state_dict().items()}
        count = sum(one.numel() for one in self.painter.parameters())
        return {"model": "world-diffusion", "parameters": count, "weights": checksum(state)}

    def check(self, order: Order) -> None:
        """Refuse an order that cannot be painted.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones; too long a sentence.
        """
        for text in (*order.prompts, *order.negatives):
            self.painter.condition([text])

    def steps(self, order: Order) -> int:
        """How many steps are taken: of those from pure noise, the share that the strength leaves."""
        return order.steps if order.image is None else max(1, round(order.steps * order.strength))

    def conditions(self, order: Order) -> list[tuple[Condition, Condition]]:
        """What each picture's network is told, and what it is told without the prompt."""
        pairs = zip(order.prompts, order.negatives, strict=True)
        return [(self.painter.condition([one]), self.painter.condition([other])) for one, other in pairs]

    @torch.no_grad()
    def beginning(self, order: Order) -> Tensor:
        """The noisy latents (pictures, 4, 8, 8) that painting starts from.

        Noise of each seed; with a picture, its latents under that noise (C. Meng et al., "SDEdit", 2022).
        """
        noise = self.noise(order.seeds)
        if order.image is None:
            return noise
        begun = self.encode(order.image)[None].expand_as(noise)
        return add_noise(begun, noise, torch.full((len(noise),), order.start))

    @torch.no_grad()
    def encode(self, picture: Floats) -> Tensor:
        """The mean latents (4, 8, 8) of a picture (height, width, 3) of any size, fitted to 64×64."""
        pixels = torch.from_numpy(np.ascontiguousarray(fitted(picture, SIDE).transpose(2, 0, 1)))
        return self.painter.vae.encode(pixels[None])[0][0]

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, 4, 8, 8), each from its own seed."""
        return self.painter.noise(seeds)

    def levels(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1: the cosine schedule."""
        return signal(times)

    @torch.no_grad()
    def guess(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The x_0 and the noise that the network believes in, told a prompt; each alone."""
        told, unet = self.painter.condition([prompt]), self.painter.unet
        pairs = [(one[None], time[None]) for one, time in zip(noisy, times, strict=True)]
        found = [believed(one, unet(one, time, told), time) for one, time in pairs]
        predicted, guess = (torch.cat(values) for values in zip(*found, strict=True))
        return predicted, guess

    @torch.no_grad()
    def decode(self, latents: Floats) -> Floats:
        """Pictures (…, 64, 64, 3) of latents (…, 4, 8, 8), each decoded alone."""
        given = torch.tensor(latents, dtype=torch.float32)
        each = given.reshape(-1, 1, *given.shape[-3:])
        made = torch.cat([self.painter.vae.decode(one) for one in each]).permute(0, 2, 3, 1)
        return made.reshape(*given.shape[:-3], *made.shape[1:]).numpy()

    def walk(self, order: Order, done: Sequence[Painting] = ()) -> Iterator[Painting]:
        """The steps of an order that come after those that are done."""
        networks = [self.painter.network(*pair, order.guidance) for pair in self.conditions(order)]
        noisy = self.beginning(order)
        if done:
            noisy = torch.tensor(done[-1].latents).reshape(noisy.shape)
        ways = times(self.steps(order), order.start)
        for at in range(len(done), len(ways)):
            step = _together(order, networks, noisy, at, *ways[at])
            noisy = step.latents
            yield self._painting(order, at, step)

    def traced(self, order: Order, at: int | None) -> Trace:
        """The order painted, with all its numbers."""
        from nnanim.painting.watching import traced_world

        return traced_world(self, order, at)

    def _painting(self, order: Order, at: int, step: Step) -> Painting:
        def given(values: Tensor) -> Floats:
            return (values[0] if order.single else values).numpy().copy()

        level = float(signal(torch.tensor(step.time)))
        return Painting(
            step=at, steps=self.steps(order), time=step.time, alpha_bar=level, noisy=given(step.noisy),
            noise=given(step.noise), predicted=given(step.picture), latents=given(step.latents),
            decode=self.decode,
        )  # fmt: skip


def _together(
    order: Order, networks: Sequence[Velocity], noisy: Tensor, at: int, now: float, later: float
) -> Step:
    """One step of all pictures, each computed alone."""
    made = []
    for network, seed, one in zip(networks, order.seeds, noisy, strict=True):
        if order.sampler == "ddpm":
            fresh = fresh_noise([seed], at, one.shape)
            made.append(ddpm_step(network, one[None], now, later, fresh))
        else:
            made.append(ddim_step(network, one[None], now, later))
    noisy, picture, noise, latents = (
        torch.cat([getattr(step, name) for step in made]) for name in ("noisy", "picture", "noise", "latents")
    )
    return Step(now, noisy, picture, noise, later, latents)
