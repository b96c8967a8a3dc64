"""Stream: what tokens give runs along the arcs to the token that looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.marks import Arcs, Frame, Mark
from nnanim.motions.base import SIGNALS, Drawing, Motion, ease
from nnanim.shapes import Discs, Polyline, Shapes

Floats = npt.NDArray[np.float64]

THICK = 1.5
"""Diameter of a disc, in widths of its arc."""

FADE = 0.08
"""Share of its way in which a disc comes to light, and in which it goes."""


@dataclass(frozen=True, eq=False)
class Stream(Motion):
    """Discs run along `Arcs`, from each token that is looked at to the one that looks.

    A disc is as wide as its arc, which shows how much of what the token gives arrives.

    Attributes:
        arcs: key of the Arcs.
        role: colour of the discs.
    """

    arcs: str
    role: str = "value"
    seconds: float = field(default=1.6, kw_only=True)

    def __post_init__(self) -> None:
        self._check_seconds(self.seconds)

    @property
    def keys(self) -> tuple[str, ...]:
        """The arcs."""
        return (self.arcs,)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that it runs along arcs.

        Raises:
            UserError: it does not.
        """
        super().check(marks)
        if not isinstance(mark := marks[self.arcs], Arcs):
            raise UserError(f"Stream runs along {self.arcs!r}, a {type(mark).__name__}; Arcs wanted")

    def drawing(self, opening: Frame, after: Frame) -> Drawing:
        """The discs on their way."""
        placed = after[self.arcs]
        parts = placed.parts(after)
        ways = [(shape.points[::-1], shape.width) for shape in parts.shapes if isinstance(shape, Polyline)]
        color = after.style.theme.rgba(self.role)
        radii = np.array([THICK * width / 2 for _, width in ways])

        def at(fraction: float) -> dict[str, Shapes]:
            along = ease(fraction)
            places = np.array([_point_on(way, along) for way, _ in ways]).reshape(-1, 2)
            light = min(along / FADE, (1 - along) / FADE, 1.0)
            fills = np.tile(color * [1, 1, 1, light], (len(ways), 1))
            return {SIGNALS: (Discs(places, radii, fills),)}

        return at


def _point_on(way: Floats, share: float) -> Floats:
    """The point at a share (0..1) of a polyline's length."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    return np.array([np.interp(share * lengths[-1], lengths, way[:, axis]) for axis in (0, 1)])
