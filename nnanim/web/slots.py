"""Slots: which shape in one sample is which in the next, where shapes come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

Forms = tuple[int, ...]


@dataclass(eq=False)
class Slot:
    """One shape in the course of some samples.

    Attributes:
        form: number of its form.
        first: the first sample in which it is seen.
        indices: its place among the shapes of each sample from there on.
    """

    form: int
    first: int
    indices: list[int] = field(default_factory=list)


def align(samples: Sequence[Forms]) -> list[Slot]:
    """Slots for samples of shapes, given by their forms, the lowest first.

    A shape is the same in two neighbouring samples where its form is, and the order among the others is kept.
    """
    order: list[Slot] = []
    now: list[Slot] = []
    for number, forms in enumerate(samples):
        if number == 0 or forms != samples[number - 1]:
            now = _follow(now, forms, number, order)
        for index, slot in enumerate(now):
            slot.indices.append(index)
    return order


def _follow(before: list[Slot], forms: Forms, number: int, order: list[Slot]) -> list[Slot]:
    """The slots of a sample: those that it shares with the one before, and new ones, which join the order."""
    now: list[Slot | None] = [None] * len(forms)
    matcher = SequenceMatcher(None, [slot.form for slot in before], forms, autojunk=False)
    for old, new, length in matcher.get_matching_blocks():
        now[new : new + length] = before[old : old + length]
    place = 0
    found: list[Slot] = []
    for form, slot in zip(forms, now, strict=True):
        if slot is None:
            slot = Slot(form, number)
            order.insert(place, slot)
        place = order.index(slot) + 1
        found.append(slot)
    return found
