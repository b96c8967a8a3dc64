"""The story of the vision transformer: a picture cut into patches, read like the words of a sentence.

The question: how can a model that reads words read a picture? The moment to remember: the patches are
shuffled, and the cat is a house; they take the numbers of their old places along, and it is a cat again, to
the last digit shown. The end: what it looked at before it could see, and what it cannot see even now.

After A. Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.marks import Bars, Column, Grid, Picture, Row, Table
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.vit.run import Learnt, PatchRuns
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

MOST_HEADS, HEADS_BESIDE = 12, 6
"""Number of heads that are shown, and how many of them in one row."""

PIECE, PIECE_GAP = 1.6, 0.8
"""Scale of all patches of a row of a picture that is cut, and the gaps between them."""

MOST_TABLE, CLOSE = 10, 0.5
"""Number of patches on a side up to which they stand in a table, and the gap of more."""

OTHER = {"en": "anything else", "ja": "その他"}
PICTURE = {"en": "picture", "ja": "画像"}
PATCH = {"en": "one patch", "ja": "パッチ 1 個"}
VECTOR = {"en": "its vector", "ja": "そのベクトル"}
COVERED = {"en": "covered where it looks", "ja": "見ているところを隠す"}
ELSEWHERE = {"en": "covered elsewhere", "ja": "ほかのところを隠す"}
SHUFFLED = {"en": "patches shuffled", "ja": "パッチを入れ替え"}
ALONG = {"en": "positions, too", "ja": "位置の番号も一緒に"}


def vit(runs: PatchRuns) -> Iterator[Beat]:
    """Tell how a transformer reads a picture, and what becomes of it without its patches, or their places."""
    whole = Picture(runs.picture(runs.whole), key="picture")
    yield Beat(
        {
            "en": "A transformer reads words, one after the other. How can it read a picture?",
            "ja": "トランスフォーマーは言葉を順に読みます。画像は、どう読めばよいでしょう。",
        },
        Row(whole, scale=1.6),
        id="question",
    )
    yield from _patches(runs)
    yield _heads(runs)
    yield from _cover(runs)
    yield from _shuffle(runs)
    if runs.learnt is not None:
        yield _training(runs, runs.learnt)


def _patches(runs: PatchRuns) -> Iterator[Beat]:
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
            Grid(vector.reshape(-1, _row_length(len(vector))), key="vector", label=VECTOR), gap=1.2, scale=1.4,
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


def _heads(runs: PatchRuns) -> Beat:
    """What [CLS] looks at."""
    pixels, maps = runs.picture(runs.whole), runs.attention
    some = range(min(len(maps), MOST_HEADS))
    lights = [
        Picture(_light(pixels, maps[i], runs.side), key=f"head-{i}", label=_head_name(i, len(maps)))
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


def _light(pixels: Floats, weights: Floats, side: int) -> Floats:
    """A picture of which each patch is as bright as its weight; the largest leaves it as it is."""
    return pixels * np.kron(weights / weights.max(), np.ones((side, side)))[..., None]


def _head_name(index: int, count: int) -> Words:
    """What a head is called; the last that is shown says how many there are where not all have room."""
    if index == MOST_HEADS - 1 and count > MOST_HEADS:
        return fill({"en": "head {n} of {all}", "ja": "ヘッド {n}／{all}"}, n=index + 1, all=count)
    return fill({"en": "head {n}", "ja": "ヘッド {n}"}, n=index + 1)


def _bars(runs: PatchRuns, run: Trace, key: str) -> Bars:
    """What it takes the thing for."""
    chances = runs.chances(run)
    values = chances[list(runs.bar_classes)]
    return Bars(
        np.append(values, max(1 - float(values.sum()), 0.0)),
        (*(runs.names[i] for i in runs.bar_classes), OTHER),
        key=key, limit=1.0, percent=True, highlight=(runs.bar_classes.index(runs.likeliest(run)),),
    )  # fmt: skip


def _answers(runs: PatchRuns, said: Mapping[str, tuple[Trace, Words]]) -> Row:
    """Pictures side by side, each with what it is taken for."""
    return Row(
        *(
            Column(
                Picture(runs.picture(run), key=key, label=label), _bars(runs, run, f"{key}-bars"), gap=0.25
            )
            for key, (run, label) in said.items()
        ),
        gap=1.0,
    )


def _cover(runs: PatchRuns) -> Iterator[Beat]:
    """What is looked at is covered, then something else."""
    covered = Picture(runs.picture(runs.covered), key="covered", label=COVERED)
    yield Beat(
        fill(
            {
                "en": "We cover the {n} patches that it looks at most. What will it see?",
                "ja": "いちばん見ている {n} 個を隠します。何に見えるでしょう。",
            },
            n=runs.hidden,
        ),
        Row(covered, scale=1.5),
        id="cover",
        born={"covered": From("head-0")},
        asks=True,
    )
    yield Beat(
        _covered_sentence(runs),
        _answers(runs, {"covered": (runs.covered, COVERED), "elsewhere": (runs.elsewhere, ELSEWHERE)}),
        id="covered",
        born={
            "covered-bars": From("covered"),
            "elsewhere": From("covered"),
            "elsewhere-bars": From("elsewhere"),
        },
    )  # fmt: skip


def _covered_sentence(runs: PatchRuns) -> Words:
    """What it says with patches covered where it looks, and elsewhere; "still" only where that is so."""
    first, covered, other = map(runs.likeliest, (runs.whole, runs.covered, runs.elsewhere))
    turned = covered != first == other
    return fill(
        {
            "en": "“{a}”, it says, {p}. With {n} others covered it is still “{b}”, {q}.",
            "ja": "「{a}」が {p}。ほかの {n} 個を隠しても、「{b}」が {q} です。",
        }
        if turned
        else {
            "en": "“{a}”, it says, {p}. With {n} others covered: “{b}”, {q}.",
            "ja": "「{a}」が {p}。ほかの {n} 個を隠すと、「{b}」が {q} です。",
        },
        a=runs.names[covered], p=percent(runs.chances(runs.covered).max()),
        b=runs.names[other], q=percent(runs.chances(runs.elsewhere).max()),
        n=runs.hidden,
    )  # fmt: skip


def _shuffle(runs: PatchRuns) -> Iterator[Beat]:
    """The patches change places, then their positions, too."""
    yield Beat(
        {
            "en": "Now all patches are shuffled. Will it still see a thing?",
            "ja": "今度は、パッチをすべて入れ替えます。まだ何かに見えるでしょうか。",
        },
        Row(Picture(runs.picture(runs.shuffled), key="shuffled", label=SHUFFLED), scale=1.5),
        id="shuffle",
        born={"shuffled": From("elsewhere")},
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "Yes: “{a}”, with {p}. A heap of patches without any order.",
                "ja": "「{a}」が {p}。順序のない、パッチの山だからです。",
            },
            a=runs.names[runs.likeliest(runs.shuffled)], p=percent(runs.chances(runs.shuffled).max(), 1),
        ),
        Row(
            Row(Picture(runs.picture(runs.shuffled), key="shuffled", label=SHUFFLED), scale=1.5),
            _bars(runs, runs.shuffled, "shuffled-bars"),
            gap=0.8,
        ),
        id="shuffled",
        born={"shuffled-bars": From("shuffled")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Let each patch bring the number of its old place along: “{b}”, {q}, as at first.",
                "ja": "もとの位置の番号も一緒に運ぶと、「{b}」が {q}。はじめと同じです。",
            },
            b=runs.names[runs.likeliest(runs.along)], q=percent(runs.chances(runs.along).max(), 1),
        ),
        _answers(runs, {"shuffled": (runs.shuffled, SHUFFLED), "along": (runs.along, ALONG)}),
        id="positions",
        born={"along": From("shuffled"), "along-bars": From("along")},
    )  # fmt: skip


def _training(runs: PatchRuns, learnt: Learnt) -> Beat:
    """What one head looks at while it learns."""
    training, which = learnt.training, learnt.filmed
    pixels = np.asarray(training["pictures"][which], dtype=float).transpose(1, 2, 0)
    weights = np.asarray(training["attention"][:, which].mean(axis=1), dtype=float)
    steps = [int(step) for step in training["step"]]
    maps = [
        Picture(
            _light(pixels, one.reshape(runs.grid, runs.grid), runs.side), key="learns", label=_step_name(step)
        )
        for one, step in zip(weights, steps, strict=True)
    ]  # fmt: skip
    return Beat(
        fill(
            {
                "en": "In training it finds where to look. Things in colours never seen: {u} right.",
                "ja": "どこを見るかは、学習で身につきます。見たことのない色だと、正解は {u} です。",
            },
            u=percent(learnt.unseen),
        ),
        Row(Picture(pixels, key="filmed", label=PICTURE), maps[-1], gap=0.8, scale=1.3),
        motion=Playback({"learns": maps}, seconds=5.0),
        id="training",
        born={"filmed": From("along"), "learns": From("filmed")},
        given=("says",),
    )


def _step_name(step: int) -> Words:
    return fill({"en": "[CLS] looks, step {s:,}", "ja": "[CLS] の見る重み：{s:,} 歩"}, s=step)
