"""Views of pictures as a camera that is a little off would give them: nearer, farther, shifted."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def crops(
    pictures: Tensor,
    scale: tuple[float, float],
    shift: float,
    rngs: Sequence[torch.Generator] | None = None,
    side: int | None = None,
) -> Tensor:
    """Each picture (n, 3, h, w) once, zoomed and shifted at random; the edge goes on beyond the picture.

    Args:
        pictures: 0..1.
        scale: least and greatest width of the view, in widths of the picture.
        shift: greatest way of its middle, in half widths.
        rngs: one source of chance for each picture; torch's own when None.
        side: height and width of the views; those of the pictures when None.
    """
    n = len(pictures)
    view = torch.zeros(n, 2, 3)
    for part, rng in [(view, None)] if rngs is None else zip(view.split(1), rngs, strict=True):
        part[:, 0, 0] = part[:, 1, 1] = torch.empty(len(part)).uniform_(*scale, generator=rng)
        part[:, :, 2] = torch.empty(len(part), 2).uniform_(-shift, shift, generator=rng)
    size = pictures.shape if side is None else (n, 3, side, side)
    places = F.affine_grid(view, list(size), align_corners=False)
    seen = F.grid_sample(pictures, places, padding_mode="border", align_corners=False)
    return seen.clamp(0, 1)  # interpolation rounds


def unit(slope: Tensor) -> Tensor:
    """Slopes (n, …), each brought to length 1."""
    length = slope.flatten(1).norm(dim=1).clamp(min=1e-9)
    return slope / length.reshape(-1, *[1] * (slope.ndim - 1))
