"""Slots: which shape in one sample is which in the next, where shapes come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

Kinds = tuple[int, ...]


@dataclass(eq=False)
class Slot:
    """One shape in the course of some samples.

    Attributes:
        kind: number of its form, or what the forms that it may take on share.
        first: the first sample in which it is seen.
        indices: its place among the shapes of each sample from there on.
    """

    kind: int
    first: int
    indices: list[int] = field(default_factory=list)


def align(samples: Sequence[Kinds]) -> list[Slot]:
    """Slots for samples of shapes, given by their kinds, the lowest first.

    A shape is the same in two neighbouring samples where its kind is, and the order among the others is kept.
    """
    order: list[Slot] = []
    now: list[Slot] = []
    for number, kinds in enumerate(samples):
        if number == 0 or kinds != samples[number - 1]:
            now = _follow(now, kinds, number, order)
        for index, slot in enumerate(now):
            slot.indices.append(index)
    return order


def _follow(before: list[Slot], kinds: Kinds, number: int, order: list[Slot]) -> list[Slot]:
    """The slots of a sample: those that it shares with the one before, and new ones, which join the order."""
    now: list[Slot | None] = [None] * len(kinds)
    matcher = SequenceMatcher(None, [slot.kind for slot in before], kinds, autojunk=False)
    for old, new, length in matcher.get_matching_blocks():
        now[new : new + length] = before[old : old + length]
    place = 0
    found: list[Slot] = []
    for kind, slot in zip(kinds, now, strict=True):
        if slot is None:
            slot = Slot(kind, number)
            order.insert(place, slot)
        place = order.index(slot) + 1
        found.append(slot)
    return found
