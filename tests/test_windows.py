"""What Windows does otherwise, simulated: drives, code pages, names of devices, files that are open."""

from __future__ import annotations

import io
import ntpath
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from nnanim import files, terminal
from nnanim.cli import group, main
from nnanim.errors import UserError
from nnanim.film.manifest import poster_path

TINY = Path(__file__).with_name("tiny_scene.py")


def test_a_path_on_another_drive_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "relpath", ntpath.relpath)
    assert terminal.short("D:\\films\\a.mp4") == "D:\\films\\a.mp4"


def test_a_name_that_begins_with_points_is_no_way_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert terminal.short(tmp_path / "..a.mp4") == "..a.mp4"
    assert terminal.short(tmp_path.parent / "a.mp4") == str(tmp_path.parent / "a.mp4")


# Code pages


def print_as_windows(monkeypatch: pytest.MonkeyPatch, *words: str) -> bytes:
    """What a command writes into a file on Windows, where the code page is that of western Europe."""
    content = io.BytesIO()
    monkeypatch.setattr(group, "WINDOWS", True)
    stream = io.TextIOWrapper(content, encoding="cp1252", write_through=True)
    with monkeypatch.context() as patch:
        for name in ("stdout", "stderr"):
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as end:
            main(list(words))
    stream.detach()
    assert end.value.code == 0
    return content.getvalue()


@pytest.mark.parametrize("words", [("paint", "--help"), ("lessons", "--lang", "ja"), ("new", "--help")])
def test_what_is_redirected_is_utf_8(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    text = print_as_windows(monkeypatch, *words).decode("utf-8")
    assert "\\u" not in text and "\\x" not in text
    assert words[-1] != "ja" or "モデル" in text


def test_whoever_asks_for_an_encoding_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    text = print_as_windows(monkeypatch, "lessons", "--lang", "ja").decode("cp1252")
    assert "\\u30e2" in text


# Names


@pytest.mark.parametrize("words", ["split", "encoder.layers.0", "二つの和", "Network-net-a b"])
def test_most_words_are_their_own_name(words: str) -> None:
    assert files.file_stem(words) == words


@pytest.mark.parametrize(
    "words",
    ["a:b", "a/b", "aux", "Con", "lpt1.x", "nul.", "why?", "a\\b", " a", "a.", "..", "", "x\n", "長" * 300],
)
def test_other_words_become_names_that_windows_takes(words: str) -> None:
    name = f"{files.file_stem(words)}.png"
    path = PureWindowsPath("C:\\films") / name
    assert path.parts == ("C:\\", "films", name) and not path.is_reserved()
    assert not re.search(r'[<>:"|?*\x00-\x1f]', name) and len(name) < 140 and not name.startswith((" ", "."))


def test_other_words_have_other_names() -> None:
    names = {str(poster_path(Path("p"), words)) for words in ("a:b", "a/b", "a-b", "aux", "Aux")}
    assert len(names) == 5


def test_no_scene_is_called_like_a_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["new", "aux"])
    assert done.exit_code == 2 and "Windows keeps for a device" in done.stderr and not os.listdir(tmp_path)


# Files that are open


def is_open(path: Any) -> bool:
    """Whether this process has a file open or mapped: Windows then neither removes nor replaces it."""
    real = os.path.realpath(path)
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}") == real:
                return True
        except OSError:
            continue
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    return any(line.endswith(f" {real}") for line in maps.splitlines())


@pytest.fixture
def locking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files that are open are neither removed nor renamed, nor does another file take their place."""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("tells open files by /proc")

    def guard(act: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*paths: Any, **more: Any) -> Any:
            for path in paths:
                if isinstance(path, (str, os.PathLike)) and os.path.isfile(path) and is_open(path):
                    raise PermissionError(13, "Access is denied", os.fspath(path))
            return act(*paths, **more)

        return guarded

    for name in ("replace", "rename", "unlink", "remove"):
        monkeypatch.setattr(os, name, guard(getattr(os, name)))
    monkeypatch.setattr(files, "LOCKED_WAITS", ())
    yield


@pytest.mark.usefixtures("locking")
def test_a_file_that_another_program_shows(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "a.txt", "first")
    with (
        path.open(encoding="utf-8"),
        pytest.raises(UserError, match=r"a\.txt: another program has it open; close"),
    ):
        files.write_text(path, "second")
    assert path.read_text(encoding="utf-8") == "first" and os.listdir(tmp_path) == ["a.txt"]
    files.write_text(path, "third")
    assert path.read_text(encoding="utf-8") == "third"


@pytest.mark.usefixtures("locking")
def test_what_fails_while_its_file_is_open_says_why(tmp_path: Path) -> None:
    """The half-written file stays, for the next command to remove; the mistake is not hidden by that."""
    with pytest.raises(ZeroDivisionError), files.atomic(tmp_path / "a.txt") as temporary:
        kept = temporary.open("w", encoding="utf-8")
        _ = 1 / 0
    kept.close()


@pytest.mark.usefixtures("locking")
def test_every_command_closes_what_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is run twice: the second time, what the first has written is replaced."""
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.ones((1, 2), dtype=np.float32))
    Path("net.py").write_text("from torch import nn\nnet = nn.Linear(2, 2)\n", encoding="utf-8")
    small = "-r 214,120 --fps 5 --media_dir media"
    commands = [
        "record net.py:net --input x.npy -o t.safetensors",
        f"movie {TINY} Brief {small} --save_sections",
        f"movie {TINY} Brief {small} --disable_caching -o b.gif",
        f"movie {TINY} Brief {small} -o b.webp",
        f"still {TINY} Brief -q l -o a.png",
        f"movie {TINY} Brief --to html -o b.html --media_dir media",
    ]
    for words in [*commands, *commands]:
        done = CliRunner().invoke(main, words.split())
        assert done.exit_code == 0, (words, done.output)
    left = [path for path in tmp_path.rglob("*") if path.name.startswith(files.LEFTOVER)]
    assert left == []
    names = [part for path in tmp_path.rglob("*") for part in path.relative_to(tmp_path).parts]
    assert not [name for name in names if re.search(r'[<>:"|?*]', name) or name.endswith((" ", "."))]
