"""How a signal looks: a glowing disc whose area is the size of its value and whose colour is the sign."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Discs
from nnanim.theme import Theme

Floats = npt.NDArray[np.float64]

BIGGEST = 0.21
"""Radius of a signal of the largest value, at scale 1."""


def sign_colors(values: Floats, theme: Theme) -> Floats:
    """(n, 4) colour of each value's sign."""
    return np.where(values[:, None] >= 0, theme.rgba("positive"), theme.rgba("negative"))


def signal_discs(
    values: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats | None = None
) -> Discs:
    """Signals as glowing discs: the area is the size of the value, the colour its sign or ``fills``."""
    radii = BIGGEST * scale * np.sqrt(np.abs(values) / limit)
    fills = sign_colors(values, theme) if fills is None else fills
    rims = np.tile(theme.rgba("ground"), (len(fills), 1))
    rims[:, 3] = fills[:, 3]
    return Discs(places, np.maximum(radii, 0.02), fills, rims, rim_width=0.02, glow=2.2)
