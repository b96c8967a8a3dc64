"""Alignment: lines between two sentences, from each word of one to those of the other that it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim.marks.arcs import FAINT, PLACES
from nnanim.marks.base import Frame, Mark, Placed, key_of, modify
from nnanim.marks.content import Floats
from nnanim.marks.easing import ease, ramp
from nnanim.marks.legend import WIDEST, Legend
from nnanim.marks.parts import Extent, Parts
from nnanim.marks.readout import PathArea, Quantity, Readout
from nnanim.marks.tokens import Tokens
from nnanim.shapes import Polyline
from nnanim.style import RenderStyle

HIGH = 1.9
"""Room between the two sentences at scale 1, in frame units."""


@dataclass(frozen=True, eq=False)
class Alignment(Mark):
    """Lines between two sentences: the wider, the more a word of one looks at a word of the other.

    Attributes:
        weights: (rows, columns) in 0..1, how much each word that looks does so at each word of ``source``.
        source, target: the Tokens that are looked at and those that look, or their keys.
        origins: index in ``target`` of the word that each row belongs to; by default one row for each.
        role: colour of the lines.
    """

    weights: Floats
    source: str | Tokens
    target: str | Tokens
    origins: tuple[int, ...] = ()
    role: str = "amount"
    layer: ClassVar[int] = 0
    term: ClassVar[str] = "weight"
    change_seconds: ClassVar[float] = 1.2

    def __post_init__(self) -> None:
        weights = self.check_numbers(self.weights, "weights", 2)
        if not weights.size:
            raise self.make_error(f"there are no weights (shape {weights.shape})")
        if weights.min() < 0:
            at = tuple(int(i) for i in np.unravel_index(weights.argmin(), weights.shape))
            raise self.make_error(f"weight {weights.min():g} at {at} lies outside 0..1")
        self.check_limit(weights, 1.0)
        origins = self.check_count(tuple(self.origins), len(weights), "origins") or range(len(weights))
        self.set_fields(
            weights=weights, origins=tuple(origins), source=key_of(self.source), target=key_of(self.target)
        )  # fmt: skip

    @property
    def ties(self) -> tuple[str, ...]:
        """Both sentences."""
        return str(self.source), str(self.target)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that every row and column has its word.

        Raises:
            UserError: it has not, or what it joins are no Tokens.
        """
        for key in self.ties:
            if not isinstance(marks[key], Tokens):
                raise self.make_error(f"tied to {key!r}, a {type(marks[key]).__name__}; Tokens wanted")
        columns, words = (len(marks[key].words) for key in self.ties)  # type: ignore[attr-defined]
        if columns != self.weights.shape[1]:
            raise self.make_error(f"{self.weights.shape[1]} columns of weights for {columns} tokens")
        if (row := next((row for row in self.origins if not 0 <= row < words), None)) is not None:
            raise self.make_error(f"origin {row} of {words} tokens")

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Lines of words that keep theirs grow wider or thinner; others go before new ones come.

        None where the words that are looked at are others.
        """
        if not isinstance(after, Alignment) or self.weights.shape[1] != after.weights.shape[1]:
            return None
        if self.role != after.role:
            return None
        old, new = (dict(zip(one.origins, one.weights, strict=True)) for one in (self, after))
        rows, share, none = tuple(sorted({*old, *new})), ease(fraction), np.zeros(self.weights.shape[1])
        go, come = 1 - ramp(fraction, 0, 0.45), ramp(fraction, 0.55, 1)
        weights = np.array([
            old[row] + (new[row] - old[row]) * share if row in old and row in new
            else old.get(row, none) * go + new.get(row, none) * come
            for row in rows
        ])  # fmt: skip
        on_way: Alignment = modify(after, weights=weights, origins=rows)
        return on_way

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Room between the sentences."""
        return Extent.core(0.0, HIGH * scale)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """One line for each weight, the strongest on top; a part is a line."""
        starts, ends = self._ends(frame)
        columns = self.weights.shape[1]
        lines = ((line, row * columns + column) for line, row, column in self._draw_lines(placed, frame))
        centers = (starts[None, :] + ends[:, None]) / 2
        return Parts.collect(lines, centers, np.abs(starts[None, :] - ends[:, None]))

    def legends(self) -> tuple[Legend, ...]:
        """The widths."""
        key = f"legend:alignment:{self.role}"
        return (Legend(key=key, kind="width", means=self.meaning, high=1.0, role=self.role, source=self.key),)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The lines, named by the words that they join; one that is too faint is not there."""
        count = self.weights.size
        points, widths = np.zeros((count, PLACES, 2)), np.zeros(count)
        for line, row, column in self._draw_lines(placed, frame):
            at = row * self.weights.shape[1] + column
            points[at], widths[at] = line.points[:: 32 // (PLACES - 1)], line.width
        source, target = (getattr(frame[key].mark, "words", ()) for key in self.ties)
        names = tuple(f"{target[row]} → {word}" for row in self.origins for word in source)
        held = Quantity(self.meaning, self.weights.ravel(), "weights")
        line_name = {"en": "line", "ja": "線"}
        return (Readout(line_name, PathArea(points, widths), (held,), (count,), names),)

    def _ends(self, frame: Frame) -> tuple[Floats, Floats]:
        """(columns, 2) and (rows, 2) where lines begin and end: the edges at which the sentences face."""
        source, target = (frame[key].parts(frame) for key in self.ties)
        # While a sentence grows or shrinks, the last of its words may not be there yet, or no more.
        chosen = np.minimum(self.origins, len(target.centers) - 1)
        down = 1 if source.centers[0, 1] > target.centers[0, 1] else -1
        edge = np.array([0.0, 0.5 * down])
        return (
            source.centers - source.sizes * edge,
            target.centers[chosen] + target.sizes[chosen] * edge,
        )

    def _draw_lines(self, placed: Placed, frame: Frame) -> Iterator[tuple[Polyline, int, int]]:
        starts, ends = self._ends(frame)
        there = len(frame[str(self.target)].parts(frame).centers)
        t = np.linspace(0, 1, 33)[:, None]
        slow = 3 * t**2 - 2 * t**3  # it leaves and comes in upright
        for flat in np.argsort(self.weights, axis=None, kind="stable"):
            row, column = divmod(int(flat), self.weights.shape[1])
            weight = float(self.weights[row, column])
            if weight < FAINT or self.origins[row] >= there:
                continue
            way = ends[row] - starts[column]
            curve = starts[column] + np.hstack([slow * way[0], t * way[1]])
            color = frame.style.theme.rgba(self.role, 0.1 + 0.9 * weight)
            yield Polyline(curve, color, max(WIDEST * placed.scale * weight, 0.01)), row, column
