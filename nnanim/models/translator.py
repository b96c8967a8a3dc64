"""A translator between English and Japanese: an encoder that reads, a decoder that looks at it and writes.

After A. Vaswani et al., "Attention Is All You Need" (2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nnanim.data import translation
from nnanim.data.translation import END, PAD, SPECIAL, TARGETS
from nnanim.errors import UserError, nearest
from nnanim.models.attention import TransformerBlock, causal


class Translator(nn.Module):
    """Word numbers of a sentence and of the translation so far to logits for the next word.

    The translation's first word is the language that is wanted: <en>, <ja> (polite) or <ja-plain>.
    """

    def __init__(
        self, words: int, length: int = 40, width: int = 120, depth: int = 2, heads: int = 4
    ) -> None:
        super().__init__()
        self.length = length
        self.words = nn.Embedding(words, width)
        self.source_positions = nn.Embedding(length, width)
        self.target_positions = nn.Embedding(length, width)
        self.encoder = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.encoder_norm = nn.LayerNorm(width)
        self.decoder = nn.ModuleList(TransformerBlock(width, heads, width) for _ in range(depth))
        self.decoder_norm = nn.LayerNorm(width)
        self.scale = width**0.25  # words and positions start about equally long
        nn.init.normal_(self.words.weight, std=width**-0.5)
        nn.init.normal_(self.source_positions.weight, std=0.02)
        nn.init.normal_(self.target_positions.weight, std=0.02)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return self.decode(target, self.encode(source), source != PAD)

    def encode(self, source: Tensor) -> Tensor:
        """One state for each word of the source; every word sees every other, padding apart."""
        x = self.words(source) * self.scale + self.source_positions(torch.arange(source.shape[1]))
        mask = (source != PAD)[:, None, None]  # (batch, 1, 1, source)
        for block in self.encoder:
            x = block(x, mask=mask)  # (batch, source, width)
        return self.encoder_norm(x)

    def decode(self, target: Tensor, states: Tensor, present: Tensor) -> Tensor:
        """The logits after each word of the translation; ``present`` says which states are no padding."""
        length = target.shape[1]
        x = self.words(target) * self.scale + self.target_positions(torch.arange(length))
        for block in self.decoder:
            x = block(x, mask=causal(length), context=states, context_mask=present)  # (batch, target, width)
        return self.decoder_norm(x) @ self.words.weight.T  # (batch, target, words)

    def translate(self, text: str, target: str = "ja") -> str:
        """The likeliest translation of a sentence, word by word.

        Raises:
            UserError: a language that it does not write, an unknown word, an empty or too long sentence.
        """
        return translation.join(self.translate_all([translation.split(text)], target)[0])

    def write(self, words: Sequence[str], target: str) -> list[int]:
        """The numbers of what it writes: the language's token, the words, the end.

        Raises:
            UserError: as `translate` does.
        """
        made = self.translate_all([words], target)[0]
        return [SPECIAL.index(f"<{target}>"), *translation.encode(made), END]

    @torch.no_grad()
    def translate_all(self, sentences: Sequence[Sequence[str]], target: str) -> list[list[str]]:
        """The same for many sentences, given as words."""
        if target not in TARGETS:
            near = nearest(target, TARGETS)
            raise UserError(f"the translator writes {', '.join(TARGETS)}, not {target!r}{near}")
        source = encode_sources(sentences, self.length)
        states, present = self.encode(source), source != PAD
        made = torch.full((len(source), 1), SPECIAL.index(f"<{target}>"))
        done = torch.zeros(len(source), dtype=torch.bool)
        for _ in range(self.length - 1):
            word = self.decode(made, states, present)[:, -1].argmax(-1)
            word[done] = PAD
            made = torch.cat([made, word[:, None]], dim=1)
            done |= word == END
            if done.all():
                break
        words = translation.vocabulary()
        return [[words[at] for at in row if at >= len(SPECIAL)] for row in made[:, 1:].tolist()]


def encode_sources(sentences: Sequence[Sequence[str]], length: int) -> Tensor:
    """Sentences as word numbers with the end, padded: (sentences, words of the longest + 1).

    Raises:
        UserError: an empty sentence, or one that is too long.
    """
    rows = []
    for words in sentences:
        if not words:
            raise UserError("there is no word to translate")
        if len(words) >= length:
            raise UserError(f"the translator reads at most {length - 1} words, got {len(words)}")
        rows.append(torch.tensor([*translation.encode(words), END]))
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
