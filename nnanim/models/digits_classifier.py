"""A small network that reads a handwritten digit."""

from __future__ import annotations

from torch import Tensor, nn


class DigitsClassifier(nn.Module):
    """Pixels in, one probability for each digit out.

    The last layer is called ``answer``, because a trace keeps the name "output" for what comes out of the
    whole model.
    """

    def __init__(self, pixels: int = 64, hidden: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.hidden = nn.Linear(pixels, hidden)
        self.hidden_activation = nn.ReLU()
        self.answer = nn.Linear(hidden, classes)
        self.answer_activation = nn.Softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.hidden_activation(self.hidden(x))  # (batch, 64), ink 0..1 -> (batch, 16)
        return self.answer_activation(self.answer(h))  # (batch, 10), sums to 1
