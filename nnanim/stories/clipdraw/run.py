"""What the film of strokes shows: a recorded steering, and how it is spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnanim.errors import UserError
from nnanim.stories.steered import SteeredRun
from nnanim.words import Words


@dataclass(frozen=True)
class Drawn(SteeredRun):
    """What the film shows.

    Attributes:
        trace: of `nnanim.steering.stroke_trace.record_strokes`.
        things: the judge's names of things.
        share: of fresh drawings in which the judge saw the thing, from the guide's card.
        count: how many these were.
    """

    things: Sequence[Words]
    share: float
    count: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace["judged"]):
            raise UserError(f"{len(self.things)} names for {len(self.trace['judged'])} things")

    @property
    def strokes(self) -> int:
        """How many there are."""
        return int(self.trace["ways"].shape[0])

    @property
    def sizes(self) -> tuple[int, int]:
        """How many numbers make a stroke, and all strokes and the sky."""
        names = ("points", "colours", "widths", "covers")
        one = sum(self.trace[name][0, 0].size for name in names)
        return one, self.strokes * one + self.trace["sky"][0].size
