"""A long short-term memory: a layer that reads one row after the other and decides what to remember.

After S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory" (1997), with the forget gate of F. Gers, J.
Schmidhuber and F. Cummins, "Learning to Forget" (2000), as torch has it.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import Tap


class LSTM(nn.Module):
    """``torch.nn.LSTM`` of one layer, batch first, with its gates in the open: a trace has them by name.

    Attributes:
        input_gate, forget_gate, output_gate: (batch, rows, states), 0..1 after each row.
        candidate: (batch, rows, states), -1..1: what could be written.
        kept, written: (batch, rows, states): what the forget gate leaves of the memory before, and what the
            input gate lets through of the candidate.
        memory: (batch, rows, states), the cell state after each row: the sum of these two.
        squashed: (batch, rows, states), tanh of the memory: times the output gate, it is the state.
    """

    def __init__(self, values: int, states: int) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.zeros(4 * states, values))
        self.weight_hh_l0 = nn.Parameter(torch.zeros(4 * states, states))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(4 * states))
        self.bias_hh_l0 = nn.Parameter(torch.zeros(4 * states))
        self.input_gate, self.forget_gate, self.output_gate = Tap(), Tap(), Tap()
        self.candidate, self.kept, self.written = Tap(), Tap(), Tap()
        self.memory, self.squashed = Tap(), Tap()

    @classmethod
    def from_torch(cls, layer: nn.LSTM) -> Self:
        """The same layer with the weights of torch's.

        Raises:
            UserError: it is not a plain layer: several layers, both directions, a projection or no biases.
        """
        same = cls(layer.input_size, layer.hidden_size)
        if same.state_dict().keys() != layer.state_dict().keys() or not layer.batch_first:
            raise UserError("LSTM.from_torch() takes one layer in one direction, batch first, with biases")
        same.load_state_dict(layer.state_dict())
        return same

    def forward(self, rows: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h = c = rows.new_zeros(len(rows), self.weight_hh_l0.shape[1])  # (batch, states), nothing read yet
        steps = []
        for row in rows.unbind(1):  # (batch, values)
            z = row @ self.weight_ih_l0.T + self.bias_ih_l0 + h @ self.weight_hh_l0.T + self.bias_hh_l0
            i, f, g, o = z.chunk(4, dim=-1)  # (batch, states) each
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            kept, written = f * c, i * g
            c = kept + written
            squashed = c.tanh()
            h = squashed * o
            steps.append((i, f, g, o, kept, written, c, squashed, h))
        i, f, g, o, kept, written, c, squashed, h = (torch.stack(s, dim=1) for s in zip(*steps, strict=True))
        self.input_gate(i), self.forget_gate(f), self.candidate(g), self.output_gate(o)
        self.kept(kept), self.written(written), self.memory(c), self.squashed(squashed)
        return h, (h[:, -1][None], c[:, -1][None])  # as torch: (batch, rows, states), and the last of each
