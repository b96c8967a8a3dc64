"""Inside one head: queries meet keys, scores become weights, values are added up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import number
from nnanim.marks import Arcs, Bars, Column, Formula, Grid, Row, Tokens, changed, nice
from nnanim.motions import Film, Sweep
from nnanim.stories.attention.reading import FEW, Floats, Reading
from nnanim.words import Words, fill

TERMS = 5
"""So many products of a dot product are written out."""


def maps(reading: Reading) -> Beat:
    """Three learned maps give every token a query, a key and a value."""
    limit = nice(max(float(np.abs(reading.part(p)).max()) for p in ("query", "key", "value")))
    parts = [
        changed(
            reading.grid(
                reading.part(p),
                key=p,
                label=words.term(p),
                rows=p == "query",
                limit=limit,
                role=p,
                columns=FEW,
            ),
            means={"en": "value", "ja": "値"},
        )
        for p in ("query", "key", "value")
    ]
    return Beat(
        fill(
            {
                "en": "In block {n}, three learned maps give a query, a key and a value.",
                "ja": "ブロック {n} で、三つの写像がクエリ・キー・値を作ります。",
            },
            n=reading.chosen[0] + 1,
        ),
        Row(*parts, gap=0.6),
        id="maps",
    )


def dot(reading: Reading) -> Beat:
    """One query meets one key: the dot product, number by number."""
    row = reading.length - 1
    column = int(reading.pattern[row, : max(row, 1)].argmax())
    q, k = reading.part("query")[row], reading.part("key")[column]
    product, size = q * k, len(q)
    order = np.sort(np.argsort(-np.abs(product), kind="stable")[:TERMS])
    whole, root = float(product.sum()), float(np.sqrt(size))
    limit = nice(float(max(np.abs(q).max(), np.abs(k).max(), np.abs(product[order]).max())))
    names = (
        fill({"en": "query of “{word}”", "ja": "「{word}」のクエリ"}, word=reading.tokens[row]),
        fill({"en": "key of “{word}”", "ja": "「{word}」のキー"}, word=reading.tokens[column]),
        {"en": "multiplied", "ja": "積"},
    )
    grid = Grid(
        np.array([vector[order] for vector in (q, k, product)]), key="dot", rows=names, limit=limit, digits=2,
        of=(3, size), means=words.value, highlight=tuple((2, i) for i in range(len(order))),
    )  # fmt: skip
    parts = sum_of(product[order], float(whole - product[order].sum()))
    formula = Formula((*parts, f"= {plain(whole)}"), key="products", size="medium")
    scaled = Formula(
        (f"{plain(whole)} \\/ sqrt({size}) = {plain(whole / root)}",), key="scaled", size="medium"
    )
    states = [changed(formula, visible=i) for i in range(1, len(parts) + 2)]
    return Beat(
        fill(
            {
                "en": "“{a}” asks “{b}”: their numbers are multiplied and added.",
                "ja": "「{a}」のクエリと「{b}」のキーを、掛けて足します。",
            },
            a=reading.tokens[row],
            b=reading.tokens[column],
        ),
        Column(grid, formula, scaled, gap=0.45),
        motion=Film(
            {
                "products": [*states, formula],
                "scaled": [*[changed(scaled, visible=0)] * len(states), scaled],
            },
            seconds=3.2,
        ),
        id="dot",
    )


def plain(value: float) -> str:
    """A number as a formula's source."""
    return number(value).replace("−", "-")


def sum_of(terms: Floats, rest: float) -> tuple[Words, ...]:
    """The parts of a formula: some terms of a sum, and the rest as one number."""
    signs = ["-" if term < 0 else "+" for term in terms]
    parts: list[Words] = [
        f"{sign} {plain(abs(float(term)))}" for sign, term in zip(signs, terms, strict=True)
    ]
    parts[0] = plain(float(terms[0]))
    sign = "-" if rest < 0 else "+"
    parts.append(
        {
            lang: f'{sign} underbrace({plain(abs(rest))}, "{word}")'
            for lang, word in words.term("rest").items()
        }
    )
    return tuple(parts)


def scores(reading: Reading) -> Iterator[Beat]:
    """All queries meet all keys; the future is barred; softmax makes every row sum to 1."""
    names = tuple(reading.tokens[: reading.length])
    values = reading.scores
    limit = nice(float(np.abs(values).max()))
    table = Grid(values, key="scores", rows=names, columns=names, limit=limit, means=words.score)
    yield Beat(
        {
            "en": "Every query meets every key: a table of scores.",
            "ja": "すべてのクエリとキーから、スコアの表ができます。",
        },
        table,
        motion=Sweep("scores", reveals="scores", seconds=2.8),
        id="scores",
    )
    future = np.triu(np.ones_like(values, dtype=bool), 1)
    if np.abs(np.where(future, reading.pattern, 0)).max() < 1e-6:
        yield Beat(
            {
                "en": "A word must not look ahead: the future is masked.",
                "ja": "先の単語は見られないよう、隠します。",
            },
            changed(table, mask=future),
            id="mask",
        )
        barred = future
    else:
        barred = None
    weights = Grid(
        reading.pattern, key="scores", rows=names, columns=names, limit=1.0, mask=barred, means=words.weight,
        highlight=tuple((reading.length - 1, j) for j in range(reading.length)), role="accent",
    )  # fmt: skip
    last = reading.pattern[-1]
    row = fill({"en": "row of “{word}”", "ja": "「{word}」の行"}, word=names[-1])
    bars = Bars(last, names, key="row", limit=1.0, role="accent", digits=2, label=row)
    yield Beat(
        {
            "en": "Softmax turns each row into weights that sum to 1.",
            "ja": "ソフトマックスで、各行は合計 1 の重みになります。",
        },
        Row(weights, bars, gap=1.0),
        id="softmax",
    )


def looks(reading: Reading) -> Iterator[Beat]:
    """For three words: lines to the words that they look at."""
    names = tuple(reading.tokens[: reading.length])
    sentence = {"en": "“{word}” looks at “{seen}” most.", "ja": "「{word}」は「{seen}」を最もよく見ます。"}
    for place in _three(reading.pattern):
        weights = reading.pattern[place]
        tokens = Tokens(names, key="tokens", values=weights, highlight=(place,))
        arcs = Arcs(weights, tokens, key="arcs", origin=place)
        yield Beat(
            fill(sentence, word=names[place], seen=names[int(weights.argmax())]),
            Column(arcs, tokens, gap=0.02),
            id=f"look-{place}",
        )


def _three(pattern: Floats) -> list[int]:
    """Three words that look at some other word: the last, and the two that look most."""
    others = pattern - np.diag(np.diag(pattern))
    strength = others.max(axis=1)
    chosen = [int(i) for i in np.argsort(-strength[1:-1], kind="stable")[:2] + 1]
    return [*sorted(chosen), len(pattern) - 1]


def weighted_sum(reading: Reading) -> Beat:
    """The values, each times its weight, add up to the word's new vector."""
    names = tuple(reading.tokens[: reading.length])
    weights, values = reading.pattern[-1], reading.part("value")
    limit = nice(float(np.abs(values).max()))
    parts = np.cumsum(weights[:, None] * values, axis=0)
    bars = Bars(weights, names, key="row", limit=1.0, role="accent", label=words.weight)
    table = reading.grid(
        values, key="value", label=words.value, rows=False, limit=limit, role="value", columns=FEW
    )
    table = changed(table, means=words.value)
    total = reading.grid(
        parts[-1:], key="sum", rows=False, limit=limit, role="value", label=words.vector, columns=FEW
    )
    total = changed(total, rows=(names[-1],), means=words.value)
    lit = [
        changed(table, highlight=tuple((i, j) for j in range(table.values.shape[1])))
        for i in range(len(parts))
    ]
    return Beat(
        {
            "en": "The values, times their weights, add up to the word's new vector.",
            "ja": "値に重みを掛けて足すと、新しいベクトルになります。",
        },
        Row(bars, table, total, gap=0.6),
        motion=Film(
            {
                "sum": [changed(total, values=part[None, :FEW]) for part in (*parts, parts[-1])],
                "value": [*lit, table],
            },
            seconds=3.5,
        ),
        id="sum",
    )
