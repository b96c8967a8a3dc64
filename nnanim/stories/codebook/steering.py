"""Words choose the codes: a slope, one cell that flips, all steps, and what lies beyond."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Curve, Grid, Picture, Row, Text, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.codebook.run import DISTANCE, SLOPE, CodeRun, draw_picture, name_code, write_page
from nnanim.words import fill
from nnanim.words.numerals import percent

EVERY = 4
"""Of the steps of the steering each of so many is filmed."""

START = {"en": "64 cells at random", "ja": "でたらめな 64 個"}
BY_CODES = {"en": "cells drift", "ja": "マス目を動かす"}
BY_LOGITS = {"en": "logits for each code", "ja": "コードごとのロジット"}
PULL = {"en": "slope at the picture", "ja": "画像での勾配"}


def steer_codes(run: CodeRun) -> Iterator[Beat]:
    """Codes at random, CLIP's slope, one flip, and the whole way."""
    start = Picture(run.array("steered")[0], key="steered", label=START)
    yield Beat(
        fill(
            {
                "en": "Now {n} cells at random. Can words turn them into “{p}”?",
                "ja": "今度はでたらめな {n} 個です。"
                    "言葉だけで「{p}」にできるでしょうか。",
            },
            n=run.trace["numbers"].size, p=run.prompt,
        ),
        Row(start, scale=1.6),
        id="random",
        born={"steered": From("written")},
        asks=True,
    )  # fmt: skip
    slope = run.array("slope").sum(axis=2)
    inner = run.array("slope.latents")
    yield Beat(
        {
            "en": "CLIP compares picture and words. Its slope runs back through the decoder to every cell.",
            "ja": "CLIP が画像と言葉を比べます。"
                "その勾配が、デコーダーをさかのぼり、各マスに届きます。",
        },
        Row(
            Row(
                start,
                Picture(
                    slope / np.abs(slope).max(), key="slope", low=-1.0, high=1.0, colors="diverging",
                    label=PULL, means=SLOPE,
                ),
                gap=0.5, scale=1.3,
            ),
            Text("→", key="back", size="large"),
            Row(_cells(inner / np.abs(inner).max(), "inner"), scale=0.7),
            gap=0.4,
        ),
        id="slope",
        born={"slope": From("steered")} | {f"inner-{i}": From("slope") for i in range(len(inner))},
    )  # fmt: skip
    yield _flip(run)
    yield _film(run)


def _cells(values: Floats, key: str) -> Column:
    """Channels (4, rows, columns) of slopes, two by two."""
    grids = [Grid(one, key=f"{key}-{i}", limit=1.0, means=SLOPE) for i, one in enumerate(values)]
    return Column(*(Row(*grids[i : i + 2], gap=0.2) for i in range(0, len(grids), 2)), gap=0.2)


def _flip(run: CodeRun) -> Beat:
    """One cell drifts until another code is nearer."""
    (before, after), away = run.drift()
    steps = np.array(run.flip[2], dtype=float)
    limit = round_up(float(away.max()))

    def curve(drawn: int) -> Curve:
        return Curve(
            steps, away, names=(name_code(before), name_code(after)), key="drift", drawn=drawn,
            x_name=words.step, y_name=DISTANCE, x_limits=(float(steps[0]), float(steps[-1])),
            y_limits=(0.0, limit), aspect=2.4,
        )  # fmt: skip

    states = [curve(at) for at in range(1, len(steps) + 1)]
    tiles = [
        Picture(run.array("tiles")[code], key=f"tile-{place}", label=name_code(code))
        for place, code in enumerate((before, after))
    ]
    return Beat(
        {
            "en": "Rounding has no slope: it is skipped. "
                "A cell drifts, until another code is nearer: a flip.",
            "ja": "丸めには勾配がないので、飛ばします。マスが少しずつ動き、"
                "別のコードのほうが近くなると、切り替わります。",
        },
        Row(Row(tiles[0], scale=0.6), Row(states[-1], scale=1.3), Row(tiles[1], scale=0.6), gap=0.6),
        motion=Playback({"drift": states}, seconds=5.0),
        id="flip",
        born={"drift": From("inner-0"), "tile-0": From("inner-0"), "tile-1": From("inner-1")},
    )  # fmt: skip


def _film(run: CodeRun) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    filmed = run.choose_steps(EVERY)
    pictures = [Picture(run.array("steered")[at], key="steered") for at in filmed]
    curves = [run.plot_cosine(at + 1) for at in filmed]
    numbers = run.trace["steered.numbers"]
    return Beat(
        fill(
            {
                "en": "After {s} steps, {f} of {n} cells have another code: it is there.",
                "ja": "{s} ステップで、"
                    "{n} マスのうち {f} マスのコードが変わりました。現れましたね。",
            },
            s=run.steps, f=int((numbers[-1] != numbers[0]).sum()), n=numbers[0].size,
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"steered": pictures, "curve": curves}, seconds=7.0),
        id="film",
        born={"steered": From("tile-1"), "curve": From("tile-0")},
    )  # fmt: skip


def show_beyond(run: CodeRun) -> Iterator[Beat]:
    """Logits instead of latents, an endless zoom, and how often it works."""
    yield Beat(
        {
            "en": "The first such pictures, by Aleph, steered a wish for each code: how much it is wanted.",
            "ja": "最初の方法 Aleph は、各コードをどれだけ選びたいか、その強さを動かしました。",
        },
        Row(
            Picture(run.array("steered")[-1], key="steered", label=BY_CODES),
            draw_picture(run, "aleph", "aleph", BY_LOGITS), gap=0.8, scale=1.5,
        ),
        id="aleph",
        born={"aleph": From("steered")},
    )  # fmt: skip
    frames = [run.array("steered")[-1], *run.array("zoom")]
    zoom = [Picture(one, key="steered") for one in frames]
    yield Beat(
        {
            "en": "Enlarge it a little, encode it, steer again, repeat: a dream without end.",
            "ja": "少し拡大して、符号化して、また動かす。"
                "くり返すと、終わらない夢になります。",
        },
        Row(zoom[-1], scale=1.7),
        motion=Playback({"steered": zoom}, seconds=5.0, holds=(1.0,) * len(zoom)),
        id="zoom",
        gathers={"aleph": "steered"},
    )  # fmt: skip
    last = run.trace["steered.numbers"][-1]
    yield Beat(
        fill(
            {
                "en": "So {n} words write a picture. "
                    "Over {m} sentences, a judge sees the right thing in {p}.",
                "ja": "{n} 個の単語で画像が書けました。"
                    "{m} 文のうち {p} で、審査モデルにも正しい物が見えます。",
            },
            n=last.size, p=percent(run.right), m=run.pictures,
        ),
        Row(
            write_page(last, "end"), Row(Picture(run.array("steered")[-1], key="final"), scale=1.5), gap=0.8,
        ),
        id="end",
        born={"final": From("steered"), **{f"end-{row}": From("final") for row in range(len(last))}},
        given=("says",),
    )  # fmt: skip
