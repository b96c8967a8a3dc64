"""Runs below each other, a row of pictures each; and several starts with where they end."""

from __future__ import annotations

from nnanim.beats import Beat
from nnanim.marks import Column, Mark, Picture, Row, Table, Text
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import ending, opening
from nnanim.words import Words, fill

ABREAST = 5
"""Maximum number of pictures in the row of a run."""


def sample(run: LoopRun, most: int = ABREAST) -> list[int]:
    """Rounds that stand for a run: the first two, the last two, and some evenly between."""
    if run.last < most:
        return list(range(run.last + 1))
    between = [round(1 + k * (run.last - 2) / (most - 3)) for k in range(1, most - 3)]
    return [0, 1, *between, run.last - 1, run.last]


def starts(runs: list[LoopRun]) -> Beat:
    """Different starts, and where each ends."""
    ends = {home(run) for run in runs}
    if len(ends) == 1:
        said = {
            "en": "{n} starts end in one and the same place.",
            "ja": "{n} 枚から始めても、行き着く先は同じです。",
        }
    elif len(ends) == len(runs):
        said = {
            "en": "{n} starts, {n} different ends.",
            "ja": "{n} 枚から始めると、行き着く先も {n} 通りです。",
        }
    else:
        said = {
            "en": "{n} starts, {k} different ends.",
            "ja": "{n} 枚から始めて、行き着く先は {k} 通りです。",
        }
    lines = [(run, run.name or "") for run in runs]
    return Beat(fill(said, n=len(runs), k=len(ends)), rows(lines, "start", told=False), id="starts")


def home(run: LoopRun) -> frozenset[str]:
    """The prompts in which a run ends: those of its cycle, or its last one."""
    return frozenset(run.prompts[k] for k in run.cycle) or frozenset({run.prompts[-1]})


def rows(lines: list[tuple[LoopRun, Words]], key: str, told: bool = True) -> Table:
    """A row for each run: its name, some of its pictures, how it ended.

    What was said stands under each picture, or only at the end of the row.
    """
    parts: list[Mark | Row] = []
    cells: list[tuple[int, int]] = []
    for r, (run, name) in enumerate(lines):
        label = Text(name or " ", key=f"{key}-name-{r}", size="small", bold=True, width=2.1)
        parts.append(label)
        cells.append((r, 0))
        for c, number in enumerate(sample(run)):
            parts.append(_one(run, number, f"{key}-{r}-{number}", told))
            cells.append((r, c + 1))
        last = Text(ending(run), key=f"{key}-end-{r}", size="small", width=2.4)
        said = Text(opening(run.captions[-1], 44), key=f"{key}-last-{r}", size="small", width=2.4)
        parts.append(last if told else Column(said, last, gap=0.15))
        cells.append((r, ABREAST + 1))
    return Table(*parts, cells=cells, gap=0.3)


def _one(run: LoopRun, number: int, key: str, told: bool) -> Column:
    """A picture with its round, and the first phrase of its sentence."""
    words = f"{number} · {opening(run.captions[number], 34)}" if told else str(number)
    return Column(
        Picture(run.thumbnail(number), key=key),
        Text(words, key=f"{key}-told", size="small", width=1.9),
        gap=0.06,
        anchor=0,
    )
