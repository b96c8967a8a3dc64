"""Time: what differs between two beats becomes motion.

Always in one order: leave, move, enter, the beat's own motion, pause. Each phase is a function of a fraction
of its time, so every printer sees the same film.
"""

from __future__ import annotations

from nnanim.timeline.change import Change, compare_frames
from nnanim.timeline.enter import ENTER
from nnanim.timeline.take import LEAVE, MOVE, Phase, Take, reading_seconds, takes

__all__ = [
    "ENTER",
    "LEAVE",
    "MOVE",
    "Change",
    "Phase",
    "Take",
    "compare_frames",
    "reading_seconds",
    "takes",
]
