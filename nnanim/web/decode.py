"""Reads a film back: what the player would show, as shapes."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from nnanim.errors import UserError
from nnanim.marks.net import Joints, Net
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Shapes, Within, fade
from nnanim.web.channel import MOMENT, UNIT
from nnanim.web.container import Content, read_file
from nnanim.web.fills import compute_fill
from nnanim.web.quanta import ALPHA, EM, FINE, POSITION, WIDTH, counts, trace_ellipse
from nnanim.web.references import Prediction, add
from nnanim.web.signals import read_journey
from nnanim.web.store import Store
from nnanim.words.typeset import Piece

Floats = npt.NDArray[np.float64]


def decode_film(data: bytes) -> WebFilm:
    """The film in some bytes.

    Raises:
        UserError: they are no film, of another version, cut off or damaged.
    """
    try:
        return _read(*read_file(data))
    except _DAMAGED as error:
        raise UserError(f"the film is damaged: {error}") from None


_DAMAGED = (zlib.error, lzma.LZMAError, ValueError, LookupError, TypeError, struct.error, OSError, EOFError)


def _read(content: Content, pictures: bytes) -> WebFilm:
    index, numbers = content.index, content.numbers
    for fill in index["fills"]:
        numbers[fill[0] : fill[0] + fill[1]] = compute_fill(content.singles, tuple(fill))
    store = Store(index, numbers, content.singles, _read_pictures(index, numbers, content.singles, pictures))
    return WebFilm(tuple(_read_cut(cut, store) for cut in index["cuts"]), store)


def _read_pictures(
    index: Any, numbers: npt.NDArray[np.int16], singles: npt.NDArray[np.float32], content: bytes
) -> tuple[npt.NDArray[np.uint8], ...]:
    """(height, width, 4) the pictures."""
    sheets, start = list[Any](), 0
    for number, (length, check, step) in enumerate(index["sheets"]):
        piece = content[start : start + length]
        if zlib.crc32(piece) != check:
            raise ValueError(f"sheet {number} of its pictures has another checksum")
        sheets.append((np.asarray(Image.open(io.BytesIO(piece)).convert("RGBA")), step))
        start += length
    places = index["pictures"]
    shown = [np.zeros((1, 1, 4), dtype=np.uint8)] * len(places)
    for i in sorted(range(len(places)), key=lambda one: places[one][2]):
        width, height, sheet, line, *other = places[i]
        if not width:
            continue
        if sheet < 0:
            shown[i] = _read_pixels(index["readouts"]["arrays"][line], numbers, singles, height, width)
            continue
        whole, step = sheets[sheet]
        pixels = whole[line : line + height, :width]
        if step:
            offset, terms = other[0] if other else 0, zip(other[1::2], other[2::2], strict=True)
            pixels = add(pixels, Prediction(offset, tuple(terms)), shown, step)
        elif other:
            at, count = index["scales"][other[0]]
            colors = numbers[at : at + 3 * count].reshape(3, count).T.astype(np.uint8)
            pixels = np.dstack([colors[pixels[..., 0]], np.full(pixels.shape[:2], 255, dtype=np.uint8)])
        shown[i] = pixels
    return tuple(shown)


def _read_pixels(
    array: Any, numbers: npt.NDArray[np.int16], singles: npt.NDArray[np.float32], height: int, width: int
) -> npt.NDArray[np.uint8]:
    """(height, width, 4) a picture whose red, green and blue can be asked."""
    kind, at, count, _ = array
    values = numbers[at : at + count] if kind == "byte" else 255 * singles[at : at + count].astype(float)
    colors = np.round(np.clip(values, 0, 255)).astype(np.uint8).reshape(height, width, 3)
    return np.dstack([colors, np.full((height, width), 255, dtype=np.uint8)])


@dataclass(frozen=True, eq=False)
class WebFilm:
    """A film as it was read.

    Attributes:
        cuts: its versions.
        store: what they share.
    """

    cuts: tuple[WebCut, ...]
    store: Store

    def choose(self, lang: str = "", theme: str = "", frame: str = "") -> WebCut:
        """The version in that language, theme and frame; where there is none, the first one."""
        wanted = (lang, theme, frame)
        return max(
            self.cuts,
            key=lambda cut: [a == b for a, b in zip((cut.lang, cut.theme, cut.frame), wanted, strict=True)],
        )


@dataclass(frozen=True, eq=False)
class WebCut:
    """One version of a film.

    Attributes:
        lang, theme, frame, title: which one it is, and its name.
        width, height: of the frame, in its units.
        ground: colour of the background.
        beats: in order.
    """

    lang: str
    theme: str
    frame: str
    title: str
    width: float
    height: float
    ground: str
    beats: tuple[WebBeat, ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.beats[-1].start + self.beats[-1].seconds

    def at(self, seconds: float) -> list[tuple[str, Shapes]]:
        """What is seen then, from the lowest to the highest, each with its key."""
        beat = next((one for one in reversed(self.beats) if one.start <= seconds), self.beats[0])
        return beat.at(seconds - beat.start)


@dataclass(frozen=True, eq=False)
class WebBeat:
    """A beat of a film.

    Attributes:
        id, sentence, alt, notes, chapter: its words.
        asks: whether it is a question to the class.
        start, seconds: its time.
        phases: name, seconds, stack of each.
        readouts: what can be asked at its end, as it was written.
    """

    id: str
    sentence: str
    alt: str
    notes: str
    chapter: str
    asks: bool
    start: float
    seconds: float
    phases: tuple[tuple[str, float, list[Any]], ...]
    readouts: Any
    store: Store

    def at(self, seconds: float) -> list[tuple[str, Shapes]]:
        """What is seen so many seconds after its start."""
        for name, length, stack in self.phases:
            if seconds < length or (name, length, stack) == self.phases[-1]:
                fraction = min(max(seconds / length, 0.0), 1.0) if length else 1.0
                return [(key, _Reader(self.store).drawing(drawn, fraction)) for key, drawn in stack]
            seconds -= length
        return []


def _read_cut(cut: dict[str, Any], store: Store) -> WebCut:
    beats, start = [], 0.0
    for beat in cut["beats"]:
        phases = tuple((name, seconds, stack) for name, seconds, stack in beat["phases"])
        length = sum(seconds for _, seconds, _ in phases)
        words = {name: beat[name] for name in ("id", "sentence", "alt", "notes", "chapter", "asks")}
        beats.append(
            WebBeat(
                **words,
                start=start,
                seconds=length,
                phases=phases,
                readouts=beat.get("readouts"),
                store=store,
            )
        )
        start += length
    named = {name: cut[name] for name in ("lang", "theme", "frame", "title", "ground")}
    return WebCut(**named, width=cut["size"][0], height=cut["size"][1], beats=tuple(beats))


class _Reader:
    """Drawings from numbers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def drawing(self, drawn: Any, fraction: float) -> Shapes:
        """A drawing, or what segments show at a fraction of their phase."""
        index = self._store.index
        light = 1.0
        if isinstance(drawn, dict):
            share = (fraction - drawn["from"]) / (drawn["to"] - drawn["from"])
            return read_journey(self._store, drawn["journey"], min(max(share, 0.0), 1.0))
        if isinstance(drawn, int):
            list_, places, colors = index["statics"][drawn]
        else:
            _, list_, places, colors, *more = _find_segment(drawn, fraction)
            light = self._channel(more[0], 1, fraction)[0] / ALPHA if more else 1.0
        high, *forms = index["lists"][list_]
        sizes = [counts(index["forms"][one], index["forms"]) for one in forms]
        at = self._channel(places, sum(one for one, _ in sizes), fraction) * 2**high
        seen = self._channel(colors, sum(one for _, one in sizes), fraction)
        shapes: list[Shape] = []
        for form, (n, m) in zip(forms, sizes, strict=True):
            shapes.append(self._shape(index["forms"][form], at[:n], seen[:m], light))
            at, seen = at[n:], seen[m:]
        return tuple(shapes)

    def _channel(self, channel: Any, count: int, fraction: float) -> Floats:
        numbers = self._store.numbers
        if isinstance(channel, int):
            return numbers[channel : channel + count].astype(float)
        if len(channel) > 3:
            times, many, at, rank, rows = channel
            weights = self._channel([times, many, at], rank, fraction) / UNIT
            parts = numbers[rows : rows + (rank + 1) * count].reshape(rank + 1, count).astype(float)
            return np.asarray(parts[0] + weights @ parts[1:])
        times, many, at = channel
        moments = numbers[times : times + many].astype(float) / MOMENT
        rows = numbers[at : at + many * count].astype(np.int32).reshape(many, count).cumsum(axis=0)
        rows = rows.astype(np.int16).astype(float)
        i = int(np.clip(np.searchsorted(moments, fraction, side="right") - 1, 0, many - 2))
        share = np.clip((fraction - moments[i]) / (moments[i + 1] - moments[i]), 0.0, 1.0)
        return np.asarray(rows[i] + (rows[i + 1] - rows[i]) * share)

    def _shape(self, form: Any, places: Floats, colors: Floats, light: float) -> Shape:
        kind, n = form[0], form[1]
        if kind == "W":
            return self._within(n, places, colors, light)
        if kind == "N":
            return _net(form, places, colors, light)
        if kind == "R":
            x, y, w, h = (places[:4] + places[4:] / FINE) / POSITION
            return Raster((x, y), (w, h), self._store.pictures[n], bool(form[2]), colors[0] / ALPHA * light)
        shades = [
            _colors(colors[i : i + 4 * (n if kind in "DLB" else 1)], light)
            for i in _starts(form, len(colors))
        ]
        fill, rims = shades[0], shades[1] if len(shades) > 1 else None
        if kind == "D":
            return Discs(
                _pairs(places, n, 0),
                places[2 * n : 3 * n] / WIDTH,
                fill,
                rims,
                places[3 * n] / WIDTH,
                form[3],
            )
        if kind == "L":
            return Lines(_pairs(places, n, 0), _pairs(places, n, 2 * n), fill, places[4 * n :] / WIDTH)
        if kind == "B":
            rim, corner = places[4 * n :] / WIDTH
            return Boxes(_pairs(places, n, 0), _pairs(places, n, 2 * n), fill, rims, rim, corner)
        if kind == "F":
            return Filled(self._piece(n), tuple(places[:2] / POSITION), places[2] / WIDTH, fill[0], form[2])
        other = None if rims is None else rims[0]
        if kind == "E":
            points = trace_ellipse(places[:4] / POSITION, n)
            return Polyline(points, fill[0], places[4] / WIDTH, (), True, other)
        width, *dash = places[2 * n :] / WIDTH
        return Polyline(_pairs(places, n, 0), fill[0], width, tuple(dash), bool(form[2]), other)

    def _within(self, forms: Any, places: Floats, colors: Floats, light: float) -> Within:
        (left, right, bottom, top), places = places[:4] / POSITION, places[4:]
        shapes: list[Shape] = []
        for form in forms:
            known = self._store.index["forms"]
            n, m = counts(known[form], known)
            shapes.append(self._shape(known[form], places[:n], colors[:m], light))
            places, colors = places[n:], colors[m:]
        return Within(tuple(shapes), (left, right, bottom, top))

    def _piece(self, number: int) -> Piece:
        parts = self._store.index["pieces"][number]
        curves, starts = list[Any](), list[int]()
        for contour, x, y in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            at, count = self._store.index["contours"][contour]
            starts.append(len(curves))
            curves += _curves(self._store.numbers[at : at + count].tolist(), float(x), float(y))
        return Piece(np.array(curves, dtype=float).reshape(-1, 4, 2) / EM, np.array(starts, dtype=np.intp))


def _net(form: Any, places: Floats, colors: Floats, light: float) -> Shape:
    out, into = form[1:3]
    sources, targets = _pairs(places, into, 0), _pairs(places, out, 2 * into)
    first, last, widest, thinnest = places[2 * (into + out) :][:4] / WIDTH
    shares = places[2 * (into + out) + 4 :].reshape(out, into) / ALPHA
    positive, negative = (np.array([*colors[i : i + 3] / 255, 1.0]) for i in (0, 3))
    joints = Joints(sources, targets, (first, last))
    net = Net(joints, shares, widest, thinnest, positive, negative, *form[3:])
    return fade([net.lines], colors[6] / ALPHA * light)[0]


def _find_segment(segments: list[Any], fraction: float) -> Any:
    return next((one for one in reversed(segments) if one[0] <= fraction), segments[0])


def _starts(form: Any, colors: int) -> range:
    return range(0, colors, 4 * (form[1] if form[0] in "DLB" else 1) or 1) or range(1)


def _pairs(places: Floats, n: int, at: int) -> Floats:
    return np.asarray(places[at : at + 2 * n].reshape(2, n).T / POSITION)


def _colors(planes: Floats, light: float) -> Floats:
    return np.asarray(planes.reshape(4, -1).T / [255, 255, 255, ALPHA] * [1, 1, 1, light])


def _curves(steps: list[int], x: float, y: float) -> list[Any]:
    curves, i = list[Any](), 0
    while i < len(steps):
        count = steps[i]
        points = [(x, y), *((x + steps[j], y + steps[j + 1]) for j in range(i + 1, i + 1 + 2 * count, 2))]
        if count == 1:
            (x0, y0), (x1, y1) = points
            third = ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3), ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3)
            points = [points[0], *third, points[1]]
        x, y = points[-1]
        curves.append(points)
        i += 1 + 2 * count
    return curves
