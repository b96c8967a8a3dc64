"""Files that are written whole or not at all, and files of users that are opened with care."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from nnanim.errors import UserError, shorten

MAX_BYTES = 1 << 30
"""Maximum size of a file that is read whole, unless its reader says otherwise."""

MODEL_TEXTS, MAX_MODEL_TEXT = (".json", ".txt"), 1 << 27
"""Files of a model that are read as text, and their maximum size in bytes."""

MAX_PATH = 300
"""Maximum number of characters of a path in a message."""


@contextmanager
def open_regular(path: str | os.PathLike[str], limit: int | None = MAX_BYTES) -> Iterator[BinaryIO]:
    """A file that a user named, open for reading in a ``with`` block.

    A pipe would block, a device may never end, and a folder is no file: only regular files are opened.

    Args:
        path: the file.
        limit: maximum size in bytes; None for files that are read in parts.

    Raises:
        UserError: there is no such file, it cannot be read, is no regular file, or is too large. It may also
            come out of the block, where the disk fails while the file is read.
    """
    with _open_regular(path, limit) as file:
        try:
            yield file
        except OSError as error:
            if error.errno is None:  # not the system's: Pillow says so of damaged pictures
                raise
            raise UserError(f"{quote_path(path)}: {_reason(error)}") from error


def _open_regular(path: str | os.PathLike[str], limit: int | None) -> BinaryIO:
    shown = quote_path(path)
    try:
        # Without O_NONBLOCK, opening a pipe waits until somebody writes into it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        if os.path.isdir(path):
            raise UserError(f"{shown} is a folder, not a file") from None
        raise UserError(f"{shown}: {_reason(error)}") from None
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise UserError(f"{shown} is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{shown} is not a regular file but a pipe or a device")
        if limit is not None and status.st_size > limit:
            raise UserError(f"{shown} has {status.st_size:,} bytes; the maximum here is {limit:,}")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: str | os.PathLike[str], limit: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most ``limit`` bytes.

    Raises:
        UserError: as for `open_regular`.
    """
    with open_regular(path, limit) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UserError(f"{quote_path(path)} grew beyond {limit:,} bytes while it was read")
    return content


def read_text(path: str | os.PathLike[str], limit: int = MAX_BYTES) -> str:
    """The text of a regular file in UTF-8.

    Raises:
        UserError: as for `open_regular`, or the file is not UTF-8.
    """
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{quote_path(path)} is not text in UTF-8: {error.reason} at byte {error.start}"
        ) from None


def check_model_folder(folder: Path) -> None:
    """Refuse a model's folder in which its library would wait for ever, or fill the memory.

    Raises:
        UserError: there is a pipe, a device, a link that leads nowhere, or a text beyond `MAX_MODEL_TEXT`.
    """
    for file in folder.rglob("*"):
        if file.is_dir():
            continue
        if not file.is_file():
            raise UserError(f"{quote_path(file)} is not a regular file")
        if file.suffix in MODEL_TEXTS and file.stat().st_size > MAX_MODEL_TEXT:
            size = file.stat().st_size
            raise UserError(f"{quote_path(file)} has {size:,} bytes; the maximum here is {MAX_MODEL_TEXT:,}")


def quote_path(path: str | os.PathLike[str]) -> str:
    """A path as error messages name it: without quotes, cut in the middle where it is very long."""
    return shorten(os.fspath(path), MAX_PATH)


def clear_place(path: str | os.PathLike[str]) -> None:
    """Remove a pipe or a device, or a link to one, from where a run keeps a file of its own.

    Files and folders stay.
    """
    target = Path(path)
    with suppress(OSError):
        if target.exists() and not target.is_file() and not target.is_dir():
            target.unlink()


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk, a share of it, or a file that can take no more."""


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well.

    An exception in the block leaves what stood at ``path`` as it was.

    Raises:
        UserError: the folder cannot be made or written to, or something stands there that is no file.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            # Whoever reads from the pipe would wait for ever, if a file took its place.
            raise UserError(f"cannot write {quote_path(target)}: it is a pipe or a device")
        remove_leftovers(target.parent)
        temporary = leftover_name(target)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except UserError:
        raise
    except (OSError, ValueError) as error:
        raise UserError(f"cannot write {quote_path(target)}: {_reason(error)}") from error
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        _take_place(temporary, target)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise UserError(f"cannot write {quote_path(target)}: {_reason(error)}; make room") from error
    finally:
        with suppress(OSError):  # Windows removes no file that whoever failed still has open
            temporary.unlink(missing_ok=True)


def _take_place(temporary: Path, target: Path) -> None:
    """Give a whole file its name.

    Raises:
        UserError: on Windows: another program shows the file that has the name now.
    """
    for wait in (*LOCKED_WAITS, None):
        try:
            os.replace(temporary, target)
            return
        except PermissionError as error:
            if not target.exists() or not os.access(target.parent, os.W_OK):
                raise
            if wait is None:
                raise UserError(
                    f"cannot write {quote_path(target)}: another program has it open; close it there"
                ) from error
            time.sleep(wait)


LOCKED_WAITS = (0.05, 0.2, 0.5)
"""Seconds for which a file that has just been written may be held by whoever looks for viruses."""


RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices, whatever suffix follows."""

MAX_STEM = 120
"""Maximum number of characters of a file's name that is made of words."""


def file_stem(words: str) -> str:
    """Words as the name of a file, without suffix, that every system takes: most are their own name.

    Else what a system refuses is replaced, and a few digits of all the words follow, so that names differ.
    """
    stem = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "-", words)[:MAX_STEM].strip(" .") or "unnamed"
    if stem == words and stem.partition(".")[0].lower() not in RESERVED:
        return stem
    digits = hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{stem.replace('.', '-')}-{digits}"


class _OnlyTried(Exception):
    """Nothing was to be written."""


def check_place(path: str | os.PathLike[str]) -> None:
    """See that a file can be written there, before long work is done for it.

    Raises:
        UserError: as `atomic`.
    """
    with suppress(_OnlyTried), atomic(path):
        raise _OnlyTried


LEFTOVER = ".nnanim-"
"""How the names of files begin that are not whole yet."""


def leftover_name(target: Path) -> Path:
    """A name beside ``target`` for a file that becomes it; it tells which process writes it."""
    name = f"{LEFTOVER}{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{target.suffix}"
    return target.with_name(name)


def remove_leftovers(folder: Path) -> None:
    """Remove what processes of this machine that were killed have left half written in a folder."""
    for file in folder.glob(f"{LEFTOVER}{_machine()}-*"):
        process = file.name.split("-")[2]
        if process.isdecimal() and not _is_alive(int(process)):
            with suppress(OSError):
                file.unlink()


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        # There, a file that is being written cannot be removed.
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write ``text`` as UTF-8 to ``path``, whole or not at all; returns the path."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    """What the system says: "No such file or directory"."""
    return str(getattr(error, "strerror", None) or error)
