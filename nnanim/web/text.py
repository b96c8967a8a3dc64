"""Bytes as text within a page: denser than base64, and of characters that no server and no editor changes."""

from __future__ import annotations

import numpy as np

BITS, BASE = 13, 91
"""Two characters of 91 hold 13 bits (8192 of 8281 pairs are used)."""

CHARACTERS = "".join(chr(code) for code in range(33, 127) if chr(code) not in "&<\\")
"""Printable ones of ASCII, but for those that HTML and JSON write in another way."""


def format_bytes(data: bytes) -> str:
    """Bytes as text; some bits of 0 may follow the last byte."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    rows = np.pad(bits, (0, -len(bits) % BITS)).reshape(-1, BITS)
    values = rows @ (1 << np.arange(BITS)[::-1])
    letters = np.frombuffer(CHARACTERS.encode(), np.uint8)
    return bytes(letters[np.column_stack(np.divmod(values, BASE)).ravel()]).decode()


def read_bytes(text: str) -> bytes:
    """The bytes in a text; further ones of 0 may follow them.

    Raises:
        ValueError: it has other characters.
    """
    if wrong := set(text) - set(CHARACTERS):
        raise ValueError(f"{min(wrong)!r} is no part of it")
    order = np.zeros(128, dtype=np.int64)
    order[np.frombuffer(CHARACTERS.encode(), np.uint8)] = np.arange(BASE)
    pairs = order[np.frombuffer(text.encode(), np.uint8)].reshape(-1, 2)
    values = BASE * pairs[:, 0] + pairs[:, 1]
    bits = (values[:, None] >> np.arange(BITS)[::-1]) & 1
    return np.packbits(bits.astype(np.uint8).ravel()[: 8 * (bits.size // 8)]).tobytes()
