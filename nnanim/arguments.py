"""Arguments of marks, motions and beats: what is misspelt, missing or of another form is told in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from inspect import Parameter, signature
from numbers import Number
from typing import Any, ClassVar, Self

from nnanim.errors import UnknownArgument, list_near, nearest, quote

OWN_NAME = "key='…', the name by which the film knows it from beat to beat"
"""What a key is, for those who leave it out."""


class KnownArguments:
    """A class whose wrong arguments are mistakes of its user: the error says what it takes.

    Attributes:
        hints: by the name of an argument that is missing or unknown, what to write.
        free: names of arguments that may have other forms than their annotation says.
    """

    hints: ClassVar[Mapping[str, str]] = {}
    free: ClassVar[tuple[str, ...]] = ()

    def __new__(cls, *args: Any, **values: Any) -> Self:
        """An empty object, which ``__init__`` fills.

        Raises:
            UnknownArgument: an argument that it does not take, one that is missing, or one of another form.
        """
        if args or values:  # a copy is made without any
            _check_names(cls, values)
            _check_places(cls, args)
            _check_missing(cls, args, values)
            _check_forms(cls, args, values)
        return super().__new__(cls)


def _check_names(kind: Any, values: Mapping[str, Any]) -> None:
    known = _parameters(kind) if values else ()
    if known and (wrong := next((name for name in values if name not in known), None)):
        near = nearest(wrong, known) if list_near(wrong, [*known]) else ""
        hint = f": {kind.hints[wrong]}" if wrong in kind.hints else near
        raise UnknownArgument(f"{kind.__name__} has no {wrong!r}{hint}; it takes {', '.join(known)}")


def _check_places(kind: Any, args: tuple[Any, ...]) -> None:
    by_place = _by_place(kind)
    if by_place is None or len(args) <= len(by_place):
        return
    takes, name = ", ".join(by_place) or "nothing", kind.__name__
    form = "several are one tuple"
    if len(by_place) == 1 and _forms(kind).get(by_place[0], "").startswith("tuple["):
        first = type(args[0]).__name__
        form = f"several are one tuple: {name}(({first}(…), {first}(…)))"
    raise UnknownArgument(f"{name} takes {takes} without a name, not {len(args)} values; {form}")


def _check_missing(kind: Any, args: tuple[Any, ...], values: Mapping[str, Any]) -> None:
    by_place = _by_place(kind)
    if by_place is None:
        return
    there = {*by_place[: len(args)], *values}
    if missing := [name for name in _list_required(kind) if name not in there]:
        said = [OWN_NAME if name == "key" else name for name in missing]
        hint = next((f": {kind.hints[name]}" for name in missing if name in kind.hints), "")
        needs = ", ".join(name if name in by_place else f"{name}=…" for name in _list_required(kind))
        raise UnknownArgument(
            f"{kind.__name__} needs {' and '.join(said)}{hint}; begin with {kind.__name__}({needs})"
        )


def _check_forms(kind: Any, args: tuple[Any, ...], values: Mapping[str, Any]) -> None:
    forms, by_place = _forms(kind), _by_place(kind) or ()
    for name, value in (*zip(by_place, args, strict=False), *values.items()):
        if (form := forms.get(name)) is not None and (wrong := find_wrong_form(form, name, value)):
            key = f" {values['key']!r}" if isinstance(values.get("key"), str) else ""
            raise UnknownArgument(f"{kind.__name__}{key}: {wrong}")


def find_wrong_form(form: str, name: str, value: Any) -> str:
    """What is wrong with the form of a value, and the right one; empty where nothing is.

    Args:
        form: the annotation of the argument.
        name: of the argument.
        value: what was given.
    """
    if form.startswith("tuple["):
        return _find_no_tuple(form, name, value)
    if form.startswith(("Mapping[", "Born", "Gathers")) and not isinstance(value, Mapping):
        return f"{name} is a {type(value).__name__}; a dict is wanted: {name}={{'key': …}}"
    if re.fullmatch(r"(float|int)( \| None)?", form) and isinstance(value, str | tuple | list | Mapping):
        return f"{name}={quote(value)}; one number is wanted"
    if form == "Words" and not isinstance(value, str | Mapping):
        return f"{name} is a {type(value).__name__}; words are wanted: a text, or {{'en': …, 'ja': …}}"
    return ""


def _find_no_tuple(form: str, name: str, value: Any) -> str:
    """What is wrong with a value that should be a tuple."""
    if value is None:
        return "" if form.endswith("None") else f"{name}=None; leave it out, or give a tuple"
    pair = re.match(r"tuple\[(int|float|bool), \1\]", form)
    if isinstance(value, Number):
        right = f"({value}, {value})" if pair else f"({value},)"
        return f"{name}={value} is one value; a {'pair' if pair else 'tuple'} is wanted: {name}={right}"
    if isinstance(value, str):
        right = f"tuple({quote(value)}.split())" if " " in value else f"({quote(value)},)"
        return f"{name}={quote(value)} is one text; a tuple is wanted: {name}={right}"
    if isinstance(value, Mapping):
        return f"{name} is one dict; a tuple is wanted: {name}=({{…}}, {{…}})"
    if not isinstance(value, Iterable):
        kind = type(value).__name__
        return f"{name} is one {kind}; a tuple is wanted: {name}=({kind}(…),)"
    if form.startswith("tuple[tuple[int, int]") and any(isinstance(one, Number) for one in value):
        return f"{name}={quote(tuple(value))}; pairs are wanted: {name}=((row, column), …)"
    if form.startswith("tuple[int") and any(isinstance(one, str) for one in value):
        return f"{name} holds words; places are wanted, counted from 0, and the words are names=(…)"
    return ""


@cache
def _by_place(kind: Any) -> tuple[str, ...] | None:
    """What a class takes without a name; None where that may be any number."""
    found = [*signature(kind.__init__).parameters.values()][1:]
    if any(one.kind is Parameter.VAR_POSITIONAL for one in found):
        return None
    return tuple(one.name for one in found if one.kind is not Parameter.KEYWORD_ONLY)


@cache
def _list_required(kind: Any) -> tuple[str, ...]:
    """What a class cannot do without."""
    found = [*signature(kind.__init__).parameters.values()][1:]
    return tuple(one.name for one in found if one.default is Parameter.empty)


@cache
def _parameters(kind: Any) -> tuple[str, ...]:
    """What a class takes by name; empty where it takes anything."""
    found = signature(kind.__init__).parameters.values()
    if any(one.kind is Parameter.VAR_KEYWORD for one in found):
        return ()
    return tuple(one.name for one in [*found][1:] if one.kind is not Parameter.VAR_POSITIONAL)


@cache
def _forms(kind: Any) -> Mapping[str, str]:
    """Annotations of the fields of a dataclass whose form is looked at."""
    if not is_dataclass(kind):
        return {}
    looked_at = ("tuple[", "Mapping[", "Born", "Gathers", "float", "int", "Words")
    free = getattr(kind, "free", ())
    return {
        one.name: str(one.type)
        for one in fields(kind)
        if one.name not in free
        and str(one.type).startswith(looked_at)
        and not re.search(r"\| (tuple|int|float)", str(one.type))
    }
