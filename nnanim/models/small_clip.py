"""A small CLIP that learnt from nothing but pairs of pictures and sentences.

After A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021),
section 2: two encoders, one loss. Where it lies in a picture is told to the convolutions by two more channels
(R. Liu et al., "An Intriguing Failing of Convolutional Neural Networks and the CoordConv Solution", 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import captions
from nnanim.images import check_batch
from nnanim.models.attention import TransformerBlock
from nnanim.models.world_vae import SIDE

SIZE = 128
"""How many numbers an embedding has."""

SEEN = 32
"""Side of the pictures as the encoder sees them, in pixels."""

SHARPNESS = 1 / 0.07
"""What cosines are multiplied with before a softmax: what the paper begins with. It stays as it is, so that
the cosines of what does not belong together go down to 0; if it grew, their differences would do.
"""


class SmallImageEncoder(nn.Module):
    """Pictures (batch, 3, side, side), 0..1, to embeddings (batch, 128) of length 1."""

    def __init__(self, channels: Sequence[int] = (16, 24, 40, 48)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for stride, before, after in zip((1, 2, 2, 2), (5, *channels), channels, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride, padding=1), nn.GroupNorm(4, after), nn.GELU()]
        self.layers = nn.Sequential(*layers)
        self.project = nn.Linear(2 * channels[-1], SIZE)

    def forward(self, pictures: Tensor) -> Tensor:
        pictures = F.adaptive_avg_pool2d(pictures, SEEN)
        ticks = torch.linspace(-1, 1, SEEN)
        places = torch.stack(torch.meshgrid(ticks, ticks, indexing="ij"))  # (2, 32, 32), rows and columns
        x = torch.cat([pictures * 2 - 1, places.expand(len(pictures), -1, -1, -1)], dim=1)
        x = self.layers(x).flatten(2)  # (batch, channels, 16)
        return F.normalize(self.project(torch.cat([x.mean(2), x.amax(2)], dim=1)), dim=1)


class SmallTextEncoder(nn.Module):
    """Word numbers (batch, 20) to embeddings (batch, 128) of length 1."""

    def __init__(self, words: int, width: int = 24, heads: int = 2) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.randn(captions.LENGTH, width) * 0.02)
        self.block = TransformerBlock(width, heads)
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, SIZE)

    def forward(self, numbers: Tensor) -> Tensor:
        there = numbers != captions.PAD  # (batch, 20)
        x = self.norm(self.block(self.words(numbers) + self.positions, mask=there[:, None, None]))
        mean = (x * there[..., None]).sum(1) / there.sum(1, keepdim=True)  # (batch, width)
        return F.normalize(self.project(mean), dim=1)


class SmallCLIP(nn.Module):
    """Both encoders; what they give has length 1, so that a dot product is the cosine."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.image = SmallImageEncoder()
        self.text = SmallTextEncoder(words)
        self.sharpness = nn.Parameter(torch.tensor(SHARPNESS), requires_grad=False)

    def forward(self, pictures: Tensor, numbers: Tensor) -> Tensor:
        """The cosines of pictures (n, 3, 64, 64) and word numbers (m, 20): (n, m)."""
        return self.embed_pictures(pictures) @ self.text(numbers).T

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        """Embeddings (n, 128) of pictures (n, 3, 64, 64), 0..1."""
        embedded: Tensor = self.image(check_batch(pictures, SIDE))
        return embedded

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Embeddings (n, 128) of sentences in either language.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones.
        """
        embedded: Tensor = self.text(torch.from_numpy(captions.encode(texts)))
        return embedded

    def logits(self, cosines: Tensor) -> Tensor:
        """Cosines as sharp as the training made them: what goes into a softmax."""
        return cosines * self.sharpness
