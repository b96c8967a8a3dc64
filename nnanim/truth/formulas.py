"""Equations that a formula writes out must hold as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nnanim.truth.shown import Floats

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
        return np.array(read_number(token)), rest
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


def read_number(text: Any) -> float:
    """A number as it is written, with commas and a true minus."""
    return float(str(text).replace(",", "").replace("−", "-"))
