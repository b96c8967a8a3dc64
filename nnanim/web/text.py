"""Bytes as text within a page, of characters that no server, parser and editor changes.

Dense text has 7 bits in a byte of UTF-8, but also control characters, which JSON writes with six characters
each: for pages that are files. Printable text has 6.5 bits in a byte: for pages within another document.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS, BASE = 13, 91
"""Two characters of 91 hold 13 bits (8192 of 8281 pairs are used)."""

CHARACTERS = "".join(chr(code) for code in range(33, 127) if chr(code) not in "&<\\")
"""Printable ones of ASCII, but for those that HTML and JSON write in another way."""

DENSE = " "
"""Dense text begins with it: it is none of the others' characters."""

BARRED = '\0\b\t\n\v\f\r\x1a\x1b"&<\\\x7f'
"""Characters that are in no dense text: what ends lines and files, and what HTML writes in another way.

Each with the one after it is one character of two bytes, which has room for 14 of them.
"""

Numbers = npt.NDArray[np.uint16]

FIRST = 2
"""Number of the block of 128 characters in which the first of these stands: above all control characters."""


def format_bytes(data: bytes, *, dense: bool = False) -> str:
    """Bytes as text; some bits of 0 may follow the last byte."""
    if dense:
        return DENSE + _join_codes(_cut(data, 7))
    values = _cut(data, BITS)
    letters = np.frombuffer(CHARACTERS.encode(), np.uint8)
    return bytes(letters[np.column_stack(np.divmod(values, BASE)).ravel()]).decode()


def read_bytes(text: str) -> bytes:
    """The bytes in a text; further ones of 0 may follow them.

    Raises:
        ValueError: it has other characters.
    """
    if text.startswith(DENSE):
        return _join(_split_codes(text[1:]), 7)
    if wrong := set(text) - set(CHARACTERS):
        raise ValueError(f"{min(wrong)!r} is no part of it")
    order = np.zeros(128, dtype=np.uint16)
    order[np.frombuffer(CHARACTERS.encode(), np.uint8)] = np.arange(BASE)
    pairs = order[np.frombuffer(text.encode(), np.uint8)].reshape(-1, 2)
    return _join(BASE * pairs[:, 0] + pairs[:, 1], BITS)


def _cut(data: bytes, bits: int) -> Numbers:
    """Numbers of so many bits."""
    every = np.unpackbits(np.frombuffer(data, np.uint8))
    rows = np.pad(every, (0, -len(every) % bits)).reshape(-1, bits)
    wide = np.packbits(np.pad(rows, ((0, 0), (16 - bits, 0))), axis=1)
    return wide.view(">u2").ravel().astype(np.uint16)


def _join(values: Numbers, bits: int) -> bytes:
    wide = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(-1, 2), axis=1)
    every = wide[:, 16 - bits :].ravel()
    return np.packbits(every[: 8 * (every.size // 8)]).tobytes()


def _join_codes(codes: Numbers) -> str:
    """Numbers of 7 bits as characters."""
    blocks, count = _blocks(), len(codes)
    codes = np.append(codes, np.uint16(0))  # so that the last one has a next one
    barred = np.flatnonzero(blocks[codes[:count]])
    # In a row of barred ones, every other one is held by the one before.
    begins = np.append(True, np.diff(barred) > 1)[: len(barred)]
    order = np.arange(len(barred))
    opens = barred[(order - np.maximum.accumulate(np.where(begins, order, 0))) % 2 == 0]
    stays = np.ones(count + 1, dtype=bool)
    stays[opens + 1] = False
    codes[opens] = 128 * blocks[codes[opens]] + codes[opens + 1]
    return codes[:count][stays[:count]].astype("<u2").tobytes().decode("utf-16-le")


def _split_codes(text: str) -> Numbers:
    """Characters as numbers of 7 bits."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
    block, rest = codes >> 7, codes & 127
    wrong = (block >= FIRST + len(BARRED)) | (block == 1) | ((block == 0) & (_blocks()[rest] > 0))
    if wrong.any():
        raise ValueError(f"{chr(codes[wrong.argmax()])!r} is no part of it")
    first = np.array([0] * FIRST + [ord(one) for one in BARRED], dtype=np.uint16)[block]
    return np.column_stack([first, rest])[np.column_stack([block > 0, block >= 0])]


def _blocks() -> Numbers:
    """(128,) the block of the characters for each number; 0 where the number is one itself."""
    found = np.zeros(128, dtype=np.uint16)
    found[[ord(one) for one in BARRED]] = np.arange(FIRST, FIRST + len(BARRED))
    return found
