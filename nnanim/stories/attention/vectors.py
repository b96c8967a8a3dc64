"""From a sentence to vectors: tokens, embeddings, and how the model learns where each word stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Cloud, Grid, Row, modify, round_up
from nnanim.stories.attention.drawing import FEW, build_table, choose_names, choose_rows, note_once
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.stories.equations import sign
from nnanim.words import fill

TURNED = {"en": "query, turned", "ja": "クエリ（回転後）"}


WIDE = 16
"""Number of numbers of a vector that are drawn where its table stands alone."""


def vectors(reading: Reading) -> Beat:
    """Every token becomes a vector; the same token has the same one wherever it stands."""
    values = reading.vectors(reading.embedding)
    names = [reading.tokens[i] for i in choose_rows(reading)]
    twice = next((n for n in names if names.count(n) > 1), None)
    sentence = {
        "en": "Each token becomes a vector: a row of learned numbers.",
        "ja": "トークンを数の並び（ベクトル）にします。",
    }
    if twice is not None:
        sentence = fill(
            {
                "en": "Tokens become learned numbers, the same for each “{word}”.",
                "ja": "数の並びにします。「{word}」は、どこでも同じです。",
            },
            word=reading.name(reading.tokens.index(twice)),
        )
    columns = min(WIDE, values.shape[1])
    ringed = [(row, column) for row, n in enumerate(names) if n == twice for column in range(columns)]
    limit = round_up(float(np.abs(values).max()))
    table = build_table(
        reading, values, key="x", label=words.embedding, limit=limit, columns=WIDE, highlight=tuple(ringed)
    )
    return Beat(sentence, table, id="vectors", born={"x": From("tokens")})


def positions(reading: Reading) -> Iterator[Beat]:
    """A vector for the position is added, where the model does that."""
    if reading.positions is None:
        return
    values, where = reading.vectors(reading.embedding), reading.vectors(reading.positions)
    total = reading.vectors(reading.added)
    limit = round_up(float(max(np.abs(a).max() for a in (values, where, total))))
    plain = np.allclose(values + where, total, atol=1e-4 * limit)
    scales = (limit, limit)
    sentence = {
        "en": "A position vector is added: now order counts.",
        "ja": "位置のベクトルを足し、順番を表します。",
    }
    if not plain:
        scales = (
            round_up(float(max(np.abs(a).max() for a in (values, where)))),
            round_up(float(np.abs(total).max())),
        )
        sentence = {
            "en": "A vector for the position is added, and the sum is normalised.",
            "ja": "位置のベクトルを足して、正規化します。",
        }
    made = build_table(
        reading, total, key="total", label=words.vector, rows=False, limit=scales[1], columns=FEW
    )
    yield Beat(
        sentence,
        Row(
            build_table(reading, values, key="embedded", label=words.embedding, limit=scales[0], columns=FEW),
            sign("+", "plus"),
            note_once(
                build_table(
                    reading, where, key="where", label={"en": "position", "ja": "位置"}, rows=False,
                    limit=scales[0], columns=FEW,
                )
            ),
            sign("=" if plain else "→", "equals"),
            modify(note_once(made), means=None if scales[0] == scales[1] else words.vector),
            gap=0.3,
        ),
        id="positions",
        born={"embedded": From("x"), "where": From("x"), "total": From("x")},
    )  # fmt: skip


def turns(reading: Reading) -> Iterator[Beat]:
    """Queries are turned by their position, where the model does that (rotary position embedding).

    After J. Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021), section 3.2.
    """
    if reading.rotary_queries is None:
        return
    before, after = reading.rotary_queries
    first, second = pair(before, after)
    kept = list(choose_rows(reading))
    limit = round_up(float(max(np.abs(before[kept]).max(), np.abs(after[kept]).max())))
    points = np.concatenate([before[kept][:, [first, second]], after[kept][:, [first, second]]])
    reach = round_up(float(np.hypot(*points.T).max()) * 1.05)
    axis = {"en": "number {n}", "ja": "数 {n}"}
    cloud = Cloud(
        points, key="turned", groups=(0,) * len(kept) + (1,) * len(kept), roles=("amount", "query"),
        names=({"en": "before", "ja": "回転前"}, {"en": "after", "ja": "回転後"}),
        x_limits=(-reach, reach), y_limits=(-reach, reach),
        x_name=fill(axis, n=first + 1), y_name=fill(axis, n=second + 1),
    )  # fmt: skip
    block = fill({"en": "query, block {n}", "ja": "クエリ（ブロック {n}）"}, n=1)
    yield Beat(
        {
            "en": "The position turns each query and key, the later the further.",
            "ja": "クエリとキーは、位置が後ろほど大きく回転します。",
        },
        Row(
            build_table(reading, before, key="plain", label=block, limit=limit, role="query", columns=FEW),
            sign("→", "becomes"),
            build_table(
                reading, after, key="after", label=TURNED, rows=False, limit=limit, role="query", columns=FEW,
            ),
            Row(cloud, scale=1.5),
            gap=0.5,
        ),
        id="turned",
    )  # fmt: skip


def pair(before: Floats, after: Floats) -> tuple[int, int]:
    """Two numbers of a vector that are turned together: those that are turned the furthest.

    Either halves of what is turned belong together or neighbours do; a turn changes no length, which tells.
    """
    changes = np.abs(after - before).max(axis=0)
    turned = int(np.flatnonzero(changes > 1e-6 * max(float(np.abs(before).max()), 1e-9)).max(initial=1)) + 1
    pairs = [(0, turned // 2), (0, 1)]
    drift = [np.abs(np.hypot(*after[:, p].T) - np.hypot(*before[:, p].T)).max() for p in pairs]
    return pairs[int(np.argmin(drift))]


def offsets(reading: Reading) -> Iterator[Beat]:
    """What is added to each score for how the words stand to each other, where the model does that."""
    if reading.offset is None:
        return
    values = reading.offset
    rows, columns = choose_names(reading)
    yield Beat(
        {
            "en": "Position: each pair of places has a number that is added to its score.",
            "ja": "位置：場所の組ごとに決まった数を、スコアに足します。",
        },
        Grid(
            values, key="offset", rows=rows, columns=columns, mask=reading.future, means=words.term("value"),
            limit=round_up(float(np.abs(values).max())),
        ),
        id="offset",
    )  # fmt: skip
