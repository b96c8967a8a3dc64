"""The folder of a run: what was asked for, numbered frames, and the numbers of every step."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nnanim.errors import MAX_QUOTE, UserError, shorten
from nnanim.files import atomic, clear_place, read_bytes, write_text
from nnanim.images import Floats, write_picture
from nnanim.schema import read_json

NOTE = "run.json"
MAX_STEP = 1 << 30
"""Maximum size in bytes of a step's file."""


class RunFolder:
    """A folder of one run, which is the same, however often it was interrupted.

    ``run.json`` says what was asked for, ``00000.png`` is the picture of the first step (of several pictures
    ``000/00000.png``, one folder each), ``steps/00000.npz`` holds the step's numbers and the checksums of its
    frames.

    Args:
        path: the folder; it is made.
        note: what run.json says.
        pictures: how many pictures there are; None for one without a folder of its own.

    Raises:
        UserError: the folder holds another run or other files, or cannot be written to.
    """

    def __init__(self, path: str | os.PathLike[str], note: msgspec.Struct, pictures: int | None) -> None:
        self.path = Path(path)
        self.pictures = pictures
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{path} is a file; a run is kept in a folder")
        there = self.path / NOTE
        if os.path.lexists(there):
            _check_same(there, note)
        elif self.path.is_dir() and any(not one.name.startswith(".") for one in self.path.iterdir()):
            raise UserError(f"{path} holds other files and no {NOTE}; give an empty folder or a new name")
        else:
            text = json.dumps(msgspec.to_builtins(note), indent=1, ensure_ascii=False)
            write_text(there, text + "\n")

    def frame_files(self, step: int) -> list[Path]:
        """Where the frames of a step are, one for each picture."""
        name = f"{step:05d}.png"
        if self.pictures is None:
            return [self.path / name]
        return [self.path / f"{at:03d}" / name for at in range(self.pictures)]

    def save(self, step: int, picture: Floats, values: dict[str, Any]) -> None:
        """Write a step, each file whole or not at all, the numbers last.

        Args:
            step: its number.
            picture: (height, width, 3), or of several pictures with one more axis in front.
            values: its numbers by name.

        Raises:
            UserError: it cannot be written.
        """
        self._write_frames(step, picture)
        self._write(step, _pack({"frames": self._checksums(step), **values}))

    def load(self, step: int, needed: Iterable[str]) -> dict[str, Any] | None:
        """The numbers of a step; None where they are missing or damaged: the step is then made anew."""
        try:
            content = read_bytes(self._step_file(step), MAX_STEP)
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                values = {name: file[name] for name in file.files}
        except Exception:  # numpy and zipfile raise whatever a damaged file leads them to
            return None
        if not {"frames", *needed} <= values.keys():
            return None
        if (packed := _pack(values)) != content:  # damaged where nothing is read, such as a date
            self._write(step, packed)
        return values

    def mend_frames(self, step: int, frames: Any, paint: Callable[[], Floats]) -> None:
        """Write the frames of a step again, if they are not those whose checksums were kept."""
        if not np.array_equal(frames, self._checksums(step)):
            self._write_frames(step, paint())

    def _write_frames(self, step: int, picture: Floats) -> None:
        pictures: Any = picture[None] if self.pictures is None else picture
        for path, one in zip(self.frame_files(step), pictures, strict=True):
            clear_place(path)
            try:
                write_picture(one, path)
            except OSError as error:
                raise UserError(f"{path} cannot be written: {error.strerror or error}") from error

    def _checksums(self, step: int) -> Any:
        """(frames, 32) the SHA-256 of each frame's file; zeros where it cannot be read."""
        sums = np.zeros((len(self.frame_files(step)), 32), dtype=np.uint8)
        for row, file in zip(sums, self.frame_files(step), strict=True):
            try:
                row[:] = np.frombuffer(hashlib.sha256(read_bytes(file)).digest(), dtype=np.uint8)
            except UserError:
                continue
        return sums

    def _step_file(self, step: int) -> Path:
        return self.path / "steps" / f"{step:05d}.npz"

    def _write(self, step: int, content: bytes) -> None:
        file = self._step_file(step)
        clear_place(file)
        try:
            with atomic(file) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise UserError(f"{file} cannot be written: {error.strerror or error}") from error


def _pack(values: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **values)
    return stream.getvalue()


def _check_same(path: Path, note: msgspec.Struct) -> None:
    there = read_json(path, type(note))
    for name in note.__struct_fields__:
        was, now = (getattr(one, name) for one in (there, note))
        if was != now:
            said, wanted = (shorten(json.dumps(one, ensure_ascii=False), MAX_QUOTE) for one in (was, now))
            raise UserError(f"{path} is of another run: its {name} is {said}, not {wanted}; give a new name")
