"""A phase: the shortest stretch of a film that has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnanim.motions import Drawing
from nnanim.shapes import Shapes


@dataclass(frozen=True, eq=False)
class Phase:
    """A stretch of time in which some marks move and the others rest.

    Attributes:
        name: ``leave``, ``move``, ``enter``, ``motion``, ``pulse``, ``ask`` or ``pause``.
        seconds: its length.
        moving: shapes of the moving marks at a fraction (0..1) of it.
        resting: shapes of all other marks.
        digest: short name for its content.
    """

    name: str
    seconds: float
    moving: Drawing
    resting: Mapping[str, Shapes]
    digest: str = ""

    def at(self, fraction: float) -> dict[str, Shapes]:
        """Everything that is seen at ``fraction`` (0..1), not ordered."""
        return {**self.resting, **self.moving(min(max(fraction, 0.0), 1.0))}
