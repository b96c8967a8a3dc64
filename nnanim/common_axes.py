"""What all states of a mark in a film share, such as an axis: nothing jumps from one state to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from nnanim.marks import Arrangement, Mark, change_marks, flatten
from nnanim.motions import Motion, Playback

Scene = tuple[Arrangement, Motion | None]
"""What is seen in a beat: its stage and its motion."""

Change = Callable[[Mark], Mark]


def share_axes(scenes: Sequence[Scene]) -> list[Scene]:
    """The same with marks whose states, over all beats and in each Playback, have one axis.

    Args:
        scenes: those of one film, in order. What needs no change is given back as it is.
    """
    states: dict[str, list[Mark]] = {}
    for stage, motion in scenes:
        for mark in (*flatten(stage), *_list_states(motion)):
            states.setdefault(mark.key, []).append(mark)
    shared = {id(mark): mark.share_axis(some) for some in states.values() if len(some) > 1 for mark in some}
    return [_change(scene, lambda mark: shared.get(id(mark), mark)) for scene in scenes]


def _list_states(motion: Motion | None) -> tuple[Mark, ...]:
    """All states that a motion runs through."""
    if not isinstance(motion, Playback):
        return ()
    return tuple(mark for some in motion.states.values() for mark in some)


def _change(scene: Scene, change: Change) -> Scene:
    stage, motion = scene
    if all(change(mark) is mark for mark in (*flatten(stage), *_list_states(motion))):
        return scene
    if isinstance(motion, Playback):
        motion = _with(motion, states={key: tuple(map(change, one)) for key, one in motion.states.items()})
    return change_marks(stage, change), motion


def _with(thing: Any, **values: Any) -> Any:
    """A copy of what was checked already, with other values."""
    other = copy(thing)
    for name, value in values.items():
        object.__setattr__(other, name, value)
    return other
