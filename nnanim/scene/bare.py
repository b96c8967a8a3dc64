"""Scenes without manim: what a scene file subclasses where nothing is filmed.

manim takes more than a second to import, and whoever plays a film in a browser needs nothing of it.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import ClassVar

from nnanim.errors import UserError
from nnanim.scene.source import StorySource

_wanted: ContextVar[bool] = ContextVar("without_manim", default=False)
_media: ContextVar[Path | None] = ContextVar("media_folder", default=None)


class BareScene(StorySource):
    """Stands for ``nnanim.movie.StoryScene`` in scene files that are loaded `without_manim`.

    It tells the same story about the same traces, which lie in the same folder, and cannot film it.
    """

    min_seconds: ClassVar[dict[str, float]] = {}

    @classmethod
    def trace_folder(cls) -> Path:
        """The folder of traces in manim's media folder."""
        return media_folder() / "traces"


@contextmanager
def without_manim(media: Path | None = None) -> Iterator[None]:
    """A block in which scene files are loaded whose scenes only tell their stories.

    Args:
        media: the media folder, instead of the one that manim's files name.
    """
    before, folder = _wanted.set(True), _media.set(media)
    try:
        yield
    finally:
        _wanted.reset(before)
        _media.reset(folder)


def is_bare() -> bool:
    """Whether this is such a block."""
    return _wanted.get()


def manim_files() -> tuple[Path, Path]:
    """Where manim's configuration may lie: the user's own file, and one in the working folder, which wins."""
    home = "AppData/Roaming/Manim" if os.name == "nt" else ".config/manim"
    return Path.home() / home / "manim.cfg", Path("manim.cfg")


def media_folder() -> Path:
    """The media folder that manim's configuration files name, as manim finds it; ``media`` by default.

    Raises:
        UserError: one of the files cannot be parsed.
    """
    if (given := _media.get()) is not None:
        return given
    parser = configparser.ConfigParser(interpolation=None)
    for path in manim_files():
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise UserError(f"{path}: {str(error).splitlines()[0]}") from error
    return Path(parser.get("CLI", "media_dir", fallback="media"))
