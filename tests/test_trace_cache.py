"""Traces are computed once, and again when anything that they are made of changes."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from nnanim.scene import loader, reads, trace_cache

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
    kind = loader.load(str(folder / "scene.py"))
    trace = trace_cache.example(kind.without_renderer(), folder / "media" / "traces")
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
    monkeypatch.setattr(trace_cache, "versions", lambda *packages: {"torch": "0"})
    assert values(scene)[1] == 1


@pytest.mark.parametrize("what", ["*.trace", "*.json"])
def test_a_damaged_file_is_not_believed(scene, what):
    values(scene)
    (file,) = (scene / "media").rglob(what)
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
    with reads.record_reads() as seen:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert seen.unknown and seen.dependencies() is None
    sys.modules.pop("subprocess_of_mine", None)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is asked")
def test_to_ask_where_a_library_lies_is_no_process_of_the_scene(monkeypatch):
    """torch with CUDA asks ldconfig when it is imported."""
    asked = []
    monkeypatch.setattr(subprocess, "Popen", partial(_note_process, asked, subprocess.Popen))
    with reads.record_reads() as seen:
        ctypes.util.find_library("dl")
    assert asked and not seen.unknown


def _note_process(asked, popen, *args, **more):
    asked.append(args)
    return popen(*args, **more)


def test_recordings_inside_one_another_end_by_themselves(tmp_path):
    (tmp_path / "a").write_text("a")
    with reads.record_reads() as outer:
        with reads.record_reads():
            pass  # until here both have seen the same
        (tmp_path / "a").read_text()
    assert [Path(path).name for path in outer.opened] == ["a"]
    assert reads._active == []


def test_other_examples_are_run_each_time(scene):
    changed(scene / "scene.py", 'Trace.of({"x": x * own_model.FACTOR})', '{"x": x}')
    assert values(scene)[1] == values(scene)[1] == 1


def path_of(kind, folder: Path, **options) -> Path | None:
    return trace_cache._path(kind.without_renderer(options), folder)


def test_languages_options_and_constants_have_their_own(scene, monkeypatch):
    kind = loader.load(str(scene / "scene.py"))
    paths = [path_of(kind, scene), path_of(kind, scene, lang="ja")]
    monkeypatch.setenv("NNANIM_LANG", "ja")
    assert path_of(kind, scene) == paths[1]
    monkeypatch.setattr(sys.modules[kind.__module__], "RUNS", [1, 2])
    paths.append(path_of(kind, scene))
    kind.factor = 3
    paths.append(path_of(kind, scene, factor=4))
    paths.append(path_of(kind, scene, factor=np.arange(3)))
    monkeypatch.chdir(scene)
    paths.append(path_of(kind, scene))
    monkeypatch.setenv("USERPROFILE" if sys.platform == "win32" else "HOME", str(scene))
    paths.append(path_of(kind, scene))
    assert len(set(paths)) == 7 and None not in paths
    # A theme changes no number.
    assert path_of(kind, scene) == path_of(kind, scene, theme="light")


def test_a_theme_counts_where_the_example_asks_for_it(scene):
    changed(scene / "scene.py", "RUNS.append(1)", "RUNS.append(self.theme or 1)")
    kind = loader.load(str(scene / "scene.py"))
    assert path_of(kind, scene) != path_of(kind, scene, theme="light")


def test_a_scene_that_was_changed_after_it_was_read_is_not_kept(scene):
    kind = loader.load(str(scene / "scene.py"))
    other = type("Kept", (kind,), {"__module__": kind.__module__})
    assert path_of(other, scene) is None
    kind.example = lambda self: 1
    assert path_of(kind, scene) is None


@pytest.mark.parametrize(
    ("look", "change"),
    [
        # A file that appears.
        ("x = 5 if (folder / 'more.txt').exists() else 1", "more.txt"),
        ("x = 5 if (folder / 'more.txt').is_file() else 1", "more.txt"),
        (
            "try:\n    x = float((folder / 'more.txt').read_text())\nexcept FileNotFoundError:\n    x = 1",
            "more.txt",
        ),
        # A folder that grows.
        ("x = 5 if len(list(folder.glob('*.pt'))) == 2 else 1", "b.pt"),
        ("x = 5 if len(list(folder.rglob('*.pt'))) == 2 else 1", "b.pt"),
        ("x = 5 if len([one for one in folder.iterdir() if one.suffix == '.pt']) == 2 else 1", "b.pt"),
        ("x = 5 if max(folder.glob('*.pt'), key=lambda p: p.stat().st_mtime).name == 'a.pt' else 1", "a.pt"),
        # A file that is opened for writing, too.
        ("with (folder / 'a.pt').open('r+') as file:\n    x = float(file.read() or 1)", "a.pt"),
        ("import numpy\nx = numpy.fromfile(folder / 'a.txt', sep=' ').sum()", "a.txt"),
    ],
)
def test_run_again_when_what_it_looked_for_changes(scene, look, change):
    (scene / "a.pt").write_text("1")
    (scene / "a.txt").write_text("1")
    (scene / "0.pt").write_text("1")
    (scene / "0.pt").unlink()
    body = "\n".join(f"    {line}" for line in look.splitlines())
    (scene / "own_model.py").write_text(f"def factor(folder):\n{body}\n    return float(x)\n")
    changed(scene / "scene.py", "own_model.FACTOR", "own_model.factor(Path(__file__).parent)")
    before = values(scene)
    assert before[1] == 1
    assert values(scene) == (before[0], 0)
    if "max(" in look:
        assert before[0] == [5, 10, 15]
        (scene / "c.pt").write_text("5")
        assert values(scene) == ([1, 2, 3], 1)
        return
    (scene / change).write_text("5")
    assert before[0] == [1, 2, 3] and values(scene) == ([5, 10, 15], 1)


@pytest.mark.parametrize(
    "use",
    [
        "import torch\nx = torch.from_file('a.pt')", "import torch\nx = torch.jit.load('a.pt')",
        "from torch.jit import load", "import sqlite3", "import safetensors", "import h5py",
        "from safetensors import safe_open",
        "import torch\nx = torch.UntypedStorage.from_file('a.pt')", "from ctypes import CDLL",
        "import torch\nx = torch.package.PackageImporter('a.pt')", "from sys import argv", "import random",
        "import torch\nt = torch\nx = t.ops.aten.add", "from torch import classes",
    ],
)  # fmt: skip
def test_not_kept_where_c_or_rust_may_read(scene, use):
    body = "\n".join(f"    {line}" for line in use.splitlines())
    (scene / "own_model.py").write_text(f"FACTOR = 2.0\ndef other():\n{body}\n")
    assert values(scene)[1] == values(scene)[1] == 1


def test_kept_where_something_else_is_called_as_a_part_of_torch(scene):
    (scene / "own_model.py").write_text("FACTOR = 2.0\ndef other(data):\n    return data.classes, data.ops\n")
    assert (values(scene)[1], values(scene)[1]) == (1, 0)


def test_not_kept_where_a_file_is_saved_while_it_is_read(scene):
    numbers = scene / "numbers.txt"
    line = "        x = np.loadtxt(Path(__file__).with_name('numbers.txt'))"
    save = line.replace("x = np.loadtxt(", "").replace("'))", "').write_text('7 8 9'))").strip()[:-1]
    changed(scene / "scene.py", line.replace("'", '"'), f"{line}\n        {save}")
    assert values(scene) == ([2, 4, 6], 1)
    assert values(scene) == ([14, 16, 18], 1)
    assert numbers.read_text() == "7 8 9"


def test_what_is_read_while_the_file_is_loaded_counts(scene):
    changed(
        scene / "scene.py",
        "RUNS = []",
        "RUNS = []\nMORE = float(Path(__file__).with_name('more.txt').read_text())",
    )
    changed(scene / "scene.py", "x * own_model.FACTOR", "x * MORE")
    (scene / "more.txt").write_text("3")
    assert values(scene) == ([3, 6, 9], 1)
    assert values(scene) == ([3, 6, 9], 0)
    (scene / "more.txt").write_text("4")
    assert values(scene) == ([4, 8, 12], 1)


def test_two_scenes_with_one_helper_both_notice_its_change(scene):
    """In one process: the second finds the helper loaded already."""
    (scene / "other.py").write_text(SCENE.replace("Kept", "Other"))

    def both() -> list[tuple[list[float], int]]:
        found = []
        for name in ("scene.py", "other.py"):
            kind = loader.load(str(scene / name))
            trace = trace_cache.example(kind.without_renderer(), scene / "media" / "traces")
            found.append((list(trace["x"]), len(sys.modules[kind.__module__].RUNS)))
        return found

    assert both() == [([2, 4, 6], 1)] * 2
    assert both() == [([2, 4, 6], 0)] * 2
    (scene / "own_model.py").write_text("FACTOR = 3.0\n")
    assert both() == [([3, 6, 9], 1)] * 2


PLAIN = """
from pathlib import Path
from nnanim import settings
from nnanim.beats import Beat
from nnanim.marks import Row, Tokens
from nnanim.movie import StoryScene
from nnanim.trace import Trace
import numpy as np
import own_words

class Said(StoryScene):
    def example(self):
        print("RUN")
        words = own_words.WORDS[settings.load(self.lang).lang]
        return Trace.of({"x": np.array([1.0])}, provenance={"words": words})

    def story(self, trace):
        words = trace.provenance["words"]
        yield Beat(" ".join(words), Row(Tokens(words, key="t")), id="one")
"""


def test_plain_manim_in_two_languages_and_one_folder(tmp_path):
    (tmp_path / "said.py").write_text(PLAIN)
    (tmp_path / "own_words.py").write_text("WORDS = {'en': ['one', 'two'], 'ja': ['一', '二']}\n")

    def film(lang: str) -> tuple[str, int]:
        command = [sys.executable, "-m", "manim", "-ql", "-r", "214,120", "--fps", "5", "said.py", "Said"]
        run = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "NNANIM_LANG": lang},
            capture_output=True,
            text=True,
            check=True,
        )
        (subtitles,) = (tmp_path / "media").rglob("Said.srt")
        return subtitles.read_text("utf-8"), run.stdout.count("RUN")

    text, runs = film("en")
    assert "one two" in text and runs == 1
    text, runs = film("ja")
    assert "一 二" in text and "one" not in text and runs == 1
    text, runs = film("ja")
    assert "一 二" in text and runs == 0
    (tmp_path / "own_words.py").write_text("WORDS = {'en': ['one', 'two'], 'ja': ['三', '四']}\n")
    assert "三 四" in film("ja")[0]


def test_sums_are_computed_by_one_thread(scene):
    import torch

    changed(scene / "scene.py", "RUNS.append(1)", "import torch; RUNS.append(torch.get_num_threads())")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        values(scene)
        assert sys.modules["nnanim_scene_scene"].RUNS == [1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_no_torch_and_no_numba_where_the_trace_is_kept(tmp_path):
    """A film of which the trace is kept is told without torch, and painted without numba."""
    code = (
        "import sys; from manim import config; config.media_dir = sys.argv[1]\n"
        "from nnanim.scene import loader\n"
        "story = loader.load('perceptron').build_story(cached=True)\n"
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


def test_installed_is_what_lies_in_a_folder_not_what_is_called_like_it():
    assert reads.is_installed(sys.prefix) and reads.is_installed(os.path.join(sys.prefix, "lib", "a.py"))
    assert not reads.is_installed(f"{sys.prefix}-mine") and not reads.is_installed(f"{sys.prefix}-mine/a.py")
