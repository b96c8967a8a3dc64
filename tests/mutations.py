"""Damaged files: what a disk, an editor or a stranger makes of a file, as a seeded stream of mutations.

A reader passes when each of them gives a result or one line, a `UserError` that names the file:

    check(lambda: manifest.read(path), path, json_mutations(path.read_bytes(), count(40)))
    check_places(lambda: manifest.read(path), path)

``NNANIM_MUTATIONS=500`` runs that many of each.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnanim.errors import MAX_LINE, UserError

NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 0.5, 2**31, 2**63, 2**64, 10**40, -(2**63), 1e308, float("nan"), float("inf"), -float("inf"),
    10**6,
)  # fmt: skip
TEXTS = (
    "", "../../etc/passwd", "/dev/zero", "a" * 100_000, "\x1b[31mred\x1b[0m", "[bold]x[/bold]", "[/close]",
    "\x00", "\u202eabc", "ねこ🐱", "\ud800", "a\nb", "nan", "0", "{", "con",
)  # fmt: skip
WRONG: tuple[Any, ...] = (None, True, False, [], {}, [None], {"": None}, [[]], *NUMBERS, *TEXTS)
RAW = (
    b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\x00", b"\xef\xbb\xbf", b"NaN", b"-Infinity", b"9" * 5000,
    b"1e999999",
)  # fmt: skip
DEEP = 100_000


@dataclass(frozen=True)
class Mutation:
    """What was done, and the content of the file afterwards."""

    what: str
    content: bytes


@dataclass
class Survey:
    """How a reader took the mutations: results, lines, and the slowest one in seconds."""

    results: int = 0
    lines: list[str] = field(default_factory=list)
    slowest: float = 0.0
    of: str = ""


def count(usual: int) -> int:
    """How many mutations of a kind are tried: ``usual``, or what NNANIM_MUTATIONS says."""
    return int(os.environ.get("NNANIM_MUTATIONS", usual))


def byte_mutations(content: bytes, number: int, seed: int = 0, head: int = 0) -> Iterator[Mutation]:
    """Flipped bits, truncations, insertions, deletions, repetitions and overwritten stretches.

    Args:
        content: of the whole file.
        number: how many mutations.
        seed: of the random numbers.
        head: where the first so many bytes decide most (a header), every second mutation stays in them.
    """
    chance = random.Random(seed)
    kinds = ("flip", "flip", "flip", "cut", "insert", "delete", "repeat", "noise", "zeros", "raw")
    for index in range(number):
        kind = kinds[index % len(kinds)]
        end = head if head and index // len(kinds) % 2 else len(content)
        at = chance.randrange(max(end, 1))
        length = chance.choice((1, 2, 8, 64, max(len(content) // 3, 1)))
        new = bytearray(content)
        if kind == "flip" and new:
            new[at] ^= 1 << chance.randrange(8)
        elif kind == "cut":
            del new[at:]
        elif kind == "insert":
            new[at:at] = chance.randbytes(length)
        elif kind == "delete":
            del new[at : at + length]
        elif kind == "repeat":
            new[at:at] = new[at : at + length]
        elif kind == "noise":
            new[at : at + length] = chance.randbytes(length)
        elif kind == "zeros":
            new[at : at + length] = bytes(length)
        else:
            new[at:at] = chance.choice(RAW)
        yield Mutation(f"{kind} at {at}, {length}", bytes(new))


def json_mutations(content: bytes, number: int, seed: int = 0) -> Iterator[Mutation]:
    """Edited keys and values, wrong types, duplicated keys, deep nesting; every third one damages bytes."""
    chance = random.Random(seed)
    damaged = byte_mutations(content, number, seed)
    for index in range(number):
        if index % 3 == 2:
            yield next(damaged)
            continue
        value = json.loads(content)
        what = edit(value, chance)
        text = json.dumps(value, ensure_ascii=index % 2 == 0)
        if chance.random() < 0.1:
            what, text = _reshape(text, chance)
        yield Mutation(what, text.encode("utf-8", "surrogatepass"))


def edit(value: Any, chance: random.Random) -> str:
    """Change one place of plain data (dicts and lists); says what was done."""
    places = list(_places(value, ()))
    path, box, key = chance.choice(places) if places else ((), {}, None)
    if not places:
        return "nothing to edit"
    spelt = ".".join(map(str, (*path, key)))
    kind = chance.choice(("wrong", "wrong", "wrong", "remove", "rename", "add", "copy", "text"))
    if kind == "remove":
        del box[key]
    elif kind == "rename" and isinstance(box, dict):
        box[chance.choice(TEXTS)] = box.pop(key)
    elif kind == "add" and isinstance(box, dict):
        box[chance.choice(("extra", "", "__class__", "a" * 100_000))] = chance.choice(WRONG)
    elif kind == "copy":
        box[key] = chance.choice(places)[1]
        box[key] = json.loads(json.dumps(_shallow(box[key])))
    elif kind == "text" and isinstance(box[key], str) and box[key]:
        at = chance.randrange(len(box[key]))
        box[key] = box[key][:at] + chance.choice(("", "x", "é", "\x1b", "\n")) + box[key][at + 1 :]
    else:
        box[key] = chance.choice(WRONG)
    return f"{kind} {spelt}"


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Every (path, container, key) in plain data."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield path, value, key
        yield from _places(value[key], (*path, key))


def _shallow(value: Any) -> Any:
    """A container without the cycles that putting it into itself would make."""
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if not isinstance(one, dict | list)}
    return [one for one in value if not isinstance(one, dict | list)]


def _reshape(text: str, chance: random.Random) -> tuple[str, str]:
    """The whole text made into something else."""
    return chance.choice(
        (
            ("nested deeply", "[" * DEEP + "]" * DEEP),
            ("nested tables", '{"a":' * DEEP + "1" + "}" * DEEP),
            ("inside a list", f"[{text}]"),
            ("a number", "9" * 5000),
            ("null", "null"),
            ("twice", text + text),
            ("each key twice", f"{text[:-1]}, {text[1:]}" if len(text) > 2 else text),
            ("a mark of byte order", "\ufeff" + text),
        )
    )


def check(
    read: Callable[[], object],
    file: Path,
    mutations: Iterator[Mutation],
    equal: Callable[[Any], bool] | None = None,
) -> Survey:
    """Put every mutation in the file's place and read it: a result, or one line that names the file.

    Args:
        read: reads the file, or the folder that it lies in, as a user would.
        file: the file that is damaged; afterwards it is as it was.
        mutations: what to put in its place.
        equal: whether a result is the undamaged one; where it is given, no other result is allowed.
    """
    whole, survey = file.read_bytes(), Survey()
    try:
        for mutation in mutations:
            file.write_bytes(mutation.content)
            _try(read, file, mutation.what, survey, equal)
    finally:
        file.write_bytes(whole)
    return survey


def check_places(read: Callable[[], object], file: Path) -> Survey:
    """Put what is no file, or an empty or endless one, in a file's place; each is refused in one line."""
    whole, survey = file.read_bytes(), Survey()
    for what, make in PLACES.items():
        file.unlink()
        make(file)
        try:
            _try(read, file, what, survey, lambda _: False)
        finally:
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
            file.write_bytes(whole)
    return survey


def _sparse(file: Path) -> None:
    """A file of 8 GB that takes no room."""
    with file.open("wb") as stream:
        stream.truncate(8 << 30)


PLACES: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: None,
    "empty": lambda file: file.write_bytes(b""),
    "a folder": lambda file: file.mkdir(),
    "a link to itself": lambda file: file.symlink_to(file.name),
    "8 GB": _sparse,
    **({"a pipe": os.mkfifo} if hasattr(os, "mkfifo") else {}),
    **({"a device": lambda file: file.symlink_to("/dev/zero")} if os.path.exists("/dev/zero") else {}),
}


def _try(
    read: Callable[[], object], file: Path, what: str, survey: Survey, equal: Callable[[Any], bool] | None
) -> None:
    started = time.perf_counter()
    try:
        result = read()
        assert equal is None or equal(result), f"{what}: another result, and no line"
        survey.results += 1
    except UserError as error:
        line = str(error)
        assert "\n" not in line and len(line) <= MAX_LINE, f"{what}: not one line: {line!r}"
        assert file.name in line, f"{what}: the line does not name {file.name}: {line}"
        survey.lines.append(line)
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}"[:2000]) from error
    took = time.perf_counter() - started
    if took > survey.slowest:
        survey.slowest, survey.of = took, what
