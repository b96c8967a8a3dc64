"""Words beside points: each where no line strikes it and no ball hides it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Placed
from nnanim.marks.content import Floats
from nnanim.shapes import Boxes, Discs, Polyline, Shape, Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

SIDES = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)])
"""Where a label stands beside its point, the first choice first."""

NEAR = np.array(sorted(np.ndindex(25, 25), key=lambda at: float(np.hypot(at[0] - 12, at[1] - 12)))) - 12
"""(625, 2) steps away from a place, the nearest first."""

STEP = 0.05
"""Between two places at which a line is looked at."""

Plate = tuple[Floats, Floats]
"""Middle and size of a room that something takes."""


@dataclass(frozen=True, eq=False)
class Obstacles:
    """What else is drawn in the same plane.

    Attributes:
        plates: rooms of points.
        lines: (n, 2) places along lines.
    """

    plates: tuple[Plate, ...] = ()
    lines: Floats = field(default_factory=lambda: np.zeros((0, 2)))

    @classmethod
    def among(cls, drawn: Iterable[Shape]) -> Obstacles:
        """The points and lines among some shapes."""
        plates, lines = list[Plate](), [np.zeros((0, 2))]
        for one in drawn:
            if isinstance(one, Discs):
                plates += [(at, np.full(2, 2 * r)) for at, r in zip(one.centers, one.radii, strict=True)]
            elif isinstance(one, Polyline) and len(one.points) > 1:
                lines.append(_walk(one.points))
        return cls(tuple(plates), np.concatenate(lines))

    def strike(self, at: Floats, size: Floats) -> bool:
        """Whether a line runs through a plate."""
        return bool((np.abs(self.lines - at) < size / 2).all(axis=1).any())


def _walk(points: Floats) -> Floats:
    """Places along a line, near to each other."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, lengths[-1], int(lengths[-1] / STEP) + 2)
    return np.column_stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)])


def draw_point_labels(
    labels: Sequence[Words], points: Floats, rooms: Floats, placed: Placed, style: RenderStyle,
    beside: Obstacles,
) -> Shapes:  # fmt: skip
    """A word beside each point that has one; a word that had to give way is joined to its point by a line.

    Args:
        labels: a word for each point; it may be empty.
        points: (n, 2) places on the screen.
        rooms: (n,) width and height that each point takes.
        placed: the plane.
        style: language and theme.
        beside: what else is drawn in the plane.
    """
    theme = style.theme
    taken: list[Plate] = [(at, np.full(2, room)) for at, room in zip(points, rooms, strict=True)]
    taken += beside.plates
    first, lines, written = len(taken), tuple[Shape, ...](), tuple[Shape, ...]()
    for label, point, room in zip(labels, points, rooms, strict=True):
        if not style.say(label):
            continue
        size = np.array([style.text_width(style.say(label), theme.small) + 0.1, 1.25 * theme.small])
        sides = [point + (size / 2 + 0.55 * room) * side for side in SIDES]
        free = [one for one in sides if is_free(one, size, taken, placed, beside)]
        place = free[0] if free else find_apart(sides[0], size, taken, placed, taken[first:], beside)
        hidden = any((np.abs(place - other) < (size + side) / 2).all() for other, side in taken)
        taken.append((place, size))
        nearest = np.clip(point, place - size / 2, place + size / 2)
        if np.hypot(*(nearest - point)) > room:
            lines += (Polyline(np.array([point, nearest]), theme.rgba("outline"), 0.015),)
        if hidden or beside.strike(place, size):  # nowhere is there room beside all that is there
            written += (Boxes(place[None], size[None], theme.rgba("ground", 0.85)[None], corner=0.04),)
        ink, (x, y) = theme.rgba("ink"), place.tolist()
        written += shapes.text(style.say(label), x, y, theme.small, ink, theme)
    return lines + written


NOTHING = Obstacles()


def is_free(
    at: Floats, size: Floats, taken: Sequence[Plate], placed: Placed, beside: Obstacles = NOTHING
) -> bool:
    """Whether a plate stands inside the axes, touches none that is there, and no line runs through it."""
    inside = np.abs(at - (placed.x, placed.y)) <= (np.array([placed.w, placed.h]) - size) / 2
    apart = all((np.abs(at - other) >= (size + room) / 2).any() for other, room in taken)
    return bool(inside.all()) and apart and not beside.strike(at, size)


def find_apart(
    wanted: Floats, size: Floats, taken: Sequence[Plate], placed: Placed, words: Sequence[Plate] = (),
    beside: Obstacles = NOTHING,
) -> Floats:  # fmt: skip
    """The place nearest to ``wanted``, inside the axes, where a plate touches nothing that is there.

    Where there is no such place, lines may run through it; where there is none even then, it may touch all
    but ``words``.
    """
    middle, half = np.array([placed.x, placed.y]), (np.array([placed.w, placed.h]) - size) / 2
    for near in (NEAR[:1], NEAR):  # mostly, the first is free
        places = np.clip(wanted + near * 0.3 * size[1], middle - half, middle + half)
        free = np.ones(len(places), dtype=bool)
        for other, room in taken:
            free &= (np.abs(places - other) >= (size + room) / 2).any(axis=1)
        clear = [
            bool(one) and not beside.strike(place, size) for one, place in zip(free, places, strict=True)
        ]
        if clear[0]:
            break
    if any(clear):
        return np.asarray(places[clear.index(True)])
    if words and not free.any():
        return find_apart(wanted, size, list(words), placed)
    return np.asarray(places[int(free.argmax())])
