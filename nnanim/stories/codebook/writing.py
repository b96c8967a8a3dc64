"""A picture is written in codes: the dictionary, the nearest code, all of them decoded."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Grid, Picture, Row
from nnanim.stories.codebook.run import DISTANCE, CodeRun, draw_picture, name_code, write_page
from nnanim.stories.vae.colour import channels
from nnanim.words import fill

ORIGINAL = {"en": "the picture", "ja": "もとの画像"}
ALONE = {"en": "each code alone", "ja": "コードを一つずつ"}
TOGETHER = {"en": "all together", "ja": "全部を一緒に"}
CELL = {"en": "the cell", "ja": "このマス"}


def show_dictionary(run: CodeRun) -> Iterator[Beat]:
    """The picture as cells, and the codes that there are."""
    rows, columns = run.trace["numbers"].shape
    yield Beat(
        fill(
            {
                "en": "Could you write this picture down in {n} words?",
                "ja": "この画像を、たった {n} 個の「単語」で書けるでしょうか。",
            },
            n=rows * columns,
        ),
        Row(draw_picture(run, "picture", "picture"), scale=1.6),
        id="question",
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "An encoder makes {r} × {c} cells of it, with {k} numbers each.",
                "ja": "エンコーダーが {r}×{c} のマス目にします。"
                    "マスごとに {k} 個の数です。",
            },
            r=rows, c=columns, k=len(run.trace["latents"]),
        ),
        Row(
            Row(draw_picture(run, "picture", "picture"), scale=1.5),
            Row(channels(run.array("latents"), "latents", run.limit), scale=0.8),
            gap=1.0,
        ),
        id="cells",
        born={f"latents-{i}": From("picture") for i in range(len(run.trace["latents"]))},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "The dictionary: {n} codes, the middles of clusters of cells. Decoded, each is a tile.",
                "ja": "辞書は {n} 個のコード。"
                    "マスを群れに分けた中心です。復号するとタイルになります。",
            },
            n=len(run.trace["codes"]),
        ),
        Row(Picture(run.sheet(), key="sheet"), scale=1.6),
        id="dictionary",
        born={"sheet": From("latents-0")},
    )  # fmt: skip


def write_in_codes(run: CodeRun) -> Iterator[Beat]:
    """One cell becomes a code, then all do."""
    cell, order, away = run.nearest()
    names = [name_code(one) for one in order]
    yield Beat(
        {
            "en": "Each cell takes the code that is nearest to its numbers.",
            "ja": "マスの数にいちばん近いコードを選びます。",
        },
        Row(
            Grid(
                np.vstack([cell, run.array("codes")[order]]), (CELL, *names), key="compared", digits=2,
                limit=run.limit, means=words.latent,
            ),
            Bars(away, tuple(names), key="away", digits=2, highlight=(0,), label=DISTANCE),
            gap=1.0, scale=1.3,
        ),
        id="nearest",
        born={"compared": From("sheet"), "away": From("compared")},
    )  # fmt: skip
    size = run.trace["numbers"].size
    bits = size * math.ceil(math.log2(len(run.trace["codes"])))
    yield Beat(
        fill(
            {
                "en": "So the picture is {n} code numbers: {b} bits, {k} times less than its pixels.",
                "ja": "画像は {n} 個のコード番号になりました。"
                    "{b} ビット。画素の {k} 分の 1 です。",
            },
            n=size, b=bits, k=round(8 * run.trace["picture"].size / bits),
        ),
        Row(
            write_page(run.trace["numbers"], "word"),
            Row(Picture(run.mosaic(), key="mosaic", label=ALONE), scale=1.5),
            gap=0.8,
        ),
        id="words",
        born={"mosaic": From("word-0")},
        gathers={"compared": "word-0"},
    )  # fmt: skip
    yield Beat(
        {
            "en": "Decoded one by one, they are a mosaic. The decoder reads all together: the seams go.",
            "ja": "一つずつ復号するとモザイク。"
                "デコーダーは全部を一緒に読むので、継ぎ目が消えます。",
        },
        Row(
            Picture(run.mosaic(), key="mosaic", label=ALONE),
            draw_picture(run, "written", "written", TOGETHER),
            draw_picture(run, "picture", "picture", ORIGINAL), gap=0.6, scale=1.2,
        ),
        id="decoded",
        born={"written": From("mosaic"), "picture": From("written")},
    )  # fmt: skip
