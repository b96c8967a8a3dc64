"""The camera in time: phases as they are seen through the views of two beats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from nnanim.marks import Zoom, is_on_stage
from nnanim.marks.easing import ramp
from nnanim.marks.view import EDGES, FADE
from nnanim.motions import Course, During, Fade, Layers, Movement, Samples, Steps, courses_of
from nnanim.shapes import Filled, Shapes
from nnanim.theme import Theme
from nnanim.timeline.phase import Phase

SECONDS = 1.2
"""Seconds in which one view becomes another, at normal pace."""

HASTE = 0.25
"""Share of a travel in which the words that it takes out of sight go, and in which others come."""

WIDE = 0.5
"""Distance from the edge at which words that come or go fade half-way."""

OVER = 0.1
"""Distance that a word may stick out of the view while it fades."""

KEPT = 256
"""Number of marks whose shapes are remembered as they are seen."""


class Lens:
    """Shapes through one view; what rests is mapped once, and stays one object."""

    def __init__(self, zoom: Zoom, theme: Theme) -> None:
        self._zoom = zoom
        self.edges = zoom.edges(theme)
        # The shapes are held, so that no others get their place.
        self._seen: dict[int, tuple[Shapes, Shapes]] = {}

    def __call__(self, shapes: Mapping[str, Shapes]) -> dict[str, Shapes]:
        """Shapes by key as they are seen."""
        return {key: self._map(drawn) if is_on_stage(key) else drawn for key, drawn in shapes.items()}

    def follow(self, course: Course) -> Course:
        """A course as it is seen."""
        if isinstance(course, Fade):
            return Fade(self._map(course.shapes), course.light)
        if isinstance(course, Steps):
            return Steps(course.starts, lambda index: self._map(course.state(index)))
        if isinstance(course, Layers):
            return Layers(tuple(map(self.follow, course.courses)))
        if isinstance(course, During):
            return During(self.follow(course.course), course.start, course.end)
        if isinstance(course, Samples):
            return Samples(lambda fraction: self._map(course.draw(fraction)), course.has_words, course.bends)
        return Zoomed(course, self._zoom)

    def _map(self, drawn: Shapes) -> Shapes:
        if id(drawn) not in self._seen:
            if len(self._seen) >= KEPT:
                self._seen.clear()
            self._seen[id(drawn)] = drawn, self._zoom.apply(drawn)
        return self._seen[id(drawn)][1]


@dataclass(frozen=True, eq=False)
class Zoomed:
    """A course as it is seen through a view."""

    course: Course
    zoom: Zoom

    def at(self, fraction: float) -> Shapes:
        """What is seen then."""
        return self.zoom.apply(self.course.at(fraction))

    @property
    def has_words(self) -> bool:
        """Whether the course has words."""
        return self.course.has_words


def film(phases: list[Phase], before: Zoom, after: Zoom, theme: Theme) -> list[Phase]:
    """The phases of a beat as the camera sees them: it goes from ``before`` to ``after`` while marks move."""
    if before.is_whole and after.is_whole:
        return phases
    old, new = Lens(before, theme), Lens(after, theme)
    return [
        _travel(phase, before, after, theme)
        if phase.name == "move" and before.differs(after)
        else _hold(phase, old if phase.name == "leave" else new)
        for phase in phases
    ]


def _hold(phase: Phase, lens: Lens) -> Phase:
    resting = lens(phase.resting)
    if lens.edges:
        resting[EDGES] = lens.edges
    courses, others = courses_of(phase.moving)
    seen = {key: lens.follow(one) if is_on_stage(key) else one for key, one in courses.items()}
    return replace(phase, moving=Movement(seen, lambda f: lens(others(f))), resting=resting)


def _travel(phase: Phase, before: Zoom, after: Zoom, theme: Theme) -> Phase:
    """A phase in which everything on the stage moves, because the camera does."""
    staged = {key: shapes for key, shapes in phase.resting.items() if is_on_stage(key)}
    apart = {key: shapes for key, shapes in phase.resting.items() if key not in staged}

    @cache
    def ends() -> tuple[Lights, Lights]:
        return (
            dict(_list_lights({**staged, **phase.moving(0.0)}, before)),
            dict(_list_lights({**staged, **phase.moving(1.0)}, after)),
        )

    def moving(fraction: float) -> dict[str, Shapes]:
        zoom, (first, last) = before.between(after, ramp(fraction)), ends()
        seen = dict[str, Shapes]()
        for key, shapes in {**staged, **phase.moving(fraction)}.items():
            words = _name_words(key, shapes) if is_on_stage(key) else ()
            lights = [_light(word, zoom, fraction, first.get(name), last.get(name)) for name, word in words]
            seen[key] = zoom.apply(shapes, lights) if is_on_stage(key) else shapes
        return {**seen, EDGES: zoom.edges(theme)}

    return replace(phase, moving=moving, resting=apart)


Word = tuple[str, int, int]
Lights = dict[Word, float]


def _name_words(key: str, shapes: Shapes) -> Iterator[tuple[Word, Filled]]:
    """Each word of a mark by the key, its outline and which of the equal ones it is."""
    times: dict[int, int] = {}
    for shape in shapes:
        if isinstance(shape, Filled):
            times[id(shape.piece)] = times.get(id(shape.piece), -1) + 1
            yield (key, id(shape.piece), times[id(shape.piece)]), shape


def _list_lights(seen: Mapping[str, Shapes], zoom: Zoom) -> Iterator[tuple[Word, float]]:
    """How bright every word on the stage is in a view."""
    for key, shapes in seen.items():
        if is_on_stage(key):
            yield from ((name, zoom.light(word)) for name, word in _name_words(key, shapes))


def _light(word: Filled, now: Zoom, fraction: float, first: float | None, last: float | None) -> float:
    """How bright a word is while the camera travels, by how bright it is in the beginning and in the end.

    What is not seen in the end goes first, and what comes to be seen comes last; in between, words fade near
    the edge. None: the word is not there then.
    """
    first = first if first is not None else last if last is not None else 1.0
    last = last if last is not None else first
    gone, come = ramp(fraction, 0.0, HASTE), ramp(fraction, 1 - HASTE, 1.0)
    light = first + (last - first) * (gone if last < first else come)
    strip = FADE if min(first, last) == 1 else WIDE
    return min(light, now.light(word, strip=strip * gone * (1 - come), over=OVER))
