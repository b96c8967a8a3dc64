"""Every option of every command, given what is no file, or words that a terminal would obey.

The commands are walked: an option that is added and stands in none of the tables below fails the first test.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from nnanim.cli import main, play
from nnanim.errors import MAX_LINE
from nnanim.live.server import LiveServer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices")

TINY = Path(__file__).with_name("tiny_scene.py")

STILL = "tiny_scene.py Brief"
MOVIE = "movie tiny_scene.py Brief -s -r 214,120"
LOOP = "--rounds 1 --steps 1"

DREAM = "dream clip-guide --words cat --steps 1"

PATHS = {
    "list beats": "list --beats {}",
    "check names": "check {}",
    "mcp folder": "mcp --folder {}",
    "skill out": "skill --for generic -o {}",
    "check sheet": "check noise --lang en --brief --sheet {}.png",
    "movie scene": "movie {} -s",
    "movie model": "movie network --model {}:net --input x.npy",
    "movie inputs": "movie network --model net.py:net --input {}",
    "movie hf": "movie attention --hf {}",
    "movie picture": "movie vit --picture {}",
    "movie data": "movie perceptron --data {} -s",
    "movie run": "movie caption_loop --run {}",
    "movie media_dir": MOVIE + " --media_dir {}",
    "play scene": "play {} --no-browser",
    "play model": "play network --model {}:net --input x.npy --no-browser",
    "play inputs": "play network --model net.py:net --input {} --no-browser",
    "play hf": "play attention --hf {} --no-browser",
    "play picture": "play vit --picture {} --no-browser",
    "play data": "play perceptron --data {} --no-browser",
    "play run": "play caption_loop --run {} --no-browser",
    "live scene": "live {} --no-browser",
    "live model": "live network --model {}:net --input x.npy --no-browser",
    "live inputs": "live network --model net.py:net --input {} --no-browser",
    "live hf": "live attention --hf {} --no-browser",
    "live picture": "live vit --picture {} --no-browser",
    "live data": "live perceptron --data {} --no-browser",
    "live run": "live caption_loop --run {} --no-browser",
    "still scene": "still {}",
    "still model": "still network --model {}:net --input x.npy",
    "still inputs": "still network --model net.py:net --input {}",
    "still hf": "still attention --hf {}",
    "still picture": "still vit --picture {}",
    "still data": "still perceptron --data {}",
    "still run": "still caption_loop --run {}",
    "still out": f"still {STILL} -o {{}}.png",
    "network target": "network {}.py:net --shape 1,2 --list",
    "network inputs": "network net.py:net --input {} --list",
    "network tokenizer": "network net.py:net --text hi --tokenizer {} --list",
    "network hf": "network --hf {} --list",
    "network classes": "network net.py:net --shape 1,2 --classes {} --list",
    "network out": "network net.py:net --shape 1,2 --to sheet -o {}.png",
    "describe target": "describe {}.py:net --shape 1,2",
    "describe tokenizer": "describe net.py:net --text hi --tokenizer {}",
    "describe inputs": "describe net.py:net --input {}",
    "record target": "record {}.py:net --shape 1,2 -o t.safetensors",
    "record tokenizer": "record net.py:net --text hi --tokenizer {}",
    "record inputs": "record net.py:net --input {} -o t.safetensors",
    "record out": "record net.py:net --shape 1,2 -o {}.safetensors",
    "paint init": "paint cat --steps 1 --init {}",
    "paint out": "paint cat --steps 1 -o {}.png",
    "paint model": "paint cat --model {}",
    "dream target": "dream {}.py:net --layer output",
    "dream picture": f"{DREAM} --picture {{}}",
    "dream out": f"{DREAM} -o {{}}.png",
    "steer init": "steer cat --steps 1 --init {}",
    "steer out": "steer cat --steps 1 -o {}.png",
    "steer guide": "steer cat --steps 1 --guide {}",
    "steer vae": "steer cat --steps 1 --through latent --vae {}",
    "loop run picture": f"loop run {{}} {LOOP} --out run",
    "loop run painter": f"loop run cat.png {LOOP} --painter {{}} --out run",
    "loop run captioner": f"loop run cat.png {LOOP} --captioner {{}} --out run",
    "loop run out": f"loop run cat.png {LOOP} --out {{}}",
    "loop resume folder": "loop resume {}",
    "loop show folder": "loop show {}",
    "loop start out": "loop start --doodle robot -o {}.png",
    "deck lesson": "deck {}.toml",
    "deck out": "deck small.toml -o {}.html",
    "deck into": "deck small.toml --into {}",
    "deck voice": "deck small.toml --voice {}.py:speak",
    "deck inputs": "deck look_inside_your_own_model --model net.py:net --input {}",
    "new name": "new {}.py",
    "recipes out": "recipes draw-arcs -o {}.py",
    "new source": "new mine --from {}",
}
"""The options that take a place, each in a command; the place stands for the braces."""

LIKE_ANOTHER = {
    "loop run ranker": "loop run captioner",
    "loop many painter": "loop run painter",
    "loop many captioner": "loop run captioner",
    "loop many ranker": "loop run captioner",
    "loop many pictures": "loop run picture",
    "loop many out": "loop run out",
    "deck model": "movie model",
    "deck media_dir": "movie media_dir",  # the films of a lesson are made by the same function, in processes
}
"""Options that are read by the same function as another one; here they would start processes."""

WORDS = {
    "movie output_file": MOVIE + " -o {}",
    "list lang": "list --lang {}",
    "skill whom": "skill --for {}",
    "check lang": "check perceptron --lang {}",
    "check frame": "check perceptron --frame {}",
    "models known_model": "models {}",
    "list names": "list {}",
    "deck beats": "deck tiny_scene.py --beats {}",
    "models lang": "models --lang {}",
    "recipes text": "recipes {}",
    "recipes lang": "recipes --lang {}",
    "movie rest": "movie perceptron {}",
    "movie lang": "movie perceptron --lang {}",
    "movie subs": "movie perceptron --subs {}",
    "deck subs": "deck perceptron --to video --subs {}",
    "movie theme": "movie perceptron --theme {}",
    "movie pace": "movie perceptron --pace {}",
    "movie beat": MOVIE + " --beat {}",
    "movie sentence": "movie attention --sentence {} -s -r 214,120",
    "movie part": "movie attention --part {}",
    "movie scheduler": "movie perceptron --scheduler {}",
    "movie format_": "movie perceptron --format {}",
    "movie from_animation_number": "movie perceptron -n {}",
    "movie fps": "movie perceptron --fps {}",
    "movie resolution": "movie perceptron -r {}",
    "movie seed": "movie perceptron --seed {}",
    "play chosen": "play tiny_scene.py {} --no-browser",
    "play sentence": "play attention --sentence {} --no-browser",
    "play part": "play attention --part {} --no-browser",
    "play lang": "play perceptron --lang {} --no-browser",
    "play theme": "play perceptron --theme {} --no-browser",
    "play pace": "play perceptron --pace {} --no-browser",
    "play beat": "play tiny_scene.py --beat {} --no-browser",
    "live chosen": "live tiny_scene.py {} --no-browser",
    "live sentence": "live attention --sentence {} --no-browser",
    "live part": "live attention --part {} --no-browser",
    "live lang": "live perceptron --lang {} --no-browser",
    "live theme": "live perceptron --theme {} --no-browser",
    "still chosen": "still tiny_scene.py {}",
    "still beat": f"still {STILL} --beat {{}}",
    "still at": f"still {STILL} --at {{}}",
    "still strip": f"still {STILL} --strip {{}}",
    "still sentence": "still attention --sentence {} --part arcs",
    "still part": "still attention --part {}",
    "still lang": "still perceptron --lang {}",
    "still theme": "still perceptron --theme {}",
    "still pace": "still perceptron --pace {}",
    "still resolution": "still perceptron -r {}",
    "network shapes": "network net.py:net --shape {} --list",
    "network text": "network net.py:net --text {} --list",
    "network size": "network net.py:net --input x.npy --size {} --list",
    "network mean": "network net.py:net --input x.npy --mean {} --list",
    "network std": "network net.py:net --input x.npy --std {} --list",
    "network forms": "network net.py:net --input x.npy --as {} --list",
    "describe text": "describe net.py:net --text {}",
    "describe size": "describe net.py:net --input x.npy --size {}",
    "describe mean": "describe net.py:net --input x.npy --mean {}",
    "describe std": "describe net.py:net --input x.npy --std {}",
    "describe forms": "describe net.py:net --input x.npy --as {}",
    "record text": "record net.py:net --text {}",
    "record size": "record net.py:net --input x.npy --size {}",
    "record mean": "record net.py:net --input x.npy --mean {}",
    "record std": "record net.py:net --input x.npy --std {}",
    "record forms": "record net.py:net --input x.npy --as {}",
    "network sentence": "network --hf nowhere --sentence {} --list",
    "network layers": "network net.py:net --shape 1,2 --layers {} --list",
    "network head": "network net.py:net --shape 1,2 --head {} --list",
    "network tokens": "network net.py:net --shape 1,2 --tokens {} --list",
    "network titles": "network net.py:net --shape 1,2 --titles {} --list",
    "network lang": "network net.py:net --shape 1,2 --lang {} --list",
    "network theme": "network net.py:net --shape 1,2 --theme {} --list",
    "describe shapes": "describe net.py:net --shape {}",
    "record shapes": "record net.py:net --shape {}",
    "record only": "record net.py:net --shape 1,2 --only {}",
    "paint prompt": "paint {} --steps 1",
    "paint negative": "paint cat --steps 1 --negative {}",
    "paint steps": "paint cat --steps {}",
    "paint guidance": "paint cat --guidance {}",
    "paint seeds": "paint cat --seed {}",
    "paint strength": "paint cat --strength {}",
    "paint sampler": "paint cat --sampler {}",
    "paint device": "paint cat --model nowhere --device {}",
    "paint size": "paint cat --model nowhere --size {}",
    "dream layer": "dream clip-guide --layer {}",
    "dream units": "dream clip-guide --layer image.stem --unit {}",
    "dream at": f"{DREAM} --at {{}}",
    "dream words": "dream clip-guide --steps 1 --words {}",
    "dream steps": f"{DREAM} --steps {{}}",
    "dream rate": f"{DREAM} --rate {{}}",
    "dream jitter": f"{DREAM} --jitter {{}}",
    "dream zoom": f"{DREAM} --zoom {{}}",
    "dream scales": f"{DREAM} --scales {{}}",
    "dream tv": f"{DREAM} --tv {{}}",
    "dream size": f"{DREAM} --size {{}}",
    "dream channels": f"{DREAM} --channels {{}}",
    "dream seed": f"{DREAM} --seed {{}}",
    "steer prompt": "steer {} --steps 1",
    "steer through": "steer cat --through {}",
    "steer negative": "steer cat --steps 1 --negative {}",
    "steer steps": "steer cat --steps {}",
    "steer seeds": "steer cat --seed {}",
    "steer zoom": "steer cat --steps 1 --zoom {}",
    "steer size": "steer cat --steps 1 --size {}",
    "loop run caption": "loop run cat.png --caption {}",
    "loop run noise": "loop run cat.png --noise {}",
    "loop run seen": "loop run cat.png --seen {}",
    "loop run negative": f"loop run cat.png {LOOP} --negative {{}} --out run",
    "loop run lang": "loop run cat.png --lang {}",
    "loop run device": f"loop run cat.png {LOOP} --device {{}} --out run",
    "loop many caption": "loop many cat.png --out many --caption {}",
    "loop many noise": "loop many cat.png --out many --noise {}",
    "loop many seen": "loop many cat.png --out many --seen {}",
    "loop many lang": "loop many cat.png --out many --lang {}",
    "loop start caption": "loop start --caption {}",
    "loop start doodle": "loop start --doodle {}",
    "lessons lang": "lessons --lang {}",
    "deck lang": "deck small.toml --lang {}",
    "deck theme": "deck small.toml --theme {}",
}
"""The other options that take any text."""

NO_WORDS = {"loop many negative", "loop many device", "loop many scheduler", "deck scheduler"}
"""Read by the same functions as other options, but in processes, or after a long wait."""


def walk(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Parameter]]:
    """Every command's parameters that take any text, by the command's words and the parameter's name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            found = command.get_command(context, word)
            assert found is not None
            yield from walk(found, f"{name} {word}".strip())
        return
    for one in command.params:
        numbers = (
            click.types.IntParamType,
            click.types.FloatParamType,
            click.types.BoolParamType,
            click.Choice,
        )
        if not isinstance(one.type, numbers) and not getattr(one, "is_flag", False):
            yield f"{name} {one.name}", one


def test_every_option_that_takes_text_is_tried() -> None:
    found = {name for name, _ in walk(main)}
    tried = {*PATHS, *LIKE_ANOTHER, *WORDS, *NO_WORDS}
    assert found - tried == set(), "put them into PATHS or WORDS"
    assert tried - found == set(), "there are no such options"
    assert set(LIKE_ANOTHER.values()) <= set(PATHS)


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands need besides the odd place."""
    folder = tmp_path_factory.mktemp("things")
    shutil.copy(TINY, folder)
    np.save(folder / "x.npy", np.ones((1, 2), dtype=np.float32))
    (folder / "net.py").write_text("from torch import nn\nnet = nn.Linear(2, 2)\n")
    (folder / "small.toml").write_text('title = "T"\n[[steps]]\ntitle = "One"\nlines = ["a"]\n')
    done = CliRunner().invoke(
        main, ["loop", "start", "--caption", "a red cat", "-o", str(folder / "cat.png")]
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def here(things: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with these things."""
    shutil.copytree(things, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(play, "_wait_for_ever", leave)
    monkeypatch.setattr(LiveServer, "run", leave_at_once)
    return tmp_path


def leave() -> None:
    """Ctrl+C, as soon as a film is played."""
    raise KeyboardInterrupt


async def leave_at_once(server: LiveServer, ready: Callable[[], None]) -> None:
    """Ctrl+C, as soon as a live scene is served."""
    ready()
    leave()


ODD: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "pipe": os.mkfifo,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "full": lambda path: path.symlink_to("/dev/full"),
    "folder": os.mkdir,
    "link to itself": lambda path: path.symlink_to(path.name),
    "not UTF-8": lambda path: None,
}


def made_well(case: str, kind: str) -> bool:
    """Whether a place is as good as any other: one that is to be made, or a folder where one is wanted."""
    if case == "mcp folder":
        return kind == "folder"
    if case in ("movie media_dir", "loop run out", "skill out"):
        return kind in ("missing", "not UTF-8", "folder")
    if case in ("new name", "recipes out"):
        return kind in ("missing", "link to itself")
    return kind in ("missing", "not UTF-8", "link to itself") and case.endswith((" out", " sheet"))


def invoke(template: str, value: str) -> Result:
    """Run a command, the value in the place of the braces; it may take a minute where much goes on."""

    def too_long(*_: object) -> None:
        pytest.fail("it waits for ever")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    try:
        words = [word.replace("{}", value) for word in template.split()]
        return CliRunner().invoke(main, words, catch_exceptions=True)
    finally:
        # A model that still runs must not speak into what the next command says.
        for thread in threading.enumerate():
            if thread.name == "nnanim-live":
                thread.join()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check_line(done: Result, what: str) -> str:
    """The one line with which a command ended."""
    assert done.exit_code == 2, f"{what}: {done.exit_code} {done.output} {done.exception!r}"
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("nnanim: "), f"{what}: {done.stderr}"
    assert len(lines[0]) < MAX_LINE + 20 and "\x1b" not in done.output, what
    return lines[0]


@pytest.mark.parametrize("case", PATHS)
def test_an_odd_place_is_a_line_that_names_it(here: Path, case: str) -> None:
    template = PATHS[case]
    found = re.search(r"\{\}(\.\w+)?", template)
    assert found is not None
    ending = found[1] or ""
    for kind, make in ODD.items():
        name = os.fsdecode(b"odd\xff") if kind == "not UTF-8" else "odd"
        path = Path(name + ending)
        make(path)
        before = path.lstat() if os.path.lexists(path) else None
        done = invoke(template, name)
        if not made_well(case, kind):
            line = check_line(done, f"{case}, {kind}")
            assert "odd" in line, f"{case}, {kind}: {line}"
            after = path.lstat() if os.path.lexists(path) else None
            assert (before and before[:3]) == (after and after[:3]), f"{case}, {kind}: it is another"
        else:
            assert done.exit_code == 0, f"{case}, {kind}: {done.output} {done.exception!r}"
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    assert not list(here.rglob(".nnanim-*"))


FOREIGN = (
    "\x1b[31mred\x1b]0;title\x07",
    "[bold]x[/bold] [/close]",
    "{0.__class__} %s \\",
    "x" * 100_000,
)


@pytest.mark.parametrize("case", [*PATHS, *WORDS])
def test_foreign_words_are_no_command_of_a_terminal(here: Path, case: str) -> None:
    for text in FOREIGN:
        done = invoke({**PATHS, **WORDS}[case], text)
        assert "\x1b" not in done.output and "\x07" not in done.output, text
        if done.exit_code != 0:
            check_line(done, f"{case}: {text[:40]!r}")
