"""Traces that were computed before: an example is run again when anything that it was made of has changed.

Beside a kept trace stands a list of the files that its example read while it ran (the scene, the code of the
model, weights, data) with their checksums, and of the versions of Python, numpy, torch and nnanim. All must
be the same. An example is kept only where this list says everything: the scene and its own modules import
nothing but what is in ``KNOWN``, name nothing in ``UNSEEN``, start no process and open no connection.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import json
import platform
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nnanim
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.trace import Trace

KNOWN = {
    "__future__", "abc", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses", "enum",
    "fractions", "functools", "gzip", "io", "itertools", "json", "math", "operator", "pathlib", "re",
    "statistics", "string", "typing", "zipfile",
    "manim", "nnanim", "numpy", "torch",
}  # fmt: skip
"""Modules that a scene may import and still have its trace kept: what they read is seen."""

UNSEEN = ("jit", "hub", "safetensors", "memmap", "ctypes", "__import__", "eval", "exec")
"""Names whose use in a scene or its modules may read what is not seen."""

OUTSIDE = (
    "subprocess.", "socket.connect", "urllib.", "os.exec", "os.posix_spawn", "os.system", "sqlite3.",
)  # fmt: skip
"""Audit events of an example that asks the outside."""

SETTINGS = {"lang", "theme", "pace", "only", "told", "takes", "_tell_beat", "_play"} | set(
    vars(type("_", (), {}))
)
"""What a film may set or watch of a scene and still have its numbers."""

HOME = Path(nnanim.__file__).parent
CODE = ("data", "loops", "models", "painting", "recording", "trace")
"""nnanim's own folders that make numbers; its other code only shows them."""


def example(scene: type, folder: Path) -> Any:
    """What ``scene``'s example gives: from ``folder`` where it was computed before, else computed and kept.

    Only a Trace is kept; anything else is computed every time.
    """
    kept = _place(scene, folder)
    if kept is not None and (found := _kept(kept)) is not None:
        return found
    with _watched() as seen:
        # The bare object has no renderer: an example needs none.
        made: Any = object.__new__(scene).example()  # type: ignore[attr-defined]
    if kept is not None and isinstance(made, Trace) and not seen["outside"]:
        _keep(made, kept, seen["files"], Path(inspect.getfile(scene)))
    return made


def _place(scene: type, folder: Path) -> Path | None:
    """Where the trace of a scene is kept; None for one that is not what its file says."""
    told = getattr(sys.modules.get(scene.__module__), scene.__name__, None)
    try:
        file = Path(inspect.getfile(told)).resolve()  # type: ignore[arg-type]
    except (TypeError, OSError):
        return None
    for kind in scene.__mro__[: scene.__mro__.index(told)] if told in scene.__mro__ else (scene,):
        if not vars(kind).keys() <= SETTINGS:
            return None
    name = json.dumps([str(file), scene.__qualname__, getattr(scene, "lang", None)])
    return folder / f"{scene.__name__}-{hashlib.sha256(name.encode()).hexdigest()[:12]}.trace"


def _kept(path: Path) -> Trace | None:
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        same = note["versions"] == _versions() and note["trace"] == _checksum(path)
        if not same or any(_checksum(Path(file)) != was for file, was in note["files"].items()):
            return None
        return Trace.load(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError):
        return None


def _keep(trace: Trace, path: Path, opened: set[str], scene: Path) -> None:
    files = _files(opened, scene)
    if files is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    trace.save(path)
    checksums = {str(file): _checksum(file) for file in sorted(files)}
    note = {"versions": _versions(), "trace": _checksum(path), "files": checksums}
    write_text(_note(path), json.dumps(note, indent=1) + "\n")


def _note(path: Path) -> Path:
    return path.with_suffix(".json")


def _files(opened: set[str], scene: Path) -> set[Path] | None:
    """Everything that a trace depends on, or None where that is not known."""
    own = _own(scene.resolve())
    if own is None:
        return None
    loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    every = {_source(Path(file)) for file in {*opened, *filter(None, loaded)}}
    mine = {file for file in every if HOME in file.parents and file.relative_to(HOME).parts[0] in CODE}
    read = {_source(Path(file)) for file in opened}
    others = {file for file in read if HOME not in file.parents and not _installed(file)}
    return own | {file for file in mine | others if file.is_file()}


def _own(scene: Path) -> set[Path] | None:
    """A scene's file and the modules of its author that it imports; None where one of them is not plain."""
    found, left = set(), [scene]
    while left:
        file = left.pop()
        if file in found:
            continue
        found.add(file)
        names = _imports(file)
        if names is None:
            return None
        for name in names:
            module = getattr(sys.modules.get(name), "__file__", None)
            at = _source(Path(module)) if module else None
            if at is not None and not _installed(at) and HOME not in at.parents:
                left.append(at)
            elif name.partition(".")[0] not in KNOWN:
                return None
    return found


def _source(file: Path) -> Path:
    try:
        return Path(importlib.util.source_from_cache(str(file))).resolve()
    except (ValueError, NotImplementedError):
        return file.resolve()


@cache
def _installed(file: Path) -> bool:
    """Whether a file came with Python, a package or the system: its version stands for it."""
    if HOME in file.parents:
        return False
    paths = sysconfig.get_paths()
    roots = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {
        "/proc",
        "/sys",
        "/dev",
    }
    return any(Path(root).resolve() in file.parents for root in roots)


def _imports(file: Path) -> set[str] | None:
    """The modules that a Python file imports; None where it names what may read unseen."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level or any(one.name in UNSEEN for one in node.names):
                return None
            names.add(node.module or "")
            names |= {whole for one in node.names if (whole := f"{node.module}.{one.name}") in sys.modules}
        elif getattr(node, "attr", getattr(node, "id", "")) in UNSEEN:
            return None
    return None if any(part in UNSEEN for name in names for part in name.split(".")) else names


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine(), "format": "1"}
    for name in ("nnanim", "numpy", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


_watching: list[dict[str, Any]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        name = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace")
        _watching[-1]["files"].add(name)
    elif event.startswith(OUTSIDE):
        _watching[-1]["outside"] = True


@cache
def _listen() -> None:
    # An audit hook cannot be taken away again: there is one, and it sleeps.
    sys.addaudithook(_hook)


@contextmanager
def _watched() -> Iterator[dict[str, Any]]:
    """What is read and asked for inside."""
    _listen()
    _watching.append({"files": set(), "outside": False})
    try:
        yield _watching[-1]
    finally:
        _watching.pop()
