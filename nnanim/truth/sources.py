"""Where each number on the screen was recorded: the name of the array and the place along its first axis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.truth.noise import Array, mix_bits
from nnanim.truth.shown import Floats, shown_arrays

Bits = npt.NDArray[np.uint64]

FEW = 6
"""Maximum number of computed values that are listed one by one."""

CHANCE = 0.01
"""Share of numbers below which they are found in another array by chance: float32 has not so many."""


@dataclass(frozen=True)
class Sources:
    """Every number that was read, to be found by what it is with and without noise.

    Attributes:
        keys: of each number, ascending.
        owners: index of its array; places: its place along the first axis.
        names: of the arrays.
    """

    keys: Bits
    owners: npt.NDArray[np.intp]
    places: npt.NDArray[np.intp]
    names: tuple[str, ...]

    @classmethod
    def of(cls, read: Mapping[tuple[str, int], tuple[Array, Array]]) -> Sources:
        """All numbers of some arrays, each as it is and as it was seen through noise."""
        keys, owners, places = [], [], []
        names: list[str] = []
        for (name, _), (plain, noisy) in read.items():
            scale = 255.0 if plain.dtype == np.uint8 else 1.0  # pictures are shown from 0 to 1
            if plain.dtype.kind != "f" and scale == 1.0:
                continue
            one = _keys(plain / scale, noisy / scale)
            keys.append(one)
            owners.append(np.full(len(one), len(names)))
            first = plain.shape[0] if plain.ndim else 1
            places.append(np.repeat(np.arange(first), len(one) // max(first, 1)))
            names.append(name)
        if not names:
            nothing = np.zeros(0, dtype=np.intp)
            return cls(np.zeros(0, dtype=np.uint64), nothing, nothing, ())
        whole = np.concatenate(keys)
        order = np.argsort(whole, kind="stable")
        return cls(whole[order], np.concatenate(owners)[order], np.concatenate(places)[order], tuple(names))

    def find(self, plain: Floats, noisy: Floats) -> npt.NDArray[np.intp]:
        """The place of each number among all that were read; -1 for one that was computed, or is 0.

        A number that is found in several arrays, be it by chance, is taken from the one that has most of the
        others, too.
        """
        wanted = _keys(plain, noisy)
        first, end = (np.searchsorted(self.keys, wanted, side) for side in ("left", "right"))
        at = np.where((end > first) & (plain.ravel() != 0), first, -1)
        ranges = {(int(first[i]), int(end[i])) for i in np.flatnonzero(at >= 0)}
        having = Counter(owner for low, high in ranges for owner in {*self.owners[low:high].tolist()})
        for i in np.flatnonzero((at >= 0) & (end - first > 1)):
            owners = self.owners[first[i] : end[i]]
            at[i] = first[i] + max(range(len(owners)), key=lambda j: (having[int(owners[j])], -j))
        return at

    def describe(self, at: npt.NDArray[np.intp]) -> str:
        """``hidden[0], input[0..2]``: where some numbers were recorded."""
        said = []
        owners, counts = np.unique(self.owners[at], return_counts=True)
        for owner in owners[counts >= CHANCE * len(at)]:
            places = np.unique(self.places[at][self.owners[at] == owner])
            ends = f"{places[0]}" if len(places) == 1 else f"{places[0]}..{places[-1]}"
            said.append(f"{self.names[owner]}[{ends}]")
        return ", ".join(said)


def _keys(plain: Array, noisy: Array) -> Bits:
    """One number for each pair of a value and the same seen through noise."""
    was, seen = (
        np.ascontiguousarray(one, dtype=np.float64).ravel().view(np.uint64) for one in (plain, noisy)
    )
    return mix_bits(was) ^ mix_bits(seen + np.uint64(1))


def trace_back(beats: Iterable[Beat], noisy: Iterable[Beat], sources: Sources) -> Iterator[str]:
    """For each beat, a line for each array that it shows: where it was recorded, or what was computed.

    Args:
        beats: of the story.
        noisy: the same with every recorded number a little smaller.
        sources: what was read.
    """
    for beat, other in zip(beats, noisy, strict=True):
        yield f"[{beat.id}]"
        changed = {shown.where: shown.values for shown in shown_arrays(other)}
        found: dict[str, list[tuple[Floats, Floats]]] = {}
        for shown in shown_arrays(beat):
            seen = changed.get(shown.where)
            if seen is not None and seen.shape == shown.values.shape:
                where = re.sub(r" in state \d+$|\[\d+\]", "", shown.where)
                found.setdefault(where, []).append((shown.values, seen))
        for where, pairs in found.items():
            yield f"  {where} {_line(pairs, sources)}"


def _line(pairs: list[tuple[Floats, Floats]], sources: Sources) -> str:
    plain, noisy = (np.concatenate([pair[side].ravel() for pair in pairs]) for side in (0, 1))
    at = sources.find(plain, noisy)
    recorded, computed = at[at >= 0], plain[(at < 0) & (plain != 0)]
    parts = [f"= {sources.describe(recorded)}"] if len(recorded) else []
    if len(computed):
        said = computed if len(computed) <= FEW else (np.abs(computed).mean(), np.abs(computed).max())
        note = "" if len(computed) <= FEW else f"{len(computed)} values, mean and largest size "
        parts.append(f"~ {note}{' '.join(f'{value:.3g}' for value in said)}")
    return " ".join(parts) or "0"
