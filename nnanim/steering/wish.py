"""What a steering climbs: the cosine with a sentence, less that with others."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.steering.guide import Guide

AWAY = 0.5
"""Weight of the cosine with the negative prompt."""

SHARPNESS = 12.0
"""Factor of the cosines in the competition with rivals."""


class Wish:
    """The sentences of a run as embeddings, and how well pictures fulfil them.

    Args:
        guide: what embeds.
        prompts: one for each picture.
        negatives: what to steer away from; empty for nothing.
        contrast: 0..1, the share of the competition with rivals; none where the guide knows no rivals.

    Raises:
        UserError: embeddings of a shape that does not fit or of another length than 1.
    """

    @torch.no_grad()
    def __init__(
        self, guide: Guide, prompts: Sequence[str], negatives: Sequence[str], contrast: float = 0.0
    ) -> None:
        find = getattr(guide, "rivals", None)
        self.guide, self.contrast = guide, contrast if find is not None else 0.0
        self.texts = _check_embeddings(guide.embed_texts(list(prompts)), len(prompts))  # (n, d)
        away = [AWAY if text else 0.0 for text in negatives]
        self.away = torch.zeros_like(self.texts)
        if any(away):
            unwanted = guide.embed_texts(
                [text or prompt for text, prompt in zip(negatives, prompts, strict=True)]
            )
            self.away = torch.tensor(away)[:, None] * unwanted
        self.rivals: list[Tensor] = []
        if self.contrast and find is not None:
            self.rivals = [guide.embed_texts(find(prompt)) for prompt in prompts]  # (rivals, d) each

    def cosine(self, pictures: Tensor) -> Tensor:
        """(n,) of pictures (n, 3, side, side) and their prompts."""
        return (self.guide.embed_pictures(pictures) * self.texts).sum(1)

    def score(self, views: Tensor) -> Tensor:
        """(n,) what is climbed, of views (n, 3, side, side) of each picture."""
        seen = self.guide.embed_pictures(views)  # (n, d)
        own = (seen * self.texts).sum(1)
        score = (1 - self.contrast) * own - (seen * self.away).sum(1)
        if self.contrast:
            won = [
                torch.cat([one[None], rivals @ row]).mul(SHARPNESS).log_softmax(0)[0]
                for one, row, rivals in zip(own, seen, self.rivals, strict=True)
            ]
            score = score + 2 * self.contrast / SHARPNESS * torch.stack(won)
        return score


def _check_embeddings(found: Tensor, count: int) -> Tensor:
    if found.ndim != 2 or len(found) != count:
        raise UserError(
            f"the guide's embed_texts gave {tuple(found.shape)} for {count} sentences; (sentences, d) wanted"
        )
    if not torch.allclose(found.norm(dim=1), torch.ones(count), atol=1e-3):
        raise UserError("the guide's embeddings are not of length 1: their products would be no cosines")
    return found.float()
