"""Sums as formulas, rounded so that they add up as they are written, and signs between marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnanim.marks import Text
from nnanim.words import Words
from nnanim.words.numerals import MAX_MORE, agreeing, number


@dataclass(frozen=True)
class Term:
    """One number of a sum.

    Attributes:
        value: the number.
        role: its colour, or none.
        below: what stands under a brace below it: a formula's source, or words, or nothing.
    """

    value: float
    role: str = ""
    below: Words = ""


def plain(value: float, digits: int = 2) -> str:
    """A number as a formula's source."""
    return number(float(value), digits).replace("−", "-")


def equation(terms: Sequence[Term], total: float, most: int = MAX_MORE) -> tuple[Words, ...]:
    """The parts of a formula: every term with its sign, and the sum.

    Up to ``most`` decimals more than two are written to make them agree; where that is not enough, ≈ is.
    """
    digits, agrees = agreeing([term.value for term in terms], total, most=most)
    parts = [_part(term, digits, first=not place) for place, term in enumerate(terms)]
    return (*parts, f"{'=' if agrees else 'approx'} {plain(total, digits)}")


def _part(term: Term, digits: int, first: bool) -> Words:
    sign = "-" if term.value < 0 else ("" if first else "+")
    size = plain(abs(term.value), digits)
    source = f"{term.role}({size})" if term.role else size
    if not term.below:
        return f"{sign} {source}".strip()
    if isinstance(term.below, Mapping):
        return {lang: f'{sign} underbrace({source}, "{word}")'.strip() for lang, word in term.below.items()}
    return f"{sign} underbrace({source}, {term.below})".strip()


def sign(text: str, key: str) -> Text:
    """What is done with the two marks beside it, as a large sign between them."""
    return Text(text, key=key, size="large", bold=True)
