"""The story of a grey picture and Gaussian noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.data.noise import HIGHEST, LOWEST, Floats, NoisyPicture, check_sigma, expected
from nnanim.marks import Column, Grid, Histogram, Picture, Row, Text, changed, nice
from nnanim.motions import Film
from nnanim.words import Words, fill

STEPS = 25
"""In so many steps the noise is drawn."""

CORNER = 4
"""So many rows and columns of pixels are written out."""

BINS = 64
"""So many bins cover the range of a pixel."""

LARGER = 1.4
"""Pictures stand above their small histograms larger by so much."""

PICTURE = {"en": "picture", "ja": "画像"}
SUM = {"en": "sum", "ja": "和"}
CLIPPED = {"en": "clipped", "ja": "クリップ後"}
COUNTED = {"en": "counted", "ja": "数えた数"}
EXPECTED = {"en": "normal distribution", "ja": "正規分布"}
OUTSIDE = {"en": "outside 0–255", "ja": "0～255 の外"}
ENDS = {"en": "0 and 255", "ja": "0 と 255"}
AXES: dict[str, Any] = {"x_name": words.pixel, "y_name": {"en": "how many pixels", "ja": "画素の数"}}
NOISE_AXES = {**AXES, "x_name": words.noise}
STATISTICS = {"en": "mean {m}, standard deviation {s}", "ja": "平均 {m}、標準偏差 {s}"}


def noise(
    made: NoisyPicture, strong: float = 60.0, levels: Sequence[float] = (10, 30, 60, 120)
) -> Iterator[Beat]:
    """Tell how noise is added to a picture and clipped.

    Args:
        made: the picture and its noise.
        strong: a larger standard deviation, of which clipping takes its share.
        levels: standard deviations that are compared at the end.

    Raises:
        UserError: a standard deviation is not above 0.
    """
    for sigma in (strong, *levels):
        check_sigma(sigma)
    yield grey(made)
    yield drawn(made)
    yield pixels(made)
    yield added(made)
    yield wide(made, strong)
    yield clipped(made, strong)
    yield compared(made, levels)


def shown(values: Floats, key: str, label: Words | None = None) -> Picture:
    """A picture of pixels."""
    return Picture(values, key=key, label=label, low=LOWEST, high=HIGHEST)


def noise_picture(made: NoisyPicture) -> Picture:
    """The noise as a picture; 0 has the colour of the ground."""
    limit = spread(made, made.sigma)
    return Picture(
        made.noise(), key="noise", label=words.noise, low=-limit, high=limit, colors="diverging",
        means=words.noise,
    )  # fmt: skip


def spread(made: NoisyPicture, sigma: float) -> float:
    """How far the colours of the noise reach on either side of 0."""
    return nice(float(np.abs(made.noise(sigma)).max()))


def bins(low: float, high: float, count: int = BINS) -> Floats:
    """(count + 1,) edges of bins from ``low`` to ``high``."""
    return np.linspace(low, high, count + 1)


def pixel_edges() -> Floats:
    """Edges of the bins of pixels, the last one past the highest."""
    return bins(LOWEST, HIGHEST + 1)


def histogram(
    values: Floats, edges: Floats, key: str, about: tuple[float, float] | None = None, clip: bool = False,
    marked: Words | None = None, **options: Any,
) -> Histogram:  # fmt: skip
    """The histogram of values, with the counts that a normal distribution of (mean, sigma) expects.

    ``marked`` names the highlighted bins.
    """
    line = None if about is None else expected(edges, *about, values.size, clip)
    names = (COUNTED, EXPECTED, marked) if marked else (COUNTED, EXPECTED)
    return Histogram.of(values, edges, key=key, expected=line, names=names if about else (), **options)


def statistics(values: Floats, key: str) -> Text:
    """Mean and standard deviation of an array, in words."""
    mean, deviation = (f"{value:.2f}".replace("-", "−") for value in (values.mean(), values.std()))
    return Text(fill(STATISTICS, m=mean, s=deviation), key=key, size="small", role="dimmed")


def grey(made: NoisyPicture) -> Beat:
    """The picture before any noise."""
    height, width = made.size
    one = made.picture
    return Beat(
        fill(
            {
                "en": "A grey picture: {h} × {w} pixels, and all of them are {g:g}.",
                "ja": "灰色の画像です。{h} × {w} 画素が、すべて {g:g} です。",
            },
            h=height, w=width, g=made.grey,
        ),
        Row(shown(one, "picture", PICTURE), histogram(one, pixel_edges(), "histogram", **AXES), gap=1.0),
        id="grey",
    )  # fmt: skip


def drawn(made: NoisyPicture) -> Beat:
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
        pictures.append(changed(whole, pixels=part.reshape(values.shape)))
        counts.append(changed(counted, counts=np.histogram(there, edges)[0]))
    return Beat(
        fill(
            {
                "en": "Gaussian noise: {n:,} random numbers, mean 0, σ = {s:g}.",
                "ja": "ガウスノイズ：平均 0、σ = {s:g} の乱数が {n:,} 個です。",
            },
            n=values.size, s=made.sigma,
        ),
        Row(whole, Column(counted, statistics(values, "statistics"), gap=0.25), gap=1.0),
        motion=Film({"noise": pictures, "counted": counts}, seconds=4.0),
        id="noise",
    )  # fmt: skip


def pixels(made: NoisyPicture) -> Beat:
    """The sum, number by number, in a corner of the picture."""
    part = np.s_[:CORNER, :CORNER]
    some = made.noise()[part]
    limit = max(float(np.abs(made.added()[part]).max()), HIGHEST)
    near = spread(made, made.sigma)
    look: dict[str, Any] = {"role": "grey" if made.added()[part].min() >= 0 else "ink", "means": words.pixel}

    def corner(values: Floats, key: str, label: Words, limit: float, digits: int, **options: object) -> Grid:
        return Grid(
            values,
            key=key,
            label=label,
            limit=limit,
            digits=digits,
            of=made.size,
            **options,  # type: ignore[arg-type]
        )

    return Beat(
        {
            "en": "Each pixel gets its own number: grey plus noise.",
            "ja": "画素ごとに、灰色の値とノイズを足します。",
        },
        Row(
            corner(made.picture[part], "a", PICTURE, limit, 0, **look),
            Text("+", key="plus", size="large", bold=True),
            corner(some, "b", words.noise, near, 1, means=words.noise),
            Text("=", key="equals", size="large", bold=True),
            corner(made.added()[part], "c", SUM, limit, 1, **look),
            gap=0.35,
        ),
        id="pixels",
    )


def added(made: NoisyPicture) -> Beat:
    """Picture, noise and sum, each above its histogram."""
    one, more, sums = made.picture, made.noise(), made.clipped()
    limit = spread(made, made.sigma)
    share = made.outside()
    half = (HIGHEST + 1 - LOWEST) / 2
    noise_edges = bins(-half, half) if limit <= half else bins(-limit, limit)
    sentence: Words = {
        "en": "Picture + noise, clipped to 0–255: nothing lies outside here.",
        "ja": "画像とノイズを足し、0～255 にクリップします。",
    }
    if share > 0:
        sentence = fill(
            {
                "en": "Picture + noise, clipped to 0–255: {p:.1f} % lay outside.",
                "ja": "足して 0～255 にクリップします。{p:.1f} % が外でした。",
            },
            p=100 * share,
        )
    grey_, sum_ = (made.grey, made.sigma), pixel_edges()
    columns = (
        Column(
            Row(shown(one, "picture", PICTURE), scale=LARGER), histogram(one, sum_, "histogram"), gap=0.35
        ),
        Column(
            Row(noise_picture(made), scale=LARGER),
            histogram(more, noise_edges, "counted", (0.0, made.sigma)),
            gap=0.35,
        ),
        Column(
            Row(shown(sums, "sum", SUM), scale=LARGER),
            histogram(sums, sum_, "sums", grey_, clip=True),
            gap=0.35,
        ),
    )
    plus, equals = (
        Text(sign, key=key, size="large", bold=True) for key, sign in (("plus", "+"), ("equals", "="))
    )
    return Beat(sentence, Row(columns[0], plus, columns[1], equals, columns[2], gap=0.4), id="sum")


def wide(made: NoisyPicture, strong: float) -> Beat:
    """With a larger sigma, part of the sum is no pixel any more."""
    sums, width = made.added(strong), (HIGHEST + 1 - LOWEST) / BINS
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
                "en": "Stronger noise, σ = {s:g}: {p:.1f} % of the sums lie outside 0–255.",
                "ja": "強いノイズ σ = {s:g} では、和の {p:.1f} % が 0～255 の外に出ます。",
            },
            s=strong, p=100 * made.outside(strong),
        ),
        Column(one, statistics(sums, "statistics"), gap=0.25),
        id="outside",
    )  # fmt: skip


def clipped(made: NoisyPicture, strong: float) -> Beat:
    """Clipping puts what lay outside onto 0 and 255."""
    values = made.clipped(strong)
    one = histogram(
        values, pixel_edges(), "sums", (made.grey, strong), clip=True, highlight=(0, BINS - 1),
        marked=ENDS, **AXES,
    )  # fmt: skip
    return Beat(
        {
            "en": "Clipping moves them to 0 and 255: a spike at either end.",
            "ja": "クリップすると 0 と 255 に集まり、両端が高くなります。",
        },
        Row(shown(values, "sum", CLIPPED), Column(one, statistics(values, "statistics"), gap=0.25), gap=1.0),
        id="clipped",
    )


def compared(made: NoisyPicture, levels: Sequence[float]) -> Beat:
    """Some levels of noise side by side."""
    columns = [
        Column(
            Row(shown(made.clipped(sigma), f"level-{i}", f"σ = {sigma:g}"), scale=LARGER),
            histogram(
                made.clipped(sigma), pixel_edges(), f"bars-{i}", (made.grey, sigma), clip=True,
                highlight=(0, BINS - 1), marked=ENDS, aspect=1.3,
            ),
            Text(
                fill({"en": "{p:.1f} % clipped", "ja": "{p:.1f} % をクリップ"}, p=100 * made.outside(sigma)),
                key=f"share-{i}", size="small", role="accent",
            ),
            gap=0.3,
        )
        for i, sigma in enumerate(levels)
    ]  # fmt: skip
    return Beat(
        {
            "en": "The larger σ, the less is left of the grey picture.",
            "ja": "σ が大きいほど、元の灰色はわからなくなります。",
        },
        Row(*columns, gap=0.5),
        id="levels",
    )
