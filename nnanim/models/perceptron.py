"""A perceptron with one hidden layer.

After D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors" (1986).
"""

from __future__ import annotations

from torch import Tensor, nn


class Perceptron(nn.Module):
    """Numbers in, probabilities out, each neuron a weighted sum and a sigmoid.

    The layers are called ``hidden`` and ``answer``: a trace keeps the names "input" and "output" for what
    goes into the whole model and what comes out of it.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.hidden_activation = nn.Sigmoid()
        self.answer = nn.Linear(hidden, outputs)
        self.answer_activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        h = self.hidden_activation(self.hidden(x))  # (batch, inputs) -> (batch, hidden)
        return self.answer_activation(self.answer(h))  # (batch, outputs), each 0..1
