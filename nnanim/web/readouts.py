"""What can be asked of a film, in its file: names, places, values with all their digits, and where from.

The tables that all cuts share stand in the index under ``readouts``; each beat says which entries hold in it.
``docs/web-format.md`` describes both. Nothing is rounded but places: a value is read back bit by bit, unless
the film is to be ``rounded``, and then it says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nnanim.marks import is_on_stage
from nnanim.marks.readout import BoxArea, CellArea, PathArea, PlotArea, Quantity, Readout, WireArea
from nnanim.style import RenderStyle
from nnanim.timeline import Take
from nnanim.truth import Origin, Origins
from nnanim.truth.origins import UNKNOWN
from nnanim.web.arrays import ArrayTable, Row
from nnanim.web.bank import Bank, Numbered
from nnanim.web.quanta import PLACE, WIDTH
from nnanim.web.word_readouts import WrittenQuantity, read_words
from nnanim.words import Words

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Thing = TypeVar("Thing")

MAX_ORIGINS = 32_767
"""Maximum number of origins in a file; further ones are not told."""


def readouts_of(take: Take, origins: Origins | None = None) -> dict[str, tuple[Readout, ...]]:
    """What can be asked at the end of a beat, by the key of the mark, from the lowest to the highest."""
    frame, motion = take.frame, take.beat.motion
    written = {} if origins is None else {
        text: number for (beat, text), number in origins.written.items() if beat == take.beat.id
    }  # fmt: skip
    carried = {} if motion is None else motion.quantities(take.beat.by_key)
    found: dict[str, tuple[Readout, ...]] = {}
    for key in frame.order:
        mine = frame[key].mark.readouts(frame[key], frame) if is_on_stage(key) else ()
        if written and not mine and is_on_stage(key):
            mine = read_words(frame[key], frame, written)
        if mine and key in carried:
            mine = (replace(mine[0], quantities=(*mine[0].quantities, *carried[key])), *mine[1:])
        if mine:
            found[key] = tuple(one for one in mine if len(one))
    return found


@dataclass(frozen=True, eq=False)
class ReadoutTables:
    """What the beats of all cuts share.

    Attributes:
        bank: where numbers go.
        words: names and meanings.
        arrays: numbers, each array once.
        origins: arrays of traces, and places in them.
        entries: readouts.
        limits: the largest size of weights on the scale of their widths, by the number of their array.
    """

    bank: Bank
    arrays: ArrayTable
    words: Numbered[str] = field(default_factory=Numbered)
    origins: Numbered[Origin] = field(default_factory=Numbered)
    entries: Numbered[Row] = field(default_factory=Numbered)
    limits: dict[int, float] = field(default_factory=dict)

    def index(self) -> dict[str, Any]:
        """The tables as JSON."""
        rows = {name: getattr(self, name).things for name in ("words", "origins", "entries")}
        return {**rows, "arrays": self.arrays.rows.things}

    def wire_arrays(self) -> Iterator[tuple[int, int, float]]:
        """Place and count of the weights of wires, where they are of single precision, and their limit."""
        for number, limit in self.limits.items():
            kind, *rest = self.arrays.rows.things[number]
            if kind == "single":
                yield rest[0], rest[1], limit

    def write(
        self, takes: Sequence[Take], style: RenderStyle, origins: Origins | None
    ) -> list[dict[str, Any]]:
        """What can be asked at the end of each beat: the marks from the highest to the lowest; the view."""
        film = [readouts_of(take, origins) for take in takes]
        labels = _Labels(takes, film)
        beats = []
        for place, (take, every) in enumerate(zip(takes, film, strict=True)):
            marks = []
            for key, found in reversed(every.items()):
                known = _Lookup(take.beat.id, key, origins)
                entries = [self._entry(labels.name(place, key, one), style, known) for one in found]
                marks.append([key, self._word(labels.label(place, key), style), *entries])
            zoom = take.frame.zoom
            view = None if zoom.is_whole else [_short(one) for one in (zoom.factor, *zoom.shift, *zoom.box)]
            beats.append({"marks": marks, "view": view})
        return beats

    def _entry(self, one: Readout, style: RenderStyle, known: _Lookup) -> int:
        held = list(one.quantities)
        quantities = tuple(
            (
                self._word(q.means, style),
                self.arrays.number(q, held[:i], one),
                self._states(q),
                self._origin(q, known),
            )
            for i, q in enumerate(held)
        )
        if isinstance(one.area, WireArea):
            self.limits[quantities[0][1]] = one.area.limit
        axes = tuple(self._names(names, style) for names in one.axes)
        indices = tuple(0 if row == tuple(range(len(row))) else row for row in one.indices)
        names = self._names(one.names, style)
        part = self._word(one.part, style)
        return self.entries.number(
            (part, self._area(one), quantities, one.shape, names, axes, indices, int(one.numbered))
        )

    def _word(self, words: Words | None, style: RenderStyle) -> int:
        return self.words.number(style.say(words))

    def _names(self, names: Sequence[Words], style: RenderStyle) -> Any:
        """Names as numbers of words; of many, as an array."""
        numbers = [self._word(name, style) for name in names]
        return tuple(numbers) if len(numbers) <= FEW_NAMES else self.arrays.whole(np.array(numbers))

    def _area(self, one: Readout) -> Row:
        """Kind, then what its kind needs: places among the whole numbers, or numbers."""
        area = one.area
        if isinstance(area, BoxArea):
            rows = np.vstack([area.centers.T, area.sizes.T]) * PLACE
            return (area.kind, self._put(rows), int(area.round))
        if isinstance(area, CellArea):
            return (area.kind, *_steps(area.box))
        if isinstance(area, WireArea):
            return (area.kind, area.source, area.target, _short(area.widest), _short(area.thinnest))
        if isinstance(area, PathArea):
            points = self._put(np.moveaxis(area.points, 2, 0) * PLACE)
            return (area.kind, points, area.points.shape[1], self._put(area.widths * WIDTH))
        assert isinstance(area, PlotArea)
        limits = tuple(float(end) for axis in area.limits for end in axis)
        return (area.kind, *_steps(area.box), *limits, _short(area.radius), area.lines)

    def _put(self, rows: Floats) -> int:
        return self.bank.put(np.rint(np.clip(rows, -32767, 32767)))

    def _states(self, quantity: Quantity) -> int:
        """Where its states stand; -1 where all numbers are known."""
        states = quantity.states
        return -1 if states is None or not states.any() else self.bank.put(states.astype("<i2"))

    def _origin(self, quantity: Quantity, known: _Lookup) -> int | tuple[int]:
        """The number of its origin or what stands in its place; of several, where their numbers stand."""
        codes = known.find(quantity)
        if codes is None:
            return UNKNOWN
        every = {
            code: code if code < 0 else self._number(known.origin(code)) for code in np.unique(codes).tolist()
        }
        if len(every) == 1:
            return next(iter(every.values()))
        return (self.bank.put(np.array([every[code] for code in codes.tolist()], dtype="<i2")),)

    def _number(self, origin: Origin) -> int:
        number = self.origins.number(origin)
        return number if number < MAX_ORIGINS else UNKNOWN


FEW_NAMES = 64
"""Up to this number of names, their numbers stand in the index itself."""


@dataclass(frozen=True)
class _Lookup:
    """The origins of the arrays of one mark in one beat."""

    beat: str
    key: str
    origins: Origins | None

    def find(self, quantity: Quantity) -> npt.NDArray[Any] | None:
        """The code of each number of a quantity; None where nothing is known of them."""
        if isinstance(quantity, WrittenQuantity):
            return np.array(quantity.codes)
        codes = None if self.origins is None else self.origins.find(self.beat, self.key, quantity.source)
        if codes is None:
            return None
        codes = codes if quantity.places is None else codes[quantity.places]
        return codes.reshape(len(quantity.values), -1)[:, 0]

    def origin(self, code: int) -> Origin:
        """The origin of that code."""
        assert self.origins is not None
        return self.origins.table[code]


class _Labels:
    """What marks are called, also in beats in which their names are not written beside them."""

    def __init__(self, takes: Sequence[Take], film: Sequence[dict[str, tuple[Readout, ...]]]) -> None:
        self._labels: dict[str, list[tuple[int, Words]]] = {}
        self._names: dict[tuple[Any, ...], list[tuple[int, tuple[Words, ...]]]] = {}
        for place, (take, found) in enumerate(zip(takes, film, strict=True)):
            for key, every in found.items():
                if (label := take.frame[key].mark.label) is not None:
                    self._labels.setdefault(key, []).append((place, label))
                for one in every:
                    if one.names:
                        self._names.setdefault(_same(key, one), []).append((place, one.names))

    def label(self, place: int, key: str) -> Words | None:
        """The label of a mark in the beat at a place."""
        return _last_before(self._labels.get(key, []), place)

    def name(self, place: int, key: str, one: Readout) -> Readout:
        """The readout with the names that its elements have in other beats, if it has none."""
        names = one.names or _last_before(self._names.get(_same(key, one), []), place) or ()
        return replace(one, names=names)


def _same(key: str, one: Readout) -> tuple[Any, ...]:
    return key, one.area.kind, one.shape, one.indices


def _last_before(known: Sequence[tuple[int, Thing]], place: int) -> Thing | None:
    """What was last known at a place, else what is known first after it."""
    earlier = [thing for at, thing in known if at <= place]
    return earlier[-1] if earlier else known[0][1] if known else None


def _steps(box: Sequence[float]) -> tuple[int, ...]:
    return tuple(round(one * PLACE) for one in box)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
