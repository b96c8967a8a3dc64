"""What a mark, a motion or a beat is made of: its arguments, their defaults, and what each one says."""

from __future__ import annotations

import inspect
import re

from nnanim.errors import shorten

MAX_DEFAULT = 40
"""Maximum number of characters of a default that is written."""


def describe_fields(kind: type) -> list[dict[str, str]]:
    """The arguments of a class, each with ``name``, ``default`` (empty: needed) and ``about``."""
    said: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base is not object and base.__doc__:
            said |= read_attributes(inspect.cleandoc(base.__doc__))
    found = []
    for one in [*inspect.signature(kind.__init__).parameters.values()][1:]:  # type: ignore[misc]
        name = f"*{one.name}" if one.kind is inspect.Parameter.VAR_POSITIONAL else one.name
        found.append({"name": name, "default": _default(one), "about": said.get(one.name, "")})
    return found


def _default(one: inspect.Parameter) -> str:
    if one.default is inspect.Parameter.empty:
        return ""
    made = "factory" in repr(one.default)  # what a dataclass makes anew each time
    return "{}" if made else shorten(repr(one.default), MAX_DEFAULT)


def read_attributes(doc: str) -> dict[str, str]:
    """What a docstring says about each attribute; of "names, roles: of each line" it is said of both."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in doc.partition("Attributes:\n")[2].splitlines():
        if not line.strip():
            break
        if re.match(r"    \S", line):
            names = []
            for part in re.split(r"; (?=\w+(?:, \w+)*: )", line.strip()):
                heads, _, text = part.partition(": ")
                names = [one.strip() for one in heads.split(",")]
                found |= dict.fromkeys(names, text)
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found
