"""A small network of sines that is the picture, as in Deep Daze (P. Wang, 2021).

V. Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nnanim.models.world_vae import SIDE
from nnanim.steering.generator import Generator, Parameters, check_side, draw, fall, follow_adam

STRIP = 1 << 16
"""How many pixels are computed at a time."""


class Siren(Generator):
    """The weights of a network (x, y) → red, green, blue, with sines in between; trained for one picture.

    Parameters are weights (n, ins, outs) and biases (n, 1, outs), layer by layer.

    Args:
        width: neurons in a layer.
        depth: layers of sines.
        sines: the factor within every sine, Sitzmann's ω.
        rate: of Adam; it falls to a tenth.
        side: height and width of the pictures that the guide sees.
    """

    name = "siren"
    steps = 110
    contrast = 0.6

    def __init__(
        self, width: int = 32, depth: int = 3, sines: float = 10.0, rate: float = 4e-3, side: int = SIDE
    ) -> None:
        self.side = check_side(side)
        self.sizes = [2, *[width] * depth, 3]
        self.width, self.depth, self.sines, self.rate = width, depth, sines, rate

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Random weights as Sitzmann et al. say, or weights that paint nearly the picture."""
        weights: Parameters = []
        for ins, outs in zip(self.sizes, self.sizes[1:], strict=False):
            # Section 3.2: every layer's sums then vary alike.
            reach = 1 / ins if ins == 2 else (6 / ins) ** 0.5 / self.sines
            weights += [reach * (2 * draw(rngs, (rows, outs), normal=False) - 1) for rows in (ins, 1)]
        return weights if picture is None else self._copy(weights, picture)

    def paint(self, parameters: Parameters) -> Tensor:
        """The network's answers at the middles of all pixels."""
        return self._pictures(parameters, self.side)

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam for every weight."""
        return follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))

    @torch.no_grad()
    def paint_large(self, parameters: Parameters, side: int) -> Tensor:
        """The same weights asked at other places: pictures of any size up to `generator.MAX_SIDE`."""
        return self._pictures(parameters, check_side(side))

    def enlarge(self, parameters: Parameters, factor: float, rngs: Sequence[torch.Generator]) -> Parameters:
        """The network asked at places nearer to the middle: its first weights, divided."""
        return [parameters[0] / factor, *parameters[1:]]

    def layers(self, parameters: Parameters, places: Tensor) -> list[Tensor]:
        """What every layer gives at places (p, 2), -1..1, x and y: (n, p, outs), the colours last."""
        values, given = places[None], []
        for at in range(0, len(parameters), 2):
            values = values @ parameters[at] + parameters[at + 1]
            last = at + 2 == len(parameters)
            values = torch.sigmoid(2 * values) if last else torch.sin(self.sines * values)
            given.append(values)
        return given

    def _pictures(self, parameters: Parameters, side: int) -> Tensor:
        parts = [self.layers(parameters, part)[-1] for part in places(side).split(STRIP)]
        return torch.cat(parts, dim=1).transpose(1, 2).reshape(-1, 3, side, side)

    def _copy(self, weights: Parameters, picture: Tensor, steps: int = 200, rate: float = 8e-3) -> Parameters:
        """The weights, trained until they paint nearly the picture (3, side, side)."""
        state: Parameters = []
        for step in range(steps):
            leaves = [one.detach().requires_grad_() for one in weights]
            nearness = -(self.paint(leaves) - picture).square().mean((1, 2, 3)).sum()
            slopes = list(torch.autograd.grad(nearness, leaves))
            weights, state = follow_adam(weights, slopes, step, state, fall(rate, step, steps))
        return weights


def places(side: int) -> Tensor:
    """(side², 2) x and y of all pixels' middles, -1..1, row by row from the top left."""
    ticks = (torch.arange(side) + 0.5) / (side / 2) - 1
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    return torch.stack([x, y], dim=-1).reshape(-1, 2)
