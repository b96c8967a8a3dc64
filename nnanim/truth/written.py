"""The numbers that a story writes into formulas and texts: which value each of them is, with all its digits.

A number in a text is known where the story has written just one value that reads so; of others nothing is
said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nnanim.beats import Beat, number_beats
from nnanim.truth.noise import StoryReads
from nnanim.truth.shown import NUMBER, shown_texts


@dataclass(frozen=True)
class StoryRun:
    """A story as it was told once.

    Attributes:
        reads: what it read and wrote.
        beats: each with an id.
        ends: how many numbers had been written when each beat came.
    """

    reads: StoryReads
    beats: tuple[Beat, ...]
    ends: tuple[int, ...]


def run_story(tell: Callable[[], Iterable[Beat]], reads: StoryReads) -> StoryRun:
    """Tell a story while ``reads`` watches."""
    beats, ends = list[Beat](), list[int]()
    with reads.watching():
        for beat in number_beats(tell()):
            beats.append(beat)
            ends.append(len(reads.texts))
    return StoryRun(reads, tuple(beats), tuple(ends))


@dataclass(frozen=True)
class WrittenNumber:
    """A number in the words of a beat.

    Attributes:
        beat: id of the beat.
        text: as it is read.
        values: which value it is, in each run of the story.
    """

    beat: str
    text: str
    values: tuple[float, ...]


def find_written(runs: Sequence[StoryRun]) -> Iterator[WrittenNumber]:
    """The numbers in the words on the stage of each beat; the first run is without noise."""
    for place, beats in enumerate(zip(*(run.beats for run in runs), strict=True)):
        tables = [_table(run, place) for run in runs]
        found: dict[str, set[tuple[float, ...]]] = {}
        for tokens in _tokens(beats):
            seen = [_look_up(table, token) for table, token in zip(tables, tokens, strict=True)]
            if all(len(values) == 1 for values in seen):
                found.setdefault(tokens[0], set()).add(tuple(next(iter(values)) for values in seen))
        for text, several in found.items():
            if len(several) == 1:
                yield WrittenNumber(beats[0].id, text, next(iter(several)))


def _table(run: StoryRun, place: int) -> dict[str, set[float]]:
    """The values that have been written as each text until a beat came: for it, else before."""
    start, end = run.ends[place - 1] if place else 0, run.ends[place]
    table: dict[str, set[float]] = {}
    for some in (run.reads.texts[start:end], run.reads.texts[:start]):
        earlier = set(table)
        for text, value in some:
            if text not in earlier:
                table.setdefault(text, set()).add(value)
    return table


def _look_up(table: Mapping[str, set[float]], text: str) -> set[float]:
    """The values that were written so; a sum writes signs by themselves."""
    return table.get(text) or table.get(text.lstrip("−-"), set())


def _tokens(beats: Sequence[Beat]) -> Iterator[tuple[str, ...]]:
    """The numbers in the words of a beat, each as it stands in every run; what is given is left out."""
    given = beats[0].given
    every = [{(one.where, one.lang): one for one in shown_texts(beat)} for beat in beats]
    for place, first in every[0].items():
        if first.key in given or first.where in given or first.key == "says":
            continue
        texts = [run[place].text for run in every if place in run]
        tokens = [NUMBER.findall(text) for text in texts]
        if len({len(one) for one in tokens}) == 1 and len(tokens) == len(beats):
            yield from zip(*tokens, strict=True)
