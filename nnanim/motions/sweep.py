"""Sweep: a window wanders over cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.marks import Frame, Mark, key_of
from nnanim.marks.common import draw_window
from nnanim.motions.base import SIGNALS, Motion, ease
from nnanim.motions.courses import Course, Movement, Samples, Steps
from nnanim.motions.result import SHOW, draw_result
from nnanim.shapes import Shapes, fade

Floats = npt.NDArray[np.float64]

SLOW_SHARE = 0.6
"""Share of the time that the slow places take."""

GLIDE = 0.4
"""Share of the time at a place in which a window comes to it."""

HURRY = 1.3
"""Power of time with which a window passes the other places."""


@dataclass(frozen=True, eq=False)
class Sweep(Motion):
    """A window wanders over a Grid, Picture or Tokens, row by row; it begins slowly, then it hurries.

    Attributes:
        over: key of the mark under the window.
        window: (rows, columns) of cells that the window covers.
        stride: (rows, columns) of one step.
        reveals: key of a Grid or Picture whose cells appear as the window passes, or None; it has as many
            cells as the window has places.
        slow: the number of places at which it stays in the beginning, for more than half of the time. What
            is revealed there is shown: a line leads to the cell, and its number is written beside it.
        largest: whether the largest value under the window is ringed, as max pooling takes it.
        beside: keys of other marks of as many cells, over which windows wander in step: the maps that a
            kernel covers together.
    """

    over: str
    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    reveals: str | None = None
    slow: int = 0
    beside: tuple[str, ...] = ()
    largest: bool = False
    seconds: float = field(default=3.0, kw_only=True)

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)
        object.__setattr__(self, "over", key_of(self.over))
        object.__setattr__(self, "reveals", None if self.reveals is None else key_of(self.reveals))
        if self.slow < 0:
            raise UserError(f"Sweep over {self.over!r}: slow={self.slow!r}; it must be 0 or more")
        if min(*self.window, *self.stride) < 1:
            raise UserError(
                f"Sweep over {self.over!r}: window {self.window} and stride {self.stride} must be 1 or more"
            )

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return (self.over, *self.beside, *(() if self.reveals is None else (self.reveals,)))

    def places(self, shape: tuple[int, int]) -> list[tuple[int, int]]:
        """Every (row, column) of the window's first cell over a mark of that shape, in reading order.

        Raises:
            UserError: the window is larger than the mark.
        """
        rows, columns = (
            range(0, n - w + 1, s) for n, w, s in zip(shape, self.window, self.stride, strict=True)
        )
        if not len(rows) or not len(columns):
            raise UserError(
                f"Sweep over {self.over!r}: a window of {self.window} does not fit into {shape} cells"
            )
        return [(row, column) for row in rows for column in columns]

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that there are as many places of the window as cells that it reveals.

        Raises:
            UserError: there are not, or a mark has no cells.
        """
        super().check(marks)
        shape = self._cells(marks[self.over], "Grid or Picture or Tokens")
        places = self.places(shape)
        if self.largest and _values_of(marks[self.over]) is None:
            raise self._wrong(marks[self.over], "largest=True; a Grid, or a Picture of one channel,")
        for key in self.beside:
            if marks[key].cells != shape:
                raise UserError(
                    f"Sweep over {self.over!r}: {key!r} beside it has {marks[key].cells} cells, not {shape}"
                )
        if self.reveals is not None:
            shape = self._cells(marks[self.reveals], "Grid or Picture")
            if marks[self.reveals].reveal(0) is None:
                raise self._wrong(marks[self.reveals], "Grid or Picture")
            if len(places) != shape[0] * shape[1]:
                raise UserError(
                    f"Sweep over {self.over!r}: {len(places)} places of the window "
                    f"for {shape} cells of {self.reveals!r}"
                )

    def _cells(self, mark: Mark, wanted: str) -> tuple[int, int]:
        if mark.cells is None:
            raise self._wrong(mark, wanted)
        return mark.cells

    def _wrong(self, mark: Mark, wanted: str) -> UserError:
        return UserError(f"Sweep: {mark.key!r} is a {type(mark).__name__}; {wanted} wanted")

    def opening(self, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """Nothing is revealed."""
        return {} if self.reveals is None else {self.reveals: self._reveal(marks[self.reveals], 0)}

    def _reveal(self, mark: Mark, count: int) -> Mark:
        revealed = mark.reveal(count)
        assert revealed is not None, "checked by the beat"
        return revealed

    def place_at(self, fraction: float, count: int) -> float:
        """How many of ``count`` places the window has passed at a fraction (0..1) of its time."""
        slow = min(self.slow, count)
        share = (SLOW_SHARE if slow < count else 1.0) if slow else 0.0
        if fraction <= share:
            return slow * fraction / share if share else 0.0
        return slow + (count - slow) * float(((fraction - share) / (1 - share)) ** HURRY)

    def fraction_at(self, place: float, count: int) -> float:
        """The fraction (0..1) of its time at which the window has passed so many of ``count`` places."""
        slow = min(self.slow, count)
        share = (SLOW_SHARE if slow < count else 1.0) if slow else 0.0
        if place <= slow and share:
            return share * place / slow
        return share + (1 - share) * float(((place - slow) / (count - slow)) ** (1 / HURRY))

    def drawing(self, opening: Frame, after: Frame) -> Movement:
        """The windows glide from place to place, and cells appear when they have come to rest."""
        theme = after.style.theme
        boxes = np.stack([self._boxes(after, key) for key in (self.over, *self.beside)], axis=1)
        peaks = self._find_largest(after) if self.largest else None
        cells = after[self.reveals].parts(after) if self.reveals and self.reveals != self.over else None

        def at(fraction: float) -> Shapes:
            place = self.place_at(fraction, len(boxes))
            index = min(int(place), len(boxes) - 1)
            glide = ease(min((place - index) / GLIDE, 1.0)) if index else 1.0
            here = boxes[max(index - 1, 0)] + (boxes[index] - boxes[max(index - 1, 0)]) * glide
            middle, span = (here[:, :2] + here[:, 2:]) / 2, np.abs(here[:, 2:] - here[:, :2])
            opacity = min(1.0, fraction * 12, (1 - fraction) * 12)
            window: Shapes = (draw_window(middle, span, theme),)
            if peaks is not None:
                window += fade((draw_window(*peaks[index], theme),), ease(max(2 * glide - 1, 0.0)))
            if cells is not None and index < self.slow and self.reveals:
                window += draw_result(
                    np.stack([middle[0], span[0]]), after[self.over], after[self.reveals], cells, index,
                    place - index, after,
                )  # fmt: skip
            return fade(window, opacity)

        glides = np.arange(len(boxes))[:, None] + np.arange(5) * GLIDE / 4
        bends = np.array([self.fraction_at(float(place), len(boxes)) for place in glides.ravel()])
        way = {f"{SIGNALS}:window": Samples(at, bends=bends)}
        return Movement({**self._reveal_steps(after, len(boxes), shows=cells is not None), **way})

    def _reveal_steps(self, after: Frame, count: int, shows: bool) -> dict[str, Course]:
        """How cells appear; ``shows``: those of slow places wait until their number has come."""
        if not self.reveals:
            return {}
        placed = after[self.reveals]
        arrived = [index + (SHOW[0] if shows and index < self.slow else GLIDE) for index in range(count)]
        starts = np.array([0.0, *(self.fraction_at(place, count) for place in arrived)])

        @lru_cache(maxsize=2)
        def state(cells: int) -> Shapes:
            return replace(placed, mark=self._reveal(placed.mark, cells)).draw(after)

        return {self.reveals: Steps(starts, state)}

    def _find_largest(self, frame: Frame) -> list[tuple[Floats, Floats]]:
        """(1, 2) middle and size of the cell of the largest value under the window, at each of its places."""
        over = frame[self.over]
        values, parts = _values_of(over.mark), over.parts(frame)
        assert values is not None, "checked by the beat"
        at, size = (one.reshape(*values.shape, 2) for one in (parts.centers, parts.sizes))
        found = []
        for r, c in self.places(values.shape):
            under = values[r : r + self.window[0], c : c + self.window[1]]
            row, column = np.unravel_index(int(under.argmax()), under.shape)
            place = (r + int(row), c + int(column))
            found.append((at[place][None], size[place][None]))
        return found

    def _boxes(self, frame: Frame, key: str) -> Floats:
        """(places, 4) left, top, right, bottom of the window over a mark at each of its places."""
        over = frame[key]
        parts, cells = over.parts(frame), self._cells(over.mark, "Grid or Picture or Tokens")
        at, size = (array.reshape(*cells, 2) for array in (parts.centers, parts.sizes))
        far, up = np.array(self.window) - 1, [-1, 1]
        boxes = []
        for r, c in self.places(cells):
            last = r + far[0], c + far[1]
            boxes.append([*(at[r, c] + size[r, c] / 2 * up), *(at[last] - size[last] / 2 * up)])
        return np.array(boxes)


def _values_of(mark: Mark) -> Floats | None:
    """The numbers in the cells of a mark, one a cell; None where it has no such numbers."""
    values = getattr(mark, "values", None)
    return values if isinstance(values, np.ndarray) and values.shape == mark.cells else None
