"""Inside one head: queries meet keys, scores become weights, values are added up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.layout import fits
from nnanim.marks import Bars, Column, Formula, Grid, Mark, Row, modify, round_up
from nnanim.motions import Playback, Sweep
from nnanim.stories.attention.drawing import (
    FEW,
    MOST,
    build_line,
    build_table,
    choose_names,
    choose_rows,
    fit_line,
    note_once,
)
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.stories.equations import Term, equation, plain
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing, agreeing_all, chosen_number

TERMS = 4
"""Maximum number of products of a dot product that are written out."""

NARROW = 5
"""Number of numbers of a query or key that are drawn beside the table of scores."""

BESIDE = 1.12
"""Scale of bars beside a table that is higher than they are."""

MOSTLY = 0.7
"""Weight from which a sum is said to be mostly the value of one token."""

WEIGHT = "amount"
"""Colour of weights."""

NAMES: dict[str, Words] = {
    "query": words.query, "key": words.key, "value": {"en": "value", "ja": "バリュー"}
}  # fmt: skip
OF: dict[str, dict[str, str]] = {
    "query": {"en": "query of “{word}”", "ja": "「{word}」のクエリ"},
    "key": {"en": "× key of “{word}”", "ja": "×「{word}」のキー"},
}

BARS, SUMMED = 7, 10
"""Maximum number of bars for the weights of a row, of which the last is all others'; numbers of a value."""


def maps(reading: Reading) -> Beat:
    """Three learned maps give every token a query, a key and a value."""
    limit = round_up(max(float(np.abs(reading.part(p)).max()) for p in ("query", "key", "value")))
    parts = [projection(reading, which, limit, rows=which == "query", columns=FEW) for which in NAMES]
    parts = [note_once(one, first=not at) for at, one in enumerate(parts)]
    source, layer = From("total"), reading.layer_and_head[0]
    return Beat(
        fill(
            {
                "en": "{n} blocks on, each row seeks (query), offers (key), gives (value).",
                "ja": "{n} ブロック先で、行から三つをつくります。",
            }
            if layer
            else {
                "en": "Each row seeks (query), offers (key), gives (value).",
                "ja": "各行から三つをつくります。",
            },
            n=layer,
        ),
        Row(*parts, gap=0.6),
        id="maps",
        pause=2.8,
        born={"query": source, "key": source, "value": source},
    )


def projection(reading: Reading, which: str, limit: float, rows: bool, columns: int) -> Grid:
    """The first numbers of the head's queries, keys or values, in their colour, a row for each token."""
    return build_table(
        reading, reading.part(which), key=which, label=NAMES[which], rows=rows, limit=limit, role=which,
        columns=columns, means=NAMES[which],
    )  # fmt: skip


def most_looked_at(reading: Reading) -> int:
    """Index of the other token at which the one spoken of looks most."""
    others = np.arange(reading.length) != reading.at
    return int(np.where(others, reading.pattern[reading.at], -1.0).argmax())


def dot(reading: Reading) -> Beat:
    """One query meets one key: the dot product, number by number."""
    row, column = reading.at, most_looked_at(reading)
    q, k = reading.part("query")[row], reading.part("key")[column]
    product, size = q * k, len(q)
    order = np.sort(np.argsort(-np.abs(product), kind="stable")[:TERMS])
    whole = float(product.sum())
    limit = round_up(float(max(np.abs(q).max(), np.abs(k).max(), np.abs(product[order]).max())))
    digits, agrees = agreeing_all(
        [([float(q[i]), float(k[i])], float(product[i])) for i in order], math.prod, most=1
    )
    equals = "=" if agrees else "≈"
    lines: dict[str, tuple[Floats, str, Words]] = {
        "q": (q, "query", fill(OF["query"], word=reading.name(row))),
        "k": (k, "key", fill(OF["key"], word=reading.name(column))),
        "qk": (product, "positive", {"en": f"{equals} products", "ja": f"{equals} 積"}),
    }
    widest = min(float(vector[order].min()) for vector in (q, k, product))  # a sign makes a number wider
    grids = [
        Grid(
            values[None, order], key=key, rows=(name,), limit=limit, digits=digits, role=role,
            room_for=widest,
            means=words.term("value") if role == "positive" else NAMES[role],
        )
        for key, (values, role, name) in lines.items()
    ]  # fmt: skip
    rest = None if size == len(order) else float(whole - product[order].sum())
    formula = Formula(sum_of(product[order], rest, whole), key="products", size="medium")
    states = [modify(formula, visible=i) for i in range(1, len(formula.parts) + 1)]
    films: dict[str, list[Mark]] = {"products": [*states, formula]}
    under: list[Mark | Column] = [Column(*grids, gap=0.08), formula]
    if source := _score(reading, row, column, whole, size):
        scaled = Formula(source, key="scaled", size="medium")
        films["scaled"] = [*[modify(scaled, visible=0)] * len(states), scaled]
        under.append(scaled)
    return Beat(
        fill(
            {
                "en": "“{a}” asks “{b}”: numbers multiplied, then added.",
                "ja": "「{a}」のクエリと「{b}」のキーを、掛けて足します。",
            },
            a=reading.name(row),
            b=reading.name(column),
        ),
        fit_line(lambda n: Column(build_line(reading, most=n, highlight=(row, column)), *under, gap=0.2)),
        motion=Playback(films, seconds=1.2),
        id="dot",
        born={
            "q": _row_of(reading, "query", row),
            "k": _row_of(reading, "key", column),
        },
    )


def _row_of(reading: Reading, key: str, token: int) -> From:
    """The row of a token in a table of vectors that shows its first numbers."""
    rows = choose_rows(reading)
    at = rows.index(token) if token in rows else len(rows) - 1
    return From(key, cells=window(at, 0, (1, min(FEW, reading.part(key).shape[1]))))


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
    rows, columns = choose_names(reading)
    # Where numbers are added for the position, none are known for what is barred anyway.
    barred = reading.future if reading.offset is not None or reading.soft_capped_scores is not None else None
    values = reading.scores
    limit = round_up(float(np.abs(values).max()))
    return Grid(values, key="scores", rows=rows, columns=columns, limit=limit, mask=barred, means=words.score)


NUMBERED = 8
"""Maximum number of tokens whose scores are written into the cells."""

DECIMALS = (1, 0)
"""Decimals of those numbers, the first with which they have room."""


def score_table(reading: Reading) -> Grid:
    """The table of scores, their numbers written into the cells where there is room."""
    plain_table = table(reading)
    if reading.length > NUMBERED:
        return plain_table
    written: list[Grid] = [modify(plain_table, digits=digits) for digits in DECIMALS]
    return next((one for one in written if fits(Row(one))), plain_table)


def scores(reading: Reading) -> Iterator[Beat]:
    """All queries meet all keys; the future is barred; softmax makes every row sum to 1."""
    stage = _beside(reading, table(reading))
    born = (
        {"query": From("q"), "key": From("k")} if len(list(stage.flatten())) > 1 else {"scores": From("qk")}
    )
    yield Beat(
        {
            "en": "Every query meets every key: a table of scores.",
            "ja": "すべての組のスコアです。",
        },
        stage,
        motion=Sweep("scores", reveals="scores", seconds=1.7) if reading.length <= MOST else None,
        id="scores",
        born=born,
        gathers={"scaled": "scores"},
    )
    if reading.causal:
        yield mask(reading)
    yield softmax_rows(reading)


def _beside(reading: Reading, made: Grid) -> Row:
    """The table of scores beside the queries and keys that gave it, where there is room for all three.

    Its rows are then those of the queries, which have the names.
    """
    if reading.length > MOST:
        return Row(made)
    limit = round_up(max(float(np.abs(reading.part(which)).max()) for which in ("query", "key")))
    query, key = (projection(reading, which, limit, rows=which == "query", columns=NARROW) for which in OF)
    stage = Row(query, note_once(key), modify(made, rows=("",) * reading.length), gap=0.5)
    return stage if fits(stage) else Row(made)


def mask(reading: Reading) -> Beat:
    """The table of scores, with what lies in the future barred."""
    return Beat(
        {
            "en": "No looking ahead: the future is masked.",
            "ja": "先の語は隠します（マスク）。",
        },
        _beside(reading, modify(table(reading), mask=reading.future)),
        id="mask",
    )


def pattern(reading: Reading) -> Grid:
    """The weights of the head that is shown; the row of the token that is spoken of is ringed."""
    rows, columns = choose_names(reading)
    return Grid(
        reading.pattern, key="scores", rows=rows, columns=columns, limit=reading.largest, mask=reading.future,
        means=words.weight, highlight=tuple((reading.at, j) for j in range(reading.length)), role=WEIGHT,
    )  # fmt: skip


def softmax_rows(reading: Reading) -> Beat:
    """The weights, and the row of the token that is spoken of as bars."""
    cells = tuple((reading.at, j) for j in range(reading.length))
    return Beat(
        {
            "en": "Softmax: each row now adds up to 1.",
            "ja": "ソフトマックスで合計を 1 にします。",
        },
        Row(pattern(reading), Row(row_bars(reading), scale=BESIDE), gap=0.3),
        id="softmax",
        born={"row": From("scores", cells=cells)},
    )


def row_bars(reading: Reading) -> Bars:
    """The weights of the token that is spoken of: the largest, and the rest as one bar."""
    kept = reading.strongest(BARS)
    weights = reading.pattern[reading.at]
    values, names = [float(weights[i]) for i in kept], [reading.tokens[i] for i in kept]
    said: list[Words] = [*names]
    if len(kept) < reading.length:
        values.append(max(float(weights.sum()) - sum(values), 0.0))
        said.append(words.term("rest"))
    label = fill({"en": "row of “{word}”", "ja": "「{word}」の行"}, word=reading.name(reading.at))
    return Bars(np.array(values), tuple(said), key="row", label=label, limit=1.0, role=WEIGHT, digits=2)


def weighted_sum(reading: Reading) -> Beat:
    """The values, each times its weight, add up to the token's new vector."""
    kept = list(reading.strongest(BARS))
    weights, values = reading.pattern[reading.at], reading.part("value")
    parts = np.cumsum(weights[kept, None] * values[kept], axis=0)
    whole = weights @ values
    limit = round_up(
        float(max(np.abs(values[kept]).max(), np.abs(parts[:, :SUMMED]).max(), np.abs(whole).max()))
    )
    few = values[kept, :SUMMED]
    table = Grid(
        few, key="value", label=NAMES["value"], rows=("",) * len(kept), limit=limit, role="value",
        of=values.shape, means=NAMES["value"],
    )  # fmt: skip
    total = Grid(
        whole[None, :SUMMED], key="sum", rows=({"en": "sum", "ja": "和"},), limit=limit, role="value",
        means=NAMES["value"],
    )  # fmt: skip
    lit = [modify(table, highlight=tuple((i, j) for j in range(few.shape[1]))) for i in range(len(parts))]
    return Beat(
        _sum_sentence(reading),
        Row(row_bars(reading), Column(table, total, gap=0.3), gap=0.4),
        motion=Playback(
            {
                "sum": [modify(total, values=part[None, :SUMMED]) for part in (*parts, whole)],
                "value": [*lit, table],
            },
            seconds=1.1,
        ),
        id="sum",
        born={
            "value": From("tokens", part=tuple(kept)),
        },
    )


def _sum_sentence(reading: Reading) -> Words:
    weights = reading.pattern[reading.at]
    if weights.max() < MOSTLY:
        return {
            "en": "Values times weights add up to the token's new vector.",
            "ja": "バリューに重みを掛けて足すと、新しいベクトルになります。",
        }
    return fill(
        {
            "en": "Values times weights, added: mostly that of “{word}”.",
            "ja": "重みを掛けて足すと、ほぼ「{word}」です。",
        },
        word=reading.name(int(weights.argmax())),
    )
