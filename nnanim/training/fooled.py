"""How a CLIP is fooled, and how its own dreams cure it: what the film `fooled` shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions, world
from nnanim.models.clip import CLIP
from nnanim.steering.dream_trace import to_rows
from nnanim.steering.dreams import dream
from nnanim.trace import Trace
from nnanim.training.clip import attack
from nnanim.training.clip_guide import Dreamer

GUIDES = ("clip", "clip-robust", "clip-guide")
"""A plain one; one that met pictures nudged against it; and one that met its own dreams."""

DRAWN = 4  # real pictures of each sentence
STEPS, RATE = 48, 0.015
NIGHTS = 6  # times that the first dreams go on


class _Precise(CLIP):
    """A CLIP that computes in double precision.

    Each step of a dream makes what was rounded larger: in single precision, two processors see two things.
    """

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        return super().embed_pictures(pictures.double()).float()

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        return super().embed_texts(texts).float()


def _load_precise(name: str) -> CLIP:
    given = models.load(name)
    guide = _Precise(given.text.words.num_embeddings)
    guide.load_state_dict(given.state_dict())
    return guide.double().eval().requires_grad_(False)


def record_fooled(wishes: Sequence[dict[str, str]], said: Collection[str], hero: int, seed: int) -> Trace:
    """Dreams of three CLIPs towards the same sentences from the same grey, and what else befalls them.

    Args:
        wishes: the labels of each sentence (`nnanim.data.world.labels`).
        said: the attributes that a sentence names beside the thing.
        hero: index of the one that is looked at.
        seed: of pictures and dreams.

    Returns:
        Of each guide G: ``G.hero`` (step, row, column, channel), ``G.last`` (wish, …), ``G.values``
        (step, wish); ``G.real`` (wish, drawing) the cosines of real pictures; ``G.judged`` (wish, class)
        the judge's logits; ``G.slope`` at a real picture; ``G.nudged`` that picture, nudged against G,
        with its ``G.cosine``. And ``real`` (drawing, …) pictures of the hero; ``buffer`` (night, dream, …)
        the first dreams of clip-robust, ``buffer.G`` (dream,) what each guide gives the last.
    """
    rows = np.concatenate([world.labels(**wish) for wish in wishes])
    texts = [captions.caption(row, "en", said) for row in rows]
    real = torch.stack([_draw(rows, seed + at) for at in range(DRAWN)], dim=1)  # (wish, drawing, …)
    judge = models.load("judge")
    arrays: dict[str, Any] = {"real": to_rows(real[hero]), "wanted": rows[:, 0]}
    nights, last, wanted = _first_dreams(len(rows), seed)
    arrays["buffer"] = nights
    for name in GUIDES:
        guide = _load_precise(name)
        found = _climb(guide, texts, hero, seed) | _meet(guide, real, texts, hero)
        with torch.no_grad():
            pictures = torch.from_numpy(found["last"]).permute(0, 3, 1, 2)
            found["judged"] = judge(pictures)[0].numpy()
            arrays[f"buffer.{name}"] = (guide.embed_pictures(last) * wanted).sum(1).numpy()
        arrays |= {f"{name}.{key}": value for key, value in found.items()}
    sizes = {name: models.card(name).parameters for name in (*GUIDES, "judge")}
    return Trace.of(
        arrays,
        axes={name: tuple(f"axis {n}" for n in range(np.ndim(value))) for name, value in arrays.items()},
        provenance={
            "model": "clip-guide", "parameters": sizes.pop("clip-guide"), "also": sizes, "seed": seed,
            "computed_with": f"torch {torch.__version__}",
        },
    )  # fmt: skip


def _draw(rows: world.Labels, seed: int) -> Tensor:
    return torch.from_numpy(world.draw(rows, seed).transpose(0, 3, 1, 2).copy())


def _climb(guide: CLIP, texts: Sequence[str], hero: int, seed: int) -> dict[str, Any]:
    """Dreams towards all sentences."""
    walk = list(dream(guide, words=texts, steps=STEPS, rate=RATE, jitter=0.08, zoom=0.1, seed=seed))
    return {
        "hero": np.concatenate([to_rows(one.pictures[hero : hero + 1]) for one in walk]),
        "last": to_rows(walk[-1].pictures),
        "values": np.stack([one.values.numpy() for one in walk]),
    }


def _meet(guide: CLIP, real: Tensor, texts: Sequence[str], hero: int) -> dict[str, Any]:
    """Real pictures: their cosines, the slope at one of them, and what a nudge does to it."""
    wanted = guide.embed_texts(list(texts))
    first = next(dream(guide, None, real[hero, :1], words=texts[hero], jitter=0, zoom=0, steps=1))
    torch.manual_seed(0)
    nudged = attack(guide, real[hero, :1], wanted[hero : hero + 1], steps=4)
    with torch.no_grad():
        seen = guide.embed_pictures(real.flatten(0, 1)).reshape(*real.shape[:2], -1)
        cosine = (guide.embed_pictures(nudged) * wanted[hero]).sum(1)
    return {
        "real": (seen * wanted[:, None]).sum(2).numpy(),
        "slope": to_rows(first.slopes)[0],
        "nudged": to_rows(nudged)[0],
        "cosine": cosine.numpy(),
    }


def _first_dreams(n: int, seed: int) -> tuple[Any, Tensor, Tensor]:
    """Dreams as the training of clip-guide begins with: (night, n, …), the last, and their wishes."""
    torch.manual_seed(seed)
    dreamer, chosen = Dreamer(), torch.arange(n)
    dreamer.begin(chosen, models.load("world-vae").requires_grad_(False), np.random.default_rng(seed))
    nights = [to_rows(dreamer.pictures[:n]).copy()]
    for _ in range(NIGHTS):
        dreamer.go_on(chosen)
        nights.append(to_rows(dreamer.pictures[:n]).copy())
    return np.stack(nights), dreamer.pictures[:n], dreamer.wishes[:n]
