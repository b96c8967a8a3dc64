"""A picture in, a sentence out: a small transformer decoder that attends to CLIP's image tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.images import check_batch
from nnanim.models.attention import TransformerBlock, causal
from nnanim.models.clip import ImageEncoder
from nnanim.models.world_vae import SIDE


class Captioner(nn.Module):
    """17 image tokens and the words so far to logits for the next word; the first word is the language."""

    def __init__(
        self, words: int, width: int = 96, depth: int = 3, heads: int = 4, context: int = 128
    ) -> None:
        super().__init__()
        self.image = ImageEncoder(context)
        self.words = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.randn(captions.LENGTH, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, context) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, words)

    def forward(self, tokens: Tensor, token_ids: Tensor) -> Tensor:
        length = token_ids.shape[1]
        x = self.words(token_ids) + self.positions[:length]  # (batch, length, width)
        for block in self.blocks:
            x = block(x, mask=causal(length), context=tokens)
        return self.answer(self.norm(x))  # (batch, length, words)

    @torch.no_grad()
    def describe(self, pictures: Tensor, language: str = "en", allowed: Tensor | None = None) -> list[str]:
        """One sentence for each picture (n, 3, 64, 64), 0..1: at every place the likeliest word.

        Args:
            pictures: what is described.
            language: "en" or "ja".
            allowed: mask (words,) of the words that may be used; a sentence then has at least one.

        Raises:
            UserError: an unknown language, pictures of another shape or range.
        """
        if language not in captions.LANGUAGES:
            raise UserError(f"the captioner speaks {', '.join(captions.LANGUAGES)}, not {language!r}")
        tokens, _ = self.image(check_batch(pictures, SIDE))
        token_ids = torch.full((len(pictures), 1), captions.SPECIAL.index(f"<{language}>"))
        for place in range(captions.LENGTH - 1):
            logits = self(tokens, token_ids)[:, -1]
            if allowed is not None:
                logits = logits.masked_fill(~allowed, -torch.inf)
                if place == 0:
                    logits[:, captions.END] = -torch.inf
            token_ids = torch.cat([token_ids, logits.argmax(1, keepdim=True)], dim=1)
            if (token_ids == captions.END).any(dim=1).all():
                break
        return [captions.decode(row) for row in token_ids[:, 1:].numpy()]
