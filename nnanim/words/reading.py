"""How fast a sentence is read: in words in English, in characters in Japanese."""

from __future__ import annotations

import re

RATES = {"en": 4.0, "ja": 8.0}
"""Words, or Japanese characters, that are read in a second."""

LATIN_WORD = 2.0
"""Characters that a word in Latin letters is worth in a Japanese text."""

_WIDE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff々〆ー]")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*|\d[\d.,]*")


def count(text: str, lang: str) -> float:
    """Words of a text, or its characters in Japanese."""
    wide = len(_WIDE.findall(text))
    latin = len(_WORD.findall(_WIDE.sub(" ", text)))
    return wide + LATIN_WORD * latin if lang == "ja" else wide / LATIN_WORD + latin
