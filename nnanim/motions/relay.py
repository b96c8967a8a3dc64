"""Relay: flows one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Frame, Legend, Mark
from nnanim.marks.readout import Quantity
from nnanim.motions.base import SIGNALS, Motion
from nnanim.motions.courses import Course, During, Layers, Movement
from nnanim.motions.flow import Flow
from nnanim.words import Words, fill, signal


@dataclass(frozen=True, eq=False)
class Relay(Motion):
    """Flows one after the other: what arrives at one layer sets out to the next.

    Attributes:
        flows: in order; ``seconds`` is the sum of theirs. Limits that nobody gave become one where they are
            not far apart: then signals can be compared from layer to layer, and have one legend.
    """

    flows: tuple[Flow, ...]
    seconds: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not self.flows:
            raise UserError("Relay: there are no flows")
        if wrong := next((one for one in self.flows if not isinstance(one, Flow)), None):
            raise UserError(f"Relay: a {type(wrong).__name__} is among its flows; Relay((Flow(…), Flow(…)))")
        object.__setattr__(self, "flows", _share_limit(tuple(self.flows)))
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
        layers: dict[float, list[Words]] = {}
        for flow in self.flows:
            names = layers.setdefault(flow.limit or 1.0, [])
            label = marks[flow.target(marks)].label or ""
            names += [] if label in names else [label]
        found: dict[str, Legend] = {}
        for flow in self.flows:
            names = layers[flow.limit or 1.0]
            named = fill(TO_LAYER, layer=_list_words(names)) if len(layers) > 1 and all(names) else signal
            one = flow._legend(named)
            found.setdefault(one.key, one)
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


TO_LAYER = {"en": "signal → {layer}", "ja": "信号→{layer}"}

NEAR = 4.0
"""How many times the smallest the largest of some limits is at the most that become one."""


def _share_limit(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """Flows with one limit, where nobody gave theirs and they are not far apart."""
    limits = [flow.limit or 1.0 for flow in flows]
    if not all(flow._own_limit for flow in flows) or max(limits) > NEAR * min(limits):
        return flows
    return tuple(replace(flow, limit=max(limits)) for flow in flows)


def _list_words(some: list[Words]) -> Words:
    """Some words in one line."""
    listed = some[0]
    for one in some[1:]:
        listed = fill({"en": "{a}, {b}", "ja": "{a}・{b}"}, a=listed, b=one)
    return listed
