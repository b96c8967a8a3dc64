"""What every motion is: how long it takes, what it moves, and what is drawn on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nnanim.arguments import KnownArguments
from nnanim.errors import UserError, nearest
from nnanim.marks import Frame, Legend, Mark, digest
from nnanim.marks.easing import ease as ease
from nnanim.marks.readout import Quantity
from nnanim.shapes import Shapes

SIGNALS = "signals"
"""Key under which the signals of a Flow, or the window of a Sweep, are drawn."""

Drawing = Callable[[float], Mapping[str, Shapes]]
"""Shapes of the moving marks at a fraction (0..1) of a phase."""


@dataclass(frozen=True, eq=False)
class Motion(KnownArguments):
    """How values travel in one beat.

    Attributes:
        seconds: its length at normal pace.
    """

    seconds: float = field(default=1.0, kw_only=True)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the marks that it moves; they must be on the stage."""
        return ()

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that everything that it moves is on the stage.

        Raises:
            UserError: a mark is not there, or not of a kind that can move so.
        """
        for key in self.keys:
            if key not in marks:
                raise UserError(
                    f"{type(self).__name__} moves {key!r}, which is not on the stage{nearest(key, marks)}"
                )

    def legends(self, marks: Mapping[str, Mark]) -> tuple[Legend, ...]:
        """What the sizes or colours of what travels mean."""
        return ()

    def opening(self, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """The marks that stand otherwise when it begins."""
        return {}

    def quantities(self, marks: Mapping[str, Mark]) -> Mapping[str, tuple[Quantity, ...]]:
        """What has travelled, for each element of the first readout of some marks, by their keys."""
        return {}

    def drawing(self, opening: Frame, after: Frame) -> Drawing:
        """The motion in time, from its opening frame to its last."""
        raise NotImplementedError(f"{type(self).__name__} has no drawing(self, opening, after)")

    def _check_seconds(self, seconds: float) -> None:
        if not (math.isfinite(seconds) and seconds > 0):
            raise UserError(f"{type(self).__name__} takes {seconds!r} seconds; it must be above 0")
