"""A reward model: one number for an answer, learnt from pairs of which one was preferred.

After L. Ouyang et al., "Training language models to follow instructions with human feedback" (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nnanim.models.gpt import GPT, encode_prompt
from nnanim.models.tokenizer import END, PAD, Tokenizer


class RewardModel(GPT):
    """Chats (batch, length) and the place of each one's end to one number each (batch)."""

    def __init__(self, tokens: int, **arguments: Any) -> None:
        super().__init__(tokens, **arguments)
        self.score = nn.Linear(self.tokens.embedding_dim, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def rewards(self, ids: Tensor, last: Tensor) -> Tensor:
        """The number that is read off the state of each chat's end token."""
        states = self.states(ids)[torch.arange(len(ids)), last]  # (batch, width)
        return self.score(states)[:, 0]

    @torch.no_grad()
    def judge(self, question: str, answer: str) -> float:
        """The reward of an answer to a question."""
        ids = [*encode_prompt(question), *Tokenizer.load_default().encode(answer), END]
        return self.rewards(torch.tensor([ids]), torch.tensor([len(ids) - 1])).item()


class AnswerRewards(nn.Module):
    """Chats (n, length), padded, and the place of each one's end (n,) to their rewards (n,)."""

    def __init__(self, judge: RewardModel) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, ids: Tensor, last: Tensor) -> Tensor:
        return self.judge.rewards(ids, last)


def encode_answers(question: str, answers: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Padded token numbers of a question with each answer (n, length), and where each chat ends (n,)."""
    encode = Tokenizer.load_default().encode
    chats = [torch.tensor([*encode_prompt(question), *encode(answer), END]) for answer in answers]
    padded = nn.utils.rnn.pad_sequence(chats, batch_first=True, padding_value=PAD)
    return padded, torch.tensor([len(one) - 1 for one in chats])
