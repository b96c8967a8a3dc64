"""The player's modules as one script, so that a page needs no other file and no network."""

from __future__ import annotations

import re
from pathlib import Path

PLAYER = Path(__file__).parent / "player"

CORE = ("format.js", "shapes.js", "journey.js", "film.js")
"""Modules that read and draw a film, each after those that it imports."""

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def join_modules(names: tuple[str, ...] = CORE) -> str:
    """Modules of the player as one, in which no name of the top level may stand twice."""
    texts = [(PLAYER / name).read_text(encoding="utf-8") for name in names]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
