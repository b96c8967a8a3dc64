"""Runs commands as a reader types them, each in a process of its own, and none of them twice.

The processes are forked from one that has imported torch and the printers already: a command then costs what
it does, and not its start. What a command made and said is kept for all workers of a session; where another
page tells the same command about the same files, these are laid down again.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import runpy
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from filelock import FileLock

PRELOADED = [
    "torch",
    "safetensors.torch",
    "manim.__main__",
    *(f"nnanim.cli.{name}" for name in ("deck", "listing", "loop", "movie", "paint", "record", "still")),
    "nnanim.movie",
    "nnanim.still",
    "nnanim.recording",
    "nnanim.models",
    "nnanim.caption_loop",
    *(
        f"nnanim.stories.{name}"
        for name in ("attention", "diffusion", "loop", "network", "perceptron", "vae")
    ),
    "commands",
]

PROGRAMS = {"nnanim": "nnanim.cli:main", "manim": "manim.__main__:main"}
"""Programs by name, and the functions that they are."""

LONGEST = 300
"""Seconds that a command may take."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Outcome:
    """Run a program, or a Python file as a program, in a folder."""
    if words[:2] == ["python", "-m"]:  # that ``python -m nnanim`` is ``nnanim`` has a test of its own
        words = words[2:]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    out, err = (folder / f".{name}" for name in ("stdout", "stderr"))
    process = context.Process(
        target=_become, args=(list(words), str(folder), dict(environment), str(out), str(err))
    )
    process.start()
    process.join(LONGEST)
    if process.exitcode is None:
        process.kill()
        process.join()
    said = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
    for path in (out, err):
        path.unlink()
    return Outcome(process.exitcode or 0, *said)


def _become(words: list[str], folder: str, environment: dict[str, str], *outputs: str) -> None:
    """Be the program: its folder, environment, outputs and arguments."""
    os.chdir(folder)
    os.environ.update(environment)
    for number, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m) for n, m in enumerate("rww"))
    sys.argv = list(words)
    if words[0].endswith(".py"):
        warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
        sys.path.insert(0, folder)
        runpy.run_path(words[0], run_name="__main__")
    else:
        module, _, name = PROGRAMS[words[0]].partition(":")
        getattr(import_module(module), name)()


class Memory:
    """The outcomes of commands and the files that they made, in a folder that all workers share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], shared: Sequence[str] = ()
    ) -> Outcome:
        """Run a command in ``folder``, or lay down what it made when it was run with the same files.

        Args:
            words: the program and its arguments.
            folder: where it runs.
            environment: settings.
            shared: names in ``folder`` that are not the command's: what it makes there is not kept.
        """
        read = [_checksum(folder / word) for word in words if (folder / word).is_file()]
        key = hashlib.sha256(json.dumps([list(words), dict(environment), read]).encode()).hexdigest()[:24]
        kept, outcome = self.folder / key, self.folder / key / "outcome.json"
        with FileLock(self.folder / f"{key}.lock"):
            if not outcome.exists():
                before = _files(folder, shared)
                done = run(words, folder, environment)
                for path, state in _files(folder, shared).items():
                    if before.get(path) != state:
                        (kept / "files" / path).parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy2(folder / path, kept / "files" / path)
                kept.mkdir(exist_ok=True)
                outcome.write_text(json.dumps(asdict(done)), encoding="utf-8")
                return done
        if (kept / "files").is_dir():
            shutil.copytree(kept / "files", folder, dirs_exist_ok=True)
        return Outcome(**json.loads(outcome.read_text(encoding="utf-8")))


def _files(folder: Path, shared: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Every file in a folder with its time and size."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in shared]
        for path in (Path(place, name) for name in names):
            state = path.stat()
            found[str(path.relative_to(folder))] = (state.st_mtime_ns, state.st_size)
    return found


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
