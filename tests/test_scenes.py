"""Scene files: found by name or path, loaded, told, and blamed for their own mistakes with the line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nnanim.errors import UserError
from nnanim.scene import loader

TOLD = """
from nnanim.beats import Beat
from nnanim.marks import Row, Text
from nnanim.movie import StoryScene


class First(StoryScene):
    title = "First"

    def story(self, example):
        {body}


class Second(First):
    pass
"""
FINE = 'yield Beat("One.", Row(Text("one", key="one")))'


def scene(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


def test_the_scenes_that_come_with_nnanim() -> None:
    assert "perceptron" in loader.names()
    for name in loader.names():
        assert loader.path(name).is_file()


def test_a_scene_by_its_file(tmp_path: Path) -> None:
    path = scene(tmp_path, TOLD.format(body=FINE))
    assert [one.__name__ for one in loader.load_all(path)] == ["First", "Second"]
    assert loader.load(path).__name__ == "First"
    assert [beat.says for beat in loader.build_story(path).beats] == ["One."]


def test_a_scene_imports_what_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside_the_scene.py").write_text("SENTENCE = 'From beside.'")
    body = FINE.replace('"One."', "beside_the_scene.SENTENCE")
    path = scene(tmp_path, "import beside_the_scene\n" + TOLD.format(body=body))
    assert loader.build_story(path).beats[0].says == "From beside."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("perceptro", "there is no scene 'perceptro'; nearest: 'perceptron'"),
        ("nowhere.py", "there is no file 'nowhere.py'"),
    ],
)
def test_a_scene_that_is_not_there(name: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        loader.load(name)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (\n", r"mine.py, line 1: SyntaxError: '\(' was never closed$"),
        (
            "import numpy\n\nnumpy.nothing\n",
            "mine.py, line 3: AttributeError: module 'numpy' has no attribute",
        ),
        ("import nothing_of_that_name\n", "mine.py, line 1: ModuleNotFoundError: No module named"),
        ("x = 1\n", "mine.py has no StoryScene; write 'class Mine"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        loader.load(scene(tmp_path, text))


@pytest.mark.parametrize("relative", [False, True])
def test_a_broken_story_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    path = scene(tmp_path, TOLD.format(body="yield 1 / 0"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"mine.py, line 11: ZeroDivisionError: division by zero"):
        loader.build_story("mine.py" if relative else path)


def test_a_story_s_own_mistakes_are_told_as_they_are(tmp_path: Path) -> None:
    path = scene(tmp_path, TOLD.format(body="yield 7"))
    with pytest.raises(UserError, match="the story yields int at place 1; Beat wanted"):
        loader.build_story(path)


def test_an_edit_of_the_same_length_within_a_second_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "mine.py"
    for title in ("one", "two"):
        file.write_text(
            f"from nnanim.movie import StoryScene\n\n\nclass Mine(StoryScene):\n    title = {title!r}\n"
        )
        os.utime(file, (1_000_000_000, 1_000_000_000))
        assert loader.load(str(file)).title == title
