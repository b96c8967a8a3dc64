"""The English indefinite article: it follows the sound of the next word, not its letter."""

from __future__ import annotations

import re

LIKE_YOU = r"(?:unan|uni(?!n|m)|us[aeu]|ut[ei]|ubi|eu|ewe|on(?:e|ce)\b)"
"""How words begin that are written with a vowel and spoken with a consonant: a unicorn, a one."""

SILENT = r"(?:hour|honest|hono|heir)"
"""How words begin whose h is not spoken: an hour."""


def choose_article(word: str) -> str:
    """The article, "a" or "an", for the word that comes next."""
    word = word.lower()
    vowel = re.match("[aeiou]", word) and not re.match(LIKE_YOU, word)
    return "an" if vowel or re.match(SILENT, word) else "a"
