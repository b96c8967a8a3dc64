"""Time: what differs between two beats becomes motion.

Always in one order: leave, move, enter, the beat's own motion, pause. Where marks move, others leave at the
same time; the sentence comes with its picture. Each phase is a function of a fraction of its time, so every
printer sees the same film.
"""

from __future__ import annotations

from nnanim.timeline.change import Change, compare_frames
from nnanim.timeline.enter import ENTER
from nnanim.timeline.phase import Phase
from nnanim.timeline.reading import reading_seconds
from nnanim.timeline.take import Take, stretch, take_between, take_of, takes
from nnanim.timeline.transition import AHEAD, LEAVE, MOVE

__all__ = [
    "AHEAD",
    "ENTER",
    "LEAVE",
    "MOVE",
    "Change",
    "Phase",
    "Take",
    "compare_frames",
    "reading_seconds",
    "stretch",
    "take_between",
    "take_of",
    "takes",
]
