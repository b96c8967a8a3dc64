"""What the cuts of a film share: rows of numbers, outlines, pictures, forms; each is kept once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Shape, Within
from nnanim.web.quanta import ALPHA, EM, Form, Outlines, alphas, as_int16, counts, fine_places, row_of
from nnanim.web.sheets import Sheets, write_sheets
from nnanim.words.typeset import Piece

Floats = npt.NDArray[np.float64]
Thing = TypeVar("Thing", bound=Hashable)

KEPT = 50_000
"""Number of shapes that are remembered by their identity."""


class WebRow(NamedTuple):
    """A shape as numbers: its form, its places and its colours, not rounded yet."""

    form: int
    places: Floats
    colors: Floats


class Numbered(Generic[Thing]):
    """Things in the order in which they came; equal ones have one number."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self._numbers: dict[Thing, int] = {}

    def number(self, thing: Thing) -> int:
        """The number of a thing; a new one gets the next."""
        if thing not in self._numbers:
            self._numbers[thing] = len(self.things)
            self.things.append(thing)
        return self._numbers[thing]


class Bank:
    """The numbers of a film, and what they are numbers of.

    Attributes:
        forms, lists: kinds of shapes, and drawings as rows of these.
        statics: drawings that do not move: their list, and where their places and colours are.
        journeys: signals on their way.
        contours, pieces: closed curves, and outlines made of them.
    """

    def __init__(self) -> None:
        self.forms = Numbered[Form]()
        self.lists = Numbered[tuple[int, ...]]()
        self.statics = Numbered[tuple[int, int, int]]()
        self.contours = Numbered[tuple[int, int]]()
        self.pieces = Numbered[tuple[int, ...]]()
        self.journeys = Numbered[tuple[Any, ...]]()
        self._pictures: list[npt.NDArray[np.uint8]] = []
        self._picture_numbers: dict[tuple[Any, ...], int] = {}
        self._exact: set[int] = set()
        self._rows: list[npt.NDArray[np.int16]] = []
        self._places: dict[bytes, int] = {}
        self._singles: list[npt.NDArray[np.float32]] = []
        self._single_places: dict[bytes, int] = {}
        self._length = self._single_count = 0
        self._known: dict[int, tuple[Piece, int]] = {}
        self._drawn: dict[int, tuple[Shape, tuple[WebRow, ...]]] = {}
        self._alphas: dict[tuple[int, ...], npt.NDArray[np.bool_]] = {}
        self._kinds: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._fine: dict[tuple[int, ...], npt.NDArray[np.intp]] = {}
        self._keep = Outlines(self._piece, self._picture, self.forms.number)

    def put(self, row: npt.NDArray[Any]) -> int:
        """Where a row of whole numbers stands; equal rows stand once."""
        row = np.ascontiguousarray(row, dtype="<i2")
        name = row.tobytes()
        if name not in self._places:
            self._places[name] = self._length
            self._rows.append(row.ravel())
            self._length += row.size
        return self._places[name]

    def put_singles(self, values: npt.NDArray[Any]) -> tuple[int, int]:
        """Where (n,) numbers of single precision stand, and how many they are; equal ones stand once."""
        values = np.ascontiguousarray(values, dtype="<f4").ravel()
        name = values.tobytes()
        if name not in self._single_places:
            self._single_places[name] = self._single_count
            self._singles.append(values)
            self._single_count += values.size
        return self._single_places[name], values.size

    def numbers(self) -> npt.NDArray[np.int16]:
        """All rows, one behind the other."""
        return np.concatenate([np.zeros(0, dtype="<i2"), *self._rows])

    def singles(self) -> npt.NDArray[np.float32]:
        """All numbers of single precision."""
        return np.concatenate([np.zeros(0, dtype="<f4"), *self._singles])

    def rows(self, shapes: Iterable[Shape]) -> list[WebRow]:
        """Shapes as rows; those within a box each stand in one of their own, so that they can go on alone."""
        return [row for shape in shapes for row in self._row(shape)]

    def _row(self, shape: Shape) -> tuple[WebRow, ...]:
        if id(shape) not in self._drawn:
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            parts = [shape]
            if isinstance(shape, Within):
                parts = [Within((one,), shape.box) for one in shape.shapes]
            rows = [row_of(one, self._keep) for one in parts]
            # The shape is held, so that no other gets its place.
            made = tuple(WebRow(self.forms.number(row.form), row.places, row.colors) for row in rows)
            self._drawn[id(shape)] = shape, made
        return self._drawn[id(shape)][1]

    def kind(self, form: int) -> int:
        """A number that the forms of two shapes share if one may turn into the other: pictures, below 0."""
        name = self.forms.things[form]
        if name[0] == "W" and len(name[1]) == 1:
            inner = self.kind(name[1][0])
            return 2 * inner if inner < 0 else form
        return -1 - 2 * name[2] if name[0] == "R" else form

    def kinds(self, forms: tuple[int, ...]) -> tuple[int, ...]:
        """The kind of each of some forms."""
        if forms not in self._kinds:
            self._kinds[forms] = tuple(map(self.kind, forms))
        return self._kinds[forms]

    def pixels(self, form: int) -> npt.NDArray[np.uint8] | None:
        """The pixels of a picture, which may be seen within a box; None for other shapes."""
        name = self.forms.things[form]
        if name[0] == "W":
            return self.pixels(name[1][0]) if len(name[1]) == 1 else None
        return self._pictures[name[1]] if name[0] == "R" else None

    def size(self, form: int) -> int:
        """How many places a shape of a form has."""
        return counts(self.forms.things[form], self.forms.things)[0]

    def light(self, row: WebRow) -> float:
        """The largest alpha (0..1) in a shape."""
        return float(row.colors[self.alphas((row.form,))].max(initial=0.0)) / ALPHA

    def alphas(self, forms: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """Which of the colours of a drawing of these forms are alphas."""
        if forms not in self._alphas:
            every = self.forms.things
            rows = [alphas(every[one], every) for one in forms]
            self._alphas[forms] = np.concatenate([np.zeros(0, dtype=bool), *rows])
        return self._alphas[forms]

    def fine(self, forms: tuple[int, ...]) -> npt.NDArray[np.intp]:
        """Which of the places of a drawing of these forms are told on, as of `fine_places`."""
        if forms not in self._fine:
            every, found, at = self.forms.things, list[int](), 0
            for one in forms:
                found += [at + place for place in fine_places(every[one], every)]
                at += self.size(one)
            self._fine[forms] = np.array(found, dtype=np.intp)
        return self._fine[forms]

    def _piece(self, piece: Piece) -> int:
        if id(piece) not in self._known:
            parts: list[int] = []
            for row, x, y in list_contours(piece):
                parts += [self.contours.number((self.put(row), row.size)), x, y]
            self._known[id(piece)] = piece, self.pieces.number(tuple(parts))
        return self._known[id(piece)][1]

    def _picture(self, pixels: npt.NDArray[np.uint8]) -> int:
        name = (pixels.shape, pixels.tobytes())
        if name not in self._picture_numbers:
            self._picture_numbers[name] = len(self._pictures)
            self._pictures.append(pixels)
        return self._picture_numbers[name]

    def keep_picture(self, pixels: npt.NDArray[np.uint8]) -> int:
        """The number of an opaque picture whose pixels can be asked: it stands in the file as it is."""
        number = self._picture(pixels)
        self._exact.add(number)
        return number

    def sheets(self, given: Mapping[bytes, int] | None = None) -> Sheets:
        """Its pictures, but those that are drawn nowhere, as the player mixes them out of others.

        Args:
            given: numbers of arrays that hold red, green and blue of a picture, by these as bytes.
        """
        shown = {*self._list_pictures(), *self._exact}
        opaque = [number for number in shown if self._pictures[number][..., 3].min() == 255]
        colors = {number: self._pictures[number][..., :3].tobytes() for number in opaque} if given else {}
        known = {number: given[one] for number, one in colors.items() if one in given} if given else {}
        return write_sheets(self._pictures, shown, known, self._exact)

    def _list_pictures(self) -> Iterator[int]:
        """The numbers of the pictures that any drawing shows."""
        forms = [form for _, *forms in self.lists.things for form in forms]
        for form in forms:
            name = self.forms.things[form]
            if name[0] == "W":
                forms += name[1]
            elif name[0] == "R":
                yield name[1]


@lru_cache(maxsize=8192)
def list_contours(piece: Piece) -> tuple[tuple[npt.NDArray[Any], int, int], ...]:
    """Each contour of an outline: its strokes, and where it begins. Films share outlines: they are kept."""
    curves = np.rint(piece.curves * EM).astype(int)
    return tuple(
        (as_int16(_strokes(contour)), int(contour[0, 0, 0]), int(contour[0, 0, 1]))
        for contour in np.split(curves, piece.starts[1:])
        if len(contour)
    )


def _strokes(contour: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A closed contour as steps from its first point: 1 x y for a line, 3 x y x y x y for a curve."""
    steps = contour[:, 1:] - contour[:, :1]
    third = steps[:, 2] / 3
    off = np.abs(np.stack([steps[:, 0] - third, steps[:, 1] - 2 * third], axis=1)).max(axis=(1, 2))
    curve = np.concatenate([np.full((len(steps), 1), 3), steps.reshape(-1, 6)], axis=1)
    line = np.concatenate([np.full((len(steps), 1), 1), steps[:, 2]], axis=1)
    rows = [
        short if is_straight else long for short, long, is_straight in zip(line, curve, off <= 1, strict=True)
    ]
    return np.concatenate(rows).astype(float)
