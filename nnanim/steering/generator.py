"""What is steered: parameters, and how a picture comes out of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.models.world_vae import SIDE
from nnanim.steering.crops import crops
from nnanim.trace.inspect import checksum

MAX_SIDE = 2048

Parameters = list[Tensor]
"""Each (n, …): the first axis goes through the pictures."""


class Generator(ABC):
    """A way to paint whose parameters follow the slope of the cosine.

    A class of one's own gives it a name and defines `start`, `paint` and `advance`; all else has a default.
    Pictures never mix: row i of every parameter belongs to picture i.
    """

    name: str = "own"
    """What the command line and run.json call it."""

    steps: int = 80
    """How many steps it takes unless it is told otherwise."""

    side: int = SIDE
    """Height and width of the pictures that it paints."""

    starts: int = 1
    """How many starts are drawn for each picture; the one nearest to the sentence is steered."""

    contrast: float = 0.0
    """0..1, the share of the objective in which the sentence competes with the guide's rivals."""

    views: int = 1
    """How many views of a picture the guide sees in a step."""

    scale: tuple[float, float] = (0.9, 1.1)
    """Least and greatest width of a view, in widths of the picture."""

    shift: float = 0.08
    """Greatest way of a view's middle, in half widths."""

    @abstractmethod
    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Parameters to begin with, one row for each source of chance.

        Args:
            rngs: where all chance comes from.
            picture: (3, side, side), 0..1: begin with this.
        """

    def start_from_seed(self, seed: int) -> Parameters:
        """Parameters of one picture to begin with, all chance from ``seed``."""
        return self.start([torch.Generator().manual_seed(seed)])

    @abstractmethod
    def paint(self, parameters: Parameters) -> Tensor:
        """Pictures (n, 3, side, side), 0..1; differentiable."""

    @abstractmethod
    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """The parameters after a step up the slope, and the state for the next one.

        Args:
            parameters: as they are; they are not changed.
            slopes: of the objective, which is to grow, in the shapes of the parameters.
            step: 0 .. steps - 1.
            steps: how many there are.
            state: what the step before gave, such as means of past slopes; empty at first. It is kept on
                disk with the parameters, so that a run continues with the same bytes.
        """

    def penalty(self, pictures: Tensor) -> Tensor | None:
        """What is taken from the objective (n,), such as roughness; None where nothing is."""
        return None

    def enlarge(self, parameters: Parameters, factor: float, rngs: Sequence[torch.Generator]) -> Parameters:
        """Parameters whose pictures are the middle of these ones, ``factor`` times as large.

        By default the picture is zoomed and begun with anew.
        """
        with torch.no_grad():
            pictures = crops(self.paint(parameters), (1 / factor, 1 / factor), 0.0)
        rows = [self.start([rng], one) for rng, one in zip(rngs, pictures, strict=True)]
        return [torch.cat(parts) for parts in zip(*rows, strict=True)]

    def describe(self) -> dict[str, Any]:
        """Its name and settings for run.json; of its models the checksums of their weights."""
        recipe = {name: getattr(self, name) for name in ("name", "side", "starts", "contrast", "views")}
        own = {name: value for name, value in vars(self).items() if isinstance(value, int | float | str)}
        weights = {
            f"{name} weights": checksum_of(value)
            for name, value in vars(self).items()
            if isinstance(value, nn.Module)
        }
        return {**recipe, "scale": "{}-{}".format(*self.scale), "shift": self.shift, **own, **weights}

    def paint_large(self, parameters: Parameters, side: int) -> Tensor:
        """Pictures (n, 3, side, side) from the same parameters.

        Raises:
            UserError: this generator knows one size only.
        """
        raise UserError(f"{self.name} paints {self.side}×{self.side} pixels and no other size")

    def to_svg(self, parameters: Parameters) -> list[str]:
        """Each picture as SVG.

        Raises:
            UserError: this generator has no lines.
        """
        raise UserError(f"{self.name} paints pixels, not lines: there is no SVG of it")


def follow_adam(
    parameters: Parameters, slopes: Parameters, step: int, state: Parameters, rate: float,
    betas: tuple[float, float] = (0.9, 0.99),
) -> tuple[Parameters, Parameters]:  # fmt: skip
    """One step of Adam upwards (D. Kingma and J. Ba, 2014), for `Generator.advance`.

    Returns:
        The parameters, and as state the means of slopes and of squared slopes.
    """
    n = len(parameters)
    state = state or [torch.zeros_like(one) for one in parameters] * 2
    means = [betas[0] * m + (1 - betas[0]) * g for m, g in zip(state[:n], slopes, strict=True)]
    squares = [betas[1] * s + (1 - betas[1]) * g * g for s, g in zip(state[n:], slopes, strict=True)]
    unbias = [1 - beta ** (step + 1) for beta in betas]
    moved = [
        p + rate * (m / unbias[0]) / ((s / unbias[1]).sqrt() + 1e-8)
        for p, m, s in zip(parameters, means, squares, strict=True)
    ]
    return moved, means + squares


def fall(rate: float, step: int, steps: int, share: float = 0.9) -> float:
    """A rate that falls in a straight line, by ``share`` of it until the end."""
    return rate * (1 - share * step / steps)


def draw(rngs: Sequence[torch.Generator], shape: Sequence[int], normal: bool = True) -> Tensor:
    """(n, *shape) numbers, normally distributed or evenly from 0 to 1, row i from source i."""
    make = torch.randn if normal else torch.rand
    return torch.stack([make(*shape, generator=rng) for rng in rngs])


def checksum_of(model: nn.Module) -> str:
    """The checksum of a model's weights, for run.json."""
    return checksum({name: value.detach().cpu().numpy() for name, value in model.state_dict().items()})


def check_side(side: int) -> int:
    """Height and width of a picture that can be painted.

    Raises:
        UserError: none, or more than `MAX_SIDE`.
    """
    if not 1 <= side <= MAX_SIDE:
        raise UserError(f"a picture has from 1 to {MAX_SIDE} pixels a side, not {side}")
    return side
