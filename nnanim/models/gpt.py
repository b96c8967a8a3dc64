"""A small GPT: a transformer that predicts the next token, in English and Japanese.

After A. Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.models.attention import TransformerBlock, causal
from nnanim.models.kv_cache import generate
from nnanim.models.tokenizer import BOT, DOC, END, USER, Tokenizer


class GPT(nn.Module):
    """Token numbers (batch, length) to logits for the token after each of them (batch, length, tokens)."""

    def __init__(
        self, tokens: int, length: int = 128, width: int = 112, depth: int = 3, heads: int = 4
    ) -> None:
        super().__init__()
        self.length = length
        self.tokens = nn.Embedding(tokens, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.02)
        for block in self.blocks:
            # What the blocks add up to starts small, however many there are.
            nn.init.normal_(block.attention.mix.weight, std=0.04 / math.sqrt(2 * depth))
            nn.init.normal_(block.mlp[2].weight, std=0.04 / math.sqrt(2 * depth))

    def forward(self, ids: Tensor) -> Tensor:
        return self.states(ids) @ self.tokens.weight.T  # (batch, length, tokens)

    def states(self, ids: Tensor) -> Tensor:
        """What the last block makes of each token: (batch, length, width)."""
        length = ids.shape[1]
        if length > self.length:
            raise UserError(f"the language model reads at most {self.length} tokens, got {length}")
        x = self.tokens(ids) + self.positions(torch.arange(length))  # (batch, length, width)
        mask = self.mask(length)
        for block in self.blocks:
            x = block(x, mask=mask)
        return self.norm(x)

    def mask(self, length: int) -> Tensor | None:
        """Which tokens each token sees: itself and those before it."""
        return causal(length)

    @torch.no_grad()
    def next_token_probs(
        self, text: str, temperature: float = 1.0, language: str = ""
    ) -> list[tuple[str, float]]:
        """The tokens that may come next and their probabilities, the likeliest first.

        Of a text longer than the context only the last tokens are read.

        Args:
            text: English or Japanese; empty: a text begins.
            temperature: above 1 evens the probabilities out, below 1 sharpens them.
            language: "en" or "ja" leaves only the tokens of that language.
        """
        if temperature <= 0:
            raise UserError(f"the temperature is positive, got {temperature}")
        tokenizer = Tokenizer.load_default()
        ids = [END, *tokenizer.encode(text)][-self.length :]
        logits = self(torch.tensor([ids]))[0, -1] / temperature + language_bias(tokenizer, language)
        probabilities = logits.softmax(0)
        order = probabilities.argsort(descending=True)
        return [(tokenizer.tokens[int(at)], float(probabilities[at])) for at in order]

    @torch.no_grad()
    def extend(self, ids: Sequence[int], least: int, most: int, sure: float = 0.5) -> list[int]:
        """Token numbers and the likeliest ones after them, until the model is not sure, or the text ends.

        Args:
            ids: of a text.
            least: minimum number of tokens that are added.
            most: maximum number of tokens that are added.
            sure: probability of the likeliest token from which the model is sure.
        """
        ids = list(ids)
        for added in range(most):
            chance, best = self(torch.tensor([ids]))[0, -1].softmax(0).max(0)
            if best == END or (added >= least and chance < sure):
                break
            ids.append(int(best))
        return ids

    def generate(
        self, text: str, tokens: int = 20, temperature: float = 0.0, seed: int = 0, language: str = ""
    ) -> str:
        """The text and what the model writes after it, up to the text's end.

        Args:
            text: English or Japanese.
            tokens: Maximum number of new tokens.
            temperature: 0 takes the likeliest token; otherwise one is drawn.
            seed: of the drawing.
            language: "en" or "ja" leaves only the tokens of that language.
        """
        tokenizer = Tokenizer.load_default()
        begin = [END, *tokenizer.encode(text)]
        return tokenizer.decode(begin + self._continue(begin, tokens, temperature, seed, language))

    def answer(
        self,
        question: str,
        documents: Sequence[str] = (),
        tokens: int = 40,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> str:
        """What the model answers in a chat; ``documents`` are pasted in front of the question."""
        prompt = encode_prompt(question, documents)
        return Tokenizer.load_default().decode(self._continue(prompt, tokens, temperature, seed))

    def _continue(
        self, ids: list[int], tokens: int, temperature: float, seed: int, language: str = ""
    ) -> list[int]:
        if temperature < 0:
            raise UserError(f"the temperature is not negative, got {temperature}")
        room = self.length - tokens
        if room < 1:
            raise UserError(f"at most {self.length - 1} tokens can be written at once, got {tokens}")
        made = generate(
            self,
            torch.tensor([ids[-room:]]),
            tokens,
            temperature=temperature,
            generator=torch.Generator().manual_seed(seed),
            bias=language_bias(Tokenizer.load_default(), language),
        )
        return [one for one in made[0].tolist() if one != END]


def encode_prompt(question: str, documents: Sequence[str] = ()) -> list[int]:
    """The token numbers of a chat up to where the model answers.

    Raises:
        UserError: an empty question.
    """
    if not question.strip():
        raise UserError("the question is empty")
    encode = Tokenizer.load_default().encode
    ids = [number for text in documents for number in (DOC, *encode(text))]
    return [*ids, USER, *encode(question), BOT]


def language_bias(tokenizer: Tokenizer, language: str) -> Tensor:
    """What to add to the logits so that only tokens of one language are left; nothing without one."""
    if not language:
        return torch.zeros(len(tokenizer))
    return torch.tensor([0.0 if fits else -torch.inf for fits in tokenizer.of_language(language)])
