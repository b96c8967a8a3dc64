"""The slope back to the noise, all steps along it, and what a judge sees in the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Link, Picture, Row, Text
from nnanim.motions import Playback
from nnanim.stories.diffusion.views import tile_channels
from nnanim.stories.steering.dream import draw_noise, plot_verdict
from nnanim.stories.steering.run import SteeredDream, plot_rivals
from nnanim.words import fill
from nnanim.words.numerals import percent

EVERY = 2
"""Of the steps of the steering each of so many is filmed."""

PICTURE_SLOPE = {"en": "slope at the picture", "ja": "画像での勾配"}
NOISE_SLOPE = {"en": "slope at the noise", "ja": "ノイズでの勾配"}
BEFORE = {"en": "before", "ja": "前"}
AFTER = {"en": "after a step", "ja": "一歩のあと"}
SLOPE = {"en": "slope, of its largest", "ja": "勾配（最大比）"}


def show_slope(run: SteeredDream) -> Iterator[Beat]:
    """The slope back to the noise, and one step."""
    slope = run.array("slope").sum(axis=2)
    inner = run.array("slope.noise")
    steps = len(run.array("dream"))
    start = Picture(run.array("steered")[0], key="dream-0")
    yield Beat(
        {
            "en": "But the cosine has a slope: back through CLIP, the decoder and all steps, to the noise.",
            "ja": "コサインには勾配があります。"
                "CLIP、デコーダー、全ステップをさかのぼり、ノイズに届きます。",
        },
        Row(
            Picture(
                tile_channels(inner / np.abs(inner).max()), key="inner", low=-1.0, high=1.0,
                colors="diverging", label=NOISE_SLOPE, means=SLOPE,
            ),
            Link("painter", "inner", key="to-noise"),
            Block(
                fill({"en": "U-Net × {n}", "ja": "U-Net × {n}"}, n=steps), words.decoder, key="painter"
            ),
            Link("slope", "painter", key="to-painter"),
            Picture(
                slope / np.abs(slope).max(), key="slope", low=-1.0, high=1.0, colors="diverging",
                label=PICTURE_SLOPE, means=SLOPE,
            ),
            Link("clip", "slope", key="to-slope"),
            Block("CLIP", key="clip"),
            Link("dream-0", "clip", key="to-clip"),
            start,
            gap=0.35,
        ),
        id="slope",
        born={"slope": From("dream-0"), "inner": From("slope")},
    )  # fmt: skip
    before, after = run.array("lengths")
    yield Beat(
        fill(
            {
                "en": "A step uphill lengthens the noise, {a:.2f} → {b:.2f}. "
                    "It is cut back: longer noise is unknown.",
                "ja": "一歩登ると、ノイズの長さは {a:.2f} → {b:.2f}。"
                    "見慣れた長さに縮めます。",
            },
            a=before, b=after,
        ),
        Row(
            draw_noise(run.array("steered.noise")[0], "before", run.limit, BEFORE),
            Text("→", key="arrow", size="large"),
            draw_noise(run.array("steered.noise")[1], "after", run.limit, AFTER),
            gap=0.6, scale=1.4,
        ),
        id="step",
        born={"before": From("inner"), "after": From("before")},
    )  # fmt: skip


def show_steering(run: SteeredDream) -> Iterator[Beat]:
    """The rivals, all steps, and what the judge says in the end."""
    yield Beat(
        fill(
            {
                "en": "Most of the pull: beat {n} rivals that differ in one word. {k} of them are ahead.",
                "ja": "力の大半は、一語違いの {n} 文に勝つことです。"
                    "いまは {k} 文に負けています。",
            },
            n=len(run.sentences) - 1, k=run.ahead("before"),
        ),
        Row(
            Row(Picture(run.array("steered")[0], key="dream-0"), scale=1.3),
            plot_rivals(run, "before"),
            gap=0.6,
        ),
        id="rivals",
        born={"dream-0": From("after"), "rivals": From("dream-0")},
    )  # fmt: skip
    yield _film(run)
    yield Beat(
        {
            "en": "Now the sentence leads. But CLIP was at the wheel: let us ask somebody else.",
            "ja": "この文が一位になりました。でも操縦したのは CLIP 自身。"
                "ほかのモデルにも聞きましょう。",
        },
        Row(
            Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.3),
            plot_rivals(run, "after"),
            gap=0.6,
        ),
        id="won",
        born={"rivals": From("dream-0")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "The judge agrees: “{t}”. What will it say of {m} sentences?",
                "ja": "審査モデルにも「{t}」に見えます。{m} 文では、どうでしょう。",
            },
            t=run.things[run.likeliest("after")], m=run.pictures,
        ),
        Row(
            Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.5),
            plot_verdict(run, "after"),
            gap=0.8,
        ),
        id="judge",
        born={"judge": From("dream-0")},
        given=("says",),
        asks=True,
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "So yes, words steer it: the right thing in {p} of {m} pictures, not in all.",
                "ja": "言葉で導けました。{m} 枚のうち {p} で、物は正解。"
                    "いつもではありません。",
            },
            p=percent(run.shares["thing"]), m=run.pictures,
        ),
        Row(
            Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.5),
            run.plot_shares(),
            gap=0.8,
        ),
        id="share",
        born={"shares": From("judge")},
        given=("says", "shares"),
    )  # fmt: skip


def _film(run: SteeredDream) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    filmed = run.choose_steps(EVERY)
    pictures = [Picture(run.array("steered")[at], key="dream-0") for at in filmed]
    curves = [run.plot_cosine(at + 1) for at in filmed]
    return Beat(
        fill(
            {
                "en": "{s} steps, always along the slope. "
                    "The cosine rises to {c:.2f}; real pictures have {r:.2f}.",
                "ja": "勾配に沿って {s} ステップ。"
                    "コサインは {c:.2f} まで上がりました。本物の画像は {r:.2f} です。",
            },
            s=run.steps, c=float(run.array("cosine")[-1]), r=float(run.array("real")),
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"dream-0": pictures, "curve": curves}, seconds=7.0),
        id="film",
        born={"curve": From("rivals")},
    )  # fmt: skip
