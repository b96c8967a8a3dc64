"""What a piece of work reads, written down so that it can be compared later: is it still the same?

While reads are recorded, an audit hook sees every file that Python opens and every folder that it lists, and
``os.stat`` and its kin are wrapped, so that "there is no such file" is written down too. What C and Rust
libraries open is not seen: `nnanim.scene.source_check` refuses code that may call them, and code of nnanim
that does so says it with ``warn_unseen``. Where anything is unknown, nothing is kept.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import importlib.metadata
import importlib.util
import os
import stat
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import nnanim

HOME = Path(nnanim.__file__).parent

BEGIN = time.time_ns()
"""When this process began to look; a file that changed later may differ from what was read before."""

OUTSIDE = (
    "subprocess.", "socket.connect", "socket.getaddrinfo", "urllib.", "os.exec", "os.posix_spawn", "os.spawn",
    "os.system", "os.fork", "sqlite3.connect",
)  # fmt: skip
"""Audit events of work that asks another process, the network or a database."""

METADATA = os.path.dirname(importlib.metadata.__file__)
"""Where Python's own code stands that finds the versions of packages."""

LIBRARY_FINDER = ctypes.util.find_library.__code__.co_filename
"""Where Python's own code stands that asks ldconfig, gcc or ld where a library of the system lies."""

ABSENT, FOLDER, UNREADABLE = "absent", "folder", "unreadable"

_stat, _lstat = os.stat, os.lstat
Signature = tuple[int, int, int, int]


@dataclass(eq=False)
class Reads:
    """What was read while it was recorded.

    Attributes:
        output: folder of the work's own results, which are not among what it reads.
        seen: what folders and look-ups showed when they were first asked, as in ``current_content``.
        opened: signatures of the files that were opened, when they first were.
        unknown: why not everything is known; empty where it is.
        looked: whole paths that were looked for, noted or not: to note them again changes nothing.
    """

    output: str
    seen: dict[str, str] = field(default_factory=dict)
    opened: dict[str, Signature | None] = field(default_factory=dict)
    unknown: str = ""
    looked: set[str] = field(default_factory=set)

    def open(self, path: str) -> None:
        """Note a file that is about to be read."""
        path = _source(path)
        signature = _signature(path)
        if path in self.opened and self.opened[path] != signature:
            self.unknown = f"{path} changed while it was read"
        self.opened.setdefault(path, signature)

    def note_lookup(self, kind: str, path: str) -> None:
        """Note that somebody listed or looked for ``path``."""
        key = f"{kind} {path}"
        if key not in self.seen:
            self.seen[key] = current_content(key, self.output)

    def add_dependencies(self, dependencies: Mapping[str, str]) -> None:
        """Depend on what something that is used here was made of."""
        for key, value in dependencies.items():
            kind, _, path = key.partition(" ")
            if kind == "content":
                self.open(path)
            else:
                self.seen.setdefault(key, value)

    def add(self, other: Reads) -> None:
        """Depend on what another recording has seen."""
        for path, signature in other.opened.items():
            if self.opened.setdefault(path, signature) != signature:
                self.unknown = f"{path} changed while it was read"
        self.seen = {**self.seen, **other.seen}
        self.unknown = self.unknown or other.unknown

    def dependencies(self) -> dict[str, str] | None:
        """Everything that was read, to be compared by ``is_current``; None where it is not known.

        A file that was saved after it was opened is not known: its checksum would be that of other content.
        """
        if self.unknown:
            return None
        dependencies = dict(self.seen)
        with pause_reads():
            for path, signature in self.opened.items():
                dependencies[f"content {path}"] = current_content(f"content {path}")
                if _signature(path) != signature:
                    return None
        return dependencies

    def is_relevant(self, path: str) -> bool:
        """Whether a file is neither a result nor part of Python, its packages, the system or nnanim."""
        return not _within(path, self.output) and not is_installed(path)


def is_current(dependencies: Mapping[str, str], output: Path) -> bool:
    """Whether everything that was read is as it was; what is being recorded depends on it, too."""
    with pause_reads():
        if any(current_content(key, os.path.abspath(output)) != value for key, value in dependencies.items()):
            return False
        for reads in _active:
            reads.add_dependencies(dependencies)
    return True


def current_content(key: str, output: str = "") -> str:
    """What stands at a place now: ``key`` is ``content``, ``listing`` or ``stat``, a blank, and a path."""
    kind, _, path = key.partition(" ")
    try:
        if kind == "content":
            return checksum(path)
        return _listing(path, output) if kind == "listing" else _status(path)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except IsADirectoryError:
        return FOLDER
    except (OSError, ValueError):
        return UNREADABLE


def checksum(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file, as hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _signature(path: str) -> Signature | None:
    try:
        now = _stat(path)
    except (OSError, ValueError):
        return None
    return now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino


def _status(path: str) -> str:
    now = _stat(path)
    # A folder's own time changes with every file that is written into it; listings tell of those.
    return FOLDER if stat.S_ISDIR(now.st_mode) else f"file {now.st_size} {now.st_mtime_ns}"


def _listing(path: str, output: str) -> str:
    rows = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name == "__pycache__" or _within(output, entry.path):
                continue
            try:
                rows.append(f"{entry.name}\0{_stat(entry.path).st_mtime_ns}\0{_stat(entry.path).st_size}")
            except OSError:
                rows.append(entry.name)
    return hashlib.sha256("\n".join(sorted(rows)).encode(errors="surrogateescape")).hexdigest()


def _within(path: str, folder: str) -> bool:
    # Windows takes C:\\Py and c:\\py for one folder; elsewhere normcase changes nothing.
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return bool(folder) and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))


def _source(path: str) -> str:
    """The source of a file of bytecode."""
    try:
        return importlib.util.source_from_cache(path)
    except (ValueError, NotImplementedError):
        return path


def is_installed(path: str) -> bool:
    """Whether a file came with Python, a package, the system or nnanim: versions stand for it."""
    if _is_in_roots(path):
        return True
    with pause_reads():
        real = os.path.realpath(path)
    return real != path and _is_in_roots(real)


def _is_in_roots(path: str) -> bool:
    # Asked for some ten thousand paths a film, so all folders are compared at once.
    return f"{os.path.normcase(path)}{os.sep}".startswith(_roots())


@cache
def _roots() -> tuple[str, ...]:
    """The folders of what is installed, each with a separator at its end."""
    paths = sysconfig.get_paths()
    places = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    system = ["/proc", "/sys", "/dev", "/etc", "/bin", "/usr/bin", "/usr/lib", "/usr/share"]
    every = [*places, *system, sys.prefix, str(HOME)]
    whole = [*map(os.path.abspath, every), *map(os.path.realpath, every)]
    return tuple(dict.fromkeys(os.path.normcase(one).rstrip(os.sep) + os.sep for one in whole))


_active: list[Reads] = []
_state = threading.local()


@contextmanager
def record_reads(output: Path | None = None) -> Iterator[Reads]:
    """Record what is read inside the block, but for ``output``; recordings may lie inside one another."""
    _install_hook()
    reads = Reads("" if output is None else os.path.abspath(output))
    with _note_lookups():
        _active.append(reads)
        try:
            yield reads
        finally:
            _active.remove(reads)


@contextmanager
def pause_reads() -> Iterator[None]:
    """Record nothing inside the block, in this thread."""
    before, _state.busy = getattr(_state, "busy", False), True
    try:
        yield
    finally:
        _state.busy = before


def warn_unseen(what: str) -> None:
    """Say that files are read which the recording cannot see: what is made of them is made anew each time."""
    for reads in _active:
        reads.unknown = reads.unknown or what


def _note(action: Callable[[Reads, str], None], path: Any) -> None:
    if not _active or getattr(_state, "busy", False) or not isinstance(path, str | bytes | os.PathLike):
        return
    with pause_reads():
        whole = os.path.abspath(os.fsdecode(path))
        for reads in list(_active):
            if reads.is_relevant(whole):
                action(reads, whole)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active:
        return
    if event == "open":
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        if not flags & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL):
            _note(Reads.open, arguments[0])
    elif event in ("os.listdir", "os.scandir"):
        # Python looks for modules, and for versions of packages, in whole folders: what it finds, it opens.
        if not sys._getframe(1).f_code.co_filename.startswith(("<frozen importlib", METADATA)):
            _note(lambda reads, path: reads.note_lookup("listing", path), arguments[0] or ".")
    elif event.startswith(OUTSIDE) and not getattr(_state, "busy", False) and not _finds_library():
        warn_unseen(event)


def _finds_library() -> bool:
    """Whether the process is one of those by which ctypes asks where a library of the system lies.

    torch with CUDA does so when it is imported; what it finds is of the machine, and changes no number.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == LIBRARY_FINDER and frame.f_code.co_name.startswith(("find_", "_find")):
            return True
        frame = frame.f_back
    return False


@cache
def _install_hook() -> None:
    # An audit hook cannot be taken away again: there is one, and it sleeps.
    sys.addaudithook(_hook)


@contextmanager
def _note_lookups() -> Iterator[None]:
    """While anything is recorded, looking for a file is noted."""
    if _active:
        yield
        return
    names = [(os, name) for name in ("stat", "lstat", "access")]
    # On Windows these are functions of C that do not call os.stat.
    paths = [(os.path, name) for name in ("exists", "lexists", "isfile", "isdir")]
    names += [one for one in paths if not hasattr(getattr(*one), "__code__")]
    before = [(place, name, getattr(place, name)) for place, name in names]
    for place, name, function in before:
        setattr(place, name, _looking(function))
    try:
        yield
    finally:
        for place, name, function in before:
            setattr(place, name, function)


def _is_looked_for(path: Any) -> bool:
    """Whether all that is recorded has looked for a path before; from now on it has."""
    if type(path) is not str or not os.path.isabs(path):
        return False
    known = all(path in reads.looked for reads in _active)
    for reads in list(_active):
        reads.looked.add(path)
    return known


def _looking(function: Callable[..., Any]) -> Callable[..., Any]:
    def look(path: Any, *args: Any, **options: Any) -> Any:
        if _active and not getattr(_state, "busy", False) and not _is_looked_for(path):
            _note(lambda reads, whole: reads.note_lookup("stat", whole), path)
        return function(path, *args, **options)

    return look
