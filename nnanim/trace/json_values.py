"""What describes a trace as JSON, and back; what JSON lacks becomes a table with one key, "$float" or so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np

from nnanim.errors import UserError, quote
from nnanim.trace.graph import Node

MAX_DEPTH = 100
"""Maximum depth of lists and tables inside each other."""

_USUAL = tuple((one.name, one.default) for one in fields(Node))


def encode(value: Any, where: str) -> Any:
    """A value as JSON has it; numbers that are not finite and complex ones are spelt out.

    Args:
        value: a number, a text, None, or a list, tuple or mapping of them.
        where: what it is, for messages.

    Raises:
        UserError: something else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(value)}
    if isinstance(value, complex):
        return {"$complex": [encode(value.real, where), encode(value.imag, where)]}
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)  # subclasses, such as torch's own version, as what they are
    if isinstance(value, Mapping):
        return {str(key): encode(one, f"{where}.{key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [encode(one, where) for one in value]
    raise UserError(f"{where} of the trace is {quote(value)}, a {type(value).__name__}; no file holds that")


def decode(value: Any, listed: type = list, depth: int = 0) -> Any:
    """What `encode` was given; lists and tuples become ``listed``.

    Raises:
        RecursionError: lists and tables inside each other more than `MAX_DEPTH` deep.
    """
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, list | tuple):
        return listed([decode(one, listed, depth + 1) for one in value])
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        match value:
            case {"$float": "nan" | "inf" | "-inf" as text}:
                return float(text)
            case {"$complex": [real, imaginary]}:
                parts = decode(real), decode(imaginary)
                if all(isinstance(part, int | float) for part in parts):
                    return complex(*parts)
    return {key: decode(one, listed, depth + 1) for key, one in value.items()}


def encode_node(node: Node) -> dict[str, Any]:
    """The fields of a node that differ from their defaults, as JSON has them."""
    found = {name: value for name, usual in _USUAL if (value := getattr(node, name)) != usual}
    if node.settings:
        found["settings"] = encode(node.settings, node.name)
    if node.operands:
        found["operands"] = [encode(asdict(operand), node.name) for operand in node.operands]
    return found


def decode_node(node: Node) -> Node:
    """A node whose settings and operands are as JSON has them, with the tuples that they were."""
    if not node.settings and not node.operands:
        return node
    settings = tuple((name, decode(value, tuple)) for name, value in node.settings)
    operands = (
        replace(one, constant=decode(one.constant, tuple), view=decode(one.view, tuple))
        for one in node.operands
    )
    return replace(node, settings=settings, operands=tuple(operands))
