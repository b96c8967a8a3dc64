"""Many starts: each a run in a folder of its own, and a map of where they end.

    OUT/NAME/       the run that begins with NAME.png
    OUT/data.json   how each start ended, and the attractors
    OUT/ends.md     the table of lengths, the attractors, the starts
    OUT/ends.png    the map: each attractor with the starts that lead there

All runs have the same seed, so that with fixed noise they walk on one map from sentences to sentences. A
cycle is an attractor of that map, and the starts that end in it are its basin.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nnanim import parallel
from nnanim.caption_loop import reader, writer
from nnanim.caption_loop.attractors import Outcome, describe_length, find_attractors, write_map
from nnanim.caption_loop.backends import LoopModels, ModelChoice, open_models
from nnanim.caption_loop.loop import Round, caption_loop
from nnanim.caption_loop.run import LoopSettings, build_config, find_end, run
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.images import Picture, load_picture

DATA, TABLE = "data.json", "ends.md"


def name_starts(paths: Sequence[Path]) -> dict[str, Path]:
    """A folder's name for each start picture: its stem, numbered where it comes twice.

    Raises:
        UserError: there are none.
    """
    if not paths:
        raise UserError("there are no start pictures; write: nnanim loop many photos/*.png --out DIR")
    names: dict[str, Path] = {}
    for path in paths:
        stem = re.sub(r"[^\w.-]+", "_", path.stem).strip(".") or "start"
        name, twin = stem, 2
        while name in names:
            name, twin = f"{stem}-{twin}", twin + 1
        names[name] = path
    return names


def run_batch(
    starts: Mapping[str, Path],
    out: Path,
    settings: LoopSettings,
    choice: ModelChoice,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    watch: parallel.Listener | None = None,
) -> Iterator[parallel.JobResult]:
    """Run all starts, in processes of this machine or on a Dask cluster; each result as soon as it is there.

    A run that was there already continues where it was. The machines of a cluster may share no disk: there a
    start is run whole, and its folder is written here.

    Raises:
        UserError: nobody answers at the scheduler's address. A start that fails says so in its result.
    """
    if scheduler is None:
        work = [
            parallel.Job(name, _run_here, (path, out / name, settings, choice))
            for name, path in starts.items()
        ]
        yield from parallel.run(work, workers, listener=watch)
        return
    done, left = [], {}
    for name, path in starts.items():
        try:
            if not (out / name / reader.END).exists():
                left[name] = load_picture(path, choice.side or 64)
        except UserError as error:
            done.append(parallel.failure(name, error))
    yield from done
    work = [parallel.Job(name, _run_away, (start, settings, choice)) for name, start in left.items()]
    for one in parallel.run_on(scheduler, work, listener=watch):
        yield _write_run(one, left[one.name], out / one.name, starts[one.name], settings)


def _run_here(path: Path, out: Path, settings: LoopSettings, choice: ModelChoice) -> int:
    """One run in this process; the number of its last round."""
    last = -1
    for one in run(path, out, settings, _open_once(choice)):
        last = one.number
        parallel.report_progress(min(last / settings.rounds, 1.0), one.caption)
    return last


def _run_away(
    start: Picture, settings: LoopSettings, choice: ModelChoice
) -> tuple[dict[str, Any], list[Round]]:
    """One run without a folder, on whichever machine: what its models say of themselves, and its rounds."""
    models = _open_once(choice)
    rounds = caption_loop(
        start, models.painter, models.captioners, seed=settings.seed, max_rounds=settings.rounds,
        caption=settings.caption, negative_prompt=settings.negative_prompt, noise=settings.noise,
        seen=settings.seen, embed=models.embed,
    )  # fmt: skip
    return models.about, list(rounds)


def _write_run(
    done: parallel.JobResult, start: Picture, out: Path, source: Path, settings: LoopSettings
) -> parallel.JobResult:
    if done.error:
        return done
    about, rounds = done.value
    try:
        writer.create(out, build_config(settings, about, start, source.name), start)
        with writer.LoopWriter(out) as book:
            for one in rounds:
                book.append(one)
            book.write_end(rounds[-1].end)
    except UserError as error:
        return parallel.failure(done.name, error)
    return replace(done, value=rounds[-1].number)


@cache
def _open_once(choice: ModelChoice) -> LoopModels:
    """The models of a choice, loaded once a process."""
    return open_models(choice)


def read_outcomes(out: Path) -> list[Outcome]:
    """Where the starts in a folder ended; those that have not ended yet are left out.

    Raises:
        UserError: a run is damaged.
    """
    outcomes = []
    for path in sorted(file.parent for file in out.glob(f"*/{reader.CONFIG}")):
        config, lines = reader.read_config(path), reader.read_lines(path)
        nothing = np.zeros(0, dtype=np.float32)
        rounds = [reader.round_from_line(line, reader.NO_PICTURE, nothing) for line in lines]
        end = find_end(rounds, LoopSettings.of(config), max(len(config.get("languages", ())), 1))
        if end is not None and lines:
            cycle = [one.prompt for one in rounds[end.since + 1 : end.since + end.length + 1]]
            outcomes.append(Outcome(path.name, end, len(lines) - 1, lines[0]["caption"], _rotate(cycle)))
    return outcomes


def _rotate(cycle: Sequence[str]) -> tuple[str, ...]:
    """A cycle, begun at its least prompt, so that it is the same wherever it was entered."""
    turns = [(*cycle[k:], *cycle[:k]) for k in range(len(cycle))]
    return min(turns, default=())


def write_report(out: Path, failures: Mapping[str, str]) -> list[Path]:
    """data.json, ends.md and ends.png of a folder of runs.

    Args:
        out: the folder.
        failures: starts that could not be run, and why.

    Raises:
        UserError: no run has ended, or the folder cannot be written to.
    """
    outcomes = read_outcomes(out)
    if not outcomes:
        raise UserError(f"no run in {out} has come to its end")
    data = {
        "starts": [asdict(one) for one in outcomes],
        "attractors": [
            {"cycle": list(cycle), "starts": [one.name for one in basin]}
            for cycle, basin in find_attractors(outcomes)
        ],
        "lengths": {str(length): count for length, count in sorted(count_lengths(outcomes).items())},
        "failed": dict(failures),
    }
    return [
        write_text(out / DATA, json.dumps(data, ensure_ascii=False, indent=1) + "\n"),
        write_text(out / TABLE, format_table(outcomes, failures)),
        write_map(out, outcomes),
    ]


def count_lengths(outcomes: Sequence[Outcome]) -> Counter[int]:
    """How many starts end in cycles of each length; 0 counts those that still wander at the limit."""
    return Counter(one.end.length for one in outcomes)


def format_table(outcomes: Sequence[Outcome], failures: Mapping[str, str]) -> str:
    """ends.md."""
    rows = ["# Where the starts end", "", "| end | starts | share | rounds before it, mean | most |"]
    rows.append("|---|---:|---:|---:|---:|")
    for length, count in sorted(count_lengths(outcomes).items()):
        waits = [one.wait for one in outcomes if one.end.length == length]
        share, mean = count / len(outcomes), sum(waits) / count
        rows.append(f"| {describe_length(length)} | {count} | {share:.0%} | {mean:.1f} | {max(waits)} |")
    rows += ["", "| attractor | starts | the cycle |", "|---:|---:|---|"]
    for number, (cycle, basin) in enumerate(find_attractors(outcomes), start=1):
        rows.append(f"| {number} | {len(basin)} | {' → '.join(map(_cell, cycle))} |")
    rows += ["", "| start | first caption | end | rounds before it |", "|---|---|---|---:|"]
    for one in outcomes:
        end = describe_length(one.end.length)
        rows.append(f"| {_cell(one.name)} | {_cell(one.first)} | {end} | {one.wait} |")
    rows += [f"| {_cell(name)} | | failed: {_cell(why)} | |" for name, why in failures.items()]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
