"""Numbers as they are written: shares as percent, and results that follow from the terms beside them.

Whatever becomes a number on the screen is written here, so that it can be known which numbers a film shows
(`witness`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Integral, Real
from typing import Any

MAX_MORE = 3
"""Maximum number of decimals that are added to make a result agree with its terms."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""How a power of ten is written: 10⁻⁵."""

Writer = Callable[[float, str, bool], str]
"""Gets a value, its text and whether somebody chose the value; gives the text that is written."""

_witness: ContextVar[Writer | None] = ContextVar("witness", default=None)


@contextmanager
def witness(writer: Writer) -> Iterator[None]:
    """A block in which ``writer`` hears of every number and decides how it is written."""
    before = _witness.set(writer)
    try:
        yield
    finally:
        _witness.reset(before)


def is_watched() -> bool:
    """Whether somebody hears of the numbers that are written."""
    return _witness.get() is not None


def write(value: float, spec: str, chosen: bool = False) -> str:
    """``value`` under a format specification: a true minus sign, none before zero, and 10⁻⁵ for e-05."""
    text, power, exponent = format(value, spec).partition("e")
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,%") else "−" + text[1:]
    if power:
        text += f" × 10{str(int(exponent)).translate(RAISED)}"
    writer = _witness.get()
    return text if writer is None else writer(float(value), text, chosen)


def number(value: float, digits: int = 2) -> str:
    """A value with so many decimals."""
    return write(value, f".{digits}f")


def chosen_number(value: float, spec: str = "g") -> str:
    """A number that somebody chose, such as a temperature: no network has computed it."""
    return write(value, spec, chosen=True)


def format_value(value: Any, spec: str) -> str:
    """A value filled into a sentence: what is no whole number is written as all numbers are."""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return write(float(value), spec)
    return format(value, spec)


def percent(share: float, digits: int = 0) -> str:
    """A share in percent. What is not all is never 100 %, and what is something never 0 %."""
    for more in (digits, digits + 1):
        text = write(100 * share, f".{more}f")
        rounded = round(100 * share, more)
        if not (rounded == 100 and share < 1) and not (rounded == 0 and share > 0):
            return f"{text} %"
    step = 10.0 ** -(digits + 1)
    edge = 100 - step if share > 0.5 else step
    return f"{'>' if share > 0.5 else '<'}{write(edge, f'.{digits + 1}f', chosen=True)} %"


def percent_digits(shares: Sequence[float], digits: int = 0) -> int:
    """Decimals with which shares of a whole add up to 100 % as written; ``digits`` where none do."""
    if abs(sum(shares) - 1) > 1e-6:
        return digits
    hundreds = [100 * share for share in shares]
    return agreeing(hundreds, 100.0, digits=digits, most=1)[0]


Compute = Callable[[Sequence[float]], float]


def agreeing(
    terms: Sequence[float], result: float, compute: Compute = sum, digits: int = 2, most: int = MAX_MORE
) -> tuple[int, bool]:
    """Decimals with which a result is what its terms give as they are written, and whether there are such.

    Args:
        terms: the numbers that are written, such as those of a sum.
        result: what is written after the equals sign.
        compute: from terms to result.
        digits: fewest decimals, which stand where no number of decimals will do: then write ≈.
        most: maximum number of decimals that are added.
    """
    return agreeing_all([(terms, result)], compute, digits, most)


def agreeing_all(
    rows: Sequence[tuple[Sequence[float], float]],
    compute: Compute = sum,
    digits: int = 2,
    most: int = MAX_MORE,
) -> tuple[int, bool]:
    """As `agreeing`, for several results that are written with as many decimals: (terms, result) of each."""
    for more in range(digits, digits + most + 1):
        # A sum of numbers with so many decimals has as many itself: half a unit apart is equal.
        if all(
            abs(compute([round(float(term), more) for term in terms]) - round(float(result), more))
            <= (0.5 + 1e-6) * 10.0**-more
            for terms, result in rows
        ):
            return more, True
    return digits, False
