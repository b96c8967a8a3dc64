"""Which numbers are a picture, and how they become pixels: 0 to 1, −1 to 1, or normalised by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.errors import UserError
from nnanim.marks import Picture
from nnanim.stories.network.net import Floats
from nnanim.structure.titles import fill
from nnanim.words import Words

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
USUAL = (IMAGENET, CLIP)
"""Means and standard deviations of red, green and blue that pictures are usually normalised with."""

DARK = -0.5
"""A picture from −1 to 1 has a pixel below that; small numbers around 0 are none."""

MIN_SIDE = 8
"""Minimum number of rows and columns of a picture that is recognised by its range alone."""

SLACK = 2e-3
"""How far beyond the range of pixels rounding may carry a normalised number."""

UNDONE: Mapping[str, str] = {"en": "{t}, normalisation undone", "ja": "{t}（正規化を戻した色）"}
SIGNED: Mapping[str, str] = {"en": "{t}, zero is grey", "ja": "{t}（ゼロは灰色）"}


@dataclass(frozen=True)
class PixelRange:
    """How the numbers of a picture become pixels.

    Attributes:
        low: what is black; 1 is white.
        mean, std: (channels,) of the normalisation that is undone; empty for none.
    """

    low: float = 0.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def picture(self, values: Floats, key: str, label: Words | None) -> Picture:
        """(channels, rows, columns), one channel or three, as a picture in its own colours."""
        if self.mean:
            shape = (-1, 1, 1)
            values = np.clip(values * np.reshape(self.std, shape) + np.reshape(self.mean, shape), 0, 1)
        pixels = values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)
        return Picture(pixels, key=key, low=self.low, means=words.pixel, label=self._name(label))

    def _name(self, label: Words | None) -> Words | None:
        """The name, with what the colours are where nothing else says so."""
        said = UNDONE if self.mean else SIGNED if self.low < 0 else None
        return label if said is None or not label else fill(said, t=label)


def find_pixels(
    values: Floats, mean: Sequence[float] = (), std: Sequence[float] = (), entering: bool = True
) -> PixelRange | None:
    """How a value is shown as a picture; None where it is none.

    Args:
        values: (channels, rows, columns) of one sample.
        mean: of each channel, or one for all, if the normalisation is known.
        std: the same, standard deviations.
        entering: whether the value goes into the model: only such a one is normalised.
    """
    if values.ndim != 3 or len(values) not in (1, 3):
        return None
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1 and not (entering and mean):
        return PixelRange()
    known = [(tuple(mean), tuple(std))] if mean else USUAL
    for one, spread in known if entering else ():
        if (mean or (min(values.shape[1:]) >= MIN_SIDE and low < -1)) and _undoes(values, one, spread):
            return PixelRange(0.0, one, spread)
    if min(values.shape[1:]) >= MIN_SIDE and -1 - 1e-6 <= low <= DARK and high <= 1 + 1e-6:
        return PixelRange(-1.0)
    return None


def check_normalisation(mean: Sequence[float], std: Sequence[float]) -> None:
    """See that the numbers of a normalisation go together.

    Raises:
        UserError: they do not.
    """
    if len(mean) != len(std):
        raise UserError(f"mean has {len(mean)} numbers, std {len(std)}")
    if any(not one > 0 for one in std):
        raise UserError(f"std={tuple(std)}; every number must be above 0")


def _undoes(values: Floats, mean: Sequence[float], std: Sequence[float]) -> bool:
    """Whether a normalisation leads from a picture to these values."""
    if len(mean) not in (1, len(values)):
        return False
    shape = (-1, 1, 1)
    pixels = values * np.reshape(std, shape) + np.reshape(mean, shape)
    return bool(pixels.min() >= -SLACK and pixels.max() <= 1 + SLACK)
