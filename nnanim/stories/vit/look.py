"""The first half of the vision transformer's film: a picture falls into patches, and [CLS] looks at them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.marks import Column, Grid, Picture, Row, Table
from nnanim.marks.content import Floats
from nnanim.stories.vit.run import PatchRuns
from nnanim.words import Words, fill

MOST_HEADS, HEADS_BESIDE = 12, 6
"""Number of heads that are shown, and how many of them in one row."""

PIECE, PIECE_GAP = 1.6, 0.8
"""Scale of all patches of a row of a picture that is cut, and the gaps between them."""

MOST_TABLE, CLOSE = 10, 0.5
"""Number of patches on a side up to which they stand in a table, and the gap of more."""

PATCH = {"en": "one patch", "ja": "パッチ 1 個"}
VECTOR = {"en": "its vector", "ja": "そのベクトル"}


def cut(runs: PatchRuns) -> Iterator[Beat]:
    """The picture falls into patches; one becomes a vector."""
    pixels, n, side = runs.picture(runs.whole), runs.grid, runs.side
    places = [(row, column) for row in range(n) for column in range(n)]
    pieces = {
        place: Picture(
            pixels[place[0] * side : (place[0] + 1) * side, place[1] * side : (place[1] + 1) * side],
            key=f"patch-{place[0] * n + place[1]}",
        )
        for place in places
    }
    yield Beat(
        fill(
            {
                "en": "It is cut into {n} patches. These are its words.",
                "ja": "{n} 個のパッチに切ります。これが「単語」です。",
            },
            n=len(places),
        ),
        _pieces(pieces, n),
        id="cut",
        born={
            mark.key: From("picture", cells=window(row * side, column * side, side))
            for (row, column), mark in pieces.items()
        },
    )
    row, column = runs.looked_at
    vector = np.asarray(runs.whole[runs.embedding][0, row * n + column], dtype=float)
    yield Beat(
        fill(
            {
                "en": "A matrix turns the {p} numbers of a patch into {v}, like the vector of a word.",
                "ja": "行列が、パッチの {p} 個の数を {v} 個にします。単語のベクトルと同じです。",
            },
            p=3 * side * side, v=len(vector),
        ),
        Row(
            Picture(pieces[row, column].pixels, key=pieces[row, column].key, label=PATCH),
            Grid(vector.reshape(-1, _row_length(len(vector))), key="vector", label=VECTOR),
            gap=1.2, scale=1.4,
        ),
        id="embed",
        born={"vector": From(pieces[row, column].key)},
    )  # fmt: skip


def _pieces(pieces: Mapping[tuple[int, int], Picture], n: int) -> Column | Table:
    """The patches in their places; many of them closer together than the rows of a table stand."""
    if n > MOST_TABLE:
        rows = [Row(*(pieces[row, column] for column in range(n)), gap=CLOSE) for row in range(n)]
        return Column(*rows, gap=CLOSE, scale=PIECE / n)
    return Table(*pieces.values(), cells=list(pieces), gap=PIECE_GAP / n, scale=PIECE / n)


def _row_length(count: int) -> int:
    """In rows of how many numbers a vector is nearest to a square, a little wider than high."""
    return next(wide for wide in range(math.isqrt(count - 1) + 1, count + 1) if count % wide == 0)


def heads(runs: PatchRuns) -> Beat:
    """What [CLS] looks at."""
    pixels, maps = runs.picture(runs.whole), runs.attention
    some = range(min(len(maps), MOST_HEADS))
    lights = [
        Picture(light(pixels, maps[i], runs.side), key=f"head-{i}", label=_head_name(i, len(maps)))
        for i in some
    ]  # fmt: skip
    places = [divmod(i, HEADS_BESIDE) for i in some]
    return Beat(
        {
            "en": "A token [CLS] looks at all of them and answers. Each patch is as bright as its weight.",
            "ja": "[CLS] というトークンが全体を見て答えます。明るさは、見る重みです。",
        },
        Row(*lights, gap=0.4) if len(lights) <= HEADS_BESIDE else Table(*lights, cells=places, gap=0.25),
        id="heads",
        born={one.key: From("vector") for one in lights},
    )


def light(pixels: Floats, weights: Floats, side: int) -> Floats:
    """A picture of which each patch is as bright as its weight; the largest leaves it as it is."""
    return pixels * np.kron(weights / weights.max(), np.ones((side, side)))[..., None]


def _head_name(index: int, count: int) -> Words:
    """What a head is called; the last that is shown says how many there are where not all have room."""
    if index == MOST_HEADS - 1 and count > MOST_HEADS:
        return fill({"en": "head {n} of {all}", "ja": "ヘッド {n}／{all}"}, n=index + 1, all=count)
    return fill({"en": "head {n}", "ja": "ヘッド {n}"}, n=index + 1)
