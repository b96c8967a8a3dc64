"""A GAN, which paints in one pass: its mapping, two styles in one picture, words that pull at a style."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Block, Grid, Link, Picture, Row, Table, round_up
from nnanim.motions import Playback
from nnanim.stories.steering.run import SteeredDream
from nnanim.words import fill
from nnanim.words.numerals import percent

ACROSS = 8
"""Numbers of noise and of a style in one row."""

EVERY = 2
"""Of the steps of the steering each of so many is filmed."""

NOISE = {"en": "noise: {n} numbers", "ja": "ノイズ（{n} 個の数）"}
STYLE = {"en": "style: {n} numbers", "ja": "スタイル（{n} 個の数）"}
MAPPING = {"en": "mapping", "ja": "写像"}
GENERATOR = {"en": "generator", "ja": "生成器"}
BOTH = ({"en": "the diffusion model", "ja": "拡散モデル"}, {"en": "the GAN", "ja": "GAN"})
RIGHT = {"en": "right thing, by the judge", "ja": "審査で物が正解"}


def show_gan(run: SteeredDream) -> Iterator[Beat]:
    """A GAN: noise, style, picture; mixed styles; the sentence at the wheel; how often it is right."""
    yield _mapping(run)
    yield _mixing(run)
    yield _tell_steering(run)
    values = np.array([run.shares["thing"], run.gan_share])
    yield Beat(
        fill(
            {
                "en": "So whatever has a slope can be steered by words: this GAN is right in {p} of {m}.",
                "ja": "勾配さえあれば、言葉で導けます。この GAN では {m} 枚のうち {p} で正解でした。",
            },
            p=percent(run.gan_share), m=run.pictures,
        ),
        Row(
            Row(Picture(run.array("gan.steered")[-1], key="gan"), scale=1.5),
            Bars(values, BOTH, key="both", limit=1.0, percent=True, label=RIGHT),
            gap=0.8,
        ),
        id="end",
        born={"both": From("gan")},
        given=("says", "both"),
    )  # fmt: skip


def _mapping(run: SteeredDream) -> Beat:
    """Noise becomes a style, and a style a picture."""
    noise, style = run.array("gan.noise"), run.array("gan.style")
    limit = round_up(float(max(np.abs(noise).max(), np.abs(style).max())))
    return Beat(
        {
            "en": "The first Big Sleep steered a GAN: noise becomes a style, and in one pass a picture.",
            "ja": "元の Big Sleep が動かしたのは GAN です。ノイズがスタイルになり、一度で絵になります。",
        },
        Row(
            Grid(
                noise.reshape(-1, ACROSS), key="gan-noise", label=fill(NOISE, n=len(noise)),
                limit=limit, means=words.latent,
            ),
            Link("gan-noise", "mapping", key="to-mapping"),
            Block(MAPPING, key="mapping"),
            Link("mapping", "style", key="to-style"),
            Grid(
                style.reshape(-1, ACROSS), key="style", label=fill(STYLE, n=len(style)),
                limit=limit, means=words.latent,
            ),
            Link("style", "generator", key="to-generator"),
            Block(GENERATOR, key="generator"),
            Link("generator", "gan", key="to-gan"),
            Picture(run.array("gan.picture"), key="gan"),
            gap=0.35,
        ),
        id="gan",
        born={"gan-noise": From("dream-0"), "style": From("gan-noise"), "gan": From("style")},
    )  # fmt: skip


def _mixing(run: SteeredDream) -> Beat:
    """Rows of one style, and for the last layer the style of the column."""
    rows, columns, mixed = (run.array(f"gan.{name}") for name in ("rows", "columns", "mixed"))
    marks = [Picture(one, key=f"column-{at}") for at, one in enumerate(columns)]
    cells = [(0, at + 1) for at in range(len(columns))]
    for row, one in enumerate(rows):
        marks += [Picture(one, key="gan" if not row else f"row-{row}")]
        marks += [Picture(both, key=f"mixed-{row}-{at}") for at, both in enumerate(mixed[row])]
        cells += [(row + 1, at) for at in range(len(columns) + 1)]
    thing = run.array("gan.mixed.thing") == run.array("gan.rows.thing")[:, None]
    colour = run.array("gan.mixed.colour") == run.array("gan.columns.colour")
    return Beat(
        fill(
            {
                "en": "The last layer gets another style: {a} of {n} keep the thing, {b} take the colour.",
                "ja": "最後の層だけ別のスタイルに。{n} 枚のうち {a} 枚で物が残り、{b} 枚で色が移りました。",
            },
            n=thing.size, a=int(thing.sum()), b=int(colour.sum()),
        ),
        Table(*marks, cells=cells, gap=0.15),
        id="mixing",
        born={mark.key: From("gan") for mark in marks if mark.key != "gan"},
    )  # fmt: skip


def _tell_steering(run: SteeredDream) -> Beat:
    """All steps of the styles, and the curve of the cosine."""
    cosine = run.array("gan.cosine")
    last = len(cosine) - 1
    filmed = [*range(0, last, EVERY), last]
    pictures = [Picture(run.array("gan.steered")[at], key="gan") for at in filmed]
    curves = [run.plot_cosine(at + 1, "gan.cosine", "gan-curve") for at in filmed]
    return Beat(
        fill(
            {
                "en": "Now “{p}” pulls at the style of every layer: {s} steps, to a cosine of {c:.2f}.",
                "ja": "「{p}」で各層のスタイルを動かします。{s} ステップで、コサインは {c:.2f} です。",
            },
            p=run.prompt, s=last, c=float(cosine[-1]),
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"gan": pictures, "gan-curve": curves}, seconds=6.0),
        id="styles",
        born={"gan-curve": From("gan")},
    )  # fmt: skip
