"""Sentences as vectors: a question lies near the fact that answers it.

After N. Reimers and I. Gurevych, "Sentence-BERT" (2019); finding facts with it is retrieval, as in P. Lewis
et al., "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks" (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import PAD, Tokenizer


class SentenceEncoder(GPT):
    """Token numbers (batch, length), padded, to vectors of length 1 (batch, 64)."""

    def __init__(self, tokens: int, vector: int = 64, **arguments: Any) -> None:
        super().__init__(tokens, **arguments)
        self.project = nn.Linear(self.tokens.embedding_dim, vector, bias=False)

    def vectors(self, ids: Tensor) -> Tensor:
        """The mean of the states of all tokens, mapped and made one long."""
        present = (ids != PAD).float()[..., None]  # (batch, length, 1)
        mean = (self.states(ids) * present).sum(1) / present.sum(1)  # (batch, width)
        return F.normalize(self.project(mean), dim=1)

    @torch.no_grad()
    def embed(self, texts: Sequence[str]) -> Tensor:
        """The vectors of some sentences; the dot product of two is their cosine similarity.

        Raises:
            UserError: an empty sentence, or one that is longer than the context.
        """
        return self.vectors(encode_padded(texts, self.length))

    def find(self, question: str, facts: Sequence[str], count: int = 1) -> list[tuple[str, float]]:
        """The ``count`` facts nearest to a question, with their cosine similarities."""
        if not facts:
            raise UserError("there are no facts to search")
        similarity = self.embed(facts) @ self.embed([question])[0]
        values, places = similarity.topk(min(count, len(facts)))
        return [(facts[at], value) for at, value in zip(places.tolist(), values.tolist(), strict=True)]


def encode_padded(texts: Sequence[str], length: int) -> Tensor:
    """Sentences as token numbers, padded behind: (sentences, tokens of the longest)."""
    rows = []
    for text in texts:
        ids = Tokenizer.load_default().encode(text)
        if not ids:
            raise UserError("an empty sentence has no vector")
        if len(ids) > length:
            raise UserError(
                f"the sentence encoder reads at most {length} tokens, got {len(ids)}: {text[:40]!r}…"
            )
        rows.append(torch.tensor(ids))
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)


class SentenceVectors(nn.Module):
    """Token numbers (batch, length), padded, to the encoder's vectors (batch, 64), as a model of its own."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor) -> Tensor:
        return self.encoder.vectors(ids)
