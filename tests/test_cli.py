"""The command line: what it prints, what it writes, and one clear line for every mistake."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from nnanim.cli import main
from nnanim.film import manifest
from nnanim.scene import loader
from nnanim.shelf import Shelf
from nnanim.trace import Trace

TINY = str(Path(__file__).with_name("tiny_scene.py"))

MODEL = """
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
number = 7


class Raises(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 2)

    def forward(self, x):
        raise RuntimeError("no luck today")


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.part = nn.Linear(3, 3), Raises()

    def forward(self, x):
        return self.part(self.first(x))


def made():
    return nn.Linear(3, 2)


def wide(width):
    return nn.Linear(width, 2)


def nothing():
    pass


def breaks():
    return 1 / 0


def words():
    return nn.Embedding(10, 4)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "THEME", "PACE", "TRACEBACK"):
        monkeypatch.delenv(f"NNANIM_{name}", raising=False)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def fine(*args: str) -> str:
    result = run(*args)
    assert result.exit_code == 0, result.stderr or result.exception
    return result.stdout


def mistake(*args: str, code: int = 2) -> str:
    """The one line that a mistake ends in."""
    result = run(*args)
    assert result.exit_code == code, (result.output, result.exception)
    line, rest = result.stderr.split("\n", 1)
    assert rest == "" and line.startswith("nnanim: "), result.stderr
    assert "Traceback" not in result.output
    return line.removeprefix("nnanim: ")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A film that is there already, and what the command said about it."""
    folder = tmp_path_factory.mktemp("film")
    result = CliRunner().invoke(
        main, ["movie", TINY, "Brief", "-ql", "-r", "214,120", "--media_dir", str(folder)]
    )
    assert result.exit_code == 0, result.output
    yield next(path for path in folder.rglob("Brief.mp4")), result.stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, clips of the cache left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "partial_movie_files" not in path.parts
    }


# list, models


def test_list_names_scenes_and_models() -> None:
    said = fine("list")
    assert "perceptron" in said and "A three-layer perceptron" in said and "iris-2-3-1" in said
    assert "三層パーセプトロン" in fine("list", "--lang", "ja")


def test_list_of_beats() -> None:
    lines = [line.split() for line in fine("list", "--beats", TINY, "--lang", "ja").splitlines()]
    assert ["1", "in", "二つの数が入ります。"] in lines
    assert [line[1] for line in lines[2:]] == ["in", "sum", "card"]


PLAIN = """
from nnanim.beats import Beat
from nnanim.marks import Units
from nnanim.movie import StoryScene
from nnanim.trace import Trace


class Plain(StoryScene):
    def example(self):
        return Trace.of({"input": [[1.0]]})

    def story(self, trace):
        yield Beat("One number.", Units(trace["input"][0], key="x"), id="one")
"""


def test_list_of_beats_takes_the_trace_that_is_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "plain.py").write_text(PLAIN)
    first = fine("list", "--beats", "plain.py")
    monkeypatch.setattr(Trace, "of", lambda *_: pytest.fail("computed again"))
    assert fine("list", "--beats", "plain.py") == first and "One number." in first


def test_list_says_which_scene_is_broken(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "half.py").write_text("class Half(:\n")
    monkeypatch.setattr(Shelf, "folder", lambda shelf: here)
    assert "(broken, line 1: " in fine("list")


def test_models() -> None:
    line = next(line for line in fine("models").splitlines() if line.startswith("iris-2-3-1"))
    assert " 13 " in line and "MIT" in line and "accuracy" in line
    assert "python -m nnanim.training.iris" in fine("models", "iris-2-3-1")


# movie


def test_movie_tells_where_the_film_is_and_how_long(film: tuple[Path, str]) -> None:
    path, said = film
    told = manifest.read(path.with_name("Brief.manifest.json"))
    lines = said.splitlines()
    assert Path(lines[0]).resolve() == path
    seconds = told["beats"][-1]["end"]
    assert lines[1] == f"{seconds:.1f} s, {round(seconds * 15)} frames"
    assert [Path(line).name for line in lines[2:]] == ["Brief.srt", "Brief.vtt", "Brief.manifest.json"]


def test_movie_writes_subtitles_in_another_language_where_a_player_looks_for_them(
    film: tuple[Path, str], tmp_path: Path
) -> None:
    folder = next(one for one in film[0].parents if (one / "videos").is_dir())
    asked = ("movie", TINY, "Brief", "-ql", "-r", "214,120", "--media_dir", str(folder), "--subs", "ja")
    assert [Path(line).name for line in fine(*asked).splitlines()[-2:]] == ["Brief.ja.srt", "Brief.ja.vtt"]
    fine(*asked, "-o", str(tmp_path / "mine.mp4"))
    assert {one.name for one in tmp_path.iterdir()} >= {"mine.mp4", "mine.ja.srt", "mine.ja.vtt"}
    assert "二つの数が入ります。" in (tmp_path / "mine.ja.srt").read_text("utf-8")
    for more, said in (
        (("-o", "a.gif"), "a gif has no --subs"),
        (("-s",), "a picture has no --subs"),
        (("--to", "html"), "a page has no --subs"),
    ):
        assert said in mistake("movie", TINY, "Brief", "--subs", "ja", *more)
    assert "belongs to --to video, not to --to pptx" in mistake("deck", TINY, "--subs", "ja", "--to", "pptx")


def test_movie_takes_language_theme_pace_and_manim_s_flags() -> None:
    said = fine(
        "movie", TINY, "--beat", "sum", "--lang", "ja", "--theme", "light", "--pace", "4", "-ql",
        "-r", "214,120",
        "--seed", "5", "--encoder-option", "preset=ultrafast", "--fps", "10",
    )  # fmt: skip
    path = Path(said.splitlines()[0])
    assert path.name == "Tiny-sum.mp4"
    told = manifest.read(path.with_name("Tiny-sum.manifest.json"))
    assert (told["lang"], told["theme"], told["pace"], told["fps"]) == ("ja", "light", 4.0, 10)
    assert told["size"] == [214, 120] and [beat["id"] for beat in told["beats"]] == ["sum"]
    # The flags are gone when the film is done.
    from manim import config

    assert config.frame_rate != 10 and not config.output_file


def test_movie_by_the_number_of_a_beat_and_with_a_name(here: Path) -> None:
    said = fine("movie", TINY, "--beat", "1", "-s", "-ql", "-o", str(here / "out" / "first"))
    assert Path(said.strip()) == Path("out/first.png")
    with Image.open(here / "out" / "first.png") as picture:
        assert picture.size == (854, 480)


def test_progress_is_reported_beat_by_beat() -> None:
    from nnanim.movie.render import render

    heard: list[Any] = []

    class Listener:
        def start(self, takes: Any) -> None:
            heard.append(round(sum(take.seconds for take in takes), 3))

        def begin_beat(self, number: int, take: Any) -> None:
            heard.append((number, take.beat.id))

        def advance(self, seconds: float) -> None:
            heard.append(seconds)

    tiny = loader.load(TINY)
    render(tiny, Path(TINY), ["-s", "-ql"], progress=Listener())
    seconds = [one for one in heard[1:] if isinstance(one, float)]
    assert sum(seconds) == pytest.approx(heard[0], abs=1e-3)
    assert [one for one in heard if isinstance(one, tuple)] == [(1, "in"), (2, "sum"), (3, "card")]


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("lsit",), "there is no command 'lsit'; nearest: 'list'"),
        (("movie", "perceptrn"), "there is no scene 'perceptrn'; nearest: 'perceptron'"),
        (("movie", "nowhere.py"), "there is no file 'nowhere.py'"),
        (("movie", TINY, "Tni"), f"{TINY} has no scene 'Tni'; nearest: 'Tiny'"),
        (("movie", TINY, "--beat", "smu"), "there is no beat 'smu'; nearest: 'sum'"),
        (("movie", TINY, "--beat", "9"), "there is no beat 9; the story has 3"),
        (("movie", TINY, "--lang", "jp"), "language 'jp' is not known; nearest: 'ja'"),
        (("movie", TINY, "--theme", "drak"), "there is no theme 'drak'; nearest: 'dark'"),
        (("movie", TINY, "--pace", "0"), "pace '0' is not a number above 0"),
        (("movie", TINY, "--theem", "dark"), "there is no option --theem; nearest: '--theme'"),
        (("movie", TINY, "-r", "wide"), "-r 'wide' is not a width and a height"),
        (("movie", TINY, "-r", "213,120"), "-r 213,120: the sides of an mp4 are even numbers"),
        (("movie", TINY, "-n", "a"), "-n 'a' is not a range of animations"),
        (("movie", TINY, "-ql", "-n", "500,600"), "nothing was rendered: the film has"),
        (("movie", TINY, "--renderer", "opengl"), "a story is drawn by manim's Cairo renderer"),
        (("movie", TINY, "-q", "x"), "invalid value for '-q' / '--quality'"),
        (("movie", TINY, "--format", "mp5"), "there is no format 'mp5'; one of mp4, gif, webp, apng"),
        (("movie",), "missing argument 'NAME|FILE.py' (nnanim movie --help)"),
        (("still", TINY, "--beat", "smu"), "there is no beat 'smu'; nearest: 'sum'"),
        (("still", TINY, "--at", "never"), "--at 'never' is neither seconds nor 'middle'"),
        (("still", TINY, "--at", "99"), "beat 'in' lasts"),
        (("still", TINY, "-o", "x.jpgg"), "the picture 'x.jpgg' has .jpgg; one of .png, .svg, .pdf wanted"),
        (("still", TINY, "--sheet", "--beat", "in"), "--sheet shows all beats"),
        (("still", TINY, "--strip", "in", "--at", "middle"), "--strip shows one beat in time"),
        (("still", TINY, "--strip", "smu"), "there is no beat 'smu'; nearest: 'sum'"),
        (("models", "iris"), "there is no trained model 'iris'; nearest: 'iris-2-3-1'"),
        (("new", "a-b"), "'a-b' cannot be a scene's name"),
        (("new", "numpy"), "numpy.py would hide the module 'numpy'"),
        (("new", "mine", "--from", "perceptrn"), "there is no scene 'perceptrn'"),
    ],
)
def test_mistakes(here: Path, args: tuple[str, ...], line: str) -> None:
    assert mistake(*args).startswith(line)
    assert not [path for path in contents(here) if path.endswith((".mp4", ".png", ".srt"))]


def story(here: Path, body: str) -> str:
    """A scene file whose story or example is wrong."""
    (here / "wrong.py").write_text(
        "import numpy as np\nfrom nnanim.beats import Beat\nfrom nnanim.marks import Row, Units\n"
        "from nnanim.movie import StoryScene\nfrom nnanim.trace import Trace\n\n\n"
        f"class Wrong(StoryScene):\n    title = 'Wrong'\n\n{body}\n"
    )
    return "wrong.py"


TELLS = "    def story(self, example):\n        yield Beat({says!r}, Row(Units({values}, key='x', limit=2)))"

WRONG = {
    "a glyph": (TELLS.format(says="Look 🦄.", values="[1.0]"), "has no glyph for '🦄'"),
    "out of range": (TELLS.format(says="Too much.", values="[3.0]"), "3"),
    "NaN in a mark": (TELLS.format(says="Nothing.", values="[float('nan')]"), "nan"),
    "an exception": (TELLS.format(says="Broken.", values="1 / 0"), "wrong.py, line 12: ZeroDivisionError"),
    "NaN in a trace": (
        "    def example(self):\n        return Trace.of({'hidden': np.array([[1.0, np.nan]])}).check()\n\n"
        + TELLS.format(says="x", values="[1.0]"),
        "'hidden' is not finite: 1 of 2 numbers, first nan at sample 0, unit 1",
    ),
    "no story": ("    pass", "Wrong has no story(self, example) that yields beats"),
}


@pytest.mark.parametrize("command", ["movie", "still"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_scene_is_told_in_one_line(here: Path, kind: str, command: str) -> None:
    body, line = WRONG[kind]
    name = story(here, body)
    before = contents(here)
    assert line in mistake(command, name)
    after = contents(here)
    assert {path: after[path] for path in after if "__pycache__" not in path} == before


def test_a_file_that_is_no_python(here: Path) -> None:
    (here / "half.py").write_text("class Half(:\n")
    assert mistake("movie", "half.py").startswith("half.py, line 1: SyntaxError")


def test_a_folder_that_cannot_be_written_to(here: Path) -> None:
    (here / "file").write_text("kept")
    line = mistake("movie", TINY, "-ql", "--media_dir", "file/media")
    assert line.startswith("cannot write to file/media: ") and line.endswith(
        "choose another with --media_dir"
    )
    assert mistake("still", TINY, "-o", "file/a.png").startswith("cannot write file/a.png: ")
    assert (here / "file").read_text() == "kept"


def again(film: tuple[Path, str]) -> list[str]:
    """The command that would make the film anew, in another look."""
    folder = film[0].parents[3]
    return ["movie", TINY, "Brief", "-ql", "-r", "214,120", "--theme", "light", "--media_dir", str(folder)]


def test_a_full_disk_leaves_the_old_film_whole(
    film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = film[0].parents[3]
    before = contents(folder)

    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "Brief.mp4")

    monkeypatch.setattr("nnanim.files.os.replace", full)
    assert re.fullmatch(r"cannot write \S+/\S+: No space left on device; make room", mistake(*again(film)))
    assert contents(folder) == before


def test_ctrl_c_leaves_the_old_film_whole(film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = film[0].parents[3]
    before, calls = contents(folder), iter(range(100))

    def stop(*args: Any) -> None:
        if next(calls) > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("nnanim.movie.phase_animation.PhaseAnimation.interpolate_mobject", stop)
    assert mistake(*again(film), "--disable_caching", code=130).startswith("stopped")
    assert contents(folder) == before
    # Nor is a half-written clip left for the next render to take from the cache.
    assert all(path.stat().st_size > 500 for path in folder.rglob("*.mp4"))


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--video-codec", "no-such-codec"), "manim refuses a flag: Unknown video encoder: no-such-codec"),
        (("--encoder-option", "preset=no-such"), "the film cannot be encoded: "),
    ],
)
def test_an_encoder_that_fails(film: tuple[Path, str], flags: tuple[str, ...], line: str) -> None:
    before = contents(film[0].parent)
    assert mistake(*again(film), "--disable_caching", *flags).startswith(line)
    assert contents(film[0].parent) == before


def test_a_fault_of_ours_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise KeyError("oh")

    monkeypatch.setattr("nnanim.scene.loader.names", broken)
    assert mistake("list", code=1).startswith("internal error: KeyError: 'oh'")


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_a_traceback_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "variable":
        monkeypatch.setenv("NNANIM_TRACEBACK", "1")
    result = run("models", "iris", *(["--debug"] if how == "flag" else []))
    assert type(result.exception).__name__ == "UserError"


def test_a_missing_package_points_to_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nnanim.still", None)
    assert mistake("still", TINY).endswith("nnanim doctor says what to do")


# still


def test_still(here: Path) -> None:
    assert fine("still", TINY, "--beat", "2", "--at", "middle").strip() == "tiny_scene-sum.png"
    with Image.open(here / "tiny_scene-sum.png") as picture:
        assert picture.size == (1920, 1080)
    for name in ("a.svg", "b.pdf"):
        assert fine("still", TINY, "--lang", "ja", "--theme", "light", "-o", name).strip() == name
        assert (here / name).stat().st_size > 1000
    assert "<svg" in (here / "a.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "size", "dpi"),
    [
        (("-q", "l"), (854, 480), 200),
        (("-q", "k"), (3840, 2160), 200),
        (("--frame", "9:16", "-q", "l", "--dpi", "96"), (480, 854), 96),
        (("--frame", "1:1", "-q", "l"), (480, 480), 200),
        (("-r", "320,200"), (320, 200), 200),
    ],
)
def test_a_still_of_any_size(here: Path, words: tuple[str, ...], size: tuple[int, int], dpi: int) -> None:
    fine("still", TINY, "--pace", "2", "--at", "0.4", "--beat", "sum", *words, "-o", "a.png")
    with Image.open("a.png") as picture:
        assert picture.size == size and round(picture.info["dpi"][0]) == dpi


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("-r", "320,200", "-q", "l"), "leave out -q"),
        (("-r", "9,9"), "sides of 16 to 16384 pixels wanted"),
        (("-r", "wide"), "-r 'wide' is not a width and a height; write -r 1280,720"),
        (("--pace", "0"), "pace '0' is not a number above 0"),
        (("--dpi", "1"), "'--dpi': 1.0 is not in the range 10<=x<=2400"),
    ],
)
def test_a_still_of_no_size(here: Path, words: tuple[str, ...], line: str) -> None:
    assert line in mistake("still", TINY, *words)


def test_the_cover_stands_for_a_scene(here: Path) -> None:
    imports = "import sys\nsys.path.insert(0, {0!r})\nfrom tiny_scene import Tiny\n\n\n"
    text = imports + "class Covered(Tiny):\n    cover = {1!r}\n"
    (here / "covered.py").write_text(text.format(str(Path(TINY).parent), "sum"))
    assert fine("still", "covered.py").strip() == "covered-sum.png"
    (here / "covered.py").write_text(text.format(str(Path(TINY).parent), "smu"))
    assert mistake("still", "covered.py") == "there is no beat 'smu'; nearest: 'sum'"


def test_contact_sheet(here: Path) -> None:
    assert fine("still", TINY, "--sheet").strip() == "tiny_scene-sheet.png"
    with Image.open(here / "tiny_scene-sheet.png") as picture:
        assert picture.width > 900


def test_motion_strip(here: Path) -> None:
    assert fine("still", TINY, "--strip", "2").strip() == "tiny_scene-sum-strip.png"
    with Image.open(here / "tiny_scene-sum-strip.png") as picture:
        assert picture.width > 900


def test_the_environment_sets_language_and_theme(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fine("still", TINY, "--theme", "light", "--lang", "ja", "-o", "given.svg")
    monkeypatch.setenv("NNANIM_THEME", "light")
    monkeypatch.setenv("NNANIM_LANG", "ja")
    fine("still", TINY, "-o", "set.svg")
    assert (here / "given.svg").read_bytes() == (here / "set.svg").read_bytes()


# record


@pytest.fixture
def model(here: Path) -> Path:
    path = here / "my_model.py"
    path.write_text(MODEL)
    return path


def test_record(here: Path, model: Path) -> None:
    np.save(here / "x.npy", np.ones((2, 3), dtype=np.float32))
    lines = fine("record", "my_model.py:net", "--input", "x.npy", "--check").splitlines()
    assert lines[-1] == "trace.safetensors"
    assert ["0", "Linear", "sample,", "unit", "2×4"] in [line.split() for line in lines]
    trace = Trace.load(here / "trace.safetensors")
    assert trace["input"].shape == (2, 3) and trace["output"].shape == (2, 2)
    weight, bias = trace.parameters["0.weight"], trace.parameters["0.bias"]
    np.testing.assert_allclose(trace["0"], trace["input"] @ weight.T + bias, rtol=1e-5)


@pytest.mark.parametrize(
    "target", ["my_model.py:made", "my_model.py:net.0", "my_model:net", "torch.nn:Identity"]
)
def test_record_finds_models(model: Path, target: str) -> None:
    fine("record", target, "--shape", "5,3", "-o", "t.safetensors")


def test_record_is_the_same_with_the_same_seed(here: Path, model: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        fine("record", "my_model.py:made", "--shape", "2,3", "--seed", seed, "-o", f"{name}.safetensors")
    a, b, c = (Trace.load(here / f"{name}.safetensors") for name in "abc")
    assert a == b and a != c


def test_record_of_tokens_and_of_a_part(here: Path, model: Path) -> None:
    fine("record", "my_model.py:words", "--shape", "1x6", "--below", "10", "-o", "w.safetensors")
    assert Trace.load(here / "w.safetensors")["output"].shape == (1, 6, 4)
    fine("record", "my_model.py:net", "--shape", "1,3", "--only", "2", "-o", "o.safetensors")
    assert "0" not in Trace.load(here / "o.safetensors")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("my_model.py:nett", "--shape", "1,3"), "my_model.py has no 'nett'; nearest: 'net'"),
        (("my_modle.py:net", "--shape", "1,3"), "there is no file 'my_modle.py'; nearest: 'my_model.py'"),
        (("my_module:net", "--shape", "1,3"), "there is no module 'my_module'"),
        (("my_model.py", "--shape", "1,3"), "'my_model.py' is not a model's place; write my.py:net"),
        (("my_model.py:number", "--shape", "1,3"), "my_model.py:number is a int; a torch.nn.Module wanted"),
        (("my_model.py:wide", "--shape", "1,3"), "my_model.py:wide wants arguments (width)"),
        (("my_model.py:nothing", "--shape", "1,3"), "my_model.py:nothing() gives None"),
        (("my_model.py:breaks", "--shape", "1,3"), "my_model.py, line 40: ZeroDivisionError"),
        (
            ("my_model.py:Deep", "--shape", "1,3"),
            "Deep raised in 'part' (Raises), given (1, 3): no luck today",
        ),
        (
            ("my_model.py:net", "--shape", "1,4"),
            "Sequential raised in '0' (Linear), given (1, 4): mat1 and mat2",
        ),
        (("my_model.py:net", "--shape", "1,-4"), "--shape '1,-4' is not a shape"),
        (("my_model.py:net",), "the model wants an input"),
        (("my_model.py:net", "--input", "none.npy"), "none.npy: No such file or directory"),
        (
            ("my_model.py:net", "--input", "my_model.py"),
            "my_model.py is no input that can be read; there is: .npy, .npz, .csv",
        ),
        (("my_model.py:net", "--shape", "1,3", "--only", "conv"), "nothing"),
        (("my_model.py:net", "--shape", "1,3", "-o", "t.txt"), "-o 't.txt': a trace is saved to a file"),
        (
            ("my_model.py:net", "--shape", "1,3", "-o", "my_model.py/t.safetensors"),
            "cannot write my_model.py/t.safetensors",
        ),
    ],
)
def test_mistakes_of_record(here: Path, model: Path, args: tuple[str, ...], line: str) -> None:
    (here / "trace.safetensors").write_text("an older trace")
    said = mistake("record", *args)
    assert said.startswith(line) or (line == "nothing" and "conv" in said)
    assert (here / "trace.safetensors").read_text() == "an older trace"
    assert {path.suffix for path in here.iterdir() if path.is_file()} == {".py", ".safetensors"}


# new


def test_new_gives_a_scene_that_tells_the_same_story(here: Path) -> None:
    said = fine("new", "my_first")
    assert said.splitlines()[0] == "my_first.py" and "nnanim movie my_first.py -ql" in said
    text = (here / "my_first.py").read_text("utf-8")
    assert "class MyFirst(StoryScene)" in text and "perceptron.py" not in text
    ours, theirs = loader.build_story("my_first.py"), loader.build_story("perceptron")
    assert ours == theirs


@pytest.mark.parametrize("name", loader.names())
def test_every_scene_can_be_copied(here: Path, name: str) -> None:
    fine("new", "copy_of_it", "--from", name)
    assert loader.load("copy_of_it.py").__name__ == "CopyOfIt"


def test_new_never_overwrites(here: Path) -> None:
    (here / "mine.py").write_text("my work")
    assert mistake("new", "mine").startswith("mine.py is already there")
    assert (here / "mine.py").read_text() == "my work"
    fine("new", "mine.py", "--force")
    assert (here / "mine.py").read_text("utf-8") != "my work"


def test_new_keeps_clear_of_the_names_in_the_file(here: Path) -> None:
    fine("new", "story_scene")
    assert loader.load("story_scene.py").__name__ == "StorySceneScene"


# help


def test_help_names_every_command() -> None:
    said = fine("--help")
    context = click.Context(main)
    for name in main.list_commands(context):
        assert f"\n  {name} " in said
    assert fine() == said


def test_the_version() -> None:
    import nnanim

    assert fine("--version") == f"nnanim {nnanim.__version__}\n"


# a scene of your own model


def test_a_still_of_a_model_of_yours(here: Path, model: Path) -> None:
    np.save(here / "x.npy", np.ones((2, 3), dtype=np.float32))
    of_mine = ("still", "network", "--model", "my_model.py:net", "--input", "x.npy")
    assert fine(*of_mine, "--beat", "overview", "--out", "mine.png").strip() == "mine.png"
    fine("still", "network", "--beat", "overview", "--out", "ours.png")
    mine, ours = (np.asarray(Image.open(here / name)) for name in ("mine.png", "ours.png"))
    assert mine.shape == ours.shape and (mine != ours).any()
    again = run(*of_mine[:4], "--out", "mine.png")
    assert again.exit_code == 2 and "wants both: --model my.py:net --input x.npy" in again.output
    other = run("still", "digits", *of_mine[2:])
    assert other.exit_code == 2 and "write: nnanim still network --model" in other.output


@pytest.mark.parametrize(
    "words",
    [("still", "perceptron", "-o", "a\0b.png"), ("loop", "show", "a\0b"), ("loop", "many", "--out", "a\0b")],
)
def test_a_nul_in_a_path_is_one_line(words):
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "holds a NUL character, which no path may" in done.output
