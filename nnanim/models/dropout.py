"""Dropout: in training, neurons are switched off at random.

After N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014),
scaled in training ("inverted"), as torch does it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import Tap


class Dropout(nn.Module):
    """Switches each value off with probability ``p`` and divides the others by 1 − p; eval() changes nothing.

    ``torch.nn.Dropout`` with its mask in the open: a trace has it under ``mask``.

    Raises:
        UserError: ``p`` is not at least 0 and below 1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise UserError(f"dropout with p={p!r}; it must be at least 0 and below 1")
        self.p = p
        self.mask = Tap()

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        mask = self.mask(torch.empty_like(x).bernoulli_(1 - self.p))  # 1 stays, 0 is switched off
        return x * mask / (1 - self.p)  # the same shape as x, and on average the same values
