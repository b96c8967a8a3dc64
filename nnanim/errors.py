"""Errors for people: one line of sane length that can be printed anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import takewhile
from operator import ne
from typing import Any

MAX_LINE = 1000
"""Maximum number of characters of an error message; a longer one loses its middle."""

MAX_QUOTE = 80
"""Maximum number of characters of a name or value that a message quotes."""

MAX_COMPARED = 2000
"""Maximum number of names that `nearest` compares letter by letter: each comparison takes some 10 µs."""

NEAR = 0.65
"""Similarity (2 × common letters / all letters) from which a name is near; below it a hint would mislead."""

NEAR_START = 0.85
"""Similarity from which a word is taken for the misspelt beginning of a longer name."""

# Everything that a terminal obeys or that reorders text: control characters, surrogates, line separators and
# the controls of bidirectional text. Joiners (U+200C, U+200D) are part of words and emoji.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0001-\U000e007f]"
)


class UserError(ValueError):
    """A mistake that its reader can mend: one line with what was asked, what exists and where.

    The command line prints it without a traceback and exits with 2. Whatever a file or a name brings into the
    message, it stays one line of at most `MAX_LINE` characters without control characters.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class UnknownArgument(UserError, TypeError):
    """A keyword that a class does not take: what Python calls a TypeError, as one line."""


def message_of(error: BaseException) -> str:
    """What an exception says; of one that cannot say it, or says nothing, the name of its type."""
    try:
        return str(error).strip() or type(error).__name__
    except Exception:  # __str__ is anybody's code
        return type(error).__name__


def visible(text: str, keep: str = "") -> str:
    r"""``text`` with control characters written out (``\x1b``), so that no terminal obeys them.

    Args:
        text: from anywhere.
        keep: control characters that are left as they are, such as line ends.
    """

    def spell(found: re.Match[str]) -> str:
        char = found[0]
        return char if char in keep else char.encode("unicode_escape", "surrogatepass").decode("ascii")

    return _CONTROL.sub(spell, text)


def shorten(text: str, limit: int) -> str:
    """``text`` with its middle left out where it is longer than ``limit``; both ends say the most."""
    if len(text) <= limit:
        return text
    end = (limit - 3) // 3
    return f"{text[: limit - 3 - end]} … {text[len(text) - end :]}"


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """``text`` as one line of at most ``limit`` characters, control characters written out."""
    # Cut first: escapes make a text longer, and nobody reads a megabyte of them.
    line = re.sub(r"\s*[\t\n\r\f\v]\s*", " ", shorten(text, 4 * limit)).strip()
    return shorten(visible(line), limit)


def quote(value: Any, limit: int = MAX_QUOTE) -> str:
    """A name or value from elsewhere as it is quoted in a message: its repr, cut."""
    if isinstance(value, str):
        return shorten(repr(shorten(value, 4 * limit)), limit)
    return shorten(repr(value), limit)


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The end of an error message: ``; nearest: 'a', 'b'``, or what there is, or nothing at all.

    Args:
        word: the name that was not found.
        candidates: the names that exist.
    """
    names = list(dict.fromkeys(map(str, candidates)))
    close = list_near(word, names)
    if close:
        return "; nearest: " + ", ".join(map(quote, close))
    if not names:
        return ""
    shown = ", ".join(map(quote, names[:8]))
    return f"; there is: {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def list_near(word: str, names: list[str]) -> list[str]:
    """At most three names that somebody who typed ``word`` may have meant, the nearest first."""
    if not word or len(word) > MAX_QUOTE:
        return []
    candidates = [name for name in names if len(name) <= MAX_QUOTE]
    if len(candidates) > MAX_COMPARED:
        candidates = nlargest(MAX_COMPARED, candidates, key=lambda name: _same_ends(word, name))
    folded = word.casefold()
    matcher = SequenceMatcher(b=folded)  # it prepares b once for all comparisons
    scores = {name: _likeness(matcher, folded, name.casefold()) for name in candidates}
    return nlargest(3, (name for name in candidates if scores[name] >= NEAR), key=scores.__getitem__)


def _likeness(matcher: SequenceMatcher[str], word: str, name: str) -> float:
    """How near a name is to the word that the matcher is prepared for, 0..1."""
    if min(len(word), len(name)) > 2 and (name.startswith(word) or word.startswith(name)):
        return 1.0  # "iris" for "iris-2-3-1", "language" for "lang"
    if len(word) == len(name) in (2, 3) and sum(map(ne, word, name)) == 1:
        return NEAR
    matcher.set_seq1(name)
    # Swapped letters count as wrong twice in the ratio, and not at all in the quick one.
    likeness = max(matcher.ratio(), matcher.quick_ratio() - 0.15 if name[:1] == word[:1] else 0.0)
    if "." in name and "." not in word:
        matcher.set_seq1(name.rpartition(".")[2])  # "scores" for "blocks.0.attn.scores"
        likeness = max(likeness, matcher.ratio())
    if 4 < len(word) < len(name):
        matcher.set_seq1(name[: len(word) + 1])  # "from_perceptrn" for "from_perceptron_to_generative_ai"
        likeness = max(likeness, matcher.ratio() if matcher.ratio() > NEAR_START else 0.0)
    return likeness


def _same_ends(word: str, name: str) -> int:
    """How many characters two names have in common at their beginnings and ends."""
    pairs = (zip(word, name, strict=False), zip(reversed(word), reversed(name), strict=False))
    return sum(1 for both in pairs for _ in takewhile(lambda pair: pair[0] == pair[1], both))
