"""Layout: from a beat to boxes. Text is measured with the theme's font; what does not fit is refused."""

from __future__ import annotations

from nnanim.layout.legends import find_legends
from nnanim.layout.place import NoRoom, fits, place, place_story

__all__ = ["NoRoom", "find_legends", "fits", "place", "place_story"]
