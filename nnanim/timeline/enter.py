"""What enters a beat: born out of what is there, or faded in; and what is gathered in as it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnanim.beats import Beat
from nnanim.births import key_of_born
from nnanim.marks import Frame
from nnanim.marks.view import read_spot
from nnanim.motions import Course, Drawing, Movement, during
from nnanim.shapes import Shapes
from nnanim.timeline.birth import Birth, Gather, make_births, make_gather
from nnanim.timeline.change import fade_in

ENTER = 0.6
"""Seconds in which a mark enters, at normal pace."""

OVERLAP = 0.3
"""Seconds before a birth is over at which what stands after the newborn begins to enter."""


@dataclass(frozen=True, eq=False)
class Entry:
    """How marks enter a beat.

    Attributes:
        births: those that come out of others, by key.
        gathers: what leaves and flies into a mark that comes, by key.
        held: keys of what leaves and stays for it.
        drawing: what is seen at a fraction of the time.
        seconds: its length.
    """

    births: Mapping[str, Birth] = field(default_factory=dict)
    gathers: Mapping[str, Gather] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    drawing: Drawing = lambda fraction: {}
    seconds: float = 0.0


def find_gathers(beat: Beat, before: Frame, after: Frame, comes: bool) -> dict[str, Gather]:
    """What leaves and flies into a mark that ``comes``, or else into one that stays."""
    there, found = after if comes else before, dict[str, Gather]()
    for key, into in beat.gathers.items():
        mark, part = read_spot(into)
        if key in before.placed and (mark not in before.placed) == comes:
            found[key] = make_gather(before[key], before, there[mark], there, part)
    return found


def plan_entry(
    beat: Beat, before: Frame, after: Frame, come: tuple[str, ...], seen: Mapping[str, Shapes]
) -> Entry:
    """How marks enter.

    Args:
        beat: what is told.
        before: the frame before.
        after: the one into which they enter.
        come: keys of what enters.
        seen: shapes of ``after``.

    Raises:
        UserError: a source has no such part.
    """
    sources = [one.key for key, one in beat.born.items() if isinstance(key, str) and key in come]
    leaving = tuple(dict.fromkeys(key for key in sources if key in before.placed and key not in after.placed))
    births = make_births(beat, before, after, leaving, ENTER)
    gathers = find_gathers(beat, before, after, comes=True)
    starts = _starts(beat, after, come, births, gathers)
    fresh = {start: tuple(key for key in starts if starts[key] == start) for start in set(starts.values())}
    ends = [start + ENTER for start in fresh] + [one.end for one in births.values()]
    length = max([*ends, *(one.seconds for one in gathers.values())], default=0.0)
    held = {key: next(b for k, b in births.items() if beat.born[k].key == key) for key in leaving}

    fading: dict[str, Course] = {}
    for start, keys in fresh.items():
        fading |= during(fade_in(seen, keys).courses, start / length, (start + ENTER) / length)

    def fly(fraction: float) -> dict[str, Shapes]:
        t = fraction * length
        now = {key: one.at(t) for key, one in births.items()}
        now |= {key: one.leftover(t) for key, one in held.items()}
        return now | {key: one.at(t) for key, one in gathers.items()}

    return Entry(births, gathers, (*leaving, *gathers), Movement(fading, fly), length)


def _starts(
    beat: Beat,
    after: Frame,
    come: tuple[str, ...],
    births: Mapping[str, Birth],
    gathers: Mapping[str, Gather],
) -> dict[str, float]:
    """When what simply enters begins to: what stands after a newborn, or is tied to it, waits for it."""
    order = [mark.key for mark in beat.marks]
    last = max((order.index(key) for key in births), default=len(order))
    wait = max((one.end for one in births.values()), default=0.0) - OVERLAP
    starts = {}
    for key in come:
        if key in births:
            continue
        after_birth = key in order and order.index(key) > last
        arrive = [one.seconds - OVERLAP for k, one in gathers.items() if key_of_born(beat.gathers[k]) == key]
        ends = [births[end].end - OVERLAP for end in after[key].mark.ties if end in births]
        starts[key] = max([wait if after_birth else 0.0, *arrive, *ends])
    return starts
