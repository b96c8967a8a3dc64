"""Films that are there already: what each was made of, so that only what has changed is rendered again."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nnanim
from nnanim.files import atomic, write_text
from nnanim.order import Made, Order

HOME = Path(nnanim.__file__).parent
NOTE = "made.json"
_SHOWN_ONLY = ("cli", "deck", "lessons", "still", "training")
"""nnanim's own folders that change no film."""


def found(order: Order) -> Made | None:
    """The film of ``order``, if it is there and nothing that it was made of has changed."""
    folder = Path(order.folder)
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        same = note["wanted"] == order.digest() and note["code"] == code() and note["versions"] == versions()
        if not same or any(_checksum(Path(file)) != was for file, was in note["read"].items()):
            return None
        if any((folder / file).stat().st_size != size for file, size in note["written"].items()):
            return None
        return Made(**{**note["made"], "beside": tuple(note["made"]["beside"]), "fresh": False})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(order: Order, made: Made, read: set[Path]) -> None:
    """Note what a film was made of, and which files it consists of."""
    folder = Path(order.folder)
    written = {file: (folder / file).stat().st_size for file in files(order, made)}
    note = {
        "wanted": order.digest(),
        "code": code(),
        "versions": versions(),
        "read": {str(file): _checksum(file) for file in sorted(read) if file.is_file()},
        "written": written,
        "made": {**vars(made), "fresh": False},
    }
    write_text(folder / NOTE, json.dumps(note, ensure_ascii=False, indent=1) + "\n")


def receive(order: Order, made: Made, content: Mapping[str, bytes]) -> Made:
    """Write a film that was made elsewhere, file by file, into the order's folder."""
    for name, data in content.items():
        with atomic(Path(order.folder) / name) as temporary:
            temporary.write_bytes(data)
    if order.keeps:
        keep(order, made, set())
    return made


def files(order: Order, made: Made) -> list[str]:
    """Every file of a film, relative to its folder: the film, its companions, clips, posters, voices."""
    names = [made.film, *made.beside]
    if made.manifest:
        path = made.manifest_in(order.folder)
        base = Path(made.manifest).parent
        for beat in json.loads(path.read_text(encoding="utf-8"))["beats"]:
            names += [(base / beat[key]).as_posix() for key in ("clip", "poster", "voice") if beat.get(key)]
    return list(dict.fromkeys(names))


def code() -> str:
    """A short name for nnanim's own code and weights, as far as they make films."""
    sha = hashlib.sha256()
    for path in sorted(HOME.rglob("*")):
        part = path.relative_to(HOME)
        if part.parts[0] in _SHOWN_ONLY or "__pycache__" in part.parts or not path.is_file():
            continue
        if path.suffix in (".py", ".json", ".csv"):
            sha.update(str(part).encode() + path.read_bytes())
        else:
            sha.update(f"{part} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    return sha.hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Versions of what computes and draws."""
    known = {"python": sys.version.split()[0]}
    for name in ("nnanim", "torch", "numpy", "manim", "av", "pycairo", "uharfbuzz", "typst"):
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            known[name] = ""
    return known


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


_reading: list[set[str]] = []


@contextmanager
def reading(folder: Path) -> Iterator[set[Path]]:
    """The files that are read inside, but for those in ``folder``, of a package or of the system."""
    _listen()
    seen: set[str] = set()
    paths: set[Path] = set()
    before = set(sys.modules)
    _reading.append(seen)
    try:
        yield paths
    finally:
        _reading.remove(seen)
        modules = [getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before]
        for name in {*seen, *filter(None, modules)}:
            path = Path(os.path.abspath(name))
            if _tells(path, folder.resolve()):
                paths.add(path)


def _tells(path: Path, folder: Path) -> bool:
    real = path.resolve()
    if folder in real.parents or "__pycache__" in real.parts or not real.is_file():
        return False
    return not any(root == real or root in real.parents for root in _roots())


@cache
def _roots() -> tuple[Path, ...]:
    """Folders of Python, packages, the system and nnanim: versions and ``code`` stand for their files."""
    paths = sysconfig.get_paths()
    installed = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    system = ["/proc", "/sys", "/dev", "/etc", "/usr/lib", "/usr/share", sys.prefix]
    return tuple(Path(one).resolve() for one in (*installed, *system, str(HOME)))


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _reading and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        flags = arguments[2] if len(arguments) > 2 else 0
        if not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            for seen in _reading:
                seen.add(os.fsdecode(arguments[0]))


@cache
def _listen() -> None:
    # An audit hook cannot be taken away again: there is one, and it sleeps.
    sys.addaudithook(_hook)
