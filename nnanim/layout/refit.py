"""A beat put into the places of another state of itself: nothing jumps while a number changes."""

from __future__ import annotations

from dataclasses import replace

from nnanim.beats import Beat
from nnanim.layout.legends import find_legends
from nnanim.layout.place import _check_spots, _footer
from nnanim.marks import Arrangement, Frame, Mark, Placed
from nnanim.marks.stack import measure_placed
from nnanim.theme import DIM

SLACK = 1e-6
"""Length by which a room may be exceeded."""


def refit(frame: Frame, was: Beat, beat: Beat) -> Frame | None:
    """The frame of a beat in the places of an earlier state of it; None where it needs others.

    The places are kept where the stage is arranged as before, with the same legends, and no mark needs more
    room: such a frame is as good as one that is placed anew, and what did not change stands where it stood.

    Args:
        frame: where the earlier state stands.
        was: the earlier state.
        beat: the new one.
    """
    same = was.focus == beat.focus and was.schematic == beat.schematic and was.view == beat.view
    if not same or was.asks != beat.asks or _shape(was.stage) != _shape(beat.stage):
        return None
    if find_legends(was) != find_legends(beat):
        return None
    placed = {key: one for key, one in frame.placed.items() if not key.startswith("say:")}
    for key, mark in beat.by_key.items():
        one = placed[key]
        mark = mark.move_apart(one.pitch) if one.pitch else mark
        if mark is not one.mark and not _has_room(one, mark, frame):
            return None
        placed[key] = replace(one, mark=mark, opacity=DIM if beat.focus and key not in beat.focus else 1.0)
    placed |= {one.mark.key: one for one in _footer(beat, frame.style)[0]}
    kept = replace(frame, placed=placed)
    if beat.view is None and not beat.pulse:
        return kept
    zoom = _check_spots(beat, kept)
    return None if zoom.differs(frame.zoom) else kept


def _has_room(one: Placed, mark: Mark, frame: Frame) -> bool:
    """Whether another state of a mark needs no more room than it has, and a core of the same size."""
    style = frame.style
    old, new = measure_placed(one, one.mark, style), measure_placed(one, mark, style)
    if max(abs(old.width - new.width), abs(old.height - new.height)) > SLACK:
        return False
    if one.mark.hides_numbers(one, style) != mark.hides_numbers(replace(one, mark=mark), style):
        return False
    left, right, bottom, top = one.room
    # Of several marks in one place, the first says how large they are: their own sides tell no more.
    return (
        new.left <= max(old.left, one.x - left) + SLACK
        and new.right <= max(old.right, right - one.x) + SLACK
        and new.down <= max(old.down, one.y - bottom) + SLACK
        and new.up <= max(old.up, top - one.y) + SLACK
    )


def _shape(stage: Arrangement) -> object:
    """An arrangement without the content of its marks."""
    if isinstance(stage, Mark):
        return type(stage).__name__, stage.key, stage.ties
    own = tuple((name, value) for name, value in vars(stage).items() if name != "children")
    return type(stage).__name__, own, tuple(map(_shape, stage.children))
