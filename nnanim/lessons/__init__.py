"""Lessons: scenes in order, with titles, words and the teacher's notes, as TOML files.

A lesson is data. Nothing in it is run but the scenes that it names; the files among them lie in its folder.
"""

from __future__ import annotations

from nnanim.lessons.lesson import AFTER, ASPECTS, QUIZ, BeatOverride, Clip, Lesson, Page
from nnanim.lessons.of_scenes import lesson_of_scenes
from nnanim.lessons.read import read
from nnanim.shelf import Shelf

__all__ = [
    "AFTER",
    "ASPECTS",
    "QUIZ",
    "BeatOverride",
    "Clip",
    "Lesson",
    "Page",
    "folder",
    "lesson_of_scenes",
    "load",
    "names",
    "path",
    "read"
]  # fmt: skip

LESSONS = Shelf("lesson", ".toml")
folder, names, path = LESSONS.folder, LESSONS.names, LESSONS.path


def load(name: str) -> Lesson:
    """The lesson of that name, or in that file.

    Raises:
        UserError: there is none, or it is no lesson; the line says file, line and key.
    """
    return read(path(name))
