"""The story of strokes that draw what a sentence says.

The question: whose hand drew this? The moment to remember: every point of every stroke gets an arrow, all go
a little way, a hundred and fifty times, and out of a scribble comes what the sentence says. The end: no hand;
the slope of one number moved all the others, and they are no pixels, so they can be drawn at any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Curve, Grid, Picture, Row, Text, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.clipdraw.sketch import Sketch
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

BARS = 3
"""Number of things that have a bar."""

LONGEST = 0.4
"""Length of the longest arrow, in half pictures; the others are to scale."""

THIS = {"en": "this drawing", "ja": "この絵"}
REAL = {"en": "real pictures", "ja": "本物の絵"}
COSINE = {"en": "cosine", "ja": "コサイン"}
STEP = {"en": "step", "ja": "ステップ"}
DISTANCE = {"en": "distance", "ja": "距離"}
OPACITY = {"en": "opacity", "ja": "不透明度"}
SLOPE = {"en": "slope", "ja": "傾き"}


@dataclass(frozen=True)
class Drawn:
    """What the film shows.

    Attributes:
        trace: of `nnanim.steering.stroke_trace.record_strokes`.
        prompt: the sentence, in the language of the run.
        things: the judge's names of things.
        share: of fresh drawings in which the judge saw the thing, from the guide's card.
        count: how many these were.
    """

    trace: Trace
    prompt: Words
    things: Sequence[Words]
    share: float
    count: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace["judged"]):
            raise UserError(f"{len(self.things)} names for {len(self.trace['judged'])} things")

    def read(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    @property
    def strokes(self) -> int:
        """How many there are."""
        return int(self.trace["ways"].shape[0])

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return len(self.trace["cosine"]) - 1

    @property
    def sizes(self) -> tuple[int, int]:
        """How many numbers make a stroke, and all strokes and the sky."""
        names = ("points", "colours", "widths", "covers")
        one = sum(self.trace[name][0, 0].size for name in names)
        return one, self.strokes * one + self.trace["sky"][0].size


def clipdraw(drawn: Drawn) -> Iterator[Beat]:
    """Tell how strokes are drawn, and how the slope of a cosine moves them."""
    yield Beat(
        fill(
            {
                "en": "{n} strokes make a picture. Whose hand drew them?",
                "ja": "{n} 本の線で描いた絵です。だれの手が描いたのでしょう。",
            },
            n=drawn.strokes,
        ),
        Row(Sketch(drawn.read("large"), key="drawing", label=drawn.prompt, smooth=True), scale=1.5),
        id="question",
    )
    yield from _stroke(drawn)
    yield from _start(drawn)
    yield from _slope(drawn)
    yield _draw(drawn)
    yield _judge(drawn)
    yield from _end(drawn)


def _alone(drawn: Drawn, at: int = 0, **changes: Any) -> Sketch:
    """One stroke by itself with its points, before its bend moves or on its way."""
    curve = drawn.read("moved.points")[at]
    return Sketch(drawn.read("moved")[at], key="stroke", curves=curve[None], smooth=True, **changes)


def _numbers(drawn: Drawn) -> Row:
    """All numbers of the one stroke, as it is in the end."""
    one = int(drawn.trace["one"])
    points, colour = drawn.read("points")[-1, one], drawn.read("colours")[-1, one]
    rest = np.array([drawn.read("widths")[-1, one], drawn.read("covers")[-1, one]])
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


def _stroke(drawn: Drawn) -> Iterator[Beat]:
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
    away, cover = drawn.read("distance"), drawn.read("cover")
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
    order = np.argsort(away, axis=None)[:: away.size // 256]
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
    yield from _notice(drawn)


def _notice(drawn: Drawn) -> Iterator[Beat]:
    """The bend goes to the right; only the edge feels it."""
    points = drawn.read("moved.points")
    asked = _alone(drawn, arrows=(points[-1] - points[0])[None])
    yield Beat(
        {
            "en": "Now the bend goes a little to the right. Which pixels notice?",
            "ja": "曲げる点を少し右へ動かすと、どの画素が気づくでしょう。",
        },
        Row(asked, Picture(drawn.read("cover"), key="cover", means=OPACITY, smooth=True), gap=1.0, scale=1.4),
        id="move",
        born={"stroke": From("cover")},
        asks=True,
    )
    slope = drawn.read("cover.slope")
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


def _sketch(pixels: Floats, **changes: Any) -> Sketch:
    return Sketch(pixels, key="drawing", smooth=True, **changes)


def _start(drawn: Drawn) -> Iterator[Beat]:
    """Random strokes, and their cosine."""
    layers = [_sketch(one) for one in drawn.read("layers")]
    yield Beat(
        fill(
            {
                "en": "We begin with {n} random strokes, one over the other.",
                "ja": "はじめは、でたらめな線を {n} 本、順に重ねるだけです。",
            },
            n=drawn.strokes,
        ),
        Row(layers[-1], scale=1.6),
        Playback({"drawing": layers}, seconds=3.5, holds=(1.0,) * len(layers)),
        id="layers",
        born={"drawing": From("stroke")},
        gathers={"notice": "drawing"},
    )
    values = np.array([drawn.read("cosine")[0], drawn.read("real")])
    yield Beat(
        fill(
            {
                "en": "CLIP compares it with the sentence: cosine {c:.2f}. Real pictures have {r:.2f}.",
                "ja": "CLIP が文と比べます。コサインは {c:.2f}、本物の絵なら {r:.2f} です。",
            },
            c=values[0], r=values[1],
        ),
        Row(
            _sketch(layers[-1].pixels),
            Column(
                Text(drawn.prompt, key="prompt", width=5.0, bold=True),
                Bars(values, (THIS, REAL), key="cosines", limit=_cosine_limit(drawn), means=COSINE),
                gap=0.5,
            ),
            gap=1.0, scale=1.4,
        ),
        id="cosine",
        born={"prompt": From("drawing"), "cosines": From("drawing")},
    )  # fmt: skip


def _cosine_limit(drawn: Drawn) -> float:
    return round_up(float(np.abs([*drawn.read("cosine"), float(drawn.read("real"))]).max()))


def _slope(drawn: Drawn) -> Iterator[Beat]:
    """The slope at the pixels, then at the points."""
    pixels, slope = drawn.read("layers")[-1], drawn.read("slope").mean(axis=2)
    limit = round_up(float(np.abs(slope).max()))
    yield Beat(
        {
            "en": "The slope of the cosine says for each pixel: brighter, or darker?",
            "ja": "コサインの傾きは、画素ごとに、明るくか暗くかを教えます。",
        },
        Row(
            _sketch(pixels),
            Picture(
                slope, key="slope", low=-limit, high=limit, colors="diverging",
                means={"en": "slope, mean of three colours", "ja": "傾き（3 色の平均）"},
            ),
            gap=1.0, scale=1.4,
        ),
        id="slope",
        born={"slope": From("drawing")},
        gathers={"cosines": "slope", "prompt": "slope"},
    )  # fmt: skip
    ways = drawn.read("ways")
    arrows = LONGEST * ways / np.hypot(ways[..., 0], ways[..., 1]).max()
    yield Beat(
        {
            "en": "Through the soft edges it reaches every point: an arrow says where to go.",
            "ja": "傾きは、やわらかいふちを通って点に届きます。矢印は、動く向きです。",
        },
        Row(_sketch(pixels, curves=drawn.read("points")[0], arrows=arrows), scale=1.6),
        id="arrows",
        gathers={"slope": "drawing"},
    )


def _draw(drawn: Drawn) -> Beat:
    """All numbers go a little way, again and again."""
    steps, cosine = drawn.trace["step"], drawn.read("cosine")
    states = [
        _sketch(pixels, curves=curves)
        for pixels, curves in zip(drawn.read("drawings"), drawn.read("points"), strict=True)
    ]
    limit, real = _cosine_limit(drawn), np.full_like(cosine, float(drawn.read("real")))
    curve = Curve(
        np.arange(len(cosine), dtype=float), np.stack([cosine, real]),
        key="curve", names=(THIS, REAL), x_name=STEP, y_name=COSINE, x_limits=(0, drawn.steps),
        y_limits=(-limit, limit), drawn=len(cosine),
    )  # fmt: skip
    grown = [modify(curve, drawn=int(step) + 1) for step in steps]
    return Beat(
        fill(
            {
                "en": "All go a little way, then look again. {s} times.",
                "ja": "どれも少しだけ動かして、また見ます。これを {s} 回くり返します。",
            },
            s=drawn.steps,
        ),
        Row(states[-1], curve, gap=0.8, scale=1.3),
        Playback({"drawing": states, "curve": grown}, seconds=9.0),
        id="draw",
        born={"curve": From("drawing")},
    )


def _judge(drawn: Drawn) -> Beat:
    """What somebody else sees."""
    chances = drawn.read("judged")
    best = np.argsort(-chances, kind="stable")[:BARS]
    bars = Bars(
        chances[best], tuple(drawn.things[i] for i in best), key="judge", limit=1.0, percent=True,
        highlight=(0,), of=len(chances),
    )  # fmt: skip
    return Beat(
        fill(
            {
                "en": "A judge that took no part sees “{t}”. Of {k} other drawings, it knew {share}.",
                "ja": "かかわりのない審判には「{t}」に見えます。ほかの {k} 枚では、正解は {share} でした。",
            },
            t=drawn.things[int(best[0])], k=drawn.count, share=percent(drawn.share),
        ),
        Row(_sketch(drawn.read("drawings")[-1]), bars, gap=1.0, scale=1.4),
        id="judge",
        born={"judge": From("drawing")},
        gathers={"curve": "judge"},
        given=("says",),
    )  # fmt: skip


def _end(drawn: Drawn) -> Iterator[Beat]:
    """Drawn again, larger; and the answer."""
    coarse, large = drawn.read("coarse"), drawn.read("large")
    side = {"en": "{n} × {n} pixels", "ja": "{n} × {n} 画素"}
    yield Beat(
        fill(
            {
                "en": "It is not made of pixels but of {n} numbers: draw it at any size.",
                "ja": "画素ではなく {n} 個の数ですから、どんな大きさにも描けます。",
            },
            n=drawn.sizes[1],
        ),
        Row(
            Picture(coarse, key="coarse", label=fill(side, n=len(coarse))),
            _sketch(large, label=fill(side, n=len(large))),
            gap=0.8, scale=1.5,
        ),
        id="large",
        born={"coarse": From("drawing")},
        gathers={"judge": "drawing"},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Whose hand? Nobody’s: the slope of one number moved {n} others, {s} times.",
                "ja": "だれの手でもありません。一つの数の傾きが、{n} 個の数を {s} 回動かしました。",
            },
            n=drawn.sizes[1], s=drawn.steps,
        ),
        Row(_sketch(large, curves=drawn.read("points")[-1]), scale=1.6),
        id="answer",
        gathers={"coarse": "drawing"},
    )  # fmt: skip
