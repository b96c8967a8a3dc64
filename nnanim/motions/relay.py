"""Relay: flows one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark
from nnanim.marks.readout import Quantity
from nnanim.motions.base import SIGNALS, Motion
from nnanim.motions.courses import Course, During, Layers, Movement
from nnanim.motions.flow import Flow
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
        if wrong := next((one for one in self.flows if not isinstance(one, Flow)), None):
            raise UserError(f"Relay: a {type(wrong).__name__} is among its flows; Relay((Flow(…), Flow(…)))")
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

    def drawing(self, opening: Frame, after: Frame) -> Movement:
        """Each flow in its share of the time."""
        ends = np.cumsum([flow.seconds for flow in self.flows]) / sum(flow.seconds for flow in self.flows)
        signals: list[Course] = []
        courses: dict[str, Course] = {}
        for flow, start, end in zip(self.flows, [0.0, *ends[:-1]], ends, strict=True):
            for key, course in flow.drawing(opening, after).courses.items():
                part = During(course, float(start), float(end))
                if key == SIGNALS:
                    signals.append(part)
                else:
                    courses[key] = part
        return Movement({SIGNALS: Layers(tuple(signals)), **courses})
