"""What is installed and shipped: pins, the wheel, and what setup says when it cannot go on."""

import json
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_scenes_fonts_weights_and_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    scenes = {f"nnanim/_scenes/{file.name}" for file in (ROOT / "scenes").glob("*.py")}
    files = {f"nnanim/fonts/NNAnimSansJP-{weight}.otf" for weight in ("Regular", "Bold")}
    files |= {"nnanim/fonts/OFL.txt", "nnanim/models/weights/iris-2-3-1.safetensors", "nnanim/data/iris.csv"}
    assert scenes and (scenes | files) <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_wheel_grows_no_further(wheel: Path) -> None:
    """Seven tenths of it are the weights of the trained models."""
    assert wheel.stat().st_size <= 20e6


INSTALLED = """
import dataclasses, json, pathlib, nnanim
from nnanim import deck, lessons, theme
from nnanim.scene import loader
from nnanim.deck import html
empty = deck.Deck("x", "T", "ja", theme.by_name("dark"), (854, 480), (deck.Slide("01", "title", "語"),))
print(json.dumps({
    "home": str(pathlib.Path(nnanim.__file__).parent),
    "lessons": {name: len(lessons.load(name).clips) for name in lessons.names()},
    "lies": str(lessons.folder()),
    "scenes": loader.names(),
    "page": html.format_page(empty).count("Reveal.initialize"),
}))
"""


def test_an_installed_wheel_has_lessons_and_the_page_of_decks(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        content.extractall(tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", INSTALLED],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["home"] == str(tmp_path / "nnanim") and found["lies"] == str(
        tmp_path / "nnanim" / "_lessons"
    )
    assert set(found["lessons"]) == {file.stem for file in (ROOT / "lessons").glob("*.toml")}
    assert all(found["lessons"].values()) and found["page"] == 1
    assert set(found["scenes"]) == {file.stem for file in (ROOT / "scenes").glob("*.py")}


def setup_in(folder: Path, *flags: str, **commands: str) -> subprocess.CompletedProcess[str]:
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
    return subprocess.run([folder / "setup", *flags], env={"PATH": str(path)}, capture_output=True, text=True)


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


OPENERS = "chromium chromedriver soffice pdftoppm".split()


@posix
@pytest.mark.parametrize(
    ("commands", "line"),
    [
        (
            {"apt_get": "exit 1"},
            "sudo apt-get install chromium chromium-driver libreoffice-impress poppler-utils fonts-noto-cjk",
        ),
        (
            {"dnf": "exit 1", "soffice": "", "fc_list": "echo Noto"},
            "sudo dnf install chromium chromedriver poppler-utils",
        ),
        ({"uname": "echo Darwin"}, "brew install chromium chromedriver libreoffice poppler"),
    ],
)
def test_setup_says_how_to_install_what_opens_decks(
    tmp_path: Path, commands: dict[str, str], line: str
) -> None:
    base = {"uname": "echo Linux", "id": "echo 1000"}
    done = setup_in(tmp_path, "--slides", **(base | commands))
    assert done.returncode == 2
    assert "Run this, then ./setup --slides again" in done.stderr and f"  {line}\n" in done.stderr
    assert not (tmp_path / ".venv").exists()


@posix
def test_setup_installs_what_opens_decks_as_root_and_goes_on(tmp_path: Path) -> None:
    apt = f'echo "$*" >>"{tmp_path}/asked"'
    done = setup_in(tmp_path, "--slides", uname="echo Linux", id="echo 0", apt_get=apt, chromium="")
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert "chromium-driver libreoffice-impress poppler-utils fonts-noto-cjk" in asked[-1]
    assert done.returncode == 2 and "needs Python 3.11 or newer" in done.stderr  # the next thing it looks for


@posix
def test_setup_asks_for_nothing_where_decks_can_be_opened(tmp_path: Path) -> None:
    there = dict.fromkeys(OPENERS, "") | {"fc_list": "echo Noto", "apt_get": f"touch '{tmp_path}/asked'"}
    done = setup_in(tmp_path, "--slides", uname="echo Linux", id="echo 0", **there)
    assert not (tmp_path / "asked").exists() and "needs Python 3.11 or newer" in done.stderr


PIP_THAT_NOTES = r"""
case "$*" in
*"-m venv"*)
    {mkdir} -p .venv/bin
    {cp} "$0" .venv/bin/python
    printf '#!{bash}\necho "pip from $PWD/.venv/lib"\n' >.venv/bin/pip
    {chmod} +x .venv/bin/pip ;;
*"pip install"*) echo "$*" >>{notes}; case "$*" in *whl/cpu*) exit {index} ;; esac ;;
*"import torch"*) exit 1 ;;
*"sysconfig.get_path"*|*"import ensurepip"*) ;;
*"needed ="*|- ) exit 1 ;;
esac
exit 0
"""


@posix
@pytest.mark.parametrize("index", [0, 1], ids=["reached", "not reached"])
@pytest.mark.parametrize("nvidia", [False, True], ids=["no driver", "NVIDIA driver"])
@pytest.mark.parametrize("tests", [False, True], ids=["films", "tests"])
def test_setup_takes_torch_for_the_cpu_where_there_is_no_driver(
    tmp_path: Path, nvidia: bool, tests: bool, index: int
) -> None:
    tools = {name: shutil.which(name) for name in ("mkdir", "cp", "chmod", "bash")}
    python = PIP_THAT_NOTES.format(notes=tmp_path / "asked", index=index, **tools)
    there = dict.fromkeys(("gcc", "g++", "pkg_config", "apt_get"), "") | (
        {"nvidia_smi": ""} if nvidia else {}
    )
    real = {name: f'exec {shutil.which(name)} "$@"' for name in ("env", "grep", "rm", "mv")}
    flags = ["--tests"] * tests
    done = setup_in(tmp_path, *flags, uname="echo Linux", id="echo 0", python3_11=python, **there, **real)
    assert done.returncode == 0, done.stdout + done.stderr
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    whole = asked.pop()
    assert f"--editable .[{'dev' if tests else 'live'}]" in whole and "--index-url" not in whole
    if nvidia or Path("/proc/driver/nvidia/version").exists():
        assert not asked
    else:
        (first,) = asked
        assert "--index-url https://download.pytorch.org/whl/cpu" in first
        assert first.endswith(f"torch=={pins()['torch']}")
        assert ("going on with what pip finds" in done.stdout) == (index == 1)
    stamp = (tmp_path / ".venv/nnanim.stamp").read_text(encoding="utf-8")
    assert stamp.startswith("tests " if tests else "films ")


@posix
def test_setup_installs_again_where_the_tests_need_more_than_films(tmp_path: Path) -> None:
    """A venv for films does not do for tests; one for tests does for films."""
    text = (ROOT / "setup").read_text(encoding="utf-8")
    ready = text[text.index("is_ready() {") : text.index("find_python() {")]
    script = (
        f"VENV=. STAMP=stamp; fingerprint() {{ echo 7; }}; mkdir -p bin; ln -sf /bin/true bin/python; {ready}"
    )
    script += 'echo "$1 7" >stamp; is_ready "$2" && echo ready || echo not'
    for made, wanted, answer in (
        ("films", "films", "ready"), ("films", "tests", "not"), ("tests", "films", "ready"),
        ("tests", "tests", "ready"),
    ):  # fmt: skip
        run = subprocess.run(
            ["bash", "-c", script, "_", made, wanted], cwd=tmp_path, capture_output=True, text=True
        )
        assert run.stdout.strip() == answer, (made, wanted, run.stderr)


def test_the_workflow_for_other_platforms_is_sound() -> None:
    file = ROOT / ".github" / "workflows" / "platforms.yml"
    schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
    done = subprocess.run([sys.executable, *schema], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    text = file.read_text(encoding="utf-8")
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f'"{version}"' in text
        assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


@posix
def test_setup_knows_its_options(tmp_path: Path) -> None:
    done = setup_in(tmp_path, "--slide")
    assert (
        done.returncode == 2
        and "there is no option --slide; write ./setup, ./setup --tests or ./setup --slides" in done.stderr
    )


def test_ci_opens_decks_for_real() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (tools,) = (place for place, line in enumerate(lines) if line.startswith("./setup --slides"))
    (tests,) = (place for place, line in enumerate(lines) if "make" in line and line.endswith(" test"))
    assert tools < tests
