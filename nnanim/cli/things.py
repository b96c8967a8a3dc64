"""What there is to write a film with, for ``nnanim list``: marks, motions, roles, and what each one takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nnanim.assist.catalog import find_call, list_things
from nnanim.scene import loader
from nnanim.terminal import console, echo, table

LISTS = ("marks", "motions", "roles", "terms")
"""The lists that are shown by their names; those of scenes, models and recipes have commands of their own."""


def show_things(name: str, as_json: bool) -> bool:
    """Show a list, or a thing by its name, such as ``Curve`` or ``modify``; False where there is none.

    A scene is none, whatever else has its name.
    """
    if name in LISTS:
        found = list_things(name)
        if as_json:
            _print_json(found)
        else:
            _print_list(found)
        return True
    classes = {one["name"]: one for kind in LISTS[:2] for one in list_things(kind)}
    if name not in classes:
        return _show_call(name, as_json)
    if as_json:
        _print_json(classes[name])
    else:
        _print_class(classes[name])
    return True


def _show_call(name: str, as_json: bool) -> bool:
    found = None if name in (*loader.names(), *loader.short_names()) else find_call(name)
    if found is None:
        return False
    if as_json:
        _print_json(found)
    else:
        echo("\n".join((found["import"], found["call"], "", found["about"])), keep="\n")
    return True


def _print_json(found: Any) -> None:
    echo(json.dumps(found, ensure_ascii=False, indent=1), keep="\n")


def _print_list(found: Sequence[Mapping[str, Any]]) -> None:
    more = [what for what in found[0] if what not in ("name", "about", "call", "takes")]
    rows = table("name", "about", *more)
    for one in found:
        about = one["about"].partition("\n")[0]
        rows.add_row(one["name"], about, *(str(one.get(what, "")) for what in more))
    console().print(rows)
    if "takes" in found[0]:
        console().print(f"what one of them takes: nnanim list {found[0]['name']}")


def _print_class(one: Mapping[str, Any]) -> None:
    console().print(one["about"].partition("\n\n    Attributes")[0].partition("\nAttributes:")[0].strip())
    rows = table("takes", "default", "meaning")
    for each in one["takes"]:
        rows.add_row(each["name"], each["default"] or "(needed)", each["about"])
    console().print(rows)
