"""One step of a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnanim.images import Floats


@dataclass(frozen=True, eq=False)
class Step:
    """Where a generation stands after one step; ``step, picture, latents = …`` unpacks it.

    Of one prompt and one seed the arrays are as written here; of several they have one more axis in front.
    Latents are (channel, row, column), pictures (height, width, 3) with values 0..1. Pictures are decoded
    when they are first looked at.

    Attributes:
        step: number of the step, 0 .. steps - 1.
        steps: how many steps the run has.
        time: where the step began: 1 is noise, 0 the finished picture.
        alpha_bar: the share of the picture's variance in ``noisy``.
        noisy: the noisy latents x_t that the network was shown.
        noise: the network's estimate of the noise in them, with guidance.
        predicted: its estimate of the finished latents x_0; None where a scheduler gives none.
        latents: the latents after the step; after the last one, the result.
        decode: latents to pictures.
        output: what a pipeline's network gave, with guidance, as its scheduler takes it; None of the
            built-in backend.
    """

    step: int
    steps: int
    time: float
    alpha_bar: float
    noisy: Floats
    noise: Floats
    predicted: Floats | None
    latents: Floats
    decode: Callable[[Floats], Floats] = field(repr=False)
    output: Floats | None = None

    @cached_property
    def picture(self) -> Floats:
        """``latents``, decoded: noisy until the last step."""
        return self.decode(self.latents)

    @cached_property
    def noisy_picture(self) -> Floats:
        """``noisy``, decoded."""
        return self.decode(self.noisy)

    @cached_property
    def predicted_picture(self) -> Floats | None:
        """``predicted``, decoded: the finished picture as the network foresees it."""
        return None if self.predicted is None else self.decode(self.predicted)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.step, self.picture, self.latents))
