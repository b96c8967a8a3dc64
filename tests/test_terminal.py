"""Nothing from elsewhere is markup, a command of the terminal, or a line of its own; long names are cut."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from mutations import byte_mutations, check, check_places, count

import nnanim
from nnanim.cli import main
from nnanim.cli.inputs import read_array
from nnanim.errors import MAX_LINE, UserError
from nnanim.terminal import console, echo, progress_bar, run_main, short, table

NASTY = (
    "[bold]x[/bold]",
    "/close",
    "[/close]",
    "[dog]",
    ":smile:",
    "\x1b[31mred",
    "[link=http://x]y",
    "a\\[b]",
)

MODEL = """
import torch
from torch import nn

class Outputs(nn.Module):
    def forward(self, x):
        return {name: x + i for i, name in enumerate(NAMES)}

NAMES = ["logits", "probs", "[bold]x[/bold]", "/close", "[/close]", "\\x1b[31mred", ":smile:"]
net = Outputs()
"""


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(args))
    return result.exit_code, result.stdout, result.stderr


def test_real_names_are_listed_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(MODEL, encoding="utf-8")
    code, out, err = run("record", "net.py:net", "--shape", "1,2")
    assert code == 0, err
    for name in ("probs", "[bold]x[/bold]", "/close", "[/close]", "\\x1b[31mred", ":smile:"):
        assert f"output[{name}]" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("text", NASTY)
def test_every_way_of_printing_shows_text_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = text.replace("\x1b", "\\x1b")
    console().print(text)
    console().print(text, markup=True, emoji=True)
    rows = table("name", "value")
    rows.add_row(text, f"{text}\nmore")
    console().print(rows)
    echo(text)
    echo(text, err=True)
    out, err = capsys.readouterr()
    assert out.count(shown) == 5 and "\\nmore" in out and shown in err
    assert "\x1b" not in out + err


def test_a_bar_shows_text_as_it_is() -> None:
    from rich.console import Console

    screen = Console(force_terminal=True, width=100, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    with progress_bar("{task.description}", "{task.fields[says]}", console=screen) as bar:
        bar.add_task("[dog]\x1b[31m", says="[/close] 10 %")
    text = screen.export_text()
    screen.file.close()
    assert "[dog]\\x1b[31m" in text and "[/close] 10 %" in text


def test_a_path_is_one_line() -> None:
    assert short("a\nb\x1b.mp4") == "a\\nb\\x1b.mp4"


def test_an_error_is_cut_and_plain() -> None:
    name = "x\x1b[31m" * 200_000
    for args in (
        ("movie", name), ("still", name), ("models", name), (name,), ("record", name, "--shape", "1"),
        ("list", "--beats", name), ("list", f"--{name}"), ("deck", name),
        ("record", "a.py:b", "--shape", name),
        ("record", "a.py:b", "--input", name), ("list", "--lang", name), ("deck", f"{name}.toml"),
        ("new", name), ("loop", name), ("paint", "a cat", "--init", name), ("record", "a:b", "-o", name),
    ):  # fmt: skip
        code, out, err = run(*args)
        assert code == 2, (args[0], err[:500])
        assert len(err) < MAX_LINE + 20 and err.count("\n") == 1 and "\x1b" not in err + out


PRINTERS = {"print", "input", "click.echo", "click.secho", "click.prompt", "click.confirm"}
FROM_RICH = {"BarColumn", "MofNCompleteColumn", "Progress", "TaskProgressColumn", "TimeRemainingColumn"}
"""What of rich shows no text of ours."""

OWN = ("terminal.py", "training/")
"""The module through which everything is printed, and the tool that trains the models that are shipped."""


def test_everything_is_printed_through_one_module() -> None:
    root = Path(nnanim.__file__).parent
    found = []
    for file in sorted(root.rglob("*.py")):
        place = file.relative_to(root).as_posix()
        if place.startswith(OWN):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in PRINTERS:
                found.append(f"{place}:{node.lineno} {ast.unparse(node.func)}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "rich":
                found += [f"{place} imports {a.name}" for a in node.names if a.name not in FROM_RICH]
            if isinstance(node, ast.Import):
                found += [f"{place} imports {a.name}" for a in node.names if a.name.startswith("rich")]
    assert not found, "use nnanim.terminal, which prints no markup and no control characters"


def test_nothing_unpickles_what_a_stranger_wrote() -> None:
    root = Path(nnanim.__file__).parent
    found = []
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                bad = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} & set(names)
                found += [f"{file.name}:{node.lineno} {one}" for one in bad]
            if not isinstance(node, ast.Call):
                continue
            call, options = ast.unparse(node.func), {one.arg: ast.unparse(one.value) for one in node.keywords}
            if call in ("np.load", "numpy.load") and options.get("allow_pickle") != "False":
                found.append(f"{file.name}:{node.lineno} {call} without allow_pickle=False")
            if call == "torch.load" and options.get("weights_only") != "True":
                found.append(f"{file.name}:{node.lineno} {call} without weights_only=True")
    assert not found


# arrays on the command line


@pytest.mark.parametrize("kind", ["f4", ">f8", "i8", "?", "c8", "f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_read(tmp_path: Path, kind: str, order: str) -> None:
    for shape in ((2, 3), (), (0, 4), (5,)):
        values = np.asarray(np.random.default_rng(0).normal(size=shape) * 3, dtype=kind, order=order)  # type: ignore[call-overload]
        np.save(tmp_path / "x.npy", values)
        found = read_array(str(tmp_path / "x.npy"))
        np.testing.assert_array_equal(found, values)
        assert found.dtype == values.dtype and found.flags.writeable


def header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(118) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header("(1000000000000,)"), "holds 0 bytes of numbers, its header says"),
        (header("(0, 1000000000000000000000)"), "is damaged"),
        (header("(-1,)"), "is damaged"),
        (header("(2,)") + b"1234", "holds 4 bytes of numbers"),
        (header("(2,)") + b"1" * 9, "holds 9 bytes of numbers"),
        (header(f"({'9' * 5000},)"), "is damaged|is not an array"),
        (header("(1,)", "|O") + b"12345678", "type 'object'"),
        (header("(1,)", "<U2") + b"12345678", "numbers wanted"),
        (header("(" * 90), "is not an array that numpy.save has written"),
        (b"PK\x03\x04", "holds several arrays"),
        (b"", "is not an array"),
        (b"\x93NUMPY\x09\x00", "is not an array"),
    ],
)
def test_damaged_arrays_are_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_array(str(path))
    assert "x.npy" in str(error.value)


def test_arrays_of_any_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    check(lambda: read_array(str(path)), path, byte_mutations(path.read_bytes(), count(150), head=128))
    assert len(check_places(lambda: read_array(str(path)), path).lines) >= 5


def _refuse() -> None:
    raise UserError("no [red]such[/red] size")


def _stop() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("main", "code", "line"), [(_refuse, 2, "error: no [red]such[/red] size\n"), (_stop, 130, "stopped\n")]
)
def test_a_program_of_a_module_ends_with_one_line(
    main, code, line, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_main(main)
    assert end.value.code == code
    assert capsys.readouterr().err == line


def test_every_training_that_is_a_program_ends_so() -> None:
    for path in sorted((Path(nnanim.__file__).parent / "training").glob("*.py")):
        start = path.read_text(encoding="utf-8").partition('if __name__ == "__main__":\n')[2]
        assert not start or start.startswith("    run_main(main") or path.name == "uci.py", path
