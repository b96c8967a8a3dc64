"""nnanim new NAME --from DATA.csv: a scene in which a network learns a table's last column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from nnanim import words
from nnanim.cli import main
from nnanim.data.table import read_table
from nnanim.scene import loader
from nnanim.truth import examine


def write_table(path: Path, count: int = 40) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 3))
    kinds = np.array(["north", "east", "south", "west"])[(x[:, 0] > 0) * 2 + (x[:, 1] > 0)]
    rows = [",".join([*(f"{one:.3f}" for one in row), kind]) for row, kind in zip(x, kinds, strict=True)]
    path.write_text("\n".join(["height,width,depth,side", *rows]) + "\n")


def test_a_table_becomes_a_film_of_its_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "sides.csv")
    made = CliRunner().invoke(main, ["new", "sides_film", "--from", "sides.csv"])
    assert made.exit_code == 0, made.output
    story = loader.choose("sides_film.py", None).build_story({}, cached=False)
    said = " ".join(words.say(beat.says, "en") for beat in story.beats)
    assert "3 columns, 4 classes. 32 rows to learn from, 8 to test." in said
    assert "random" in {beat.id for beat in story.beats}  # the training
    assert "standard deviations" in said and "of 8 right." in said
    assert len([beat for beat in story.beats if beat.id.startswith("answer")]) == 4  # a row of each class
    found = examine(story.retell)
    assert not found.faults


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,x\n", "a header and 10 rows at least"),
        ("a,b\n" + "1,x\n" * 9 + "one,y\n", "column 'a': 'one' is no number"),
        ("a,b\n" + "1,x\n" * 10, "has 1 classes"),
        ("a;b;c\n" + "1,5;2,5;x\n" * 12, "semicolons stand between its columns"),
        ("a,b\n" + "1,x\n" * 9 + "1,2,y\n", "3 columns, the header has 2"),
    ],
)
def test_a_table_that_cannot_be_learnt_is_one_line(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(text)
    made = CliRunner().invoke(main, ["new", "mine_csv", "--from", "t.csv"])
    assert made.exit_code == 2 and said in made.output and len(made.output.strip().splitlines()) == 1


def build(scene: str, table: Path, lang: str = "en") -> list[str]:
    story = loader.choose(scene, None).build_story({"data": str(table), "lang": lang}, cached=False)
    return [words.say(beat.says, lang) for beat in story.beats]


def test_perceptron_and_digits_learn_a_table_that_is_given(tmp_path: Path) -> None:
    write_table(tmp_path / "sides.csv")
    first = build("perceptron", tmp_path / "sides.csv")[0]
    assert "3 columns, 4 classes. 32 rows to learn from, 8 to test." in first
    pixels = np.random.default_rng(0).integers(0, 2, size=(20, 9))
    rows = [",".join([*(str(one) for one in row), "left" if row[0] else "right"]) for row in pixels.tolist()]
    (tmp_path / "pixels.csv").write_text("\n".join([",".join([*"abcdefghi", "side"]), *rows]) + "\n")
    said = build("digits", tmp_path / "pixels.csv", "ja")
    assert said[0].startswith("9 列から 2 クラスへ。学習に 16 行、テストに 4 行")


def test_what_is_told_of_pictures_of_a_table_is_the_table_s(tmp_path: Path) -> None:
    lines = [np.roll([5.0, 0, 0, 0, 0], place % 5) for place in range(40)]
    pictures = [np.tile(line, (5, 1)) if i % 2 else np.tile(line[:, None], 5) for i, line in enumerate(lines)]
    rows = [",".join([*map(str, one.ravel()), ["across", "up"][i % 2]]) for i, one in enumerate(pictures)]
    header = ",".join([*(f"p{i}" for i in range(25)), "kind"])
    (tmp_path / "bars.csv").write_text("\n".join([header, *rows]))
    options = {"data": str(tmp_path / "bars.csv")}
    story = loader.choose("digits", None).build_story(options, cached=False)
    said = {beat.id: beat.says for beat in story.beats}
    assert words.say(story.title, "en") == words.say(story.title, "ja") == "bars.csv"
    assert words.say(said["outputs"], "en") == "Their values run to 2 outputs, one for each class."
    assert words.say(said["outputs"], "ja") == "その値が、クラスごとの 2 個の出力へ届きます。"
    trace = story.example[0]
    before, after = trace["output"].argmax(axis=1)
    lost = not np.isclose(*trace["input"].sum(axis=1))
    assert ("not shapes" in words.say(said["places"], "en")) == (before != after and not lost)
    right = int((story.example[2]["output"].argmax(axis=1) == read_table(options["data"]).y[:8]).sum())
    assert f"{right} of 8 right" in words.say(said["test"], "en")


@pytest.mark.parametrize(
    ("scene", "said"), [("digits", "3 columns are no square picture"), ("noise", "takes no --data")]
)
def test_a_scene_that_cannot_learn_a_table_says_so(
    scene: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "sides.csv")
    made = CliRunner().invoke(main, ["still", scene, "--data", "sides.csv"])
    assert made.exit_code == 2 and said in made.output
