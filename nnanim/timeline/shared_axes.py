"""Plots that lie over each other share one set of axes; whose it is changes where one leaves or comes.

Axes that stay are then drawn all the time, and once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnanim.marks import Frame
from nnanim.marks.axes import Plot


def hand_over(before: Frame, after: Frame) -> tuple[Frame, Frame]:
    """Two frames that follow each other, in which the same plot draws the axes that both have."""
    for group in _groups(before):
        staying = [key for key in group if key in after.placed]
        if staying and group[0] not in staying:
            before = _give(before, group, staying)
    for group in _groups(after):
        known = [key for key in group if key in before.placed and not before[key].axes_of]
        if known and group[0] not in known:
            after = _give(after, group, known)
    return before, after


def _groups(frame: Frame) -> list[list[str]]:
    """Keys of plots that share axes, the one that draws them first."""
    owners = dict.fromkeys(one.axes_of for one in frame.placed.values() if one.axes_of)
    return [[owner, *(key for key, one in frame.placed.items() if one.axes_of == owner)] for owner in owners]


def _give(frame: Frame, group: Sequence[str], wanted: Sequence[str]) -> Frame:
    """The frame in which the first of some plots whose axes say as much draws them for all."""
    marks = [mark for key in (group[0], *wanted) if isinstance(mark := frame[key].mark, Plot)]
    owner = next((one.key for one in marks[1:] if one.says_as_much(marks[0])), None)
    if owner is None:
        return frame
    changed = {key: replace(frame[key], axes_of="" if key == owner else owner) for key in group}
    return replace(frame, placed={**frame.placed, **changed})
