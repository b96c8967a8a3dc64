"""What a story would show if every recorded number were a very little smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from nnanim.trace.arrays import ArrayHome, replace_reads
from nnanim.words import numerals

Array = npt.NDArray[Any]
Bits = npt.NDArray[np.uint64]

LITTLE = 2e-6
"""Share by which a number becomes smaller: far more than the rounding of float32, far less than what the
checks of a story allow, or what would change the order of values."""


UPWARDS = -0.01
"""Whole numbers become larger, by a hundredth of that: less than the limit of a scale allows."""


@dataclass
class StoryReads:
    """What is read and written while a story runs.

    Attributes:
        noisy: whether the reader sees smaller numbers.
        share: maximum share by which they are smaller.
        draw: number of the draw; in another one they are smaller by other shares.
        counted: name of an array whose whole numbers are larger by one.
        read: every array that is read, as it is and as the reader sees it.
        homes: where each of them is kept.
        written: every number that is written; texts: what is written, and the value that it says.
        before: what was written in a telling without noise.
    """

    noisy: bool = False
    share: float = LITTLE
    draw: int = 0
    before: frozenset[float] = frozenset()
    counted: str = ""
    read: dict[tuple[str, int], tuple[Array, Array]] = field(default_factory=dict)
    homes: dict[tuple[str, int], ArrayHome] = field(default_factory=dict)
    written: set[float] = field(default_factory=set)
    texts: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A block in which a story runs."""
        with replace_reads(self._see), numerals.witness(self._write):
            yield

    def _see(self, name: str, array: Array, home: ArrayHome) -> Array:
        key = name, id(array)
        self.homes[key] = home
        if key not in self.read:
            seen = array
            if self.noisy:
                seen = shrink(array, name, self.share, self.draw)
                if name == self.counted and array.dtype.kind in "iu":
                    seen = array + array.dtype.type(1)
                seen.flags.writeable = False
            self.read[key] = array, seen
        return self.read[key][1]

    def _write(self, value: float, text: str, chosen: bool) -> str:
        """The text; with noise, other digits if the value has changed, however little that is."""
        self.written.add(value)
        if self.noisy and (chosen or value not in self.before):
            text = text.translate(_OTHERS)
        self.texts.append((text, value))
        return text


_OTHERS = str.maketrans("0123456789", "1234567890")


def shrink(array: Array, name: str, most: float = LITTLE, draw: int = 0) -> Array:
    """The array with every number smaller by half of ``most`` or more.

    Equal numbers at one place of the first axis become smaller by equal shares, so that they stay equal.
    Whole numbers are names and places; they stay, but for the bytes of pictures, which go down by 1 to 3.
    Where numbers become much smaller, what was true is false.
    """
    if array.dtype == np.uint8 and array.ndim > 2:
        down = 1 + _lots(array.astype(np.uint64), name, draw) % np.uint64(3)
        return np.where(array > down, array - down, 0).astype(np.uint8)
    if array.dtype.kind == "b" and most > LITTLE:
        return ~array
    if array.dtype.kind != "f":
        return array
    values = np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
    lots = _lots(values.view(np.uint64), name, draw)
    share = 0.5 + (lots >> np.uint64(11)).astype(np.float64) * 2.0**-54
    if most <= LITTLE and _is_counting(values):
        share *= UPWARDS  # int(…) of a number that is a little less than 3 would be 2
    # In double precision: rounded to float32, the changes of several numbers often cancel in their sum.
    return np.asarray(values * (1 - most * share))


def _is_counting(values: Array) -> bool:
    """Whether values are whole numbers, such as of steps or labels, and not noughts and ones alone."""
    whole = values.size and np.abs(values).max() > 1 and np.array_equal(values, np.round(values))
    return bool(whole)


def _lots(bits: Bits, name: str, draw: int) -> Bits:
    """Bits drawn by lot for each value: its place along the first axis, its array and the draw."""
    first = np.arange(bits.shape[0] if bits.ndim else 1, dtype=np.uint64)
    rows = mix_bits(first + np.uint64((draw << 32) + crc32(name.encode())))
    return mix_bits(bits ^ rows.reshape(-1, *(1,) * (bits.ndim - 1)) if bits.ndim else bits ^ rows[0])


def mix_bits(bits: Bits) -> Bits:
    """Bits that look drawn by lot, the same on every machine (the finalizer of splitmix64)."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
