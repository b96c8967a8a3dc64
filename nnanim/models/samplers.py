"""From noise to a picture, step by step, with classifier-free guidance.

DDPM: J. Ho et al., "Denoising Diffusion Probabilistic Models" (2020). DDIM: J. Song et al., "Denoising
Diffusion Implicit Models" (2021). Guidance: J. Ho and T. Salimans, "Classifier-Free Diffusion Guidance"
(2022).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from nnanim.errors import UserError

Velocity = Callable[[Tensor, Tensor], Tensor]


class Step(NamedTuple):
    """One step on the way: time 1..0, the noisy latents x_t there.

    The picture and the noise the network believes in.
    """

    time: float
    noisy: Tensor
    picture: Tensor
    noise: Tensor


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


def guided(told: Velocity, untold: Velocity, scale: float) -> Velocity:
    """Away from what the network does without the sentence: untold + scale * (told - untold)."""

    def both(noisy: Tensor, time: Tensor) -> Tensor:
        without = untold(noisy, time)
        return without + scale * (told(noisy, time) - without)

    return both


@torch.no_grad()
def ddim(network: Velocity, noise: Tensor, steps: int = 20) -> Iterator[Step]:
    """Deterministic steps (DDIM, equation 12 with sigma 0); the last one's ``picture`` is the result.

    Raises:
        UserError: fewer than one step.
    """
    noisy = noise
    for now, later in _times(steps):
        time = torch.full((len(noise),), now)
        picture, guess = believed(noisy, network(noisy, time), time)
        picture = picture.clamp(-4, 4)
        yield Step(now, noisy, picture, guess)
        noisy = add_noise(picture, guess, torch.full((len(noise),), later))


@torch.no_grad()
def ddpm(network: Velocity, noise: Tensor, steps: int = 100, seed: int = 0) -> Iterator[Step]:
    """Steps with fresh noise each (DDPM, algorithm 2, for any number of steps).

    The last one's ``picture`` is the result.

    Raises:
        UserError: fewer than one step.
    """
    generator = torch.Generator().manual_seed(seed)
    noisy = noise
    for now, later in _times(steps):
        time = torch.full((len(noise),), now)
        picture, guess = believed(noisy, network(noisy, time), time)
        picture = picture.clamp(-4, 4)
        yield Step(now, noisy, picture, guess)
        left, next_left = float(signal(torch.tensor(now))), float(signal(torch.tensor(later)))
        ratio = left / next_left
        mean = (
            next_left**0.5 * (1 - ratio) / (1 - left) * picture
            + ratio**0.5 * (1 - next_left) / (1 - left) * noisy
        )
        spread = ((1 - next_left) / (1 - left) * (1 - ratio)) ** 0.5
        fresh = torch.randn(noise.shape, generator=generator)
        noisy = mean + (spread * fresh if later > 0 else 0)


def _times(steps: int) -> list[tuple[float, float]]:
    if steps < 1:
        raise UserError(f"sampling takes at least one step, got {steps}")
    times = torch.linspace(1, 0, steps + 1).tolist()
    return list(pairwise(times))


def _wide(level: Tensor, like: Tensor) -> Tensor:
    return level.reshape(-1, *[1] * (like.ndim - 1))
