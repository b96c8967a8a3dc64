"""Marks that come out of other marks, parts that join a mark that stays, and marks that are gathered in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Formula, Frame, Placed, Wires
from nnanim.marks.axes import Plot
from nnanim.marks.easing import ease
from nnanim.marks.parts import REST, Parts
from nnanim.marks.view import Part, read_spot
from nnanim.shapes import Filled, Floats, Raster, Shapes, fade, fade_each, hull, word_box
from nnanim.timeline.change import keep_within_frame
from nnanim.timeline.flight import APART, LAG, MOST_LAG, SECONDS, Flight, make_flight, straightest
from nnanim.timeline.give_way import NEAR
from nnanim.words import typeset

Indices = npt.NDArray[np.intp]


def parts_of(placed: Placed, frame: Frame) -> Parts:
    """A mark by the parts that fly; one that has none is a single part."""
    parts = placed.mark.take_apart(placed, frame)
    if len(parts) and parts.owners:
        return parts
    box = hull(parts.shapes)
    return Parts(parts.shapes, tuple(0 for _ in parts.shapes), box[None, :2], box[None, 2:])


@dataclass(frozen=True, eq=False)
class Source:
    """What something comes from: (n, 4) boxes, and which parts of the mark each stands for.

    Attributes:
        boxes: where it comes from, in order.
        parts: the mark that it is.
        members: for each box, the indices of its parts.
        whole: whether all of the mark was named, so that its rows may be meant.
        label: shapes of the mark's label.
        wide: whether it is a plot from which something else comes, which would begin as wide.
    """

    boxes: Floats
    parts: Parts
    members: tuple[Indices, ...]
    whole: bool = False
    label: Shapes = ()
    wide: bool = False

    def by_rows(self) -> Source:
        """The same with a box for each row of parts."""
        rows = np.arange(len(self.parts)).reshape(self.parts.shape[0], -1)
        boxes = np.array([hull_of(self.parts, row) for row in rows])
        return replace(self, boxes=boxes, members=tuple(rows), whole=True)

    def as_one(self) -> Source:
        """The same as one box."""
        every = np.concatenate(self.members)
        return replace(self, boxes=hull_of(self.parts, every)[None], members=(every,))

    def shapes(self, i: int) -> Shapes:
        """The shapes behind box ``i``."""
        found: Shapes = ()
        for shape, owner in zip(self.parts.shapes, self.parts.owners, strict=True):
            if isinstance(owner, int):
                found += (shape,) if owner in self.members[i] else ()
        return found


def hull_of(parts: Parts, which: Indices) -> Floats:
    """(4,) the box around some parts."""
    at, size = parts.centers.reshape(-1, 2)[which], parts.sizes.reshape(-1, 2)[which]
    low, high = (at - size / 2).min(axis=0), (at + size / 2).max(axis=0)
    return np.concatenate([(low + high) / 2, high - low])


def boxes_of(parts: Parts, which: Sequence[int]) -> Floats:
    """(n, 4) the box of each of some parts."""
    some = np.asarray(which, dtype=np.intp)
    at, size = parts.centers.reshape(-1, 2)[some], parts.sizes.reshape(-1, 2)[some]
    low, high = at - size / 2, at + size / 2
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def find_source(one: From, frame: Frame) -> Source:
    """What a birth comes from, where it stands in ``frame``.

    Raises:
        UserError: the mark has no such part.
    """
    placed = frame[one.key]
    parts = parts_of(placed, frame)
    if one.into is not None:
        return _wire_ends(one, placed, frame, parts)
    if one.cells is not None:
        if len(parts.shape) != 2:
            raise UserError(f"{one.key!r} has no rows and columns of cells")
        outside = [c for c in one.cells if not all(0 <= i < n for i, n in zip(c, parts.shape, strict=True))]
        if outside:
            raise UserError(f"{one.key!r} has {parts.shape} cells, and none at {outside[0]}")
        which = [row * parts.shape[1] + column for row, column in one.cells]
    elif one.part is not None:
        which = [parts.locate(one.key, part) for part in _list_wanted(one, parts)]
    else:
        which = list(range(len(parts)))
    members = tuple(np.array(which, dtype=int)[:, None])  # thousands, for a picture
    named_all = one.part is None and one.cells is None
    return Source(boxes_of(parts, which), parts, members, named_all, placed.draw_label(frame))


def _list_wanted(one: From, parts: Parts) -> tuple[Any, ...]:
    """The addresses of the parts that a birth comes from: of a table, (row, column) is one."""
    if isinstance(one.part, int):
        return (one.part,)
    wanted = one.part or ()
    if len(parts.shape) == 1 or any(isinstance(part, tuple) for part in wanted):
        return wanted
    if len(wanted) != len(parts.shape):
        raise UserError(
            f"From({one.key!r}, part={wanted}): it has rows and columns, so a part is (row, column); "
            "several are cells=((row, column), …)"
        )
    return (wanted,)


def _wire_ends(one: From, placed: Placed, frame: Frame, parts: Parts) -> Source:
    wires, into = placed.mark, one.into
    assert isinstance(wires, Wires) and into is not None, "checked by the story"
    count = wires.weights.shape[0]
    if not -count <= into < count:
        raise UserError(f"{one.key!r} runs to {count} neurons, and to none at {into}")
    ends = wires.ends(frame)[1][into]
    boxes = np.column_stack([ends, np.full((len(ends), 2), 0.2 * placed.scale)])
    columns = wires.weights.shape[1]
    members = tuple(np.array([into % count * columns + i]) for i in range(columns))
    return Source(boxes, parts, members)


def is_one_picture(parts: Parts) -> bool:
    """Whether parts are the pixels of one picture, with no words in them: these fly as a whole."""
    owned = list(zip(parts.shapes, parts.owners, strict=True))
    pixels = any(isinstance(one, Raster) and not isinstance(owner, int) for one, owner in owned)
    return pixels and not any(isinstance(one, Filled) and owner != REST for one, owner in owned)


def match(parts: Parts, mark: object, source: Source) -> tuple[Indices, Source]:
    """(parts,) the box that each part of a newborn comes from, -1 for none; and the source in these boxes."""
    count, every = len(parts), np.arange(len(parts))
    if is_one_picture(parts):  # its pixels cannot part
        return np.zeros(count, dtype=np.intp), source.as_one()
    rows = parts.shape[0] if len(parts.shape) == 2 else 0
    if len(source.boxes) == count:
        return every, source
    if rows and len(source.boxes) == rows:
        return every // (count // rows), source
    if source.whole and len(source.parts.shape) == 2 and source.parts.shape[0] in (count, rows):
        return match(parts, mark, source.by_rows())
    if isinstance(mark, Formula) and 1 < len(source.boxes) < count:
        return np.where(every < len(source.boxes), every, -1), source
    return np.zeros(count, dtype=np.intp), source.as_one()


@dataclass(frozen=True, eq=False)
class Birth:
    """A mark that is being born.

    Attributes:
        flight: of its parts.
        start: seconds after the beginning of the phase at which it sets out.
        placed, frame: the mark in its place.
        source: where it comes from.
    """

    flight: Flight
    start: float
    placed: Placed
    frame: Frame
    source: Source

    @property
    def end(self) -> float:
        """Seconds after the beginning of the phase at which it is all there."""
        return self.start + self.flight.seconds

    def at(self, seconds: float) -> Shapes:
        """What is seen of it."""
        if seconds <= self.start:
            return ()
        if seconds >= self.end:
            return self._whole
        late = ease(min(max((seconds - self.end + 0.35) / 0.35, 0.0), 1.0))
        here = fade(self.flight.at(seconds - self.start), self.placed.opacity) + fade(self._label, late)
        return keep_within_frame(here, self.frame.style)

    @cached_property
    def _label(self) -> Shapes:
        return self.placed.draw_label(self.frame)

    @cached_property
    def _whole(self) -> Shapes:
        """All of it; always the same object, of which printers keep what they have painted."""
        return fade(self.flight.parts.shapes, self.placed.opacity) + self._label

    def leftover(self, seconds: float) -> Shapes:
        """What is left of a source that leaves, so many seconds after the beginning of the phase."""
        t = seconds - self.start
        over = max(0.45, 0.3, float(self.flight.starts.max(initial=0.0)) + 0.3 * SECONDS)
        return self._fade_leftover(t) if t < over else self._nothing_left

    @cached_property
    def _nothing_left(self) -> Shapes:
        return self._fade_leftover(float("inf"))

    @cached_property
    def _setting_out(self) -> Floats:
        """(parts,) seconds at which each part of the source sets out; NaN for those that none comes from."""
        starts = np.full(len(self.source.parts), np.nan)
        for unit, members in enumerate(self.source.members):
            starts[members] = self.flight.starts[unit]
        return starts

    def _fade_leftover(self, t: float) -> Shapes:
        parts, since = self.source.parts, t - self._setting_out
        going = np.clip(since / (0.3 * SECONDS), 0.0, 1.0)
        gone = np.where(np.isnan(since), ease(min(max(t / 0.45, 0.0), 1.0)), going)
        fled = since > 0
        flying = self._flying
        seen: Shapes = fade(self.source.label, 1 - ease(min(max(t / 0.3, 0.0), 1.0)))
        for shape, owner in zip(parts.shapes, parts.owners, strict=True):
            if not isinstance(owner, int):
                whole = isinstance(shape, Raster)
                light = 1 - gone[owner]
                seen += fade((shape,), float(light.min())) if whole else (fade_each(shape, light),)
            elif owner == REST:
                seen += fade((shape,), 1 - ease(min(max(t / 0.3, 0.0), 1.0)))
            elif not (fled[owner] and id(getattr(shape, "piece", None)) in flying):
                seen += fade((shape,), 1 - float(gone[owner]))
        return seen

    @cached_property
    def _flying(self) -> frozenset[int]:
        """Identities of the outlines of the words that fly."""
        return frozenset(
            id(self.flight.parts.shapes[place].piece)  # type: ignore[union-attr]
            for place, word in self.flight.words.items()
            if word.start is not None
        )


def make_births(
    beat: Beat, before: Frame, after: Frame, held: Iterable[str], entering: float
) -> dict[str, Birth]:
    """The births of a beat, by key, from where the sources stand once everything has moved.

    Args:
        beat: what is told.
        before: the frame before.
        after: the one in which everything has its place.
        held: sources that leave and are held for it.
        entering: seconds until what simply enters is there.

    Raises:
        UserError: a source has no such part.
    """
    held, births = set(held), dict[str, Birth]()
    resting = word_boxes(after, [key for key in beat.born if isinstance(key, str)])

    def make(key: str) -> Birth:
        if key not in births:
            one = beat.born[key]
            first = make(one.key).end if one.key in wanted else 0.0 if one.key in before.placed else entering
            stays = one.key in after.placed and one.key not in held
            source = find_source(one, after if stays else before)
            plot = isinstance((after if stays else before)[one.key].mark, Plot)
            source = replace(source, wide=plot and not isinstance(after[key].mark, Plot))
            births[key] = _birth(after[key], after, one, source, first, stays, beat.order, resting)
        return births[key]

    wanted = [
        key
        for key, one in beat.born.items()
        if isinstance(key, str) and key not in before.placed and _stands(one, before, after)
    ]
    for key in wanted:
        make(key)
    return births


def _shrink(source: Source, parts: Parts) -> Source:
    """The same source with boxes from which parts come out small."""
    least = SMALL * parts.sizes.reshape(-1, 2).min(axis=0)
    sizes = np.minimum(source.boxes[:, 2:], np.maximum(least, SMALLEST))
    return replace(source, boxes=np.concatenate([source.boxes[:, :2], sizes], axis=1))


SMALL, SMALLEST = 0.8, 0.05
"""Share of its least part that something has as it comes out of a plot, and the least size."""


def _stands(one: From, before: Frame, after: Frame) -> bool:
    return one.key in before.placed or one.key in after.placed


def _birth(
    placed: Placed, frame: Frame, one: From, source: Source, first: float, stays: bool, order: str,
    resting: list[Floats],
) -> Birth:  # fmt: skip
    parts = parts_of(placed, frame)
    units, source = match(parts, placed.mark, source)
    source = _shrink(source, parts) if source.wide else source
    single = len(source.boxes) == 1 < len(parts)  # no word of it is one that flies by itself
    behind = [() if single else source.shapes(i) for i in range(len(source.boxes))]
    same = len(parts.shape) == 2 and parts.shape == source.parts.shape and len(source.boxes) == len(parts)
    together = (one.cells is not None or same or isinstance(placed.mark, Plot)) and not order
    lag = APART if order else 0.0 if together else -1.0
    flight = make_flight(parts, units, source.boxes, behind, lag, together, stays)
    return Birth(
        straightest(flight, resting, (frame.style.width, frame.style.height)), first, placed, frame, source
    )


def words_of(shapes: Shapes) -> list[Floats]:
    """(4,) left, bottom, right and top of every word among some shapes."""
    return [np.concatenate(word_box(one)) for one in shapes if isinstance(one, Filled)]


def word_boxes(frame: Frame, but: Iterable[str] = ()) -> list[Floats]:
    """(4,) left, bottom, right and top of every word in a frame, but for those of some marks."""
    drawn = (placed.draw(frame) for key, placed in frame.placed.items() if key not in but)
    return [box for shapes in drawn for box in words_of(shapes)]


@dataclass(frozen=True, eq=False)
class Join:
    """A part that joins a mark that stays.

    Attributes:
        part: index of the part.
        flight: of the part, by itself.
        source: key of the mark that it comes from.
        words: outlines of the words that leave that mark, as they fly themselves.
    """

    part: int
    flight: Flight
    source: str
    words: tuple[typeset.Piece, ...]


ROUND = NEAR * np.array([-1.0, -1.0, 1.0, 1.0])
"""What is added to the box of a word such that what flies past it need not hide."""


def make_joins(beat: Beat, before: Frame, after: Frame) -> dict[str, tuple[Join, ...]]:
    """The parts that join marks that stay, by the mark's key.

    Raises:
        UserError: there is no such part.
    """
    coming = dict[str, dict[int, From]]()
    for born, one in beat.born.items():
        if isinstance(born, str) or born[0] not in before.placed or one.key not in before.placed:
            continue
        key, part = read_spot(born)
        assert part is not None, "checked by the story"
        coming.setdefault(key, {})[parts_of(after[key], after).locate(key, part)] = one
    return {key: _joins_of(key, dict(sorted(some.items())), before, after) for key, some in coming.items()}


def _joins_of(key: str, coming: Mapping[int, From], before: Frame, after: Frame) -> tuple[Join, ...]:
    """The parts that join one mark, in their order; each sets out a little after the one before."""
    parts = parts_of(after[key], after)
    own = [box + ROUND for box in words_of(parts.without(*coming))]
    resting = [*word_boxes(after, [key]), *own]
    lag = min(LAG, MOST_LAG / max(len(coming) - 1, 1))
    joins = list[Join]()
    for place, (part, one) in enumerate(coming.items()):
        flight = _join_flight(parts.only(part), find_source(one, before).as_one(), one.key, after)
        flight = replace(flight, starts=flight.starts + place * lag)
        flight = straightest(flight, resting, (after.style.width, after.style.height))
        flies = any(word.start is not None for word in flight.words.values()) and not flight.stays
        joins.append(Join(part, flight, one.key, _pieces(flight.parts.shapes) if flies else ()))
    return tuple(joins)


def _join_flight(alone: Parts, source: Source, key: str, after: Frame) -> Flight:
    """The flight of one part. A word flies alone; one that its source does not say appears in its place."""
    boxes, here = source.boxes, np.zeros(1, dtype=np.intp)
    stays = _still_says(source.shapes(0), key, after)
    flight = make_flight(alone, here, boxes, [source.shapes(0)], 0.0, stays=stays)
    said = any(word.start is not None for word in flight.words.values())
    if flight.words and not said:
        flight = replace(flight, origins=flight.targets, off=flight.targets)
    return replace(flight, alone=bool(flight.words))


def without_words(shapes: Shapes, words: Iterable[typeset.Piece]) -> Shapes:
    """Some shapes without those that are one of some words."""
    gone = {id(word) for word in words}
    return tuple(one for one in shapes if not (isinstance(one, Filled) and id(one.piece) in gone))


def _pieces(shapes: Shapes) -> tuple[typeset.Piece, ...]:
    return tuple(one.piece for one in shapes if isinstance(one, Filled))


def _still_says(words: Shapes, key: str, frame: Frame) -> bool:
    """Whether a mark still says one of some words."""
    said = frame[key].draw(frame) if key in frame.placed else ()
    there = {id(one.piece) for one in said if isinstance(one, Filled)}
    return any(isinstance(one, Filled) and id(one.piece) in there for one in words)


@dataclass(frozen=True, eq=False)
class Gather:
    """A leaving mark that flies into another one.

    Attributes:
        flight: of its parts, told backwards: as if they came from there.
        label: shapes of its label, which fade.
    """

    flight: Flight
    label: Shapes

    @property
    def seconds(self) -> float:
        """Until all of it is gone."""
        return self.flight.seconds

    def at(self, seconds: float) -> Shapes:
        """What is seen of it, so many seconds after it set out."""
        if seconds >= self.seconds:
            return ()
        label = fade(self.label, 1 - ease(min(max(seconds / 0.3, 0.0), 1.0)))
        return self.flight.at(self.seconds - seconds) + label


MANY = 64
"""Of more parts than that, a mark is gathered in as a whole."""


def make_gather(placed: Placed, frame: Frame, into: Placed, its_frame: Frame, part: Part = None) -> Gather:
    """How a leaving mark flies into another one, or into one part of it.

    Raises:
        UserError: there is no such part.
    """
    parts, target = parts_of(placed, frame), parts_of(into, its_frame)
    if part is not None:
        target = target.only(target.locate(into.mark.key, part))
    count, goal = len(parts), len(target)
    every = tuple(np.array([i]) for i in range(goal))
    source = Source(boxes_of(target, range(goal)), target, every, True)
    written = isinstance(placed.mark, Formula)
    whole = count == goal or count > MANY or written or is_one_picture(parts)
    if written:  # its parts keep their arrangement
        every_part, middle = hull_of(parts, np.arange(count)), hull_of(target, np.arange(goal))
        share = min(1.0, *(0.8 * middle[2:] / np.maximum(every_part[2:], 1e-9)))
        units, boxes = np.zeros(count, dtype=np.intp), np.append(middle[:2], share * every_part[2:])[None]
    elif whole:
        units, source = match(parts, placed.mark, source)
        boxes = source.boxes
    else:  # all of them meet in its middle
        middle = source.as_one().boxes[0]
        sizes = np.minimum(parts.sizes.reshape(-1, 2), middle[2:]) * 0.5
        units = np.arange(count)
        boxes = np.column_stack([np.tile(middle[:2], (count, 1)), sizes])
    flight = make_flight(parts, units, boxes, [()] * len(boxes), -1.0 if whole else 0.0)
    off = np.tile(hull_of(target, np.arange(goal)), (len(boxes), 1))
    # Words in cells are gone before they meet; a formula is nothing but its words.
    ripe = (0.3, 0.6) if written else (0.85, 0.98)
    flight = replace(flight, starts=flight.starts[::-1].copy(), off=off, ripe=ripe)
    return Gather(flight, placed.draw_label(frame))
