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
            "en": "{n} starts, one end: there are only so many sentences.",
            "ja": "{n} 枚から、行き着く先は一つ。文の数には限りがあります。",
        }
    elif len(ends) == len(runs):
        said = {
            "en": "{n} starts, {n} ends: there are only so many sentences.",
            "ja": "{n} 枚から、行き着く先も {n} 通り。文の数には限りがあります。",
        }
    else:
        said = {
            "en": "{n} starts, {k} ends: there are only so many sentences.",
            "ja": "{n} 枚から、行き着く先は {k} 通り。文の数には限りがあります。",
        }
    lines = [(run, run.name or "") for run in runs]
    return Beat(fill(said, n=len(runs), k=len(ends)), rows(lines, "start", told=False), id="starts")


def home(run: LoopRun) -> frozenset[str]:
    """The prompts in which a run ends: those of its cycle, or its last one."""
    return frozenset(run.prompts[k] for k in run.cycle) or frozenset({run.prompts[-1]})


def rows(lines: list[tuple[LoopRun, Words]], key: str, told: bool = True) -> Table:
    """A row for each run: its name, some of its pictures, how it ended.

    What was said stands under each picture where ``told``. The pictures of the first run have the keys that
    they have everywhere.
    """
    parts: list[Mark | Row] = []
    cells: list[tuple[int, int]] = []
    for r, (run, name) in enumerate(lines):
        parts.append(Text(name or " ", key=f"{key}-name-{r}", bold=True, width=2.1))
        cells.append((r, 0))
        still = run.kind == "fixed point"
        for c, number in enumerate(sample(run, ABREAST - still)):
            parts.append(_one(run, number, f"{key}-{r}-{number}" if r else f"picture-{number}", told))
            cells.append((r, c + 1))
        if still:
            parts.append(_after(run, f"{key}-{r}-after", told))
            cells.append((r, len(sample(run, ABREAST - 1)) + 1))
        parts.append(Text(ending(run), key=f"{key}-end-{r}", bold=True, width=2.1))
        cells.append((r, ABREAST + 1))
    return Table(*parts, cells=cells, gap=0.3)


def _one(run: LoopRun, number: int, key: str, told: bool) -> Column:
    """A picture with its round, and the first phrase of its sentence."""
    words = f"{number} · {opening(run.captions[number], 34)}" if told else str(number)
    return Column(
        Picture(run.thumbnail(number), key=key),
        Text(words, key=f"{key}-told", size="small" if told else "medium", width=1.9),
        gap=0.06,
        anchor=0,
    )


def _after(run: LoopRun, key: str, told: bool) -> Column:
    """The round after a run that stands still: the same words and the same noise make the same picture."""
    words = Text(str(run.last + 1), key=f"{key}-told", size="small" if told else "medium", width=1.9)
    return Column(Picture(run.thumbnail(run.last), key=key), words, gap=0.06, anchor=0)
