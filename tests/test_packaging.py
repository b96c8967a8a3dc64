"""What is installed and shipped: pins, the wheel, and what setup says when it cannot go on."""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nnanim

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = "bash dirname basename cksum cat tr".split()

posix = pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="setup needs bash")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {name: version for name, version in pairs}


def test_every_dependency_has_a_pin_inside_its_range() -> None:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    pinned = pins()
    for requirement in (Requirement(line) for group in groups for line in group):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_pins_name_no_platform() -> None:
    assert not [f"{name} {version}" for name, version in pins().items() if "+" in version]


def test_the_version_is_said_once_and_the_same() -> None:
    assert PROJECT["version"] == nnanim.__version__


def test_no_plugin_is_registered_with_manim() -> None:
    assert "entry-points" not in PROJECT


def test_the_wheel_holds_scenes_fonts_weights_and_data(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    scenes = {f"nnanim/_scenes/{file.name}" for file in (ROOT / "scenes").glob("*.py")}
    files = {f"nnanim/fonts/NNAnimSansJP-{weight}.otf" for weight in ("Regular", "Bold")}
    files |= {"nnanim/fonts/OFL.txt", "nnanim/models/weights/iris-2-3-1.safetensors", "nnanim/data/iris.csv"}
    assert scenes and (scenes | files) <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]


def setup_in(folder: Path, **commands: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of setup where only a few tools and some made-up commands are on the path."""
    path = folder / "path"
    path.mkdir()
    for tool in TOOLS:
        (path / tool).symlink_to(str(shutil.which(tool)))
    for name, script in commands.items():
        command = path / name.replace("_", "-").replace("python3-11", "python3.11")
        command.write_text(f"#!{shutil.which('bash')}\n{script}\n", encoding="utf-8")
        command.chmod(command.stat().st_mode | stat.S_IEXEC)
    for name in ("setup", "pyproject.toml", "constraints.txt", "hatch_build.py"):
        shutil.copy2(ROOT / name, folder / name)
    return subprocess.run([folder / "setup"], env={"PATH": str(path)}, capture_output=True, text=True)


@posix
def test_setup_names_the_python_that_is_too_old(tmp_path: Path) -> None:
    done = setup_in(tmp_path, python3="echo Python 3.9.2; exit 1")
    assert done.returncode == 2
    assert "needs Python 3.11 or newer; found: Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


@posix
@pytest.mark.parametrize(
    ("commands", "line"),
    [
        ({"apt_get": "exit 1"}, "sudo apt-get install gcc g++ pkg-config libcairo2-dev libpango1.0-dev"),
        ({"dnf": "exit 1"}, "sudo dnf install gcc gcc-c++ pkgconf-pkg-config cairo-devel pango-devel"),
        ({"uname": "echo Darwin"}, "brew install pkg-config cairo pango"),
    ],
)
def test_setup_says_how_to_install_system_packages(
    tmp_path: Path, commands: dict[str, str], line: str
) -> None:
    base = {"uname": "echo Linux", "id": "echo 1000", "python3_11": f'exec "{sys.executable}" "$@"'}
    done = setup_in(tmp_path, **(base | commands))
    assert done.returncode == 2
    assert line in done.stderr
    assert not (tmp_path / ".venv").exists()
