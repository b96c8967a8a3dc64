"""Motions: how values travel during a beat: Flow and Relay, Playback, Sweep, Stream.

Each is data, and says what it does to the shapes of the marks that it moves.
"""

from __future__ import annotations

from nnanim.motions.base import SIGNALS, Drawing, Motion, ease
from nnanim.motions.flow import Flow
from nnanim.motions.playback import Playback
from nnanim.motions.relay import Relay
from nnanim.motions.stream import Stream
from nnanim.motions.sweep import Sweep

__all__ = [
    "SIGNALS", "Drawing", "Flow", "Motion", "Playback", "Relay", "Stream", "Sweep", "ease", "list_flows",
]  # fmt: skip


def list_flows(motion: Motion | None) -> tuple[Flow, ...]:
    """The flows that a motion is made of; none for any other motion."""
    if isinstance(motion, Relay):
        return motion.flows
    return (motion,) if isinstance(motion, Flow) else ()
