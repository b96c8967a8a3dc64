"""Wiring: weights join the neurons that they weigh, values of one sample; signals are what they multiply."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.marks import Mark, Units, Wires
from nnanim.motions import Flow, list_flows
from nnanim.truth.noise import StoryReads

FORWARD = "take both from one run: trace.contributions(layer)"
BACKWARD = "the target's errors set out: Flow(wires, weights * errors[:, None], errors, backward=True)"
"""What to do about signals that are not what is shown."""


class RecordedValues:
    """What a story read of its traces: tables of weights, and values by their samples."""

    def __init__(self, reads: StoryReads) -> None:
        self.tables = {
            name: np.asarray(plain, dtype=float)
            for (name, _), (plain, _) in reads.read.items()
            if plain.ndim == 2 and plain.dtype.kind == "f" and plain.shape[0] == plain.shape[1] > 1
        }
        self._samples = [
            np.asarray(plain, dtype=float)
            for key, (plain, _) in reads.read.items()
            if reads.homes[key].axis == "sample" and plain.ndim == 2 and len(plain) > 1
        ]

    def find_samples(self, values: Floats) -> frozenset[int]:
        """The samples of which some values were recorded; none where they were not, or are too plain."""
        if values.size < 2 or len(np.unique(values)) < 2:
            return frozenset()
        some = [one for one in self._samples if one.shape[1] == values.size]
        return frozenset(int(i) for one in some for i in np.flatnonzero((one == values).all(axis=1)))


def find_miswired(beat: Beat, recorded: RecordedValues) -> Iterator[tuple[str, str]]:
    """Key of the wires, and what is wrong with them."""
    marks = beat.by_key
    for wires in beat.marks:
        if not isinstance(wires, Wires):
            continue
        turned = [name for name, one in recorded.tables.items() if np.array_equal(one.T, wires.weights)]
        if turned and not any(np.array_equal(one, wires.weights) for one in recorded.tables.values()):
            yield wires.key, f"{wires.key!r} are the weights {turned[0]!r} turned: rows are what they lead to"
        source, target = (marks.get(str(one)) for one in (wires.source, wires.target))
        if isinstance(source, Units) and isinstance(target, Units):
            one, other = (recorded.find_samples(mark.values) for mark in (source, target))
            if one and other and not one & other:
                what = f"{wires.key!r} lead from values of sample {min(one)} to values of sample {min(other)}"
                yield wires.key, what


def find_other_signals(beat: Beat) -> Iterator[tuple[str, str, str]]:
    """Signals that are not the values on the stage times its weights: key, what is wrong, what to do."""
    for flow in list_flows(beat.motion):
        wires = beat.by_key.get(flow.wires)
        if not isinstance(wires, Wires):
            continue
        ends = [beat.by_key.get(str(end)) for end in (wires.source, wires.target)]
        begin, end = reversed(ends) if flow.backward else ends
        advice = BACKWARD if flow.backward else FORWARD
        if isinstance(begin, Units) and _differ(flow.source, begin.values):
            if isinstance(end, Units) and np.array_equal(flow.source, end.values):
                yield (
                    wires.key,
                    f"the signals on {wires.key!r} set out with what is shown where they arrive",
                    advice,
                )
                continue
        elif _are_products(flow, wires.weights) or _are_slopes(flow, end):
            continue
        what = f"the signals on {wires.key!r} are not the values times the weights that are shown"
        yield wires.key, what, advice


def _are_products(flow: Flow, weights: Floats) -> bool:
    """Whether what arrives is what sets out, times the weights; so many of them as are shown."""
    return not _differ(flow.arriving, (weights.T if flow.backward else weights) * flow.source)


def _are_slopes(flow: Flow, end: Mark | None) -> bool:
    """Whether what arrives is the product of the values at both ends: the gradient of each weight."""
    if not isinstance(end, Units) or len(end.values) != len(flow.arriving):
        return False
    return not _differ(flow.arriving, np.outer(end.values, flow.source))


def _differ(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and not np.allclose(one, other, rtol=1e-4, atol=1e-6)
