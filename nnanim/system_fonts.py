"""Fonts of this system, for characters that the film's own font lacks; they are found without any service."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as hb

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")

UNUSUAL = "italic oblique light thin black heavy cond narrow mono serif extra semi".split()
"""Words in the names of fonts that are taken last."""


def folders() -> Iterator[Path]:
    """Where fonts are kept; those that ``NNANIM_FONTS`` names come first."""
    yield from (Path(one) for one in os.environ.get("NNANIM_FONTS", "").split(os.pathsep) if one)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:\\Windows")) / "Fonts"
        yield Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft" / "Windows" / "Fonts"
    elif sys.platform == "darwin":
        yield from (home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    else:
        yield from (home / ".local/share/fonts", home / ".fonts")
        shared = os.environ.get("XDG_DATA_DIRS", "") or "/usr/local/share:/usr/share"
        yield from (Path(one) / "fonts" for one in shared.split(":") if one)


@cache
def files(places: tuple[Path, ...]) -> tuple[Path, ...]:
    """Every font in some folders; in each folder plain ones come before narrow, bold and slanted ones."""
    found: dict[Path, None] = {}
    for place in places:
        here = [path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES]
        found |= dict.fromkeys(sorted(here, key=_plainness))
    return tuple(found)


def _plainness(path: Path) -> tuple[int, str]:
    name = path.stem.lower().replace("sansserif", "").replace("sans-serif", "")
    return sum(word in name for word in (*UNUSUAL, "bold")) - ("regular" in name), str(path)


def find(char: str, bold: bool = False) -> Path | None:
    """A font that draws ``char`` with an outline, or None: colours and bitmaps are none."""
    return _find(char, bold, tuple(folders()))


@lru_cache(maxsize=1024)
def _find(char: str, bold: bool, places: tuple[Path, ...]) -> Path | None:
    every = files(places)
    if bold:
        every = tuple(sorted(every, key=lambda path: "bold" not in path.stem.lower()))
    return next((path for path in every if draws(path, char)), None)


def draws(path: Path, char: str) -> bool:
    """Whether a font file has an outline for ``char``; a damaged file has none."""
    try:
        font = load(path)[1]
    except (OSError, hb.HarfBuzzError):
        return False
    glyph = font.get_nominal_glyph(ord(char))
    if not glyph:
        return False
    if char.isspace():
        return True
    pen = _Counter()
    font.draw_glyph_with_pen(glyph, pen)
    return pen.count > 0


@lru_cache(maxsize=64)
def load(path: Path) -> tuple[hb.Face, hb.Font]:
    """A font file, opened; of a collection its first font."""
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    return face, hb.Font(face)


class _Counter:
    """Counts the strokes of a glyph."""

    def __init__(self) -> None:
        self.count = 0

    def lineTo(self, *points: Any) -> None:
        self.count += 1

    def moveTo(self, *points: Any) -> None:
        """Begin a contour."""

    def closePath(self) -> None:
        """End a contour."""

    curveTo = qCurveTo = lineTo
    endPath = closePath
