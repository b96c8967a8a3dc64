"""Maps of all pictures: points of an autoencoder, clouds of a VAE, and how training makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.marks import Cloud, Column, Curve, Formula, Grid, Row, Text, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.equations import plain as written
from nnanim.stories.vae.plane import LARGE, Plane, around, large, limits
from nnanim.stories.vae.squeeze import PICTURE, ink, the_picture
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing_all

Floats = npt.NDArray[np.float64]

BATCHES = 16
"""Number of steps in which the points of a map appear."""

NEAR = 3.2
"""The view around one cloud reaches at least so many of its larger standard deviations."""

FIRST, SLOW = 12, 3.0
"""(count, factor): the first snapshots of a stretch of the training are held longer by this factor."""

WIDE = 1.8
"""Width over height of a map that stands alone."""


def plain(trace: Trace, plane: Plane) -> Iterator[Beat]:
    """The autoencoder's map of all pictures, and what its decoder makes of its gaps."""
    points, gaps = (np.asarray(trace[name], dtype=float) for name in ("points", "gaps"))
    room = limits(points)
    whole = plane.cloud(points, room, key="plain", aspect=WIDE)
    ends = np.linspace(0, len(points), BATCHES + 1).round().astype(int)[1:]
    states = [
        plane.cloud(points, room, key="plain", aspect=WIDE, among=np.arange(end), named="nowhere")
        for end in ends
    ]
    yield Beat(
        fill(
            {
                "en": "{n} digits that training has not seen: each is one point.",
                "ja": "学習に使わなかった {n} 個の数字です。一つが一点です。",
            },
            n=len(points),
        ),
        whole,
        motion=Playback({"plain": [*states, whole]}, seconds=2.5),
        id="map",
    )
    names = tuple("ABCDEFGH"[: len(gaps)])
    ringed = tuple(range(len(points), len(points) + len(gaps)))
    found = plane.cloud(points, room, more=gaps, names=names, highlight=ringed, key="plain", aspect=1.6)
    pictures = [
        ink(np.asarray(one), f"gap-{name}", name)
        for one, name in zip(trace["gap.pictures"], names, strict=True)
    ]
    yield Beat(
        {
            "en": "The map has gaps: what the decoder draws there is a mere guess.",
            "ja": "地図には隙間があり、そこでの復元は当てずっぽうです。",
        },
        Row(large(found), Column(*pictures, gap=0.25, scale=1.5 / (len(pictures) + 1)), gap=0.8),
        id="gaps",
    )


def close(trace: Trace, plane: Plane, **options: Any) -> Cloud:
    """The cloud of the one picture, from near by."""
    mean, deviation = (np.asarray(trace[name], dtype=float) for name in ("mean", "deviation"))
    at = int(trace["start"])
    half = max(NEAR * float(deviation[at].max()), 1.1 * float(np.abs(trace["drawn"] - mean[at]).max()))
    return plane.cloud(
        mean, around(mean[at], half), spreads=deviation, among=np.array([at]), named="nowhere", **options
    )


def one(trace: Trace, plane: Plane) -> Beat:
    """The VAE's encoder gives a mean and a deviation: a cloud instead of a point."""
    at = int(trace["start"])
    table = np.stack([trace["mean"][at], trace["deviation"][at]]).astype(float)
    rows: tuple[Words, ...] = (
        {"en": "mean μ", "ja": "平均 μ"},
        {"en": "deviation σ", "ja": "標準偏差 σ"},
    )
    grid = Grid(table, key="cloud", rows=rows, digits=2, limit=round_up(float(np.abs(table).max())))
    return Beat(
        {
            "en": "A VAE gives no point but a cloud: a mean μ and a deviation σ.",
            "ja": "VAE は点ではなく雲、平均 μ と標準偏差 σ を出します。",
        },
        Row(ink(the_picture(trace), "picture", PICTURE), grid, large(close(trace, plane)), gap=0.8),
        id="cloud",
    )


def draws(trace: Trace, plane: Plane) -> Beat:
    """Points are drawn from the cloud before the eyes, and each is decoded."""
    at, points = int(trace["start"]), np.asarray(trace["drawn"], dtype=float)
    count = len(points)
    formulas = [_formula(trace["mean"][at], trace["deviation"][at], *one) for one in _draws(trace)]
    maps = [close(trace, plane, more=points[: k + 1], highlight=(k + 1,)) for k in range(count)]
    pictures = [ink(pixels, f"drawn-{k}") for k, pixels in enumerate(np.asarray(trace["drawn.pictures"]))]
    dark = [modify(picture, pixels=np.zeros_like(picture.pixels)) for picture in pictures]
    states = {
        picture.key: [dark[k] if step < k else picture for step in range(count)]
        for k, picture in enumerate(pictures)
    }
    half = -(-count // 2)
    strip = Column(Row(*pictures[:half], gap=0.25), Row(*pictures[half:], gap=0.25), gap=0.25, scale=0.6)
    if count == 1:
        strip = Column(*pictures, scale=0.6)
    return Beat(
        {
            "en": "Draw ε by lot, take z = μ + σ·ε, and decode it. Again, and again.",
            "ja": "ε を引き、z = μ + σ·ε を復元します。何度でも引けます。",
        },
        Column(formulas[-1], Row(large(maps[-1]), strip, gap=1.0), gap=0.4),
        motion=Playback({"map": maps, "formula": formulas, **states}, seconds=0.55 * count),
        id="draws",
    )


def _draws(trace: Trace) -> Iterator[tuple[Floats, Floats]]:
    """Each ε with its z."""
    yield from zip(trace["noise"], trace["drawn"], strict=True)


def _formula(mean: Floats, deviation: Floats, noise: Floats, z: Floats) -> Formula:
    """Z = μ + σ·ε in numbers."""
    digits, agrees = agreeing_all(
        [(row[:3], row[3]) for row in zip(mean, deviation, noise, z, strict=True)],
        lambda one: one[0] + one[1] * one[2],
    )
    μ, σ, ε, found = (
        f"vec({', '.join(written(v, digits) for v in values)})" for values in (mean, deviation, noise, z)
    )
    parts = (f"z = {μ} + {σ} dot.o", ε, f"{'=' if agrees else 'approx'} {found}")
    return Formula(parts, key="formula", size="medium")


def every(trace: Trace, plane: Plane) -> Beat:
    """All clouds together."""
    mean, deviation = (np.asarray(trace[name], dtype=float) for name in ("mean", "deviation"))
    room = limits(mean - deviation, mean + deviation)
    return Beat(
        {
            "en": "Every digit is a small cloud; together they fill the map.",
            "ja": "どの数字も小さな雲です。合わせると地図が埋まります。",
        },
        plane.cloud(mean, room, spreads=deviation, aspect=WIDE),
        id="clouds",
    )


def divergence_training(training: Trace, plane: Plane) -> Iterator[Beat]:
    """Without the divergence the clouds run apart; with it they are pulled together."""
    free = int(
        np.searchsorted(training["weight"], 0.0, side="right")
    )  # the first snapshot at which it counts
    states = _snapshots(training, plane)
    apart = {key: marks[: max(free, 1)] for key, marks in states.items()}
    pulled = {key: marks[max(free - 1, 0) :] for key, marks in states.items()}
    if free > 1:
        yield _training(
            apart,
            {
                "en": "Trained only to rebuild, the clouds run apart and shrink.",
                "ja": "復元だけを学習すると、雲は離れて点に縮みます。",
            },
            "apart",
        )
    yield _training(
        pulled,
        {
            "en": "The KL divergence, when it counts, pulls the clouds together.",
            "ja": "KL ダイバージェンスを加えると、雲は引き寄せられます。",
        },
        "pull",
    )


States = dict[str, list[Cloud] | list[Curve] | list[Text]]


def _snapshots(training: Trace, plane: Plane) -> States:
    """Map, curves and words at every snapshot."""
    mean, deviation = (np.asarray(training[name], dtype=float) for name in ("mean", "deviation"))
    room = limits(mean - deviation, mean + deviation)
    steps, weight = training["step"], training["weight"]
    curves = np.stack([training["error"], training["divergence"]]).astype(float)
    names: tuple[Words, ...] = (
        {"en": "reconstruction error", "ja": "復元の誤差"},
        {"en": "KL divergence", "ja": "KL ダイバージェンス"},
    )
    count, last = len(steps), int(steps[-1])
    over = Curve(
        np.arange(count, dtype=float), curves, key="curves", names=names, roles=("amount", "amount2"),
        aspect=1.3, x_limits=(0, count - 1), y_limits=(0, round_up(float(curves.max()))),
        x_name=fill({"en": "snapshot, up to step {n:,}", "ja": "記録（ステップ {n:,} まで）"}, n=last),
    )  # fmt: skip
    said = {
        "en": "step {s:,}, weight of the KL divergence {w:.2f}",
        "ja": "ステップ {s:,}、KL の重み {w:.2f}",
    }
    return {
        "map": [
            plane.cloud(m, room, spreads=d, named="legend", aspect=1.3)
            for m, d in zip(mean, deviation, strict=True)
        ],
        "curves": [modify(over, drawn=k + 1) for k in range(count)],
        "step": [
            Text(fill(said, s=int(s), w=float(w)), key="step", size="small", role="dimmed")
            for s, w in zip(steps, weight, strict=True)
        ],
    }


def _training(states: States, says: Words, id_: str) -> Beat:
    """A stretch of the training as a film."""
    last = {key: marks[-1] for key, marks in states.items()}
    count = len(states["map"])
    first = min(count, FIRST)
    return Beat(
        says,
        Row(
            Row(last["map"], scale=LARGE),
            Column(Row(last["curves"], scale=1.35), last["step"], gap=0.3),
            gap=0.8,
        ),
        motion=Playback(states, seconds=3.6, holds=(*(SLOW,) * first, *(1.0,) * (count - first))),
        id=id_,
    )
