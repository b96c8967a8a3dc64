"""Numbers that may be changed: one, a whole one, a table of them, a point in a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnanim.controls.base import Control, Floats, check_number, check_table
from nnanim.errors import UserError, quote
from nnanim.words import Words, say


@dataclass(frozen=True, eq=False)
class Slider(Control):
    """A number between two others.

    Attributes:
        low, high: the least and the largest.
        value: where it starts; by default in the middle.
        step: of the slider; by default about a fiftieth of the way, of one digit.
        unit: of the number.
        mark: key of a mark on the stage (a `Cloud`, a `Curve`) on which it can be set, too.
        axis: along which axis of that mark, ``x`` or ``y``.
    """

    low: float
    high: float
    value: float | None = None
    step: float | None = None
    unit: Words = ""
    mark: str = ""
    axis: str = "x"
    kind: ClassVar[str] = "slider"

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise UserError(f"Slider({self.low:g}, {self.high:g}): the first must be less than the second")
        if self.axis not in ("x", "y"):
            raise UserError(f"Slider(axis={quote(self.axis)}): 'x' or 'y' wanted")
        if self.value is not None:
            self.check(self.value)

    def start(self, lang: str) -> float:
        """The value given, or the middle."""
        return float((self.low + self.high) / 2 if self.value is None else self.value)

    def check(self, value: Any) -> float:
        """A finite number within the limits."""
        return check_number(value, self.low, self.high)

    def describe(self, lang: str) -> dict[str, Any]:
        """Limits, step, unit, and where on the stage it can be set."""
        step = self.step or 10.0 ** math.floor(math.log10((self.high - self.low) / 50))
        limits = {"low": self.low, "high": self.high, "step": step, "unit": say(self.unit, lang)}
        return {**super().describe(lang), **limits, "mark": self.mark}


@dataclass(frozen=True, eq=False)
class Stepper(Control):
    """A whole number between two others, such as a seed."""

    low: int = 0
    high: int = 999
    value: int | None = None
    kind: ClassVar[str] = "stepper"

    def start(self, lang: str) -> int:
        """The value given, or the least."""
        return self.low if self.value is None else self.value

    def check(self, value: Any) -> int:
        """A whole number within the limits."""
        number = check_number(value, self.low, self.high)
        if number != int(number):
            raise UserError(f"{number:g} is not a whole number")
        return int(number)

    def describe(self, lang: str) -> dict[str, Any]:
        """Limits."""
        return {**super().describe(lang), "low": self.low, "high": self.high}


@dataclass(frozen=True, eq=False)
class NumberTable(Control):
    """Several numbers in rows and columns, such as the weights of a layer; each may be changed.

    Attributes:
        value: (rows, columns) the numbers that they start with.
        low, high: limits of each.
        rows, columns: their names.
    """

    value: Any = ()
    low: float = -10.0
    high: float = 10.0
    rows: Sequence[Words] = ()
    columns: Sequence[Words] = ()
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        values = np.asarray(self.value, dtype=np.float64)
        if values.ndim != 2 or not values.size:
            raise UserError(f"a NumberTable of shape {values.shape}; rows and columns wanted")

    def start(self, lang: str) -> Floats:
        """The numbers given."""
        return np.array(self.value, dtype=np.float64)

    def check(self, value: Any) -> Floats:
        """As many numbers within the limits."""
        shape = np.shape(self.value)
        return check_table(value, (shape[0], shape[1]), self.low, self.high)

    def show(self, value: Any) -> list[list[float]]:
        """The numbers, row by row."""
        return [[float(number) for number in row] for row in value]

    def describe(self, lang: str) -> dict[str, Any]:
        """Limits, and names of rows and columns."""
        names = {name: [say(one, lang) for one in getattr(self, name)] for name in ("rows", "columns")}
        return {**super().describe(lang), "low": self.low, "high": self.high, **names}


@dataclass(frozen=True, eq=False)
class Pad(Control):
    """A point in a plane, (x, y).

    Attributes:
        x_limits, y_limits: where it may lie.
        value: where it starts.
        mark: key of a mark on the stage (a `Cloud`, a `Curve`) on which it can be set, too.
    """

    x_limits: tuple[float, float] = (0.0, 1.0)
    y_limits: tuple[float, float] = (0.0, 1.0)
    value: tuple[float, float] | None = None
    mark: str = ""
    kind: ClassVar[str] = "pad"

    def start(self, lang: str) -> tuple[float, float]:
        """The point given, or the middle."""
        if self.value is not None:
            return float(self.value[0]), float(self.value[1])
        return sum(self.x_limits) / 2, sum(self.y_limits) / 2

    def check(self, value: Any) -> tuple[float, float]:
        """Two numbers within the limits."""
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise UserError(f"{quote(value)} is not a point, [x, y]")
        return check_number(value[0], *self.x_limits), check_number(value[1], *self.y_limits)

    def show(self, value: Any) -> list[float]:
        """The point as a list."""
        return [float(value[0]), float(value[1])]

    def describe(self, lang: str) -> dict[str, Any]:
        """Its limits."""
        limits = {"x_limits": list(self.x_limits), "y_limits": list(self.y_limits)}
        return {**super().describe(lang), **limits, "mark": self.mark}
