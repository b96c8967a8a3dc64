"""Traces are computed once, and again when anything that they are made of changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnanim import scenes
from nnanim.movie import remembered

SCENE = """
from pathlib import Path
import numpy as np
import own_model
from nnanim.beats import Beat
from nnanim.marks import Row, Units
from nnanim.movie import StoryScene
from nnanim.trace import Trace

RUNS = []

class Kept(StoryScene):
    title = "Kept"

    def example(self):
        RUNS.append(1)
        x = np.loadtxt(Path(__file__).with_name("numbers.txt"))
        return Trace.of({"x": x * own_model.FACTOR})

    def story(self, trace):
        yield Beat("Some numbers.", Row(Units(trace["x"], key="x")))
"""


@pytest.fixture
def scene(tmp_path, monkeypatch):
    (tmp_path / "scene.py").write_text(SCENE)
    (tmp_path / "own_model.py").write_text("FACTOR = 2.0\n")
    (tmp_path / "numbers.txt").write_text("1 2 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("own_model", None)


def values(folder: Path) -> tuple[list[float], int]:
    """The numbers of the example, and how often it was run for them."""
    sys.modules.pop("own_model", None)
    kind = scenes.load(str(folder / "scene.py"))
    trace = remembered.example(kind, folder / "media")
    return list(trace["x"]), len(sys.modules[kind.__module__].RUNS)


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    # Python tells a changed module by the second and the size.
    os.utime(path, (1e9 + len(new), 1e9 + len(new)))


def test_run_once(scene):
    assert values(scene) == ([2, 4, 6], 1)
    assert values(scene) == ([2, 4, 6], 0)


@pytest.mark.parametrize(
    ("file", "old", "new", "seen"),
    [
        ("numbers.txt", "3", "5", [2, 4, 10]),
        ("own_model.py", "2.0", "30.0", [30, 60, 90]),
        ("scene.py", "x * own", "x - 1 + own", [2, 3, 4]),
    ],
)
def test_run_again_when_anything_it_is_made_of_changes(scene, file, old, new, seen):
    values(scene)
    changed(scene / file, old, new)
    assert values(scene) == (seen, 1)
    assert values(scene) == (seen, 0)


def test_run_again_for_another_version_of_torch(scene, monkeypatch):
    values(scene)
    monkeypatch.setattr(remembered, "_versions", lambda: {"torch": "0"})
    assert values(scene)[1] == 1


@pytest.mark.parametrize("what", ["*.trace", "*.json"])
def test_a_damaged_file_is_not_believed(scene, what):
    values(scene)
    (file,) = (scene / "media").glob(what)
    file.write_bytes(file.read_bytes()[:-20])
    assert values(scene) == ([2, 4, 6], 1)


@pytest.mark.parametrize(
    "line",
    [
        "import os", "import time", "import random", "import PIL", "import torch.hub",
        "from torch import jit",         "from . import own", "x = eval('1')", "import safetensors.torch",
        "import a_module_that_is_not_there_yet",
    ],
)  # fmt: skip
def test_not_kept_where_something_may_be_read_unseen(scene, line):
    guarded = f"def other():\n    {line}\n" if "eval" not in line else f"{line}\n"
    (scene / "own_model.py").write_text(f"FACTOR = 2.0\n{guarded}")
    assert values(scene)[1] == 1
    assert values(scene)[1] == 1


def test_not_kept_where_a_process_is_started(scene):
    changed(scene / "scene.py", "        RUNS.append(1)", "        own_model.ask()\n        RUNS.append(1)")
    text = "import subprocess_of_mine\nFACTOR = 2.0\n\ndef ask():\n    subprocess_of_mine.run()\n"
    (scene / "own_model.py").write_text(text)
    (scene / "subprocess_of_mine.py").write_text("import pathlib\n\ndef run():\n    pass\n")
    assert values(scene)[1] == 1
    assert values(scene)[1] == 0
    with remembered._watched() as seen:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert seen["outside"]
    sys.modules.pop("subprocess_of_mine", None)


def test_other_examples_are_run_each_time(scene):
    changed(scene / "scene.py", 'Trace.of({"x": x * own_model.FACTOR})', '{"x": x}')
    assert values(scene)[1] == values(scene)[1] == 1


def test_scenes_and_languages_have_their_own(scene):
    kind = scenes.load(str(scene / "scene.py"))
    other = type("Kept", (kind,), {"__module__": kind.__module__, "lang": "ja"})
    places = {remembered._place(kind, scene), remembered._place(other, scene)}
    assert len(places) == 2 and None not in places


def test_a_scene_that_was_changed_after_it_was_read_is_not_kept(scene):
    kind = scenes.load(str(scene / "scene.py"))
    for change in ({"example": lambda self: 1}, {"MODEL": "another"}):
        other = type("Kept", (kind,), {"__module__": kind.__module__, **change})
        assert remembered._place(other, scene) is None


def test_a_scene_without_a_file_is_not_kept(tmp_path):
    class Here:
        def example(self):
            return None

    assert remembered._place(Here, tmp_path) is None


def test_no_torch_and_no_numba_where_the_trace_is_kept(tmp_path):
    """A film of which the trace is kept is told without torch, and painted without numba."""
    code = (
        "import sys; from manim import config; config.media_dir = sys.argv[1]\n"
        "from nnanim import scenes\n"
        "story = scenes.load('perceptron').told(cached=True)\n"
        "from nnanim.movie.raster_jit import loops; loops()\n"
        "print(sorted({'torch', 'numba'} & set(sys.modules)), story.beats[2].says)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    first, second = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        for _ in range(2)
    )
    assert "torch" in first and second.startswith("[]")
    assert first.partition("]")[2] == second.partition("]")[2]


def test_importing_record_loads_no_torch():
    code = (
        "import sys; from nnanim.recording import record; from nnanim import models\n"
        "print('torch' in sys.modules)\n"
        "import nnanim.recording, nnanim; print(callable(nnanim.record))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"]
