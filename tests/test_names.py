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
    "begun bound brought built caught chosen done drawn felt forgotten found given gone grown held hidden "
    "kept known laid led left lit lost made met paid said seen sent shown sought spoken spent taken taught "
    "thought told torn worn written".split()
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
                yield node.name, f"{path.relative_to(HOME.parent).as_posix()}:{node.lineno}"  # type: ignore[attr-defined]


def is_participle(word: str) -> bool:
    """Whether a name is one word that says what has been done; ``is_installed`` asks a question."""
    return word in IRREGULAR or (word.endswith("ed") and "_" not in word and word not in NO_PARTICIPLES)


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
        ("is_installed", False),
        ("show", False),
    ],
)
def test_what_counts_as_a_participle(word: str, participle: bool) -> None:
    assert is_participle(word) is participle
