"""The folder of an assistant: paths in it, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from nnanim.errors import UserError, nearest, quote
from nnanim.files import read_text, write_text
from nnanim.scene import loader

MAX_SCENE = 200_000
"""Maximum number of characters of a scene file that is written."""

WRITTEN = (".py", ".toml", ".csv", ".txt", ".md")
"""Suffixes of files that an assistant may write."""


class Workplace:
    """A folder in which scenes are written; every path that comes from outside goes through it."""

    def __init__(self, folder: Path) -> None:
        """See that the folder is there.

        Raises:
            UserError: it is not.
        """
        if not folder.is_dir():
            raise UserError(f"{quote(str(folder))} is no folder; make it first")
        self.folder = folder.resolve()

    def file(self, name: str) -> Path:
        """A path in the folder.

        Raises:
            UserError: it leads out of the folder.
        """
        if not name.strip() or "\0" in name:
            raise UserError(f"{quote(name)} is no name of a file")
        whole = (self.folder / name).resolve()
        if not whole.is_relative_to(self.folder) or whole == self.folder:
            raise UserError(f"{quote(name)} lies outside {self.folder}; give a path in it")
        return whole

    def write(self, name: str, text: str) -> Path:
        """Write a file in the folder.

        Raises:
            UserError: it leads out of the folder, has another suffix, is too long, or cannot be written.
        """
        file = self.file(name)
        if file.suffix not in WRITTEN:
            raise UserError(f"{quote(name)}: one of {', '.join(WRITTEN)} is written here")
        if len(text) > MAX_SCENE:
            raise UserError(f"{quote(name)} would have {len(text):,} characters; at most {MAX_SCENE:,}")
        file.parent.mkdir(parents=True, exist_ok=True)
        return write_text(file, text)

    def read(self, name: str) -> str:
        """The text of a file in the folder, or of a scene that comes with nnanim."""
        if not name.endswith(WRITTEN):
            return read_text(loader.path(name))
        return read_text(self.file(name))

    def scene(self, name: str) -> str:
        """A scene as commands name it: one that comes with nnanim, or a file of the folder.

        Raises:
            UserError: there is none.
        """
        if not name.endswith(".py"):
            loader.path(name)
            return name
        if not self.file(name).is_file():
            raise UserError(f"there is no {quote(name)}{nearest(name, self.list_files())}")
        return os.path.relpath(self.file(name), self.folder)

    def list_files(self) -> list[str]:
        """Files of the folder that an assistant may write, without hidden ones."""
        found = (
            path.relative_to(self.folder)
            for path in self.folder.rglob("*")
            if path.suffix in WRITTEN and path.is_file()
        )
        return sorted(path.as_posix() for path in found if not any(part[0] in "._" for part in path.parts))
