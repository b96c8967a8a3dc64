"""What tells a picture and a sentence how near they are: the guide, which steers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS, NONE, Labels
from nnanim.errors import UserError
from nnanim.models.clip import CLIP
from nnanim.models.world_vae import SIDE
from nnanim.steering.generator import checksum_of

ATTRIBUTES = ("thing", "colour", "background", "style")
"""What `WorldGuide.rivals` changes, one at a time."""


@runtime_checkable
class Guide(Protocol):
    """Pictures and sentences in one space; a class of one's own needs no more than this.

    It may also have ``check(texts)``, which raises UserError for sentences that it cannot steer by;
    ``rivals(text)``, other sentences that a picture of ``text`` should be farther from: without it a
    generator's ``contrast`` counts for nothing; ``describe()``, which
    names it in run.json; and ``views``, ``scale`` and ``shift``, which stand above those of the generator.
    """

    side: int
    """Height and width of the pictures that it takes."""

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, side, side), 0..1, to embeddings (n, d) of length 1; differentiable."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Sentences to embeddings (n, d) of length 1."""
        ...


class WorldGuide:
    """A CLIP of the small world as a guide; the one that saw its own dreams when None is given.

    Args:
        clip: any of the shipped ones, or one trained like them.
        name: what run.json calls it.
    """

    side = SIDE

    def __init__(self, clip: CLIP | None = None, name: str = "clip-guide") -> None:
        loaded: Any = models.load(name) if clip is None else clip
        self.clip: CLIP = loaded.eval().requires_grad_(False)
        self.name = name

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, 64, 64), 0..1, to (n, 128)."""
        return self.clip.embed_pictures(pictures)

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Sentences in either language to (n, 128)."""
        return self.clip.embed_texts(texts)

    def describe(self) -> dict[str, Any]:
        """Its name, and a checksum of its weights."""
        return {"name": self.name, "weights": checksum_of(self.clip)}

    def check(self, texts: Sequence[str]) -> None:
        """Refuse what it cannot steer by.

        Raises:
            UserError: a word outside the vocabulary, with the nearest ones; too long a sentence; none at all;
                two things in one.
        """
        captions.encode(texts)
        for text in texts:
            said = captions.read(text)
            if not captions.tokens(text):
                raise UserError("an empty prompt names nothing to steer towards")
            if "second thing" in said:
                both = f"{said['thing']} and {said['second thing']}"
                raise UserError(f"this guide steers towards one thing; {text!r} names two, {both}")

    def rivals(self, text: str) -> list[str]:
        """The sentence with one attribute changed, for each word that could stand there.

        What it leaves open is left open.
        """
        said, language = captions.read(text), _language(text)
        row = _labels(said, np.random.default_rng(0))[0]
        others = []
        for name in ATTRIBUTES:
            for at, word in enumerate(COLUMNS[name] if name in said else ()):
                if word != said[name]:
                    changed = row.copy()
                    changed[list(COLUMNS).index(name)] = at
                    others.append(captions.caption(changed, language, said=said))
        return others

    def draw_real(self, text: str, n: int = 16, seed: int = 0) -> Tensor:
        """Real pictures (n, 3, 64, 64) of what the sentence says; what it leaves open is drawn by chance."""
        rng, said = np.random.default_rng(seed), captions.read(text)
        rows = np.concatenate([_labels(said, rng) for _ in range(n)])
        return torch.from_numpy(world.draw(rows, rng)).permute(0, 3, 1, 2).contiguous()

    @torch.no_grad()
    def cosine_of_real(self, text: str, n: int = 16, seed: int = 0) -> float:
        """The mean cosine of real pictures: a steered picture above it has fooled the guide."""
        seen = self.embed_pictures(self.draw_real(text, n, seed))
        return (seen @ self.embed_texts([text]).T).mean().item()


def resolve_guide(guide: Any) -> Guide:
    """The guide for what was given: None, a shipped CLIP's name, a CLIP, the folder of a real one, a guide.

    Raises:
        UserError: something that cannot guide.
    """
    if guide is None:
        return WorldGuide()
    path = os.fspath(guide) if isinstance(guide, str | os.PathLike) else ""
    if path and ({os.sep, "/"} & set(path) or os.path.isdir(path)):
        from nnanim.steering.hf import open_guide

        return open_guide(guide)
    if isinstance(guide, str):
        clip = models.load(guide)
        if not isinstance(clip, CLIP):
            raise UserError(f"the model {guide!r} is no CLIP: it does not compare pictures with sentences")
        return WorldGuide(clip, guide)
    if isinstance(guide, CLIP):
        return WorldGuide(guide, "a CLIP of one's own")
    if isinstance(guide, Guide):
        return guide
    raise UserError(
        f"guide is a Guide, a CLIP or the name of one, got {type(guide).__name__}; a guide has side, "
        "embed_pictures and embed_texts"
    )


def _language(text: str) -> str:
    return "ja" if any(not word.isascii() for word in captions.tokens(text)) else "en"


def _labels(said: dict[str, str], rng: np.random.Generator) -> Labels:
    """One row of labels (1, 8) of one thing, as said; the rest by chance."""
    row = world.sample(1, rng)
    for name, word in said.items():
        row[0, list(COLUMNS).index(name)] = COLUMNS[name].index(word)
    row[0, 6:] = NONE
    return row
