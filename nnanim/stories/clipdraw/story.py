"""The story of strokes that draw what a sentence says.

The question: whose hand drew this? The moment to remember: every point of every stroke gets an arrow, all go
a little way, a hundred and fifty times, and out of a scribble comes what the sentence says. The end: no hand;
the slope of one number moved all the others, and they are no pixels, so they can be drawn at any size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Curve, Picture, Row, Text, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.clipdraw.run import Drawn
from nnanim.stories.clipdraw.sketch import StrokePicture
from nnanim.stories.clipdraw.stroke import tell_stroke
from nnanim.words import fill
from nnanim.words.numerals import percent

BARS = 3
"""Number of things that have a bar."""

LONGEST = 0.4
"""Length of the longest arrow, in half pictures; the others are to scale."""

THIS = {"en": "this drawing", "ja": "この絵"}
REAL = {"en": "real pictures", "ja": "本物の絵"}
COSINE = {"en": "cosine", "ja": "コサイン"}
STEP = {"en": "step", "ja": "ステップ"}


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
        Row(StrokePicture(drawn.array("large"), key="drawing", label=drawn.prompt, smooth=True), scale=1.5),
        id="question",
    )
    yield from tell_stroke(drawn)
    yield from _start(drawn)
    yield from _slope(drawn)
    yield _draw(drawn)
    yield _judge(drawn)
    yield from _end(drawn)


def _sketch(pixels: Floats, **changes: Any) -> StrokePicture:
    return StrokePicture(pixels, key="drawing", smooth=True, **changes)


def _start(drawn: Drawn) -> Iterator[Beat]:
    """Random strokes, and their cosine."""
    layers = [_sketch(one) for one in drawn.array("layers")]
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
    values = np.array([drawn.array("cosine")[0], drawn.array("real")])
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
    return round_up(float(np.abs([*drawn.array("cosine"), float(drawn.array("real"))]).max()))


def _slope(drawn: Drawn) -> Iterator[Beat]:
    """The slope at the pixels, then at the points."""
    pixels, slope = drawn.array("layers")[-1], drawn.array("slope").mean(axis=2)
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
    ways = drawn.array("ways")
    arrows = LONGEST * ways / np.hypot(ways[..., 0], ways[..., 1]).max()
    yield Beat(
        {
            "en": "Through the soft edges it reaches every point: an arrow says where to go.",
            "ja": "傾きは、やわらかいふちを通って点に届きます。矢印は、動く向きです。",
        },
        Row(_sketch(pixels, curves=drawn.array("points")[0], arrows=arrows), scale=1.6),
        id="arrows",
        gathers={"slope": "drawing"},
    )


def _draw(drawn: Drawn) -> Beat:
    """All numbers go a little way, again and again."""
    steps, cosine = drawn.trace["step"], drawn.array("cosine")
    states = [
        _sketch(pixels, curves=curves)
        for pixels, curves in zip(drawn.array("drawings"), drawn.array("points"), strict=True)
    ]
    limit, real = _cosine_limit(drawn), np.full_like(cosine, float(drawn.array("real")))
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
    chances = drawn.array("judged")
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
        Row(_sketch(drawn.array("drawings")[-1]), bars, gap=1.0, scale=1.4),
        id="judge",
        born={"judge": From("drawing")},
        gathers={"curve": "judge"},
        given=("says",),
    )  # fmt: skip


def _end(drawn: Drawn) -> Iterator[Beat]:
    """Drawn again, larger; and the answer."""
    coarse, large = drawn.array("coarse"), drawn.array("large")
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
        Row(_sketch(large, curves=drawn.array("points")[-1]), scale=1.6),
        id="answer",
        gathers={"coarse": "drawing"},
    )  # fmt: skip
