"""Several films at once: with bars, in processes or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from nnanim import jobs, kept
from nnanim.cli.group import console, terminal
from nnanim.jobs import Done, Job
from nnanim.order import Made, Order

_OPTIONS = (
    click.option("-j", "--jobs", "workers", type=int, metavar="N", help="How many scenes at once."),
    click.option("--scheduler", metavar="tcp://…", help="On the Dask cluster whose scheduler is there."),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that makes several films."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


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
        click.echo(f"{name}: {says or 'done'}", err=True)


@contextmanager
def _bars(names: Sequence[str]) -> Iterator[jobs.Watch]:
    """A bar for every film; where nobody watches, a line when one is done."""
    if not terminal():
        yield _tell
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[says]}")
    )  # fmt: skip
    with Progress(*columns, console=console(), transient=True) as progress:
        tasks = {name: progress.add_task(name, total=1.0, says="") for name in names}
        yield lambda name, part, says: progress.update(tasks[name], completed=part, says=says[:48])
