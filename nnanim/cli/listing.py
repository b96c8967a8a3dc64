"""``nnanim list`` and ``nnanim models``: what comes with nnanim."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnanim import settings, words
from nnanim.scene import loader
from nnanim.terminal import console, table

if TYPE_CHECKING:
    from nnanim.models import Card


@click.command("list")
@click.option(
    "--beats", metavar="NAME|FILE.py", help="List the beats of a scene, with their ids and sentences."
)
@click.option("--lang", metavar="LANG", help="Language of titles and sentences: en or ja.")
def list_scenes(beats: str | None, lang: str | None) -> None:
    """List the scenes and the trained models, or the beats of one scene."""
    if beats is not None:
        _list_beats(beats, lang)
        return
    now = settings.load(lang)
    rows = table("scene", "title")
    for name in loader.names():
        rows.add_row(name, title(loader.path(name), now.lang))
    console().print(rows)
    console().print()
    _list_models(now.lang)


@click.command()
@click.argument("name", required=False)
@click.option("--lang", metavar="LANG", help="Language of the titles: en or ja.")
def models(name: str | None, lang: str | None) -> None:
    """List the trained models: size, licence, how good each is; or all that is known about one."""
    from nnanim.models import card, names

    now = settings.load(lang)
    if name is not None:
        _show_card(card(name), now.lang)
        return
    rows = table("model", "title", "parameters", "file", "licence", "figures")
    for one in map(card, names()):
        title = words.say(one.title, now.lang)
        rows.add_row(one.name, title, f"{one.parameters:,}", _bytes(one), one.licence, _figures(one))
    console().print(rows)


def _show_card(one: Card, lang: str) -> None:
    rows = table("", "")
    rows.show_header = False
    said = {
        "model": one.name, "title": words.say(one.title, lang), "parameters": f"{one.parameters:,}",
        "file": _bytes(one),
        "licence": one.licence, "data": one.data, "seed": str(one.seed), "made by": one.command,
        "CPU minutes": f"{one.minutes:g}", "sha256": one.sha256, "notes": one.notes,
    }  # fmt: skip
    for what, value in {**said, **{what: _figure(value) for what, value in one.figures.items()}}.items():
        if value:
            rows.add_row(what, value)
    console().print(rows)


def _bytes(one: Card) -> str:
    return f"{one.bytes / 1000:,.0f} kB" if one.bytes >= 1000 else f"{one.bytes} B"


def _figures(one: Card, most: int = 3) -> str:
    figures = [f"{what} {_figure(value)}" for what, value in one.figures.items()]
    more = f" and {len(figures) - most} more" if len(figures) > most else ""
    return ", ".join(figures[:most]) + more


def _list_models(lang: str) -> None:
    from nnanim.models import card, names

    rows = table("model", "title")
    for name in names():
        rows.add_row(name, words.say(card(name).title, lang))
    console().print(rows)


def _list_beats(name: str, lang: str | None) -> None:
    story = loader.build_story(name, cached=True)
    now = settings.load(lang)
    rows = table("", "beat", "sentence")
    for place, beat in enumerate(story.beats, start=1):
        rows.add_row(str(place), beat.id, words.say(beat.says, now.lang).replace("\n", " "))
    console().print(words.say(story.title, now.lang))
    console().print(rows)


def title(file: Path, lang: str) -> str:
    """Title of the scene in a file, which is read and not run; or what is wrong with the file."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        return f"(broken{line}: {getattr(error, 'msg', error)})"
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (found := _title(node)):
            return words.say(found, lang)
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _title(node: ast.ClassDef) -> Any:
    for line in node.body:
        if isinstance(line, ast.Assign) and any(getattr(one, "id", "") == "title" for one in line.targets):
            try:
                return ast.literal_eval(line.value)
            except ValueError:
                return None
    return None


def _figure(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
