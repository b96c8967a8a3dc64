"""The story of a codebook: a picture written in 64 words of a dictionary, and words that CLIP chooses.

The question: can a picture be written down in 64 words? The moment to remember: a cell drifts while nothing
is seen, until another code is nearer; then it flips. The end: 64 words are enough, and a sentence can choose
them, most of the time.

After A. van den Oord et al., "Neural Discrete Representation Learning" (2017), P. Esser et al., "Taming
Transformers for High-Resolution Image Synthesis" (2021), and K. Crowson et al., "VQGAN-CLIP" (2022).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Curve, Grid, Picture, Row, Text, Tokens, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.vae.colour import channels
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

SHEET = 32
"""Tiles of the dictionary side by side."""

NEAREST = 3
"""How many codes are compared with a cell."""

LONG = 12
"""Steps for which a code is kept long enough to be shown."""

EVERY = 4
"""Of the steps of the steering each of so many is filmed."""

ORIGINAL = {"en": "the picture", "ja": "もとの画像"}
ALONE = {"en": "each code alone", "ja": "コードを一つずつ"}
TOGETHER = {"en": "all together", "ja": "全部を一緒に"}
START = {"en": "64 cells at random", "ja": "でたらめな 64 個"}
BY_CODES = {"en": "cells drift", "ja": "マス目を動かす"}
BY_LOGITS = {"en": "logits for each code", "ja": "コードごとのロジット"}
PULL = {"en": "slope at the picture", "ja": "画像での勾配"}
CODE = {"en": "code {n}", "ja": "コード {n}"}
CELL = {"en": "the cell", "ja": "このマス"}
DISTANCE = {"en": "distance", "ja": "距離"}
COSINE = {"en": "cosine", "ja": "コサイン"}
REAL = {"en": "real pictures", "ja": "本物の画像"}
STEERED = {"en": "the steered one", "ja": "動かした画像"}
SLOPE = {"en": "slope, of its largest", "ja": "勾配（最大比）"}


@dataclass(frozen=True)
class CodeRun:
    """A picture in codes, and codes that were steered.

    Attributes:
        trace: of `nnanim.steering.record_codes.record_codes`.
        prompt: the sentence that they were steered towards.
        right: share of steered pictures in which the judge sees the thing, from a card.
        pictures: of how many.
    """

    trace: Trace
    prompt: str
    right: float
    pictures: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= 1:
            raise UserError(f"right={self.right:g}; a share in 0..1 wanted")

    def array(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    @cached_property
    def limit(self) -> float:
        """The end of the colour scale of all latents."""
        return round_up(max(float(np.abs(self.array(name)).max()) for name in ("latents", "codes")))

    @property
    def middle(self) -> tuple[int, int]:
        """Row and column of the cell that is looked up: the one in the middle."""
        rows, columns = self.trace["numbers"].shape
        return rows // 2, columns // 2

    def nearest(self) -> tuple[Floats, list[int], Floats]:
        """(4,) the numbers of that cell, the codes nearest to it, and how far they are."""
        cell = self.array("latents")[(slice(None), *self.middle)]
        away = np.linalg.norm(self.array("codes") - cell, axis=1)
        order = [int(i) for i in np.argsort(away, kind="stable")[:NEAREST]]
        return cell, order, away[order]

    def mosaic(self) -> Floats:
        """(64, 64, 3) the tiles of the picture's codes, each in its place."""
        tiles = self.array("tiles")[self.trace["numbers"]]  # (rows, columns, height, width, 3)
        return tiles.transpose(0, 2, 1, 3, 4).reshape(*self.trace["picture"].shape)

    def sheet(self) -> Floats:
        """All tiles, `SHEET` side by side, parted by lines."""
        tiles = np.pad(self.array("tiles"), ((0, 0), (0, 1), (0, 1), (0, 0)))
        tiles = tiles.reshape(-1, SHEET, *tiles.shape[1:])
        rows, columns, height, width, _ = tiles.shape
        return tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, 3)[:-1, :-1]

    @cached_property
    def flip(self) -> tuple[int, int, range]:
        """Row and column of a cell, and the steps, in which one code is kept long, and then a far one."""
        numbers, codes = self.trace["steered.numbers"], self.array("codes")  # (step, row, column)
        best, most = (0, 0, range(0)), 0.0
        for row, column in np.ndindex(*numbers.shape[1:]):
            cell = numbers[:, row, column]
            ends = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), len(cell)]
            for first, flip, last in zip(ends, ends[1:], ends[2:], strict=False):
                kept = min(flip - first, last - flip)
                far = min(kept, LONG) * float(np.linalg.norm(codes[cell[flip]] - codes[cell[first]]))
                if far > most:
                    best, most = (row, column, range(flip - kept, flip + kept)), far
        if not best[2]:
            raise UserError("no cell changes its code; choose another seed")
        return best

    def drift(self) -> tuple[tuple[int, int], Floats]:
        """The codes of that cell before and after, and (2, steps) its distances from them."""
        row, column, steps = self.flip
        numbers = self.trace["steered.numbers"][:, row, column]
        ends = int(numbers[steps[0]]), int(numbers[steps[-1]])
        cell = self.array("steered.latents")[steps[0] : steps[-1] + 1, :, row, column]  # (steps, 4)
        away = np.linalg.norm(cell[None] - self.array("codes")[list(ends)][:, None], axis=-1)
        return ends, away

    @property
    def film_steps(self) -> list[int]:
        """The steps that are filmed, the last among them."""
        last = len(self.trace["cosine"]) - 1
        return [*range(0, last, EVERY), last]


def codebook(run: CodeRun) -> Iterator[Beat]:
    """Tell how a picture is written in codes, and how a sentence writes one."""
    yield from _dictionary(run)
    yield from _write_in_codes(run)
    yield from _steer(run)
    yield from _beyond(run)


def _picture(run: CodeRun, name: str, key: str, label: Words | None = None) -> Picture:
    return Picture(run.array(name), key=key, label=label)


def _dictionary(run: CodeRun) -> Iterator[Beat]:
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
        Row(_picture(run, "picture", "picture"), scale=1.6),
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
            Row(_picture(run, "picture", "picture"), scale=1.5),
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


def _code(number: int) -> Words:
    return fill(CODE, n=f"{number:03d}")


def _write_in_codes(run: CodeRun) -> Iterator[Beat]:
    """One cell becomes a code, then all do."""
    cell, order, away = run.nearest()
    names = [_code(one) for one in order]
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
            _page(run.trace["numbers"], "word"),
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
            Picture(run.mosaic(), key="mosaic", label=ALONE), _picture(run, "written", "written", TOGETHER),
            _picture(run, "picture", "picture", ORIGINAL), gap=0.6, scale=1.2,
        ),
        id="decoded",
        born={"written": From("mosaic"), "picture": From("written")},
    )  # fmt: skip


def _page(numbers: np.ndarray, key: str) -> Column:
    """Code numbers (rows, columns), line by line."""
    return Column(
        *(
            Tokens(tuple(f"{int(one):03d}" for one in line), key=f"{key}-{row}")
            for row, line in enumerate(numbers)
        ),
        gap=0.12,
    )


def _steer(run: CodeRun) -> Iterator[Beat]:
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
            steps, away, names=(_code(before), _code(after)), key="drift", drawn=drawn, x_name=words.step,
            y_name=DISTANCE, x_limits=(float(steps[0]), float(steps[-1])), y_limits=(0.0, limit), aspect=2.4,
        )  # fmt: skip

    states = [curve(at) for at in range(1, len(steps) + 1)]
    tiles = [
        Picture(run.array("tiles")[code], key=f"tile-{place}", label=_code(code))
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
        born={"drift": From("inner-0"), "tile-0": From("drift"), "tile-1": From("drift")},
    )  # fmt: skip


def _film(run: CodeRun) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    cosine, real = run.array("cosine"), float(run.array("real"))
    steps = np.arange(len(cosine), dtype=float)
    low, high = min(float(cosine.min()), 0.0), max(float(cosine.max()), real)
    both = np.vstack([cosine, np.full(len(cosine), real)])

    def curve(drawn: int) -> Curve:
        return Curve(
            steps, both, names=(STEERED, REAL), key="curve", drawn=drawn, x_name=words.step, y_name=COSINE,
            x_limits=(0.0, float(steps[-1])), y_limits=(-round_up(-low), round_up(high)), aspect=1.4,
        )  # fmt: skip

    pictures = [Picture(run.array("steered")[at], key="steered") for at in run.film_steps]
    curves = [curve(at + 1) for at in run.film_steps]
    numbers = run.trace["steered.numbers"]
    return Beat(
        fill(
            {
                "en": "After {s} steps, {f} of {n} cells have another code: it is there.",
                "ja": "{s} ステップで、"
                    "{n} マスのうち {f} マスのコードが変わりました。現れましたね。",
            },
            s=len(cosine) - 1, f=int((numbers[-1] != numbers[0]).sum()), n=numbers[0].size,
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"steered": pictures, "curve": curves}, seconds=7.0),
        id="film",
        born={"steered": From("tile-1"), "curve": From("tile-0")},
    )  # fmt: skip


def _beyond(run: CodeRun) -> Iterator[Beat]:
    """Logits instead of latents, an endless zoom, and how often it works."""
    yield Beat(
        {
            "en": "The first such pictures, by Aleph, steered a wish for each code. It is rougher.",
            "ja": "最初の方法 Aleph は、各コードを選ぶ強さを動かしました。"
                "仕上がりは粗めです。",
        },
        Row(
            Picture(run.array("steered")[-1], key="steered", label=BY_CODES),
            _picture(run, "aleph", "aleph", BY_LOGITS), gap=0.8, scale=1.5,
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
            _page(last, "end"), Row(Picture(run.array("steered")[-1], key="final"), scale=1.5), gap=0.8,
        ),
        id="end",
        born={"final": From("steered"), **{f"end-{row}": From("final") for row in range(len(last))}},
        given=("says",),
    )  # fmt: skip
