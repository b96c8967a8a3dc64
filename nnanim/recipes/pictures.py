"""Recipes about kernels and maps, on a convolutional network that reads digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.data import digits
from nnanim.marks import Bars, Column, Grid, Picture, Row, Text, round_up
from nnanim.motions import Sweep
from nnanim.recipes.base import recipe
from nnanim.trace import Trace
from nnanim.words import fill

MODEL = "digits-convnet"
DIGIT = 907  # a clear 2
CHANNEL = 3  # of the first layer
PRODUCTS = {"en": "patch × kernel", "ja": "部分 × カーネル"}
KERNEL = {"en": "kernel", "ja": "カーネル"}
MAP = {"en": "map", "ja": "特徴マップ"}


def example(lang: str) -> Trace:
    """The network's run on one picture."""
    from nnanim import models
    from nnanim.recording import record

    return record(models.load(MODEL), digits.images([DIGIT])[:, None] / digits.HIGHEST, name=MODEL, seed=0)


def draw_map(values: np.ndarray, key: str, limit: float, **options: Any) -> Grid:
    """A map of a layer."""
    return Grid(values, key=key, limit=limit, means=words.activation, **options)


@recipe("How does a kernel run over a picture?", "カーネルは絵の上をどう動く？",
        "convolution kernel filter sweep window 畳み込み カーネル フィルター 窓")  # fmt: skip
def sweep_kernel(trace: Trace) -> Iterator[Beat]:
    picture, values = trace["input"][0, 0], trace["first"][0, CHANNEL, 1:-1, 1:-1]
    yield Beat(
        {
            "en": "At each place, the kernel gives one number.",
            "ja": "どの場所でも、カーネルは数を一つ出します。",
        },
        Row(
            Picture(picture, key="picture"),
            draw_map(values, "map", round_up(np.abs(values).max()), label=MAP),
        ),
        motion=Sweep("picture", window=(3, 3), reveals="map", slow=3),
    )


@recipe("How is one cell of a map computed?", "特徴マップの一マスは、どう計算する？",
        "convolution cell patch products kernel 畳み込み マス 積 カーネル")  # fmt: skip
def compute_cell(trace: Trace) -> Iterator[Beat]:
    picture, kernel = trace["input"][0, 0], trace.parameters["first.weight"][CHANNEL, 0]
    row, column = 2, 2
    patch = picture[row : row + 3, column : column + 3]
    limit = round_up(max(np.abs(kernel).max(), 1.0))
    total = float(np.sum(np.asarray(patch, dtype=float) * kernel))
    yield Beat({"en": "A patch of the picture.", "ja": "絵の一部分です。"}, Picture(picture, key="picture"))
    yield Beat(
        fill(
            {
                "en": "Patch times kernel, added up: {s:.2f}.",
                "ja": "部分にカーネルを掛けて足すと {s:.2f} です。",
            },
            s=total,
        ),
        Row(
            Picture(picture, key="picture"),
            Grid(patch, key="patch", digits=1, limit=1, role="amount", means=words.pixel),
            Text("×", key="times", size="large"),
            Grid(kernel, key="kernel", digits=1, limit=limit, label=KERNEL, means=words.weight),
        ),
        born={"patch": From("picture", cells=window(row, column, 3))},
    )


@recipe(
    "What do all maps of a layer show?",
    "層のすべての特徴マップは、何を見せる？",
    "feature maps channels overview layer 特徴マップ チャネル 一覧",
)
def list_maps(trace: Trace) -> Iterator[Beat]:
    maps = trace["first_activation"][0]
    limit = round_up(maps.max())
    grids = [draw_map(one, f"map{i}", limit) for i, one in enumerate(maps)]
    yield Beat(
        {"en": "Every kernel makes a map of its own.", "ja": "カーネルごとに、別の特徴マップができます。"},
        Row(
            Picture(trace["input"][0, 0], key="picture"),
            Column(Row(*grids[:4], gap=0.2), Row(*grids[4:], gap=0.2), gap=0.2),
        ),
    )


@recipe("What does pooling keep?", "プーリングは何を残す？",
        "pooling max downsample window プーリング 最大 縮小")  # fmt: skip
def keep_largest(trace: Trace) -> Iterator[Beat]:
    before, after = trace["first_activation"][0, CHANNEL], trace["first_pool"][0, CHANNEL]
    limit = round_up(before.max())
    yield Beat(
        {"en": "Of each four cells, the largest stays.", "ja": "四マスごとに、最大のものが残ります。"},
        Row(draw_map(before, "before", limit), draw_map(after, "after", limit, digits=1)),
        motion=Sweep("before", window=(2, 2), stride=(2, 2), reveals="after", slow=2),
    )


@recipe("How do shapes change through the network?", "形はネットワークの中でどう変わる？",
        "architecture chart shapes blocks sizes 構造 形 図 ブロック")  # fmt: skip
def chart_shapes(trace: Trace) -> Iterator[Beat]:
    first, second = trace["first_pool"][0], trace["second_pool"][0]
    limit = round_up(max(first.max(), second.max()))

    def label(name: str) -> words.Words:
        sides = " × ".join(str(side) for side in trace[name].shape[1:])
        return fill({"en": "{s}", "ja": "{s}"}, s=sides)

    def column(maps: np.ndarray, name: str, wide: int) -> Column:
        grids = [draw_map(one, f"{name}{i}", limit) for i, one in enumerate(maps)]
        rows = [Row(*grids[i : i + wide], gap=0.15) for i in range(0, len(grids), wide)]
        return Column(Text(label(name), key=f"{name}:shape", bold=True), *rows, gap=0.15)

    output = trace["output"][0]
    yield Beat(
        {"en": "Smaller and smaller maps, more and more of them.", "ja": "マップは小さく、そして多くなります。"},
        Row(Picture(trace["input"][0, 0], key="picture", label=label("input")),
            column(first, "first_pool", 4), column(second, "second_pool", 4),
            Bars(output, tuple(map(str, range(10))), key="answer", limit=1, percent=True,
                 label=label("output"), highlight=(int(output.argmax()),))),
    )  # fmt: skip


@recipe("Which channels answer the most?", "いちばん強く応じるチャネルは？",
        "channels strongest bars top activation チャネル 強い 活性")  # fmt: skip
def rank_channels(trace: Trace) -> Iterator[Beat]:
    means = trace["second_activation"][0].mean(axis=(1, 2))
    best = np.argsort(-means)[:5]
    yield Beat(
        {
            "en": "The five busiest channels of the second layer.",
            "ja": "第二層で、よく働く五つのチャネルです。",
        },
        Bars(
            means[best],
            tuple(fill({"en": "channel {n}", "ja": "チャネル {n}"}, n=int(i) + 1) for i in best),
            key="best",
            of=len(means),
            means=words.activation,
        ),
    )
