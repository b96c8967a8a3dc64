"""Motions: how values travel during a beat: Flow and Relay, Playback, Sweep, Stream.

Each is data, and says what it does to the shapes of the marks that it moves.
"""

from __future__ import annotations

from nnanim.motions.base import SIGNALS, Drawing, Motion, ease
from nnanim.motions.courses import (
    Course,
    During,
    Fade,
    Layers,
    Movement,
    Samples,
    Steps,
    courses_of,
    during,
)
from nnanim.motions.flow import Flow
from nnanim.motions.journey import Journey
from nnanim.motions.playback import Playback
from nnanim.motions.relay import Relay
from nnanim.motions.stream import Stream
from nnanim.motions.sweep import Sweep

__all__ = [
    "SIGNALS", "Course", "Drawing", "During", "Fade", "Flow", "Journey", "Layers", "Motion", "Movement",
    "Playback", "Relay", "Samples", "Steps", "Stream", "Sweep", "courses_of", "during", "ease", "list_flows",
]  # fmt: skip


def list_flows(motion: Motion | None) -> tuple[Flow, ...]:
    """The flows that a motion is made of; none for any other motion."""
    if isinstance(motion, Relay):
        return motion.flows
    return (motion,) if isinstance(motion, Flow) else ()
