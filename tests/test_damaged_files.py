"""Every file that nnanim reads back, damaged in every way: a result, or one line that names the file."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mutations import byte_mutations, check, check_places, count, json_mutations
from PIL import EpsImagePlugin, Image
from test_manifest import written

from nnanim import images, lessons, models
from nnanim.cli import main
from nnanim.deck import folder
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.models import cards


def test_a_manifest(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    survey = check(lambda: manifest.read(path), path, json_mutations(content, count(150)))
    assert survey.results and survey.lines
    check(lambda: manifest.read(path), path, byte_mutations(content, count(50), seed=1))
    assert len(check_places(lambda: manifest.read(path), path).lines) >= 5


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The card of a model, in a folder of its own with the weights."""
    for file in cards.WEIGHTS.glob("iris-2-3-1.*"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path)
    return tmp_path / "iris-2-3-1.card.json"


def test_a_card(card: Path) -> None:
    def read() -> object:
        return models.card("iris-2-3-1")

    assert check(read, card, json_mutations(card.read_bytes(), count(150))).lines
    card.unlink()
    with pytest.raises(UserError, match="there is no trained model 'iris-2-3-1'"):
        read()


def test_a_model_of_a_damaged_card_or_file(card: Path) -> None:
    weights = card.with_name("iris-2-3-1.safetensors")
    whole = {name: value.sum().item() for name, value in models.load("iris-2-3-1").state_dict().items()}

    def read() -> object:
        try:
            model = models.load("iris-2-3-1")
        except UserError as error:
            raise UserError(f"{card.name} {weights.name}: {error}") from None
        return {name: value.sum().item() for name, value in model.state_dict().items()}

    check(read, card, json_mutations(card.read_bytes(), count(60), seed=2), lambda found: found == whole)
    check(read, weights, byte_mutations(weights.read_bytes(), count(60)), lambda found: found == whole)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "bmp", "ppm"])
def test_a_picture(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    content = path.read_bytes()
    check(lambda: images.read_picture(path), path, byte_mutations(content, count(40), head=64))
    assert len(check_places(lambda: images.load_picture(path), path).lines) >= 5


def test_a_picture_that_is_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (32, 32)).save(path, "EPS")
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *a, **k: pytest.fail("a program was started"))
    with pytest.raises(UserError, match=r"a\.png is not a picture that can be read"):
        images.read_picture(path)


HUGE = """
import re, sys
from pathlib import Path
from nnanim.images import load_picture, read_picture
for path in sys.argv[1:]:
    read_picture(path, 64), load_picture(path, 64)
# getrusage would count the peak of the process that started this one.
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is counted in other units")
def test_the_largest_pictures_take_less_than_a_gigabyte(tmp_path: Path) -> None:
    side = math.isqrt(images.MAX_PIXELS)
    paths = [str(tmp_path / name) for name in ("clear.png", "deep.png")]
    for mode, path in zip(("RGBA", "I;16"), paths, strict=True):
        Image.new(mode, (side, side)).save(path, compress_level=1)
    told = subprocess.run([sys.executable, "-c", HUGE, *paths], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 1000


def test_a_picture_is_fitted_before_it_becomes_numbers(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    path = images.write_picture(pixels, tmp_path / "a.png")
    for size in (16, (20, 11), (30, 50)):
        np.testing.assert_array_equal(
            images.read_picture(path, size), images.fit(images.read_picture(path), size)
        )


def test_a_deck_removes_nothing_that_a_strange_index_names(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    names = ["mine.txt", "..", ".", "", "001-old.mp4", "../001-x.mp4", "001-a\0.mp4"]
    index = tmp_path / folder.INDEX
    index.write_text(json.dumps({"slides": [{"file": name} for name in names]}))
    assert folder._files_of_earlier_deck(tmp_path) == {"001-old.mp4"}
    for content in ("[" * 100_000, "{}", '{"slides": [{"file": 1}]}', '{"slides": {}}', "\udcff"):
        index.write_bytes(content.encode("utf-8", "surrogatepass"))
        assert folder._files_of_earlier_deck(tmp_path) == set()


LESSON = '''title = { en = "T", ja = "た" }
language = "en"
aspect = "16:9"
pace = 1.5

[[steps]]
title = "One [not markup]"
lines = ["a", { en = "b", ja = "い" }]
notes = """two
lines"""
seconds = 3

[[steps]]
scene = "perceptron"
from = "split"
leave_out = ["arrive"]
data = { FLOWERS = [1, 2], x = { y = 0.5 } }
minutes = 4.5

[steps.beats.split]
says = "Own words."
question = "What?"
pause = 1
'''


def test_a_lesson(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(LESSON, encoding="utf-8")
    survey = check(lambda: lessons.read(path), path, byte_mutations(LESSON.encode(), count(150)))
    assert survey.results and survey.lines
    assert len(check_places(lambda: lessons.read(path), path).lines) >= 5


VALUES = (
    "9" * 5000, "[" * 5000, "nan", "-inf", "1e400", "0x" + "f" * 3000, '"\\uD800"', "1979-05-27T07:32:00Z",
    "{}", "[[]]", '"' + "a" * 200_000 + '"',
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_a_value_of_a_lesson(tmp_path: Path, value: str) -> None:
    path = tmp_path / "mine.toml"
    for line in LESSON.splitlines():
        key, equals, _ = line.partition(" = ")
        if equals and not line.startswith("["):
            path.write_text(LESSON.replace(line, f"{key} = {value}"), encoding="utf-8")
            try:
                lessons.read(path)
            except UserError as error:
                assert str(error).startswith(str(path)) and "\n" not in str(error)


ODD = """
import sys
from torch import nn

def leave(): sys.exit(0)
class Mute(Exception):
    def __str__(self): raise RuntimeError
def mute(): raise Mute
class Base(BaseException): pass
def base(): raise Base("[b]x")
class Computed:
    def __getattr__(self, name): raise RuntimeError("no " + name)
computed = Computed()
class Signed:
    __signature__ = 3
    def __call__(self): return 3
signed = Signed()
class Leaves(nn.Module):
    def forward(self, x): sys.exit(0)
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("leave", "SystemExit: 0"),
        ("mute", "Mute: Mute"),
        ("base", r"Base: \[b\]x"),
        ("computed.x", "RuntimeError: no x"),
        ("signed", "gives a int; a torch.nn.Module wanted"),
        ("Leaves", "SystemExit: 0"),
    ],
)
def test_a_model_whose_code_does_odd_things(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    words = ["record", f"{tmp_path}/odd.py:{name}", "--shape", "1,2", "-o", f"{tmp_path}/t.safetensors"]
    with pytest.raises(UserError, match=rf"odd\.py.*{message}"):
        main(words, standalone_mode=False)
