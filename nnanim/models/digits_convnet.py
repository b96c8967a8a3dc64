"""A small convolutional network that reads a handwritten digit."""

from __future__ import annotations

from torch import Tensor, nn


class DigitsConvNet(nn.Module):
    """Pictures in, one probability for each digit out.

    After Y. LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998): convolution,
    pooling, convolution, pooling, one dense layer.
    """

    def __init__(self, first: int = 8, second: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, first, 3, padding=1)
        self.first_activation = nn.ReLU()
        self.first_pool = nn.MaxPool2d(2)
        self.second = nn.Conv2d(first, second, 3, padding=1)
        self.second_activation = nn.ReLU()
        self.second_pool = nn.MaxPool2d(2)
        self.flat = nn.Flatten()
        self.answer = nn.Linear(second * 4, classes)
        self.answer_activation = nn.Softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first_activation(self.first(x))  # (batch, 1, 8, 8), ink 0..1 -> (batch, 8, 8, 8)
        h = self.first_pool(h)  # (batch, 8, 4, 4)
        h = self.second_pool(self.second_activation(self.second(h)))  # (batch, 16, 2, 2)
        return self.answer_activation(self.answer(self.flat(h)))  # (batch, 10), sums to 1
