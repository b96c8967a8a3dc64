"""What a language model holds of sums: how probable each total is after "a + b ="."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.data.texts.cast import join_words
from nnanim.data.texts.facts import sum_fact
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import END, Tokenizer

TOTALS = 20
"""Number of totals that are asked for: 0 to 19."""


class SumTable(nn.Module):
    """Token numbers of unfinished sums (n, length) to the probabilities of the totals 0 to 19 (n, 20).

    A total may be one token or two: P(17) = P(1) P(7 | 1). What is left of P(1) is the total 1.
    """

    def __init__(self, model: GPT, language: str) -> None:
        super().__init__()
        self.model = model
        encode, begin = Tokenizer.load_default().encode, unfinished_sum(1, 1, language)
        space, count = " " if language == "en" else "", len(encode(begin))
        self.spelled = [encode(f"{begin}{space}{total}")[count:] for total in range(TOTALS)]

    def forward(self, ids: Tensor) -> Tensor:
        first = self._next(ids)
        chances = [first[:, one[0]] for one in self.spelled]
        for begin in {one[0] for one in self.spelled if len(one) > 1}:
            second = self._next(torch.cat([ids, torch.full((len(ids), 1), begin)], dim=1))
            longer = [total for total, one in enumerate(self.spelled) if one[0] == begin and len(one) > 1]
            for total in longer:
                chances[total] = chances[total] * second[:, self.spelled[total][1]]
            alone = self.spelled.index([begin])
            chances[alone] = chances[alone] - torch.stack([chances[total] for total in longer]).sum(0)
        return torch.stack(chances, dim=1)  # (n, 20)

    def _next(self, ids: Tensor) -> Tensor:
        """Probabilities of the next token: (n, tokens)."""
        return self.model(ids)[:, -1].softmax(-1)


def unfinished_sum(a: int, b: int, language: str) -> str:
    """A sum up to where its total is to come: "1 + 1 ="."""
    statement = join_words(sum_fact(a, b, language).statement, language)
    return statement[: statement.rindex("=" if language == "en" else "は") + 1]


def encode_sums(pairs: list[tuple[int, int]], language: str, before: str = "") -> Tensor:
    """Token numbers of unfinished sums (n, length), after a text that has gone before."""
    encode = Tokenizer.load_default().encode
    return torch.tensor([[END, *encode(before + unfinished_sum(a, b, language))] for a, b in pairs])
