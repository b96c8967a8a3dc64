"""The dream of a generator that was told nothing, as in Big Sleep (R. Murdock, 2021).

There the generator was BigGAN; here it is world-diffusion with the empty caption: noise goes through a few
steps of DDIM that can be differentiated, and what is steered is the noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.models.painter import Painter
from nnanim.models.samplers import Velocity, add_noise, predict_x0_eps, time_steps
from nnanim.steering.generator import Generator, Parameters, draw, fall, follow_adam

SHAPE = (4, 8, 8)
"""Of the noise of one picture."""

LENGTH = 16.0
"""Of the noise: where nearly all normally distributed noise of 256 numbers lies, √256 from the middle."""


class Sleep(Generator):
    """Noise (n, 4, 8, 8) that an untold painter turns into a picture.

    It begins with the one of many noises whose picture is nearest to the sentence; most of the objective is
    the competition with rival sentences.

    Args:
        rate: of Adam; it falls to a tenth.
        dreaming: how many steps of DDIM lead from noise to latents.
        starts: from how many noises the first is chosen.
    """

    name = "sleep"
    steps = 46
    contrast = 0.7
    shift = 0.06

    def __init__(self, rate: float = 0.2, dreaming: int = 4, starts: int = 48) -> None:
        self.painter = Painter.load().requires_grad_(False)
        self.rate, self.dreaming, self.starts = rate, dreaming, starts

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Parameters to begin with; as `Generator.start` says."""
        if picture is not None:
            raise UserError("sleep begins with noise: it cannot begin with a picture")
        return [to_length(draw(rngs, SHAPE))]

    def paint(self, parameters: Parameters) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1; differentiable."""
        pictures: Tensor = self.painter.vae.decode(self.dream(parameters[0])[-1])
        return pictures

    def dream(self, noise: Tensor) -> list[Tensor]:
        """What the painter believes the latents to be after each step, from noise (n, 4, 8, 8).

        The last of them is the result.
        """
        nothing = self.painter.condition([""] * len(noise))
        return dream(self.painter.network(nothing, nothing, 0), noise, self.dreaming)

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam; as `Generator.advance` says."""
        moved, state = follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))
        return [to_length(moved[0])], state


def dream(network: Velocity, noise: Tensor, steps: int) -> list[Tensor]:
    """The estimates of the latents after each DDIM step, all differentiable; the last is the result.

    As `nnanim.models.samplers.ddim`, which keeps no slopes.
    """
    noisy, found = noise, list[Tensor]()
    for t, t_next in time_steps(steps):
        time = torch.full((len(noisy),), t)
        x0, eps = predict_x0_eps(noisy, network(noisy, time), time)
        found.append(x0.clamp(-4, 4))
        noisy = add_noise(found[-1], eps, torch.full((len(noisy),), t_next))
    return found


def to_length(noise: Tensor) -> Tensor:
    """Noises (n, 4, 8, 8), each brought to the length `LENGTH`."""
    return noise * (LENGTH / noise.flatten(1).norm(dim=1))[:, None, None, None]
