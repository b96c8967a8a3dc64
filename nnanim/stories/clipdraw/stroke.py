"""One stroke from close by: its numbers, how pixels feel it, and which of them notice when it moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Curve, Grid, Picture, Row, round_up
from nnanim.motions import Playback
from nnanim.stories.clipdraw.run import Drawn
from nnanim.stories.clipdraw.sketch import StrokePicture
from nnanim.words import Words, fill

DISTANCE = {"en": "distance", "ja": "距離"}
OPACITY = {"en": "opacity", "ja": "不透明度"}


def _alone(drawn: Drawn, at: int = 0, **changes: Any) -> StrokePicture:
    """One stroke by itself with its points, before its bend moves or on its way."""
    curve = drawn.array("moved.points")[at]
    return StrokePicture(drawn.array("moved")[at], key="stroke", curves=curve[None], smooth=True, **changes)


def _numbers(drawn: Drawn) -> Row:
    """All numbers of the one stroke, as it is in the end."""
    one = int(drawn.trace["one"])
    points, colour = drawn.array("points")[-1, one], drawn.array("colours")[-1, one]
    rest = np.array([drawn.array("widths")[-1, one], drawn.array("covers")[-1, one]])
    rows = {"en": ("start", "bend", "end"), "ja": ("始点", "曲げる点", "終点")}
    last = {"en": ("width", "opacity"), "ja": ("太さ", "不透明度")}
    hues = {"en": ("red", "green", "blue"), "ja": ("赤", "緑", "青")}
    means = {"en": "number", "ja": "数"}

    def name(words: Mapping[str, tuple[str, ...]]) -> tuple[Words, ...]:
        return tuple({"en": en, "ja": ja} for en, ja in zip(*words.values(), strict=True))

    common: dict[str, Any] = {"limit": 1.0, "digits": 2, "means": means}
    return Row(
        Grid(points, key="points", rows=name(rows), columns=("x", "y"), **common),
        Column(
            Grid(colour[None], key="colour", columns=name(hues), **common),
            Grid(rest[None], key="rest", columns=name(last), **common),
            gap=0.4,
        ),
        gap=0.6,
    )


def tell_stroke(drawn: Drawn) -> Iterator[Beat]:
    """Points, distances, a soft edge, and who notices a move."""
    yield Beat(
        fill(
            {
                "en": "Take one. Three points bend it; with width, colour and opacity it is {n} numbers.",
                "ja": "一本を取り出すと、3 つの点で曲がり、太さ、色、不透明度を合わせて {n} 個の数です。",
            },
            n=drawn.sizes[0],
        ),
        Row(Row(_alone(drawn), scale=1.3), _numbers(drawn), gap=0.8),
        id="stroke",
        born={"stroke": From("drawing"), **{key: From("stroke") for key in ("points", "colour", "rest")}},
    )
    yield from _edge(drawn)
    yield from _notice(drawn)


def _edge(drawn: Drawn) -> Iterator[Beat]:
    """How far each pixel is, and how much it is covered."""
    away, cover = drawn.array("distance"), drawn.array("cover")
    distance = Picture(away, key="distance", high=round_up(float(away.max())), means=DISTANCE, smooth=True)
    yield Beat(
        {
            "en": "Each pixel asks: how far is the curve?",
            "ja": "どの画素も、曲線までの距離を測ります。",
        },
        Row(_alone(drawn), distance, gap=1.0, scale=1.4),
        id="distance",
        born={"distance": From("stroke")},
        gathers={key: "stroke" for key in ("points", "colour", "rest")},
    )
    order = drawn.trace["by_distance"]
    edge = Curve(
        away.ravel()[order], cover.ravel()[order], key="edge", x_name=DISTANCE, y_name=OPACITY,
        x_limits=(0.0, distance.high), y_limits=(0.0, 1.0),
    )  # fmt: skip
    yield Beat(
        {
            "en": "Near, it is covered. At the edge, the opacity falls softly.",
            "ja": "近ければ塗られ、ふちでは、なめらかに薄くなります。",
        },
        Row(distance, edge, Picture(cover, key="cover", means=OPACITY, smooth=True), gap=0.8),
        id="edge",
        born={"edge": From("distance"), "cover": From("distance")},
    )


def _notice(drawn: Drawn) -> Iterator[Beat]:
    """The bend goes to the right; only the edge feels it."""
    points = drawn.array("moved.points")
    asked = _alone(drawn, arrows=(points[-1] - points[0])[None])
    yield Beat(
        {
            "en": "Now the bend goes a little to the right. Which pixels notice?",
            "ja": "曲げる点を少し右へ動かすと、どの画素が気づくでしょう。",
        },
        Row(
            asked, Picture(drawn.array("cover"), key="cover", means=OPACITY, smooth=True), gap=1.0, scale=1.4
        ),
        id="move",
        born={"stroke": From("cover")},
        asks=True,
    )
    slope = drawn.array("cover.slope")
    states = [_alone(drawn, at) for at in range(len(points))]
    limit = round_up(float(np.abs(slope).max()))
    yield Beat(
        {
            "en": "Only those on the soft edge. A hard edge would have no slope anywhere.",
            "ja": "やわらかいふちの画素だけです。硬いふちなら、傾きはどこにもありません。",
        },
        Row(
            states[-1],
            Picture(
                slope, key="notice", low=-limit, high=limit, colors="diverging", smooth=True,
                means={"en": "slope of the opacity", "ja": "不透明度の傾き"},
            ),
            gap=1.0, scale=1.4,
        ),
        Playback({"stroke": states}, seconds=2.0),
        id="notice",
        born={"notice": From("cover")},
    )  # fmt: skip
