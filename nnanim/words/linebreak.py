"""Where text breaks into lines: between Western words, and between the phrases of a Japanese sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate

import budoux

Measure = Callable[[str], float]

_NO_LINE_START = frozenset("、。，．・：；？！」』）】〉》”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ…%％")
_NO_LINE_END = frozenset("「『（【〈《“‘")


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break ``text`` into lines no wider than ``width``, of lengths as even as they can be.

    Words and Japanese phrases stay whole where a line can hold them; a phrase that is wider breaks between
    its characters, but never before 。 or after 「. A line feed in the text always breaks.

    Args:
        text: words in any language.
        width: of a line, in the unit of ``measure``.
        measure: width of a piece of text.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        pieces = [piece for phrase in phrases(paragraph) for piece in _fitting(phrase, width, measure)]
        fewest = _fill(pieces, width, measure)
        low = max([width / len(fewest) * 0.8, *(measure(piece.rstrip()) for piece in pieces)])
        high = width
        for _ in range(12 if len(fewest) > 1 else 0):
            middle = (low + high) / 2
            evener = _fill(pieces, middle, measure)
            low, high = (low, middle) if len(evener) <= len(fewest) else (middle, high)
        lines += _fill(pieces, high, measure)
    return lines


def phrases(text: str) -> list[str]:
    """Stretches of ``text`` to be kept on one line, each with the space behind it.

    A Japanese sentence breaks where BudouX hears a phrase end; one letter alone belongs to what it follows.
    """
    ends = set(accumulate(len(phrase) for phrase in _parser().parse(text)))
    found: list[str] = []
    at = 0
    for atom in _atoms(text):
        ended = found and (at in ends or _between_words(found[-1], atom))
        if not found or (ended and not _hangs_on(found[-1], atom, ends, at)):
            found.append(atom)
        else:
            found[-1] += atom
        at += len(atom)
    return found


@lru_cache(maxsize=1)
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def _hangs_on(before: str, atom: str, ends: set[int], at: int) -> bool:
    """Whether ``atom``, which stands at ``at``, is a phrase of a single Japanese letter that goes on."""
    alone = at + len(atom) in ends and not set(atom[1:]) - _NO_LINE_START - {" "}
    return alone and _is_wide(atom[0]) and before[-1] not in _NO_LINE_START | {" "}


def _between_words(left: str, right: str) -> bool:
    """Whether two Western words meet here."""
    return left.endswith(" ") and not (_is_wide(left.strip()[-1:]) or _is_wide(right[0]))


def is_japanese(text: str) -> bool:
    """Whether any of its letters is one between which a line might break."""
    return any(map(_is_wide, text))


def _is_wide(char: str) -> bool:
    return char >= "\u2e80"


def _atoms(text: str) -> list[str]:
    """The shortest stretches of text between which a line may break."""
    atoms: list[str] = []
    for char in text:
        joins = atoms and (
            char in _NO_LINE_START
            or atoms[-1][-1] in _NO_LINE_END
            or char == " "
            or not (_is_wide(char) or _is_wide(atoms[-1][-1]) or atoms[-1][-1] == " ")
        )
        if joins:
            atoms[-1] += char
        else:
            atoms.append(char)
    return atoms


def _fitting(phrase: str, width: float, measure: Measure) -> list[str]:
    """``phrase`` whole if a line holds it, else in its atoms; a Western word then in its letters."""
    if measure(phrase.rstrip()) <= width:
        return [phrase]
    pieces: list[str] = []
    for atom in _atoms(phrase):
        pieces += [atom] if _is_wide(atom[0]) or measure(atom.rstrip()) <= width else atom
    return pieces


def _fill(pieces: list[str], width: float, measure: Measure) -> list[str]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and measure((lines[-1] + piece).rstrip()) > width:
            lines.append(piece)
        else:
            lines[-1] += piece
    return [one.rstrip() for one in lines]
