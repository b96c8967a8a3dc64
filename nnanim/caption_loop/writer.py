"""Writing a run into its folder, so that it can be killed at any moment and continues exactly where it was.

A round counts once its line of rounds.jsonl is whole. Picture and embedding are written before the line; what
a kill left of them after the last line is removed when the folder is opened again.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nnanim.caption_loop import reader
from nnanim.caption_loop.loop import LoopEnd, Round
from nnanim.caption_loop.reader import LoopConfig
from nnanim.errors import UserError
from nnanim.files import LEFTOVER, write_text
from nnanim.images import Picture, write_picture

try:
    import fcntl
except ImportError:  # Windows has no such lock.
    fcntl = None  # type: ignore[assignment]


class LoopWriter:
    """The folder of a run, open for writing; a context manager. Two of them on one folder are refused.

    Args:
        path: a folder in which ``create`` has been before.

    Raises:
        UserError: no run in it, a damaged one, or another process is writing to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = reader.read_config(path)
        self._width = self.config["embedding"]["width"]
        self._lines = _open(path / reader.ROUNDS)
        self._rows: BinaryIO | None = None
        try:
            _lock(self._lines, path)
            # Read again: until the lock was held, somebody else may have written.
            self.config = reader.read_config(path)
            self._count = len(reader.read_lines(path))
            self._rows = _open(path / reader.EMBEDDINGS)
            self._clean_up()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> LoopWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._lines.close()
        if self._rows is not None:
            self._rows.close()

    def append(self, one: Round) -> None:
        """Write a round; it is on the disk when this returns.

        Raises:
            UserError: it cannot be written, because the disk is full say; the rounds before it are whole.
        """
        assert self._rows is not None, "closed"
        sizes = [(handle, os.fstat(handle.fileno()).st_size) for handle in (self._rows, self._lines)]
        try:
            write_picture(one.picture, self.path / reader.picture_name(one.number), sync=True)
            _write(self._rows, np.asarray(one.embedding, dtype="<f4").tobytes())
            _write(self._lines, _line(one))
        except (OSError, UserError) as error:
            for handle, size in sizes:
                with suppress(OSError):
                    handle.truncate(size)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UserError(
                f"round {one.number} cannot be written to {self.path}: {reason or error}; {self.summary()}"
            ) from error
        self._count += 1

    def write_end(self, end: LoopEnd | None) -> None:
        """Say how the run ended; None takes back what was said before: it continues."""
        if end is None:
            (self.path / reader.END).unlink(missing_ok=True)
        else:
            write_text(self.path / reader.END, json.dumps(asdict(end), ensure_ascii=False) + "\n")

    def set_limit(self, rounds: int) -> None:
        """Change the limit of the run."""
        if self.config["rounds"] != rounds:
            self.config["rounds"] = rounds
            write_config(self.path, self.config)

    def summary(self) -> str:
        """What is there, and how to continue: the second half of an error message."""
        whole = f"rounds 0 to {self._count - 1} are whole" if self._count else "no round is there yet"
        return f"{whole}; continue with: nnanim loop resume {self.path}"

    def _clean_up(self) -> None:
        """Cut off a torn line and its row, remove what belongs to no line."""
        assert self._rows is not None
        rows = os.fstat(self._rows.fileno()).st_size // (4 * self._width)
        if rows < self._count:
            raise UserError(f"{self.path / reader.EMBEDDINGS} is shorter than {self._count} rounds")
        text = (self.path / reader.ROUNDS).read_bytes()
        # The start picture is there before its round is.
        late = self.path / reader.picture_name(max(self._count, 1))
        try:
            self._lines.truncate(text.rfind(b"\n") + 1)
            self._rows.truncate(self._count * 4 * self._width)
            for file in self.path.iterdir():
                if file == late or file.name.startswith(LEFTOVER):
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(Path(error.filename or self.path), error) from None


def create(path: Path, config: LoopConfig, start: Picture) -> None:
    """Make the folder of a new run: its start picture first, config.json last.

    Raises:
        UserError: there is something else in the folder, or it cannot be written to.
    """
    others = sorted(file.name for file in path.iterdir()) if path.is_dir() else []
    if any(name != reader.picture_name(0) and not name.startswith(LEFTOVER) for name in others):
        raise UserError(f"{path} holds other files ({others[0]}); choose an empty folder")
    if path.exists() and not path.is_dir():
        raise UserError(f"{path} is a file; --out wants a folder")
    try:
        write_picture(start, path / reader.picture_name(0), sync=True)
        write_config(path, config)
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_config(path: Path, config: LoopConfig) -> None:
    """Write config.json of the run in a folder."""
    write_text(path / reader.CONFIG, json.dumps(config, ensure_ascii=False, indent=2) + "\n")


def _line(one: Round) -> bytes:
    line = {
        "round": one.number,
        "picture": reader.picture_name(one.number),
        "caption": one.caption,
        "prompt": one.prompt,
        "similarity_first": one.similarity_first,
        "similarity_last": one.similarity_last,
        "seed": one.seed,
        "seconds": round(one.seconds, 4),
    }
    return (json.dumps(line, ensure_ascii=False) + "\n").encode()


def _write(handle: BinaryIO, data: bytes) -> None:
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())


def _open(path: Path) -> BinaryIO:
    """Open a file of the run to append to it, if it is one.

    Opening a pipe would wait for a reader, and a link in a folder from elsewhere may lead to any file.
    """
    try:
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise UserError(f"{path} is not a regular file")
        # Without a buffer nothing is left to be written, and to fail again, when the file is closed.
        return path.open("ab", buffering=0)  # type: ignore[return-value]
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written to: {error.strerror or error}")


def _lock(handle: BinaryIO, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"another process is writing to {path}") from None
    except OSError:
        # A network folder may know no locks.
        return
