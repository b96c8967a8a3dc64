"""Traces that were computed before: an example is run again when anything that it was made of has changed.

Beside a kept trace stands a note of everything that its example read while its file was loaded and while it
ran (see `nnanim.scene.reads`), and of the versions of Python, numpy, torch and nnanim. All must be the same.
Its name tells the scene, its options, the values of its class and file, and the language in force. An example
is kept only where the note says everything: see `nnanim.scene.source_check`.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nnanim import settings
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.scene import source_check
from nnanim.scene.example_file import pack, unpack
from nnanim.scene.fingerprint import COMPUTE, NO_NUMBER, code_digest, digest, versions
from nnanim.scene.reads import Reads, checksum, is_current, pause_reads, record_reads
from nnanim.schema import read_json
from nnanim.trace import Trace

READS = "__nnanim_reads__"
"""Where the loader leaves on a module what was read while it was loaded."""

LOOK = ("theme", "pace", "only", "title", "cover")
"""Attributes that change no number, unless a scene's code asks for one of them."""

MAX_BYTES = 50_000_000
"""Maximum size of an example of several traces that is kept: a model's weights stand in each of them."""

LIBRARIES = ("nnanim", "manim", "builtins", "abc", "typing")


class ExampleSource(Protocol):
    """A scene, as far as it is asked here."""

    lang: str | None
    theme: str | None
    pace: float | None

    def example(self) -> Any:
        """What the story is told about."""

    def compute_example(self) -> Any:
        """The same, computed by one thread."""


@dataclass(frozen=True)
class TraceNote:
    """What an example was made of.

    Attributes:
        stamp: code and versions.
        trace: the checksum of the one trace that it is; empty where it is several.
        dependencies: everything that was read.
        tree: what holds several traces (see `nnanim.scene.example_file`).
        parts: their files with their checksums.
    """

    stamp: dict[str, Any]
    trace: str
    dependencies: dict[str, str]
    tree: list[Any] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)


def example(scene: ExampleSource, folder: Path) -> Any:
    """The example of ``scene``: from ``folder`` where it was computed before, else computed and kept there.

    A Trace is kept, and whatever holds several in a way that can be written; the rest is computed every time.
    """
    path = _path(scene, folder)
    if path is not None and (kept := _load(path)) is not None:
        return kept
    stamp = _stamp()
    with record_reads(folder.parent) as reads:
        result = scene.compute_example()
    if path is not None:
        _save(result, path, _dependencies(scene, reads), stamp)
    return result


def _path(scene: ExampleSource, folder: Path) -> Path | None:
    """Where the trace of a scene is kept; None where its source does not say everything."""
    kind = type(scene)
    module = sys.modules.get(kind.__module__)
    try:
        file = Path(os.path.abspath(inspect.getfile(kind)))
        files = source_check.code_files(file, _load_reads(scene))
        # An example that was replaced after its file was loaded is not what the file says.
        if getattr(module, kind.__name__, None) is not kind or files is None:
            return None
        if Path(os.path.abspath(inspect.getfile(kind.example))) not in files:
            return None
        asks = bool(source_check.names_in(files) & set(LOOK[:2]))
        without = ("lang",) if asks else ("lang", *LOOK)
        now = settings.load(scene.lang, scene.theme, scene.pace)
        values = {name: value for name, value in _values(scene).items() if name not in without}
        look = [now.lang, now.theme.name, now.pace] if asks else [now.lang]
        place = [os.getcwd(), os.path.expanduser("~")]
        name = digest([str(file), place, kind.__qualname__, look, values, _constants(vars(module))])
    except (TypeError, ValueError, OSError):
        return None
    return folder / f"{kind.__name__}-{name[:12]}.trace"


def _values(scene: ExampleSource) -> dict[str, Any]:
    """What the scene's options are, and the constants of its own classes."""
    own = [one for one in type(scene).__mro__ if one.__module__.partition(".")[0] not in LIBRARIES]
    constants = {name: value for kind in reversed(own) for name, value in _constants(vars(kind)).items()}
    return {**constants, **vars(scene)}


def _constants(names: Any) -> dict[str, Any]:
    kinds = (str, bool, int, float, list, tuple, dict, type(None))
    found = {name: value for name, value in names.items() if name[:2] != "__" and isinstance(value, kinds)}
    return {name: value for name, value in found.items() if _has_digest(value)}


def _has_digest(value: Any) -> bool:
    try:
        return bool(digest(value))
    except (TypeError, ValueError):
        return False


def _load_reads(scene: ExampleSource) -> Reads:
    found = getattr(sys.modules.get(type(scene).__module__), READS, None)
    return found if isinstance(found, Reads) else Reads("")


def _dependencies(scene: ExampleSource, reads: Reads) -> dict[str, str] | None:
    """Everything that a trace depends on, or None where that is not known."""
    reads.add(_load_reads(scene))
    files = source_check.code_files(Path(inspect.getfile(type(scene))), reads)
    for file in files or ():
        reads.open(str(file))
    return None if files is None else reads.dependencies()


def _stamp() -> dict[str, Any]:
    return {"code": code_digest(NO_NUMBER), "versions": versions(*COMPUTE)}


def _load(path: Path) -> Any:
    with pause_reads():
        try:
            note = read_json(_note(path), TraceNote)
            files = (
                {path: note.trace} if note.trace else {path.with_name(n): c for n, c in note.parts.items()}
            )
            if note.stamp != _stamp() or any(checksum(one) != known for one, known in files.items()):
                return None
            found = Trace.load(path) if note.trace else unpack(note.tree, list(files))
        except (OSError, UserError):
            return None
    return found if is_current(note.dependencies, path.parent.parent) else None


def _save(result: Any, path: Path, dependencies: dict[str, str] | None, stamp: dict[str, Any]) -> None:
    if dependencies is None:
        return
    with pause_reads():
        note: dict[str, Any] = {"stamp": stamp, "trace": "", "dependencies": dependencies}
        if isinstance(result, Trace):
            result.save(path)
            note["trace"] = checksum(path)
        elif (packed := pack(result)) is not None and packed.traces:
            files = packed.write(path.with_suffix(""))
            if sum(one.stat().st_size for one in files) > MAX_BYTES:
                for one in files:
                    one.unlink()
                return
            note |= {"tree": packed.tree, "parts": {one.name: checksum(one) for one in files}}
        else:
            return
        write_text(_note(path), json.dumps(note, indent=1) + "\n")


def _note(path: Path) -> Path:
    return path.with_suffix(".json")
