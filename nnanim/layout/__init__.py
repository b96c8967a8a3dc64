"""Layout: from a beat to boxes. Text is measured with the theme's font; what does not fit is refused."""

from __future__ import annotations

from nnanim.layout.legends import Told, find_legends
from nnanim.layout.place import NoRoom, StageLimits, fits, fits_sentence, place, place_story
from nnanim.layout.refit import refit

__all__ = [
    "NoRoom",
    "StageLimits",
    "Told",
    "find_legends",
    "fits",
    "fits_sentence",
    "place",
    "place_story",
    "refit",
]
