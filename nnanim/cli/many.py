"""Several films at once: with bars, in processes or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn

from nnanim.film.job import FilmJob, FilmResult
from nnanim.film.make import make_films
from nnanim.parallel import Listener
from nnanim.terminal import console, echo, is_terminal, progress_bar

_OPTIONS = (
    click.option(
        "-j", "--jobs", "workers", type=int, metavar="N",
        help="How many films at once; one for each core, four at most, by default.",
    ),
    click.option("--scheduler", metavar="tcp://…", help="On the Dask cluster whose scheduler is there."),
)  # fmt: skip


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that makes several films."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make(jobs: Sequence[FilmJob], workers: int | None, scheduler: str | None) -> dict[str, FilmResult]:
    """Make all films, as ``make_films`` does, with bars."""
    with show_progress([job.name for job in jobs]) as listener:
        return make_films(jobs, workers, scheduler, listener)


@contextmanager
def show_progress(names: Sequence[str]) -> Iterator[Listener]:
    """A bar for every film; where nobody watches, a line when one is done."""
    if not is_terminal():
        yield partial(_print_end, alone=len(names) == 1)
        return
    columns = (
        "{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), "{task.fields[text]}"
    )  # fmt: skip
    with progress_bar(*columns, console=console()) as progress:
        tasks = {name: progress.add_task(name, total=1.0, text="") for name in names}
        yield lambda name, part, text: progress.update(tasks[name], completed=part, text=text[:48])


def _print_end(name: str, part: float, text: str, *, alone: bool) -> None:
    # That the only film has failed is what the error says.
    if part >= 1 and text in ("" if alone else "failed", ""):
        echo(f"{name}: {text or 'done'}", err=True)
