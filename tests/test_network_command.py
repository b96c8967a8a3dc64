"""nnanim network: what of a model is told, listed before it is drawn; mistakes in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nnanim.cli import main

MODEL = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.look = nn.LayerNorm(8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.enter, self.leave = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x):
        h = self.norm(x)
        x = x + self.look(h, h, h)[0]
        return x + self.leave(self.enter(x).relu())

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.blocks = nn.Embedding(20, 8), nn.ModuleList(Block() for _ in range(3))
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        x = self.words(ids)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1)).softmax(-1)

net = Net().eval()
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my.py").write_text(MODEL)
    (tmp_path / "names.txt").write_text("cat\ndog\nowl\n")
    np.save(tmp_path / "x.npy", np.array([[3, 1, 4, 1, 5], [2, 7, 1, 8, 2]]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(words: str) -> Result:
    return CliRunner().invoke(main, ["network", *words.split("|")])


def listed(words: str) -> str:
    result = run(f"my.py:net|--input|x.npy|--list{words}")
    assert result.exit_code == 0, result.output
    return result.output


def test_a_summary_is_listed_with_its_seconds(here: Path) -> None:
    said = listed("")
    assert "Of 3 blocks" in said and "The answer:" in said
    beats, seconds = said.splitlines()[-1].split(" beats, ")
    assert int(beats) <= 14 and float(seconds.removesuffix(" s")) <= 60
    assert int(listed("|--full").splitlines()[-1].split(" beats")[0]) > 14


def test_options_choose_what_is_told(here: Path) -> None:
    assert "with" in listed("|--classes|names.txt|--sample|1")
    assert any(name in listed("|--classes|names.txt") for name in ("cat", "dog", "owl"))
    assert "goes to the token before" in listed("|--head|previous")
    assert "Attention 3, head 2:" in listed("|--layer|2|--head|1")
    assert "gradient" in listed("|--backward")
    assert "the first one" in listed("|--titles|blocks.0=the first one|--depth|1|--full")
    assert float(listed("|--seconds|30").split(" beats, ")[1].removesuffix(" s\n")) <= 30


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_film_takes_the_seconds_that_are_asked_for_or_says_why_it_does_not(here: Path, lang: str) -> None:
    for asked in (20, 45):
        said = listed(f"|--seconds|{asked}|--lang|{lang}")
        assert 0.85 * asked <= float(said.splitlines()[-1].split(" beats, ")[1].removesuffix(" s")) <= asked
    assert "no more to tell" in listed(f"|--seconds|600|--lang|{lang}")


@pytest.mark.parametrize(("name", "begins"), [("look.gif", b"GIF8"), ("look.html", b"<!")])
def test_a_file_of_one_s_own_lies_where_it_is_named(here: Path, name: str, begins: bytes) -> None:
    made = run(f"my.py:net|--input|x.npy|--seconds|25|-q|l|--frame|1:1|-o|{name}")
    assert made.exit_code == 0, made.output
    assert Path(name).read_bytes().lower().startswith(begins.lower())
    assert not list(Path().rglob(f"{name}.*"))


def test_a_page_and_a_sheet_are_made(here: Path) -> None:
    made = run("my.py:net|--input|x.npy|--to|sheet|--seconds|25|-o|look.png")
    assert made.exit_code == 0, made.output
    assert (here / "look.png").stat().st_size > 10_000
    made = run("my.py:net|--input|x.npy|--seconds|25|-o|page")
    assert made.exit_code == 0, made.output
    assert [path.name for path in here.rglob("*.html")] == ["page.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--list", "a model is wanted"),
        ("my.py:net", "the model wants an input"),
        ("my.py:net|--input|x.npy|--head|prevous", "no head is chosen by 'prevous'; nearest: 'previous'"),
        ("my.py:net|--input|x.npy|--seconds|2", "cannot be told in less than"),
        ("my.py:net|--input|x.npy|--titles|head", "write it as --titles 'blocks.0=block 1'"),
        ("my.py:net|--input|x.npy|--sample|5", "there is no sample 5: the trace holds 2"),
        ("my.py:net|--input|x.npy|--layers|blok.*", "no layer is called 'blok.*'"),
        ("my.py:net|--input|x.npy|--full|--blocks", "leave one of them out"),
        ("my.py:net|--input|x.npy|--full|--head|0", "leave out --full"),
        ("my.py:net|--input|x.npy|--sentence|hello", "--sentence is read by the model of --hf"),
        ("my.py:net|--hf|folder", "leave out the other model"),
        ("my.py:net|--input|x.npy|--depth|0", "depth"),
    ],
)
def test_a_mistake_is_one_line(here: Path, words: str, said: str) -> None:
    result = run(words)
    assert result.exit_code == 2
    assert said in result.output and len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("family", "continues"), [("gpt2", True), ("llama", True), ("bert", False), ("encoder", False)]
)
@pytest.mark.filterwarnings("ignore")
def test_a_folder_of_hugging_face_is_read_and_a_head_is_chosen(
    family: str, continues: bool, here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("transformers")
    import tiny_language_models as tiny

    folder = tiny.saved(family, tmp_path_factory.mktemp("models"))
    made = run(f"--hf|{folder}|--sentence|once upon a time there was a queen .|--head|previous|--list")
    assert made.exit_code == 0, made.output
    assert "goes to the token before" in made.output
    assert ("It joins the sentence" in made.output) == continues
