"""Parts in flight: each goes from a box to its place along a slight arc, one a little after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nnanim.marks.easing import ramp
from nnanim.marks.parts import REST, Owner, Parts
from nnanim.shapes import (
    Filled,
    Floats,
    Raster,
    Shape,
    Shapes,
    box_map,
    fade,
    fade_each,
    hull,
    map_shape,
    map_word,
    word_box,
)

SECONDS = 0.9
"""Of one part's flight."""

LAG, MOST_LAG, APART = 0.06, 0.6, 0.5
"""Seconds from one part to the next; of all lags together; from one to the next in the order "one by one"."""

ARC = 0.06
"""How far the way bows aside, as a share of its length."""

ARCS = (ARC, 0.0, -ARC, 4 * ARC, -4 * ARC)
"""The bows that are tried; of those on whose way words lie on each other least, the first is taken."""

LATE = 0.35
"""Seconds in which what belongs to no part appears, at the end."""

LANDING = 0.85
"""Share of the time after which what is around a word that flies alone appears: it is never seen empty."""

CLEAR = 0.12
"""How far words keep from those that they part from while they fade in, in frame units."""


Box = Sequence[float]
"""Middle (x, y), width and height."""


def ramps(fractions: Floats, start: float = 0.0, end: float = 1.0) -> Floats:
    """As `ramp`, for several fractions."""
    f = np.clip((fractions - start) / (end - start), 0.0, 1.0)
    return np.asarray(f**3 * (10 - 15 * f + 6 * f * f))


@dataclass(frozen=True, eq=False)
class WordFlight:
    """One word in flight.

    Attributes:
        unit: what it flies with.
        box: its box in its place: middle (x, y), width, height.
        start: box of the same word where it comes from, or None.
        beside: whether it stands beside its part, as the name of a row.
        color: (4,) of the same word where it comes from, or None.
    """

    unit: int
    box: Box
    start: Box | None
    beside: bool
    color: Floats | None = None


@dataclass(frozen=True, eq=False)
class Flight:
    """The parts of a mark on the way to their places.

    Attributes:
        parts: the mark in its place, taken apart.
        units: (parts,) which unit of flight each part belongs to, -1 for none.
        origins, targets: (units, 4) boxes where the units start and end.
        off: (units, 4) boxes that words keep off: they are seen once they are clear of them.
        starts: (units,) seconds at which they set out.
        together: whether they keep their arrangement, as the cells of a patch.
        stays: whether the source stays: what flies off is a copy, whose words come once it is clear.
        words: for each shape of ``parts`` that is a word, how it flies.
        ripe: the shares of its size between which a word that comes with its part fades in.
        alone: whether words fly alone, and what is around them appears where they land.
        arc: the share of the way by which it bows aside, with its sign.
    """

    parts: Parts
    units: npt.NDArray[np.intp]
    origins: Floats
    targets: Floats
    off: Floats
    starts: Floats
    together: bool = False
    stays: bool = False
    words: dict[int, WordFlight] = field(default_factory=dict)
    ripe: tuple[float, float] = (0.55, 0.85)
    alone: bool = False
    arc: float = ARC

    @cached_property
    def seconds(self) -> float:
        """From the first part's start to the last one's landing."""
        waits = LATE if (self.units < 0).any() else 0.0  # what does not fly appears once all have landed
        return SECONDS + (float(self.starts.max()) if len(self.starts) else 0.0) + waits

    def at(self, seconds: float, rest: bool = True, words_only: bool = False) -> Shapes:
        """What is seen so many seconds after the start; ``rest``: with what belongs to no part."""
        if seconds >= self.seconds and rest and not words_only:
            return self.parts.shapes
        fractions = np.clip((seconds - self.starts) / SECONDS, 0.0, 1.0)
        here, light = self._boxes(fractions)
        times, boxes, lights = fractions.tolist(), here.tolist(), light.tolist()
        late = ramp((seconds - self.seconds + LATE) / LATE)
        units, seen = self._units, list[Shape]()
        for place, (shape, owner) in enumerate(zip(self.parts.shapes, self.parts.owners, strict=True)):
            if words_only and not isinstance(shape, Filled):
                continue
            if not isinstance(owner, int):
                seen += self._batch(place, owner, here, light, late)
            elif owner == REST or (unit := units[owner]) < 0:
                seen += fade((shape,), late) if rest or owner != REST else ()
            elif times[unit] >= 1:  # it has landed
                seen.append(shape)
            elif (word := self.words.get(place)) is not None:
                assert isinstance(shape, Filled), "so it was made"
                seen += self._word(word, shape, times[unit], boxes[unit])
            elif lights[unit] > 0:
                moved = map_shape(shape, *box_map(self.targets[unit], here[unit]))
                seen += fade((moved,), lights[unit])
        return tuple(seen)

    @cached_property
    def _units(self) -> list[int]:
        return list(map(int, self.units))

    @cached_property
    def _goals(self) -> tuple[list[Box], list[Box]]:
        """Where the units end, and what their words keep off."""
        return self.targets.tolist(), self.off.tolist()

    def _boxes(self, fractions: Floats) -> tuple[Floats, Floats]:
        """(units, 4) where the units are, and (units,) how bright."""
        here = self._on_way(self.origins, self.targets, ramps(fractions))
        light = np.clip(fractions / 0.15, 0.0, 1.0)
        if self.alone:
            return self.targets.copy(), ramps(fractions, LANDING)
        for word in self.words.values():
            if word.beside and word.start is not None:  # its cells roll out of its right edge
                i, f = word.unit, float(fractions[word.unit])
                rolled = ramp(f, 0.3)
                name, to = self._place_word(word, f), self._goals[0][i]
                wide = max(to[2] * rolled, 1e-3)
                left = name[0] + name[2] / 2 + (to[0] - to[2] / 2) - (word.box[0] + word.box[2] / 2)
                here[i] = left + wide / 2, name[1] + to[1] - word.box[1], wide, to[3]
                light[i] = min(rolled / 0.15, 1.0)
        return here, light

    def _on_way(self, start: Floats, end: Floats, e: Floats) -> Floats:
        """(…, 4) boxes a share ``e`` (…) of their way, bowed aside."""
        way = end[..., :2] - start[..., :2]
        if self.together and way.ndim > 1:
            way = np.broadcast_to(way.mean(axis=0), way.shape)
        here = start + (end - start) * e[..., None]
        bow = 4 * e * (1 - e) * self.arc
        here[..., :2] += np.stack([-way[..., 1], way[..., 0]], axis=-1) * bow[..., None]
        return np.asarray(here)

    def _batch(self, place: int, owner: Owner, here: Floats, light: Floats, late: float) -> Shapes:
        """A shape of elements of several parts, or the picture of them."""
        shape = self.parts.shapes[place]
        units, flies, targets = self._members(place, owner)
        if isinstance(shape, Raster):  # flies as a whole
            return fade(
                (map_shape(shape, *box_map(targets, _around(here[units]))),), float(light[units].mean())
            )
        scale, shift = box_map(targets, here[units])
        lights = light[units]
        if not flies.all():
            scale[~flies], shift[~flies] = 1.0, 0.0
            lights = np.where(flies, lights, late)
        return (fade_each(map_shape(shape, scale, shift), lights),)

    def _members(
        self, place: int, owner: Owner
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], Floats]:
        """Units of a batch's elements, which of these fly, where they end; of a picture, all at once."""
        if place not in self._memory:
            units = self.units[owner]
            flies = units >= 0
            if isinstance(self.parts.shapes[place], Raster):
                units = np.unique(units[flies])
                self._memory[place] = units, flies, _around(self.targets[units])
            else:
                self._memory[place] = units, flies, self.targets[units]
        return self._memory[place]

    @cached_property
    def _memory(self) -> dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], Floats]]:
        return {}

    def _place_word(self, word: WordFlight, f: float) -> Box:
        """The box of a word at a fraction of its way."""
        assert word.start is not None
        e = ramp(f, 0.0, 0.75 if word.beside else 1.0)
        bow = 4 * e * (1 - e) * self.arc
        (x, y, w, h), (to_x, to_y, to_w, to_h) = word.start, word.box
        right, up = to_x - x, to_y - y
        return x + right * e - up * bow, y + up * e + right * bow, w + (to_w - w) * e, h + (to_h - h) * e

    def _word(self, word: WordFlight, shape: Filled, f: float, here: Box) -> Shapes:
        """A word on its way, with its unit's box ``here``."""
        if f <= 0:
            return ()
        target, off = (some[word.unit] for some in self._goals)
        color, light = shape.color, 1.0
        if word.start is not None:
            there = self._place_word(word, f)
            if self.stays:
                light = min(_clearance(there, word.start), _clearance(there, off))
            assert word.color is not None, "it is a word in both places"
            color = word.color + (color - word.color) * ramp(f)
        else:
            wide, tall, right, up = _map_box(target, here)
            least, (x, y, w, h) = min(wide, tall), word.box
            there = x * wide + right, y * tall + up, w * least, h * least
            # Words that come with their part are seen when it is nearly as large, or as small, as it will be.
            near = min(least, 1 / max(wide, tall, 1.0))
            grown = (near - self.ripe[0]) / (self.ripe[1] - self.ripe[0])
            light = min(max(min(grown, _clearance(there, off)), ramp(f, LANDING)), f / 0.15)
        return fade((map_word(shape, *_map_box(word.box, there), color),), light) if light > 0 else ()


def make_flight(
    parts: Parts,
    units: npt.NDArray[np.intp],
    origins: Floats,
    sources: Sequence[Shapes],
    lag: float,
    together: bool = False,
    stays: bool = False,
) -> Flight:
    """The flight of a mark's parts, in units, from ``origins``, where the shapes ``sources`` stand."""
    boxes = np.concatenate([parts.centers.reshape(-1, 2), parts.sizes.reshape(-1, 2)], axis=1)
    count = len(origins)
    targets = np.array([_around(boxes[units == i]) for i in range(count)]).reshape(-1, 4)
    words = {}
    for place, (shape, owner) in enumerate(zip(parts.shapes, parts.owners, strict=True)):
        if isinstance(shape, Filled) and isinstance(owner, int) and owner != REST and units[owner] >= 0:
            words[place] = _word_flight(shape, int(units[owner]), targets, sources)
    step = min(LAG, MOST_LAG / max(count - 1, 1)) if lag < 0 else lag
    starts: Floats = np.arange(count, dtype=float) * step
    origins = np.asarray(origins, dtype=float)
    return Flight(parts, units, origins, targets, origins, starts, together, stays, words)


def _word_flight(shape: Filled, unit: int, targets: Floats, sources: Sequence[Shapes]) -> WordFlight:
    box, target = hull([shape]).tolist(), targets[unit]
    words = [one for one in sources[unit] if isinstance(one, Filled)]
    # A word that lies and one that is turned would be torn out of shape on the way from one to the other.
    same = [one for one in words if one.piece is shape.piece and one.turn == shape.turn]
    beside = bool(abs(box[0] - target[0]) > target[2] / 2)
    return (
        WordFlight(unit, box, hull(same[:1]).tolist(), beside, same[0].color)
        if same
        else WordFlight(unit, box, None, beside)
    )


def _around(boxes: Floats) -> Floats:
    """(4,) the box around boxes (n, 4)."""
    low, high = (boxes[:, :2] - boxes[:, 2:] / 2).min(axis=0), (boxes[:, :2] + boxes[:, 2:] / 2).max(axis=0)
    return np.concatenate([(low + high) / 2, high - low])


def _map_box(start: Box, end: Box) -> tuple[float, float, float, float]:
    """Scales in both directions, then shifts, of the map that takes one box to another, as `box_map`."""
    x, y, w, h = start
    to_x, to_y, to_w, to_h = end
    wide, tall = to_w / w if w >= 1e-9 else 1.0, to_h / h if h >= 1e-9 else 1.0
    return wide, tall, to_x - x * wide, to_y - y * tall


def _clearance(box: Box, other: Box) -> float:
    """How far a box is from another, 0 where they touch, 1 at a distance of ``CLEAR`` or more."""
    (x, y, w, h), (other_x, other_y, other_w, other_h) = box, other
    gap = max(abs(x - other_x) - (w + other_w) / 2, abs(y - other_y) - (h + other_h) / 2)
    return min(max(gap / CLEAR, 0.0), 1.0)


def crowding(flight: Flight, resting: Sequence[Floats], moments: int = 9) -> float:
    """How much the words in flight lie on each other and on resting ones, summed over some moments."""
    total = 0.0
    for seconds in np.linspace(0.0, flight.seconds, moments + 2)[1:-1]:
        seen = flight.at(float(seconds), rest=False, words_only=True)
        shapes = [one for one in seen if isinstance(one, Filled)]
        boxes = [np.concatenate(word_box(one)) for one in shapes]
        light = [float(one.color[3]) for one in shapes]
        total += overlap(boxes, light, [*boxes, *resting], [*light, *[1.0] * len(resting)])
    return total


def overlap(
    some: Sequence[Floats], light: Sequence[float], others: Sequence[Floats], lights: Sequence[float]
) -> float:
    """Area by which boxes (left, bottom, right, top) lie on others, times the lesser brightness of two."""
    if not some:
        return 0.0
    a, b = np.array(some)[:, None], np.array(others)[None]
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    tall = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    both = np.clip(wide, 0, None) * np.clip(tall, 0, None)
    both *= np.minimum(np.array(light)[:, None], np.array(lights)[None])
    np.fill_diagonal(both, 0.0)
    return float(both.sum())


def straightest(flight: Flight, resting: Sequence[Floats], frame: tuple[float, float]) -> Flight:
    """The flight that bows to the side, or goes straight, such that words lie on each other least.

    It stays inside of a frame of that width and height, if one of them does.
    """
    if not flight.words or len(flight.words) > 60:
        return flight
    tried: list[tuple[bool, float, int]] = []
    for i, arc in enumerate(ARCS):
        one = replace(flight, arc=arc)
        tried.append((overshoot(one, frame) > 0, round(crowding(one, resting), 2), i))
        if tried[-1][:2] == (False, 0.0):  # none is better
            break
    return replace(flight, arc=ARCS[min(tried)[2]])


def overshoot(flight: Flight, frame: tuple[float, float], moments: int = 7) -> float:
    """How far a flight gets out of a frame of that width and height."""
    reach = 0.0
    for seconds in np.linspace(0.0, flight.seconds, moments + 2)[1:-1]:
        if shapes := flight.at(float(seconds), rest=False):
            box = hull(shapes)
            reach = max(reach, float((np.abs(box[:2]) + box[2:] / 2 - np.array(frame) / 2).max()))
    return reach
