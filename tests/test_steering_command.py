"""nnanim steer: pictures, animations, sheets, runs, and mistakes in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from nnanim.cli import main
from nnanim.images import read_picture
from nnanim.steering import WorldGuide
from nnanim.steering.contact_sheet import TILES

PROMPT = "a large red heart, at night"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["steer", *words])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_a_picture_of_any_size_and_a_folder_of_all_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, PROMPT, "--steps", "2", "--size", "96", "--frames", "-o", "heart.png")
    assert (code, out.split(), err) == (0, ["heart.png", "heart"], "")
    assert read_picture(Path("heart.png")).shape == (96, 96, 3)
    assert sorted(one.name for one in Path("heart").glob("*.png")) == [f"{at:05d}.png" for at in range(3)]
    before = {path: path.read_bytes() for path in Path("heart").rglob("*.*")}
    Path("heart/steps/00002.npz").unlink()
    assert run(capsys, PROMPT, "--steps", "2", "-o", "heart")[0] == 0
    assert before == {path: path.read_bytes() for path in Path("heart").rglob("*.*")}
    code, _, err = run(capsys, "a blue heart", "--steps", "2", "-o", "heart")
    assert code == 2 and "is of another run: its prompt is" in err


def test_an_animation_shows_the_zoom_and_a_sheet_twelve_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = ("--through", "pixels", "--steps")
    assert run(capsys, PROMPT, *pixels, "1", "--zoom", "3", "-o", "zoom.gif")[0] == 0
    with Image.open("zoom.gif") as film:
        assert getattr(film, "n_frames", 1) == 4
    two = ("--seed", "1", "--seed", "2")
    assert run(capsys, PROMPT, *pixels, "12", *two, "--sheet", "-o", "sheet.png")[0] == 0
    sheet = read_picture(Path("sheet.png"))
    assert sheet.shape[1] > TILES * 128 and sheet.shape[0] > 2 * 128


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a red dragon"], "does not know the word 'dragon'"),
        (["a red cat left of a blue house"], "steers towards one thing"),
        ([""], "an empty prompt names nothing"),
        ([PROMPT, "--through", "sirens"], "there is no generator 'sirens'; nearest: 'siren'"),
        ([PROMPT, "--steps", "none"], "--steps 'none' is not a whole number"),
        ([PROMPT, "--steps", "0"], "steps is a whole number from 1 to 10000"),
        ([PROMPT, "--zoom", "-1"], "zoom is a whole number from 0"),
        ([PROMPT, "--size", "4096"], "from 1 to 2048 pixels a side, not 4096"),
        ([PROMPT, "--size", "0"], "from 1 to 2048 pixels a side, not 0"),
        ([PROMPT, "--through", "pixels", "--size", "128"], "pixels paints 64×64 pixels and no other size"),
        ([PROMPT, "-o", "heart.svg"], "no SVG"),
        ([PROMPT, "-o", "heart.svg", "--seed", "1", "--seed", "2"], "an .svg holds one picture"),
        ([PROMPT, "-o", "heart.txt"], "no picture is written with the ending '.txt'"),
        ([PROMPT, "--sheet", "-o", "heart.gif"], "--sheet writes one picture"),
        ([PROMPT, "--sheet", "--size", "99"], "--size is that of one picture"),
        ([PROMPT, "--vae", "nowhere"], "--vae belongs to --through latent"),
        ([PROMPT, "--vae", "nowhere", "--through", "latent"], "there is no folder nowhere"),
        ([PROMPT, "--guide", "./nowhere"], "there is no folder ./nowhere"),
        ([PROMPT, "--guide", "judge"], "is no CLIP"),
        ([PROMPT, "--init", "nowhere.png"], "there is no picture nowhere.png"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], guide: WorldGuide,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnanim.steering.guide.WorldGuide", lambda *_: guide)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "") and says in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def guide() -> WorldGuide:
    return WorldGuide()
