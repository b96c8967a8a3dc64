"""The judge: a classifier that sees what is in a picture of the small world.

All generated pictures are measured with it, and it takes no part in making them.
"""

from __future__ import annotations

from torch import Tensor, nn

from nnanim.data.world import COLUMNS
from nnanim.models.world_vae import Residual


class Judge(nn.Module):
    """Pictures (batch, 3, 64, 64), 0..1, to one vector of logits for each attribute.

    The second thing and the second colour have one class more, the last: there is none.
    """

    def __init__(self, channels: int = 48) -> None:
        super().__init__()
        self.sizes = [len(words) + name.startswith("second") for name, words in COLUMNS.items()]
        self.body = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, channels, 3, padding=1),
            Residual(channels),
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
            Residual(2 * channels),
            nn.Conv2d(2 * channels, 2 * channels, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(2 * channels * 16, 192),
            nn.SiLU(),
        )
        self.answer = nn.Linear(192, sum(self.sizes))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        h = self.body(pictures * 2 - 1)  # (batch, 3, 64, 64) -> (batch, 192)
        return list(self.answer(h).split(self.sizes, dim=1))  # 8 x (batch, classes)
