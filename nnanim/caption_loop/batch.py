"""Many starts: each a run in a folder of its own, and a map of where they end.

    OUT/NAME/       the run that begins with NAME.png
    OUT/data.json   how each start ended, and the basins
    OUT/ends.md     the table of lengths, the basins, the starts
    OUT/ends.png    the map: each end with the starts that lead there

All runs have the same seed, so that with fixed noise they walk on one map from sentences to sentences. The
starts that end in the same cycle are its basin.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from nnanim import jobs
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.loops import folder as files
from nnanim.loops import ledger
from nnanim.loops.backends import Backends, Choice, open_backends
from nnanim.loops.loop import End, Round, caption_loop
from nnanim.loops.pictures import Picture, load_picture
from nnanim.loops.run import Question, config_of, ended, run

DATA, TABLE, MAP = "data.json", "ends.md", "ends.png"

WANDERS = "still wandering"


@dataclass(frozen=True)
class Ending:
    """Where one start ended.

    Attributes:
        name: of the start, and of its folder.
        end: how.
        rounds: pictures painted.
        first: what was said of the start picture.
        ring: the prompts of the cycle, in their order from the least one on; empty without a cycle.
    """

    name: str
    end: End
    rounds: int
    first: str
    ring: tuple[str, ...]


def names_of(paths: Sequence[Path]) -> dict[str, Path]:
    """A folder's name for each start picture: its stem, numbered where it comes twice.

    Raises:
        UserError: there are none.
    """
    if not paths:
        raise UserError("there are no start pictures; write: nnanim loop many photos/*.png --out DIR")
    found: dict[str, Path] = {}
    for path in paths:
        stem = re.sub(r"[^\w.-]+", "_", path.stem).strip(".") or "start"
        name, twin = stem, 2
        while name in found:
            name, twin = f"{stem}-{twin}", twin + 1
        found[name] = path
    return found


def run_many(
    starts: Mapping[str, Path],
    out: Path,
    question: Question,
    choice: Choice,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    watch: jobs.Watch | None = None,
) -> Iterator[jobs.Done]:
    """Run all starts, in processes of this machine or on a Dask cluster; each result as it is there.

    A run that was there already goes on where it was. The machines of a cluster may share no disk: there a
    start is run whole, and its folder is written here.

    Raises:
        UserError: nobody answers at the scheduler's address. A start that fails is told in its result.
    """
    if scheduler is None:
        work = [jobs.Job(name, _here, (path, out / name, question, choice)) for name, path in starts.items()]
        yield from jobs.run(work, workers, watch=watch)
        return
    done, left = [], {}
    for name, path in starts.items():
        try:
            if not (out / name / files.END).exists():
                left[name] = load_picture(path, choice.side or 64)
        except UserError as error:
            done.append(jobs.failed(name, error))
    yield from done
    work = [jobs.Job(name, _away, (start, question, choice)) for name, start in left.items()]
    for one in jobs.run_on(scheduler, work, watch=watch):
        yield _written(one, left[one.name], out / one.name, starts[one.name], question)


def _here(path: Path, out: Path, question: Question, choice: Choice) -> int:
    """One run in this process; the number of its last round."""
    last = -1
    for one in run(path, out, question, _opened(choice)):
        last = one.number
        jobs.progress(min(last / question.rounds, 1.0), one.caption)
    return last


def _away(start: Picture, question: Question, choice: Choice) -> tuple[dict[str, Any], list[Round]]:
    """One run without a folder, on whichever machine: what its models say of themselves, and its rounds."""
    models = _opened(choice)
    found = caption_loop(
        start, models.painter, models.captioner, seed=question.seed, max_rounds=question.rounds,
        caption=question.caption, negative_prompt=question.negative_prompt, noise=question.noise,
        embed=models.embed,
    )  # fmt: skip
    return models.about, list(found)


def _written(done: jobs.Done, start: Picture, out: Path, source: Path, question: Question) -> jobs.Done:
    if done.error:
        return done
    about, rounds = done.value
    try:
        ledger.create(out, config_of(question, about, start, source.name), start)
        with ledger.Ledger(out) as book:
            for one in rounds:
                book.append(one)
            book.end(rounds[-1].end)
    except UserError as error:
        return jobs.failed(done.name, error)
    return replace(done, value=rounds[-1].number)


@cache
def _opened(choice: Choice) -> Backends:
    """The models of a choice, loaded once a process."""
    return open_backends(choice)


def endings(out: Path) -> list[Ending]:
    """Where the starts in a folder ended; those that have not ended yet are left out.

    Raises:
        UserError: a run is damaged.
    """
    found = []
    for path in sorted(file.parent for file in out.glob(f"*/{files.CONFIG}")):
        config, lines = files.read_config(path), files.whole_lines(path)
        question = Question(**{key: config[key] for key in asdict(Question())})
        rounds = tuple(_bare(line) for line in lines)
        end = ended(rounds, question, max(len(config["languages"]), 1))
        if end is not None and lines:
            ring = [one.prompt for one in rounds[end.since + 1 : end.since + end.length + 1]]
            found.append(Ending(path.name, end, len(lines) - 1, lines[0]["caption"], _turned(ring)))
    return found


def _bare(line: Mapping[str, Any]) -> Round:
    """A round as far as its line tells."""
    import numpy as np

    nothing = np.zeros(0, dtype=np.float32)
    similar = line["similarity_first"], line["similarity_last"]
    return Round(
        line["round"], files.NOTHING, line["caption"], line["prompt"], nothing, *similar, line["seed"],
        line["seconds"],
    )  # fmt: skip


def _turned(ring: Sequence[str]) -> tuple[str, ...]:
    """A cycle, begun at its least prompt, so that it is the same wherever it was entered."""
    turns = [(*ring[k:], *ring[:k]) for k in range(len(ring))]
    return min(turns, default=())


def basins(found: Sequence[Ending]) -> list[tuple[tuple[str, ...], list[Ending]]]:
    """Each cycle with the starts that end in it, the largest basin first; the wanderers have none."""
    rings: dict[tuple[str, ...], list[Ending]] = {}
    for one in found:
        if one.ring:
            rings.setdefault(one.ring, []).append(one)
    return sorted(rings.items(), key=lambda item: (-len(item[1]), item[0]))


def write_report(out: Path, failed: Mapping[str, str]) -> list[Path]:
    """data.json, ends.md and ends.png of a folder of runs.

    Args:
        out: the folder.
        failed: starts that could not be run, and why.

    Raises:
        UserError: no run has ended, or the folder cannot be written to.
    """
    from nnanim.loops.basins import write_map

    found = endings(out)
    if not found:
        raise UserError(f"no run in {out} has come to its end")
    data = {
        "starts": [asdict(one) for one in found],
        "basins": [
            {"ring": list(ring), "starts": [one.name for one in there]} for ring, there in basins(found)
        ],
        "lengths": {str(length): count for length, count in sorted(lengths(found).items())},
        "failed": dict(failed),
    }
    return [
        write_text(out / DATA, json.dumps(data, ensure_ascii=False, indent=1) + "\n"),
        write_text(out / TABLE, table(found, failed)),
        write_map(out, found),
    ]


def lengths(found: Sequence[Ending]) -> Counter[int]:
    """How many starts end in cycles of each length; 0 counts those that still wander at the limit."""
    return Counter(one.end.length for one in found)


def kind(length: int) -> str:
    """The name of a cycle length."""
    return WANDERS if length == 0 else "fixed point" if length == 1 else f"cycle of {length}"


def table(found: Sequence[Ending], failed: Mapping[str, str]) -> str:
    """ends.md."""
    rows = ["# Where the starts end", "", "| end | starts | share | rounds before it, mean | most |"]
    rows.append("|---|---:|---:|---:|---:|")
    for length, count in sorted(lengths(found).items()):
        waits = [one.end.since if length else one.rounds for one in found if one.end.length == length]
        share, mean = count / len(found), sum(waits) / count
        rows.append(f"| {kind(length)} | {count} | {share:.0%} | {mean:.1f} | {max(waits)} |")
    rows += ["", "| basin | starts | the cycle |", "|---:|---:|---|"]
    for number, (ring, there) in enumerate(basins(found), start=1):
        rows.append(f"| {number} | {len(there)} | {' → '.join(map(_cell, ring))} |")
    rows += ["", "| start | first caption | end | rounds before it |", "|---|---|---|---:|"]
    for one in found:
        wait = one.end.since if one.ring else one.rounds
        rows.append(f"| {_cell(one.name)} | {_cell(one.first)} | {kind(one.end.length)} | {wait} |")
    rows += [f"| {_cell(name)} | | failed: {_cell(why)} | |" for name, why in failed.items()]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
