"""The index of a film in columns: equal things of it stand side by side, where they compress best.

All values that are found at one place of the index, such as the first number of every segment, are a column:
head, kinds, whole numbers, then the columns of what the lists and the dictionaries among them hold. Numbers
are written seven bits at a time, the lowest first, and the highest bit says that more follow.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

WHOLE, TEXT, WRITTEN, NOTHING, FALSE, TRUE, ABSENT, NAMED, LIST = 0, 10, 11, 12, 13, 14, 15, 16, 17
"""Kinds of values: whole numbers; from there up to texts, numbers of as many decimals; numbers of more, which
are written out; None, truth values, what a dictionary lacks, dictionaries; lists of as many values."""

DIGITS = 9
"""Largest number of decimals of a number that is no text."""

SHORT = 8
"""Up to this length, lists are taken for rows whose values have a meaning each by their place."""

END = "\0"
"""Between two texts."""


def write_columns(value: Any) -> bytes:
    """A value of dictionaries, lists, numbers, texts, truth values and None as bytes.

    Raises:
        TypeError: it holds something else.
    """
    writer = _ColumnWriter()
    writer.column([value])
    text = END.join(writer.texts).encode()
    return _varints([len(writer.out)]) + bytes(writer.out) + text


def read_columns(data: bytes) -> Any:
    """The value in some bytes; lists and tuples come back as lists.

    Raises:
        ValueError, LookupError: the bytes are damaged.
    """
    reader = _ColumnReader(data)
    size = reader.varint()
    reader.texts = iter(data[reader.at + size :].decode().split(END))
    return reader.column(1)[0]


class _ColumnWriter:
    def __init__(self) -> None:
        self.out = bytearray()
        self.texts: list[str] = []

    def column(self, values: Sequence[Any]) -> None:
        """All values of one place, and below them those of the places within."""
        kinds, numbers = list[int](), list[int]()
        names, lists = dict[str, None](), list[Sequence[Any]]()
        for value in values:
            kind, number = _kind(value)
            kinds.append(kind)
            if kind <= DIGITS:
                numbers.append(number)
            elif kind in (TEXT, WRITTEN):
                self.texts.append(value if kind == TEXT else repr(value))
            elif kind == NAMED:
                names |= dict.fromkeys(value)
            elif kind >= LIST:
                lists.append(value)
        step = _step(lists)
        plain, steps = _varints(map(_zigzag, numbers)), _varints(map(_zigzag, _differences(numbers)))
        is_apart = len(zlib.compress(steps)) < len(zlib.compress(plain))
        same = len(set(kinds)) == 1
        self.out += _varints([4 * step + 2 * is_apart + same, *(kinds[:1] if same else kinds)])
        self.out += steps if is_apart else plain
        if NAMED in kinds:
            self.texts.append(",".join(names))
            held = [one for one, kind in zip(values, kinds, strict=True) if kind == NAMED]
            for name in names:
                self.column([one.get(name, _absent) for one in held])
        for place in range(step if any(lists) else 0):
            self.column([one for row in lists for one in row[place::step]])


class _ColumnReader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.texts = iter(list[str]())

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def column(self, count: int) -> list[Any]:
        if not count:
            self.varint()
            return []
        head = self.varint()
        step, is_apart, same = head >> 2, head & 2, head & 1
        kinds = [self.varint()] * count if same else [self.varint() for _ in range(count)]
        numbers = [_unzigzag(self.varint()) for kind in kinds if kind <= DIGITS]
        found = iter(accumulate(numbers) if is_apart else numbers)
        values = [self._value(kind, found) for kind in kinds]
        if NAMED in kinds:
            held = [one for one, kind in zip(values, kinds, strict=True) if kind == NAMED]
            for name in next(self.texts).split(","):
                for one, value in zip(held, self.column(len(held)), strict=True):
                    if value is not _absent:
                        one[name] = value
        lists = [one for one, kind in zip(values, kinds, strict=True) if kind >= LIST]
        for place in range(step if any(lists) else 0):
            rows = [range(place, len(one), step) for one in lists]
            inner = iter(self.column(sum(map(len, rows))))
            for one, row in zip(lists, rows, strict=True):
                for i in row:
                    one[i] = next(inner)
        return values

    def _value(self, kind: int, numbers: Any) -> Any:
        if kind <= DIGITS:
            return next(numbers) / 10**kind if kind else next(numbers)
        if kind == TEXT:
            return next(self.texts)
        if kind == WRITTEN:
            return float(next(self.texts))
        if kind == NAMED:
            return {}
        return [None] * (kind - LIST) if kind >= LIST else _FIXED[kind]


_absent = object()
_FIXED: dict[int, Any] = {NOTHING: None, FALSE: False, TRUE: True, ABSENT: _absent}


def _kind(value: Any) -> tuple[int, int]:
    """The kind of a value, and the whole number that is written for it."""
    if value is _absent:
        return ABSENT, 0
    if value is None or isinstance(value, bool):
        return {None: NOTHING, False: FALSE, True: TRUE}[value], 0
    if isinstance(value, int):
        return WHOLE, value
    if isinstance(value, float):
        return _decimals(value)
    if isinstance(value, str) and END not in value:
        return TEXT, 0
    if isinstance(value, dict):
        return NAMED, 0
    if isinstance(value, list | tuple):
        return LIST + len(value), 0
    raise TypeError(f"nothing is known about writing {value!r}")


def _decimals(value: float) -> tuple[int, int]:
    """A number as a whole one and its decimals, where that gives the same one back."""
    for digits in range(DIGITS + 1 if abs(value) < 1 << 53 else 0):
        whole = round(value * 10**digits)
        if abs(whole) < 1 << 53 and whole / 10**digits == value:
            return digits, whole
    return WRITTEN, 0


def _step(lists: Sequence[Sequence[Any]]) -> int:
    """After how many values of a list those of one meaning come again: rows, triples, or all the same."""
    lengths = {len(one) for one in lists}
    longest = max(lengths, default=0)
    if longest <= SHORT and len(lengths) <= 2 and len(lists) > longest:
        return longest
    return 3 if longest > SHORT and not any(length % 3 for length in lengths) else 1


def _differences(numbers: Sequence[int]) -> list[int]:
    return [one - before for one, before in zip(numbers, [0, *numbers], strict=False)]


def _zigzag(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


def _unzigzag(value: int) -> int:
    return -(value + 1 >> 1) if value & 1 else value >> 1


def _varints(values: Iterable[int]) -> bytes:
    out = bytearray()
    for value in values:
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)
