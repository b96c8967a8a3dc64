"""Who may import whom: the contracts of pyproject.toml, and what really lands in memory."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "manim", "matplotlib")
PURE = "errors files trace theme words typeset shapes marks motions beats layout draw timeline data".split()

LOADED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(" ".join(name for name in {heavy} if name in sys.modules))
"""


def heavy_after(*modules: str) -> str:
    """The heavy libraries in memory of a new process after importing some modules."""
    command = [sys.executable, "-c", LOADED.format(heavy=HEAVY), *modules]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_contracts_hold() -> None:
    linter = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run([*linter, "--no-cache", "--no-logo"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_loads_no_heavy_library() -> None:
    assert heavy_after("nnanim") == ""


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_are_there_and_load_no_heavy_library(module: str) -> None:
    assert heavy_after(f"nnanim.{module}") == ""


def test_stories_load_no_heavy_library() -> None:
    stories = sorted(file.stem for file in (ROOT / "nnanim" / "stories").glob("*.py"))
    assert heavy_after(*(f"nnanim.stories.{name}" for name in stories if name != "__init__")) == ""


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    code = (
        "import importlib, nnanim; homes = dict(nnanim._HOME)\n"
        "for home in set(homes.values()): importlib.import_module(home)\n"
        "from types import ModuleType\n"
        "print([name for name in homes if isinstance(getattr(nnanim, name), ModuleType)])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
