"""Films wherever they are wanted: odd names, closed outputs, frames of any sides, own backgrounds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import av
import commands
import numpy as np
import pytest

from nnanim import files
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.style import frame_size

TINY = Path(__file__).with_name("tiny_scene.py")
SMALL = ("-r", "214,120", "--fps", "5")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the reader has set; a process is forked with what stands here when the first one is."""
    for name in [name for name in os.environ if name.startswith("NNANIM_")]:
        monkeypatch.delenv(name)


def run(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> commands.Outcome:
    """``nnanim WORDS`` in a process of its own."""
    if env is None and not (folder / "manim.cfg").exists():
        return commands.run(["nnanim", *words], folder, {})
    # What is settled when Python or manim starts wants a process that is not forked.
    done = subprocess.run(
        [sys.executable, "-m", "nnanim.cli", *words], cwd=folder, env={**os.environ, **(env or {})},
        capture_output=True, text=True,
    )  # fmt: skip
    return commands.Outcome(done.returncode, done.stdout, done.stderr)


def brief(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> commands.Outcome:
    return run(folder, "movie", "tiny_scene.py", "Brief", *SMALL, *words, env=env)


def film_in(folder: Path, name: str = "Brief.mp4") -> Path:
    (found,) = (path for path in folder.rglob(name) if "partial_movie_files" not in path.parts)
    return found


NAMES = (
    "l'été",
    "a{b}c",
    "{media_dir}",
    "50% of #1",
    "a:b",
    "two  blanks ",
    "日本語",
    "'",
    "$HOME",
    "-x",
    200 * "a",
)


@pytest.mark.skipif(os.name != "posix", reason="names that Windows does not allow")
@pytest.mark.parametrize("name", NAMES)
def test_folders_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    shutil.copy(TINY, home)
    done = brief(home, "--save_sections", "--media_dir", f"./{name} too")
    assert done.returncode == 0, done.stderr
    film = film_in(home / f"{name} too")
    with av.open(str(film)) as source:
        assert sum(1 for _ in source.decode(video=0)) > 3
    beats = manifest.read(film.with_name("Brief.manifest.json"))["beats"]
    assert all((film.parent / beat["clip"]).is_file() for beat in beats)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_a_media_folder_that_is_not_utf8(tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path)
    name = os.fsdecode(b"m\xff")
    done = brief(tmp_path, "--media_dir", name)
    assert done.returncode == 0 and film_in(tmp_path / name)


@pytest.mark.parametrize("output", ["out {1}", "l'an", "50%"])
def test_films_of_any_name(tmp_path: Path, output: str) -> None:
    shutil.copy(TINY, tmp_path)
    done = brief(tmp_path, "-o", output)
    assert done.returncode == 0, done.stderr
    assert film_in(tmp_path, f"{output}.mp4")


@pytest.mark.skipif(os.name != "posix", reason="closed files")
def test_a_film_is_made_where_nobody_listens(tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path)
    command = (
        f"exec '{sys.executable}' -m nnanim.cli movie tiny_scene.py Brief {' '.join(SMALL)} >&- 2>&- <&-"
    )
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path).returncode == 0
    assert film_in(tmp_path)


def test_an_output_that_knows_no_japanese(tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path)
    home = tmp_path / "日本"
    home.mkdir()
    done = brief(tmp_path, "--lang", "ja", "--media_dir", "日本", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    listed = run(tmp_path, "list", "--lang", "ja", env={"PYTHONIOENCODING": "ascii"})
    assert listed.returncode == 0 and film_in(home)


def manim(folder: Path, *words: str) -> commands.Outcome:
    """Plain ``manim`` in a process of its own."""
    command = ["manim", *SMALL, "--progress_bar", "none", "tiny_scene.py", "Brief"]
    return commands.run([*command, *words], folder, {})


@pytest.mark.skipif(os.name != "posix", reason="names that Windows does not allow")
@pytest.mark.parametrize("name", ["l'été {x} 50%s", "a\\b {0} #1"])
def test_plain_manim_in_folders_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    shutil.copy(TINY, home)
    done = manim(home, "--media_dir", f"./{name} too", "-o", name)
    assert done.returncode == 0, done.stderr
    with av.open(str(film_in(home / f"{name} too", f"{name}.mp4"))) as source:
        assert sum(1 for _ in source.decode(video=0)) == 3  # in two the marks enter, in one they rest


@pytest.mark.skipif(os.name != "posix", reason="names that Windows does not allow")
@pytest.mark.parametrize("case", ["line break", "folder of that name", "file"])
def test_plain_manim_tells_before_it_renders_what_would_stop_the_film(tmp_path: Path, case: str) -> None:
    shutil.copy(TINY, tmp_path)
    media = "a\nb" if case == "line break" else "media"
    if case == "file":
        (tmp_path / media).touch()
    elif case == "folder of that name":
        (tmp_path / media / "videos" / "tiny_scene" / "120p5" / "Brief.mp4").mkdir(parents=True)
    done = manim(tmp_path, "--media_dir", media)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    line = {
        "line break": "has a line break",
        "file": "cannot write to",
        "folder of that name": "has that name",
    }
    assert line[case] in done.stderr and not list(tmp_path.rglob("partial_movie_files/*/*.mp4"))


def test_a_folder_where_the_film_should_be(tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path)
    place = tmp_path / "media" / "videos" / "tiny_scene" / "120p5" / "Brief.mp4"
    place.mkdir(parents=True)
    done = brief(tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "Brief.mp4: a folder has that name" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("partial_movie_files/*/*.mp4"))


def test_every_scene_of_a_file(tmp_path: Path) -> None:
    text = TINY.read_text("utf-8") + "\n\nclass Other(Brief):\n    pass\n"
    (tmp_path / "two.py").write_text(text.split("class Followed")[0] + "\n\nclass Other(Brief):\n    pass\n")
    done = run(tmp_path, "movie", "two.py", "-a", *SMALL)
    assert done.returncode == 0, done.stderr
    films = [path.name for path in (tmp_path / "media").rglob("*.mp4") if "partial" not in str(path)]
    assert sorted(films) == ["Brief.mp4", "Other.mp4", "Tiny.mp4"]


def test_two_films_that_import_one_helper_both_see_it_change(tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(
            "from dataclasses import replace\nimport helper\nfrom tiny_scene import Brief as Whole\n"
            f"class {name.title()}(Whole):\n    def story(self, trace):\n"
            "        for beat in super().story(trace):\n            yield replace(beat, says=helper.SAYS)\n"
        )
    for says in ("First.", "Other."):
        (tmp_path / "helper.py").write_text(f"SAYS = {says!r}\n")
        done = run(tmp_path, "movie", "one.py", "two.py", "--jobs", "1", *SMALL)
        assert done.returncode == 0, done.stderr
        for name in ("One", "Two"):
            told = manifest.read(film_in(tmp_path, f"{name}.mp4").with_name(f"{name}.manifest.json"))
            assert told["beats"][0]["says"]["en"] == says, name


OWN_GROUND = """
from tiny_scene import Brief as Whole

class Brief(Whole):
    def construct(self):
        self.camera.background_color = "#336699"
        super().construct()
"""


@pytest.mark.parametrize("how", ["camera", "config", "manim.cfg"])
def test_a_background_of_ones_own(tmp_path: Path, how: str) -> None:
    shutil.copy(TINY, tmp_path)
    (tmp_path / "own.py").write_text(
        OWN_GROUND
        if how == "camera"
        else "from manim import config\nfrom tiny_scene import Brief as Whole\n"
        + ("config.background_color = '#336699'\n" if how == "config" else "")
        + "class Brief(Whole):\n    pass\n"
    )
    if how == "manim.cfg":
        (tmp_path / "manim.cfg").write_text("[CLI]\nbackground_color = #336699\n")
    done = run(tmp_path, "movie", "own.py", *SMALL)
    assert done.returncode == 0, done.stderr
    film = film_in(tmp_path)
    with av.open(str(film)) as source:
        corner = [frame.to_ndarray(format="rgb24")[2, 2] for frame in source.decode(video=0)]
    assert np.abs(np.array(corner, float) - [0x33, 0x66, 0x99]).max() < 6
    assert manifest.read(film.with_name("Brief.manifest.json"))["ground"].lower() == "#336699"


@pytest.mark.parametrize("flags", [(), ("-r", "108,192")])
def test_a_portrait_frame(tmp_path: Path, flags: tuple[str, ...]) -> None:
    shutil.copy(TINY, tmp_path)
    (tmp_path / "manim.cfg").write_text("[CLI]\npixel_width = 108\npixel_height = 192\nframe_rate = 5\n")
    done = run(tmp_path, "movie", "tiny_scene.py", "Brief", *flags)
    assert done.returncode == 0, done.stderr
    with av.open(str(film_in(tmp_path))) as source:
        stream = source.streams.video[0]
        assert (stream.width, stream.height) == (108, 192)


def test_a_folder_is_refused_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "there.json").mkdir()
    with pytest.raises(UserError, match=r"cannot write \S+there\.json: Is a directory"):
        files.write_text(tmp_path / "there.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["there.json"]


def test_a_full_disk_says_where(tmp_path: Path) -> None:
    where = pytest.raises(UserError, match=r"cannot write \S+a\.txt: No space left on device")
    with where, files.atomic(tmp_path / "a.txt"):
        raise OSError(28, "No space left on device")


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from nnanim.files import atomic\n"
        "with atomic(Path(sys.argv[1]) / 'a.mp4') as temporary:\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob(".nnanim-*.mp4"))) == 1
    with files.atomic(tmp_path / "b.txt") as mine:
        files.write_text(tmp_path / "c.txt", "c")
        assert mine.is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "c.txt"]


def test_a_version_may_be_a_text_of_its_own_class(tmp_path: Path) -> None:
    version = type("Version", (str,), {})("2.4")
    head = {"lang": "en", "provenance": {"versions": {"torch": version}}}
    path = manifest.write_beside(tmp_path / "a.mp4", head, [], {}, tmp_path)
    assert '"torch": "2.4"' in path.read_text("utf-8")


def test_an_error_quotes_what_stands_in_the_sentence() -> None:
    from nnanim.data import captions

    with pytest.raises(UserError) as error:
        captions.tokens("大きい赤い馬ねこ")
    quoted = str(error.value).split("'")[1]
    assert quoted in "大きい赤い馬ねこ"


@pytest.mark.parametrize(
    ("width", "fitted"),
    [(128 / 9, frame_size("9:16")), (4.5, frame_size("9:16")), (20.0, (20.0, 20.0 * 16 / 9))],
)
def test_upright_pixels_are_arranged_upright(width: float, fitted: tuple[float, float]) -> None:
    """Those of a manim.cfg, of manim's own -r, and a frame whose width somebody has chosen."""
    from manim import config, tempconfig

    from nnanim.movie.frame import fit_frame

    with tempconfig({"pixel_width": 1080, "pixel_height": 1920, "frame_width": width, "frame_height": 8.0}):
        fit_frame()
        assert (config.frame_width, config.frame_height) == pytest.approx(fitted)
