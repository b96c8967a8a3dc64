"""A disk that is full: every command that writes says in one line where, and leaves nothing half written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from nnanim import record
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.trace import Trace

resource = pytest.importorskip("resource")
TINY = Path(__file__).with_name("tiny_scene.py")
SMALL = ("-r", "214,120", "--fps", "5")

LESSON = """
title = "T"
[[steps]]
title = "One"
lines = ["a"]
"""

NET = """
from torch import nn
net = nn.Linear(200, 200)
"""


@contextmanager
def room(size: int) -> Iterator[None]:
    """A block in which no file of this process can grow beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a scene, a model, a lesson and a picture."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(TINY, tmp_path)
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "small.toml").write_text(LESSON)
    done = CliRunner().invoke(main, ["loop", "start", "--caption", "a red cat", "--out", "cat.png"])
    assert done.exit_code == 0, done.output
    return tmp_path


MOVIE = ("movie", "tiny_scene.py", "Brief", *SMALL)
LOOP = ("--rounds", "2", "--steps", "1")
CASES: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "record": (0, "t.safetensors", ("record", "net.py:net", "--shape", "1,200", "-o", "t.safetensors")),
    "record, later": (
        9000, "t.safetensors", ("record", "net.py:net", "--shape", "1,200", "-o", "t.safetensors"),
    ),
    "paint": (0, "p.png", ("paint", "a cat", "--steps", "1", "-o", "p.png")),
    "paint, animated": (100, "p.gif", ("paint", "a cat", "--steps", "2", "-o", "p.gif")),
    "paint, a folder": (0, "run/run.json", ("paint", "a cat", "--steps", "1", "-o", "run")),
    "paint, a step": (1000, "run/", ("paint", "a cat", "--steps", "1", "-o", "run")),
    "still": (0, "s.png", ("still", "perceptron", "-o", "s.png")),
    "still, svg": (500, "s.svg", ("still", "perceptron", "-o", "s.svg")),
    "still, sheet": (500, "s.png", ("still", "perceptron", "--sheet", "-o", "s.png")),
    "still, its trace": (0, "media/traces/Brief", ("still", "tiny_scene.py", "Brief")),
    "movie, its trace": (0, "media/traces/Brief", MOVIE),
    "movie, a clip": (5000, "media", MOVIE),
    "movie, the last frame": (3000, "media/images/tiny_scene/Brief", (*MOVIE, "-s")),
    "deck, html": (9000, "d.html", ("deck", "small.toml", "-o", "d.html")),
    "deck, pptx": (9000, "d.pptx", ("deck", "small.toml", "--to", "pptx", "-o", "d.pptx")),
    "loop": (0, "run/00000.png", ("loop", "cat.png", *LOOP, "--out", "run")),
    "loop, later": (1500, "run/", ("loop", "cat.png", *LOOP, "--out", "run")),
    "loop start": (0, "b.png", ("loop", "start", "--doodle", "robot", "--out", "b.png")),
    "loop many": (1500, "many", ("loop", "many", "cat.png", *LOOP, "--out", "many")),
    "new": (0, "mine.py", ("new", "mine")),
}  # fmt: skip
"""How much a file may take, the place that the line names, and the command."""


@pytest.mark.parametrize("case", CASES)
def test_a_full_disk_is_one_line_that_says_where(here: Path, case: str) -> None:
    size, place, words = CASES[case]
    if "perceptron" in words:
        for _ in range(2):  # a trace is kept for good once the folder has all its files
            CliRunner().invoke(main, ["still", "perceptron", "-o", "warm.png"])
    with room(size):
        done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 2, (done.output, done.exception)
    lines = [line for line in done.stderr.splitlines() if line.startswith("nnanim: ")]
    assert len(lines) == 1 and place in lines[0] and "File too large" in lines[0], done.stderr
    assert not list(here.rglob(".nnanim-*")) and not (here / place).is_file()
    if case != "loop many":  # it starts processes
        again = CliRunner().invoke(main, [*words])
        assert again.exit_code == 0, again.output


def test_what_stood_there_stays(here: Path) -> None:
    trace = Trace.of({"a": np.arange(3.0)})
    trace.save("t.safetensors")
    with room(200), pytest.raises(UserError, match=r"t\.safetensors: File too large; make room"):
        Trace.of({"a": np.arange(3000.0)}).save("t.safetensors")
    assert Trace.load("t.safetensors") == trace


def test_a_model_that_is_recorded_and_saved(here: Path) -> None:
    from torch import nn, ones

    run = record(nn.Linear(30, 30), ones(1, 30))
    with room(100), pytest.raises(UserError, match=r"cannot write \S*t\.safetensors: File too large"):
        run.save("t.safetensors")
    assert not Path("t.safetensors").exists()
