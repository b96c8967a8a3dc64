"""A codebook: the few latents that all latents of the small world are rounded to.

After A. van den Oord et al., "Neural Discrete Representation Learning" (2017), section 3.1, without their
training: the codes are the middles of clusters of latents, found by k-means.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.errors import UserError


class Codebook(nn.Module):
    """Codes (size, width); each cell of latents (batch, width, rows, columns) becomes the nearest one.

    Attributes:
        codes: (size, width) in the units of the latents, which vary by about 1.
    """

    def __init__(self, size: int = 512, width: int = 4) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.zeros(size, width))

    @torch.no_grad()
    def find_nearest(self, latents: Tensor) -> Tensor:
        """Number of the nearest code of each cell, (batch, rows, columns).

        Raises:
            UserError: latents with another number of channels than the codes.
        """
        if latents.ndim != 4 or latents.shape[1] != self.codes.shape[1]:
            raise UserError(
                f"latents of shape {tuple(latents.shape)}; the codes have {self.codes.shape[1]} numbers, so "
                f"(batch, {self.codes.shape[1]}, rows, columns) is wanted"
            )
        cells = latents.permute(0, 2, 3, 1)  # (batch, rows, columns, width)
        return torch.cdist(cells.flatten(0, 2), self.codes).argmin(1).unflatten(0, cells.shape[:3])

    def look_up(self, numbers: Tensor) -> Tensor:
        """Latents (batch, width, rows, columns) of code numbers (batch, rows, columns)."""
        return self.codes[numbers].permute(0, 3, 1, 2)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents rounded to their nearest codes; the gradient skips the rounding (straight-through).

        Y. Bengio et al., "Estimating or Propagating Gradients Through Stochastic Neurons" (2013).
        """
        with torch.no_grad():
            away = self.look_up(self.find_nearest(latents)) - latents
        return latents + away
