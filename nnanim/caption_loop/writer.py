"""Writing a run into its folder, so that it can be killed at any moment and goes on exactly where it was.

A round counts once its line of rounds.jsonl is whole. Picture and embedding are written before the line; what
a kill left of them behind the last line is removed when the folder is opened again.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.loops import folder as files
from nnanim.loops.loop import End, Round
from nnanim.loops.pictures import Picture

try:
    import fcntl
except ImportError:  # Windows has no such lock.
    fcntl = None  # type: ignore[assignment]

_LEFT = re.compile(r"\.(\d{5}|config|end|sheet)-\w+\.(png|json)")


class Ledger:
    """The folder of a run, open for writing; a context manager. Two of them on one folder are refused.

    Args:
        path: a folder in which ``create`` has been before.

    Raises:
        UserError: no run in it, a damaged one, or somebody else is writing to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        config = files.read_config(path)
        self._width = int(config["embedding"]["width"])
        self._lines = _opened(path / files.ROUNDS)
        self._rows: BinaryIO | None = None
        try:
            _lock(self._lines, path)
            self._count = len(files.whole_lines(path))
            self._rows = _opened(path / files.EMBEDDINGS)
            self._mend()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._lines.close()
        if self._rows is not None:
            self._rows.close()

    def append(self, one: Round) -> None:
        """Keep a round; it is on the disk when this returns.

        Raises:
            UserError: it could not be kept, for want of room say; the rounds before it are whole.
        """
        assert self._rows is not None, "closed"
        sizes = [(handle, os.fstat(handle.fileno()).st_size) for handle in (self._rows, self._lines)]
        try:
            write_picture(self.path / files.picture_name(one.number), one.picture)
            _write(self._rows, np.asarray(one.embedding, dtype="<f4").tobytes())
            _write(self._lines, _line(one))
        except (OSError, UserError) as error:
            for handle, size in sizes:
                with suppress(OSError):
                    handle.truncate(size)
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise UserError(
                f"round {one.number} could not be kept in {self.path}: {said or error}; {self.kept()}"
            ) from error
        self._count += 1

    def end(self, end: End | None) -> None:
        """Say how the run ended; None takes away what was said before, for it goes on."""
        if end is None:
            (self.path / files.END).unlink(missing_ok=True)
        else:
            write_text(self.path / files.END, json.dumps(asdict(end), ensure_ascii=False) + "\n")

    def kept(self) -> str:
        """What is there, and how to go on: the second half of an error message."""
        whole = f"rounds 0 to {self._count - 1} are whole" if self._count else "no round is there yet"
        return f"{whole}; go on with: nnanim loop resume {self.path}"

    def _mend(self) -> None:
        """Cut off what was torn, remove what no line tells of."""
        assert self._rows is not None
        text = (self.path / files.ROUNDS).read_bytes()
        self._lines.truncate(text.rfind(b"\n") + 1)
        rows = os.fstat(self._rows.fileno()).st_size // (4 * self._width)
        if rows < self._count:
            raise UserError(f"{self.path / files.EMBEDDINGS} is shorter than {self._count} rounds")
        self._rows.truncate(self._count * 4 * self._width)
        for file in self.path.iterdir():
            if _LEFT.fullmatch(file.name):
                file.unlink(missing_ok=True)
        # The start picture is there before its round is.
        late = self.path / files.picture_name(max(self._count, 1))
        late.unlink(missing_ok=True)


def create(path: Path, config: dict[str, Any], start: Picture) -> None:
    """Make the folder of a new run: its start picture first, config.json last.

    Raises:
        UserError: there is something else in the folder, or it cannot be written to.
    """
    others = sorted(file.name for file in path.iterdir()) if path.is_dir() else []
    if any(name != files.picture_name(0) and not _LEFT.fullmatch(name) for name in others):
        raise UserError(f"{path} holds other files ({others[0]}); choose an empty folder")
    if path.exists() and not path.is_dir():
        raise UserError(f"{path} is a file; --out wants a folder")
    try:
        write_picture(path / files.picture_name(0), start)
        write_text(path / files.CONFIG, json.dumps(config, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"{path} cannot be written to: {error.strerror or error}") from error


def write_picture(path: Path, picture: Picture) -> None:
    """A picture as PNG, whole or not at all, on the disk when this returns."""
    with atomic(path) as temporary, temporary.open("wb") as handle:
        Image.fromarray(picture).save(handle, format="PNG")
        handle.flush()
        os.fsync(handle.fileno())


def _line(one: Round) -> bytes:
    told = {
        "round": one.number,
        "picture": files.picture_name(one.number),
        "caption": one.caption,
        "prompt": one.prompt,
        "similarity_first": one.similarity_first,
        "similarity_last": one.similarity_last,
        "seed": one.seed,
        "seconds": round(one.seconds, 4),
    }
    return (json.dumps(told, ensure_ascii=False) + "\n").encode()


def _write(handle: BinaryIO, data: bytes) -> None:
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())


def _opened(path: Path) -> BinaryIO:
    try:
        # Without a buffer nothing is left to be written, and to fail again, when the file is closed.
        return path.open("ab", buffering=0)  # type: ignore[return-value]
    except OSError as error:
        raise UserError(f"{path} cannot be written to: {error.strerror or error}") from None


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
