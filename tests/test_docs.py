"""Every block of code and every command in README and docs is run; every link leads somewhere.

Films are told forty times as fast and drawn small, and a command that several pages name is run once.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pytest
from commands import Memory, Outcome, run
from session import session_folder

from nnanim.cli import main

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(path for path in (ROOT / "docs").rglob("*.md"))], key=lambda path: str(path)
)
TEXTS = [*PAGES, ROOT / "docs" / "llms.txt"]

SET_UP = (
    "git",
    "pip",
    "brew",
    "sudo",
    "apt-get",
    "!pip",
    "!apt-get",
    "cd",
    "source",
    "./setup",
    ".venv\\Scripts",
)
"""Commands that set a machine up: what they do is checked by setting one up."""

FAST = {"NNANIM_PACE": "40", "MPLBACKEND": "Agg", "COLUMNS": "120"}


YOURS = ("stable-diffusion", "./stable-diffusion", "gpt2", "file.py", "tcp://10.0.0.1:8786", "FOLDER")
"""What only the reader has; that the options exist is checked by their own tests."""

FEWER = {"--pace": FAST["NNANIM_PACE"], "--world": "2", "--rounds": "4", "--steps": "4"}
"""The same command with less to do."""


def quicker(words: tuple[str, ...], folder: Path) -> list[str]:
    """The same command at a quality, a pace and a length that a test can wait for."""
    found = ["-ql" if re.fullmatch("-q[mhpk]", word) else word for word in words]
    for option, value in FEWER.items():
        if option in found[2:]:
            found[found.index(option) + 1] = value
    films = found[0] == "manim" or found[:2] == ["nnanim", "movie"]
    if films and not {"--jobs", "--beat", "--to", "--watch"} & set(found):
        found += [] if any(word.startswith("-q") for word in found) else ["-ql"]
        found += ["-n", "0,3"]  # the beginning of the film
    globbed = [sorted(str(p.relative_to(folder)) for p in folder.glob(w)) if "*" in w else [w] for w in found]
    return [word for words in globbed for word in words]


class Command(NamedTuple):
    """One command of a page, with the settings that stand before it."""

    words: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()


def blocks(path: Path) -> list[tuple[str, str]]:
    """(language, text) of every block of code: fenced ones, and indented ones as ""."""
    text = path.read_text(encoding="utf-8")
    found = [(m[1], m[2]) for m in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```", text, re.M | re.S)]
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return found + [("", m[0]) for m in re.finditer(r"(?:^(?: {4}|\t)\S.*\n)+", rest, re.M)]


def commands(path: Path) -> list[Command]:
    """The commands in a page's blocks."""
    found = []
    shown = [text for language, text in blocks(path) if language in ("", "sh", "console")]
    spans = re.findall(r"`([^`\n]+)`", _prose(path))
    inline = [span for span in spans if len(span.split()) > 2 and not _open(span)]
    for text in (*shown, *inline):
        for line in text.splitlines():
            words = shlex.split(line.strip().removeprefix("$ "), comments=True) if _tells(line) else []
            here = [tuple(w.split("=", 1)) for w in words if re.match(r"[A-Z_]+=", w)]
            if words[len(here) :]:
                found.append(Command(tuple(words[len(here) :]), tuple(here)))  # type: ignore[arg-type]
    return found


def _prose(path: Path) -> str:
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)


def _open(span: str) -> bool:
    """Whether a word is left for the reader to fill in: NAME, DIR, …"""
    return "…" in span or any(re.fullmatch(r"(\w+\.)*[A-Z]+(\.\w+)?", word) for word in span.split())


def _mistake(command: Command) -> bool:
    return shlex.join(command.words) in {shlex.join(shlex.split(typed)) for typed, _ in MESSAGES}


def _tells(line: str) -> bool:
    return bool(re.match(r"\s*(\$ )?([A-Z_]+=\S+ )*(nnanim|manim|make|python|\./setup)\s", line))


MESSAGES = re.findall(
    r"^\| `(nnanim [^`]*)` \| ([^|]*) \|", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.M
)
"""What is typed, and what nnanim says to it, from the page of errors."""

EVERY = sorted({c for path in TEXTS if path.exists() for c in commands(path) if not _mistake(c)})


LINKED = ("media", "scenes", "lessons", "benchmarks")
"""Folders that a teacher's folder shares with the others."""


@lru_cache
def verbs() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@pytest.fixture
def memory() -> Memory:
    """What commands made, for all workers: pages tell many of the same commands."""
    return Memory(session_folder("commands"))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films and traces that were made for one page serve the next."""
    return tmp_path_factory.mktemp("media")


OTHER_MODELS = {
    "eyes.py": "from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten())\n",
    "reader.py": (
        "from torch import nn\nnet = nn.Embedding(128, 2)\n"
        "def encode(text): return [ord(one) for one in text]\n"
    ),
    "graph.py": (
        "from torch import nn\nclass Graph(nn.Linear):\n"
        "    def forward(self, x, adjacency): return adjacency @ super().forward(x)\nnet = Graph(3, 2)\n"
    ),
    "rows.csv": "a,b,c\n1,2,3\n4,5,6\n",
}
"""Files of the reader's by name: models that read pictures, text and graphs, and a table."""


@pytest.fixture
def folder(media: Path) -> Path:
    """A teacher's folder: a checkout's scenes and lessons, a model, its input, some pictures.

    It is made anew under the same name: traces are kept for the folder that they were asked for in.
    """
    place = media.with_name("teacher")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / LINKED[0]).symlink_to(media)
    for name in LINKED[1:]:
        if (ROOT / name).exists():
            (place / name).symlink_to(ROOT / name)
    (place / "my.py").write_text(
        "import torch\n"
        "net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))\n",
        encoding="utf-8",
    )
    np.save(place / "x.npy", np.linspace(-1, 1, 3, dtype=np.float32)[None])
    for name, text in OTHER_MODELS.items():
        (place / name).write_text(text, encoding="utf-8")
    np.save(place / "links.npy", np.eye(2, dtype=np.float32))
    from PIL import Image
    from pptx import Presentation

    mine = Presentation()
    for _ in range(4):
        mine.slides.add_slide(mine.slide_layouts[1])
    mine.save(str(place / "mine.pptx"))

    from nnanim.data import world

    rng = np.random.default_rng(0)
    (place / "photos").mkdir()
    for name in ("photo.png", "photo.jpg", "cat.png", "photos/one.png", "photos/two.png"):
        picture = world.draw(world.sample(1, rng), rng)[0]
        Image.fromarray((np.asarray(picture) * 255).astype(np.uint8)).resize((96, 96)).save(place / name)
    return place


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {**settings, **FAST, "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("path", [p for p in TEXTS if p.exists()], ids=lambda p: str(p.relative_to(ROOT)))
def test_python_blocks_run(path, folder):
    code = [text for language, text in blocks(path) if language in ("python", "py")]
    if not code:
        return
    script = folder / f"{path.parent.name}-{path.stem}.py"
    script.write_text("\n".join(code), encoding="utf-8")
    done = run([script.name], folder, environment({}))
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("path", [p for p in TEXTS if p.exists()], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_run(path, folder, memory):
    """In the order of the page: a command may need what one before it has made."""
    failed = []
    for command in dict.fromkeys(c for c in commands(path) if not _mistake(c)):
        words = quicker(command.words, folder)
        if words[0] in SET_UP or any(word in YOURS for word in words):
            continue
        if words[:2] in (["nnanim", "play"], ["nnanim", "live"]) or "--watch" in words:
            check_options(words)
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= verbs()
        elif words[:2] == ["python", "-m"] and words[2].startswith("nnanim.training"):
            _is_module(words[2])
        elif words[0] == "python" and words[1].startswith(("benchmarks/", "tools/")):
            ast.parse((ROOT / words[1]).read_text(encoding="utf-8"))
        elif (done := memory.run(words, folder, environment(dict(command.settings)), LINKED)).returncode:
            failed.append(f"{shlex.join(words)}: {done.stdout[-500:]}\n{done.stderr[-800:]}")
    assert not failed, "\n\n".join(failed)


def check_options(words: list[str]) -> None:
    """See that a command that serves until it is stopped has the options that are told of it."""
    command = main.get_command(click.Context(main), words[1])
    assert command is not None, words
    command.make_parser(click.Context(command)).parse_args(words[2:])


@pytest.mark.parametrize(
    "words", [["nnanim", "list"], ["manim", "-ql", "scenes/perceptron.py", "-n", "0,1"]], ids=" ".join
)
def test_the_programs_themselves_run(words, folder):
    """The other commands are forked from a process that has imported what they need."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {**os.environ, **environment({}), "PATH": path}
    done = subprocess.run(words, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]


def test_a_command_is_run_once(tmp_path):
    (tmp_path / "twice.py").write_text(
        "from pathlib import Path\nPath('made').mkdir()\nPath('made/one').write_text('1')\nprint('said')\n"
    )
    memory, folders = Memory(tmp_path), [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        shutil.copy(tmp_path / "twice.py", folder)
        assert memory.run(["twice.py"], folder, {}) == Outcome(0, "said\n", "")
        assert (folder / "made" / "one").read_text() == "1"
    assert memory.run(["twice.py"], folders[0], {}).returncode == 0  # a second run would find the folder
    (folders[0] / "twice.py").write_text("raise SystemExit(3)")
    assert memory.run(["twice.py"], folders[0], {}).returncode == 3


def _is_module(name: str) -> None:
    place = ROOT.joinpath(*name.split("."))
    assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), name


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = _prose(path)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    lost = [
        t
        for t in targets
        if "://" not in t and not t.startswith("mailto:") and not (path.parent / t).exists()
    ]
    assert lost == []


def test_both_readmes_tell_of_the_same():
    def told(page):
        path = ROOT / page
        verbs_of_it = {c.words[1] for c in commands(path) if c.words[0] == "nnanim"}
        return verbs_of_it, set(re.findall(r"\]\((scenes/\w+\.py)\)", path.read_text(encoding="utf-8")))

    assert told("README.md") == told("README.ja.md")
    assert "deck" in told("README.md")[0]


def test_the_notebook_runs(folder):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("pace=2", "pace=40")
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert sum("<iframe" in data.get("text/html", "") for data in shown) == 3
    assert (folder / "beat.svg").stat().st_size > 1000


@pytest.mark.parametrize(("typed", "said"), MESSAGES, ids=lambda text: text[:50])
def test_messages_are_as_the_page_of_errors_says(typed, said, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(typed)[1:])
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_there_are_pages_and_commands():
    assert len(PAGES) > 8
    assert len(EVERY) > 20
    assert len(MESSAGES) > 5
