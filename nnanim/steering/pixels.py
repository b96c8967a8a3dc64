"""Pixels that follow the slope, as in DeepDream (A. Mordvintsev et al., 2015)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nnanim.models.world_vae import SIDE
from nnanim.steering.crops import unit
from nnanim.steering.generator import Generator, Parameters, check_side, draw


class Pixels(Generator):
    """The picture itself: from grey, steps of one length up the slope.

    Args:
        length: Euclidean length of a step, in units of a pixel's range.
        smoothness: weight of the differences between neighbouring pixels in the objective.
        side: height and width of the picture.
    """

    name = "pixels"
    steps = 60

    def __init__(self, length: float = 2.0, smoothness: float = 0.3, side: int = SIDE) -> None:
        self.length, self.smoothness, self.side = length, smoothness, check_side(side)

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Grey with a little noise, or the picture with it."""
        shape = (3, self.side, self.side)
        middle = torch.full(shape, 0.5) if picture is None else picture
        return [(middle + 0.02 * draw(rngs, shape)).clamp(0, 1)]

    def paint(self, parameters: Parameters) -> Tensor:
        """The pixels themselves."""
        return parameters[0].clone()

    def penalty(self, pictures: Tensor) -> Tensor:
        """How much neighbouring pixels differ."""
        down, along = pictures.diff(dim=2).abs(), pictures.diff(dim=3).abs()
        return self.smoothness * (down.mean((1, 2, 3)) + along.mean((1, 2, 3)))

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of the same length for every picture."""
        return [(parameters[0] + self.length * unit(slopes[0])).clamp(0, 1)], state
