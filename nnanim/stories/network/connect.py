"""Beats of which nothing stays are joined: what comes opens out of what was there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.births import From, key_of_born
from nnanim.marks import Mark, Text


def connect(beats: Iterable[Beat]) -> Iterator[Beat]:
    """The beats, each of which keeps something of the one before, or comes out of it.

    Where a beat says nothing of that itself, its value of the same layer is born of the one that was seen, or
    else its first mark of the last one.
    """
    before: Beat | None = None
    for beat in beats:
        here = _without_strangers(beat, before)
        if before is not None and not _stays(before, here):
            here = replace(here, born=_birth(before, here))
        yield here
        before = here


def _without_strangers(beat: Beat, before: Beat | None) -> Beat:
    """The beat without births and gathers of marks that are not there, as where a stage was too large."""
    there = before.by_key if before is not None else {}
    here = beat.by_key
    born = {
        one: source
        for one, source in beat.born.items()
        if source.key in {*there, *here} and key_of_born(one) in here and (one not in there)
    }
    gathers = {
        one: into
        for one, into in beat.gathers.items()
        if one in there and one not in here and key_of_born(into) in here
    }
    return replace(beat, born=born, gathers=gathers)


def _stays(before: Beat, beat: Beat) -> bool:
    return bool(beat.born or beat.gathers or before.by_key.keys() & beat.by_key.keys())


def _birth(before: Beat, beat: Beat) -> dict[str | tuple[str, int], From]:
    sources, targets = _solid(before), _solid(beat)
    if not sources or not targets:
        return {}
    by_layer = {_layer(mark.key): mark for mark in sources}
    pairs = ((mark, by_layer[_layer(mark.key)]) for mark in targets if _layer(mark.key) in by_layer)
    target, source = next(pairs, (targets[0], sources[-1]))
    return {target.key: From(source.key)}


def _solid(beat: Beat) -> list[Mark]:
    """The marks of a beat that stand by themselves, words and what joins others left out."""
    return [mark for mark in beat.marks if not mark.ties and not isinstance(mark, Text)]


def _layer(key: str) -> str:
    """The layer in a mark's key: ``v:conv:3`` and ``part:conv`` are both of ``conv``."""
    parts = key.split(":")
    return parts[1] if len(parts) > 1 else key
