"""``nnanim doctor``: what this installation lacks, and what to type about it.

It must work where nnanim does not: outside the checks only Python and click are imported.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

from nnanim.terminal import echo

OK, WARNING, BAD = "ok", "warning", "bad"


@dataclass(frozen=True)
class Diagnosis:
    """What a check found.

    Attributes:
        state: ``ok``, ``warning`` (films can be made without it) or ``bad``.
        what: what was looked at.
        result: version, or what came of it.
        cure: what to do about it.
        wanted: what pip has to install, as it is written for pip; "" where that is not the cure.
    """

    state: str
    what: str
    result: str
    cure: str = ""
    wanted: str = ""


PACKAGES = {
    "apt": "sudo apt-get install -y {}",
    "dnf": "sudo dnf install -y {}",
    "brew": "brew install {}",
}
CAIRO = {
    "apt": "gcc g++ python3-dev pkg-config libcairo2-dev libpango1.0-dev",
    "dnf": "gcc gcc-c++ python3-devel pkgconf-pkg-config cairo-devel pango-devel",
    "brew": "cairo pango pkg-config",
}
BUILT_ON_CAIRO = ("manim", "pycairo")
"""Packages that pip builds against cairo and pango."""

PYTHON = (3, 11)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to do; exits with 1 when something essential is missing."""
    found: list[Diagnosis] = []
    for check in CHECKS:
        for finding in _safely(check):
            found.append(finding)
            if not as_json:
                _say(finding)
    bad = sum(finding.state == BAD for finding in found)
    wanted = [finding.wanted for finding in found if finding.wanted]
    if as_json:
        echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=1), keep="\n")
        raise click.exceptions.Exit(1 if bad else 0)
    if len(wanted) > 1:
        echo(f"One command for all packages: {_pip(' '.join(wanted))}")
    if bad:
        echo(f"{bad} of these must be mended before films can be made.")
        raise click.exceptions.Exit(1)
    echo("Films can be made.")


def _say(finding: Diagnosis) -> None:
    color = {OK: "green", WARNING: "yellow", BAD: "red"}[finding.state]
    line = f"{finding.what}: {finding.result}" if finding.result else finding.what
    echo(f" {line}", label=f"{finding.state:<8}", color=color)
    if finding.cure:
        echo(f"{'':<8} → {finding.cure}")


def _safely(check: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """What a check finds; where it breaks down, that is the finding."""
    try:
        yield from check()
    except Exception as error:
        what = (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")
        yield Diagnosis(BAD, what, f"{type(error).__name__}: {error}", _pip("--force-reinstall nnanim"))


def python() -> Iterator[Diagnosis]:
    """Python."""
    wanted = ".".join(map(str, PYTHON))
    fine = sys.version_info >= PYTHON
    cure = "" if fine else f"install Python {wanted} or newer, then: python{wanted} -m venv .venv"
    yield Diagnosis(OK if fine else BAD, "Python", platform.python_version(), cure)


def dependencies() -> Iterator[Diagnosis]:
    """The packages that nnanim needs."""
    for name, wanted, extra in requirements():
        if extra == "":
            yield _check_package(name, wanted, BAD)


def extras() -> Iterator[Diagnosis]:
    """Packages for more, which films do not need."""
    for name, wanted, extra in requirements():
        if extra in ("hf", "cluster"):
            found = _check_package(name, wanted, WARNING)
            if found.state != OK and found.result == "not installed":
                cure = "for more: " + _pip(f"'nnanim[{extra}]'")
                found = Diagnosis(OK, f"{name} (optional, not installed)", "", cure)
            yield found


def requirements() -> Iterator[tuple[str, str, str]]:
    """Name, range of versions and extra ("" for none) of everything that nnanim declares."""
    from packaging.requirements import Requirement

    for one in map(Requirement, metadata.requires("nnanim") or ()):
        extra = re.search(r"extra == ['\"]([^'\"]+)", str(one.marker))
        yield one.name, str(one.specifier), extra[1] if extra else ""


def _check_package(name: str, wanted: str, worst: str) -> Diagnosis:
    asked = f"'{name}{wanted}'"
    cure = _pip(asked)
    if name in BUILT_ON_CAIRO:
        cure = f"{_system(CAIRO)}, then: {cure}"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Diagnosis(worst, name, "not installed", cure, asked)
    if not within(version, wanted):
        return Diagnosis(worst, name, f"{version}, but {wanted} is wanted", cure, asked)
    return Diagnosis(OK, name, version)


def within(version: str, wanted: str) -> bool:
    """Whether a version such as ``2.13.0+cpu`` lies in a range such as ``>=2.4,<3``."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(wanted).contains(version, prereleases=True)


def imports() -> Iterator[Diagnosis]:
    """What is installed can also be imported."""
    for module, package in (
        ("torch", "torch"),
        ("manim", "manim"),
        ("matplotlib", "matplotlib"),
        ("av", "av"),
        ("typst", "typst"),
    ):
        try:
            importlib.import_module(module)
        except Exception as error:
            cure = _pip(f"--force-reinstall {package}")
            if package == "manim":
                cure = f"{_system(CAIRO)}, then: {cure}"
            yield Diagnosis(BAD, f"import {module}", f"{type(error).__name__}: {error}", cure)


def cairo() -> Iterator[Diagnosis]:
    """cairo, which paints."""
    try:
        module = importlib.import_module("cairo")
    except ImportError as error:
        yield Diagnosis(BAD, "cairo", str(error), f"{_system(CAIRO)}, then: {_pip('pycairo')}")
        return
    yield Diagnosis(OK, "cairo", module.cairo_version_string())


def fonts() -> Iterator[Diagnosis]:
    """The fonts and the words that are set in them."""
    from nnanim import theme, words
    from nnanim.words import typeset

    style = theme.by_name("dark")
    for path in (style.font, style.bold):
        if not path.is_file():
            yield Diagnosis(BAD, f"font {path.name}", "not there", _pip("--force-reinstall nnanim"))
            return
    for name, term in words.TERMS.items():
        for lang, text in term.items():
            for path in (style.font, style.bold):
                try:
                    typeset.line(text, path)
                except ValueError as error:
                    yield Diagnosis(
                        BAD, f"glossary, {name} ({lang})", str(error), _pip("--force-reinstall nnanim")
                    )
    yield Diagnosis(OK, "fonts", f"{style.font.name} and {style.bold.name} have every glyph of the glossary")


def formulas() -> Iterator[Diagnosis]:
    """A formula, set by Typst."""
    from nnanim.words import typeset

    typeset.formula("sigma(z) = 1 / (1 + e^(-z))")
    yield Diagnosis(OK, "formulas", "set by Typst; LaTeX is not needed")


def film() -> Iterator[Diagnosis]:
    """A tiny film: painted, encoded to mp4, and read back."""
    import av
    import numpy as np

    colors = np.array([[230, 160, 30], [70, 170, 250]], dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w") as target:
            stream = target.add_stream("libx264", rate=15)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for color in colors:
                frame = av.VideoFrame.from_ndarray(np.broadcast_to(color, (48, 64, 3)).copy(), format="rgb24")
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        with av.open(str(path)) as source:
            seen = [frame.to_ndarray(format="rgb24").mean((0, 1)) for frame in source.decode(video=0)]
    if len(seen) != 2 or not np.allclose(seen, colors, atol=8):
        yield Diagnosis(BAD, "mp4", "what is read back is not what was written", _pip("--force-reinstall av"))
        return
    yield Diagnosis(OK, "mp4", "two frames written with x264 and read back; ffmpeg is not needed")


def painting() -> Iterator[Diagnosis]:
    """A beat, laid out and painted."""
    import numpy as np

    from nnanim import theme
    from nnanim.beats import Beat
    from nnanim.layout import place
    from nnanim.marks import Units
    from nnanim.movie.cairo_backend import paint, surface
    from nnanim.style import RenderStyle

    frame = place(
        Beat({"en": "Two neurons."}, Units(np.array([0.5, -0.5]), key="x", limit=1), id="check"),
        RenderStyle(theme.by_name("dark")),
    )
    pixels, context = surface(320, 180, (frame.style.width, frame.style.height))
    for shapes in frame.draw().values():
        paint(context, shapes)
    if not pixels.any():
        yield Diagnosis(BAD, "painting", "nothing was painted", _pip("--force-reinstall pycairo"))
        return
    yield Diagnosis(OK, "painting", "two neurons, laid out and painted")


def folder() -> Iterator[Diagnosis]:
    """The folder in which films are kept."""
    there = Path("media") if Path("media").exists() else Path()
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        cure = "work in another folder, or choose one with --media_dir"
        yield Diagnosis(BAD, "media folder", f"{there.absolute()}: {error.strerror}", cure)
        return
    free = shutil.disk_usage(there).free / 1e9
    enough = free >= 0.5
    cure = "" if enough else "make room, or choose another disk with --media_dir"
    yield Diagnosis(OK if enough else WARNING, "media folder", f"{free:.1f} GB free", cure)


def _pip(what: str) -> str:
    return f"{Path(sys.executable).name} -m pip install {what}"


def _system(names: dict[str, str]) -> str:
    """The command of this system's package manager; of all of them where none is found."""
    manager = {"apt": "apt-get", "dnf": "dnf", "brew": "brew"}
    here = [one for one, command in manager.items() if shutil.which(command)]
    commands = [PACKAGES[one].format(names[one]) for one in (here[:1] or manager)]
    if here[:1] != ["brew"] and getattr(os, "geteuid", lambda: 1)() == 0:
        commands = [command.removeprefix("sudo ") for command in commands]
    return " | or: ".join(commands)


CHECKS = (python, dependencies, imports, cairo, fonts, formulas, painting, film, folder, extras)
