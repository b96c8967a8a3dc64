"""How well a language model knows texts that it never read."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.models.gpt import GPT


class HeldOutLoss(nn.Module):
    """Rows of token numbers (n, length) to the mean cross-entropy of a token of each (n,), in nats."""

    def __init__(self, model: GPT) -> None:
        super().__init__()
        self.model = model

    def forward(self, rows: Tensor) -> Tensor:
        logits = self.model(rows[:, :-1])  # (n, length − 1, tokens)
        return F.cross_entropy(logits.transpose(1, 2), rows[:, 1:], reduction="none").mean(1)
