"""What is calculated on the screen must be right as it is written: sums, products, quotients, functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Bars, Formula, Grid, Mark, Row, Text
from nnanim.motions import Playback
from nnanim.truth.shown import Fault, Floats
from nnanim.words.numerals import number, percent, percent_digits

FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "sigma": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    '"ReLU"': lambda z: np.maximum(z, 0),
    "exp": np.exp,
    "sqrt": np.sqrt,
}
"""Functions that a formula may name."""

BARE = (
    "positive",
    "negative",
    "accent",
    "query",
    "key",
    "value",
    "dimmed",
    "ink",
    "amount",
    "part",
    "underbrace",
    "overbrace",
)
"""Functions of Typst that change how their first argument looks, not what it is."""

_TOKEN = re.compile(
    r'\s*(\d[\d,]*(?:\.\d+)?|"[^"]*"|[A-Za-zα-ωΑ-Ω]+(?:\.[a-z]+)*|\\/|[-+−×·*/(),=≈]|->|.)', re.DOTALL
)
_BETWEEN = {"=": "=", "≈": "≈", "approx": "≈", "->": ">", "arrow.r.long": ">", "arrow.r": ">"}


class _NoNumber(Exception):
    """A formula of letters: there is nothing to calculate."""


def check_sums(beat: Beat) -> Iterator[Fault]:
    """What is calculated on a beat and is not right as it is written, in every language."""
    marks = [("", mark) for mark in beat.marks]
    if isinstance(beat.motion, Playback):
        last = {key: states[-1] for key, states in beat.motion.states.items()}
        marks += [
            (f" in state {i + 1}", state)
            for key, states in beat.motion.states.items()
            for i, state in enumerate(states)
            if state is not last[key] and not isinstance(state, Formula | Text | Grid)
        ]
        marks += [
            (f" in state {i + 1}", state)
            for states in beat.motion.states.values()
            for i, state in enumerate(states)
            if isinstance(state, Formula) and state.visible in (None, len(state.parts))
        ]
    for when, mark in marks:
        for what in dict.fromkeys(_of_mark(mark)):
            yield Fault(beat.id, f"{mark.key}{when}", what)
    for what in _of_rows(beat.stage):
        yield Fault(beat.id, "stage", what)
    for text in dict.fromkeys(words.say(beat.says, lang) for lang in words.LANGUAGES):
        yield from (Fault(beat.id, "says", what) for what in check_formula(text))


def _of_mark(mark: Mark) -> Iterator[str]:
    if isinstance(mark, Formula | Text):
        parts = mark.parts if isinstance(mark, Formula) else (mark.words,)
        for lang in words.LANGUAGES:
            yield from check_formula(" ".join(words.say(part, lang) for part in parts))
    if isinstance(mark, Bars):
        yield from _of_bars(mark)
    if isinstance(mark, Grid):
        yield from _of_signed_rows(mark)


def _of_bars(mark: Bars) -> Iterator[str]:
    """Bars whose last is called the sum of the others, and all shares of a whole."""
    if mark.names and words.say(mark.names[-1], "en") == "sum" and len(mark.values) > 1:
        shown = [_float(number(float(value), mark.decimals)) for value in mark.values]
        if abs(sum_ := sum(shown[:-1]) - shown[-1]) > 0.5 * 10.0**-mark.decimals:
            yield f"the bars above the sum are {sum_:+.{mark.decimals}f} off, as they are written"
    if mark.percent and abs(mark.values.sum() - 1) < 1e-6:
        shares = [float(value) for value in mark.values]
        digits = percent_digits(shares, mark.decimals)
        written = [percent(share, digits) for share in shares]
        if not any(one[0] in "<>" for one in written):
            whole = sum(_float(one.removesuffix(" %")) for one in written)
            if abs(whole - 100) > 0.5 * len(shares) * 10.0**-digits:
                yield f"the bars add up to {whole:g} %"


_CELL_BY_CELL = {"+": np.add, "−": np.subtract, "-": np.subtract, "×": np.multiply, "·": np.multiply}
"""What a sign between two grids does."""


def _of_signed_rows(grid: Grid) -> Iterator[str]:
    """Rows of a grid whose names begin with signs: "a", "× b", "= c"."""
    names = [words.say(name, "en") for name in grid.rows]
    signs = [name[:1] for name in names]
    if grid.digits is None or len(signs) < 3 or signs[-1] != "=" or not names[-1][1:].strip():
        return
    if signs[0] in _CELL_BY_CELL or any(sign not in _CELL_BY_CELL for sign in signs[1:-1]):
        return
    shown = np.round(grid.values, grid.digits)
    total = shown[0]
    for row, sign in zip(shown[1:-1], signs[1:-1], strict=True):
        total = _CELL_BY_CELL[sign](total, row)
    apart = np.abs(total - shown[-1]) > (0.5 + 1e-6) * 10.0**-grid.digits
    if apart.any():
        yield f"{int(apart.sum())} cells of the row {names[-1]!r} are not what is written above them"


_OPERATIONS = ("+−-", "×·")
"""Signs that may stand in one row: they are read from left to right."""


def _of_rows(stage: Arrangement) -> Iterator[str]:
    """Grids with signs between them: cell by cell, what is written left of = gives what is right of it."""
    if not isinstance(stage, Row):
        return
    for child in stage.children:
        yield from _of_rows(child)
    parts = list(stage.children)
    signs = [words.say(one.words, "en") if isinstance(one, Text) else "" for one in parts]
    if "=" not in signs:
        return
    at = signs.index("=")
    grids = [one for one in (*parts[:at], *parts[at + 1 : at + 2]) if isinstance(one, Grid)]
    if len(grids) < 3 or any(
        one.digits is None or one.values.shape != grids[0].values.shape for one in grids
    ):
        return
    between = [sign for sign in signs[:at] if sign]
    if len(between) != len(grids) - 2 or not any(set(between) <= set(alike) for alike in _OPERATIONS):
        return
    shown: list[Floats] = [np.round(one.values, one.digits or 0) for one in grids]
    total = shown[0]
    for one, sign in zip(shown[1:-1], between, strict=True):
        total = _CELL_BY_CELL[sign](total, one)
    apart = np.abs(total - shown[-1]) > 0.5 * 10.0 ** -(grids[-1].digits or 0)
    if apart.any():
        yield f"{int(apart.sum())} cells are not what is written left of ="


def check_formula(source: str) -> Iterator[str]:
    """The equations of a formula that do not hold as they are written."""
    sides = _sides(_tokens(source))
    known: dict[str, Floats] = {}
    before: Floats | None = None
    for place, (relation, side) in enumerate(sides):
        value = _value(side, known)
        name = sides[place - 1][1][0] if place and len(sides[place - 1][1]) == 1 else ""
        if value is not None and relation == "=":
            unit = 10.0 ** -_decimals(side)
            if before is not None and _wrong(before, value, unit):
                yield f"{' '.join(sides[place - 1][1])} = {' '.join(side)} is not right as it is written"
            if name and before is None:
                known[name] = value
        before = value


def _wrong(before: Floats, value: Floats, unit: float) -> bool:
    return before.shape != value.shape or bool((np.abs(before - value) > (0.5 + 1e-6) * unit).any())


def _tokens(source: str) -> list[str]:
    text = source.replace("−", "-").replace("\\/", "/").replace("quad", " ").replace("thin", " ")
    return [token for token in _TOKEN.findall(text) if token.strip()]


def _sides(tokens: list[str]) -> list[tuple[str, list[str]]]:
    """What stands between the signs of equality that no bracket encloses, each with the sign before it."""
    found: list[tuple[str, list[str]]] = [("", [])]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth == 0 and token in _BETWEEN:
            found.append((_BETWEEN[token], []))
        else:
            found[-1][1].append(token)
    return found


def _decimals(side: list[str]) -> int:
    """Decimals of the coarsest number that is written on a side."""
    numbers = [token for token in side if token[0].isdigit()]
    return min((len(token.partition(".")[2]) for token in numbers), default=0)


def _value(side: list[str], known: Mapping[str, Floats]) -> Floats | None:
    """What a side comes to; None where it holds letters whose values are not known."""
    try:
        value, rest = _sum(side, known)
    except (_NoNumber, IndexError, ValueError):
        return None
    return value if not rest else None


def _sum(tokens: list[str], known: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    sign = 1.0
    if tokens and tokens[0] in "+-":
        sign, tokens = (-1.0 if tokens[0] == "-" else 1.0), tokens[1:]
    value, tokens = _product(tokens, known)
    total = sign * value
    while tokens and tokens[0] in ("+", "-"):
        sign = -1.0 if tokens[0] == "-" else 1.0
        value, tokens = _product(tokens[1:], known)
        total = total + sign * value
    return total, tokens


_TIMES = ("times", "dot", "dot.o", "×", "·", "*")


def _product(tokens: list[str], known: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    total, tokens = _factor(tokens, known)
    while tokens and tokens[0] not in ("+", "-", ")", ","):
        divide = tokens[0] == "/"
        if divide or tokens[0] in _TIMES:
            tokens = tokens[1:]
        value, tokens = _factor(tokens, known)
        total = total / value if divide else total * value
    return total, tokens


def _factor(tokens: list[str], known: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    token, rest = tokens[0], tokens[1:]
    if token == "-":
        value, rest = _factor(rest, known)
        return -value, rest
    if token[0].isdigit():
        return np.array(_float(token)), rest
    if token == "(":
        value, rest = _sum(rest, known)
        return value, _close(rest)
    if rest[:1] == ["("] and token == "vec":
        cells, rest = _list(rest[1:], known)
        return np.array(cells), rest
    if rest[:1] == ["("] and (token in BARE or token in FUNCTIONS):
        value, rest = _sum(rest[1:], known)
        while rest[0] == ",":  # what stands below a brace
            rest = _skip_argument(rest[1:])
        return (FUNCTIONS[token](value) if token in FUNCTIONS else value), _close(rest)
    if token in known:
        return known[token], rest
    raise _NoNumber


def _list(tokens: list[str], known: Mapping[str, Floats]) -> tuple[list[float], list[str]]:
    found: list[float] = []
    while True:
        value, tokens = _sum(tokens, known)
        found.append(float(value))
        if tokens[0] != ",":
            return found, _close(tokens)
        tokens = tokens[1:]


def _close(tokens: list[str]) -> list[str]:
    if tokens[0] != ")":
        raise _NoNumber
    return tokens[1:]


def _skip_argument(tokens: list[str]) -> list[str]:
    """The tokens from the next comma or closing bracket of this level on."""
    depth = 0
    for place, token in enumerate(tokens):
        if depth == 0 and token in (")", ","):
            return tokens[place:]
        depth += (token == "(") - (token == ")")
    raise _NoNumber


def _float(text: Any) -> float:
    return float(str(text).replace(",", "").replace("−", "-"))
