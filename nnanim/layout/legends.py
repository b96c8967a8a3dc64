"""Legends: which a beat needs, which of them stand in the one line beside the title, and in which scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnanim.beats import Beat
from nnanim.marks import Frame, Legend, Mark, Placed, Zoom
from nnanim.marks.parts import Extent
from nnanim.style import MARGIN, RenderStyle

LEGEND_GAP = 0.5
"""Between two legends."""

LINE_HEIGHT = 0.44
"""Height that a legend's swatch may have beside its line of text."""

BEYOND = 0.04
"""How far a swatch may reach beyond its line, where a view makes it larger."""


def legend_room(style: RenderStyle, title: str) -> float:
    """Width that the legends have beside the title."""
    free = style.width - 2 * MARGIN
    return free - (style.text_width(title, style.theme.medium, bold=True) + 2 * LEGEND_GAP if title else 0.0)


def line_width(legends: Sequence[Mark], style: RenderStyle, narrow: bool = False) -> float:
    """Width of some legends in one line, their swatches ``narrow`` or not."""
    extents = [measure_legend(one, style, narrow) for one in legends]
    return sum(e.left + e.right for e in extents) + LEGEND_GAP * max(len(extents) - 1, 0)


def measure_legend(legend: Mark, style: RenderStyle, narrow: bool = False) -> Extent:
    """The room of a legend, its swatch ``narrow`` or not."""
    if narrow and isinstance(legend, Legend):
        return legend.narrow(style)
    return legend.measure(1.0, style)


@dataclass(frozen=True)
class Told:
    """What was seen before a beat and comes after it, by which its legends are chosen.

    Attributes:
        before: the marks of the beat before, by key.
        legends: those that were shown already.
        last: keys of those that were shown in the beat before.
        coming: for each beat from this one on, the legends that it needs.
        film: all legends of the film.
    """

    before: Mapping[str, Mark]
    legends: tuple[Mark, ...] = ()
    last: frozenset[str] = frozenset()
    coming: tuple[tuple[Mark, ...], ...] = ()
    film: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, beats: Sequence[Beat]) -> Told:
        """Before the first of some beats."""
        coming = tuple(tuple(find_legends(beat)) for beat in beats)
        return cls({}, coming=coming, film=tuple(dict.fromkeys(one for some in coming for one in some)))

    def after(self, beat: Beat, frame: Frame) -> Told:
        """The same after one more beat."""
        shown = [one.mark for one in frame.placed.values() if isinstance(one.mark, Legend)]
        known = tuple(dict.fromkeys((*self.legends, *shown)))
        return Told(beat.by_key, known, frozenset(one.key for one in shown), self.coming[1:], self.film)

    def choose(self, beat: Beat, style: RenderStyle, room: float, note: Legend | None = None) -> list[Mark]:
        """The legends of a beat that stand in one line, ``note`` among them.

        Where they do not fit even with small swatches, the least needed go, the later first: those that were
        shown before, or will be,
        go before those that never are; then what neither enters nor changes, nor is in ``focus``, goes before
        what does, and this before signals in motion; of these, what was not shown in the beat before; and of
        these, the scales of numbers that are written. Names, notes and what is shown in no other beat stay,
        in lines of their own if need be: nothing else says what they say.
        """
        found = dict.fromkeys(self._widest(one) for one in find_legends(beat))
        chosen = [*([note] if note is not None else []), *found]
        if line_width(chosen, style, narrow=True) <= room:
            return chosen
        needs = [self._need(beat, one, hides=note is not None) for one in chosen]
        while line_width(chosen, style, narrow=True) > room and any(need < KEPT for need in needs):
            least = max(range(len(needs)), key=lambda i: (-needs[i], i))
            del chosen[least], needs[least]
        return chosen

    def _widest(self, legend: Mark) -> Mark:
        """What the film says of a scale of colours where it says most: it says the same all the time."""
        if not isinstance(legend, Legend) or legend.kind != "color":
            return legend
        wider = [one for one in self.film if legend.is_within(one)]
        return next((one for one in wider if not any(one.is_within(other) for other in wider)), legend)

    def _need(self, beat: Beat, legend: Mark, hides: bool) -> int:
        """How much a beat needs a legend, from 0; ``hides``: whether numbers have no room."""
        if isinstance(legend, Legend) and legend.kind in ("names", "note"):
            return KEPT
        new = not any(_says(one, legend) for one in self.legends)
        if new and self.coming and not any(_says(one, legend) for some in self.coming[1:] for one in some):
            return KEPT
        explained = [mark for mark in beat.marks if any(_says(legend, one) for one in mark.legends())]
        spoken = any(mark.key in beat.focus or self.before.get(mark.key) != mark for mark in explained)
        written = bool(explained) and not hides and all(mark.writes_numbers for mark in explained)
        return 16 * new + 8 * (not explained) + 4 * spoken + 2 * (legend.key in self.last) + (not written)


def _says(legend: Mark, other: Mark) -> bool:
    """Whether a legend says all that another says."""
    return legend == other or other.is_within(legend)


KEPT = 32
"""Need of what is never left out."""

FIRST = Told({})


def find_legends(beat: Beat) -> list[Mark]:
    """The legends that a beat needs, each mapping once; they are found from the marks and the motion."""
    found: dict[str, Mark] = {}
    for mark in beat.marks:
        for one in mark.legends():
            found.setdefault(one.key, one)
    if beat.motion is not None:
        found |= {one.key: one for one in beat.motion.legends(beat.by_key)}
    return [one for one in found.values() if not any(one.is_within(other) for other in found.values())]


def scale_legends(placed: Mapping[str, Placed], zoom: Zoom) -> dict[str, Placed]:
    """Legends of widths and sizes in the scale in which theirs is seen, without those that are too large."""
    seen = dict(placed)
    for key, one in placed.items():
        if not (isinstance(one.mark, Legend) and one.mark.scale_of):
            continue
        scaled = replace(one, scale=placed[one.mark.scale_of].scale * zoom.factor)
        tall = one.mark.swatch_height(scaled.scale)
        left, right, bottom, top = scaled.room
        # The room of the line grows with what stands on it.
        bottom, top = min(bottom, scaled.y - tall / 2), max(top, scaled.y + tall / 2)
        if zoom.factor > 1 and (tall > LINE_HEIGHT or top > one.room[3] + BEYOND):
            del seen[key]
        else:
            seen[key] = replace(scaled, room=(left, right, bottom, top))
    return seen
