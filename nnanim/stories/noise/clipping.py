"""Strong noise leaves the range of a pixel; clipping brings it back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.data.noise import HIGHEST, LOWEST, NoisyPicture
from nnanim.marks import Column, Row, Text
from nnanim.stories.noise.views import (
    AXES,
    BINS,
    LARGER,
    bins,
    histogram,
    pixel_edges,
    pixel_picture,
)
from nnanim.words import fill

CLIPPED = {"en": "clipped", "ja": "クリップ後"}
OUTSIDE = {"en": "outside 0–255", "ja": "0～255 の外"}
AT_ENDS = ("amount", "amount2", "kind0")
"""Colours of the counts, of what is expected, and of the two ends."""

ENDS = {"en": "0 and 255", "ja": "0 と 255"}


def wide(made: NoisyPicture, strong: float) -> Beat:
    """With a larger sigma, part of the sum is no pixel any more."""
    sums, width = made.noisy(strong), (HIGHEST + 1 - LOWEST) / BINS
    reach = np.ceil(np.abs(sums - made.grey).max() / width) * width + width
    low = LOWEST - np.ceil((reach - made.grey) / width) * width if reach > made.grey else LOWEST
    high = HIGHEST + 1 + np.ceil(max(made.grey + reach - HIGHEST - 1, 0) / width) * width
    edges = bins(float(low), float(high), round((high - low) / width))
    outside = tuple(int(i) for i in np.flatnonzero((edges[:-1] < LOWEST) | (edges[1:] > HIGHEST + 1)))
    one = histogram(
        sums, edges, "sums", (made.grey, strong), highlight=outside,
        marked=OUTSIDE if outside else None, aspect=2.6, **AXES,
    )  # fmt: skip
    return Beat(
        fill(
            {
                "en": "With σ = {s:g}, {p:.1f} % lie outside. What becomes of them?",
                "ja": "σ = {s:g} では {p:.1f} % が外です。どうなるでしょうか。",
            },
            s=strong, p=100 * made.outside(strong),
        ),
        Row(one),
        id="outside",
        given=("says",),  # a share of pixels, and the range of a pixel
        asks=True,
    )  # fmt: skip


def clipping(made: NoisyPicture, strong: float) -> Beat:
    """Clipping puts what lay outside onto 0 and 255."""
    values = made.clip(strong)
    one = histogram(
        values, pixel_edges(), "sums", (made.grey, strong), clip=True, highlight=(0, BINS - 1),
        marked=ENDS, roles=AT_ENDS, **AXES,
    )  # fmt: skip
    return Beat(
        {
            "en": "They are clipped to 0 or 255: a spike at either end.",
            "ja": "0 か 255 にします。両端が高くなります。",
        },
        Row(pixel_picture(values, "sum", CLIPPED), one, gap=1.0),
        id="clipped",
        given=("says",),
        born={"sum": From("sums")},
    )


def comparison(made: NoisyPicture, strong: float, levels: Sequence[float]) -> Beat:
    """Some levels of noise side by side; the one that was clipped stays, the others come out of it."""
    there = list(levels).index(strong) if strong in levels else -1
    keys = [("sum", "sums") if i == there else (f"level-{i}", f"bars-{i}") for i in range(len(levels))]
    columns = [
        Column(
            Row(pixel_picture(made.clip(sigma), picture, f"σ = {sigma:g}"), scale=LARGER),
            histogram(
                made.clip(sigma), pixel_edges(), bars, (made.grey, sigma), clip=True,
                highlight=(0, BINS - 1), marked=ENDS, roles=AT_ENDS, aspect=1.3,
            ),
            Text(
                fill({"en": "{p:.1f} % outside", "ja": "{p:.1f} % が外"}, p=100 * made.outside(sigma)),
                key=f"share-{i}", size="small",
            ),
            gap=0.3,
        )
        for i, (sigma, (picture, bars)) in enumerate(zip(levels, keys, strict=True))
    ]  # fmt: skip
    others = [pair for i, pair in enumerate(keys) if i != there]
    return Beat(
        fill(
            {
                "en": "At σ = {s:g}, little grey is left. A diffusion model learns the way back.",
                "ja": "σ = {s:g} でほぼ消えます。拡散モデルは逆の道を学びます。",
            },
            s=max(levels),
        ),
        Row(*columns, gap=0.5),
        id="levels",
        given=("says", *(f"share-{i}" for i in range(len(levels)))),  # a setting, and shares of pixels
        born={picture: From("sum") for picture, _ in others} | {bars: From("sums") for _, bars in others},
    )
