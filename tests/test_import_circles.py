"""No module imports, by whatever way round, a module that imports it."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Of every module of nnanim the modules of nnanim that it imports, also inside functions."""
    graph = grimp.build_graph("nnanim", cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def find_circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules that reach each other (R. Tarjan 1972), of two modules and more."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[set[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(imports[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            circles.append(set(stack[at:]))
            del stack[at:]

    for name in sorted(imports):
        if name not in index:
            visit(name)
    return [one for one in circles if len(one) > 1]


def test_there_is_no_import_circle(imports: dict[str, set[str]]) -> None:
    assert not [sorted(circle) for circle in find_circles(imports)]


def test_no_tool_imports_one_that_imports_it() -> None:
    tools = {path.stem: path for path in (Path(__file__).parent.parent / "tools").glob("*.py")}
    imports = {name: read_imports(path) & tools.keys() for name, path in tools.items()}
    assert imports["caption_loop_report"] == {"caption_loop_trajectories"}
    assert not find_circles(imports)


def read_imports(path: Path) -> set[str]:
    """The modules that a file imports, also inside functions."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_circles_are_found() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert find_circles(imports) == [{"b", "c"}]
