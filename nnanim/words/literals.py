"""Which numbers of a call stand in the program as they are: somebody typed them, no run gave them."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from itertools import islice
from types import FrameType
from typing import Any


def typed_keywords(frame: FrameType | None) -> dict[str, Any]:
    """Keyword arguments of the call that ``frame`` makes right now whose values are typed numbers.

    A number is typed where it stands in the call, or in a constant of the caller's module. Where the source
    is not known, none are.
    """
    call = _current_call(frame) if frame is not None else None
    return {} if frame is None or call is None else dict(_typed(call, frame.f_globals))


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


def _typed(call: ast.Call, names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword in call.keywords:
        value: Any = None
        if isinstance(keyword.value, ast.Constant):
            value = keyword.value.value
        elif isinstance(keyword.value, ast.Name) and keyword.value.id.isupper():
            value = names.get(keyword.value.id)
        if keyword.arg is not None and isinstance(value, int | float) and not isinstance(value, bool):
            yield keyword.arg, value
