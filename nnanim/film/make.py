"""Making films: one here, or many at once in processes of this machine or on a Dask cluster."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnanim import parallel
from nnanim.film import cache
from nnanim.film.job import FilmJob, FilmResult
from nnanim.parallel import Job, JobResult, Listener
from nnanim.scene import loader
from nnanim.scene.loader import fresh_imports
from nnanim.scene.reads import record_reads

# With several threads x264 writes other bytes on other machines, and now and then on the same.
STEADY = ("--encoder-option", "threads=1")

MOST_WORKERS = 4

_one_at_a_time = threading.Lock()
"""manim's configuration belongs to the whole process."""

Content = dict[str, bytes]


def make_films(
    jobs: Sequence[FilmJob], workers: int | None, scheduler: str | None, listener: Listener
) -> dict[str, FilmResult]:
    """Make all films; one that is there already, made of the same, is taken as it is.

    Args:
        jobs: the films.
        workers: how many at once; by default one for each core, four at most.
        scheduler: the Dask cluster that makes them, if any.
        listener: receives how far each film is.

    Returns:
        each film by its job's name.

    Raises:
        UserError: some could not be made: the line names each of them, and the others are kept.
    """
    kept = {job.name: found for job in jobs if job.reuse and (found := cache.find_film(job)) is not None}
    results = [JobResult(name, found) for name, found in kept.items()]
    for one in _run([job for job in jobs if job.name not in kept], workers, scheduler, listener):
        listener(one.name, 1.0, "failed" if one.error else "")
        results.append(one)
    return parallel.values(results)


def _run(
    jobs: Sequence[FilmJob], workers: int | None, scheduler: str | None, listener: Listener
) -> Iterator[JobResult]:
    if scheduler is None:
        most = workers if workers is not None else min(os.cpu_count() or 1, MOST_WORKERS)
        yield from parallel.run([Job(one.name, make_film, (one,)) for one in jobs], most, listener=listener)
        return
    by_name = {one.name: one for one in jobs}
    away = [Job(one.name, make_remote_film, (replace(one, reuse=False),)) for one in jobs]
    for done in parallel.run_on(scheduler, away, listener=listener):
        if done.error:
            yield done
        else:
            yield parallel.attempt(Job(done.name, cache.write_received, (by_name[done.name], *done.value)))


def make_film(job: FilmJob) -> FilmResult:
    """Make one film here, in its folder, or take the one that is there and made of the same.

    Raises:
        UserError: a beat or name that the scene does not have; a scene that breaks; a folder that cannot be
            written to.
    """
    if job.reuse and (found := cache.find_film(job)) is not None:
        return found
    result, dependencies, made_of = _make(job)
    if job.reuse:
        cache.save(job, result, dependencies, made_of)
    return result


def make_remote_film(job: FilmJob) -> tuple[FilmResult, Content, Mapping[str, str] | None, Mapping[str, Any]]:
    """Make a film in a folder of this machine, which need not be that of who asked.

    Returns:
        the film, the content of each of its files by its path, and what it was made of.
    """
    folder = tempfile.mkdtemp(prefix="nnanim-")
    try:
        here = replace(job, folder=folder)
        result, dependencies, _ = _make(here)
        content = {name: (Path(folder) / name).read_bytes() for name in cache.list_files(here, result)}
        return result, content, dependencies, cache.film_stamp(job)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _printer(
    job: FilmJob,
) -> tuple[Callable[[], AbstractContextManager[None]], Callable[[FilmJob], FilmResult]]:
    """What prepares for a job's printer, and what makes the film."""
    if job.printer == "movie":
        from nnanim.film import render

        return render.prepare_rendering, render.render_job
    from nnanim.film import vectors

    return nullcontext, vectors.write_vectors


def _make(job: FilmJob) -> tuple[FilmResult, Mapping[str, str] | None, Mapping[str, Any]]:
    made_of = cache.film_stamp(job)
    output = Path(job.folder) if job.folder else None
    scene = None if job.pages else loader.path(job.scene)
    prepare, render = _printer(job)
    with _one_at_a_time, fresh_imports(), prepare(), record_reads(output) as reads:
        result = render(job)
        dependencies = cache.read_dependencies(job, reads, scene) if job.reuse or output else None
    return result, dependencies, made_of
