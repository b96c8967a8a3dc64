"""From noise to a picture, step by step.

DDPM: J. Ho et al., "Denoising Diffusion Probabilistic Models" (2020). DDIM: J. Song et al., "Denoising
Diffusion Implicit Models" (2021).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError

Velocity = Callable[[Tensor, Tensor], Tensor]


class SamplerStep(NamedTuple):
    """One step on the way, which leads from x_t to x_s with s < t.

    Attributes:
        t: the time, 1..0.
        noisy: the noisy latents x_t.
        x0: the network's estimate of the picture at x_t.
        eps: its estimate of the noise.
        t_next: s, the time that the step leads to.
        latents: x_s; in the last step the result, which is its ``x0``.
    """

    t: float
    noisy: Tensor
    x0: Tensor
    eps: Tensor
    t_next: float
    latents: Tensor


def alpha_bar(time: Tensor) -> Tensor:
    """The share of the picture's variance that is left at a time 0..1: the cosine schedule.

    A. Nichol and P. Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), equation 17.
    """
    offset = 0.008
    level = (
        torch.cos((time + offset) / (1 + offset) * math.pi / 2) ** 2
        / math.cos(offset / (1 + offset) * math.pi / 2) ** 2
    )
    return level.clamp(1e-5, 1.0)


def add_noise(picture: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """x_t in one jump (DDPM, equation 4): picture and noise (batch, …), time (batch,)."""
    bar = _reshape_like(alpha_bar(time), picture)
    return bar.sqrt() * picture + (1 - bar).sqrt() * noise


def velocity(picture: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """What the network learns to give: v = alpha * noise - sigma * picture."""
    bar = _reshape_like(alpha_bar(time), picture)
    return bar.sqrt() * noise - (1 - bar).sqrt() * picture


def predict_x0_eps(noisy: Tensor, v: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
    """The estimates of picture and noise that a velocity at x_t stands for."""
    bar = _reshape_like(alpha_bar(time), noisy)
    return bar.sqrt() * noisy - (1 - bar).sqrt() * v, (1 - bar).sqrt() * noisy + bar.sqrt() * v


def time_steps(steps: int, start: float = 1.0) -> list[tuple[float, float]]:
    """The way from ``start`` to 0 in even steps: pairs of times (t, t_next).

    Raises:
        UserError: fewer than one step.
    """
    if steps < 1:
        raise UserError(f"sampling takes at least one step, got {steps}")
    return list(pairwise(torch.linspace(start, 0, steps + 1).tolist()))


@torch.no_grad()
def ddim_step(network: Velocity, noisy: Tensor, t: float, t_next: float) -> SamplerStep:
    """One deterministic step (DDIM, equation 12 with sigma 0)."""
    time = torch.full((len(noisy),), t)
    x0, eps = predict_x0_eps(noisy, network(noisy, time), time)
    x0 = x0.clamp(-4, 4)
    latents = add_noise(x0, eps, torch.full((len(noisy),), t_next)) if t_next > 0 else x0
    return SamplerStep(t, noisy, x0, eps, t_next, latents)


@torch.no_grad()
def ddpm_step(network: Velocity, noisy: Tensor, t: float, t_next: float, noise: Tensor) -> SamplerStep:
    """One step with fresh noise, none in the last (DDPM, algorithm 2, for any two times)."""
    time = torch.full((len(noisy),), t)
    x0, eps = predict_x0_eps(noisy, network(noisy, time), time)
    x0 = x0.clamp(-4, 4)
    mean, deviation = posterior(x0, noisy, t, t_next)
    return SamplerStep(t, noisy, x0, eps, t_next, mean + deviation * noise if t_next > 0 else x0)


def posterior(x0: Tensor, noisy: Tensor, t: float, t_next: float) -> tuple[Tensor, float]:
    """Mean and standard deviation of x_s given x_t and x_0 (DDPM, equations 6 and 7, for any s < t)."""
    bar, bar_next = float(alpha_bar(torch.tensor(t))), float(alpha_bar(torch.tensor(t_next)))
    ratio = bar / bar_next
    mean = bar_next**0.5 * (1 - ratio) / (1 - bar) * x0 + ratio**0.5 * (1 - bar_next) / (1 - bar) * noisy
    return mean, ((1 - bar_next) / (1 - bar) * (1 - ratio)) ** 0.5


def draw_step_noise(seeds: Sequence[int], step: int, shape: Sequence[int]) -> Tensor:
    """The noise (seeds, *shape) that DDPM adds after a step: each sample's from its own seed and the step.

    So a sample's noise is the same wherever it stands in a batch, and wherever a run is taken up again.
    """
    draws = []
    for seed in seeds:
        mixed = int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> 1)
        draws.append(torch.randn(*shape, generator=torch.Generator().manual_seed(mixed)))
    return torch.stack(draws)


def ddim(network: Velocity, noise: Tensor, steps: int = 20, start: float = 1.0) -> Iterator[SamplerStep]:
    """Deterministic steps from x_start; the last one's ``x0`` is the result.

    Raises:
        UserError: fewer than one step.
    """
    noisy = noise
    for t, t_next in time_steps(steps, start):
        step = ddim_step(network, noisy, t, t_next)
        yield step
        noisy = step.latents


def ddpm(
    network: Velocity,
    noise: Tensor,
    steps: int = 100,
    seeds: Sequence[int] | None = None,
    start: float = 1.0,
) -> Iterator[SamplerStep]:
    """Steps with fresh noise each, from each sample's own seed; the last one's ``x0`` is the result.

    Args:
        network: gives the velocity.
        noise: x_start, (batch, …).
        steps: number of steps.
        seeds: one for each sample; their places in the batch by default.
        start: the time of ``noise``.

    Raises:
        UserError: fewer than one step, or a number of seeds other than that of samples.
    """
    seeds = range(len(noise)) if seeds is None else seeds
    if len(seeds) != len(noise):
        raise UserError(f"{len(noise)} samples need as many seeds, got {len(seeds)}")
    noisy = noise
    for at, (t, t_next) in enumerate(time_steps(steps, start)):
        step = ddpm_step(network, noisy, t, t_next, draw_step_noise(seeds, at, noise.shape[1:]))
        yield step
        noisy = step.latents


def _reshape_like(level: Tensor, like: Tensor) -> Tensor:
    return level.reshape(-1, *[1] * (like.ndim - 1))
