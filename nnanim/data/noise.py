"""A grey picture with Gaussian noise, drawn by numpy's generator from a seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError
from nnanim.trace.arrays import apply_replacement

Floats = NDArray[np.float64]

LOWEST, HIGHEST = 0.0, 255.0
"""Range of a pixel."""


@dataclass(frozen=True)
class NoisyPicture:
    """A picture of one grey, the noise that is added to it, and their sum.

    The noise of another ``sigma`` is the same draw, scaled, so that pictures of one seed can be compared.

    Attributes:
        grey: value of every pixel, 0..255.
        sigma: standard deviation of the noise, in the same units; its mean is 0.
        seed: of numpy's generator.
        size: (height, width) in pixels, one at most twice the other.
    """

    grey: float = 128
    sigma: float = 10
    seed: int = 0
    size: tuple[int, int] = (100, 100)

    def __post_init__(self) -> None:
        if not (_finite(self.grey) and LOWEST <= self.grey <= HIGHEST):
            raise UserError(f"grey={self.grey!r}; a pixel is {LOWEST:g} to {HIGHEST:g}")
        check_sigma(self.sigma)
        if not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise UserError(f"seed={self.seed!r}; it is a whole number, 0 or more")
        sides = self.size if isinstance(self.size, tuple) else ()
        if len(sides) != 2 or not all(isinstance(n, int) and 1 <= n <= 1000 for n in sides):
            raise UserError(f"size={self.size!r}; it is (height, width), each 1 to 1000 pixels")
        if max(sides) > 2 * min(sides):
            raise UserError(f"size={self.size!r}; one side is at most twice the other")

    @cached_property
    def _standard_noise(self) -> Floats:
        drawn = np.random.default_rng(self.seed).standard_normal(self.size)
        drawn.flags.writeable = False
        return drawn

    @property
    def draws(self) -> Floats:
        """(height, width) numbers of mean 0 and standard deviation 1, as they were drawn."""
        return np.asarray(apply_replacement("noise", self._standard_noise))

    @property
    def picture(self) -> Floats:
        """(height, width) the picture before any noise."""
        return np.full(self.size, float(self.grey))

    def noise(self, sigma: float | None = None) -> Floats:
        """(height, width) noise of standard deviation ``sigma``, by default the picture's own."""
        return self.draws * check_sigma(self.sigma if sigma is None else sigma)

    def noisy(self, sigma: float | None = None) -> Floats:
        """(height, width) the picture and its noise, not clipped."""
        return self.picture + self.noise(sigma)

    def clip(self, sigma: float | None = None) -> Floats:
        """(height, width) the sum, clipped to the range of a pixel."""
        return np.clip(self.noisy(sigma), LOWEST, HIGHEST)

    def outside(self, sigma: float | None = None) -> float:
        """Share of the sum that lies outside the range of a pixel and is clipped."""
        sums = self.noisy(sigma)
        return float(((sums < LOWEST) | (sums > HIGHEST)).mean())

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the numbers come from, for the film's card."""
        return {
            "model": f"Gaussian noise, σ = {self.sigma:g}",
            "seed": self.seed,
            "computed_with": f"numpy {np.__version__}",
            "versions": {"numpy": np.__version__},
        }


def check_sigma(sigma: float) -> float:
    """``sigma`` itself.

    Raises:
        UserError: it is not finite or not above 0.
    """
    if not (_finite(sigma) and sigma > 0):
        raise UserError(f"sigma={sigma!r}; a standard deviation is above 0")
    return sigma


def _finite(value: object) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(value)


def expected_counts(edges: Floats, mean: float, sigma: float, count: int, clipped: bool = False) -> Floats:
    """(bins,) how many of ``count`` normal values fall into each bin on average.

    With ``clipped``, what lies beyond the outermost edges is counted in the outermost bins.
    """
    below = np.array([0.5 * (1 + math.erf((edge - mean) / (sigma * math.sqrt(2)))) for edge in edges])
    if clipped:
        below[0], below[-1] = 0.0, 1.0
    return np.asarray(count * np.diff(below))
