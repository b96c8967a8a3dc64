"""Relay: flows one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark
from nnanim.marks.readout import Quantity
from nnanim.motions.base import SIGNALS, Drawing, Motion
from nnanim.motions.flow import Flow
from nnanim.shapes import Shapes
from nnanim.words import fill, signal


@dataclass(frozen=True, eq=False)
class Relay(Motion):
    """Flows one after the other: what arrives at one layer sets out to the next.

    Attributes:
        flows: in order; ``seconds`` is the sum of theirs.
    """

    flows: tuple[Flow, ...]
    seconds: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not self.flows:
            raise UserError("Relay: there are no flows")
        object.__setattr__(self, "flows", tuple(self.flows))
        object.__setattr__(self, "seconds", float(sum(flow.seconds for flow in self.flows)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it moves."""
        return tuple(flow.wires for flow in self.flows)

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that each flow can run; raises as they do."""
        super().check(marks)
        for flow in self.flows:
            flow.check(marks)

    def legends(self, marks: Mapping[str, Mark]) -> tuple[Legend, ...]:
        """The sizes of the signals; flows of several scales say where each runs to."""
        several = len({flow.limit for flow in self.flows}) > 1
        found: dict[str, Legend] = {}
        for flow in self.flows:
            layer = marks[flow.target(marks)].label
            named = fill({"en": "signal → {layer}", "ja": "信号→{layer}"}, layer=layer or "")
            one = flow._legend(named if several and layer is not None else signal)
            found[one.key] = one
        return tuple(found.values())

    def quantities(self, marks: Mapping[str, Mark]) -> Mapping[str, tuple[Quantity, ...]]:
        """What each flow has carried."""
        return {key: held for flow in self.flows for key, held in flow.quantities(marks).items()}

    def opening(self, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """No target neuron is lit."""
        return {key: mark for flow in self.flows for key, mark in flow.opening(marks).items()}

    def drawing(self, opening: Frame, after: Frame) -> Drawing:
        """Each flow in its share of the time."""
        drawings = [flow.drawing(opening, after) for flow in self.flows]
        ends = np.cumsum([flow.seconds for flow in self.flows]) / sum(flow.seconds for flow in self.flows)
        starts = np.concatenate([[0.0], ends[:-1]])

        @cache
        def resting(index: int, end: float) -> dict[str, Shapes]:
            # Only the flow that runs now has signals; the others have lit their neurons, or not yet.
            return {key: shapes for key, shapes in drawings[index](end).items() if key != SIGNALS}

        def at(fraction: float) -> dict[str, Shapes]:
            now = min(int(np.searchsorted(ends, fraction, side="right")), len(drawings) - 1)
            drawn: dict[str, Shapes] = {}
            for i, drawing in enumerate(drawings):
                own = float(np.clip((fraction - starts[i]) / (ends[i] - starts[i]), 0.0, 1.0))
                drawn |= drawing(own) if i == now else resting(i, own)
            return drawn

        return at
