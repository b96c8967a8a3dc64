"""A perceptron with one hidden layer.

After D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors" (1986).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
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


def parameter_tables(network: Perceptron) -> tuple[NDArray[Any], NDArray[Any]]:
    """The parameters of both layers, (outputs, inputs + 1) each: a neuron's weights, then its bias."""
    first, second = (
        np.column_stack([layer.weight.detach().numpy(), layer.bias.detach().numpy()])
        for layer in (network.hidden, network.answer)
    )
    return first, second


def with_parameters(network: Perceptron, hidden: ArrayLike, answer: ArrayLike) -> Perceptron:
    """A copy of a network with other parameters, as in `parameter_tables`."""
    changed = deepcopy(network)
    with torch.no_grad():
        for layer, table in ((changed.hidden, hidden), (changed.answer, answer)):
            values = torch.as_tensor(np.asarray(table), dtype=layer.weight.dtype)
            layer.weight.copy_(values[:, :-1])
            layer.bias.copy_(values[:, -1])
    return changed
