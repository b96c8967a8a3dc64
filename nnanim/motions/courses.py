"""Courses: how one mark is drawn in the course of a phase, as data and not only as a function of time.

A printer that paints frame by frame asks a course for the shapes at a fraction of the phase. One that writes
a film down, such as the browser's, takes the course itself: it then samples nothing, and steps are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nnanim.motions.base import Drawing
from nnanim.shapes import Filled, Shapes, fade, unwrap

Floats = npt.NDArray[np.float64]


class Course(Protocol):
    """How one mark is drawn at a fraction (0..1) of a phase."""

    def at(self, fraction: float) -> Shapes:
        """What is seen of it."""
        ...

    @property
    def has_words(self) -> bool:
        """Whether any word is seen of it at any time."""
        ...


@dataclass(frozen=True, eq=False)
class Fade:
    """Shapes that come or go: ``light`` gives their brightness (0..1) at a fraction of the phase."""

    shapes: Shapes
    light: Callable[[float], float]

    def at(self, fraction: float) -> Shapes:
        """The shapes, as bright as they are then."""
        return fade(self.shapes, self.light(fraction))

    @property
    def has_words(self) -> bool:
        """Whether there is a word among the shapes."""
        return contains_words(self.shapes)


@dataclass(frozen=True, eq=False)
class Steps:
    """States that follow each other at once.

    Attributes:
        starts: (n,) fraction of the phase from which each state is on; the first one is on before, too.
        state: shapes of the state of that number.
    """

    starts: Floats
    state: Callable[[int], Shapes]

    def at(self, fraction: float) -> Shapes:
        """The state that is on."""
        return self.state(max(int(np.searchsorted(self.starts, fraction, side="right")) - 1, 0))

    @property
    def has_words(self) -> bool:
        """Whether any state has words."""
        return any(contains_words(self.state(i)) for i in range(len(self.starts)))


@dataclass(frozen=True, eq=False)
class Samples:
    """Anything else: a function of the fraction of the phase.

    Attributes:
        draw: the function.
        has_words: whether there may be words in it.
        bends: fractions at which it turns, which are more than a film's frames would show; None for none.
    """

    draw: Callable[[float], Shapes]
    has_words: bool = True
    bends: Floats | None = None

    def at(self, fraction: float) -> Shapes:
        """What the function gives."""
        return self.draw(fraction)


@dataclass(frozen=True, eq=False)
class Layers:
    """Several courses of one mark, the later ones above."""

    courses: tuple[Course, ...]

    def at(self, fraction: float) -> Shapes:
        """All that is seen of them."""
        seen = [shapes for shapes in (course.at(fraction) for course in self.courses) if shapes]
        # One alone stays the same object: printers keep what they have painted.
        return seen[0] if len(seen) == 1 else tuple(shape for shapes in seen for shape in shapes)

    @property
    def has_words(self) -> bool:
        """Whether any of them has words."""
        return any(course.has_words for course in self.courses)


@dataclass(frozen=True, eq=False)
class During:
    """A course within a part of the phase; before it stands its beginning, after it its end.

    Attributes:
        course: what happens in it.
        start, end: fractions of the phase between which it does.
    """

    course: Course
    start: float
    end: float

    def at(self, fraction: float) -> Shapes:
        """What is seen then."""
        return self.course.at(self.within(fraction))

    def within(self, fraction: float) -> float:
        """The fraction of the course at a fraction of the phase."""
        return min(max((fraction - self.start) / (self.end - self.start), 0.0), 1.0)

    @property
    def has_words(self) -> bool:
        """Whether the course has words."""
        return self.course.has_words


@dataclass(frozen=True, eq=False)
class Movement:
    """A drawing that says of some marks how they move; it is called as any other.

    Attributes:
        courses: by the marks' keys.
        others: draws the other marks.
    """

    courses: Mapping[str, Course]
    others: Drawing = field(default=lambda fraction: {})

    def __call__(self, fraction: float) -> Mapping[str, Shapes]:
        """Shapes of all of them at a fraction (0..1) of the phase."""
        return {**self.others(fraction), **{key: one.at(fraction) for key, one in self.courses.items()}}


def courses_of(drawing: Drawing) -> tuple[Mapping[str, Course], Drawing]:
    """What is known of how marks move, and a drawing of the others."""
    return (drawing.courses, drawing.others) if isinstance(drawing, Movement) else ({}, drawing)


def during(courses: Mapping[str, Course], start: float, end: float) -> dict[str, Course]:
    """The same courses within a part of the phase."""
    return {key: During(one, start, end) for key, one in courses.items()}


def contains_words(shapes: Sequence[object]) -> bool:
    """Whether a word is among some shapes."""
    return any(isinstance(one, Filled) for one in unwrap(shapes))  # type: ignore[arg-type]
