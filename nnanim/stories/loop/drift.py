"""The drift: every picture a point on a map of its embeddings, and how like the first one it still is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Cloud, Curve, Row, modify
from nnanim.motions import Playback
from nnanim.stories.loop.run import Floats, LoopRun
from nnanim.stories.loop.strip import choose_rounds
from nnanim.words import Words, fill

STAMPS = 14
"""Maximum number of points of the map that are pictures; the others are dots."""

STATES = 40
"""Maximum number of states of the growing path."""


def drift(run: LoopRun) -> Iterator[Beat]:
    """The map, then the curves beside it, of a run that did not close.

    That a closed one repeats is known for certain; no measure of likeness says more.
    """
    if run.last < 2 or run.has_attractor:
        return
    grown = _counts(run.last + 1)
    whole = atlas(run)
    film = Playback(
        {"map": [_upto(whole, count) for count in grown]}, seconds=min(1.2 + 0.35 * len(grown), 4.5)
    )
    name = run.setting("embedding", "name")
    which = {"clip": "CLIP", None: ""}.get(name, str(name))
    yield Beat(
        fill(
            {
                "en": "Each picture as a point: its {which} embedding, flattened by PCA.",
                "ja": "一枚が一点です。{which} 埋め込みを PCA で平面にしました。",
            },
            which=which,
        ),
        whole,
        motion=film,
        id="map",
    )
    curves = modify(likeness(run), drawn=run.last + 1)
    yield Beat(
        {
            "en": "How like the first picture is each, and how like the one before?",
            "ja": "最初の絵、一つ前の絵と、どれくらい似ているでしょう。",
        },
        Row(whole, curves, gap=0.6),
        motion=Playback(
            {"likeness": [modify(curves, drawn=count) for count in grown]},
            seconds=min(1.2 + 0.25 * len(grown), 4.0),
        ),
        id="similarity",
    )


def _counts(count: int) -> list[int]:
    """How many rounds are there in each state, up to all."""
    return sorted({int(k) for k in np.linspace(1, count, min(count, STATES)).round()})


def atlas(run: LoopRun) -> Cloud:
    """Every picture at its place on the plane of the first two principal components."""
    points, shares = run.plane
    stamps = {*choose_rounds(run, STAMPS)}
    return Cloud(
        points, key="map", path=points, highlight=tuple({0, len(points) - 1}), roles=("amount",),
        x_limits=_room(points[:, 0]), y_limits=_room(points[:, 1]),
        pictures=tuple(run.thumbnail(k) if k in stamps else None for k in range(len(points))),
        x_name=component(1, shares[0]), y_name=component(2, shares[1]), aspect=1.8,
    )  # fmt: skip


def component(number: int, share: float) -> Words:
    """The name of an axis, with the share of the variance along it."""
    said = {
        "en": "principal component {k}: {p:.0f} % of the variance",
        "ja": "第 {k} 主成分（分散の {p:.0f} %）",
    }
    return fill(said, k=number, p=100 * share)


def _room(values: Floats) -> tuple[float, float]:
    """Limits that leave room for pictures at the ends."""
    low, high = float(values.min()), float(values.max())
    margin = 0.14 * (high - low) or 1.0
    return low - margin, high + margin


def _upto(whole: Cloud, count: int) -> Cloud:
    """The map when so many rounds are over."""
    return modify(  # type: ignore[no-any-return]
        whole, points=whole.points[:count], groups=whole.groups[:count], path=whole.points[:count],
        pictures=whole.pictures[:count], highlight=tuple({0, count - 1}),
    )  # fmt: skip


def likeness(run: LoopRun) -> Curve:
    """Cosine similarity to the first picture and to the one before, over the rounds."""
    values = run.similarity
    low = min(0.0, float(np.floor(values.min() * 10) / 10))
    return Curve(
        np.arange(run.last + 1.0), np.clip(values, -1, 1), key="likeness", roles=("amount", "amount2"),
        names=({"en": "to the first", "ja": "最初の絵と"}, {"en": "to the one before", "ja": "一つ前の絵と"}),
        x_limits=(0, run.last), y_limits=(low, 1.0), aspect=1.3,
        x_name={"en": "round", "ja": "何周目"}, y_name={"en": "cosine similarity", "ja": "コサイン類似度"},
    )  # fmt: skip
