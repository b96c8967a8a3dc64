"""JavaScript modules as one script: a page that is opened as a file may not import modules from others.

The modules keep to what is needed here: ``import { names } from "./file.js"`` on one line, ``export`` before
a declaration, and no text that goes over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from nnanim.errors import UserError

PLAYER = Path(__file__).parent / "player"

_IMPORT = re.compile(r'^import \{\s*([\w, ]*?)\s*\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_NAMES = re.compile(r"^export (?:(?:async )?function\*? |class |const )(\w+)(.*)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*\n|/\*\*[\s\S]*?\*/[ \t]*\n)|^[ \t]+|^\n", re.MULTILINE)

_LITERAL = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:\[!&|?{};])\ *+/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)"""
)
"""Texts and regular expressions."""

_SIGN = re.compile(r" *([{}()\[\];,:?=<>!&|*/%^~]) *")
"""Signs beside which a space means nothing; a slash divides here: regular expressions are kept apart."""

_TERM = re.compile(r"(?<![+-]) *([+-]) *(?![+-])")
"""A plus or minus: two of them side by side would be another sign."""


def bundle(entry: str, more: Mapping[str, str] | None = None) -> str:
    """The module ``entry`` with all that it imports, in the order in which they need each other.

    Each module stays a scope of its own; what it exports is an object of its name. Comments and spaces that
    mean nothing stay behind.

    Args:
        entry: name of a module in ``player/``, or in ``more``, without its suffix.
        more: further modules, by their names.

    Raises:
        UserError: a module is not there, or imports or exports in another way.
    """
    sources: dict[str, str] = {}
    _collect(entry, more or {}, sources, ())
    return "\n".join(_scope(name, source) for name, source in sources.items())


@cache
def bundle_player(entry: str) -> str:
    """`bundle` of the player's own modules, made once."""
    return bundle(entry)


def read_player(name: str) -> str:
    """A file of the player.

    Raises:
        UserError: there is none of that name.
    """
    try:
        return (PLAYER / name).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"the player has no {name}: install nnanim again ({error.strerror})") from error


def _collect(name: str, more: Mapping[str, str], sources: dict[str, str], above: tuple[str, ...]) -> None:
    if name in sources:
        return
    if name in above:
        raise UserError(f"{name}.js is imported by what it imports")
    source = more[name] if name in more else read_player(f"{name}.js")
    for _, other in _IMPORT.findall(source):
        _collect(other, more, sources, (*above, name))
    rest = _EXPORT.sub("", _IMPORT.sub("", source))
    if wrong := re.search(r"^(?:import|export)\b.*", rest, re.MULTILINE):
        raise UserError(f"{name}.js: {wrong[0]!r} cannot be put into a page")
    sources[name] = source


def _scope(name: str, source: str) -> str:
    imports = "".join(f"const {{{names}}} = ${other};\n" for names, other in _IMPORT.findall(source))
    # Of several constants in one declaration, those after the first are written in capitals.
    names = [
        one for first, rest in _NAMES.findall(source) for one in (first, *re.findall(r", ([A-Z_]+) =", rest))
    ]
    body = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", source)))
    return _squeeze(f"const ${name} = (() => {{\n{imports}{body}return {{{', '.join(names)}}};\n}})();")


def _squeeze(code: str) -> str:
    """Code without spaces beside signs, and without empty lines; names and lines stay as they are."""
    pieces = _LITERAL.split(re.sub(r"\n{2,}", "\n", code))
    return "".join(one if i % 2 else _TERM.sub(r"\1", _SIGN.sub(r"\1", one)) for i, one in enumerate(pieces))
