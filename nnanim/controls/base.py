"""What every control is, and how what a browser sends is checked: here and in its kinds, and nowhere else."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, quote
from nnanim.words import Words, say

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Control:
    """Something that may be changed.

    Attributes:
        label: its name on the page; by default the name that the scene gives it.
        group: what it stands together with on the page, under this name; folded away at first.
    """

    label: Words = ""
    group: Words = ""
    kind: ClassVar[str] = ""

    def start(self, lang: str) -> Any:
        """The value that it has in a film, and before it is changed."""
        raise NotImplementedError

    def check(self, value: Any) -> Any:
        """A value from a browser, as a scene takes it.

        Raises:
            UserError: it is none that this control can have.
        """
        raise NotImplementedError

    def show(self, value: Any) -> Any:
        """A value as a page takes it: numbers, text, lists."""
        return value

    def describe(self, lang: str) -> dict[str, Any]:
        """What a page must know of it, but for its value."""
        return {"kind": self.kind, "label": say(self.label, lang), "group": say(self.group, lang)}


def check_number(value: Any, low: float, high: float) -> float:
    """A finite number within limits.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or value != value:
        raise UserError(f"{quote(value)} is not a number")
    if not low - 1e-9 <= value <= high + 1e-9:
        raise UserError(f"{quote(value)} does not lie between {low:g} and {high:g}")
    return float(min(max(value, low), high))


def check_table(value: Any, shape: tuple[int, int], low: float, high: float) -> Floats:
    """Rows of numbers within limits.

    Raises:
        UserError: other rows, or something else than such numbers.
    """
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    fits = isinstance(rows, list | tuple) and len(rows) == shape[0]
    if not fits or not all(isinstance(row, list | tuple) and len(row) == shape[1] for row in rows):
        raise UserError(f"{shape[0]} rows of {shape[1]} numbers wanted")
    return np.array([[check_number(number, low, high) for number in row] for row in rows])


def decode_bytes(value: Any, most: int) -> bytes:
    """Bytes that came as base64.

    Raises:
        UserError: they did not, or are more than ``most``.
    """
    if not isinstance(value, str) or len(value) > most * 4 // 3 + 4:
        raise UserError(f"at most {most:,} bytes in base64 wanted")
    try:
        return base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise UserError("these bytes are not base64") from None
