"""Cuts: changes between beats in which nothing on the stage goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nnanim.beats import Beat
from nnanim.births import key_of_born
from nnanim.timeline import Take, compare_frames


@dataclass(frozen=True)
class StageChange:
    """What of the marks on the stage goes on from one beat to the next.

    Attributes:
        beat: id of the later beat.
        survivors: keys of marks that stay, and move or change at most.
        births: keys of marks that come from one that was there, or that flew into one that is.
        leaving, coming: keys of the others.
    """

    beat: str
    survivors: tuple[str, ...]
    births: tuple[str, ...]
    leaving: tuple[str, ...]
    coming: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        """Whether the stage is empty in between: no mark stays, and none is born from another."""
        return not (self.survivors or self.births)


def stage_changes(film: Sequence[Take]) -> list[StageChange]:
    """Every change between two beats of a film."""
    return [_compare(one, other) for one, other in pairwise(film)]


def _compare(one: Take, other: Take) -> StageChange:
    before, after = one.beat.by_key, other.beat.by_key
    diff = compare_frames(one.frame, other.frame)
    survivors = tuple(key for key in before if key in after and key not in diff.leaving)
    return StageChange(
        other.beat.id,
        survivors,
        tuple(_births(other.beat, before)),
        tuple(key for key in before if key not in survivors),
        tuple(key for key in after if key not in survivors),
    )


def _births(beat: Beat, before: Mapping[str, object]) -> Iterator[str]:
    """Keys of the marks of a beat that come from a mark that was there, and of those that others fly into."""
    for newborn, source in beat.born.items():
        if source.key in before:
            yield newborn if isinstance(newborn, str) else newborn[0]
    yield from (key_of_born(target) for leaving, target in beat.gathers.items() if leaving in before)
