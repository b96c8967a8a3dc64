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
_GIVEN = re.compile(r"^export (?:(?:async )?function\*? |class |const )(\w+)(.*)", re.MULTILINE)
_DECLARED = re.compile(r"^(?:export )?(?:(?:async )?function\*? |class |const |let )(\w+)(.*)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*\n|/\*\*[\s\S]*?\*/[ \t]*\n)|^[ \t]+|^\n", re.MULTILINE)

_LITERAL = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:\[!&|?{};])\ *+/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)"""
)
"""Texts and regular expressions."""

_SIGN = re.compile(r"\s*([{}()\[\];,:?=<>!&|*/%^~])\s*")
"""Signs beside which a space or the end of a line means nothing, as every statement of the modules ends with
a semicolon or a brace; a slash divides here: regular expressions are kept apart."""

_LAST = re.compile(r"[;,](?=})|,(?=\))")
"""The semicolon of a block's last statement, and the comma after the last of a list."""

_TERM = re.compile(r"(?<![+-]) *([+-]) *(?![+-])")
"""A plus or minus: two of them side by side would be another sign."""

_ALONE = re.compile(r"(?<![\w$])\((\w+)\)(?==>)")
"""The one argument of a function, which needs no parentheses."""

_NOUGHT = re.compile(r"(?<![\w.$])0(?=\.\d)")
"""The nought before a decimal point."""

_STEP = re.compile(r"[{(\[]|[)\]}]|;const(?: |(?=[{\[]))|;|(?<![\w.$])const\b")
"""What begins or ends a block, a list or a statement."""


def bundle(entry: str, more: Mapping[str, str] | None = None) -> str:
    """The module ``entry`` with all that it imports, in the order in which they need each other.

    All of them share one scope, as no two declare the same name; what ``entry`` exports is an object of its
    name: ``$film``. Comments and spaces that mean nothing stay behind.

    Args:
        entry: name of a module in ``player/``, or in ``more``, without its suffix.
        more: further modules, by their names.

    Raises:
        UserError: a module is not there, imports or exports in another way, or declares what another does.
    """
    sources: dict[str, str] = {}
    _collect(entry, more or {}, sources, ())
    _check_names(sources)
    bodies = [_COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", one))) for one in sources.values()]
    given = ", ".join(_names(sources[entry], _GIVEN))
    return _squeeze("".join(bodies) + (f"const ${entry} = {{{given}}};" if given else ""))


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


def _check_names(sources: Mapping[str, str]) -> None:
    owners: dict[str, str] = {}
    for module, source in sources.items():
        for name in _names(source, _DECLARED):
            if name in owners:
                raise UserError(f"{owners[name]}.js and {module}.js both declare {name}")
            owners[name] = module


def _names(source: str, pattern: re.Pattern[str]) -> list[str]:
    # Of several constants in one declaration, those after the first are written in capitals.
    return [
        one for first, rest in pattern.findall(source) for one in (first, *re.findall(r", ([A-Z_]+) =", rest))
    ]


def _squeeze(code: str) -> str:
    """Code without what means nothing to browsers; names, texts and regular expressions stay as they are."""
    pieces = _LITERAL.split(code)
    # A sign that no code has stands for each literal meanwhile.
    plain = _LAST.sub("", _TERM.sub(r"\1", _SIGN.sub(r"\1", "\0".join(pieces[::2]))))
    plain = _join_constants(_NOUGHT.sub("", _ALONE.sub(r"\1", plain)))
    literals = iter(pieces[1::2])
    return re.sub("\0", lambda _: next(literals), plain)


def _join_constants(code: str) -> str:
    """Code in which constants that are declared one after the other are one declaration."""
    declares = [False]
    """Of the block that is read, and of those around it: whether the statement declares constants."""

    def join(step: re.Match[str]) -> str:
        sign = step[0]
        if sign in "{([":
            declares.append(False)
        elif sign in "})]":
            declares.pop()
        else:
            joins, declares[-1] = declares[-1] and sign != ";", sign != ";"
            return "," if joins and sign != "const" else sign
        return sign

    return _STEP.sub(join, code)
