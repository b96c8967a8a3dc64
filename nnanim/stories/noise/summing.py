"""The noise is drawn and added to the picture, pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.data.noise import HIGHEST, LOWEST, Floats, NoisyPicture
from nnanim.marks import Column, Grid, Row, modify
from nnanim.motions import Playback
from nnanim.stories.equations import sign
from nnanim.stories.noise.views import (
    AXES,
    LARGER,
    PICTURE,
    bins,
    histogram,
    noise_picture,
    pixel_edges,
    pixel_picture,
    spread,
)
from nnanim.words import Words, fill

STEPS = 25
"""Number of steps in which the noise is drawn."""

CORNER = 4
"""Number of rows and columns of pixels that are written out."""

SUM = {"en": "sum", "ja": "和"}
NOISE_AXES = {**AXES, "x_name": words.noise}


def grey(made: NoisyPicture) -> Beat:
    """The picture before any noise."""
    one = made.picture
    return Beat(
        {
            "en": "How much noise hides this grey?",
            "ja": "灰色は、どれだけのノイズで消えるでしょうか。",
        },
        Row(
            pixel_picture(one, "picture", PICTURE),
            histogram(one, pixel_edges(), "histogram", **AXES),
            gap=1.0,
        ),
        id="grey",
        born={"histogram": From("picture")},
        given=("picture", "histogram"),
    )


def noise_histogram(made: NoisyPicture) -> Beat:
    """The noise is drawn, pixel after pixel, and counted."""
    values, limit = made.noise(), spread(made, made.sigma)
    edges = bins(-limit, limit, 50)
    whole = noise_picture(made)
    counted = histogram(values, edges, "counted", (0.0, made.sigma), **NOISE_AXES)
    pictures, counts = [], []
    for share in np.linspace(0, 1, STEPS + 1)[1:]:
        there = values.ravel()[: max(round(share * values.size), 1)]
        part = np.zeros(values.size)
        part[: len(there)] = there
        pictures.append(modify(whole, pixels=part.reshape(values.shape)))
        counts.append(modify(counted, counts=np.histogram(there, edges)[0]))
    return Beat(
        fill(
            {
                "en": "Noise: random numbers, of spread σ = {s:g}. Counted: a bell.",
                "ja": "広がり σ = {s:g} の乱数です。数えると釣り鐘形です。",
            },
            s=made.sigma,
        ),
        Row(
            pixel_picture(made.picture, "picture", PICTURE), whole,
            counted,
            gap=0.5,
        ),
        motion=Playback({"noise": pictures, "counted": counts}, seconds=2.4),
        id="noise",
        given=("says", "picture"),
    )  # fmt: skip


def pixels(made: NoisyPicture) -> Beat:
    """The sum, number by number, in a corner of the picture."""
    part, shown = (
        np.s_[:CORNER, :CORNER],
        window(0, 0, (min(CORNER, made.size[0]), min(CORNER, made.size[1]))),
    )
    some = made.noise()[part]
    limit = max(float(np.abs(made.noisy()[part]).max()), HIGHEST)
    near = spread(made, made.sigma)
    look: dict[str, Any] = {"role": "grey" if made.noisy()[part].min() >= 0 else "ink", "means": words.pixel}

    def corner(values: Floats, key: str, label: Words, limit: float, digits: int, **options: object) -> Grid:
        return Grid(
            values,
            key=key,
            label=label,
            limit=limit,
            digits=digits,
            **options,  # type: ignore[arg-type]
        )

    return Beat(
        {
            "en": "Pixel by pixel: grey plus noise.",
            "ja": "画素ごとにノイズを足します。",
        },
        Row(
            corner(
                made.picture[part],
                "a",
                PICTURE,
                limit,
                0 if float(made.grey).is_integer() else 1,
                of=made.size,
                **look,
            ),
            sign("+", "plus"),
            corner(some, "b", words.noise, near, 1, means=words.noise),
            sign("=", "equals"),
            corner(made.noisy()[part], "c", SUM, limit, 1, **look),
            gap=0.35,
        ),
        id="pixels",
        given=("a",),
        born={"a": From("picture", cells=shown), "b": From("noise", cells=shown), "c": From("b")},
    )


def summation(made: NoisyPicture, after_pixels: bool = False) -> Beat:
    """Picture, noise and sum, each above its histogram; after `pixels`, both come out of their corners."""
    one, more, sums = made.picture, made.noise(), made.clip()
    limit = spread(made, made.sigma)
    share = made.outside()
    half = (HIGHEST + 1 - LOWEST) / 2
    noise_edges = bins(-half, half) if limit <= half else bins(-limit, limit)
    sentence = fill(
        {
            "en": "The bell keeps its shape, and moves to {g:g}.",
            "ja": "釣り鐘は、形を変えずに {g:g} へ移ります。",
        },
        g=made.grey,
    )
    if share > 0:
        sentence = fill(
            {
                "en": "Picture + noise, clipped to 0–255: {p:.1f} % lay outside.",
                "ja": "足して 0～255 にクリップします。{p:.1f} % が外でした。",
            },
            p=100 * share,
        )
    edges, about = pixel_edges(), (made.grey, made.sigma)
    pairs = (
        (pixel_picture(one, "picture", PICTURE), histogram(one, edges, "histogram")),
        (noise_picture(made), histogram(more, noise_edges, "counted", (0.0, made.sigma))),
        (pixel_picture(sums, "sum", SUM), histogram(sums, edges, "sums", about, clip=True)),
    )
    first, second, third = (
        Column(Row(large, scale=LARGER), modify(small, aspect=1.6), gap=0.35, anchor=0)
        for large, small in pairs
    )
    plus, equals = sign("+", "plus"), sign("=", "equals")
    corners = {"picture": From("a"), "noise": From("b")}
    given = "picture", "histogram", "says"  # the grey, and shares of pixels
    return Beat(
        sentence,
        Row(first, plus, second, equals, third, gap=0.4),
        id="sum",
        given=given,
        born=(corners if after_pixels else {}) | {"sum": From("picture"), "sums": From("counted")},
    )  # fmt: skip
