"""Several films at once: with bars, in processes or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, TaskProgressColumn

from nnanim import jobs, kept, scenes
from nnanim.errors import UserError
from nnanim.jobs import Done, Job
from nnanim.order import Made, Order
from nnanim.terminal import console, echo, is_terminal, progress_bar, short

_OPTIONS = (
    click.option(
        "-j", "--jobs", "workers", type=int, metavar="N",
        help="How many films at once; one for each core, four at most, by default.",
    ),
    click.option("--scheduler", metavar="tcp://…", help="On the Dask cluster whose scheduler is there."),
)  # fmt: skip


# With several threads x264 writes other bytes on other machines, and now and then on the same.
STEADY = ("--encoder-option", "threads=1")


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that makes several films."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def movies(
    names: Sequence[str],
    flags: Sequence[str],
    told: Mapping[str, Any],
    folder: str,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Make the films of several scenes; ``all`` stands for those that come with nnanim.

    Args:
        names: of scenes, or their files.
        flags: of manim's command line, for all of them.
        told: lang, theme, pace, as far as they were asked for.
        folder: where films are kept.
        workers: how many at once.
        scheduler: the Dask cluster that makes them, if any.

    Raises:
        UserError: a scene is not there, or named twice; some films could not be made.
    """
    wanted = [one for name in names for one in (scenes.names() if name == "all" else [name])]
    for name in wanted:
        scenes.path(name)
    if twice := next((name for name in wanted if wanted.count(name) > 1), None):
        raise UserError(f"the scene {twice!r} is asked for twice")
    home = str(Path(folder).absolute())
    look = {key: value for key, value in told.items() if value is not None}
    flags = (*STEADY, *flags, "--media_dir", home)
    orders = [Order(Path(name).stem, home, scene=name, flags=flags, keeps=False, **look) for name in wanted]
    made = make(orders, workers, scheduler)
    for order in orders:
        film = made[order.name]
        console().print(short(Path(home) / film.film), f"({film.seconds:.1f} s)")


def make(orders: Sequence[Order], workers: int | None, scheduler: str | None) -> dict[str, Made]:
    """Make all films; one that is there already, made of the same, is taken as it is.

    Returns:
        each film by its order's name.

    Raises:
        UserError: some could not be made: the line names each of them, and the others are kept.
    """
    done = []
    for order in orders:
        found = kept.found(order) if order.keeps else None
        if found is not None:
            done.append(Done(order.name, found))
    left = [order for order in orders if order.name not in {one.name for one in done}]
    if left:
        with _bars([order.name for order in left]) as watch:
            for one in _running(left, workers, scheduler, watch):
                watch(one.name, 1.0, "failed" if one.error else "")
                done.append(one)
    return jobs.values(done)


def _running(
    orders: Sequence[Order], workers: int | None, scheduler: str | None, watch: jobs.Watch
) -> Iterator[Done]:
    if scheduler is None:
        most = workers if workers is not None else min(os.cpu_count() or 1, 4)
        yield from jobs.run([Job(one.name, film, (one,)) for one in orders], most, watch=watch)
        return
    by_name = {one.name: one for one in orders}
    away = [Job(one.name, film_away, (replace(one, keeps=False),)) for one in orders]
    for done in jobs.run_on(scheduler, away, watch=watch):
        if done.error:
            yield done
        else:
            yield jobs.attempt(Job(done.name, receive, (by_name[done.name], *done.value)))


def film(order: Order) -> Made:
    """``nnanim.movie.filming.film``: only the process that films loads manim and torch."""
    from nnanim.movie import filming

    return filming.film(order)


def film_away(order: Order) -> tuple[Made, dict[str, bytes]]:
    """``nnanim.movie.filming.film_away``, as above."""
    from nnanim.movie import filming

    return filming.film_away(order)


def receive(order: Order, made: Made, content: dict[str, bytes]) -> Made:
    """Write a film that was made elsewhere into its folder."""
    return kept.receive(order, made, content)


def _tell(name: str, part: float, says: str) -> None:
    if part >= 1 and says in ("", "failed"):
        echo(f"{name}: {says or 'done'}", err=True)


@contextmanager
def _bars(names: Sequence[str]) -> Iterator[jobs.Watch]:
    """A bar for every film; where nobody watches, a line when one is done."""
    if not is_terminal():
        yield _tell
        return
    columns = (
        "{task.description}", BarColumn(), TaskProgressColumn(), "{task.fields[says]}"
    )  # fmt: skip
    with progress_bar(*columns, console=console()) as progress:
        tasks = {name: progress.add_task(name, total=1.0, says="") for name in names}
        yield lambda name, part, says: progress.update(tasks[name], completed=part, says=says[:48])
