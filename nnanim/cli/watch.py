"""``nnanim movie --watch``: render again whenever a file of the scene is saved, until Ctrl+C."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import click

import nnanim
from nnanim.terminal import echo

PAUSE = 0.5
"""Seconds between two looks."""


def arguments(context: click.Context, *, without: str = "watch") -> list[str]:
    """The options of a command as they were given, but for one."""
    words: list[str] = []
    for option in context.command.params:
        name = option.name or ""
        if not isinstance(option, click.Option) or name == without or name not in context.params:
            continue
        if context.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        for one in value if option.multiple else [value]:
            words += [option.opts[-1]] if option.is_flag else [option.opts[-1], str(one)]
    return words


def files(scene: Path) -> set[Path]:
    """What a film is made of: the Python files beside its scene, and nnanim's own."""
    return {*scene.resolve().parent.glob("*.py"), *Path(nnanim.__file__).parent.rglob("*.py")}


def watch(words: Sequence[str], scene: Path, *, pause: float = PAUSE, rounds: int | None = None) -> None:
    """Run ``nnanim movie WORDS`` now, and again after every change of a file; ``rounds`` times, or for ever.

    Every run is a process of its own: what was changed is read anew, and manim's cache keeps all other beats.
    """
    done = 0
    while True:
        before = file_times(files(scene))
        subprocess.run([sys.executable, "-m", "nnanim.cli", "movie", *words], check=False)
        done += 1
        if rounds is not None and done >= rounds:
            return
        echo(f"watching {scene.name}; Ctrl+C ends it", err=True)
        _wait(lambda before=before: file_times(files(scene)) != before, pause)  # type: ignore[misc]


def _wait(changed: Callable[[], bool], pause: float) -> None:
    while not changed():
        time.sleep(pause)


def file_times(paths: Iterable[Path]) -> Mapping[Path, int]:
    """When each file was written; one that is being replaced is not there for a moment."""
    found = {}
    for path in paths:
        try:
            found[path] = path.stat().st_mtime_ns
        except OSError:
            continue
    return found
