"""Sheets of sample pictures with their captions, for the eye: numbers alone can be fooled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from nnanim import models
from nnanim.data import captions, digits, world
from nnanim.files import atomic
from nnanim.models.painter import Painter
from nnanim.training.pictures import draw_pictures
from nnanim.words.linebreak import wrap

FONT = Path(__file__).parents[1] / "fonts" / "NNAnimSansJP-Regular.otf"
SIDE = 128
LINES = 3


def sheet(
    pictures: Tensor, words: Sequence[str], path: Path, columns: int = 6, side: int = SIDE, lines: int = LINES
) -> Path:
    """Pictures (n, 3, h, w), 0..1, in rows, each ``side`` pixels wide, its words below; written as PNG."""
    rows = -(-len(pictures) // columns)
    line = 14
    cell = side + 8, side + lines * line + 10
    page = Image.new("RGB", (columns * cell[0] + 8, rows * cell[1] + 8), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(str(FONT), 11)
    for at, (picture, text) in enumerate(zip(pictures, words, strict=True)):
        x, y = 8 + at % columns * cell[0], 8 + at // columns * cell[1]
        pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
        page.paste(Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST), (x, y))
        for row, part in enumerate(wrap(text, side, font.getlength)[:lines]):
            pen.text((x, y + side + 2 + row * line), part, fill="black", font=font)
    with atomic(path) as temporary:
        page.save(temporary)
    return path


def world_sheet(folder: Path) -> Path:
    """The world itself: every thing, style and background, and pictures with two things."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([world.sample(24, rng), world.sample(12, rng, two=1.0)])
    rows[:16, 0] = np.arange(16)
    texts = [captions.caption(row, captions.LANGUAGES[at % 2]) for at, row in enumerate(rows)]
    return sheet(draw_pictures(rows, rng), texts, folder / "world.png")


@torch.no_grad()
def autoencoder_sheet(folder: Path) -> Path:
    """Held-out pictures and what is left of them after 1/48."""
    rng = np.random.default_rng(1)
    rows = np.concatenate([world.sample(12, rng), world.sample(6, rng, two=1.0)])
    pictures, model = draw_pictures(rows, rng), models.load("world-vae")
    both = torch.stack([pictures, model(pictures)], dim=1).flatten(0, 1)
    return sheet(both, ["picture", "rebuilt"] * len(rows), folder / "world-vae.png")


@torch.no_grad()
def painting_sheets(folder: Path) -> list[Path]:
    """Pictures painted from fresh captions in both languages.

    One thing, two things, combinations never trained on.
    """
    painter, paths = Painter.load(), []
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
        rows = world.sample(24, np.random.default_rng(2), two=two, held_out=held_out)
        texts = [captions.caption(row, captions.LANGUAGES[at % 2]) for at, row in enumerate(rows)]
        made = painter.paint(texts, list(range(len(texts))))
        paths.append(sheet(made, texts, folder / f"painted-{kind.replace('_', '-')}.png"))
    return paths


def caption_sheet(folder: Path) -> Path:
    """Held-out pictures with what the captioner says of them."""
    rng = np.random.default_rng(3)
    rows = np.concatenate(
        [world.sample(12, rng), world.sample(6, rng, two=1.0), world.sample(6, rng, held_out=True)]
    )
    pictures = draw_pictures(rows, rng)
    model: Any = models.load("captioner")
    said = [model.describe(pictures[at : at + 1], captions.LANGUAGES[at % 2])[0] for at in range(len(rows))]
    return sheet(pictures, said, folder / "captioner.png")


@torch.no_grad()
def gan_sheet(folder: Path) -> Path:
    """What the GAN draws from labels, every thing in turn."""
    from nnanim.models.style_generator import TOLD
    from nnanim.training.gan import choose_labels, draw_samples

    labels = choose_labels(32, seed=4)
    model: Any = models.load("world-gan")
    texts = [captions.caption(row, captions.LANGUAGES[at % 2], TOLD) for at, row in enumerate(labels)]
    return sheet(draw_samples(model, labels)[1], texts, folder / "world-gan.png", columns=8)


@torch.no_grad()
def digits_sheet(folder: Path) -> Path:
    """Held-out digits and what is left of them after two numbers."""
    _, held_out = digits.split()
    asked = torch.from_numpy(digits.images(held_out[:18]) / digits.HIGHEST).float()
    rebuilt = models.load("digits-vae")(asked.flatten(1)).reshape(-1, 8, 8)
    both = 1 - torch.stack([asked, rebuilt], dim=1).flatten(0, 1)
    return sheet(_grey(both), ["digit", "rebuilt"] * len(asked), folder / "digits-vae.png", lines=1)


@torch.no_grad()
def plane_sheet(folder: Path) -> Path:
    """The plane of the digits' VAE, decoded on a grid between the quantiles of a normal distribution."""
    model: Any = models.load("digits-vae")
    ticks = torch.distributions.Normal(0.0, 1.0).icdf(torch.linspace(0.03, 0.97, 12)) * 1.3
    y, x = torch.meshgrid(ticks.flip(0), ticks, indexing="ij")
    made = model.decode(torch.stack([x, y], dim=-1).reshape(-1, 2)).reshape(144, 8, 8)
    apart = torch.nn.functional.pad(made, (1, 1, 1, 1)).reshape(12, 12, 10, 10)
    plane = 1 - apart.permute(0, 2, 1, 3).reshape(1, 120, 120)
    words = ["the plane of digits-vae, decoded"]
    return sheet(_grey(plane), words, folder / "digits-plane.png", columns=1, side=6 * SIDE, lines=1)


def _grey(pages: Tensor) -> Tensor:
    """Pages (n, h, w) as colour pictures (n, 3, h, w)."""
    return pages[:, None].expand(-1, 3, -1, -1)


def all_sheets(folder: Path) -> list[Path]:
    """Every sheet whose models are shipped."""
    there = set(models.names())
    paths = [world_sheet(folder)]
    for needed, draw in (
        ({"world-vae"}, autoencoder_sheet),
        ({"captioner"}, caption_sheet),
        ({"world-gan", "world-vae"}, gan_sheet),
        ({"digits-vae"}, digits_sheet),
        ({"digits-vae"}, plane_sheet),
    ):
        if needed <= there:
            paths.append(draw(folder))
    if {"text-encoder", "world-vae", "world-diffusion"} <= there:
        paths += painting_sheets(folder)
    return paths
