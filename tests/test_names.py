"""Names: a class stands for one thing, a function says what it does."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent / "nnanim"
FILES = sorted(HOME.rglob("*.py"))

IRREGULAR = set(
    "begun bound broken brought built caught chosen done drawn felt forgotten found given gone grown held "
    "hidden kept known laid led left lit lost made met paid said seen sent shown sought spoken spent "
    "taken taught thought told torn worn written".split()
)
NO_PARTICIPLES = {
    "bed",
    "embed",
    "exceed",
    "feed",
    "need",
    "proceed",
    "red",
    "seed",
    "shed",
    "speed",
    "succeed",
}


def definitions(kinds: tuple[type[ast.AST], ...]) -> Iterator[tuple[str, str]]:
    """Names of all definitions of these kinds, each with the place where it stands."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                file = path.relative_to(HOME.parent).as_posix()
                yield node.name, f"{file}:{node.lineno}"  # type: ignore[attr-defined]


ADVERBS = set(
    "again already apart away back down first in last least most newly not off only out still together up "
    "well yet".split()
)
"""Words beside which a participle is as bare as alone: ``still_said``, ``taken_apart``."""


def is_participle(name: str) -> bool:
    """Whether a name says no more than what has been done, or how; ``is_installed`` asks a question."""
    words = [word for word in name.split("_") if word not in ADVERBS]
    if len(words) != 1:
        return False
    return words[0] in IRREGULAR or (words[0].endswith("ed") and words[0] not in NO_PARTICIPLES)


def test_no_class_name_stands_twice() -> None:
    places = defaultdict(list)
    for name, place in definitions((ast.ClassDef,)):
        places[name].append(place)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_function_is_a_bare_participle() -> None:
    functions = definitions((ast.FunctionDef, ast.AsyncFunctionDef))
    assert [(name, place) for name, place in functions if is_participle(name.strip("_"))] == []


@pytest.mark.parametrize(
    ("word", "participle"),
    [
        ("told", True),
        ("kept", True),
        ("encoded", True),
        ("seed", False),
        ("still_said", True),
        ("taken_apart", True),
        ("is_installed", False),
        ("take_apart", False),
        ("hold_back", False),
        ("show", False),
    ],
)
def test_what_counts_as_a_participle(word: str, participle: bool) -> None:
    assert is_participle(word) is participle
