"""One channel: what it says of a picture, its slope, its dream, with help and without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Grid, Picture, Row
from nnanim.stories.microscope.run import DREAM, TREE, Dreams, draw_tree, walk
from nnanim.words import fill

SLOPE = {"en": "what each pixel would do", "ja": "各画素のはたらき"}
MEAN = {"en": "mean of the channel", "ja": "チャンネルの平均"}
SHAKEN = {"en": "shaken: {v:.1f}", "ja": "揺らす：{v:.1f}"}
BARE = {"en": "not shaken: {v:.1f}", "ja": "揺らさない：{v:.1f}"}


def show_slope(dreams: Dreams) -> Iterator[Beat]:
    """A picture, what a channel says to it, and how each pixel matters."""
    trace = dreams.trace
    yield Beat(
        {
            "en": "A neuron answers a picture with one number. What would it like to see best?",
            "ja": "ニューロンは、画像に一つの数で答えます。いちばん見たいものは何でしょう。",
        },
        Row(draw_tree(dreams), scale=1.6),
        id="question",
    )
    values = np.asarray(trace["map"], dtype=float)
    rows, columns = values.shape
    name = fill({"en": "channel {u}", "ja": "チャンネル {u}"}, u=dreams.unit)
    yield Beat(
        fill(
            {
                "en": "Its copies stand in {r} × {c} places: a channel. For this tree their mean is {m:.1f}.",
                "ja": "同じものが {r} × {c} か所に並び、チャンネルになります。この木での平均は {m:.1f} です。",
            },
            r=rows, c=columns, m=float(values.mean()),
        ),
        Row(draw_tree(dreams, TREE), Grid(values, key="map", label=name, digits=0), gap=1.0, scale=1.4),
        id="channel",
        born={"map": From("tree")},
    )  # fmt: skip
    slope = np.asarray(trace["look.slopes"][0, 0], dtype=float).sum(axis=2)
    end = float(np.abs(slope).max())
    yield Beat(
        {
            "en": "Go backwards: orange pixels raise this number when they brighten, blue ones lower it.",
            "ja": "逆にたどります。明るくすると数が上がる画素はオレンジ、下がる画素は青です。",
        },
        Row(
            draw_tree(dreams, TREE),
            Picture(slope / end, low=-1, colors="diverging", key="slope", label=SLOPE, means=SLOPE),
            gap=1.0,
            scale=1.4,
        ),
        id="slope",
        born={"slope": From("map")},
    )


def show_climb(dreams: Dreams) -> Iterator[Beat]:
    """From grey up the slope, and the same without help."""
    film = walk(dreams, "climb", "dream", MEAN, DREAM)
    yield Beat(
        fill(
            {
                "en": "Begin with grey, and take {n} small steps up such a slope: from {a:.1f} to {b:.1f}.",
                "ja": "灰色から、この傾きに沿って小さく {n} 回進みます。{a:.1f} が {b:.1f} になります。",
            },
            n=len(film.states["dream"]) - 1, a=dreams.value("climb", 0), b=dreams.value("climb"),
        ),
        Row(film.states["dream"][-1], film.states["curve"][-1], gap=0.8, scale=1.3),
        motion=film,
        id="climb",
        born={"dream": From("slope"), "curve": From("dream")},
    )  # fmt: skip
    yield Beat(
        {
            "en": "Here the picture was shaken and smoothed a little at every step. What if it is not?",
            "ja": "ここでは毎回、画像を少し揺らし、なめらかにしました。しないと、どうなるでしょう。",
        },
        Row(Picture(dreams.picture("climb"), key="dream", label=DREAM), scale=1.6),
        id="helpers",
        asks=True,
        gathers={"curve": "dream"},
    )
    with_, without = dreams.value("climb"), dreams.value("bare")
    yield Beat(
        fill(
            {
                "en": "It climbs to {b:.1f}, by noise. Shaking leaves only what survives it.",
                "ja": "{b:.1f} まで上がりますが、ノイズだらけです。揺らすと、揺れに耐える形だけが残ります。",
            },
            b=without,
        ),
        Row(
            Picture(dreams.picture("climb"), key="dream", label=fill(SHAKEN, v=with_)),
            Picture(dreams.picture("bare"), key="bare", label=fill(BARE, v=without)),
            gap=1.0,
            scale=1.4,
        ),
        id="bare",
        born={"bare": From("dream")},
    )
