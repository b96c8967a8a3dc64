"""Words steer the weights of a network of sines; then it is asked between the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.marks import Column, Grid, Picture, Row, Text, round_up
from nnanim.motions import Playback
from nnanim.stories.siren.run import BETWEEN, COLOURS, MORE, PIXELS, SLOPE, SteeredSiren
from nnanim.words import fill
from nnanim.words.numerals import percent

EVERY = 2
"""Of the steps of the steering each of so many is filmed."""


def _quote(run: SteeredSiren) -> Text:
    return Text({"en": f"“{run.prompt}”", "ja": f"「{run.prompt}」"}, key="prompt", width=5.5, bold=True)


def show_slope(run: SteeredSiren) -> Iterator[Beat]:
    """Random weights, their cosine, and its slope back to every weight."""
    count = len(run.array("waves.last"))
    yield Beat(
        fill(
            {
                "en": "At first the weights are random, and the picture is fog. "
                "CLIP's cosine with the words: {c:.2f}.",
                "ja": "はじめ、重みは乱数で、絵は霧です。CLIP によるコサインは {c:.2f}。",
            },
            c=float(run.array("cosine")[0]),
        ),
        Row(Row(run.picture(0), scale=1.5), _quote(run), gap=0.8),
        id="random",
        gathers={f"wave-{at}": "picture" for at in range(count)},
        born={"prompt": From("picture")},
    )
    slope = run.array("slope")
    limit = float(np.abs(slope).max())
    maps = [
        Picture(
            slope[..., k] / limit, key=f"slope-{k}", low=-1.0, high=1.0, colors="diverging",
            label=fill(MORE, c=colour), means=SLOPE,
        )
        for k, colour in enumerate(COLOURS)
    ]  # fmt: skip
    yield Beat(
        {
            "en": "The slope of the cosine says, for each pixel, which colour should grow, and which shrink.",
            "ja": "コサインの勾配は、画素ごとに、どの色を増やし、どの色を減らすかを教えます。",
        },
        Row(run.picture(0), *maps, gap=0.5, scale=1.1),
        id="slope",
        born={mark.key: From("picture") for mark in maps},
        gathers={"prompt": "picture"},
    )
    parts = [run.array(f"slopes.{k}") for k in range(run.layers)]
    end = round_up(max(float(np.abs(one).max()) for one in parts))
    grids = [
        Grid(
            one.T if k == run.layers - 1 else one, key=f"layer-slope-{k}", limit=end,
            label=fill({"en": "layer {n}", "ja": "{n} 層目"}, n=k + 1), means=SLOPE,
        )
        for k, one in enumerate(parts)
    ]  # fmt: skip
    born = {grids[-1].key: From("slope-0")}
    born |= {one.key: From(after.key) for one, after in pairwise(grids)}
    yield Beat(
        fill(
            {
                "en": "But there are no pixels to change. So it runs on, back to each of the {n:,} weights.",
                "ja": "けれど、変えられる画素はありません。勾配はさらに、{n:,} 個の重みまで戻ります。",
            },
            n=run.count,
        ),
        Row(*grids, gap=0.5),
        id="weights",
        born=born,
    )


def show_film(run: SteeredSiren) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    filmed = run.choose_steps(EVERY)
    pictures, curves = [run.picture(at) for at in filmed], [run.plot_cosine(at + 1) for at in filmed]
    return Beat(
        fill(
            {
                "en": "{s} small steps of all weights. "
                "The cosine rises to {c:.2f}; real pictures have {r:.2f}.",
                "ja": "全部の重みを少しずつ {s} 回。コサインは {c:.2f} に。本物の画像は {r:.2f} です。",
            },
            s=run.steps, c=float(run.array("cosine")[-1]), r=float(run.array("real")),
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"picture": pictures, "curve": curves}, seconds=8.0),
        id="film",
        born={"curve": From("layer-slope-0"), "picture": From(f"layer-slope-{run.layers - 1}")},
    )  # fmt: skip


def show_verdict(run: SteeredSiren) -> Iterator[Beat]:
    """What the judge says, and why the guide is not fooled by one pixel."""
    yield Beat(
        fill(
            {
                "en": "A judge that took no part sees a {t}. In {m} such pictures, {p} show the right thing.",
                "ja": "別の審査モデルにも「{t}」に見えます。{m} 枚のうち {p} で、物は正解です。",
            },
            t=run.things[run.wanted], m=run.pictures, p=percent(run.shares["thing"]),
        ),
        Row(
            Row(run.picture(-1), scale=1.5),
            run.plot_shares(),
            gap=0.8,
        ),
        id="judge",
        born={"shares": From("curve")},
        given=("says", "shares"),
    )  # fmt: skip
    views = [Picture(one, key=f"view-{at}") for at, one in enumerate(run.array("views"))]
    yield Beat(
        {
            "en": "CLIP never saw it twice alike: nearer, farther, shifted. "
            "So no trick of single pixels helps.",
            "ja": "CLIP は毎回少しずらして見ました。近く、遠く、横へ。画素だけの小細工は効きません。",
        },
        Row(*views, gap=0.3),
        id="views",
        born={mark.key: From("picture") for mark in views},
    )


def show_size(run: SteeredSiren) -> Iterator[Beat]:
    """The same weights, asked between the pixels, and at any size."""
    row, column, height = run.window
    pixels = run.array("steered")[-1]
    part = pixels[row : row + height, column : column + height]
    side = pixels.shape[0]
    yield Beat(
        fill(
            {
                "en": "CLIP saw {n} × {n} pixels. How large can this picture be?",
                "ja": "CLIP が見たのは {n} × {n} 画素です。この絵は、どこまで大きくできるでしょう。",
            },
            n=side,
        ),
        Row(run.picture(-1), scale=1.6),
        id="size",
        gathers={f"view-{at}": "picture" for at in range(len(run.array("views")))},
        asks=True,
    )
    yield Beat(
        {
            "en": "As large as you like. Pixels end in a staircase; the network answers between them, too.",
            "ja": "いくらでも。画素は階段になりますが、ネットワークはそのあいだでも答えます。",
        },
        Row(
            Picture(part, key="part", label=PIXELS),
            Picture(run.array("window.fine"), key="fine", label=BETWEEN, smooth=True),
            gap=0.8, scale=1.5,
        ),
        id="between",
        born={"part": From("picture", cells=window(row, column, height)), "fine": From("part")},
    )  # fmt: skip
    large = run.array("large")
    yield Beat(
        fill(
            {
                "en": "Its {w:,} weights are the picture. As {s}×{s} pixels it would be {p:,} numbers.",
                "ja": "{w:,} 個の重みが、この絵です。{s} × {s} 画素なら {p:,} 個の数になります。",
            },
            w=run.count, s=large.shape[0], p=large.size,
        ),
        Column(Row(Picture(large, key="large", smooth=True), scale=1.7)),
        id="end",
        born={"large": From("fine")},
    )  # fmt: skip
