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


class Step(NamedTuple):
    """One step on the way, which leads from x_t to x_s with s < t.

    Attributes:
        time: t, 1..0.
        noisy: the noisy latents x_t.
        picture: the picture the network believes in at x_t.
        noise: the noise it believes in.
        later: s, the time that the step leads to.
        latents: x_s; in the last step the result, which is its ``picture``.
    """

    time: float
    noisy: Tensor
    picture: Tensor
    noise: Tensor
    later: float
    latents: Tensor


def signal(time: Tensor) -> Tensor:
    """The share alpha-bar of the picture's variance that is left at a time 0..1: the cosine schedule.

    A. Nichol and P. Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), equation 17.
    """
    late = 0.008
    level = (
        torch.cos((time + late) / (1 + late) * math.pi / 2) ** 2
        / math.cos(late / (1 + late) * math.pi / 2) ** 2
    )
    return level.clamp(1e-5, 1.0)


def add_noise(picture: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """x_t in one jump (DDPM, equation 4): picture and noise (batch, …), time (batch,)."""
    left = _wide(signal(time), picture)
    return left.sqrt() * picture + (1 - left).sqrt() * noise


def velocity(picture: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """What the network learns to give: v = alpha * noise - sigma * picture."""
    left = _wide(signal(time), picture)
    return left.sqrt() * noise - (1 - left).sqrt() * picture


def believed(noisy: Tensor, v: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
    """The picture and the noise that a velocity at x_t stands for."""
    left = _wide(signal(time), noisy)
    return left.sqrt() * noisy - (1 - left).sqrt() * v, (1 - left).sqrt() * noisy + left.sqrt() * v


def times(steps: int, start: float = 1.0) -> list[tuple[float, float]]:
    """The way from ``start`` to 0 in even steps: pairs of times, each from and to.

    Raises:
        UserError: fewer than one step.
    """
    if steps < 1:
        raise UserError(f"sampling takes at least one step, got {steps}")
    return list(pairwise(torch.linspace(start, 0, steps + 1).tolist()))


@torch.no_grad()
def ddim_step(network: Velocity, noisy: Tensor, now: float, later: float) -> Step:
    """One deterministic step (DDIM, equation 12 with sigma 0)."""
    time = torch.full((len(noisy),), now)
    picture, guess = believed(noisy, network(noisy, time), time)
    picture = picture.clamp(-4, 4)
    latents = add_noise(picture, guess, torch.full((len(noisy),), later)) if later > 0 else picture
    return Step(now, noisy, picture, guess, later, latents)


@torch.no_grad()
def ddpm_step(network: Velocity, noisy: Tensor, now: float, later: float, fresh: Tensor) -> Step:
    """One step with fresh noise, none in the last (DDPM, algorithm 2, for any two times)."""
    time = torch.full((len(noisy),), now)
    picture, guess = believed(noisy, network(noisy, time), time)
    picture = picture.clamp(-4, 4)
    mean, spread = posterior(picture, noisy, now, later)
    return Step(now, noisy, picture, guess, later, mean + spread * fresh if later > 0 else picture)


def posterior(picture: Tensor, noisy: Tensor, now: float, later: float) -> tuple[Tensor, float]:
    """Mean and standard deviation of x_s given x_t and x_0 (DDPM, equations 6 and 7, for any s < t)."""
    left, next_left = float(signal(torch.tensor(now))), float(signal(torch.tensor(later)))
    ratio = left / next_left
    mean = (
        next_left**0.5 * (1 - ratio) / (1 - left) * picture
        + ratio**0.5 * (1 - next_left) / (1 - left) * noisy
    )
    return mean, ((1 - next_left) / (1 - left) * (1 - ratio)) ** 0.5


def fresh_noise(seeds: Sequence[int], step: int, shape: Sequence[int]) -> Tensor:
    """The noise (seeds, *shape) that DDPM adds after a step: each sample's from its own seed and the step.

    So a sample's noise is the same wherever it stands in a batch, and wherever a run is taken up again.
    """
    drawn = []
    for seed in seeds:
        mixed = int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> 1)
        drawn.append(torch.randn(*shape, generator=torch.Generator().manual_seed(mixed)))
    return torch.stack(drawn)


def ddim(network: Velocity, noise: Tensor, steps: int = 20, start: float = 1.0) -> Iterator[Step]:
    """Deterministic steps from x_start; the last one's ``picture`` is the result.

    Raises:
        UserError: fewer than one step.
    """
    noisy = noise
    for now, later in times(steps, start):
        step = ddim_step(network, noisy, now, later)
        yield step
        noisy = step.latents


def ddpm(
    network: Velocity,
    noise: Tensor,
    steps: int = 100,
    seeds: Sequence[int] | None = None,
    start: float = 1.0,
) -> Iterator[Step]:
    """Steps with fresh noise each, from each sample's own seed; the last one's ``picture`` is the result.

    Args:
        network: gives the velocity.
        noise: x_start, (batch, …).
        steps: how many.
        seeds: one for each sample; their places in the batch by default.
        start: the time of ``noise``.

    Raises:
        UserError: fewer than one step, or a number of seeds other than that of samples.
    """
    seeds = range(len(noise)) if seeds is None else seeds
    if len(seeds) != len(noise):
        raise UserError(f"{len(noise)} samples need as many seeds, got {len(seeds)}")
    noisy = noise
    for at, (now, later) in enumerate(times(steps, start)):
        step = ddpm_step(network, noisy, now, later, fresh_noise(seeds, at, noise.shape[1:]))
        yield step
        noisy = step.latents


def _wide(level: Tensor, like: Tensor) -> Tensor:
    return level.reshape(-1, *[1] * (like.ndim - 1))
