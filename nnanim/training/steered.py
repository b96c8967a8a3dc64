"""How well a CLIP steers: every generator of `nnanim.steering`, and what the judge sees in the pictures."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions, world
from nnanim.models.clip import CLIP
from nnanim.steering.engine import steer
from nnanim.steering.generators import GENERATORS, resolve_generator
from nnanim.steering.guide import WorldGuide
from nnanim.training.pictures import draw_pictures, judge_pictures

ATTRIBUTES = ("thing", "colour", "background", "style")
SEED = 77
PROMPTS = 40
BATCH = 8


def prompts(n: int, language: str) -> tuple[Tensor, list[str]]:
    """Labels (n, 8) of one thing each, all sixteen in turn, and their full captions."""
    rows = world.sample(16 * n, np.random.default_rng(SEED))
    chosen = [rows[rows[:, 0] == at % len(world.THINGS)][at // len(world.THINGS)] for at in range(n)]
    labels = np.stack(chosen)
    return torch.from_numpy(labels), [captions.caption(row, language) for row in labels]


def steer_all(guide: CLIP, through: str, texts: list[str], seed: int = SEED) -> Tensor:
    """Pictures (n, 3, 64, 64) steered towards ``texts``, each from a seed of its own."""
    generator, made = resolve_generator(through), []
    for at in range(0, len(texts), BATCH):
        part = texts[at : at + BATCH]
        seeds = [seed + at + k for k in range(len(part))]
        *_, last = steer(part, generator, guide=WorldGuide(guide), seed=seeds)
        made.append(torch.from_numpy(last.picture).permute(0, 3, 1, 2))
    return torch.cat(made)


def measure_steered(guide: CLIP, n: int = PROMPTS) -> dict[str, float]:
    """What the judge sees in ``n`` steered pictures of each generator, and their cosine beside real ones'.

    A cosine above that of real pictures would mean that the guide is fooled.
    """
    judge, figures = models.load("judge"), {}
    for language in captions.LANGUAGES:
        labels, texts = prompts(n, language)
        wish = guide.embed_texts(texts).detach()
        with torch.no_grad():
            real = guide.embed_pictures(draw_pictures(labels.numpy(), np.random.default_rng(SEED)))
            figures[f"real.{language}.cosine"] = (real * wish).sum(1).mean().item()
        for through in GENERATORS:
            made = steer_all(guide, through, texts)
            seen = judge_pictures(judge, made, labels)
            figures |= {f"{through}.{language}.{name}": seen[name] for name in ATTRIBUTES}
            with torch.no_grad():
                cosine = (guide.embed_pictures(made) * wish).sum(1).mean().item()
            figures[f"{through}.{language}.cosine"] = cosine
    return {name: round(value, 4) for name, value in figures.items()}
