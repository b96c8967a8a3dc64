"""Beats in time: each is a take of phases, always leave, move, enter, motion, pause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Frame, digest, is_on_stage
from nnanim.marks.ask import ask_key
from nnanim.marks.view import EDGES, list_spots
from nnanim.motions import SIGNALS, Drawing
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.timeline import ask, camera
from nnanim.timeline.phase import Phase
from nnanim.timeline.pulse import SECONDS as PULSE
from nnanim.timeline.pulse import pulse
from nnanim.timeline.reading import legends_of, new_words, reading_seconds
from nnanim.timeline.shared_axes import hand_over
from nnanim.timeline.transition import Transition

REST = 0.7
"""Minimum seconds of rest at the end of a beat, at normal pace, where it says no pause of its own."""


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
    """The whole film: every beat in time. ``pace`` 2 is twice as fast; so is a story of half the seconds.

    Raises:
        UserError: the pace is not above 0, or a beat cannot be placed.
    """
    _check_pace(pace)
    frames = place_story(story, style)
    film = _all_takes(story, frames, pace)
    if story.seconds is None:
        return film
    return _all_takes(story, frames, pace * sum(take.seconds for take in film) * pace / story.seconds)


def _all_takes(story: Story, frames: Sequence[Frame], pace: float) -> list[Take]:
    start = 0.0
    film, known = list[Take](), dict[str, Shapes]()
    for index, frame in enumerate(frames):
        film.append(_take_of(story, frames, index, pace, start, known))
        start += film[-1].seconds
        known |= _draw_legends(frame)
    return film


def _check_pace(pace: float) -> None:
    if not (np.isfinite(pace) and pace > 0):
        raise UserError(f"pace={pace!r}; it must be above 0")


def stretch(take: Take, seconds: float) -> Take:
    """The take with a longer pause at its end, if it is shorter than that."""
    missing = seconds - take.seconds
    if missing <= 0:
        return take
    pause = take.phases[-1]
    return replace(take, phases=(*take.phases[:-1], replace(pause, seconds=pause.seconds + missing)))


def take_of(story: Story, beat: Beat, style: RenderStyle, pace: float = 1.0) -> Take:
    """One beat in time, as in the whole film, of which no other is made; it is counted from its own start.

    Raises:
        UserError: the pace is not above 0; it, or a beat before it, cannot be placed.
    """
    _check_pace(pace)
    index = [one.id for one in story.beats].index(beat.id)
    frames, known = place_story(story, style, index), dict[str, Shapes]()
    for frame in frames[:index]:
        known |= _draw_legends(frame)
    return _take_of(story, frames, index, pace, 0.0, known)


def take_between(beat: Beat, before: Frame, after: Frame, pace: float = 1.0) -> Take:
    """A beat in time between two frames that are placed already; it is counted from its own start.

    Args:
        beat: what is told.
        before: what was seen before.
        after: where its marks stand at the end.
        pace: 2 is twice as fast.
    """
    return _take(beat, before, after, pace, 0.0, {})


def _take_of(
    story: Story,
    frames: Sequence[Frame],
    index: int,
    pace: float,
    start: float,
    known: Mapping[str, Shapes],
) -> Take:
    """The beat of that place among the others."""
    beat, frame = story.beats[index], frames[index]
    before = frames[index - 1] if index else Frame("", {}, frame.style)
    try:
        return _take(beat, before, frame, pace, start, known)
    except UserError as error:
        raise UserError(f"beat {beat.id!r}: {error}") from error


def _draw_legends(frame: Frame) -> dict[str, Shapes]:
    """The legends of a frame."""
    return {key: frame[key].draw(frame) for key in legends_of(frame.placed)}


def _take(
    beat: Beat, before: Frame, after: Frame, pace: float, start: float, known: Mapping[str, Shapes]
) -> Take:
    """A beat in time; ``known``: the legends of all beats before."""
    before, after = hand_over(before, after)
    opening = after if beat.motion is None else after.with_marks(beat.motion.opening(beat.by_key))
    if beat.asks:
        opening = ask.open_ring(opening)
    common = {key: one for key, one in before.placed.items() if key in after.placed}
    # Where nothing on the stage stays, the new marks enter in the new view.
    travels = before.zoom.differs(after.zoom) and any(map(is_on_stage, common))
    way = Transition(beat, before, opening, camera.SECONDS if travels else 0.0)
    name = _Names(beat, before, after, pace, way)
    phases: list[Phase] = []

    def add(
        phase: str, seconds: float, moving: Drawing, keys: Iterable[str], seen: Mapping[str, Shapes]
    ) -> None:
        resting = {key: shapes for key, shapes in seen.items() if key not in keys}
        phases.append(Phase(phase, seconds / pace, moving, resting, name.of(phase)))

    said = 0.0
    for step in way.steps():
        if step.says is not None:
            said = sum(phase.seconds for phase in phases) + step.says / pace
        add(step.name, step.seconds, step.drawing, step.keys, step.seen)
    if beat.motion is not None:
        motion = beat.motion.drawing(opening, after)
        add("motion", beat.motion.seconds, motion, tuple(motion(0.0)), way.new)
    seen = {key: one.draw(after) for key, one in after.placed.items()}
    before_answer = {**seen, ask_key(beat.id): way.new[ask_key(beat.id)]} if beat.asks else seen
    if spots := list_spots(beat.pulse):
        swell = pulse(after, before_answer, spots)
        add("pulse", PULSE, swell, tuple(swell(0.0)), before_answer)
    spent = sum(phase.seconds for phase in phases)
    new = new_words({**known, **way.old}, seen, after.style.lang)
    rest = (
        beat.pause / pace
        if beat.pause is not None
        else max(reading_seconds(beat, after.style, new, said * pace) / pace - spent, REST / pace)
    )
    if beat.asks:
        thinking, rest = rest, min(rest, ask.AFTER / pace)
        ring = ask.close_ring(after)
        add("ask", ask.SECONDS + (thinking - rest) * pace, ring, (ask_key(beat.id),), before_answer)
    add("pause", rest * pace, lambda fraction: {}, (), seen)
    phases = camera.film(phases, before.zoom, after.zoom, after.style.theme)
    # What is held for a birth lies below it.
    below = {key: before[key] for key in way.below}
    layers = {
        key: one.mark.layer for key, one in {**below, **after.placed, **before.placed, **after.placed}.items()
    }
    return Take(beat, after, tuple(phases), {**layers, SIGNALS: 1, EDGES: 3}, start)


class _Names:
    """Short names for what the phases of a beat show."""

    def __init__(self, beat: Beat, before: Frame, after: Frame, pace: float, way: Transition) -> None:
        common = {key: one for key, one in before.placed.items() if key in after.placed}
        flies = bool(beat.born or beat.gathers)
        born = (sorted(map(repr, beat.born.items())), dict(beat.gathers), beat.order) if flies else ()
        self._told = digest((after.placed, beat.motion, way.change.entering, after.style, pace, *born))
        # What is gone when a phase begins is no part of its content.
        leaves = flies or bool(way.change.leaving)
        entering = before.placed if flies else common if way.moves_along else None
        self._from = {"leave": before.placed, "move": before.placed if leaves else common, "enter": entering}
        # Each phase is named by the views that it shows.
        old, self._new = (frame.zoom if not frame.zoom.is_whole else None for frame in (before, after))
        self._views = {"leave": (old,), "move": (old, self._new), "pulse": (self._new, beat.pulse)}

    def of(self, phase: str) -> str:
        """The name of one phase."""
        content = digest((self._from.get(phase), self._views.get(phase, (self._new,))))
        return f"{self._told}:{content}:{phase}"
