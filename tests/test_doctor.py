"""The doctor: what it finds, what it says to do, and that it works where nnanim does not."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnanim import words
from nnanim.cli import doctor, main
from nnanim.cli.doctor import BAD, OK, WARNING, Diagnosis


def test_this_installation_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "Films can be made."
    assert not [line for line in lines if line.startswith(("bad", "warning"))]
    for what in ("Python", "manim", "torch", "cairo", "fonts", "formulas", "painting", "mp4", "media folder"):
        assert any(line.startswith("ok") and what in line for line in lines), what
    assert "LaTeX is not needed" in result.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "missing",
    [("numpy",), ("typst",), ("manim", "torch", "cairo", "matplotlib", "av")],
    ids=lambda names: names[0],
)
def test_it_works_without(missing: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({missing!r}))\n"
        "from nnanim.cli import main; main(['doctor'], prog_name='nnanim')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for name in missing:
        bad = [i for i, line in enumerate(lines) if line.startswith("bad") and name in line]
        assert bad, done.stdout
        assert all("pip install" in lines[i + 1] for i in bad)
        if name in ("manim", "cairo"):
            assert any(
                known in lines[bad[0] + 1] for known in ("libcairo2-dev", "cairo-devel", "install cairo")
            )
    assert "must be mended" in lines[-1]


def one(check: str, text: str) -> Diagnosis:
    found = [finding for finding in getattr(doctor, check)() if text in finding.what]
    assert len(found) == 1, found
    return found[0]


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        metadata, "requires", lambda name: ["no-such-package>=2", "no-such-extra>=1; extra == 'hf'"]
    )
    found = one("dependencies", "no-such-package")
    assert (found.state, found.result) == (BAD, "not installed")
    assert found.cure.endswith("-m pip install 'no-such-package>=2'")
    assert one("extras", "no-such-extra").state == OK


def test_a_package_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: ["rich>=999", "click<1; extra == 'hf'"])
    found = one("dependencies", "rich")
    assert found.state == BAD and found.result.endswith("but >=999 is wanted")
    assert one("extras", "click").state == WARNING


def test_one_command_mends_all_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: ["rich>=999", "no-such-package>=2"])
    monkeypatch.setattr(doctor, "CHECKS", (doctor.dependencies,))
    result = CliRunner().invoke(main, ["doctor"])
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("One command"))
    assert line.endswith("-m pip install 'rich>=999' 'no-such-package>=2'") and result.exit_code == 1


def test_every_dependency_is_looked_at() -> None:
    names = {name for name, _, extra in doctor.requirements() if not extra}
    assert {"manim", "torch", "numpy", "pycairo", "typst", "uharfbuzz", "click", "rich"} <= names


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("2.13.0+cpu", ">=2.4", True),
        ("0.22.0", ">=0.22,<0.23", True),
        ("0.23.0", "<0.23,>=0.22", False),
        ("0.9", ">=0.10", False),
        ("12.3.0", ">=11,<13", True),
        ("13", ">=11,<13", False),
        ("1.2", "==1.2.0", True),
        ("1.2", "!=1.2", False),
        ("3.0rc1", "", True),
    ],
)
def test_versions(version: str, wanted: str, fits: bool) -> None:
    assert doctor.within(version, wanted) is fits


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PYTHON", (99, 1))
    found = one("python", "Python")
    assert found.state == BAD and "install Python 99.1 or newer" in found.cure


def test_a_term_without_a_glyph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(words.TERMS, "unicorn", {"en": "unicorn 🦄", "ja": "一角獣"})
    findings = list(doctor.fonts())
    assert (
        findings[0].state == BAD
        and "glossary, unicorn (en)" in findings[0].what
        and "🦄" in findings[0].result
    )


def test_a_folder_that_cannot_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    found = one("folder", "media folder")
    assert found.state == BAD and "Permission denied" in found.result and "--media_dir" in found.cure


@pytest.mark.parametrize(
    ("there", "cure"),
    [
        ("apt-get", "apt-get install -y gcc"),
        ("dnf", "dnf install -y gcc"),
        ("brew", "brew install cairo pango pkg-config"),
    ],
)
def test_the_command_of_this_system(monkeypatch: pytest.MonkeyPatch, there: str, cure: str) -> None:
    monkeypatch.setattr("shutil.which", lambda command: "/bin/it" if command == there else None)
    said = doctor._system(doctor.CAIRO)
    assert cure in said and "| or:" not in said


def test_all_commands_where_the_system_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda command: None)
    assert doctor._system(doctor.CAIRO).count("| or:") == 2
