"""Sounds and other signals as waves, and values of two axes, such as spectrograms, as one picture."""

from __future__ import annotations

import numpy as np

from nnanim import words
from nnanim.marks import Curve, Picture
from nnanim.stories.network.net import Floats
from nnanim.structure.titles import fill
from nnanim.words import Words

MIN_SIGNAL = 64
"""Minimum number of values of a signal that is shown as a wave."""

MAX_SIGNAL = 4000
"""Maximum number of values of a signal that are drawn one by one; of more, the least and largest of some."""

NARROWEST, WIDEST, SMALL = 0.5, 3.0, 1.6
"""Width over height of a map of two axes, whatever its numbers of rows and columns; and beside others."""

MOMENT: Words = {"en": "moment", "ja": "時点"}
MOMENTS = {"en": "moments, {n} in one stroke", "ja": "時点（{n} 個ずつ一本の線）"}
CHANNEL = {"en": "channel {n}", "ja": "チャネル {n}"}

Scale = tuple[float, Words]
"""Limit and name of a colour scale."""


def plot_signal(values: Floats, key: str, label: Words | None, aspect: float) -> Curve:
    """(channels, moments) as waves."""
    count = values.shape[1]
    each = -(-count // MAX_SIGNAL)
    moments, drawn = envelope(values, each)
    names = tuple(fill(CHANNEL, n=i + 1) for i in range(len(values))) if len(values) > 1 else ()
    return Curve(
        moments, drawn, key=key, names=names, label=label, y_name=words.value, aspect=aspect,
        x_name=MOMENT if each == 1 else fill(MOMENTS, n=each), x_limits=(1, count),
    )  # fmt: skip


def envelope(values: Floats, each: int) -> tuple[Floats, Floats]:
    """A signal by the least and the largest of so many values at a time.

    Args:
        values: (channels, n).
        each: 1 for all values as they are.

    Returns:
        (m,) the places of the first value of each stroke, from 1, twice; (channels, m) its two ends.
    """
    starts = np.arange(0, values.shape[1], each)
    places = np.asarray(starts + 1.0, dtype=np.float64)
    if each == 1:
        return places, values
    ends = [np.minimum.reduceat(values, starts, axis=1), np.maximum.reduceat(values, starts, axis=1)]
    return np.repeat(places, 2), np.stack(ends, axis=2).reshape(len(values), -1)


def picture_map(values: Floats, key: str, label: Words | None, colors: Scale, widest: float) -> Picture:
    """(rows, columns) as one picture of colours, at most so wide for its height."""
    ratio = values.shape[1] / values.shape[0]
    return Picture(
        values, key=key, low=-colors[0], high=colors[0], colors="diverging", means=colors[1], label=label,
        clips=True,
        aspect=min(max(ratio, NARROWEST), widest) / ratio,
    )  # fmt: skip
