"""What is read back from JSON and TOML has one type, and a damaged file is one line with its file and key.

A type is a dataclass or a `msgspec.Struct`; ``Annotated[float, msgspec.Meta(ge=0)]`` bounds a value. Keys
that a type does not know are ignored unless it forbids them.
"""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from nnanim.errors import UserError, quote
from nnanim.files import quote_path, read_bytes

T = TypeVar("T")
Key = str | int

MAX_JSON = 1 << 24
"""Maximum size in bytes of a JSON or TOML file."""


class SchemaError(UserError):
    """Content that is not of its type.

    Attributes:
        keys: the way from the top to the value that is wrong, such as ``("beats", 2, "start")``.
        reason: what is wrong with it, without file and key.
    """

    def __init__(self, where: str, keys: Sequence[Key], reason: str) -> None:
        super().__init__(": ".join(part for part in (where, spell_keys(keys), reason) if part))
        self.where, self.keys, self.reason = where, tuple(keys), reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.where, self.keys, self.reason)


def read_json(path: str | os.PathLike[str], kind: type[T], *, limit: int = MAX_JSON) -> T:
    """The JSON file at ``path`` as a ``kind``.

    Args:
        path: a regular file.
        kind: the type of its content.
        limit: maximum size in bytes.

    Raises:
        UserError: the file cannot be read, is not JSON, or is not a ``kind``; the line names file and key.
    """
    return parse_json(read_bytes(path, limit), kind, quote_path(path))


def parse_json(content: bytes | str, kind: type[T], where: str) -> T:
    """JSON as a ``kind``.

    Args:
        content: the JSON.
        kind: the type of its content.
        where: where it comes from, for messages: a file, a file and a line.

    Raises:
        SchemaError: it is not JSON, or not a ``kind``.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        keys, reason = _place(error)
        if "..." in keys:
            keys = _name_keys(lambda: msgspec.json.decode(content), kind, keys)
        raise SchemaError(where, keys, reason) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SchemaError(where, (), f"not valid JSON: {_with_line(str(error), content)}") from None
    except RecursionError:
        raise SchemaError(where, (), "not valid JSON: nested too deeply") from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML as a table.

    Raises:
        SchemaError: it is not TOML; the line of the file is named.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        reason = "brackets too deep"
    except ValueError as error:
        # tomllib itself tells of numbers too long in this way.
        reason = str(error)
    reason, _, place = reason.removesuffix(")").partition(" (at ")
    line = place.split(",")[0].removeprefix("line ")
    if not line.isdecimal():
        line = str(max(len(text.rstrip().splitlines()), 1))
    raise SchemaError(f"{where}, line {line}", (), f"{reason[:1].lower()}{reason[1:]}")


def convert(value: Any, kind: type[T], where: str) -> T:
    """Plain data (dicts, lists, texts, numbers) as a ``kind``.

    Raises:
        SchemaError: it is not a ``kind``.
    """
    try:
        return msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError as error:
        keys, reason = _place(error)
        if "..." in keys:
            keys = _name_keys(lambda: copy.deepcopy(value), kind, keys)
        raise SchemaError(where, keys, reason) from None
    except RecursionError:
        raise SchemaError(where, (), "nested too deeply") from None


def spell_keys(keys: Sequence[Key]) -> str:
    """The way to a value as it is written in messages: ``beats[2].start``."""
    spelt = "".join(
        f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f"[{quote(key)}]"
        for key in keys
    )
    return spelt.removeprefix(".")


def _place(error: msgspec.ValidationError) -> tuple[tuple[Key, ...], str]:
    """Where a value is wrong, and what is wrong with it; the keys of mappings are "..."."""
    reason, _, place = str(error).rpartition(" - at ")
    if not reason:
        reason, place = str(error), ""
    steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]", place)
    keys = tuple(name or (int(index) if index.isdigit() else "...") for name, index in steps)
    return keys, f"{reason[:1].lower()}{reason[1:]}"


def _name_keys(load: Callable[[], Any], kind: Any, keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """``keys`` with the keys of mappings in place of "...": msgspec does not name them.

    Each mapping on the way is halved until one entry is left that is still wrong.

    Args:
        load: gives the plain data, which is changed here.
        kind: the type that it is not of.
        keys: the way to the value that is wrong.
    """
    try:
        at = value = load()
    except (msgspec.MsgspecError, RecursionError):
        return keys  # what comes after the wrong value is not even JSON
    if not _fails(value, kind, keys):
        return keys  # a key stands twice, and only its last value is there
    found: list[Key] = []
    for key in keys:
        if key == "...":
            entries = list(at.items())
            while len(entries) > 1:
                half = entries[: len(entries) // 2]
                at.clear()
                at.update(half)
                entries = half if _fails(value, kind, keys) else entries[len(entries) // 2 :]
            at.clear()
            at.update(entries)
            key = entries[0][0]
        found.append(key)
        at = at[key]
    return tuple(found)


def _fails(value: Any, kind: Any, keys: tuple[Key, ...]) -> bool:
    try:
        msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError as error:
        return _place(error)[0] == keys
    return False


def _with_line(message: str, content: bytes | str) -> str:
    """The message of msgspec with the line in place of the byte."""
    found = re.search(r" \(byte (\d+)\)$", message)
    if found is None:
        return message[:1].lower() + message[1:]
    head = content[: int(found[1])]
    line = head.count(b"\n" if isinstance(head, bytes) else "\n") + 1  # type: ignore[arg-type]
    reason = message[: found.start()].removeprefix("JSON is malformed: ")
    return f"{reason} in line {line}"
