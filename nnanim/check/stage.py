"""The laws of a stage at rest, looked at in the shapes that the printers paint, each with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nnanim.beats import Beat
from nnanim.check import legible, rooms
from nnanim.check.boxes import Drawn, draw_marks
from nnanim.marks import Formula, Frame, Mark, Text


@dataclass(frozen=True)
class Seen:
    """A frame with its shapes."""

    beat: Beat
    frame: Frame
    shapes: Drawn


@dataclass(frozen=True)
class StageLaw:
    """A law of every stage.

    Attributes:
        name: the law, as a sentence.
        bound: its name in a `Finding`.
        advice: what to do where it is not kept.
        faults: gives what is wrong with a frame, as sentences.
    """

    name: str
    bound: str
    advice: str
    faults: Callable[[Seen], list[str]]


APART = "put them into a Row or a Column; what may lie on each other stands in an Overlay"
OVERLAID = (
    "in an Overlay only one writes: name axes and limits alike in both, or take one Curve of several lines"
)
"""What to do about words of two marks that lie on each other by their author's will."""

OWN_ROOM = "shorten its names or its label, or show less beside it, so that it is wider than its words"
READ = "give it a role= of another colour, or put it beside what it lies on"
SHORTER = "shorten its words, or show less beside it"
LARGER = "show less at once: at most five neurons a column where numbers matter; a Row is nearly always right"
STAGE_LAWS: tuple[StageLaw, ...] = (
    StageLaw("rooms do not overlap", "overlap", APART, lambda s: rooms.rooms_overlap(s.frame, s.beat)),
    StageLaw(
        "marks keep to their rooms", "room", "a mark of yours measures less than it paints: see its extent()",
        lambda s: rooms.outside_room(s.frame, s.shapes),
    ),
    StageLaw("texts do not overlap", "overlap", APART, lambda s: rooms.texts_overlap(s.frame, s.shapes)),
    StageLaw(
        "nothing leaves the safe area", "edge", SHORTER, lambda s: rooms.outside_safe_area(s.frame, s.shapes)
    ),
    StageLaw("no text is too small", "size", LARGER, lambda s: legible.too_small(s.frame, s.shapes)),
    StageLaw(
        "every text can be read", "contrast", READ,
        lambda s: legible.hard_to_read(s.frame, s.shapes),
    ),
    StageLaw(
        "no wire runs through words", "wire", "change the order in the Row, or leave the label out",
        lambda s: legible.wires_through_words(s.frame, s.shapes),
    ),
    StageLaw("the header stands apart", "edge", SHORTER, lambda s: rooms.title_near_names(s.frame, s.shapes)),
    StageLaw(
        "numbers are written, or it is said why not", "missing", LARGER,
        lambda s: legible.numbers_left_out(s.frame, s.shapes),
    ),
    StageLaw(
        "the stage is used", "empty", "show it larger, or what belongs to it beside it",
        lambda s: rooms.stage_empty(s.frame, s.beat, s.shapes),
    ),
    StageLaw(
        "films keep to the legend's scale", "scale", "fix the limits once: limit=, x_limits=, y_limits=",
        lambda s: legible.film_honest(s.beat),
    ),
)  # fmt: skip
"""Every law of a stage at rest."""


@dataclass(frozen=True)
class StageFault:
    """What is wrong with a frame.

    Attributes:
        law: which it breaks.
        what: what is wrong.
        advice: what to do.
    """

    law: StageLaw
    what: str
    advice: str


def find_in_frame(beat: Beat, frame: Frame) -> Iterator[StageFault]:
    """Everything that is wrong with a frame at rest."""
    seen, overlaid = Seen(beat, frame, draw_marks(frame)), set(rooms.overlay_pairs(beat.stage))
    for law in STAGE_LAWS:
        for what in law.faults(seen):
            pair = tuple(re.findall(r"'([^']+)'", what)[:2])
            advice = OVERLAID if law.advice == APART and pair in overlaid else law.advice
            mark = frame.placed[pair[0]].mark if pair and pair[0] in frame.placed else None
            if law.bound == "contrast":
                advice = _advise_on_contrast(mark)
            elif law.bound == "room" and type(mark).__module__.startswith("nnanim."):
                advice = OWN_ROOM
            yield StageFault(law, what, advice)


def _advise_on_contrast(mark: Mark | None) -> str:
    """What to do about words of a mark that are hard to read: only few marks choose the colour of words."""
    if isinstance(mark, Text | Formula):
        return "give it role='ink', or put it beside what it lies on"
    if getattr(mark, "name_ends", False):
        return "leave out name_ends=True: then the legend names the lines; or give roles= of other colours"
    if getattr(mark, "labels", ()):
        return "give roles= of other colours, or leave out labels="
    return READ
