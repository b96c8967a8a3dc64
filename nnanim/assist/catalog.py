"""What there is to write scenes with: scenes, marks, motions, models, terms; without torch and manim."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.resources import files
from typing import Any

from nnanim import words
from nnanim.assist.fields import describe_fields
from nnanim.errors import UserError, nearest
from nnanim.theme import ROLES, by_name


def list_things(kind: str, search: str = "") -> list[dict[str, Any]]:
    """The things of a kind whose name or text holds a word; every kind has ``name`` and ``about``.

    Raises:
        UserError: there is no such kind.
    """
    if kind not in KINDS:
        raise UserError(f"there is no list of {kind!r}; there are {', '.join(KINDS)}{nearest(kind, KINDS)}")
    found = KINDS[kind]()
    return [one for one in found if search.lower() in str(one).lower()]


HOMES = ("nnanim", "nnanim.marks", "nnanim.movie", "nnanim.words", "nnanim.words.numerals")
"""Where a scene imports from, the shortest way first."""


def find_call(name: str) -> dict[str, str] | None:
    """What a scene may import: its ``name``, ``import``, ``call`` and ``about``; None where there is none."""
    for home in HOMES if name.isidentifier() and not name.startswith("_") else ():
        thing = getattr(import_module(home), name, None)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            told = _follow(thing)
            signature = str(inspect.signature(told)).removesuffix(" -> None")
            line, about = f"from {home} import {name}", inspect.getdoc(told) or ""
            return {"name": name, "import": line, "call": f"{name}{signature}", "about": about}
    return None


def _follow(thing: Any) -> Any:
    """What a function stands for that only imports another one when it is called, as its docstring says."""
    place = re.search(r"see `([\w.]+)\.(\w+)`", inspect.getdoc(thing) or "")
    return getattr(import_module(place[1]), place[2], thing) if place else thing


def read_guide() -> str:
    """How to write a scene: what an assistant must know, on some pages."""
    return files("nnanim.assist").joinpath("guide.md").read_text(encoding="utf-8")


def _scenes() -> list[dict[str, Any]]:
    from nnanim.cli.scene_lines import describe_scene
    from nnanim.scene import loader

    shown = ("name", "title", "about", "for", "seconds")
    names = (*loader.names(), *loader.short_names())
    scenes = (describe_scene(loader.path(name), "en") for name in names)
    return [{key: scene[key] for key in shown if key in scene} for scene in scenes]


def _marks() -> list[dict[str, Any]]:
    from nnanim import marks

    kinds = (getattr(marks, name) for name in marks.__all__)
    listed = (marks.Row, marks.Column, marks.Overlay, marks.Table)
    found: list[type] = [
        kind
        for kind in kinds
        if inspect.isclass(kind)
        and (issubclass(kind, marks.Mark) or kind in listed)
        and kind is not marks.Mark
    ]
    return [_class(kind) for kind in found if kind.__name__ not in ("Legend",)]


def _motions() -> list[dict[str, Any]]:
    from nnanim import beats, births, motions

    names = ("Flow", "Relay", "Playback", "Stream", "Sweep")
    return [*(_class(getattr(motions, name)) for name in names), _class(beats.Beat), _class(births.From)]


def _class(kind: type) -> dict[str, Any]:
    signature = str(inspect.signature(kind)).removesuffix(" -> None")
    return {
        "name": kind.__name__, "about": inspect.getdoc(kind) or "", "call": f"{kind.__name__}{signature}",
        "takes": describe_fields(kind),
    }  # fmt: skip


def _models() -> list[dict[str, Any]]:
    shown = ("name", "title", "module", "kind", "parameters", "data", "figures")
    folder = files("nnanim").joinpath("models", "weights")
    texts = (one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".card.json"))
    cards = ({key: card.get(key) for key in shown} for card in map(json.loads, texts))
    return sorted(
        ({**card, "about": card["title"]["en"]} for card in cards), key=lambda card: str(card["name"])
    )


def _terms() -> list[dict[str, Any]]:
    return [{"name": name, "about": f"words.{name}", **dict(texts)} for name, texts in words.TERMS.items()]


def _roles() -> list[dict[str, Any]]:
    shades = {name: by_name(name) for name in ("dark", "light")}
    return [
        {"name": role, "about": about, **{name: theme.color(role) for name, theme in shades.items()}}
        for role, about in ROLES.items()
    ]


def _recipes() -> list[dict[str, Any]]:
    from nnanim.recipes import every_recipe

    return [
        {"name": one.name, "about": words.say(one.question, "en"), "code": inspect.getsource(one.tell)}
        for one in every_recipe()
    ]


KINDS: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
    "scenes": _scenes,
    "marks": _marks,
    "motions": _motions,
    "models": _models,
    "terms": _terms,
    "roles": _roles,
    "recipes": _recipes,
}
"""What is listed."""
