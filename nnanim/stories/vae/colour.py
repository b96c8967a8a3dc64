"""The same idea for colour pictures: a small latent of a few channels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Column, Grid, Link, Picture, Row, Text, round_up
from nnanim.stories.vae.squeeze import PICTURE, REBUILT
from nnanim.trace import Trace
from nnanim.words import Words, fill

Floats = npt.NDArray[np.float64]

LIMIT = 5.0
"""The colours of latents reach at least so far: they vary by about 1."""

SHAPE = {"en": "{shape}:\n{n:,} numbers", "ja": "{shape}：\n{n:,} 個の数"}


def size(values: Floats) -> Words:
    """``64 × 64 × 3: 12,288 numbers``, in two lines."""
    return fill(SHAPE, shape=" × ".join(map(str, values.shape)), n=values.size)


def channels(latent: Floats, key: str, limit: float, gap: float = 0.2) -> Column:
    """The channels of a latent (channel, row, column), two beside each other."""
    grids = [Grid(one, key=f"{key}-{i}", limit=limit, means=words.latent) for i, one in enumerate(latent)]
    return Column(*(Row(*grids[i : i + 2], gap=gap) for i in range(0, len(grids), 2)), gap=gap)


def beats(trace: Trace) -> Iterator[Beat]:
    """One picture through the latent, slowly; then several side by side."""
    pictures, latents, rebuilt = (
        np.asarray(trace[name], dtype=float) for name in ("colour", "colour.latents", "colour.rebuilt")
    )
    limit = max(round_up(float(np.abs(latents).max())), LIMIT)
    yield _one(pictures[0], latents[0], rebuilt[0], limit)
    if len(pictures) > 1:
        yield _several(latents, rebuilt, limit)


def _one(picture: Floats, latent: Floats, rebuilt: Floats, limit: float) -> Beat:
    """A picture, its latent channel by channel, and what the decoder makes of it."""
    share, middle = picture.size / latent.size, np.moveaxis(latent, 0, -1)
    before, kept = (
        Column(part, Text(size(values), key=f"size-{key}", size="small", role="dimmed"), gap=0.25, anchor=0)
        for part, key, values in (
            (Picture(picture, key="colour-0", label=PICTURE), "picture", picture),
            (Row(channels(latent, "latent-0", limit), scale=0.6), "latent", middle),
        )
    )
    stage = Row(
        before,
        Link("colour-0", "encoder", key="in"),
        Block(words.encoder, key="encoder", role="part"),
        kept,
        Block(words.decoder, key="decoder", role="part"),
        Link("decoder", "rebuilt-0", key="out"),
        Picture(rebuilt, key="rebuilt-0", label=REBUILT),
        gap=0.3,
    )
    return Beat(
        fill(
            {
                "en": "A colour picture needs more: {shape} of its {n:,} numbers, 1/{k:g}.",
                "ja": "カラー画像は、{n:,} 個の数を {shape} 個（1/{k:g}）に減らします。",
            },
            k=round(share, 1), shape=middle.size, n=picture.size,
        ),
        stage,
        id="colour",
        gathers={"sheet": "decoder"},
    )  # fmt: skip


def _several(latents: Floats, rebuilt: Floats, limit: float) -> Beat:
    """Latents of several pictures, and what the decoder draws from them."""
    count = len(latents)
    columns = [
        Column(
            Row(channels(latents[i], f"latent-{i}", limit, gap=0.15), scale=0.5),
            Picture(rebuilt[i], key=f"rebuilt-{i}"),
            gap=0.2,
        )
        for i in range(count)
    ]
    return Beat(
        {
            "en": "Diffusion models paint in latents such as these, not in pixels.",
            "ja": "拡散モデルは、画素ではなく、このような潜在変数の中で描きます。",
        },
        Row(*columns, gap=0.5),
        id="latents",
        born={f"rebuilt-{i}": From(f"latent-{i}-0") for i in range(1, count)},
    )
