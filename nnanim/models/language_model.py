"""A small transformer that guesses the next word.

After A. Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.data import tales
from nnanim.errors import UserError
from nnanim.models.attention import TransformerBlock, causal


class LanguageModel(nn.Module):
    """Word numbers (batch, length) to logits for the word after each of them (batch, length, words)."""

    def __init__(self, words: int, length: int = 96, width: int = 96, depth: int = 3, heads: int = 4) -> None:
        super().__init__()
        self.length = length
        self.words = nn.Embedding(words, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, words)

    def forward(self, numbers: Tensor) -> Tensor:
        length = numbers.shape[1]
        if length > self.length:
            raise UserError(f"the language model reads at most {self.length} words, got {length}")
        x = self.words(numbers) + self.positions(torch.arange(length))  # (batch, length, width)
        mask = causal(length)
        for block in self.blocks:
            x = block(x, mask=mask)
        return self.answer(self.norm(x))  # (batch, length, words)

    @torch.no_grad()
    def next_token_probs(self, text: str, temperature: float = 1.0) -> list[tuple[str, float]]:
        """The words that may come next and their probabilities, the likeliest first.

        Raises:
            UserError: an unknown word, no word at all, a temperature that is not positive.
        """
        if temperature <= 0:
            raise UserError(f"the temperature is positive, got {temperature}")
        numbers = tales.encode(text)
        if not numbers:
            raise UserError("the language model needs at least one word to go on from")
        logits = self(torch.tensor([numbers[-self.length :]]))[0, -1]
        probabilities = (logits / temperature).softmax(0)
        order = probabilities.argsort(descending=True)
        return [(tales.vocabulary()[int(at)], float(probabilities[at])) for at in order]

    def generate(self, text: str, words: int = 12) -> str:
        """The text and the likeliest words after it, up to the tale's end."""
        tokens = tales.tokens(text)
        for _ in range(words):
            word = self.next_token_probs(" ".join(tokens))[0][0]
            if word == tales.SPECIAL[tales.END]:
                break
            tokens.append(word)
        return " ".join(tokens)
