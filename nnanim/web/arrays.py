"""The numbers that can be asked of a film, each array once, written as briefly as it can be without loss.

``docs/web-format.md`` describes the kinds. Of a film that is to be ``rounded``, long tables of cells are not
told with all their digits: a pixel's colours are those that are drawn, other numbers have four digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.marks.readout import CellArea, Quantity, Readout
from nnanim.web.bank import Bank, Numbered
from nnanim.web.sums import LONG, find_sum

Floats = npt.NDArray[np.float64]
Row = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class ArrayTable:
    """Arrays of a film.

    Attributes:
        bank: where numbers go.
        rounded: whether long tables of cells are rounded.
        rows: how each array is written, and where.
        large: long arrays and their numbers, of which others may be sums.
        pixels: arrays of red, green and blue, by the bytes that they are shown as.
    """

    bank: Bank
    rounded: bool = False
    rows: Numbered[Row] = field(default_factory=Numbered)
    large: list[tuple[int, Floats]] = field(default_factory=list)
    pixels: dict[bytes, int] = field(default_factory=dict)

    def number(self, quantity: Quantity, before: Sequence[Quantity], one: Readout) -> int:
        """The number of a quantity's array, written as briefly as it can be.

        Args:
            quantity: one of a readout's.
            before: those before it in the readout, whose product it may be.
            one: the readout.
        """
        number = self._number_of(quantity, before, one)
        values = quantity.values
        is_exact = self.rows.things[number][0] != "about"
        if len(values) >= LONG and values.ndim == 1 and is_exact:
            self.large.append((number, values))
        if values.shape[1:] == (3,) and self.rows.things[number][0] in ("byte", "single"):
            self.pixels[np.round(255 * values.clip(0, 1)).astype(np.uint8).tobytes()] = number
        return number

    def _number_of(self, quantity: Quantity, before: Sequence[Quantity], one: Readout) -> int:
        values = quantity.values
        if self.rounded and isinstance(one.area, CellArea) and len(one.shape) == 2 and values.size >= LONG:
            return self._round_cells(values, one.shape)
        if len(before) == 2 and np.array_equal(before[0].values * before[1].values, values):
            return self.rows.number(("product", *(self.number(q, (), one) for q in before)))
        if len(one.shape) == 2 and one.shape[0] > 1 and values.ndim == 1:
            rows = values.reshape(one.shape)
            if (rows == rows[0]).all():
                return self.rows.number(("repeat", self._array(rows[0]), one.shape[0]))
        return self._array(values)

    def _round_cells(self, values: Floats, shape: tuple[int, ...]) -> int:
        """The number of an array for (n,) or (n, channels) cells: pixels of a picture, or rounded numbers."""
        channels = values.shape[1] if values.ndim == 2 else 1
        colors = np.rint(255 * values)
        if np.array_equal(colors / 255, values) or np.array_equal(np.rint(values), values):
            return self._array(values)
        if channels == 3 and values.min() >= 0 and values.max() <= 1:
            colors = colors.astype(np.uint8)
            opaque = np.column_stack([colors, np.full(len(colors), 255, np.uint8)])
            number = self.bank.keep_picture(opaque.reshape(*shape, 4))
            return self.rows.number(("pixel", number, values.size, channels))
        singles = round_singles(values.astype("<f4").ravel())
        return self.rows.number(("about", *self.bank.put_singles(singles), channels))

    def _array(self, values: Floats) -> int:
        """The number of an array of (n,) or (n, channels) numbers."""
        flat = np.ascontiguousarray(values, dtype="<f8").ravel()
        channels = values.shape[1] if values.ndim == 2 else 1
        largest = np.abs(flat).max(initial=0.0)
        plain = not (np.signbit(flat) & (flat == 0)).any()  # whole numbers have no -0
        if plain and largest <= 32767 and np.array_equal(flat, np.rint(flat)):
            return self.whole(flat, channels)
        bytes_ = np.rint(flat * 255)
        if plain and largest <= 1 and np.array_equal(bytes_ / 255, flat):
            return self.rows.number(("byte", self.bank.put(bytes_), flat.size, channels))
        singles = flat.astype("<f4")
        if np.array_equal(singles.astype("<f8"), flat):
            return self.rows.number(("single", *self.bank.put_singles(singles), channels))
        same = next((number for number, known in self.large if np.array_equal(known, flat)), None)
        if channels == 1 and same is not None:
            return same
        if channels == 1 and (found := find_sum(flat, self.large)) is not None:
            return self.rows.number(("sum", *found.terms, self.whole(found.steps)))
        pieces = flat.view("<i2").reshape(-1, 4).T
        return self.rows.number(("double", self.bank.put(pieces), flat.size, channels))

    def whole(self, values: npt.NDArray[Any], channels: int = 1) -> int:
        """The number of an array of whole numbers."""
        return self.rows.number(("whole", self.bank.put(values), values.size, channels))


def round_singles(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Numbers of single precision whose last byte is 0: off by less than 1 of 65,536, for fewer bytes."""
    bits = np.ascontiguousarray(values, dtype="<f4").view("<u4").astype(np.uint64)
    return ((bits + 128) // 256 * 256).astype("<u4").view("<f4")
