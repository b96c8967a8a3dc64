"""Where each number on the screen was recorded: the name of the array and the place along its first axis."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.trace.arrays import NO_HOME, ArrayHome
from nnanim.truth.noise import Array, StoryReads, mix_bits, shrink
from nnanim.truth.shown import Floats, shown_arrays
from nnanim.truth.written import StoryRun, run_story

Bits = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.intp]

FEW = 6
"""Maximum number of computed values that are listed one by one."""

CHANCE = 0.01
"""Share of numbers below which they are found in another array by chance: float32 has not so many."""

DRAWS = 4
"""How often noise is drawn. Two arrays that hold an equal number show it smaller by equally much once in ten
draws, as a little noise is but a few steps of float32; which numbers these are differs from machine to
machine."""


@dataclass(frozen=True)
class Sources:
    """Every number that was read, to be found by what it is with and without noise.

    Attributes:
        keys: of each number, ascending.
        owners: index of its array; places: its place along the first axis.
        names: of the arrays; homes: where each is kept, as far as that is known.
    """

    keys: Bits
    owners: Indices
    places: Indices
    names: tuple[str, ...]
    homes: tuple[ArrayHome, ...]

    @classmethod
    def of(cls, reads: StoryReads, draws: Sequence[int], wanted: Floats) -> Sources:
        """Numbers that a story read, each as it is and as it is seen in each draw of the noise.

        Args:
            reads: what was read.
            draws: numbers of the draws.
            wanted: what is to be found; other numbers are left out, and arrays without any are not disturbed.
        """
        filter_ = NumberSet(wanted)
        keys, owners, places = [np.zeros(0, dtype=np.uint64)], [], []
        names, homes = list[str](), list[ArrayHome]()
        for (name, at), (plain, _) in sorted(reads.read.items(), key=lambda item: item[0][0]):
            scale = 255.0 if plain.dtype == np.uint8 else 1.0  # pictures are shown from 0 to 1
            if plain.dtype.kind != "f" and scale == 1.0:
                continue
            there = filter_.places_in(plain.ravel() / scale)
            if not len(there):
                continue
            noisy = [shrink(plain, name, draw=draw).ravel()[there] / scale for draw in draws]
            keys.append(_keys(plain.ravel()[there] / scale, noisy))
            owners.append(np.full(len(there), len(names)))
            places.append(there // max(plain.size // (plain.shape[0] if plain.ndim else 1), 1))
            names.append(name)
            homes.append(reads.homes.get((name, at), NO_HOME))
        whole, nothing = np.concatenate(keys), np.zeros(0, dtype=np.intp)
        owner, place = (np.concatenate([nothing, *one]) for one in (owners, places))
        order = np.argsort(whole, kind="stable")  # owners, and their places, ascend as they are
        whole, owner, place = whole[order], owner[order], place[order]
        once = _begins(whole) | _begins(owner) | _begins(place)
        return cls(whole[once], owner[once], place[once], tuple(names), tuple(homes))

    def find(self, plain: Floats, noisy: Sequence[Floats]) -> Indices:
        """The place of each number among all that were read; -1 for one that was computed, or is 0.

        A number that is found in several arrays is taken from the one that has most of the others, too; and
        within it from the place that has most of them.
        """
        wanted, back = np.unique(_keys(plain, noisy), return_inverse=True)
        first, end = (np.searchsorted(self.keys, wanted, side) for side in ("left", "right"))
        counts = end - first
        which = np.repeat(np.arange(len(wanted)), counts)
        at = np.arange(len(which)) + np.repeat(first - np.cumsum(counts) + counts, counts)
        owners, pairs = self.owners[at], self.pair(at)
        by_owner = np.bincount(owners[_begins(which) | _begins(owners)], minlength=len(self.names))
        by_pair = np.bincount(pairs)
        order = np.lexsort((at, -by_pair[pairs], -by_owner[owners], which))
        found, best_first = np.unique(which[order], return_index=True)
        best = np.full(len(wanted), -1)
        best[found] = at[order][best_first]
        return np.where(plain.ravel() != 0, best[back.ravel()], -1)

    def pair(self, at: Indices) -> Indices:
        """One number for each pair of an array and a place in it, of some numbers."""
        return np.asarray(self.owners[at] * self.width + self.places[at])

    @cached_property
    def width(self) -> int:
        """More than any place: what the number of an array is multiplied by in a pair."""
        return int(self.places.max(initial=0)) + 1

    def describe(self, at: Indices) -> str:
        """``hidden[0], input[0..2]``: where some numbers were recorded."""
        said = []
        owners, counts = np.unique(self.owners[at], return_counts=True)
        for owner in owners[counts >= CHANCE * len(at)]:
            places = np.unique(self.places[at][self.owners[at] == owner])
            ends = f"{places[0]}" if len(places) == 1 else f"{places[0]}..{places[-1]}"
            said.append(f"{self.names[owner]}[{ends}]")
        return ", ".join(said)


def _keys(plain: Array, noisy: Sequence[Array]) -> Bits:
    """One number for each value together with what it is in each draw of the noise."""
    key = np.zeros(plain.size, dtype=np.uint64)
    for one in (plain, *noisy):
        bits = np.ascontiguousarray(one, dtype=np.float64).ravel().view(np.uint64)
        key = mix_bits(key + np.uint64(1)) ^ mix_bits(bits)
    return key


class NumberSet:
    """Some numbers, among which many others are looked up."""

    BITS = 22

    def __init__(self, numbers: Floats) -> None:
        self._numbers = np.unique(numbers)
        # Most numbers that are not among them are known by a few bits of theirs.
        self._marks = np.zeros(1 << self.BITS, dtype=bool)
        self._marks[self._hash(self._numbers)] = True

    def places_in(self, values: Array) -> Indices:
        """Where those of (n,) values stand that are among the numbers."""
        maybe = np.flatnonzero(self._marks[self._hash(values)])
        if not len(self._numbers):
            return maybe
        at = np.minimum(np.searchsorted(self._numbers, values[maybe]), len(self._numbers) - 1)
        return np.asarray(maybe[self._numbers[at] == values[maybe]])

    def _hash(self, values: Array) -> Bits:
        bits = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
        with np.errstate(over="ignore"):
            return (bits * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - self.BITS)


def list_shown(beats: Iterable[Beat], *, passing: bool = False) -> Floats:
    """(n,) every number but 0 in the arrays that some beats show; of playbacks, the last states alone."""
    every = [one for beat in beats for one in shown_arrays(beat, axes=True) if passing or not one.passes]
    whole = np.concatenate([np.zeros(0), *(one.values.ravel() for one in every)])
    return np.asarray(whole[whole != 0])


def _begins(values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Where another value stands than before."""
    return np.asarray(np.r_[np.ones(min(len(values), 1), dtype=bool), values[1:] != values[:-1]])


def trace_back(tell: Callable[[], Iterable[Beat]], *, first: int = 0) -> list[str]:
    """For each beat, a line for each array that it shows: where it was recorded, or what was computed.

    The story is told without noise and with several draws of it, so that the lines are the same on every
    machine.

    Args:
        tell: gives the beats, reading its traces anew each time.
        first: number of the first draw.
    """
    plain = run_story(tell, StoryReads())
    runs = [plain, *run_with_noise(tell, first)]
    sources = Sources.of(plain.reads, range(first, first + DRAWS), list_shown(plain.beats, passing=True))
    beats = zip(*(run.beats for run in runs), strict=True)
    return [line for beat, *others in beats for line in _lines(beat, others, sources)]


def run_with_noise(tell: Callable[[], Iterable[Beat]], first: int = 0) -> Iterator[StoryRun]:
    """A story in each draw of the noise."""
    for draw in range(first, first + DRAWS):
        yield run_story(tell, StoryReads(noisy=True, draw=draw))


def _lines(beat: Beat, others: Sequence[Beat], sources: Sources) -> Iterator[str]:
    yield f"[{beat.id}]"
    changed = [{shown.where: shown.values for shown in shown_arrays(other)} for other in others]
    found: dict[str, list[tuple[Floats, ...]]] = {}
    for shown in shown_arrays(beat):
        seen = [run[shown.where] for run in changed if shown.where in run]
        if [one.shape for one in seen] == [shown.values.shape] * len(others):
            where = re.sub(r" in state \d+$|\[\d+\]", "", shown.where)
            found.setdefault(where, []).append((shown.values, *seen))
    for where, tellings in found.items():
        plain, *noisy = (
            np.concatenate([one.ravel() for one in arrays]) for arrays in zip(*tellings, strict=True)
        )
        yield f"  {where} {_line(plain, noisy, sources)}"


def _line(plain: Floats, noisy: Sequence[Floats], sources: Sources) -> str:
    at = sources.find(plain, noisy)
    recorded, computed = at[at >= 0], plain[(at < 0) & (plain != 0)]
    parts = [f"= {sources.describe(recorded)}"] if len(recorded) else []
    if len(computed):
        said = computed if len(computed) <= FEW else (np.abs(computed).mean(), np.abs(computed).max())
        note = "" if len(computed) <= FEW else f"{len(computed)} values, mean and largest size "
        parts.append(f"~ {note}{' '.join(f'{value:.3g}' for value in said)}")
    return " ".join(parts) or "0"
