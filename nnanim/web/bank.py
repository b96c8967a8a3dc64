"""What the cuts of a film share: rows of numbers, outlines, pictures, forms; each is kept once."""

from __future__ import annotations

import io
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from nnanim.shapes import Shapes
from nnanim.web.quanta import EM, Form, Outlines, Row, as_int16, row_of
from nnanim.words.typeset import Piece

Thing = TypeVar("Thing", bound=Hashable)

KEPT = 20_000
"""Number of drawings that are remembered by their identity."""


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
        pictures: each as WebP without loss, with its width and height.
    """

    def __init__(self) -> None:
        self.forms = Numbered[Form]()
        self.lists = Numbered[tuple[int, ...]]()
        self.statics = Numbered[tuple[int, int, int]]()
        self.contours = Numbered[tuple[int, int]]()
        self.pieces = Numbered[tuple[int, ...]]()
        self.journeys = Numbered[tuple[Any, ...]]()
        self.pictures: list[tuple[int, int, bytes]] = []
        self._picture_numbers: dict[tuple[Any, ...], int] = {}
        self._rows: list[npt.NDArray[np.int16]] = []
        self._places: dict[bytes, int] = {}
        self._singles: list[npt.NDArray[np.float32]] = []
        self._single_places: dict[bytes, int] = {}
        self._length = self._single_count = 0
        self._known: dict[int, tuple[Piece, int]] = {}
        self._drawn: dict[tuple[int, ...], tuple[Shapes, tuple[int, ...], Any, Any]] = {}
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

    def draw(self, shapes: Shapes) -> tuple[tuple[int, ...], npt.NDArray[Any], npt.NDArray[Any]]:
        """The forms of a drawing, its places and its colours, not rounded yet."""
        name = tuple(map(id, shapes))
        if name not in self._drawn:
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            rows = [row_of(shape, self._keep) for shape in shapes]
            forms = tuple(self.forms.number(row.form) for row in rows)
            # The shapes are held, so that no others get their place.
            self._drawn[name] = (shapes, forms, *_join(rows))
        return self._drawn[name][1:]

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
            self._picture_numbers[name] = len(self.pictures)
            self.pictures.append((pixels.shape[1], pixels.shape[0], write_webp(pixels)))
        return self._picture_numbers[name]


def _join(rows: list[Row]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    empty = np.zeros(0)
    places = np.concatenate([empty, *(row.places for row in rows)])
    return places, np.concatenate([empty, *(row.colors for row in rows)])


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


def write_webp(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A picture as WebP without loss."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", lossless=True, quality=60, method=4)
    return out.getvalue()
