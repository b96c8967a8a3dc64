"""A picture in, a sentence out: a small transformer decoder that looks at CLIP's image tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.models.attention import Block, causal
from nnanim.models.clip import ImageEncoder
from nnanim.models.pictures import checked


class Captioner(nn.Module):
    """17 image tokens and the words so far to logits for the next word; the first word is the language."""

    def __init__(self, words: int, width: int = 96, depth: int = 3, heads: int = 4, seen: int = 128) -> None:
        super().__init__()
        self.image = ImageEncoder(seen)
        self.words = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.randn(captions.LENGTH, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads, seen) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, words)

    def forward(self, tokens: Tensor, numbers: Tensor) -> Tensor:
        length = numbers.shape[1]
        x = self.words(numbers) + self.positions[:length]  # (batch, length, width)
        for block in self.blocks:
            x = block(x, mask=causal(length), context=tokens)
        return self.answer(self.norm(x))  # (batch, length, words)

    @torch.no_grad()
    def describe(self, pictures: Tensor, language: str = "en") -> list[str]:
        """One sentence for each picture (n, 3, 64, 64), 0..1: at every place the likeliest word.

        Raises:
            UserError: an unknown language, pictures of another shape or range.
        """
        if language not in captions.LANGUAGES:
            raise UserError(f"the captioner speaks {', '.join(captions.LANGUAGES)}, not {language!r}")
        tokens, _ = self.image(checked(pictures))
        start = captions.SPECIAL.index(f"<{language}>")
        numbers = torch.full((len(pictures), 1), start)
        for _ in range(captions.LENGTH - 1):
            following = self(tokens, numbers)[:, -1].argmax(1)
            numbers = torch.cat([numbers, following[:, None]], dim=1)
            if (numbers == captions.END).any(dim=1).all():
                break
        return [captions.decode(row) for row in numbers[:, 1:].numpy()]
