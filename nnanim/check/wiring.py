"""Wiring: weights are drawn from the neurons that they weigh, between values of one sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.marks import Units, Wires
from nnanim.truth.noise import StoryReads


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
