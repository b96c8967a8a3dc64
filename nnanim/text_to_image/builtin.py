"""The backend that comes with nnanim: the painter of the small world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.images import Floats, fit
from nnanim.models.painter import Painter
from nnanim.models.samplers import (
    SamplerStep,
    Velocity,
    add_noise,
    alpha_bar,
    ddim_step,
    ddpm_step,
    draw_step_noise,
    predict_x0_eps,
    time_steps,
)
from nnanim.models.unet import Condition
from nnanim.models.world_vae import SIDE
from nnanim.text_to_image.builtin_trace import record_builtin
from nnanim.text_to_image.request import SAMPLERS, Request
from nnanim.text_to_image.step import Step
from nnanim.threads import one_thread
from nnanim.trace import Trace
from nnanim.trace.inspect import checksum


class BuiltinBackend:
    """The painter of the small world as a `nnanim.text_to_image.Backend`.

    Every picture is computed alone, with and without its prompt in a batch of two, on one thread: its bits
    depend on its own prompt and seed, never on what else is generated.
    """

    samplers = SAMPLERS
    arrays = ("noisy", "noise", "predicted", "latents")
    size = (SIDE, SIDE)

    def __init__(self, painter: Painter | None = None) -> None:
        self.painter = Painter.load() if painter is None else painter.eval()

    def describe(self) -> dict[str, Any]:
        """Model, number of parameters and checksum of the weights."""
        state = {name: value.numpy() for name, value in self.painter.state_dict().items()}
        count = sum(one.numel() for one in self.painter.parameters())
        return {"model": "world-diffusion", "parameters": count, "weights": checksum(state)}

    def check(self, request: Request) -> None:
        """Refuse a request that it cannot fulfil.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones; too long a sentence.
        """
        for text in (*request.prompts, *request.negatives):
            self.painter.condition([text])

    def steps(self, request: Request) -> int:
        """How many steps are taken: of those from pure noise, the share that the strength leaves."""
        return request.steps if request.image is None else max(1, round(request.steps * request.strength))

    @one_thread()
    def conditions(self, request: Request) -> list[tuple[Condition, Condition]]:
        """What conditions the network for each picture: its prompt, and what stands in its place."""
        pairs = zip(request.prompts, request.negatives, strict=True)
        return [(self.painter.condition([one]), self.painter.condition([other])) for one, other in pairs]

    def start(self, request: Request) -> Tensor:
        """The noisy latents (pictures, 4, 8, 8) that generation starts from.

        Noise of each seed; with a picture, its latents under that noise (C. Meng et al., "SDEdit", 2022).
        """
        noise = self.noise(request.seeds)
        if request.image is None:
            return noise
        latents = self.encode(request.image)[None].expand_as(noise)
        return add_noise(latents, noise, torch.full((len(noise),), request.start))

    @one_thread()
    @torch.no_grad()
    def encode(self, picture: Floats) -> Tensor:
        """The mean latents (4, 8, 8) of a picture (height, width, 3) of any size, fitted to 64×64."""
        pixels = torch.from_numpy(np.ascontiguousarray(fit(picture, SIDE).transpose(2, 0, 1)))
        return self.painter.vae.encode(pixels[None])[0][0]

    @one_thread()
    @torch.no_grad()
    def decode(self, latents: Floats) -> Floats:
        """Pictures (…, 64, 64, 3) of latents (…, 4, 8, 8), each decoded alone."""
        values = torch.tensor(latents, dtype=torch.float32)
        each = values.reshape(-1, 1, *values.shape[-3:])
        pictures = torch.cat([self.painter.vae.decode(one) for one in each]).permute(0, 2, 3, 1)
        return pictures.reshape(*values.shape[:-3], *pictures.shape[1:]).numpy()

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, 4, 8, 8), each from its own seed."""
        return self.painter.noise(seeds)

    def alpha_bars(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1: the cosine schedule."""
        return alpha_bar(times)

    @one_thread()
    @torch.no_grad()
    def predict(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The network's estimates of x_0 and of the noise, given a prompt; each computed alone."""
        cond, unet = self.painter.condition([prompt]), self.painter.unet
        pairs = [(one[None], time[None]) for one, time in zip(noisy, times, strict=True)]
        estimates = [predict_x0_eps(one, unet(one, time, cond), time) for one, time in pairs]
        x0, eps = (torch.cat(values) for values in zip(*estimates, strict=True))
        return x0, eps

    def iterate_steps(self, request: Request, past: Sequence[Step] = ()) -> Iterator[Step]:
        """The steps of a request that come after those that are past."""
        networks = [self.painter.network(*pair, request.guidance) for pair in self.conditions(request)]
        noisy = self.start(request)
        if past:
            noisy = torch.tensor(past[-1].latents).reshape(noisy.shape)
        way = time_steps(self.steps(request), request.start)
        for at in range(len(past), len(way)):
            with one_thread():
                step = _step_together(request, networks, noisy, at, *way[at])
            noisy = step.latents
            yield self._describe_step(request, at, step)

    def record(self, request: Request, stages_at: int | None) -> Trace:
        """The request fulfilled, with all its numbers, as `nnanim.text_to_image.record_generation` says."""
        steps, conditions = self.iterate_steps(request), self.conditions(request)
        return record_builtin(self.painter, steps, request, conditions, stages_at, self.describe())

    def _describe_step(self, request: Request, at: int, step: SamplerStep) -> Step:
        def to_numpy(values: Tensor) -> Floats:
            return (values[0] if request.single else values).numpy().copy()

        return Step(
            step=at, steps=self.steps(request), time=step.t, alpha_bar=float(alpha_bar(torch.tensor(step.t))),
            noisy=to_numpy(step.noisy), noise=to_numpy(step.eps), predicted=to_numpy(step.x0),
            latents=to_numpy(step.latents), decode=self.decode,
        )  # fmt: skip


def _step_together(
    request: Request, networks: Sequence[Velocity], noisy: Tensor, at: int, t: float, t_next: float
) -> SamplerStep:
    """One step of all pictures, each computed alone."""
    steps = []
    for network, seed, one in zip(networks, request.seeds, noisy, strict=True):
        if request.sampler == "ddpm":
            noise = draw_step_noise([seed], at, one.shape)
            steps.append(ddpm_step(network, one[None], t, t_next, noise))
        else:
            steps.append(ddim_step(network, one[None], t, t_next))
    noisy, x0, eps, latents = (
        torch.cat([getattr(step, name) for step in steps]) for name in ("noisy", "x0", "eps", "latents")
    )
    return SamplerStep(t, noisy, x0, eps, t_next, latents)
