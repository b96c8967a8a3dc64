"""The shipped small models as a painter, a captioner and an embedding.

Each call computes on one core, so that a run is the same whatever else the machine does and however many runs
go on beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.loops.loop import Embedding
from nnanim.loops.pictures import Picture, load_picture
from nnanim.models.painter import Painter
from nnanim.models.pictures import SIDE
from nnanim.models.samplers import ddim
from nnanim.models.unet import Condition

STEPS, GUIDANCE = 10, 2.5

PAINTS = ("text-encoder", "world-diffusion", "world-vae")
DESCRIBES = ("captioner",)
EMBEDS = ("clip",)


@contextmanager
def one_core() -> Iterator[None]:
    """A block in which torch computes on one core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(eq=False)
class SmallPainter:
    """The painter of the small world: DDIM from the seed's noise.

    Attributes:
        steps: of the sampler.
        guidance: how strongly the words steer. 1 is the bare model, between 0 and 1 it half
            listens, above 10 it overdoes, below 0 it paints the contrary.
    """

    steps: int = STEPS
    guidance: float = GUIDANCE
    side: int = SIDE
    _painter: Painter = field(default_factory=Painter.shipped, repr=False)

    def __call__(self, prompt: str, seed: int, negative_prompt: str = "") -> Picture:
        """The picture, (64, 64, 3) bytes, of a sentence.

        Raises:
            UserError: a word that the model does not know, in either prompt.
        """
        return self.batch([prompt], [seed], negative_prompt)[0]

    def batch(self, prompts: Sequence[str], seeds: Sequence[int], negative_prompt: str = "") -> list[Picture]:
        """Many at once, which is three times as fast.

        Matrix products round differently in a batch, by 1e-6: about one picture in four differs in a byte.
        """
        with one_core(), torch.no_grad():
            told = self._painter.condition(prompts)
            untold = self._painter.condition([negative_prompt] * len(prompts))
            both = Condition(*[torch.cat(pair) for pair in zip(told, untold, strict=True)])

            def steered(noisy: Tensor, time: Tensor) -> Tensor:
                pair = self._painter.unet(torch.cat([noisy, noisy]), torch.cat([time, time]), both)
                listening, deaf = pair.chunk(2)
                return deaf + self.guidance * (listening - deaf)

            *_, last = ddim(steered, self._painter.noise(seeds), self.steps)
            made = self._painter.vae.decode(last.picture).clamp(0, 1)
        pixels = np.asarray(made.permute(0, 2, 3, 1).numpy() * 255 + 0.5, dtype=np.uint8)
        return [np.ascontiguousarray(one) for one in pixels]


@dataclass(eq=False)
class SmallCaptioner:
    """The captioner of the small world, in one language.

    It knows the words of the small world only: a photo of a dog becomes what of them comes nearest. Sentences
    are made of words of its language, and are never empty.
    """

    language: str = "en"
    _model: Any = field(default_factory=lambda: models.load("captioner"), repr=False)
    _clip: Any = field(default_factory=lambda: models.load("clip"), repr=False)

    def __post_init__(self) -> None:
        if self.language not in captions.LANGUAGES:
            raise UserError(f"the captioner speaks {', '.join(captions.LANGUAGES)}, not {self.language!r}")
        # Of a picture like nothing it knows, it would mix both languages into words that no painter knows.
        barred = torch.tensor([word.isascii() != (self.language == "en") for word in captions.vocabulary()])
        barred[: len(captions.SPECIAL)] = True
        barred[captions.END] = False
        self._barred = barred

    def __call__(self, picture: Picture) -> str:
        """One sentence."""
        return self.batch([picture])[0]

    def batch(self, pictures: Sequence[Picture]) -> list[str]:
        """One sentence for each picture: at every place the likeliest word of its language."""
        with one_core(), torch.no_grad():
            seen, _ = self._model.image(_tensor(pictures))
            numbers = torch.full((len(pictures), 1), captions.SPECIAL.index(f"<{self.language}>"))
            for place in range(captions.LENGTH - 1):
                logits = self._model(seen, numbers)[:, -1].masked_fill(self._barred, -torch.inf)
                if place == 0:
                    logits[:, captions.END] = -torch.inf
                numbers = torch.cat([numbers, logits.argmax(1, keepdim=True)], dim=1)
                if (numbers == captions.END).any(dim=1).all():
                    break
        return [captions.decode(row) for row in numbers[:, 1:].numpy()]

    def embed(self, picture: Picture) -> Embedding:
        """CLIP's embedding, (128,), of length 1."""
        with one_core(), torch.no_grad():
            return np.asarray(self._clip.embed_pictures(_tensor([picture]))[0].numpy(), dtype=np.float32)


def checksum(names: Sequence[str]) -> str:
    """The checksums of some models' weights, in one word."""
    return "+".join(models.card(name).sha256[:16] for name in names)


def _tensor(pictures: Sequence[Picture]) -> Tensor:
    """(n, 3, 64, 64), 0..1; larger pictures, as big painters make them, are made smaller."""
    if any(one.shape[:2] != (SIDE, SIDE) for one in pictures):
        pictures = [load_picture(one, SIDE) for one in pictures]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
