"""Who may import whom: the contracts of pyproject.toml, and what really lands in memory."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "manim", "matplotlib")
PURE = (
    "errors files trace theme words words.typeset words.linebreak shapes marks motions beats layout style "
    "timeline check controls data lessons parallel film.manifest settings scene.loader scene.trace_cache "
    "film.job film.cache film.make film.options film.voice "
    "deck deck.html deck.pptx deck.folder deck.video cli.deck web"
).split()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

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


def test_contracts_name_what_is_there() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    layers = [name for one in contracts for line in one.get("layers", ()) for name in line.split()]
    sides = [
        side for one in contracts for line in one.get("ignore_imports", ()) for side in line.split(" -> ")
    ]
    ours = {name.strip("()") for name in layers if name not in "|:"}
    ours |= {side.split(".")[1] for side in sides if side.startswith("nnanim.")}
    package = ROOT / "nnanim"
    assert ours and not [
        one for one in ours if not ((package / one).is_dir() or (package / f"{one}.py").is_file())
    ]


def imported(path: Path) -> set[str]:
    """Packages that a file imports, anywhere in it, but for Python's own and nnanim."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).split(".")[0])
    return found - set(sys.stdlib_module_names) - {"nnanim"}


def test_every_package_that_is_imported_is_declared() -> None:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    lists = (
        project["dependencies"],
        *(extras[name] for name in ("hf", "cluster", "training", "live", "notebook", "mcp")),
    )
    declared = {canonicalize_name(Requirement(line).name) for one in lists for line in one}
    declared.add("distributed")  # is what dask[distributed] brings
    owners = packages_distributions()
    for path in (ROOT / "nnanim").rglob("*.py"):
        for name in imported(path):
            assert declared & {canonicalize_name(owner) for owner in owners[name]}, f"{path}: {name}"


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
