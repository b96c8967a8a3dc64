"""Scenes that are loaded to be played tell the same story, and need no manim."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from nnanim.errors import UserError
from nnanim.scene import bare, loader, trace_cache

ALL = """
import sys
from nnanim.scene import loader
from nnanim.scene.bare import BareScene, without_manim
with without_manim():
    for name in loader.names():
        assert all(issubclass(kind, BareScene) for kind in loader.load_all(name)), name
print([name for name in ("manim", "matplotlib", "av", "cairo") if name in sys.modules])
"""


def test_no_scene_that_comes_with_nnanim_needs_manim_to_be_told() -> None:
    done = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


LIGHT = """
import sys
from nnanim.scene import loader
from nnanim.scene.bare import without_manim
with without_manim():
    kind = loader.load(sys.argv[1])
kind.build_story({}, cached=True)
print("torch" in sys.modules)
"""


@pytest.mark.parametrize("name", ["digits", "network", "perceptron"])
def test_a_scene_whose_traces_are_kept_needs_no_torch_to_be_told(name: str, tmp_path: Path) -> None:
    for loads in ("True", "False"):
        command = [sys.executable, "-c", LIGHT, name]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.stdout.strip() == loads, done.stderr


def test_both_kinds_of_a_scene_share_their_trace_and_their_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names, stories = [], []
    for block in (bare.without_manim, nullcontext):
        with block():
            kind = loader.choose("perceptron")
        scene = kind.without_renderer({"lang": "en"})
        folder = kind.trace_folder()
        assert folder is not None and folder.absolute() == tmp_path / "media" / "traces"
        names.append(trace_cache._path(scene, folder).name)
        stories.append(kind.build_story({"lang": "en"}, cached=True))
    assert names[0] == names[1] and stories[0] == stories[1]
    assert bare.is_bare() is False


def test_the_media_folder_is_the_one_that_manim_s_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert bare.media_folder() == Path("media")
    (tmp_path / "manim.cfg").write_text("[CLI]\nmedia_dir = films\n", encoding="utf-8")
    assert bare.media_folder() == Path("films")
    (tmp_path / "manim.cfg").write_text("media_dir = films\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"manim\.cfg: File contains no section headers"):
        bare.media_folder()
