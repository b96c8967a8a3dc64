"""Folders of loops and of generations that are damaged, hostile or in use: one line, nothing is changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from mutations import byte_mutations, check, check_places, count, json_mutations

from nnanim import text_to_image
from nnanim.caption_loop import read_loop
from nnanim.caption_loop.backends import LoopModels
from nnanim.caption_loop.loop import embed_pixels
from nnanim.caption_loop.run import LoopSettings, resume, run
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.files import leftover_name
from nnanim.images import load_picture, read_picture, to_floats
from nnanim.models.painter import Painter

SIDE = 16


def paint(prompt: str, seed: int) -> np.ndarray:
    number = (int(prompt.split()[-1]) * 7 + 1) % 1009
    picture = np.random.default_rng((number, seed)).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    picture[0, 0, :2] = divmod(number, 256)
    return picture


paint.side = SIDE  # type: ignore[attr-defined]


def describe(picture: np.ndarray) -> str:
    return f"number {int(picture[0, 0, 0]) * 256 + int(picture[0, 0, 1])}"


def models() -> LoopModels:
    about = {"painter": {"name": "toy"}, "captioner": {"name": "toy"}, "languages": [], "side": SIDE,
             "embedding": {"name": "pixels", "width": 768}, "choice": None}  # fmt: skip
    return LoopModels(paint, (describe,), embed_pixels, about)


START = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run of three rounds."""
    list(run(START, tmp_path / "run", LoopSettings(seed=3, rounds=3), models()))
    return tmp_path / "run"


def content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def nnanim(*args: str, **options: Any) -> Result:
    return CliRunner().invoke(main, list(args), **options)


@pytest.mark.parametrize("name", ["config.json", "end.json", "rounds.jsonl", "embeddings.f32", "00002.png"])
def test_a_damaged_run_is_read_or_refused_in_one_line(folder: Path, name: str) -> None:
    file, number = folder / name, count(30)
    whole = file.read_bytes()
    kinds = json_mutations if name.endswith(".json") else byte_mutations
    check(lambda: read_loop(folder), file, kinds(whole, number))
    check_places(lambda: read_loop(folder), file) if name != "end.json" else None


def test_a_line_of_a_damaged_run_is_read_or_refused_in_one_line(folder: Path) -> None:
    file = folder / "rounds.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)

    def whole_files() -> Any:
        for mutation in json_mutations(lines[1], count(60)):
            changed = b"".join([lines[0], mutation.content.rstrip(b"\n") + b"\n", *lines[2:]])
            yield type(mutation)(mutation.what, changed)

    check(lambda: read_loop(folder), file, whole_files())


@pytest.mark.parametrize("name", ["config.json", "end.json", "rounds.jsonl", "embeddings.f32", "00000.png"])
def test_resuming_a_damaged_run_is_one_line_or_goes_well(folder: Path, tmp_path: Path, name: str) -> None:
    """Each mutation in a fresh copy, since a run that is resumed writes into its folder."""
    whole = (folder / name).read_bytes()
    kinds = json_mutations if name.endswith(".json") else byte_mutations
    for number, mutation in enumerate(kinds(whole, count(15), seed=1)):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(folder, copy)
        (copy / name).write_bytes(mutation.content)
        try:
            list(resume(copy, rounds=4, models=models()))
        except UserError as error:
            assert "\n" not in str(error) and len(str(error)) <= 1000, mutation.what


def test_a_picture_of_a_round_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "rounds.jsonl").read_text().splitlines()
    line = json.loads(lines[1]) | {"picture": "../secret.png"}
    (folder / "rounds.jsonl").write_text("\n".join([lines[0], json.dumps(line), *lines[2:], ""]))
    with pytest.raises(UserError, match=r"rounds.jsonl, line 2 is damaged; it should be round 1"):
        read_loop(folder)


@pytest.mark.parametrize("name", ["rounds.jsonl", "embeddings.f32"])
def test_a_link_in_a_folder_is_not_written_through(folder: Path, tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine"
    shutil.copy(folder / name, mine)
    mine.write_bytes(mine.read_bytes() + b"precious")
    before = mine.read_bytes()
    (folder / name).unlink()
    (folder / name).symlink_to(mine)
    with pytest.raises(UserError, match="is not a regular file"):
        list(resume(folder, rounds=9, models=models()))
    assert mine.read_bytes() == before


def test_a_refused_command_changes_nothing(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    rounds = run(START, tmp_path / "run", LoopSettings(seed=3, rounds=30), models())
    next(rounds)
    before = content(tmp_path / "run")
    with pytest.raises(UserError, match="another process is writing"):
        list(run(START, tmp_path / "run", LoopSettings(seed=3, rounds=7), models()))
    with pytest.raises(UserError, match="another process is writing"):
        list(resume(tmp_path / "run", rounds=7, models=models()))
    with pytest.raises(UserError, match="its seed is 3, not 4"):
        run(START, tmp_path / "run", LoopSettings(seed=4, rounds=7), models())
    assert content(tmp_path / "run") == before
    assert len(list(rounds)) == 30


def test_a_run_that_cannot_be_read_keeps_its_limit(folder: Path) -> None:
    (folder / "00000.png").write_bytes(b"nonsense")
    before = content(folder)
    with pytest.raises(UserError, match=r"00000\.png is not a picture"):
        list(resume(folder, rounds=9, models=models()))
    assert content(folder) == before


@pytest.mark.parametrize("when", ["created", "written"])
def test_what_a_kill_left_half_written_is_removed(tmp_path: Path, when: str) -> None:
    """Half of a file, of a process that is gone, or of another machine on the same disk."""
    path, settings = tmp_path / "run", LoopSettings(seed=3, rounds=3)
    path.mkdir()
    if when == "written":
        list(run(START, path, LoopSettings(seed=3, rounds=1), models()))
    for left in (leftover_name(path / "00000.png"), path / ".nnanim-0a0a0a0a-1-00ff.json"):
        left.write_bytes(b"half")
    assert len(list(run(START, path, settings, models()))) == (4 if when == "created" else 2)
    assert not list(path.glob(".*"))


def test_captions_are_printed_as_they_are(tmp_path: Path) -> None:
    words = iter(["a [dog] [/close] number 1", "\x1b[31mred number 2", "[bold]x[/bold] number 3"])
    toy = LoopModels(paint, (lambda picture: next(words),), embed_pixels, models().about)
    list(run(START, tmp_path / "run", LoopSettings(seed=3, rounds=2, noise="fresh"), toy))
    shown = nnanim("loop", "show", str(tmp_path / "run"))
    assert shown.exit_code == 0, shown.output
    assert "a [dog] [/close] number 1" in shown.output and "[bold]x[/bold] number 3" in shown.output
    assert "\x1b" not in shown.output


# Models that a folder names


CODE = "from pathlib import Path\nPath({mark!r}).touch()\nclass Evil: ...\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A run whose config names a captioner that brings code."""
    mark, captioner = tmp_path / "ran", tmp_path / "captioner"
    captioner.mkdir()
    code = {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil", "AutoTokenizer": ["evil.Evil", None]}
    (captioner / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": code}))
    (captioner / "tokenizer_config.json").write_text(json.dumps({"auto_map": code}))
    (captioner / "evil.py").write_text(CODE.format(mark=str(mark)))
    nnanim("loop", "start", "--caption", "a red cat", "--out", str(tmp_path / "cat.png"))
    options = ("--rounds", "1", "--steps", "1", "--out", str(tmp_path / "run"))
    assert nnanim("loop", str(tmp_path / "cat.png"), *options).exit_code == 0
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["choice"]["captioner"] = str(captioner)
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    return tmp_path


@pytest.mark.parametrize("words", [(), ("--rounds", "7"), ("--trust",)])
def test_no_code_of_a_named_model_is_run(hostile: Path, words: tuple[str, ...]) -> None:
    pytest.importorskip("transformers")
    before = content(hostile / "run")
    done = nnanim("loop", "resume", str(hostile / "run"), *words, input="y\ny\ny\n")
    assert done.exit_code == 2 and len(done.stderr.splitlines()) == 1, done.output
    line = "cannot be loaded" if "--trust" in words else "names models that do not come with nnanim"
    assert line in done.stderr
    assert not (hostile / "ran").exists() and content(hostile / "run") == before


def at_a_terminal(answer: str, *words: str) -> tuple[int, str]:
    """``nnanim WORDS`` at a terminal at which somebody answers the first question; exit code and screen."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "nnanim.cli", *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    screen = b""
    try:
        while part := os.read(ours, 4096):
            screen += part
            if b"[y/N]" in part:
                os.write(ours, answer.encode() + b"\n")
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(60), screen.decode()


@pytest.mark.parametrize("answer", ["n", "y"])
def test_whoever_sits_at_the_terminal_is_asked_and_no_code_is_run(hostile: Path, answer: str) -> None:
    pytest.importorskip("transformers")
    config = json.loads((hostile / "run" / "config.json").read_text())
    strange = hostile / "\x1b[31mred [bold]"
    Path(config["choice"]["captioner"]).rename(strange)
    config["choice"]["captioner"] = str(strange)
    (hostile / "run" / "config.json").write_text(json.dumps(config))
    before = content(hostile / "run")
    code, screen = at_a_terminal(answer, "loop", "resume", str(hostile / "run"), "--rounds", "7")
    assert code == 2 and "do not come with nnanim" in screen and "Load them? [y/N]" in screen
    assert ("cannot be loaded" in screen) == (answer == "y")
    assert "Traceback" not in screen and "\x1b[31m" not in screen and "[bold]" in screen
    assert not (hostile / "ran").exists() and content(hostile / "run") == before


SAME = "run cat.png --out run"
REFUSED = (
    "resume run --rounds 0", "resume run --rounds -3", "resume run --rounds x", "resume run --nothing",
    f"resume run --rounds {10**30}", f"{SAME} --steps 1 --rounds {10**30}", f"{SAME} --rounds 0",
    f"{SAME} --rounds 1 --seed 5", f"{SAME} --seed -1", f"{SAME} --rounds 9 --lang ja",
    f"{SAME} --noise fresh", f"{SAME} --caption first", f"{SAME} --guidance nan", f"{SAME} --steps 0",
    f"{SAME} --steps 2 --rounds 9", f"{SAME} --negative dog", f"{SAME} --captioner nowhere",
    f"{SAME} --painter nowhere --rounds 9", f"{SAME} --device tpu", f"{SAME} --seen mirrored --steps 1",
    "run other.png --out run --rounds 9 --steps 1",
)  # fmt: skip


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of one round of the shipped models, its start picture, and another picture."""
    folder = tmp_path_factory.mktemp("small")
    for name, caption in (("cat", "a red cat"), ("other", "a blue fish")):
        nnanim("loop", "start", "--caption", caption, "--out", str(folder / f"{name}.png"))
    options = ("--rounds", "1", "--steps", "1", "--out", str(folder / "run"))
    assert nnanim("loop", str(folder / "cat.png"), *options).exit_code == 0
    return folder


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_leaves_the_run_as_it_was(
    small_run: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(small_run)
    before = content(small_run / "run")
    done = nnanim("loop", *words.split())
    assert done.exit_code == 2 and len(done.stderr.splitlines()) == 1, done.output
    assert content(small_run / "run") == before


def test_a_pipeline_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pipeline"
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "evil.py").write_text(CODE.format(mark=str(tmp_path / "ran")))
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["evil", "Evil"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match=r"unet comes with code of its own \(evil\), which is never run"):
        text_to_image.open_pipeline(folder)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": ["evil", "Evil"]}))
    with pytest.raises(UserError, match="does not say which pipeline it is"):
        text_to_image.open_pipeline(folder)
    assert not (tmp_path / "ran").exists()


def test_every_model_from_elsewhere_is_loaded_without_its_code() -> None:
    for file in (Path(__file__).parent.parent / "nnanim").rglob("*.py"):
        for call in re.findall(r"\.(?:from_pretrained|download)\((?:[^()]|\([^()]*\))*\)", file.read_text()):
            assert "trust_remote_code=False" in call, f"{file.name}: {call}"


# Generations


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter.load()


@pytest.fixture
def generation(painter: Painter, tmp_path: Path) -> tuple[Path, Callable[[], list[Any]]]:
    """A finished run of two steps, and how it is asked for."""

    def ask() -> list[Any]:
        return list(
            text_to_image.generate("a cat", num_inference_steps=2, backend=painter, out=tmp_path / "run")
        )

    ask()
    return tmp_path / "run", ask


def test_a_damaged_note_of_a_generation_is_one_line(generation: Any) -> None:
    folder, ask = generation
    file = folder / "run.json"
    check(ask, file, json_mutations(file.read_bytes(), count(30)))
    check_places(ask, file)


@pytest.mark.parametrize("name", ["steps/00000.npz", "steps/00001.npz", "00001.png"])
def test_a_damaged_file_of_a_generation_is_made_anew(generation: Any, name: str) -> None:
    folder, ask = generation
    expected = content(folder)
    for mutation in byte_mutations(expected[name], count(20), head=400):
        (folder / name).write_bytes(mutation.content)
        ask()
        assert content(folder) == expected, mutation.what
    for make in (os.mkfifo, lambda file: file.symlink_to(file.name), lambda file: file.write_bytes(b"")):
        (folder / name).unlink()
        make(folder / name)
        ask()
        assert content(folder) == expected


# Pictures


@pytest.mark.parametrize("read", [read_picture, load_picture, to_floats])
def test_a_damaged_picture_is_one_line(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    for name in ("a.png", "a.jpg", "a.gif", "a.webp", "a.tif", "a.bmp"):
        from PIL import Image

        file = tmp_path / name
        Image.effect_noise((24, 20), 50).convert("RGB").save(file)
        check(lambda file=file: read(file), file, byte_mutations(file.read_bytes(), count(40), head=64))
    check_places(lambda: read(tmp_path / "a.png"), tmp_path / "a.png")


@pytest.mark.parametrize("words", [("paint", "a cat", "--init"), ("loop",)])
def test_a_pipe_is_no_picture(tmp_path: Path, words: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    done = nnanim(*words, str(tmp_path / "pipe.png"), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2 and "is not a regular file" in done.stderr
    assert not (tmp_path / "out").exists()
