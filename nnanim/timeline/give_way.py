"""Words on their way from one beat to the next: of two that meet, one gives way to the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnanim.motions import Drawing, Movement, courses_of
from nnanim.shapes import Filled, Floats, Shapes, fade, word_sides

ENTERS, LEAVES, MOVES, RESTS = range(4)
"""What a mark does. A word gives way to those of marks that do something further on in this list: what comes
waits for what goes, what goes hides from what moves, and all of them leave to what rests its place."""

NEAR, DEEP = 0.4, 0.03
"""Distance, in frame units, at which a word begins to give way to another, and how deep it lies on it when it
has given way entirely."""

AT_ONCE = 1e-6
"""Fraction of the time at which what flies off has just begun to."""

FAINT = 0.1
"""Brightness below which others need not entirely give way to a word."""

STILL = 0.02
"""Distance within which the same word stands where its copy stands, and hides nothing."""

Ranks = Mapping[str, int]


class _Words(NamedTuple):
    """Words of a picture.

    Attributes:
        found: key of the mark, place among its shapes, and outline of each.
        boxes: (n, 4) left, bottom, right, top of each.
        light: (n,) brightness.
        ranks: (n,) what their marks do.
    """

    found: list[tuple[str, int, Filled]]
    boxes: Floats
    light: Floats
    ranks: npt.NDArray[np.intp]

    def names(self) -> list[tuple[str, int]]:
        """What each word is called in every picture: its mark and its outline."""
        return [(key, id(word.piece)) for key, _, word in self.found]


def give_way(drawing: Drawing, resting: Mapping[str, Shapes], ranks: Ranks) -> Drawing:
    """The same drawing, in which no two words are seen in one place.

    Args:
        drawing: what moves.
        resting: what does not, and keeps its words.
        ranks: what each mark does that is drawn.
    """
    courses, others = courses_of(drawing)
    # What has no words gives way to none, and is passed on as it is.
    silent = {key: course for key, course in courses.items() if not course.has_words}
    drawing = Movement({key: one for key, one in courses.items() if key not in silent}, others)
    still = _collect(resting, dict.fromkeys(resting, RESTS))

    @cache
    def at_rest() -> dict[tuple[str, int], float]:
        """How near words may come to others: as near as they stand at the beginning or at the end."""
        near: dict[tuple[str, int], float] = {}
        starts: dict[int, float] = {}
        for fraction in (0.0, 1.0):
            words = _collect(drawing(fraction), ranks)
            for (key, piece), one in zip(words.names(), _nearness(words, still), strict=True):
                if not fraction:
                    starts[piece] = max(starts.get(piece, 0.0), float(one))
                # A word that flies out of another mark begins as that one's word.
                begins = starts.get(piece, 0.0) if fraction and (key, piece) not in near else 0.0
                near[key, piece] = max(near.get((key, piece), 0.0), begins, float(one))
        # One that took off there gives way to what stood beside it, which gave way to it before.
        words = _collect(drawing(AT_ONCE), ranks)
        for name, one, light in zip(words.names(), _nearness(words, still), words.light, strict=True):
            near[name] = max(near.get(name, 0.0), float(one) if light > 0.5 else 0.0)
        return near

    def at(fraction: float) -> dict[str, Shapes]:
        seen = dict(drawing(fraction))
        words = _collect(seen, ranks)
        if not words.found:
            return seen
        near = _nearness(words, still)
        if not near.any():
            return seen
        usual = at_rest()
        dimmed: dict[str, dict[int, float]] = {}
        for i, name in enumerate(words.names()):
            most = usual.get(name, 0.0)
            if near[i] > most:
                key, place, _ = words.found[i]
                dimmed.setdefault(key, {})[place] = float(1 - (near[i] - most) / (1 - most))
        return seen | {key: _dim(seen[key], places) for key, places in dimmed.items()}

    return Movement(silent, at)


def _dim(shapes: Shapes, places: Mapping[int, float]) -> Shapes:
    return tuple(
        one
        for place, shape in enumerate(shapes)
        for one in (fade((shape,), places[place]) if place in places else (shape,))
    )


def _collect(seen: Mapping[str, Shapes], ranks: Ranks) -> _Words:
    found = [
        (key, place, shape)
        for key, shapes in seen.items()
        for place, shape in enumerate(shapes)
        if isinstance(shape, Filled) and len(shape.piece.curves)
    ]
    boxes = [word_sides(word) for _, _, word in found]
    return _Words(
        found,
        np.array(boxes).reshape(-1, 4),
        np.array([word.color[3] for _, _, word in found], dtype=float),
        np.array([ranks.get(key, MOVES) for key, _, _ in found], dtype=int),
    )


def _nearness(words: _Words, still: _Words) -> Floats:
    """(n,) how near each word that moves comes to those that it gives way to: 0 far off, 1 upon one."""
    found = [*still.found, *words.found]
    boxes, light = np.concatenate([still.boxes, words.boxes]), np.concatenate([still.light, words.light])
    rank, first = np.concatenate([still.ranks, words.ranks]), len(still.found)
    # Among equals, the later one gives way.
    mine, order = words.ranks[:, None], np.arange(len(found))
    yields = (rank > mine) | ((rank == mine) & (order < first + np.arange(len(words.found))[:, None]))
    near = (NEAR + _depths(words.boxes, boxes)) / (NEAR + DEEP) * yields
    meets = np.nonzero(near > 0)
    if not len(meets[0]):
        return np.zeros(len(words.found))
    for i, j in zip(*(some.tolist() for some in meets), strict=True):
        if _may_meet(words.found[i], words.boxes[i], found[j], boxes[j]):
            near[i, j] = 0.0
    near = np.minimum(np.maximum(near, 0.0), 1.0) * np.minimum(np.maximum(light / FAINT, 0.0), 1.0)
    return np.asarray(near.max(axis=1, initial=0.0))


def _depths(some: Floats, others: Floats) -> Floats:
    """(n, m) how deep boxes lie in others; below 0, how far they are apart."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    gap = np.minimum(some[:, None, 2:], others[None, :, 2:]) - low
    return np.asarray(np.minimum(gap[..., 0], gap[..., 1]))


def _may_meet(
    one: tuple[str, int, Filled], box: Floats, other: tuple[str, int, Filled], its_box: Floats
) -> bool:
    """Whether two may lie on each other: pieces of one formula, or one word that is drawn twice."""
    (key, _, word), (other_key, _, other_word) = one, other
    if key == other_key and not word.piece.text and not other_word.piece.text:
        return True
    return word.piece is other_word.piece and bool(np.abs(box - its_box).max() <= STILL)
