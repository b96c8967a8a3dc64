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
from nnanim.motions import SIGNALS, Drawing
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.timeline import ask, camera
from nnanim.timeline.change import compare_frames, fade_in, fade_out, move_marks, move_seconds
from nnanim.timeline.pulse import SECONDS as PULSE
from nnanim.timeline.pulse import pulse

LEAVE, MOVE, ENTER = 0.45, 0.8, 0.6
"""Seconds of the phases, at normal pace."""


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
        take = _take(beat, before, frame, pace, start)
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
    # Where nothing on the stage stays, the new marks enter in the new view.
    travels = before.zoom.differs(after.zoom) and any(map(is_on_stage, common))
    # Each phase is named by the views that it shows.
    old, new = (frame.zoom if not frame.zoom.is_whole else None for frame in (before, after))
    views = {"leave": (old,), "move": (old, new), "pulse": (new, beat.pulse)}
    told = digest((after.placed, beat.motion, diff.entering, after.style, pace))
    phases: list[Phase] = []
    seen_before = {key: one.draw(before) for key, one in before.placed.items()}
    seen_after = {key: one.draw(opening) for key, one in opening.placed.items()}

    def add(
        phase: str, seconds: float, moving: Drawing, keys: Iterable[str], seen: Mapping[str, Shapes]
    ) -> None:
        resting = {key: shapes for key, shapes in seen.items() if key not in keys}
        content = digest((seen_from.get(phase), views.get(phase, (new,))))
        phases.append(Phase(phase, seconds / pace, moving, resting, f"{told}:{content}:{phase}"))

    if diff.leaving or says:
        add("leave", LEAVE, fade_out(seen_before, seen_after, diff.leaving, says), diff.leaving, seen_before)
    stay = {key: shapes for key, shapes in seen_before.items() if key not in diff.leaving}
    stay |= {key: seen_after[key] for key in says}
    if travels:
        along = ()
    if travels or (diff.moving and not along):
        seconds = max(MOVE, move_seconds(before, opening, diff.moving), camera.SECONDS if travels else 0.0)
        add("move", seconds, move_marks(before, opening, diff.moving), diff.moving, stay)
        stay |= {key: seen_after[key] for key in diff.moving}
    if come:
        fresh, beside = fade_in(seen_after, come), move_marks(before, opening, along)
        add("enter", ENTER, lambda f: {**fresh(f), **beside(f)}, along, stay)
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
    layers = {key: one.mark.layer for key, one in {**after.placed, **before.placed, **after.placed}.items()}
    return Take(beat, after, tuple(phases), {**layers, SIGNALS: 1, EDGES: 3}, start)


def reading_seconds(beat: Beat, style: RenderStyle) -> float:
    """Seconds that it takes to read a sentence: by words in English, by characters in Japanese."""
    sentence = style.say(beat.says)
    wide = sum(ord(char) >= 0x2E80 for char in sentence)
    return 1.0 + 0.11 * wide + 0.26 * len([w for w in sentence.split() if ord(w[0]) < 0x2E80])
