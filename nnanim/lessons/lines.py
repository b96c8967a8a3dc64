"""On which line of a TOML file a key stands; ``tomllib`` does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)([^\[\]]+)\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")
_TOKEN = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*|[\[\]{}]")


def key_lines(text: str) -> dict[Path, int]:
    """Line, counted from 1, of every table and key of a TOML text that can be read.

    A key is named by its way from the top, such as ``("steps", 2, "scene")``; one inside an inline table has
    no line of its own.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _starts(text):
        if header := _HEADER.match(line):
            names = [part.strip("\"'") for part in _PART.findall(header[2])]
            table = _inside(names, counts, new=header[1] == "[[")
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            parts = [part.strip("\"'") for part in _PART.findall(key[1])]
            for end in range(1, len(parts) + 1):
                found.setdefault((*table, *parts[:end]), number)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Line of a key, or of the nearest table above it that has one."""
    for end in range(len(path), -1, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _inside(names: list[str], counts: dict[Path, int], *, new: bool) -> Path:
    """The way to a table, with the numbers of the arrays of tables that it stands in."""
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if new and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _starts(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which something begins: none inside a string or a bracket of several lines."""
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not depth and not quote:
            yield number, line
        rest = line if depth or quote or not _HEADER.match(line) else ""
        depth, quote = _state(rest, depth, quote)


def _state(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which long string, are open after a line."""
    while line:
        if quote:
            _, mark, line = line.partition(quote)
            quote = "" if mark else quote
            continue
        token = _TOKEN.search(line)
        if token is None:
            break
        line = line[token.end() :]
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return depth, quote
