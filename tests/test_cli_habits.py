"""What people type without having read anything: help, -V, Tab, NO_COLOR, --json, a narrow screen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

import nnanim
from nnanim import lessons, words
from nnanim.cli import main
from nnanim.cli.listing import minutes
from nnanim.cli.scene_lines import read_line
from nnanim.errors import nearest
from nnanim.scene import loader
from nnanim.scene.audiences import AUDIENCES
from nnanim.terminal import echo
from nnanim.theme import THEMES

ROOT = Path(__file__).parent.parent


def run(*args: str, **options: object) -> Result:
    return CliRunner().invoke(main, list(args), prog_name="nnanim", **options)


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version(flag: str) -> None:
    assert run(flag).output == f"nnanim {nnanim.__version__}\n"


def test_python_dash_m() -> None:
    done = subprocess.run([sys.executable, "-m", "nnanim", "-V"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"nnanim {nnanim.__version__}\n")


def test_help_is_a_command_too() -> None:
    assert run("help").output == run("--help").output
    assert run("help", "movie").output == run("movie", "--help").output


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_list_of_commands_is_not_cut(width: int) -> None:
    for line in (["--help"], ["loop", "--help"]):
        said = run(*line, terminal_width=width).output
        assert "..." not in said.split("Commands:")[1]


@pytest.mark.parametrize("name", loader.names())
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_scene_says_what_it_is_about_and_for_whom(name: str, lang: str) -> None:
    file = loader.path(name)
    assert read_line(file, "audience", lang) in AUDIENCES
    about = read_line(file, "about", lang)
    readme = (ROOT / ("README.md" if lang == "en" else "README.ja.md")).read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| [`{name}`]"))
    if name != "network":  # its row gives the command, too
        assert re.sub(r" \(\[text\].*", "", row.split("|")[2]).strip() == about


def test_the_list_says_about_length_and_audience() -> None:
    line = next(line for line in run("list").output.splitlines() if line.startswith("perceptron"))
    assert re.search(r"A three-layer perceptron +1:\d\d +signals split", line) and "a first lesson" in line
    japanese = run("list", "--lang", "ja").output
    assert "はじめての授業" in japanese and "信号が分かれ" in japanese


def test_one_scene_with_its_parts_and_beats() -> None:
    said = run("list", "convnet").output
    assert "gradients" in said and "sweep" in said
    assert run("list", "--beats", "convnet").output == said
    assert "name one scene" in run("list", "convnet", "--beats", "noise").output


@pytest.mark.parametrize(
    ("args", "key"),
    [(["list"], "about"), (["models"], "licence"), (["doctor"], "state"), (["check", "noise"], "name")],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_json(args: list[str], key: str) -> None:
    found = json.loads(run(*args, "--json").stdout)
    assert len(found) >= 1 and all(key in one for one in found)


def test_json_of_one() -> None:
    scene = json.loads(run("list", "noise", "--json").stdout)
    assert scene["name"] == "noise" and scene["beats"][0]["says"]
    assert json.loads(run("models", "iris-2-3-1", "--json").stdout)["parameters"] == 13


def test_lists_on_a_narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnanim.cli import listing

    class Narrow:
        width = 60

        def print(self, text: object = "") -> None:
            lines.append(str(text))

    lines: list[str] = []
    monkeypatch.setattr(listing, "console", Narrow)
    assert run("models").exit_code == 0
    assert lines[0].startswith("captioner: ") and lines[1].startswith("   ") and "parameters" in lines[1]
    lines.clear()
    assert run("list").exit_code == 0
    assert lines[0].startswith("attention: Attention  1:") and "a course" in " ".join(lines[1:4])
    assert all(line.startswith("   ") and len(line) <= Narrow.width for line in lines[1:3])


@pytest.mark.parametrize(("seconds", "said"), [(None, ""), (59.6, "1:00"), (75.1, "1:15"), (5, "0:05")])
def test_lengths(seconds: float | None, said: str) -> None:
    assert minutes(seconds) == said


def offered(line: str) -> list[str]:
    *args, begun = line.split(" ")
    complete = ShellComplete(main, {}, "nnanim", "_NNANIM_COMPLETE")
    return [item.value for item in complete.get_completions(args, begun) if item.type != "file"]


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("mo", "movie"),
        ("movie perc", "perceptron"),
        ("check di", "digits"),
        ("new mine --from vi", "vit"),
        ("still noise --beat le", "levels"),
        ("movie noise --theme transparent-", "transparent-light"),
        ("still noise --lang j", "ja"),
        ("models iris", "iris-2-3-1"),
        ("deck how", "how_chatgpt_was_made"),
    ],
)
def test_tab(line: str, among: str) -> None:
    assert among in offered(line)


def test_tab_offers_all_of_a_kind() -> None:
    assert set(offered("deck ")) == {*lessons.names(), *loader.names()}
    assert set(offered("movie noise --theme ")) == set(THEMES)
    assert offered("movie nothing-like-it") == []  # then the shell offers files


def test_no_color(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def colored() -> bool:
        with CliRunner().isolation(color=True) as streams:
            echo(" fine", label="ok", color="green")
            return b"\x1b[" in streams[0].getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colored()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colored()


def test_nothing_near_is_nothing_said() -> None:
    assert "nearest:" not in nearest("zzzz", ["perceptron", "digits"])
    assert "nearest:" not in run("movie", "xyzzy").output


def test_several_films_in_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    from nnanim.cli import many

    asked: list[str] = []

    def make(jobs: list, workers: object, scheduler: object) -> dict:
        asked.extend(job.name for job in jobs)
        raise SystemExit(0)

    monkeypatch.setattr(many, "make", make)
    run("movie", "noise", "dropout", "-q", "l")
    assert asked == ["noise", "dropout"]
    assert "is one word too many" in run("movie", "noise", "Noise", "Other").output
    assert "asked for twice" in run("movie", "noise", "noise").output


def test_a_model_given_as_a_scene_says_the_right_command() -> None:
    said = run("movie", "my.py:net").output
    assert "nnanim movie network --model my.py:net" in said
    assert len(said.splitlines()) == 1
