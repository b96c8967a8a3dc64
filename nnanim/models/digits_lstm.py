"""A small recurrent network that reads a handwritten digit row by row."""

from __future__ import annotations

from torch import Tensor, nn

from nnanim.models.lstm import LSTM


class DigitsLSTM(nn.Module):
    """Rows of a picture in, one after the other; one probability for each digit out.

    After S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory" (1997): one layer of such cells, and a
    dense layer on its last state.
    """

    def __init__(self, states: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.reader = nn.LSTM(8, states, batch_first=True)
        self.answer = nn.Linear(states, classes)
        self.answer_activation = nn.Softmax(dim=-1)

    def forward(self, rows: Tensor) -> Tensor:
        states, _ = self.reader(rows)  # (batch, 8, 8), ink 0..1 -> (batch, 8, 16), after each row
        return self.answer_activation(self.answer(states[:, -1]))  # (batch, 10), sums to 1


class AnswerAfterEachRow(nn.Module):
    """A trained ``DigitsLSTM`` with its gates in the open, that answers after every row."""

    def __init__(self, trained: DigitsLSTM) -> None:
        super().__init__()
        self.reader = LSTM.from_torch(trained.reader)
        self.answer = trained.answer
        self.answer_activation = trained.answer_activation

    def forward(self, rows: Tensor) -> Tensor:
        states, _ = self.reader(rows)  # (batch, 8, 8) -> (batch, 8, 16)
        return self.answer_activation(self.answer(states))  # type: ignore[no-any-return]  # (batch, 8, 10)
