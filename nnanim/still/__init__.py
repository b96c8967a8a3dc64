"""The matplotlib printer: pictures, contact sheets, and stories as animations.

It paints the same shapes as the film: the same boxes, colours and numbers.
"""

from __future__ import annotations

from nnanim.still.film import StoryAnimation, animate, animation
from nnanim.still.picture import still
from nnanim.still.sheet import contact_sheet, motion_strip
from nnanim.still.writers import Mp4Writer

__all__ = [
    "Mp4Writer",
    "StoryAnimation",
    "animate",
    "animation",
    "contact_sheet",
    "motion_strip",
    "still",
]
