"""Which numbers of a call stand in the program as they are: somebody typed them, no run gave them."""

from __future__ import annotations

import ast
import linecache
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import FrameType
from typing import Any


def typed_keywords(frame: FrameType | None) -> dict[str, Any]:
    """Keyword arguments of the call that ``frame`` makes right now whose values are typed numbers.

    A number is typed where it stands in the call, in a constant of the caller's module, or in a name that its
    function gives nothing but typed numbers. Where the source is not known, none are.
    """
    call = _current_call(frame) if frame is not None else None
    return {} if frame is None or call is None else dict(_typed_values(call, frame))


def _current_call(frame: FrameType) -> ast.Call | None:
    found = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if found is None or None in found:
        return None
    first, last, start, end = (int(one or 0) for one in found)
    lines = [
        line.encode()
        for line in linecache.getlines(frame.f_code.co_filename, frame.f_globals)[first - 1 : last]
    ]
    if not lines:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        made = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return made if isinstance(made, ast.Call) else None


def _typed_values(call: ast.Call, frame: FrameType) -> Iterator[tuple[str, Any]]:
    for keyword in call.keywords:
        value: Any = None
        if _is_number(keyword.value):
            value = ast.literal_eval(keyword.value)
        elif isinstance(keyword.value, ast.Name):
            name = keyword.value.id
            if name.isupper():
                value = frame.f_globals.get(name)
            elif name in _typed_names(_source(frame), frame.f_code.co_name, frame.f_code.co_firstlineno):
                value = frame.f_locals.get(name)
        if keyword.arg is not None and isinstance(value, int | float) and not isinstance(value, bool):
            yield keyword.arg, value


def _source(frame: FrameType) -> str:
    return "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))


def _is_number(node: ast.AST | None) -> bool:
    """Whether a number stands in the program as it is, be it with a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


@lru_cache(maxsize=1024)
def _typed_names(source: str, function: str, line: int) -> frozenset[str]:
    """Local names of a function to which only typed numbers are assigned."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return frozenset()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function and _first_line(node) == line:
            return _only_numbers(node)
    return frozenset()


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _only_numbers(function: ast.FunctionDef) -> frozenset[str]:
    bound, numbers = Counter[str](), Counter[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] += 1
        elif isinstance(node, ast.arg):
            bound[node.arg] += 1
        elif isinstance(node, ast.Assign) and _is_number(node.value):
            numbers.update(one.id for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and _is_number(node.value) and isinstance(node.target, ast.Name):
            numbers[node.target.id] += 1
    return frozenset(name for name, times in numbers.items() if bound[name] == times)
