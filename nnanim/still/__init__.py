"""The matplotlib printer: pictures, contact sheets, and stories as animations.

It paints the same shapes as the film: the same boxes, colours and numbers. What animates is loaded when it is
first used: a picture needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nnanim.still.picture import still
from nnanim.still.sheet import contact_sheet, motion_strip

if TYPE_CHECKING:
    from nnanim.still.film import StoryAnimation, animate, animation
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

_HOMES = {"Mp4Writer": "writers", "StoryAnimation": "film", "animate": "film", "animation": "film"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
