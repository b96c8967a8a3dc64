"""Arcs: lines from one token to those that it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim.marks.base import Frame, Mark, Placed, key_of, modify
from nnanim.marks.content import Floats
from nnanim.marks.easing import ease
from nnanim.marks.legend import WIDEST, Legend
from nnanim.marks.parts import Extent, Parts
from nnanim.marks.readout import PathArea, Quantity, Readout
from nnanim.marks.tokens import Tokens
from nnanim.shapes import Polyline
from nnanim.style import RenderStyle

PLACES = 9
"""Number of points of an arc that are enough to find it again."""

FAINT = 0.005
"""A weight that is written as 0.00 has no line."""


@dataclass(frozen=True, eq=False)
class Arcs(Mark):
    """Lines from one token to those that it looks at: the wider, the more it does.

    Attributes:
        weights: (n,) in 0..1, how much it looks at each.
        tokens: the Tokens, or their key.
        origin: index of the token that looks.
        role: colour of the lines.
    """

    weights: Floats
    tokens: str | Tokens
    origin: int = 0
    role: str = "amount"
    layer: ClassVar[int] = 0
    term: ClassVar[str] = "weight"
    change_seconds: ClassVar[float] = 1.2

    def __post_init__(self) -> None:
        weights = self.check_numbers(self.weights, "weights", 1)
        if isinstance(self.tokens, Tokens):
            self.check_count(tuple(weights), len(self.tokens.words), "weights")
        if not 0 <= self.origin < len(weights):
            raise self.make_error(f"origin={self.origin} of {len(weights)} tokens")
        if weights.min() < 0:
            raise self.make_error(f"weight {weights.min():g} at {int(weights.argmin())} lies outside 0..1")
        self.check_limit(weights, 1.0)
        self.set_fields(weights=weights, tokens=key_of(self.tokens))

    @property
    def ties(self) -> tuple[str, ...]:
        """The tokens."""
        return (str(self.tokens),)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that there are as many tokens as weights.

        Raises:
            UserError: there are not, or they are no Tokens.
        """
        tokens = marks[str(self.tokens)]
        if not isinstance(tokens, Tokens):
            raise self.make_error(f"tied to {self.tokens!r}, a {type(tokens).__name__}; Tokens wanted")
        if len(tokens.words) != len(self.weights):
            raise self.make_error(f"{len(self.weights)} weights for {len(tokens.words)} tokens")

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Lines from one token to as many tokens grow wider or thinner; None for any others."""
        if not isinstance(after, Arcs) or len(self.weights) != len(after.weights):
            return None
        if (self.origin, self.role) != (after.origin, after.role):
            return None
        share = ease(fraction)
        on_way: Arcs = modify(after, weights=self.weights + (after.weights - self.weights) * share)
        return on_way

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """Room above the tokens."""
        return Extent.core(0.0, 1.5 * scale)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """One arc for each token, the strongest on top; a part is the arc to a token."""
        tokens = frame[str(self.tokens)].parts(frame)
        tops = tokens.centers + tokens.sizes * [0, 0.5]
        high = np.array([[0.0, placed.h]])
        arcs = self._draw_arcs(placed, frame, tops, tokens.sizes)
        return Parts.collect(arcs, tops + high / 2, np.abs(tops - tops[self.origin]) + high)

    def legends(self) -> tuple[Legend, ...]:
        """The widths."""
        key = f"legend:arcs:{self.role}"
        return (Legend(key=key, kind="width", means=self.meaning, high=1.0, role=self.role, source=self.key),)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The arcs, named by the tokens that they join; one that is too faint has no line."""
        tokens, count = frame[str(self.tokens)], len(self.weights)
        points, widths = np.zeros((count, PLACES, 2)), np.zeros(count)
        parts = tokens.parts(frame)
        tops = parts.centers + parts.sizes * [0, 0.5]
        for arc, i in self._draw_arcs(placed, frame, tops, parts.sizes):
            points[i], widths[i] = arc.points[:: 32 // (PLACES - 1)], arc.width
        pieces = getattr(tokens.mark, "words", ()) or [f"[{i}]" for i in range(count)]
        names = tuple(f"{pieces[self.origin]} → {piece}" for piece in pieces)
        held = Quantity(self.meaning, self.weights, "weights")
        arc_name = {"en": "arc", "ja": "弧"}
        return (Readout(arc_name, PathArea(points, widths), (held,), (count,), names),)

    def _draw_arcs(
        self, placed: Placed, frame: Frame, tops: Floats, sizes: Floats
    ) -> Iterator[tuple[Polyline, int]]:
        start, reach = tops[self.origin], np.abs(tops[:, 0] - tops[self.origin, 0])
        t = np.linspace(0, 1, 33)[:, None]
        for i in np.argsort(self.weights, kind="stable"):
            weight = float(self.weights[i])
            if weight < FAINT:
                continue
            # The farther, the higher, so that lines do not cover each other; a token's own is a small loop.
            high = placed.h * (0.35 + 0.65 * reach[i] / max(float(reach.max()), 1e-9))
            side = 0.22 * sizes[i, 0] * np.array([1.0, 0.0]) * (i == self.origin)
            ends = start - side, tops[i] + side
            over = np.array([[0.0, high * 4 / 3]])
            curve = (1 - t) ** 3 * ends[0] + 3 * (1 - t) ** 2 * t * (ends[0] + over)
            curve = curve + 3 * (1 - t) * t**2 * (ends[1] + over) + t**3 * ends[1]
            color = frame.style.theme.rgba(self.role, 0.25 + 0.75 * weight)
            yield Polyline(curve, color, max(WIDEST * placed.scale * weight, 0.01)), int(i)
