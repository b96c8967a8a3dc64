"""Ask: the film waits for the class, and the ring of its sign closes meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from nnanim.marks import Frame, modify
from nnanim.marks.ask import ask_key
from nnanim.motions import Drawing
from nnanim.shapes import Shapes

SECONDS = 3.0
"""Time to think, at normal pace, beside the time to read."""

AFTER = 0.9
"""Seconds for which the closed ring rests before the answer."""


def open_ring(frame: Frame) -> Frame:
    """The frame before anybody has thought."""
    key = ask_key(frame.id)
    return frame.with_marks({key: modify(frame[key].mark, share=0.0)})


def close_ring(frame: Frame) -> Drawing:
    """The ring closes evenly."""
    key = ask_key(frame.id)

    def at(fraction: float) -> Mapping[str, Shapes]:
        now = frame.with_marks({key: modify(frame[key].mark, share=fraction)})
        return {key: now[key].draw(now)}

    return at
