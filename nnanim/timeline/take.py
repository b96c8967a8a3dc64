"""Beats in time: each is a take of phases, always leave, move, enter, motion, pause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Frame, digest, is_on_stage
from nnanim.marks.ask import ask_key
from nnanim.marks.view import EDGES, list_spots
from nnanim.motions import SIGNALS, Drawing, ease
from nnanim.shapes import Shapes, fade
from nnanim.style import RenderStyle
from nnanim.timeline import ask, camera
from nnanim.timeline.birth import Join, make_joins, without_words
from nnanim.timeline.change import compare_frames, fade_out, move_marks, move_seconds
from nnanim.timeline.enter import draw_gather, find_gathers, plan_entry
from nnanim.timeline.flight import Flight
from nnanim.timeline.pulse import SECONDS as PULSE
from nnanim.timeline.pulse import pulse

LEAVE, MOVE = 0.45, 0.8
"""Seconds of the phases, at normal pace."""

JOIN = 0.15
"""Seconds by which marks begin to move, and stop, before the parts that join them."""


@dataclass(frozen=True, eq=False)
class Phase:
    """A stretch of time in which some marks move and the others rest.

    Attributes:
        name: ``leave``, ``move``, ``enter``, ``motion``, ``pulse``, ``ask`` or ``pause``.
        seconds: its length.
        moving: shapes of the moving marks at a fraction (0..1) of it.
        resting: shapes of all other marks.
        digest: short name for its content.
    """

    name: str
    seconds: float
    moving: Drawing
    resting: Mapping[str, Shapes]
    digest: str = ""

    def at(self, fraction: float) -> dict[str, Shapes]:
        """Everything that is seen at ``fraction`` (0..1), not ordered."""
        return {**self.resting, **self.moving(min(max(fraction, 0.0), 1.0))}


@dataclass(frozen=True, eq=False)
class Take:
    """A beat in time.

    Attributes:
        beat, frame: what is told, and where its marks stand at the end.
        phases: in order; their seconds add up to the beat's.
        layers: layer of every key that is seen in it; of one layer, the later keys lie above.
        start: seconds from the beginning of the film.
    """

    beat: Beat
    frame: Frame
    phases: tuple[Phase, ...]
    layers: Mapping[str, int]
    start: float

    @property
    def seconds(self) -> float:
        """Length of the beat."""
        return sum(phase.seconds for phase in self.phases)

    def at(self, seconds: float) -> dict[str, Shapes]:
        """Everything that is seen ``seconds`` after the beat's start, from the lowest to the highest."""
        for phase in self.phases:
            if seconds < phase.seconds or phase is self.phases[-1]:
                seen = phase.at(seconds / phase.seconds if phase.seconds else 1.0)
                return {key: seen[key] for key in self.order(seen)}
            seconds -= phase.seconds
        raise AssertionError("a beat has phases")

    def order(self, keys: Iterable[str]) -> list[str]:
        """Keys from the lowest to the highest."""
        place = {key: i for i, key in enumerate(self.layers)}
        return sorted(keys, key=lambda key: (self.layers.get(key, 2), place.get(key, len(place))))

    def middle(self) -> float:
        """Seconds after the start at which the beat's motion is half done, or at which it rests."""
        before = 0.0
        for phase in self.phases:
            if phase.name == "motion":
                return before + phase.seconds / 2
            before += phase.seconds
        return self.seconds


def takes(story: Story, style: RenderStyle, pace: float = 1.0) -> list[Take]:
    """The whole film: every beat in time. ``pace`` 2 is twice as fast.

    Raises:
        UserError: the pace is not above 0, or a beat cannot be placed.
    """
    if not (np.isfinite(pace) and pace > 0):
        raise UserError(f"pace={pace!r}; it must be above 0")
    film, before, start = [], Frame("", {}, style), 0.0
    for beat, frame in zip(story.beats, place_story(story, style), strict=True):
        try:
            take = _take(beat, before, frame, pace, start)
        except UserError as error:
            raise UserError(f"beat {beat.id!r}: {error}") from error
        film.append(take)
        before, start = frame, start + take.seconds
    return film


def _take(beat: Beat, before: Frame, after: Frame, pace: float, start: float) -> Take:
    opening = after if beat.motion is None else after.with_marks(beat.motion.opening(beat.by_key))
    if beat.asks:
        opening = ask.open_ring(opening)
    diff = compare_frames(before, opening)
    # What is gone when a phase begins is no part of its content: a changed sentence leaves the next beat be.
    common = {key: one for key, one in before.placed.items() if key in after.placed}
    says = tuple(key for key in diff.entering if key.startswith("say:"))
    come = tuple(key for key in diff.entering if key not in says)
    # Legends alone do not keep an empty stage waiting: they move while the new marks enter.
    along = diff.moving if come and all(key.startswith("legend:") for key in diff.moving) else ()
    seen_from = {"leave": before.placed, "move": common, "enter": common if along else None}
    if _flies(beat):
        seen_from |= {"move": before.placed, "enter": before.placed}
    # Where nothing on the stage stays, the new marks enter in the new view.
    travels = before.zoom.differs(after.zoom) and any(map(is_on_stage, common))
    # Each phase is named by the views that it shows.
    old, new = (frame.zoom if not frame.zoom.is_whole else None for frame in (before, after))
    views = {"leave": (old,), "move": (old, new), "pulse": (new, beat.pulse)}
    told = digest((after.placed, beat.motion, diff.entering, after.style, pace, *_flights(beat)))
    phases: list[Phase] = []
    seen_before = {key: one.draw(before) for key, one in before.placed.items()}
    seen_after = {key: one.draw(opening) for key, one in opening.placed.items()}
    entry = plan_entry(beat, before, opening, come, seen_after)
    into = find_gathers(beat, before, opening, comes=False)
    joins = make_joins(beat, before, opening)
    lent = {one.source: seen_before[one.source] for one in joins.values() if one.source in diff.leaving}
    gone = tuple(key for key in diff.leaving if key not in (*entry.held, *lent))

    def add(
        phase: str, seconds: float, moving: Drawing, keys: Iterable[str], seen: Mapping[str, Shapes]
    ) -> None:
        resting = {key: shapes for key, shapes in seen.items() if key not in keys}
        content = digest((seen_from.get(phase), views.get(phase, (new,))))
        phases.append(Phase(phase, seconds / pace, moving, resting, f"{told}:{content}:{phase}"))

    if gone or says:
        seconds = max([LEAVE, *(one.seconds for one in into.values())])
        fading = tuple(key for key in gone if key not in into)
        leave = _together(seconds, LEAVE, fade_out(seen_before, seen_after, fading, says), into)
        add("leave", seconds, leave, gone, seen_before)
    stay = {key: shapes for key, shapes in seen_before.items() if key not in gone}
    stay |= {key: seen_after[key] for key in says}
    if travels:
        along = ()
    if travels or (diff.moving and not along):
        longest = max((one.flight.seconds + JOIN for one in joins.values()), default=0.0)
        longest = max(longest, camera.SECONDS if travels else 0.0)
        seconds = max(MOVE, move_seconds(before, opening, diff.moving), longest)
        moving = move_marks(before, opening, diff.moving, {key: one.part for key, one in joins.items()})
        add("move", seconds, _with_joins(seconds, moving, joins, lent), (*diff.moving, *lent), stay)
        stay |= {key: seen_after[key] for key in diff.moving}
        stay = {key: shapes for key, shapes in stay.items() if key not in lent}
    if come:
        beside = move_marks(before, opening, along)
        add("enter", entry.seconds, lambda f: {**entry.drawing(f), **beside(f)}, (*along, *entry.held), stay)
    if beat.motion is not None:
        motion = beat.motion.drawing(opening, after)
        add("motion", beat.motion.seconds, motion, tuple(motion(0.0)), seen_after)
    seen = {key: one.draw(after) for key, one in after.placed.items()}
    before_answer = {**seen, ask_key(beat.id): seen_after[ask_key(beat.id)]} if beat.asks else seen
    if spots := list_spots(beat.pulse):
        swell = pulse(after, before_answer, spots)
        add("pulse", PULSE, swell, tuple(swell(0.0)), before_answer)
    spent = sum(phase.seconds for phase in phases)
    rest = (
        beat.pause / pace
        if beat.pause is not None
        else max(reading_seconds(beat, after.style) / pace - spent, 0.9 / pace)
    )
    if beat.asks:
        thinking, rest = rest, min(rest, ask.AFTER / pace)
        ring = ask.close_ring(after)
        add("ask", ask.SECONDS + (thinking - rest) * pace, ring, (ask_key(beat.id),), before_answer)
    add("pause", rest * pace, lambda fraction: {}, (), seen)
    phases = camera.film(phases, before.zoom, after.zoom, after.style.theme)
    # What is held for a birth lies below it.
    below = {key: before[key] for key in (*entry.held, *into, *lent)}
    layers = {
        key: one.mark.layer for key, one in {**below, **after.placed, **before.placed, **after.placed}.items()
    }
    return Take(beat, after, tuple(phases), {**layers, SIGNALS: 1, EDGES: 3}, start)


def _flights(beat: Beat) -> tuple[object, ...]:
    """What a beat says of flights, for the names of its phases."""
    return (sorted(map(repr, beat.born.items())), dict(beat.gathers), beat.order) if _flies(beat) else ()


def _flies(beat: Beat) -> bool:
    return bool(beat.born or beat.gathers)


def _together(seconds: float, fading: float, drawing: Drawing, gathers: Mapping[str, Flight]) -> Drawing:
    """What fades out in its own time, and what flies into others meanwhile."""

    def at(fraction: float) -> dict[str, Shapes]:
        t = fraction * seconds
        seen = dict(drawing(min(t / fading, 1.0)))
        return seen | {key: draw_gather(one, t) for key, one in gathers.items()}

    return at


def _with_joins(
    seconds: float, drawing: Drawing, joins: Mapping[str, Join], lent: Mapping[str, Shapes]
) -> Drawing:
    """What moves, and the parts that join it, out of marks that leave, too; room is made before they land."""
    if not joins:
        return drawing

    def at(fraction: float) -> dict[str, Shapes]:
        t = fraction * seconds
        seen = dict(drawing(min(t / (seconds - 2 * JOIN), 1.0)))
        seen |= {key: fade(shapes, 1 - ease(min(t / LEAVE, 1.0))) for key, shapes in lent.items()}
        for key, one in joins.items():
            if (since := t - (seconds - one.flight.seconds)) > 0:
                seen[key] = (*seen[key], *one.flight.at(since))
                if one.source in seen:  # a word that flies is not left behind
                    seen[one.source] = without_words(seen[one.source], one.words)
        return seen

    return at


def reading_seconds(beat: Beat, style: RenderStyle) -> float:
    """Seconds that it takes to read a sentence: by words in English, by characters in Japanese."""
    sentence = style.say(beat.says)
    wide = sum(ord(char) >= 0x2E80 for char in sentence)
    return 1.0 + 0.11 * wide + 0.26 * len([w for w in sentence.split() if ord(w[0]) < 0x2E80])
