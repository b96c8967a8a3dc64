"""How pictures, latents and stages of a network are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnanim.marks import Column, Mark, Picture, Row, Text, Tokens
from nnanim.motions import Playback
from nnanim.stories.diffusion.runs import Floats, Runs
from nnanim.words import Words, fill

WIDEST = 256
"""Maximum number of pixels on a side of a picture; larger ones are shrunk."""

FEW = 4
"""Number of channels of latents that are shown."""

STRONGEST = 4
"""Number of channels of a stage that are shown, those of the largest mean |value|, as many as of latents."""


def picture(pixels: Floats, key: str, label: Words | None = None) -> Picture:
    """A colour picture (row, column, colour), pixel-true; large ones are averaged down to `WIDEST`."""
    block = math.ceil(max(pixels.shape[:2]) / WIDEST)
    if block > 1:
        rows, columns = (n // block for n in pixels.shape[:2])
        cut = pixels[: rows * block, : columns * block]
        pixels = cut.reshape(rows, block, columns, block, 3).mean(axis=(1, 3))
    return Picture(pixels, key=key, label=label)


def latents(
    values: Floats, key: str, limit: float, label: Words | None = None, means: Words | None = None
) -> Picture:
    """The first `FEW` channels of latents (channel, row, column) side by side as one picture."""
    return Picture(
        tile_channels(values[:FEW]),
        key=key,
        label=label,
        low=-limit,
        high=limit,
        colors="diverging",
        means=means,
    )


def stage(values: Floats, key: str, label: Words | None = None) -> Picture:
    """The `STRONGEST` channels of a stage (channel, row, column), as shares of the largest |value| in it."""
    strongest = np.sort(np.argsort(-np.abs(values).mean(axis=(1, 2)), kind="stable")[:STRONGEST])
    share = values / (float(np.abs(values).max()) or 1.0)
    means = {"en": "share of each stage's largest", "ja": "段ごとの最大比"}
    return Picture(
        tile_channels(share[strongest]), key=key, label=label, low=-1, high=1, colors="diverging", means=means
    )


def tile_channels(channels: Floats) -> Floats:
    """Channels (channel, row, column) in reading order in a square, parted by lines of 0."""
    count, rows, columns = channels.shape
    abreast = math.ceil(math.sqrt(count))
    down, gap = math.ceil(count / abreast), max(rows // 16, 1)
    sheet = np.zeros((down * (rows + gap) - gap, abreast * (columns + gap) - gap))
    for at, values in enumerate(channels):
        y, x = at // abreast * (rows + gap), at % abreast * (columns + gap)
        sheet[y : y + rows, x : x + columns] = values
    return sheet


def shape(values: Floats) -> str:
    """``4 × 8 × 8``."""
    return " × ".join(map(str, values.shape))


def sentence(prompt: str) -> Text:
    """A prompt, over its picture."""
    return Text({"en": f"“{prompt}”", "ja": f"「{prompt}」"}, key="prompt", width=12.0)


def pieces(runs: Runs, highlight: tuple[int, ...] = ()) -> Tokens:
    """The words of the prompt, one by one, as the network reads them."""
    said = tuple(runs.words[i] for i in runs.pieces) or tuple(runs.prompt.split())
    return Tokens(said, key="words", highlight=highlight)


def counter(done: int, of: int, key: str = "counter") -> Text:
    """How many steps are done."""
    template = {"en": "{n} of {all} steps", "ja": "{all} ステップ中 {n}"}
    return Text(fill(template, n=done, all=of), key=key, role="dimmed")


def picture_states(frames: Floats, key: str, label: Words | None = None) -> list[Picture]:
    """A picture's states from frames (step, row, column, colour)."""
    return [picture(pixels, key, label) for pixels in frames]


def film(*states: Sequence[Mark], seconds: float = 4.0, **options: Any) -> Playback:
    """A Film in which the last state is held for a while."""
    count = len(states[0])
    holds = (*[1.0] * (count - 1), max(count / 12, 1.0))
    return Playback({one[0].key: one for one in states}, seconds=seconds, holds=holds, **options)


def caption(mark: Mark | Row, below: Words, key: str) -> Column:
    """A mark with small print below it; it is the mark that stands on the line of its neighbours."""
    return Column(mark, Text(below, key=key, size="small", role="dimmed"), gap=0.15, anchor=0)
