"""Inputs as people have them: files of many kinds, text, names, shapes; mistakes in one line."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from nnanim import Trace, record
from nnanim.beats import Beat
from nnanim.cli import main
from nnanim.cli.input_files import USUAL, read_csv, read_npz, read_pixels, read_wav
from nnanim.cli.inputs import read_inputs
from nnanim.errors import UserError
from nnanim.marks import Curve, Picture
from nnanim.stories.network import network
from nnanim.stories.network.signals import envelope

MODELS = """
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.LazyLinear(3))
net(torch.zeros(1, 1, 8, 8))
flat = nn.Linear(64, 3)
words = nn.Sequential(nn.Embedding(30, 4), nn.Flatten(), nn.LazyLinear(2))
words(torch.zeros(1, 5, dtype=torch.long))
colour = nn.Conv2d(3, 2, 3)

class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x, adjacency, scale=None):
        return adjacency @ self.layer(x)

graph = Graph()

def encode(text):
    return [ord(letter) - 97 for letter in text]

def decode(numbers):
    return "".join(chr(number + 97) for number in numbers)
"""


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "my.py").write_text(MODELS)
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    Image.fromarray(pixels).save(folder / "cat.png")
    Image.fromarray(pixels).save(folder / "cat.jpg", quality=95)
    np.save(folder / "adj.npy", np.eye(4, dtype=np.float32))
    np.savez(folder / "both.npz", x=np.ones((4, 3), np.float32), adjacency=np.eye(4, dtype=np.float32))
    (folder / "x.csv").write_text("a,b,c\n1,2,3\n4,5,6\n7,8,9\n1,0,1\n")
    (folder / "ids.csv").write_text("1,5,3,2,4\n")
    (folder / "words.txt").write_text("hello\n")
    return folder


@pytest.fixture
def here(things: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(things)
    return things


def save_wav(path: Path, wide: int, moments: np.ndarray, channels: int = 1) -> None:
    whole = np.round(moments * (1 << (8 * wide - 1))).astype("<i8")
    whole += 128 if wide == 1 else 0
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(wide)
        sound.setframerate(8000)
        sound.writeframes(
            b"".join(int(one).to_bytes(8, "little", signed=True)[:wide] for one in whole.ravel())
        )


@pytest.mark.parametrize("wide", [1, 2, 3, 4])
def test_a_sound_is_read_with_its_sign_and_scale(tmp_path: Path, wide: int) -> None:
    moments = np.array([0.0, 0.5, -0.5, -1.0, 0.25, -0.25])
    save_wav(tmp_path / "a.wav", wide, moments, channels=2)
    found = read_wav(str(tmp_path / "a.wav"))
    np.testing.assert_allclose(found, moments.reshape(3, 2).T[None])


def test_a_picture_is_read_normalised_and_grey_where_it_is_grey(here: Path) -> None:
    pixels = read_pixels("cat.png", None, None)
    assert pixels.shape == (1, 3, 8, 8) and pixels[0, 1, 0, 1] == pytest.approx(4 / 255)
    mean, std = USUAL["imagenet"]
    np.testing.assert_allclose(
        read_pixels("cat.png", None, USUAL["imagenet"])[0, 2], (pixels[0, 2] - mean[2]) / std[2], rtol=1e-5
    )
    assert read_pixels("cat.png", (4, 6), None).shape == (1, 3, 4, 6)
    assert np.abs(read_pixels("cat.jpg", None, None) - pixels).max() < 0.15
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(here / "grey.png")
    assert read_pixels("grey.png", None, None).shape == (1, 1, 8, 8)
    assert read_pixels("grey.png", None, USUAL["imagenet"]).shape == (1, 3, 8, 8)


def test_tables_and_archives_are_read(here: Path) -> None:
    np.testing.assert_array_equal(read_csv("x.csv")[1], [4, 5, 6])
    np.savez_compressed(here / "two.npz", np.zeros((2, 3)), np.ones(4, np.int32, order="F"))
    loose, kept = read_npz("two.npz")
    assert [one.shape for one in loose] == [(2, 3), (4,)] and not kept
    assert read_inputs(["both.npz"]).named.keys() == {"x", "adjacency"}


def test_names_shapes_and_axes_are_read(here: Path) -> None:
    given = read_inputs(["adjacency=adj.npy", "x.csv"], forms=["2,-1"], batch="none")
    assert given.named["adjacency"].shape == (4, 4) and given.values[0].shape == (2, 6)
    assert given.batch == {"batch": None} and read_inputs(["x.csv"], batch="1").batch == {"batch": 1}
    np.save(here / "a=b.npy", np.zeros(3))
    assert read_inputs(["a=b.npy"]).values[0].shape == (3,)  # a file's own name comes first


def run(words: str) -> Result:
    return CliRunner().invoke(main, words.split("|"))


def recorded(words: str) -> tuple[Trace, str]:
    result = run(f"record|{words}|-o|t.safetensors")
    assert result.exit_code == 0, result.output
    return Trace.load("t.safetensors"), result.stderr


def test_a_model_gets_what_its_first_layer_takes(here: Path) -> None:
    trace, said = recorded("my.py:net|--input|cat.png")
    assert trace["input"].shape == (1, 1, 8, 8) and "as greys" in said
    np.testing.assert_allclose(
        trace["input"][0, 0], np.asarray(Image.open("cat.png").convert("L")) / 255, atol=0.51 / 255
    )
    trace, said = recorded("my.py:flat|--input|cat.png")
    assert trace["input"].shape == (1, 64) and "64 numbers in one line" in said
    trace, said = recorded("my.py:words|--input|ids.csv")
    assert trace["input"].dtype == np.int64 and "whole numbers" in said
    trace, said = recorded("my.py:colour|--input|cat.png")
    assert trace["input"].shape == (1, 3, 8, 8) and not said


def test_a_model_gets_arguments_by_name_and_text_by_its_own_tokenizer(here: Path) -> None:
    trace, _ = recorded("my.py:graph|--input|x.csv|--input|adjacency=adj.npy|--batch|none")
    np.testing.assert_allclose(trace["output"], trace["layer"], rtol=1e-6)
    assert trace.axes("input")[0] != "sample"
    trace, _ = recorded("my.py:words|--text|hello")
    np.testing.assert_array_equal(trace["input"], [[7, 4, 11, 11, 14]])
    result = run("network|my.py:words|--input|words.txt|--list")
    assert result.exit_code == 0, result.output
    given = read_inputs(["words.txt"], model="my.py:words")
    assert given.tokens == ("h", "e", "l", "l", "o")


def test_text_is_read_by_the_tokenizer_beside_the_model(here: Path, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    kinds = {"[UNK]": 0, "a": 1, "cat": 2, "sat": 3}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(kinds, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "my.py").write_text("")
    given = read_inputs([], "a cat sat", model=str(tmp_path / "my.py:net"))
    np.testing.assert_array_equal(given.values[0], [[1, 2, 3]])
    assert given.tokens == ("a", "cat", "sat") and given.vocabulary[2] == "cat"
    assert read_inputs([], "a dog", str(tmp_path / "tokenizer.json")).values[0].tolist() == [[1, 0]]


BAD: dict[str, tuple[str, bytes | str | None, str]] = {
    "empty table": ("bad.csv", "a,b\n", "has no rows of numbers"),
    "word in a table": ("bad.csv", "1,2\n3,x\n", "line 2, column 2: 'x' is no number"),
    "short row": ("bad.csv", "1,2\n3\n", "line 2: 1 columns; the first row has 2"),
    "endless number": ("bad.csv", "1,2\n3,inf\n", "'inf' is no number"),
    "no sound": ("bad.wav", b"RIFF", "is not a WAV file of whole numbers"),
    "no picture": ("bad.png", b"no", "is not a picture that can be read"),
    "no archive": ("bad.npz", b"PK\x03\x04no", "is not a file that numpy.savez has written"),
    "another kind": ("bad.mp3", b"ID3", "is no input that can be read; there is: .npy, .npz, .csv"),
    "empty text": ("bad.txt", " \n", "the text that goes in is empty"),
    "none": ("gone.wav", None, "No such file"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_line(here: Path, kind: str) -> None:
    name, content, said = BAD[kind]
    if content is not None:
        (here / name).write_bytes(content.encode() if isinstance(content, str) else content)
    check_line(run(f"record|my.py:net|--input|{name}"), said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--input|cat.png|--mean|0.5", "belong together"),
        ("--input|cat.png|--mean|imagnet|--std|imagnet", "nearest: 'imagenet'"),
        ("--input|cat.png|--mean|0.5|--std|0", "it must be above 0"),
        ("--input|cat.png|--mean|0.5,0.5|--std|1,1", "one number or three wanted"),
        ("--input|cat.png|--mean|0.5|--std|1,1,1", "--mean has 1 numbers, --std 3"),
        ("--input|cat.png|--size|big", "is no size"),
        ("--input|x.csv|--as|5,-1", "the input has the shape (4, 3)"),
        ("--input|x.csv|--as|a", "is not a shape"),
        ("--input|x.csv|--as|-1|--as|-1", "--as is given 2 times; 1 inputs have no names"),
        ("--input|adjacency=adj.npy|--input|adjacency=adj.npy", "is given twice"),
        ("--input|adjacency=both.npz", "holds 2 arrays, not one"),
        ("--text|hi|--tokenizer|my.py:missing", "no 'missing'"),
        ("--text|hi|--tokenizer|my.py:flat", "my.py"),
        ("--text|hi|--tokenizer|gone.json", "No such file"),
        ("--batch|2", "is not one of"),
        ("", "the model wants an input"),
    ],
)
def test_a_mistake_is_one_line(here: Path, words: str, said: str) -> None:
    check_line(run("|".join(["record", "my.py:net", *([words] if words else [])])), said)


def test_an_unknown_argument_is_one_line(here: Path) -> None:
    line = "Graph takes no input 'adjacancy'; nearest: 'adjacency'"
    check_line(run("record|my.py:graph|--input|x.csv|--input|adjacancy=adj.npy"), line)


def check_line(result: Result, said: str) -> None:
    assert result.exit_code == 2, result.output
    assert said in result.stderr and len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_a_sound_is_filmed(here: Path) -> None:
    save_wav(here / "tone.wav", 2, np.sin(np.arange(400) / 9) * 0.8)
    (here / "sound.py").write_text(
        "from torch import nn\nnet = nn.Sequential(nn.Conv1d(1, 2, 9, 4), nn.ReLU(), "
        "nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(2, 3), nn.Softmax(-1))\n"
    )
    result = run("network|sound.py:net|--input|tone.wav|--list")
    assert result.exit_code == 0, result.output


# pictures, sounds and maps as what they are


PICTURE = np.stack([np.linspace(0, 1, 144).reshape(12, 12), *np.full((2, 12, 12), 0.5)])


def first_beat(values: np.ndarray, channels: int, **told: object) -> Beat:
    torch.manual_seed(0)
    kind = torch.nn.Conv1d if values.ndim == 3 else torch.nn.Conv2d
    trace = record(torch.nn.Sequential(kind(channels, 2, 3), torch.nn.ReLU()), values.astype(np.float32))
    return next(iter(network(trace, **told)))  # type: ignore[arg-type]


@pytest.mark.parametrize("normal", [*USUAL.values(), ((0.1, 0.2, 0.3), (0.5, 0.4, 0.3))])
def test_a_normalised_picture_is_shown_as_it_was(normal: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    mean, std = (np.reshape(one, (-1, 1, 1)) for one in normal)
    given = ((PICTURE - mean) / std)[None]
    known = (
        {} if normal[0] in (USUAL["imagenet"][0], USUAL["half"][0]) else dict(mean=normal[0], std=normal[1])
    )
    picture = first_beat(given, 3, **known).by_key["v:input:0"]
    assert isinstance(picture, Picture) and picture.pixels.shape == (12, 12, 3)
    np.testing.assert_allclose(
        (picture.pixels - picture.low) / (1 - picture.low), PICTURE.transpose(1, 2, 0), atol=1e-6
    )
    assert "zero is grey" in str(picture.label) or "normalisation undone" in str(picture.label)


def test_numbers_that_are_no_picture_are_shown_as_numbers() -> None:
    noise = np.random.default_rng(0).normal(size=(1, 3, 12, 12))
    assert "v:input:1" in first_beat(noise, 3).by_key
    small = np.random.default_rng(0).uniform(-0.1, 0.1, size=(1, 1, 12, 12))
    assert first_beat(small, 1).by_key["v:input:0"].colors == "diverging"  # type: ignore[attr-defined]


def test_a_signal_is_a_wave_and_a_spectrogram_a_map() -> None:
    wave_ = first_beat(np.sin(np.arange(9001) / 50)[None, None], 1)
    curve = wave_.by_key["v:input"]
    assert (
        isinstance(curve, Curve) and curve.y.max() == pytest.approx(1, abs=1e-4) and curve.y.shape[1] < 8001
    )
    assert "9001 values" in str(wave_.says) and "3 in one stroke" in str(curve.x_name)
    bands = np.abs(np.random.default_rng(0).normal(size=(1, 20, 90)))
    picture = first_beat(bands, 20).by_key["v:input"]
    assert isinstance(picture, Picture) and picture.pixels.shape == (20, 90)


def test_a_stroke_reaches_from_the_least_to_the_largest_of_its_values() -> None:
    values = np.array([[3.0, 1.0, 2.0, 5.0, 4.0]])
    places, drawn = envelope(values, 2)
    np.testing.assert_array_equal(places, [1, 1, 3, 3, 5, 5])
    np.testing.assert_array_equal(drawn, [[1, 3, 2, 5, 4, 4]])
    np.testing.assert_array_equal(envelope(values, 1)[1], values)


def test_numbers_of_a_normalisation_go_together() -> None:
    with pytest.raises(UserError, match="mean has 3 numbers, std 1"):
        first_beat(PICTURE[None], 3, mean=(0.1, 0.2, 0.3), std=(0.5,))
    with pytest.raises(UserError, match="must be above 0"):
        first_beat(PICTURE[None], 3, mean=(0.1,), std=(0.0,))
