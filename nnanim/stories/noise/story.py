"""The story of a grey picture and Gaussian noise.

The question: how much noise hides a grey? The moment to remember: what was outside the range of a pixel
stands in two spikes, and nobody can tell any more where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.data.noise import NoisyPicture, check_sigma
from nnanim.stories.noise.clipping import clipping, comparison, wide
from nnanim.stories.noise.summing import grey, noise_histogram, pixels, summation


def noise(
    made: NoisyPicture, strong: float = 60.0, levels: Sequence[float] = (10, 30, 60, 120)
) -> Iterator[Beat]:
    """Tell how noise is added to a picture and clipped.

    Args:
        made: the picture and its noise.
        strong: a larger standard deviation, of which clipping takes its share.
        levels: standard deviations that are compared at the end.

    Raises:
        UserError: a standard deviation is not above 0.
    """
    for sigma in (strong, *levels):
        check_sigma(sigma)
    yield grey(made)
    yield noise_histogram(made)
    yield pixels(made)
    yield summation(made, after_pixels=True)
    yield wide(made, strong)
    yield clipping(made, strong)
    yield comparison(made, strong, levels)
