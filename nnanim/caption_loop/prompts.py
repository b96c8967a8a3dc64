"""Which part of a caption is painted: all of it, its first phrase, or what a function makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from nnanim.errors import UserError, nearest

MAX_CAPTION = 400
"""Maximum number of characters of a caption; a longer one is cut at the last word before it."""


def whole_caption(caption: str) -> str:
    """The whole caption."""
    return caption


def first_phrase(caption: str) -> str:
    """What stands before the first comma: "a large red cat" of "a large red cat, at night, neon".

    Works for 、 and ， too. A caption that begins with a comma gives the first phrase that is not empty.
    """
    phrases = [phrase.strip() for phrase in re.split("[,、，]", caption)]
    return next((phrase for phrase in phrases if phrase), "")


PARTS: dict[str, Callable[[str], str]] = {"full": whole_caption, "first phrase": first_phrase}


def find_part(caption: str | Callable[[str], str]) -> Callable[[str], str]:
    """The function of that name, or the function itself.

    Raises:
        UserError: there is no such name.
    """
    if callable(caption):
        return caption
    if caption not in PARTS:
        raise UserError(f"caption={caption!r} is not known{nearest(caption, PARTS)}, or a function")
    return PARTS[caption]


def clean_caption(caption: str) -> str:
    """One line of valid Unicode, no spaces around it, at most ``MAX_CAPTION`` characters."""
    line = " ".join(caption.encode("utf-8", "replace").decode().split())
    if len(line) <= MAX_CAPTION:
        return line
    cut = line[:MAX_CAPTION]
    return cut.rpartition(" ")[0] or cut
