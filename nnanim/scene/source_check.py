"""Which code reads only what a recording sees: a list of what is allowed, and everything else is not."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nnanim.scene.reads import BEGIN, Reads, is_installed, pause_reads

KNOWN = {
    "__future__", "abc", "array", "bisect", "cmath", "collections", "colorsys", "contextlib", "copy", "csv",
    "dataclasses", "decimal", "enum", "fractions", "functools", "gzip", "hashlib", "heapq", "io", "itertools",
    "json", "math", "numbers", "operator", "pathlib", "re", "statistics", "string", "struct", "textwrap",
    "types", "typing", "unicodedata", "wave", "zipfile",
    "manim", "nnanim", "numpy", "torch",
}  # fmt: skip
"""Modules that code may import: what they read is seen, and they give the same each time."""

UNSEEN = {
    "jit", "hub", "safetensors", "memmap", "ctypes", "__import__", "eval", "exec", "argv", "from_file",
    "load_library", "cpp_extension", "_C", "_inductor", "globals", "input_file",
}  # fmt: skip
"""Names whose use may read, or depend on, what is not seen."""

PARTS = {"package", "export", "ops", "classes", "distributed", "onnx"}
"""Parts of torch that may do so, too; of what is no module they are names like any: ``table.classes``."""

PURE = {
    "abs", "arange", "array", "asarray", "bool", "cache", "classmethod", "dataclass", "dict", "enumerate",
    "eye", "field", "float", "format", "frozenset", "int", "items", "join", "keys", "len", "linspace", "list",
    "lru_cache", "max", "min", "ones", "property", "range", "replace", "reversed", "round", "set", "sorted",
    "split", "staticmethod", "str", "sum", "tensor", "tuple", "values", "zeros", "zip",
}  # fmt: skip
"""Calls that read nothing, by their last name."""


def code_files(scene: Path, reads: Reads) -> set[Path] | None:
    """The files of a scene's own code; None where one of them may read what the recording does not see.

    A module that was loaded before the recording may read nothing while it is loaded, and must be as it was.
    """
    with pause_reads():
        own = user_modules()
        files = {os.path.abspath(scene), *(file for file in own.values() if file in reads.opened)}
        left = list(files)
        while left:
            file = left.pop()
            names = _imports(file)
            if names is None or (file not in reads.opened and not _is_quiet(file)):
                return None
            for name in names:
                if name not in own and name.partition(".")[0] not in KNOWN:
                    return None
                if name in own and own[name] not in files:
                    files.add(own[name])
                    left.append(own[name])
    return {Path(file) for file in files}


def names_in(files: Iterable[Path]) -> set[str]:
    """Every name and every text in some Python files."""
    found: set[str] = set()
    for file in files:
        tree = _tree(str(file))
        for node in ast.walk(tree) if tree is not None else ():
            found |= {getattr(node, "attr", ""), getattr(node, "id", "")}
            found |= {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
    return found


def user_modules() -> dict[str, str]:
    """Modules that came neither with Python, nor a package, nor nnanim, and their files."""
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    found = {name: os.path.abspath(file) for name, file in files.items() if isinstance(file, str)}
    return {name: file for name, file in found.items() if not is_installed(file)}


def _tree(file: str) -> ast.Module | None:
    try:
        return ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _imports(file: str) -> set[str] | None:
    """The modules that a Python file imports; None where it names what may read unseen."""
    tree = _tree(file)
    names: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level or any(one.name in UNSEEN | PARTS for one in node.names):
                return None
            names.add(node.module or "")
            names |= {whole for one in node.names if (whole := f"{node.module}.{one.name}") in sys.modules}
        elif getattr(node, "attr", getattr(node, "id", "")) in UNSEEN:
            return None
    if tree is not None and _reaches_parts(tree):
        return None
    hidden = any(part in UNSEEN | PARTS for name in names for part in name.split("."))
    return None if tree is None or hidden else names


def _reaches_parts(tree: ast.Module) -> bool:
    """Whether one of the parts is taken of a module, or of what may be one: a module that is handed on."""
    nodes = list(ast.walk(tree))
    modules = {
        (one.asname or one.name).partition(".")[0]
        for node in nodes if isinstance(node, ast.Import) for one in node.names
    }  # fmt: skip
    bases = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    handed_on = any(
        isinstance(node, ast.Name) and node.id in modules and id(node) not in bases for node in nodes
    )
    taken = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in PARTS]
    return any(handed_on or _root(node) in modules for node in taken)


def _root(node: ast.expr) -> str:
    """The name with which a chain of attributes begins; "" where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_quiet(file: str) -> bool:
    """Whether loading a file reads nothing, and the file is older than this process."""
    tree = _tree(file)
    try:
        now = os.stat(file)
    except OSError:
        return False
    older = max(now.st_mtime_ns, now.st_ctime_ns) < BEGIN
    return older and tree is not None and all(_calls_only_pure(part) for part in _load_time_parts(tree.body))


def _load_time_parts(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """The parts of statements that are evaluated when a module is loaded; a decorator is called."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for one in node.decorator_list:
                yield one if isinstance(one, ast.Call) else ast.Call(one, [], [])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (*node.args.defaults, *filter(None, node.args.kw_defaults))
        elif isinstance(node, ast.ClassDef):
            yield from (*node.bases, *(one.value for one in node.keywords))
            yield from _load_time_parts(node.body)
        elif not (isinstance(node, ast.If) and _is_never_run(node.test)):
            yield node


def _is_never_run(test: ast.expr) -> bool:
    names = {getattr(one, "id", "") for one in ast.walk(test)}
    return bool(names & {"TYPE_CHECKING", "__name__"})


def _calls_only_pure(tree: ast.AST) -> bool:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return all(getattr(one, "attr", getattr(one, "id", "")) in PURE for one in calls)
