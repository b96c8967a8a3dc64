"""Runs beside each other: twins that differ in one setting, and several starts."""

from __future__ import annotations

from typing import Any

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Column, Mark, Picture, Row, Table, Text
from nnanim.stories.loop.run import Run
from nnanim.stories.loop.say import ending, opening
from nnanim.words import Words, fill

ABREAST = 5
"""So many pictures of a run stand in its row."""


def sample(run: Run, most: int = ABREAST) -> list[int]:
    """Rounds that stand for a run: the first, the last, and some evenly between."""
    if run.last < most:
        return list(range(run.last + 1))
    return sorted({round(k * run.last / (most - 1)) for k in range(most)})


def twins(run: Run, other: Run) -> Beat:
    """The same start twice, one setting changed."""
    name, values = differs(run, other)
    said = {"en": "{a}, or {b}? {c}.", "ja": "{a}、{b}：{c}。"}
    return Beat(
        fill(said, a=values[0], b=values[1], c=sooner(run, other)),
        rows([(run, values[0]), (other, _capital(values[1]))], "twin"),
        id=f"twin-{name}",
    )  # fmt: skip


_SAID: dict[tuple[str, Any], Words] = {
    ("caption", "full"): {"en": "Whole caption", "ja": "文の全部"},
    ("caption", "first phrase"): {"en": "first phrase", "ja": "最初の句だけ"},
    ("noise", "fixed"): {"en": "Fixed noise", "ja": "同じノイズ"},
    ("noise", "fresh"): {"en": "fresh noise", "ja": "毎回新しいノイズ"},
}


def differs(run: Run, other: Run) -> tuple[str, tuple[Words, Words]]:
    """The one setting in which two runs differ, and both its values in words.

    Raises:
        UserError: they differ in none that the film can name.
    """
    for name in ("caption", "noise"):
        a, b = run.setting(name), other.setting(name)
        if a != b:
            return name, (_SAID.get((name, a), str(a)), _SAID.get((name, b), str(b)))
    for part, said in (
        ("guidance", {"en": "guidance {v:g}", "ja": "ガイダンス {v:g}"}),
        ("steps", {"en": "{v} steps", "ja": "{v} ステップ"}),
    ):
        a, b = run.setting("painter", part), other.setting("painter", part)
        if a != b and a is not None and b is not None:
            low = fill(said, v=b)
            return part, (_capital(fill(said, v=a)), low)
    if run.setting("seed") != other.setting("seed"):
        said = {"en": "seed {v}", "ja": "シード {v}"}
        return "seed", (_capital(fill(said, v=run.setting("seed"))), fill(said, v=other.setting("seed")))
    raise UserError("twins of a caption loop differ in caption, noise, guidance, steps or seed")


def _capital(words: Words) -> Words:
    if isinstance(words, str):
        return words[:1].upper() + words[1:]
    return {lang: text[:1].upper() + text[1:] for lang, text in words.items()}


def sooner(run: Run, other: Run) -> Words:
    """Which of two runs comes to its end sooner."""
    a, b = (one.since if one.settled else None for one in (run, other))
    if a is None and b is None:
        return {"en": "Neither settles", "ja": "どちらも落ち着きません"}
    if a == b:
        return {"en": "Both settle as soon", "ja": "落ち着く早さは同じです"}
    if a is None:
        return {"en": "Only the lower settles", "ja": "下だけが落ち着きます"}
    if b is None:
        return {"en": "Only the upper settles", "ja": "上だけが落ち着きます"}
    if a < b:
        return {"en": "The upper settles sooner", "ja": "上が先に落ち着きます"}
    return {"en": "The lower settles sooner", "ja": "下が先に落ち着きます"}


def starts(runs: list[Run]) -> Beat:
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


def home(run: Run) -> frozenset[str]:
    """The prompts in which a run ends: those of its cycle, or its last one."""
    return frozenset(run.prompts[k] for k in run.cycle) or frozenset({run.prompts[-1]})


def rows(lines: list[tuple[Run, Words]], key: str, told: bool = True) -> Table:
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
        last = Text(ending(run), key=f"{key}-end-{r}", size="small", role="accent", width=2.4)
        said = Text(opening(run.captions[-1], 44), key=f"{key}-last-{r}", size="small", width=2.4)
        parts.append(last if told else Column(said, last, gap=0.15))
        cells.append((r, ABREAST + 1))
    return Table(*parts, cells=cells, gap=0.3)


def _one(run: Run, number: int, key: str, told: bool) -> Column:
    """A picture with its round, and the first phrase of its sentence."""
    words = f"{number} · {opening(run.captions[number], 34)}" if told else str(number)
    return Column(
        Picture(run.shown(number), key=key),
        Text(words, key=f"{key}-told", size="small", width=1.9),
        gap=0.06,
        anchor=0,
    )
