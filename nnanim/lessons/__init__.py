"""Lessons: scenes in order, with titles, words and the teacher's notes, as TOML files.

A lesson is data. Nothing in it is run but the scenes that it names; the files among them lie in its folder.
"""

from __future__ import annotations

from pathlib import Path

from nnanim.errors import UserError, nearest
from nnanim.lessons.lesson import AFTER, ASPECTS, QUIZ, BeatOverride, Clip, Lesson, Page
from nnanim.lessons.read import read

__all__ = [
    "AFTER",
    "ASPECTS",
    "QUIZ",
    "BeatOverride",
    "Clip",
    "Lesson",
    "Page",
    "folder",
    "load",
    "names",
    "path",
    "read"
]  # fmt: skip

_HOME = Path(__file__).parent.parent


def folder() -> Path | None:
    """The folder of the lessons that come with nnanim: in a checkout, or inside an installed package."""
    for place in (_HOME / "_lessons", _HOME.parent / "lessons"):
        if place.is_dir():
            return place
    return None


def names() -> list[str]:
    """Names of the lessons that come with nnanim."""
    place = folder()
    return sorted(file.stem for file in place.glob("*.toml")) if place is not None else []


def path(name: str) -> Path:
    """The file of a lesson: one of nnanim's by its name, or any ``.toml`` file.

    Raises:
        UserError: there is no such lesson or file.
    """
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise UserError(f"there is no file {name!r}")
        return Path(name)
    place = folder()
    if place is None or name not in names():
        raise UserError(
            f"there is no lesson {name!r}{nearest(name, names())}; a lesson of yours ends in .toml"
        )
    return place / f"{name}.toml"


def load(name: str) -> Lesson:
    """The lesson of that name, or in that file.

    Raises:
        UserError: there is none, or it is no lesson; the line says file, line and key.
    """
    return read(path(name))
