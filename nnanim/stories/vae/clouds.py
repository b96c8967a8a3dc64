"""Maps of all pictures: points of an autoencoder, clouds of a VAE, and how training makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Cloud, Column, Curve, Formula, Grid, Row, Text, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.equations import plain as written
from nnanim.stories.vae.plane import LARGE, WIDE, Plane, around, large, limits, window
from nnanim.stories.vae.squeeze import PICTURE, ink, the_picture
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing_all

Floats = npt.NDArray[np.float64]

BATCHES = 16
"""Number of steps in which the points of a map appear."""

FAR = 9.0
"""Farther than so many median deviations off the others, a point of the autoencoder's map is not shown."""

NEAR = 2.1
"""The view around one cloud reaches at least so many of its larger standard deviations."""

FIRST, SLOW = 12, 3.0
"""(count, factor): the first snapshots of a stretch of the training are held longer by this factor."""

CLOSE = 1.15
"""Width over height of the map around one cloud."""

NARROW = 2.3
"""Width over height of a map with pictures beside it."""


def plain(trace: Trace, plane: Plane) -> Iterator[Beat]:
    """The autoencoder's map of all pictures, and what its decoder makes of its gaps."""
    points, near = np.asarray(trace["points"], dtype=float), find_near(trace)
    room, at = _room(trace), int(trace["start"])
    whole = plane.cloud(points, room, key="plain", aspect=WIDE, among=near, of=len(points))
    ends = np.linspace(0, len(near), BATCHES + 1).round().astype(int)[1:]
    some = [np.array([at]), *(np.union1d(near[:end], at) for end in ends)]
    states = [
        plane.cloud(points, room, key="plain", aspect=WIDE, among=among, named="nowhere") for among in some
    ]
    yield Beat(
        fill(
            {
                "en": "Two numbers are a point on a map: here, {n} digits that training has not seen.",
                "ja": "2 個の数は地図の一点です。学習にない数字 {n} 個を置きました。",
            },
            n=len(near),
        ),
        whole,
        motion=Playback({"plain": [*states, whole]}, seconds=2.0, holds=(4.0, *(1.0,) * len(states))),
        id="map",
        born={"plain": From("z")},
    )
    yield from _gaps(trace, plane)


def find_near(trace: Trace) -> npt.NDArray[np.int64]:
    """Indices of the pictures that the autoencoder's map shows: all but those far off the others.

    A few stragglers would leave most of the plane empty; the one picture is always among them.
    """
    points = np.asarray(trace["points"], dtype=float)
    away = np.abs(points - np.median(points, axis=0))
    near = (away <= FAR * np.median(away, axis=0)).all(axis=1)
    near[int(trace["start"])] = True
    return np.flatnonzero(near)


def _room(trace: Trace) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of x and y around the pictures that are shown, and the gaps."""
    return limits(np.asarray(trace["points"], dtype=float)[find_near(trace)], trace["gaps"])


def _gaps(trace: Trace, plane: Plane) -> Iterator[Beat]:
    """Where no digit lies: what will the decoder draw there?"""
    points, gaps = (np.asarray(trace[name], dtype=float) for name in ("points", "gaps"))
    names = tuple("ABCDEFGH"[: len(gaps)])
    near = find_near(trace)
    ringed = tuple(range(len(near), len(near) + len(gaps)))
    found = plane.cloud(
        points, _room(trace), more=gaps, names=names, highlight=ringed, key="plain", aspect=NARROW,
        among=near, shown=len(near), of=len(points),
    )  # fmt: skip
    pictures = [
        ink(np.asarray(one), f"gap-{name}", name)
        for one, name in zip(trace["gap.pictures"], names, strict=True)
    ]
    yield Beat(
        fill(
            {
                "en": "The map has gaps: {names}. What will the decoder draw there?",
                "ja": "隙間 {names} には、何が描かれるでしょうか。",
            },
            names={"en": ", ".join(names), "ja": "・".join(names)},
        ),
        modify(found, aspect=WIDE),
        id="gaps",
        asks=True,
    )
    yield Beat(
        {
            "en": "It draws all the same, but it has never learned what belongs there: a mere guess.",
            "ja": "習っていない場所なので、当てずっぽうです。",
        },
        Row(large(found), Column(*pictures, gap=0.1, scale=1.55 / (len(pictures) + 1)), gap=0.5),
        id="guess",
        born={one.key: From("plain", part=part) for one, part in zip(pictures, ringed, strict=True)},
    )


def close(trace: Trace, plane: Plane, **options: Any) -> Cloud:
    """The cloud of the one picture, from near by."""
    mean, deviation = (np.asarray(trace[name], dtype=float) for name in ("mean", "deviation"))
    at = int(trace["start"])
    half = max(NEAR * float(deviation[at].max()), 1.1 * float(np.abs(trace["drawn"] - mean[at]).max()))
    return plane.cloud(
        mean, around(mean[at], half), spreads=deviation, among=np.array([at]), named="nowhere",
        aspect=CLOSE, **options,
    )  # fmt: skip


def one(trace: Trace, plane: Plane) -> Beat:
    """The VAE's encoder gives a mean and a deviation: a cloud instead of a point."""
    at = int(trace["start"])
    point = int(np.searchsorted(find_near(trace), at))
    table = np.stack([trace["mean"][at], trace["deviation"][at]]).astype(float)
    rows: tuple[Words, ...] = (
        {"en": "mean μ", "ja": "平均 μ"},
        {"en": "deviation σ", "ja": "標準偏差 σ"},
    )
    grid = Grid(table, key="cloud", rows=rows, digits=2, limit=round_up(float(np.abs(table).max())))
    return Beat(
        {
            "en": "A variational autoencoder (VAE) gives a cloud: its middle μ, its width σ.",
            "ja": "VAE（変分オートエンコーダー）は、点でなく雲を出します。",
        },
        Row(
            ink(the_picture(trace), "picture", PICTURE), Row(grid, scale=2.0), large(close(trace, plane)),
            gap=0.6,
        ),
        id="cloud",
        born={"picture": From("plain", part=point), "cloud": From("picture")},
    )  # fmt: skip


def draws(trace: Trace, plane: Plane) -> Beat:
    """Points are drawn from the cloud before the eyes, and each is decoded."""
    at, points = int(trace["start"]), np.asarray(trace["drawn"], dtype=float)
    count = len(points)
    formulas = _formulas(trace["mean"][at], trace["deviation"][at], list(_draws(trace)))
    lines = {one.key: [step[i] for step in formulas] for i, one in enumerate(formulas[0])}
    maps = [close(trace, plane, more=points[: k + 1], highlight=(k + 1,)) for k in range(count)]
    pictures = [ink(pixels, f"drawn-{k}") for k, pixels in enumerate(np.asarray(trace["drawn.pictures"]))]
    dark = [modify(picture, pixels=np.zeros_like(picture.pixels)) for picture in pictures]
    states = {
        picture.key: [dark[k] if step < k else picture for step in range(count)]
        for k, picture in enumerate(pictures)
    }
    abreast = min(count, 3)
    rows = [Row(*pictures[i : i + abreast], gap=0.2) for i in range(0, count, abreast)]
    drawn = Column(*rows, gap=0.2, scale=0.6)
    return Beat(
        {
            "en": "A random ε picks a point of the cloud, z = μ + σ·ε. The decoder draws each.",
            "ja": "乱数 ε をつくり、雲の一点 z = μ + σ·ε を復元します。",
        },
        Row(Column(*formulas[-1], drawn, gap=0.3), large(maps[-1]), gap=0.5),
        motion=Playback({"map": maps, **lines, **states}, seconds=0.38 * count),
        id="draws",
        gathers={"cloud": "formula-1"},
    )


def _draws(trace: Trace) -> Iterator[tuple[Floats, Floats]]:
    """Each ε with its z."""
    yield from zip(trace["noise"], trace["drawn"], strict=True)


def _formulas(mean: Floats, deviation: Floats, drawn: Sequence[tuple[Floats, Floats]]) -> list[list[Formula]]:
    """Z = μ + σ·ε in numbers, a line for each of the two, of every draw (ε, z).

    All have as many decimals: their lines stand in one place and are to be equally long.
    """
    draws = [list(zip(mean, deviation, noise, z, strict=True)) for noise, z in drawn]
    rows = [(row[:3], row[3]) for terms in draws for row in terms]
    digits, agrees = agreeing_all(rows, lambda one: one[0] + one[1] * one[2])
    return [_lines(terms, digits, "=" if agrees else "approx") for terms in draws]


def _lines(terms: Sequence[tuple[float, float, float, float]], digits: int, equals: str) -> list[Formula]:
    return [
        Formula(
            (
                f"z_{place} = {written(μ, digits)} + {written(σ, digits)} dot",
                f"({written(ε, digits)})" if ε < 0 else written(ε, digits),
                f"{equals} {written(found, digits)}",
            ),
            key=f"formula-{place}", size="small",
        )
        for place, (μ, σ, ε, found) in enumerate(terms, start=1)
    ]  # fmt: skip


def every(trace: Trace, plane: Plane) -> Beat:
    """All clouds together."""
    mean, deviation = (np.asarray(trace[name], dtype=float) for name in ("mean", "deviation"))
    gone = ["formula-1", "formula-2", *(f"drawn-{k}" for k in range(len(trace["drawn"])))]
    return Beat(
        fill(
            {
                "en": "All {n} digits have such clouds: together, they leave hardly a gap.",
                "ja": "{n} 個すべてに雲があり、隙間はほとんどありません。",
            },
            n=len(mean),
        ),
        plane.cloud(mean, window(trace), spreads=deviation, aspect=WIDE),
        id="clouds",
        gathers=dict.fromkeys(gone, "map"),
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
                "en": "Its training: if only the error counts, the clouds run apart and shrink.",
                "ja": "学習です。誤差だけを減らすと、雲は離れて縮みます。",
            },
            "apart",
        )
    yield _training(
        pulled,
        {
            "en": "If the distance from μ = 0, σ = 1 counts, too (KL divergence), they gather.",
            "ja": "μ = 0、σ = 1 との隔たり（KL）も減らすと、雲は集まります。",
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
        {"en": "error", "ja": "復元の誤差"},
        {"en": "KL divergence", "ja": "KL ダイバージェンス"},
    )
    count = len(steps)
    over = Curve(
        np.arange(count, dtype=float), curves, key="curves", names=names, roles=("amount", "amount2"),
        aspect=1.3, x_limits=(0, count - 1), y_limits=(0, round_up(float(curves.max()))),
        x_name={"en": "snapshot", "ja": "記録"},
    )  # fmt: skip
    said = {
        "en": "step {s:,}, weight of KL {w:.2f}",
        "ja": "ステップ {s:,}、KL の重み {w:.2f}",
    }
    return {
        "map": [
            plane.cloud(m, room, spreads=d, named="nowhere", aspect=1.5)
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
            Column(last["curves"], last["step"], gap=0.3),
            gap=0.6,
        ),
        motion=Playback(states, seconds=2.3, holds=(*(SLOW,) * first, *(1.0,) * (count - first))),
        id=id_,
    )
