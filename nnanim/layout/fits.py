"""A question of size that a story may ask before it chooses what to show."""

from __future__ import annotations

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout.place import NoRoom, place
from nnanim.marks import Arrangement
from nnanim.style import RenderStyle
from nnanim.theme import by_name


def fits(stage: Arrangement, least: float = 0.0) -> bool:
    """Whether a stage can be placed in every language, nothing smaller than ``least``."""
    beat = Beat("", stage)
    for lang in words.LANGUAGES:
        try:
            frame = place(beat, RenderStyle(by_name("dark"), lang), "x")
        except NoRoom:
            return False
        if min(frame[mark.key].scale for mark in beat.marks) < least:
            return False
    return True
