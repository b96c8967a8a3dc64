"""A small network that reads a handwritten digit."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from nnanim.data import digits


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


def move_weights(
    trained: DigitsClassifier, shape: tuple[int, int], down: int = 0, right: int = 0
) -> DigitsClassifier:
    """The network with the weights of its hidden neurons moved over pictures of ``shape``, in place of them.

    What leaves is lost, and what comes in is 0: a picture that loses no ink when it is moved in the same way
    gives the same sums.
    """
    moved = deepcopy(trained)
    weights = trained.hidden.weight.detach().numpy().reshape(-1, *shape)  # (hidden, rows, columns)
    with torch.no_grad():
        moved.hidden.weight.copy_(
            torch.from_numpy(digits.move(weights, down, right)).reshape(len(weights), -1)
        )
    return moved
