"""The story of attention, from a sentence to the next word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Bars, Block, Column, Grid, Link, Mark, Row, Text, Tokens, nice
from nnanim.stories.attention import head
from nnanim.stories.attention.reading import FEW, Floats, Reading, softmax
from nnanim.words import fill

TOP = 6
"""So many of the likeliest next words are shown."""

TEMPERATURES = (0.5, 1.0, 2.0)


def attention(reading: Reading) -> Iterator[Beat]:
    """Tell how a transformer reads a sentence and guesses the next word.

    Args:
        reading: the traced model on a sentence, and the words that it added.
    """
    reading.trace.check()
    yield from _vectors(reading)
    yield head.maps(reading)
    yield head.dot(reading)
    yield from head.scores(reading)
    yield from head.looks(reading)
    yield head.weighted_sum(reading)
    yield heads(reading)
    yield blocks(reading)
    yield from next_words(reading)
    yield temperature(reading)


def _vectors(reading: Reading) -> Iterator[Beat]:
    names = tuple(reading.tokens[: reading.length])
    tokens = Tokens(names, key="tokens")
    yield Beat(
        reading.pieces or {"en": "A sentence is cut into tokens.", "ja": "文をトークンに分けます。"},
        tokens,
        id="tokens",
    )
    vectors = reading.vectors(reading.words)
    limit = nice(float(np.abs(vectors).max()))
    twice = next((n for n in names if names.count(n) > 1), None)
    rows = [i for i, name in enumerate(names) if name == twice]
    sentence = {
        "en": "Each token becomes a vector: a row of learned numbers.",
        "ja": "各トークンは、学習した数の並びになります。",
    }
    if twice is not None:
        sentence = fill(
            {
                "en": "Each becomes a vector of learned numbers; “{word}” is the same each time.",
                "ja": "各トークンはベクトルになります。「{word}」は、どこでも同じです。",
            },
            word=twice,
        )
    table = reading.grid(vectors, key="x", label=words.embedding, limit=limit)
    ringed = tuple((row, column) for row in rows for column in range(table.values.shape[1]))
    yield Beat(
        sentence,
        reading.grid(vectors, key="x", label=words.embedding, limit=limit, highlight=ringed),
        id="vectors",
    )
    where, total = reading.vectors(reading.positions), reading.vectors(reading.added)
    limit = nice(float(max(np.abs(a).max() for a in (vectors, where, total))))
    yield Beat(
        {
            "en": "A vector for the position is added: now the order counts.",
            "ja": "位置のベクトルを足します。これで順番がわかります。",
        },
        Row(
            reading.grid(vectors, key="x", label=words.embedding, limit=limit, columns=FEW),
            Text("+", key="plus", size="large", bold=True),
            reading.grid(
                where,
                key="where",
                label={"en": "position", "ja": "位置"},
                rows=False,
                limit=limit,
                columns=FEW,
            ),
            Text("=", key="equals", size="large", bold=True),
            reading.grid(total, key="total", label=words.vector, rows=False, limit=limit, columns=FEW),
            gap=0.3,
        ),
        id="positions",
    )


def heads(reading: Reading) -> Beat:
    """All heads of the layer side by side: each has its own pattern."""
    layer = reading.chosen[0]
    n = reading.length
    mask = np.triu(np.ones((n, n), dtype=bool), 1)
    barred = mask if np.where(mask, reading.patterns[layer], 0).max() < 1e-6 else None
    many = len(reading.patterns[layer])
    grids = [
        Grid(
            pattern, key=f"head-{i}", limit=1.0, role="accent", mask=barred, means=words.weight,
            label=fill({"en": "head {n}", "ja": "ヘッド {n}"}, n=i + 1),
        )
        for i, pattern in enumerate(reading.patterns[layer])
    ]  # fmt: skip
    wide = 4 if many <= 8 else 8
    rows = [Row(*grids[i : i + wide], gap=0.5) for i in range(0, many, wide)]
    return Beat(
        fill(
            {
                "en": "{n} heads look in {n} ways; their vectors are joined and mixed.",
                "ja": "{n} 個のヘッドが別々に見て、結果をつないで混ぜます。",
            },
            n=many,
        ),
        rows[0] if len(rows) == 1 else Column(*rows, gap=0.3),
        id="heads",
    )


def blocks(reading: Reading) -> Beat:
    """Attention and a small network, both added to the vector, block after block."""
    names = [name.rpartition(".")[0] for name in reading.trace.attentions]
    outs = [reading.vectors(reading.added), *(reading.vectors(name) for name in names)]
    limit = nice(float(max(np.abs(v[-1]).max() for v in outs)))
    last = reading.tokens[reading.length - 1]
    stage: list[Mark | Row] = []
    for i, values in enumerate(outs):
        row = reading.grid(values[-1:], key=f"row-{i}", rows=False, limit=limit)
        start = fill({"en": "“{word}”", "ja": "「{word}」"}, word=last)
        name = start if i == 0 else fill({"en": "block {n}", "ja": "ブロック {n}"}, n=i)
        if i:
            stage.append(Link(f"block-{i - 1}", f"block-{i}", key=f"link-{i}"))
        stage.append(Row(Block(name, key=f"block-{i}"), row, gap=0.6))
    return Beat(
        fill(
            {
                "en": "{n} blocks in a row: each adds something to the word's vector.",
                "ja": "{n} 個のブロックが、ベクトルに少しずつ足していきます。",
            },
            n=len(names),
        ),
        Column(*stage, gap=0.22),
        id="blocks",
    )


def likeliest(reading: Reading, place: int, key: str, heat: float = 1.0, label: object = None) -> Bars:
    """The likeliest words after the token at ``place``."""
    p = softmax(reading.after(place), heat)
    order = np.argsort(-p, kind="stable")[:TOP]
    return Bars(
        p[order], tuple(reading.vocabulary[i] for i in order), key=key, limit=1.0, percent=True,
        highlight=(0,), of=len(p), label=label,  # type: ignore[arg-type]
    )  # fmt: skip


def next_words(reading: Reading) -> Iterator[Beat]:
    """The last vector against the vocabulary; the likeliest word is appended, again and again."""
    for place in range(reading.length - 1, len(reading.tokens)):
        read = tuple(reading.tokens[: place + 1])
        new = place - reading.length + 1
        tokens = Tokens(read, key="tokens", highlight=tuple(range(reading.length, place + 1)))
        bars = likeliest(reading, place, "next", label=words.next_word)
        sentence = (
            {
                "en": "The last vector says which word may come next.",
                "ja": "最後のベクトルから、次の単語の確率が出ます。",
            }
            if new == 0
            else fill(
                {
                    "en": "“{word}” is taken, and the model reads on.",
                    "ja": "「{word}」をつなげて、また読みます。",
                },
                word=read[-1],
            )
        )
        yield Beat(sentence, Column(tokens, bars, gap=0.4), id=f"next-{new}", pause=None if new == 0 else 1.2)


def temperature(reading: Reading) -> Beat:
    """The same logits at three temperatures, where the model is least sure."""
    places = range(reading.length - 1, len(reading.tokens))
    place = max(places, key=lambda at: entropy(softmax(reading.after(at))))
    bars = [
        likeliest(
            reading, place, f"heat-{heat:g}", heat,
            fill({"en": "temperature {t}", "ja": "温度 {t}"}, t=f"{heat:g}"),
        )
        for heat in TEMPERATURES
    ]  # fmt: skip
    return Beat(
        {
            "en": "Temperature: cold is sure of itself, hot tries anything.",
            "ja": "温度が低いと決まった単語、高いと意外な単語も選びます。",
        },
        Column(Tokens(tuple(reading.tokens[: place + 1]), key="tokens"), Row(*bars, gap=0.8), gap=0.5),
        id="temperature",
    )


def entropy(p: Floats) -> float:
    """Entropy of probabilities (n,), in nats."""
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum())
