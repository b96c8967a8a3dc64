"""Words that are covered for a while: a mark that flies across the stage hides what stands there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from nnanim.beats import Beat
from nnanim.check.crowding import Words
from nnanim.check.frames import MOMENTS
from nnanim.shapes import Boxes, Discs, Raster, Shapes
from nnanim.timeline import Phase, Take

BRIGHT = 0.6
"""Alpha from which a word is there to be read."""

HIDDEN = 0.5
"""Share of a word's brightness that something may take before the word counts as hidden."""

LONG = 3
"""Moments of a phase, of those that are looked at, for which a word may not be hidden: half of it."""

Cover = tuple[str, str, str]
"""Key of a mark, a word of it, and the key of what hides the word."""


class _Covers(Words):
    """Words, and what of their light the marks above them take."""

    def __init__(self) -> None:
        super().__init__()
        self.above = ""
        self.taken: defaultdict[tuple[int, str], float] = defaultdict(float)

    def _cover(self, shape: Boxes | Discs | Raster) -> None:
        before = np.array(self.light)
        super()._cover(shape)
        lost: Any = before - np.array(self.light)
        for place in np.flatnonzero(lost > 1e-3):
            self.taken[int(place), self.above] += float(lost[place])


def find_hidden(seen: Mapping[str, Shapes]) -> set[Cover]:
    """The words of a picture, from the lowest shapes to the highest, that other marks hide."""
    covers = _Covers()
    for covers.above, shapes in seen.items():
        for shape in shapes:
            covers.add(covers.above, shape)
    found = set[Cover]()
    for (place, above), lost in covers.taken.items():
        key, word = covers.words[place]
        light, said = float(word.color[3]), any(one.isalnum() for one in word.piece.text)
        if key != above and said and light > BRIGHT and lost > HIDDEN * light:
            found.add((key, word.piece.text, above))
    return found


def find_covering(
    take: Take, seen: Iterable[tuple[Phase, Mapping[str, Shapes]]]
) -> Iterator[tuple[str, str]]:
    """Key of a mark that hides words of another for most of a phase, and what it hides.

    What is born may hide what it comes from, and what is hidden at the end is so by its author's will.

    Args:
        take: the beat.
        seen: what is seen at its moments, from the lowest shapes to the highest, with the phase.
    """
    times: Counter[tuple[str, Cover]] = Counter()
    for phase, shapes in seen:
        times.update((phase.name, cover) for cover in find_hidden(shapes))
    long = [(name, cover) for (name, cover), many in times.items() if LONG <= many <= len(MOMENTS)]
    if not long:
        return
    end = take.at(take.seconds)
    stays = find_hidden({key: end[key] for key in take.order(end)})
    told = set[tuple[str, str]]()
    for name, (key, word, above) in long:
        fine = (key, word, above) in stays or key in _list_sources(take.beat, above)
        if not fine and (key, above) not in told:
            told.add((key, above))
            yield above, f"{above!r} hides {word!r} of {key!r} for most of {name}"


def _list_sources(beat: Beat, key: str) -> set[str]:
    """What a mark is born from."""
    born: Any = beat.born.get(key, ())
    return {one.key for one in (born if isinstance(born, tuple | list) else (born,))}
