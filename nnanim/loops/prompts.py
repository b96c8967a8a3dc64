"""What of a caption the painter is told: all of it, its first phrase, or what a function makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from nnanim.errors import UserError, nearest

LONGEST = 400
"""Characters of a caption; what a captioner says beyond is cut off at the last word before it."""


def full(caption: str) -> str:
    """The whole caption."""
    return caption


def first_phrase(caption: str) -> str:
    """What stands before the first comma: "a large red cat" of "a large red cat, at night, neon".

    Works for 、 and ， too. A caption that begins with a comma gives the first phrase that is not empty.
    """
    phrases = [phrase.strip() for phrase in re.split("[,、，]", caption)]
    return next((phrase for phrase in phrases if phrase), "")


CHOICES: dict[str, Callable[[str], str]] = {"full": full, "first phrase": first_phrase}


def named(caption: str | Callable[[str], str]) -> Callable[[str], str]:
    """The function of that name, or the function itself.

    Raises:
        UserError: there is no such name.
    """
    if callable(caption):
        return caption
    if caption not in CHOICES:
        raise UserError(f"caption={caption!r} is not known{nearest(caption, CHOICES)}, or a function")
    return CHOICES[caption]


def tidy(caption: str) -> str:
    """One line, no spaces around it, at most ``LONGEST`` characters."""
    line = " ".join(caption.split())
    if len(line) <= LONGEST:
        return line
    cut = line[:LONGEST]
    return cut.rpartition(" ")[0] or cut
