"""Which font draws a character: the film's own, else one of this system, found without any service."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as hb

from nnanim.errors import UserError
from nnanim.terminal import echo

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")

UNUSUAL = "italic oblique light thin black heavy cond narrow mono serif extra semi".split()
"""Words in the names of fonts that are taken last."""


class MissingGlyph(UserError):
    """The font has no picture for a character."""


def font_folders() -> Iterator[Path]:
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
    return _find(char, bold, tuple(font_folders()))


@lru_cache(maxsize=1024)
def _find(char: str, bold: bool, places: tuple[Path, ...]) -> Path | None:
    every = files(places)
    if bold:
        every = tuple(sorted(every, key=lambda path: "bold" not in path.stem.lower()))
    return next((path for path in every if has_outline(path, char)), None)


def has_outline(path: Path, char: str) -> bool:
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


def open_font(path: Path) -> tuple[hb.Face, hb.Font]:
    """A font that a theme or `find` names, opened.

    Raises:
        UserError: it is not there.
    """
    if not path.is_file():
        raise UserError(f"the font {path} is not there; name another in the theme")
    return load(path)


def covers(font: Path, char: str) -> bool:
    """Whether a font needs no other for a character: it has a glyph, or there is nothing to be seen."""
    return _shows(open_font(font)[1], char)


def _shows(font: hb.Font, char: str) -> bool:
    return _follows(char) or bool(font.get_nominal_glyph(ord(char)))


def _follows(char: str) -> bool:
    """Whether a character only says how its neighbours are written (joiners, variation selectors)."""
    return unicodedata.category(char) == "Cf" or 0xFE00 <= ord(char) <= 0xFE0F


def split_runs(text: str, font: Path) -> list[tuple[str, Path]]:
    """The text in pieces of one font and script each; all of it in ``font``, if that has every character."""
    opened = open_font(font)[1]
    if all(_shows(opened, char) for char in set(text)):
        return [(text, font)]
    runs: list[tuple[str, Path]] = []
    script = ""
    for char, path in zip(text, _fonts(text, font), strict=True):
        now = _script(char)
        if runs and runs[-1][1] == path and (path == font or now in ("", script) or not script):
            runs[-1] = runs[-1][0] + char, path
        else:
            runs.append((char, path))
            script = ""
        script = now or script
    return runs


def _fonts(text: str, font: Path) -> list[Path]:
    """The font of each character."""
    found: list[Path] = []
    for char in text:
        before = found[-1] if found else font
        joins = _follows(char) or (unicodedata.category(char)[0] == "M" and has_glyph(before, char))
        found.append(before if joins else font if covers(font, char) else find_system_font(char, text, font))
    # A space between two words of a borrowed font is that font's, so that words from right to left keep
    # their order; numbers never are, since within such words their digits would be turned round.
    for start, end in _gaps(text):
        sides = [(found[i], _script(text[i])) for i in (start - 1, end) if 0 <= i < len(text)]
        if (
            len(sides) == 2
            and sides[0] == sides[1]
            and all(has_glyph(sides[0][0], c) for c in text[start:end])
        ):
            found[start:end] = [sides[0][0]] * (end - start)
    return found


def _gaps(text: str) -> list[tuple[int, int]]:
    """Start and end of each stretch of spaces and punctuation."""
    return [match.span() for match in re.finditer(r"[^\w]+", text)]


def has_glyph(font: Path, char: str) -> bool:
    """Whether a font has a glyph of its own for a character."""
    return bool(open_font(font)[1].get_nominal_glyph(ord(char)))


def _script(char: str) -> str:
    """The script of a letter, by the first word of its name; "" for all else."""
    return unicodedata.name(char, "").split(" ")[0] if unicodedata.category(char)[0] == "L" else ""


def find_system_font(char: str, text: str, font: Path) -> Path:
    """A font of the system for a character of ``text`` that ``font`` lacks.

    Raises:
        MissingGlyph: no font has it.
    """
    if char in "\n\r\t":
        raise MissingGlyph(f"{text!r} has a line break or a tab; these words stand on one line: leave it out")
    found = find(char, bold="bold" in font.stem.lower())
    if found is None:
        raise MissingGlyph(
            f"the font {font.name} has no glyph for {char!r} (U+{ord(char):04X}) in {text!r}, and no "
            "other font of this system has an outline of it; install one (Noto has a font for every script)"
        )
    _report(found, char, font)
    return found


@cache
def _report(found: Path, char: str, font: Path) -> None:
    """Say once which font a character was taken from."""
    if found not in _borrowed:
        _borrowed.append(found)
        with suppress(OSError, ValueError, AttributeError):
            echo(f"{char!r} (U+{ord(char):04X}) is not in {font.name}: drawn with {found}", err=True)


_borrowed: list[Path] = []
