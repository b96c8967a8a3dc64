"""From one state of the stage to another, in a fraction of a second: what a changed control does."""

from __future__ import annotations

from dataclasses import replace

from nnanim.beats import Beat
from nnanim.marks import Frame
from nnanim.marks.view import EDGES
from nnanim.timeline import Phase, Take, camera
from nnanim.timeline.transition import Transition

SECONDS = 0.3
"""Length of a change that stands alone."""


def make_still(beat: Beat, frame: Frame) -> Take:
    """A beat as it rests."""
    shapes = frame.draw()
    layers = {**{key: one.mark.layer for key, one in frame.placed.items()}, EDGES: 3}
    return Take(beat, frame, (Phase("pause", 0.0, lambda fraction: {}, shapes),), layers, 0.0)


def morph(before: Frame, beat: Beat, after: Frame, seconds: float = SECONDS) -> Take:
    """The way from what is seen to a state of a beat: the same comparison as between two beats, but short.

    Args:
        before: what is seen.
        beat: what is told then; its motion is not shown.
        after: where its marks stand.
        seconds: length of the whole way.

    Raises:
        UserError: a mark cannot be drawn.
    """
    rest = make_still(beat, after)
    if seconds <= 0:
        return rest
    plain = replace(beat, motion=None, born={}, gathers={}, order="", pulse=())
    way = Transition(plain, before, after)
    phases = []
    for step in way.steps():
        resting = {key: shapes for key, shapes in step.seen.items() if key not in step.keys}
        phases.append(Phase(step.name, step.seconds, step.drawing, resting))
    phases = camera.film(phases, before.zoom, after.zoom, after.style.theme)
    length = sum(phase.seconds for phase in phases)
    if not length:
        return rest
    short = [replace(phase, seconds=phase.seconds * seconds / length) for phase in phases]
    old = {key: one.mark.layer for key, one in before.placed.items()}
    return replace(rest, phases=(*short, *rest.phases), layers={**old, **rest.layers})
