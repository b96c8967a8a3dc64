"""Inside one head: queries meet keys, scores become weights, values are added up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Bars, Column, Formula, Grid, Mark, Row, modify, round_up
from nnanim.motions import Playback, Sweep
from nnanim.stories.attention.reading import FEW, MOST, Floats, Reading
from nnanim.stories.equations import Term, equation, plain
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing, agreeing_all, chosen_number

TERMS = 4
"""Maximum number of products of a dot product that are written out."""

BARS = 12
"""Maximum number of weights of a row with a bar of their own; the others are added up in one."""


def maps(reading: Reading) -> Beat:
    """Three learned maps give every token a query, a key and a value."""
    limit = round_up(max(float(np.abs(reading.part(p)).max()) for p in ("query", "key", "value")))
    parts = [
        modify(
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
            n=reading.layer_and_head[0] + 1,
        ),
        Row(*parts, gap=0.6),
        id="maps",
    )


def dot(reading: Reading) -> Beat:
    """One query meets one key: the dot product, number by number."""
    row = reading.at
    others = np.arange(reading.length) != row
    column = int(np.where(others, reading.pattern[row], -1.0).argmax())
    q, k = reading.part("query")[row], reading.part("key")[column]
    product, size = q * k, len(q)
    order = np.sort(np.argsort(-np.abs(product), kind="stable")[:TERMS])
    whole = float(product.sum())
    limit = round_up(float(max(np.abs(q).max(), np.abs(k).max(), np.abs(product[order]).max())))
    terms = [([float(q[i]), float(k[i])], float(product[i])) for i in order]
    digits, agrees = agreeing_all(terms, math.prod, most=1)
    equals = "=" if agrees else "≈"
    names = (
        fill({"en": "query of “{word}”", "ja": "「{word}」のクエリ"}, word=reading.name(row)),
        fill({"en": "× key of “{word}”", "ja": "×「{word}」のキー"}, word=reading.name(column)),
        {"en": f"{equals} products", "ja": f"{equals} 積"},
    )
    grid = Grid(
        np.array([vector[order] for vector in (q, k, product)]), key="dot", rows=names, limit=limit,
        digits=digits, of=(3, size), means=words.value, highlight=tuple((2, i) for i in range(len(order))),
    )  # fmt: skip
    rest = None if size == len(order) else float(whole - product[order].sum())
    formula = Formula(sum_of(product[order], rest, whole), key="products", size="medium")
    states = [modify(formula, visible=i) for i in range(1, len(formula.parts) + 1)]
    films: dict[str, list[Mark]] = {"products": [*states, formula]}
    stage: list[Mark] = [grid, formula]
    if source := _score(reading, row, column, whole, size):
        scaled = Formula(source, key="scaled", size="medium")
        films["scaled"] = [*[modify(scaled, visible=0)] * len(states), scaled]
        stage.append(scaled)
    return Beat(
        fill(
            {
                "en": "“{a}” asks “{b}”: their numbers are multiplied and added.",
                "ja": "「{a}」のクエリと「{b}」のキーを、掛けて足します。",
            },
            a=reading.name(row),
            b=reading.name(column),
        ),
        Column(*stage, gap=0.45),
        motion=Playback(films, seconds=3.2),
        id="dot",
    )


def _score(reading: Reading, row: int, column: int, whole: float, size: int) -> tuple[Words, ...]:
    """From a dot product to the score: scaled, and with what is added to it; empty where it is the score."""
    factor, offset, capped = reading.factor, reading.offset, reading.soft_capped_scores
    added = 0.0 if offset is None or capped is not None else float(offset[row, column])
    score = whole * factor + added
    if np.isclose(factor, 1.0) and capped is None and offset is None:
        return ()
    rooted, written = bool(np.isclose(factor, 1 / np.sqrt(size))), f"{chosen_number(factor, '.3g')}"

    def compute(terms: Sequence[float]) -> float:
        return terms[0] * (float(size) ** -0.5 if rooted else float(written)) + terms[1]

    digits, agrees = agreeing([whole, added], score, compute)
    parts: list[Words] = [plain(whole, digits)]
    if rooted:
        parts = [f"{parts[0]} \\/ sqrt({size})"]
    elif not np.isclose(factor, 1.0):
        parts = [f"{parts[0]} times {written}"]
    equals = "=" if agrees else "approx"
    if capped is not None:
        said = _under(capped[row, column], {"en": "capped", "ja": "上限つき"}, digits)
        return (*parts, {lang: f"{equals} {plain(score, digits)} -> {text}" for lang, text in said.items()})
    if offset is not None:
        said = _under(abs(added), {"en": "position", "ja": "位置"}, digits)
        parts.append({lang: f"{'-' if added < 0 else '+'} {text}" for lang, text in said.items()})
    return (*parts, f"{equals} {plain(score, digits)}")


def _under(value: float, says: dict[str, str], digits: int) -> dict[str, str]:
    """A number with a word under it, as a formula's source in every language."""
    return {lang: f'underbrace({plain(value, digits)}, "{word}")' for lang, word in says.items()}


def sum_of(terms: Floats, rest: float | None, whole: float) -> tuple[Words, ...]:
    """The parts of a formula: some terms of a sum, the rest, if there is any, as one number, and the sum."""
    found = [Term(float(term)) for term in terms]
    return equation(found if rest is None else [*found, Term(rest, below=words.rest)], whole, most=1)


def table(reading: Reading) -> Grid:
    """The scores of all tokens with all tokens of the sentence, before any mask."""
    rows, columns = reading.sides
    # Where numbers are added for the position, none are known for what is barred anyway.
    barred = reading.future if reading.offset is not None or reading.soft_capped_scores is not None else None
    values = reading.scores
    limit = round_up(float(np.abs(values).max()))
    return Grid(values, key="scores", rows=rows, columns=columns, limit=limit, mask=barred, means=words.score)


NUMBERED = 8
"""Maximum number of tokens whose scores are written into the cells."""


def score_table(reading: Reading) -> Grid:
    """The table of scores, their numbers written into the cells where there is room."""
    if reading.length > NUMBERED:
        return table(reading)
    return modify(table(reading), digits=1)  # type: ignore[no-any-return]


def scores(reading: Reading) -> Iterator[Beat]:
    """All queries meet all keys; the future is barred; softmax makes every row sum to 1."""
    made = table(reading)
    yield Beat(
        {
            "en": "Every query meets every key: a table of scores.",
            "ja": "すべてのクエリとキーから、スコアの表ができます。",
        },
        made,
        motion=Sweep("scores", reveals="scores", seconds=2.8) if reading.length <= MOST else None,
        id="scores",
    )
    if reading.causal:
        yield mask(reading)
    yield softmax_rows(reading)


def mask(reading: Reading) -> Beat:
    """The table of scores, with what lies in the future barred."""
    return Beat(
        {
            "en": "A word must not look ahead: the future is masked.",
            "ja": "先の単語は見られないよう、隠します。",
        },
        modify(table(reading), mask=reading.future),
        id="mask",
    )


def softmax_rows(reading: Reading) -> Beat:
    """The weights, and the row of the token that is spoken of as bars."""
    rows, columns = reading.sides
    weights = Grid(
        reading.pattern, key="scores", rows=rows, columns=columns, limit=1.0, mask=reading.future,
        means=words.weight, highlight=tuple((reading.at, j) for j in range(reading.length)), role="amount",
    )  # fmt: skip
    row = fill({"en": "row of “{word}”", "ja": "「{word}」の行"}, word=reading.name(reading.at))
    return Beat(
        {
            "en": "Softmax turns each row into weights that sum to 1.",
            "ja": "ソフトマックスで、各行は合計 1 の重みになります。",
        },
        Row(weights, row_bars(reading, row), gap=1.0),
        id="softmax",
    )


def row_bars(reading: Reading, label: Words) -> Bars:
    """The weights of the token that is spoken of: the largest, and the rest as one bar."""
    kept = reading.strongest(BARS)
    weights = reading.pattern[reading.at]
    values, names = [float(weights[i]) for i in kept], [reading.tokens[i] for i in kept]
    said: list[Words] = [*names]
    if len(kept) < reading.length:
        values.append(max(float(weights.sum()) - sum(values), 0.0))
        said.append(words.term("rest"))
    return Bars(np.array(values), tuple(said), key="row", limit=1.0, role="amount", digits=2, label=label)


def weighted_sum(reading: Reading) -> Beat:
    """The values, each times its weight, add up to the word's new vector."""
    kept = list(reading.strongest(BARS))
    weights, values = reading.pattern[reading.at], reading.part("value")
    parts = np.cumsum(weights[kept, None] * values[kept], axis=0)
    whole = weights @ values
    limit = round_up(
        float(max(np.abs(values[kept]).max(), np.abs(parts[:, :FEW]).max(), np.abs(whole).max()))
    )
    few = values[kept, :FEW]
    table = Grid(
        few, key="value", label=words.value, rows=("",) * len(kept), limit=limit, role="value",
        of=values.shape, means=words.value,
    )  # fmt: skip
    total = Grid(
        whole[None, :FEW], key="sum", label=words.vector, rows=(reading.tokens[reading.at],), limit=limit,
        role="value", of=(1, len(whole)), means=words.value,
    )  # fmt: skip
    lit = [modify(table, highlight=tuple((i, j) for j in range(few.shape[1]))) for i in range(len(parts))]
    return Beat(
        {
            "en": "The values, times their weights, add up to the word's new vector.",
            "ja": "値に重みを掛けて足すと、新しいベクトルになります。",
        },
        Row(row_bars(reading, words.weight), table, total, gap=0.6),
        motion=Playback(
            {
                "sum": [modify(total, values=part[None, :FEW]) for part in (*parts, whole)],
                "value": [*lit, table],
            },
            seconds=3.5,
        ),
        id="sum",
    )
