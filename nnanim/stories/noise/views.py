"""Pictures and histograms of pixels and of noise, as marks."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnanim import words
from nnanim.data.noise import HIGHEST, LOWEST, Floats, NoisyPicture, expected_counts
from nnanim.marks import Histogram, Picture, round_up
from nnanim.words import Words

BINS = 64
"""Number of bins over the range of a pixel."""

LARGER = 1.4
"""Factor by which pictures above their small histograms are enlarged."""

PICTURE = {"en": "picture", "ja": "画像"}
COUNTED = {"en": "counted", "ja": "数えた数"}
EXPECTED = {"en": "normal distribution", "ja": "正規分布"}
AXES: dict[str, Any] = {"x_name": words.pixel, "y_name": {"en": "how many pixels", "ja": "画素の数"}}


def pixel_picture(values: Floats, key: str, label: Words | None = None) -> Picture:
    """A picture of pixels."""
    return Picture(values, key=key, label=label, low=LOWEST, high=HIGHEST)


def noise_picture(made: NoisyPicture) -> Picture:
    """The noise as a picture; 0 has the colour of the ground."""
    limit = spread(made, made.sigma)
    return Picture(
        made.noise(), key="noise", label=words.noise, low=-limit, high=limit, colors="diverging",
        means=words.noise,
    )  # fmt: skip


def spread(made: NoisyPicture, sigma: float) -> float:
    """How far the colours of the noise reach on either side of 0."""
    return round_up(float(np.abs(made.noise(sigma)).max()))


def bins(low: float, high: float, count: int = BINS) -> Floats:
    """(count + 1,) edges of bins from ``low`` to ``high``."""
    return np.linspace(low, high, count + 1)


def pixel_edges() -> Floats:
    """Edges of the bins of pixels, the last one past the highest."""
    return bins(LOWEST, HIGHEST + 1)


def histogram(
    values: Floats, edges: Floats, key: str, about: tuple[float, float] | None = None, clip: bool = False,
    marked: Words | None = None, **options: Any,
) -> Histogram:  # fmt: skip
    """The histogram of values, with the counts that a normal distribution of (mean, sigma) expects.

    ``marked`` names the highlighted bins.
    """
    line = None if about is None else expected_counts(edges, *about, values.size, clip)
    names = (COUNTED, EXPECTED, marked) if marked else (COUNTED, EXPECTED)
    return Histogram.of(values, edges, key=key, expected=line, names=names if about else (), **options)
