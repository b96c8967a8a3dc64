"""Where a steering stands: one of its pictures, and what produced it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.images import Floats


@dataclass(frozen=True, eq=False)
class SteeringStep:
    """A steering after some steps; ``step, picture, cosine = …`` unpacks it.

    Of one prompt and one seed the arrays are as written here; of several, picture, slope, cosine and
    the parameters have one more axis in front.

    Attributes:
        step: how many steps were made: 0 is the start, ``steps`` the result.
        steps: how many steps the run has.
        picture: (height, width, 3), 0..1.
        cosine: of the whole picture and the prompt, -1..1.
        slope: (height, width, 3), the gradient of the guide's objective at the picture: where it wants each
            colour to grow, seen through this step's view.
        parameters: of the generator, each without its first axis.
        state: what the next step begins with besides the parameters, always with its first axis.
    """

    step: int
    steps: int
    picture: Floats
    cosine: float | Floats
    slope: Floats
    parameters: tuple[NDArray[Any], ...]
    state: tuple[NDArray[Any], ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.step, self.picture, self.cosine))

    def tensors(self) -> list[Tensor]:
        """The parameters with their first axis, as a generator takes them."""
        arrays = self.parameters if self.picture.ndim == 4 else [one[None] for one in self.parameters]
        return [torch.from_numpy(one.copy()) for one in arrays]
