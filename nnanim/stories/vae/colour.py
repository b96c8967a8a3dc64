"""The same idea for colour pictures: a small latent of a few channels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.marks import Column, Grid, Picture, Row, Text, round_up
from nnanim.trace import Trace
from nnanim.words import fill

Floats = npt.NDArray[np.float64]

LIMIT = 5.0
"""The colours of latents reach at least so far: they vary by about 1."""


def channels(latent: Floats, key: str, limit: float, gap: float = 0.2) -> Column:
    """The channels of a latent (channel, row, column), two beside each other."""
    grids = [Grid(one, key=f"{key}-{i}", limit=limit, means=words.latent) for i, one in enumerate(latent)]
    return Column(*(Row(*grids[i : i + 2], gap=gap) for i in range(0, len(grids), 2)), gap=gap)


def beats(trace: Trace) -> Iterator[Beat]:
    """What two numbers draw beside what a colour picture takes; then several of these."""
    latents, rebuilt = (np.asarray(trace[name], dtype=float) for name in ("colour.latents", "colour.rebuilt"))
    limit = max(round_up(float(np.abs(latents).max())), LIMIT)
    yield _one(trace, latents[0], rebuilt[0], limit)
    if len(latents) > 1:
        yield _several(latents, rebuilt, limit)


def arrow(key: str) -> Text:
    """An arrow from numbers to what they draw."""
    return Text("→", key=key, size="large")


def lift(trace: Trace, limit: float) -> tuple[Row, From]:
    """A digit of the sheet, the nearest to the one that the film began with, beside the numbers of its place.

    It comes out of those cells of the sheet that are named.
    """
    places, digits = (np.asarray(trace[name], dtype=float) for name in ("sheet", "sheet.pictures"))
    way = np.linalg.norm(places - trace["mean"][int(trace["start"])], axis=-1)
    row, column = (int(i) for i in np.unravel_index(int(way.argmin()), way.shape))
    numbers = places[row, column][:, None]
    tall, wide = digits.shape[2:]
    cells = window(row * (tall + 1) + 1, column * (wide + 1) + 1, (tall, wide))
    drawn = Row(
        Grid(numbers, key="place", digits=2, limit=limit, means=words.latent, label=str(numbers.size)),
        arrow("drawn"),
        Picture(digits[row, column], key="digit"),
        gap=0.2,
    )
    return drawn, From("sheet", cells=cells)


def _one(trace: Trace, latent: Floats, rebuilt: Floats, limit: float) -> Beat:
    """The digit that two numbers drew, and a colour picture with those that it takes."""
    digit, source = lift(trace, limit)
    latents = Column(
        Text(str(latent.size), key="many", bold=True),
        Row(channels(latent, "latent-0", limit), scale=0.75),
        gap=0.2,
    )
    colour = Row(latents, arrow("out"), Picture(rebuilt, key="rebuilt-0"), gap=0.2)
    return Beat(
        fill(
            {
                "en": "Two numbers drew a digit. A colour picture takes {n}: 1/{k:g} of its {all:,}.",
                "ja": "数字は 2 個で描けました。カラー画像は {n} 個（元の 1/{k:g}）です。",
            },
            k=round(rebuilt.size / latent.size, 1), n=latent.size, all=rebuilt.size,
        ),
        Row(digit, colour, gap=1.4),
        id="colour",
        born={"digit": source},
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
            "ja": "拡散モデルは、このような潜在変数の中で描きます。",
        },
        Row(*columns, gap=0.5),
        id="latents",
        born={f"rebuilt-{i}": From(f"latent-{i}-0") for i in range(1, count)},
    )
