"""How well a CLIP steers pictures: two small techniques, and what the judge sees in what they make.

Pixels that follow the slope of the cosine, as in DeepDream (A. Mordvintsev et al., 2015), and the weights of
a small network of sines that is the picture, as in Deep Daze (P. Wang, 2021; V. Sitzmann et al., "Implicit
Neural Representations with Periodic Activation Functions", 2020).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions, world
from nnanim.models.clip import CLIP
from nnanim.models.world_vae import SIDE
from nnanim.training.crops import crops, unit
from nnanim.training.pictures import draw_pictures, judge_pictures

ATTRIBUTES = ("thing", "colour", "background", "style")
SEED = 77
SCALE, SHIFT = (0.9, 1.1), 0.08  # of the views


def steer_pixels(guide: CLIP, wish: Tensor, steps: int = 60, length: float = 2.0) -> Tensor:
    """Pictures (n, 3, 64, 64) that went up the slope of the cosine to the ``wish`` (n, 128) from grey."""
    pictures = (0.5 + 0.02 * torch.randn(len(wish), 3, SIDE, SIDE)).clamp(0, 1)
    for _ in range(steps):
        pictures.requires_grad_(True)
        cosine = (guide.embed_pictures(crops(pictures, SCALE, SHIFT)) * wish).sum()
        (slope,) = torch.autograd.grad(cosine - 0.3 * _roughness(pictures), pictures)
        pictures = (pictures + length * unit(slope)).clamp(0, 1).detach()
    return pictures


def _roughness(pictures: Tensor) -> Tensor:
    down, along = pictures.diff(dim=2).abs(), pictures.diff(dim=3).abs()
    return down.mean((1, 2, 3)).sum() + along.mean((1, 2, 3)).sum()


def steer_sirens(guide: CLIP, wish: Tensor, steps: int = 80, rate: float = 4e-3) -> Tensor:
    """Pictures (n, 3, 64, 64), each of a network of sines that was trained towards its ``wish`` (n, 128)."""
    weights = _sirens(len(wish))
    optimizer = torch.optim.Adam(weights, lr=rate, betas=(0.9, 0.99))
    for step in range(steps):
        loss = -(guide.embed_pictures(crops(_paint(weights), SCALE, SHIFT)) * wish).sum()
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = slope
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - 0.9 * step / steps)
        optimizer.step()
    return _paint(weights).detach()


def _sirens(n: int, width: int = 32, sines: float = 10.0) -> list[Tensor]:
    """Weights and biases of ``n`` networks 2-32-32-32-3, spread as Sitzmann et al. say (section 3.2)."""
    weights: list[Tensor] = []
    for ins, outs in ((2, width), (width, width), (width, width), (width, 3)):
        reach = 1 / ins if ins == 2 else (6 / ins) ** 0.5 / sines
        weights += [torch.empty(n, rows, outs).uniform_(-reach, reach) for rows in (ins, 1)]
    return [weight.requires_grad_(True) for weight in weights]


def _paint(weights: list[Tensor], sines: float = 10.0) -> Tensor:
    ticks = (torch.arange(SIDE) + 0.5) / (SIDE / 2) - 1
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    values = torch.stack([x, y], dim=-1).reshape(1, -1, 2)
    for at in range(0, len(weights), 2):
        values = values @ weights[at] + weights[at + 1]  # (n, 4096, outs)
        if at + 2 < len(weights):
            values = torch.sin(sines * values)
    return torch.sigmoid(2 * values).transpose(1, 2).reshape(-1, 3, SIDE, SIDE)


STEERINGS = {"siren": steer_sirens, "pixels": steer_pixels}


def prompts(n: int, language: str) -> tuple[Tensor, list[str]]:
    """Labels (n, 8) of one thing each, all sixteen in turn, and their full captions."""
    rows = world.sample(8 * n, np.random.default_rng(SEED))
    chosen = [rows[rows[:, 0] == at % len(world.THINGS)][at // len(world.THINGS)] for at in range(n)]
    labels = np.stack(chosen)
    return torch.from_numpy(labels), [captions.caption(row, language) for row in labels]


def steer(guide: CLIP, through: str, texts: list[str]) -> Tensor:
    """Pictures (n, 3, 64, 64) steered towards ``texts`` from a fixed seed."""
    torch.manual_seed(SEED)
    with torch.no_grad():
        wish = guide.embed_texts(texts)
    return STEERINGS[through](guide.requires_grad_(False), wish)


def measure_steered(guide: CLIP, n: int = 32) -> dict[str, float]:
    """What the judge sees in ``n`` steered pictures, and their cosine beside that of real pictures.

    A cosine above the real pictures' would mean that the guide is fooled.
    """
    judge, figures = models.load("judge"), {}
    for language in captions.LANGUAGES:
        labels, texts = prompts(n, language)
        wish = guide.embed_texts(texts).detach()
        with torch.no_grad():
            real = guide.embed_pictures(draw_pictures(labels.numpy(), np.random.default_rng(SEED)))
            figures[f"real.{language}.cosine"] = (real * wish).sum(1).mean().item()
        for through in STEERINGS if language == "en" else ("siren",):
            made = steer(guide, through, texts)
            seen = judge_pictures(judge, made, labels)
            figures |= {f"{through}.{language}.{name}": seen[name] for name in ATTRIBUTES}
            with torch.no_grad():
                cosine = (guide.embed_pictures(made) * wish).sum(1).mean().item()
            figures[f"{through}.{language}.cosine"] = cosine
    return {name: round(value, 4) for name, value in figures.items()}
