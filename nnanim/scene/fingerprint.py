"""Short names for what films and traces are made of besides files: values, code, versions."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nnanim.scene.reads import HOME

COMPUTE = ("numpy", "torch", "safetensors")
DRAW = ("manim", "av", "pycairo", "pillow", "uharfbuzz", "typst", "budoux", "numba")

NO_FILM = ("cli", "deck", "lessons", "live", "notebook", "play", "still", "training", "web")
"""nnanim's own folders that change no film."""

NO_VECTORS = (*(name for name in NO_FILM if name != "web"), "movie")
"""nnanim's own folders that change no film that is played as vectors."""

NO_NUMBER = (*NO_FILM, "beats", "film", "layout", "marks", "motions", "movie", "shapes", "timeline")
"""Folders and modules that change no recorded number."""


@cache
def versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of packages; empty for one that is not installed."""
    known = {"python": platform.python_version(), "machine": platform.machine()}
    for name in ("nnanim", *packages):
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            known[name] = ""
    return known


def code_digest(without: Sequence[str] = NO_FILM) -> str:
    """A short name for nnanim's own code, weights and data, but for some of its folders and modules."""
    sha = hashlib.sha256()
    for path in sorted(HOME.rglob("*")):
        part = path.relative_to(HOME)
        if part.parts[0].partition(".")[0] in without or "__pycache__" in part.parts or not path.is_file():
            continue
        with path.open("rb") as file:
            sha.update(f"{part.as_posix()}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()[:16]


def digest(value: Any) -> str:
    """The sha256, as hex, of plain values, dataclasses and arrays.

    Raises:
        TypeError: something in it is none of these.
    """
    return hashlib.sha256(json.dumps(value, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A value that JSON does not know, as one that it knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return vars(value)
    if isinstance(value, Mapping):
        return dict(value)
    if not (hasattr(value, "shape") and hasattr(value, "dtype")):
        raise TypeError(f"{type(value).__name__} has no digest")
    # Arrays and tensors: their kind, shape and numbers.
    return [
        type(value).__name__,
        str(value.dtype),
        list(value.shape),
        hashlib.sha256(bytes(value)).hexdigest(),
    ]
