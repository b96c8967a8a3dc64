"""``nnanim list`` and ``nnanim models``: what comes with nnanim."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from nnanim import settings, words
from nnanim.cli.scene_lines import describe_scene
from nnanim.cli.things import show_things
from nnanim.errors import UserError
from nnanim.film.options import NAMES
from nnanim.scene import loader
from nnanim.terminal import console, count_cells, echo, table

if TYPE_CHECKING:
    from nnanim.models import Card


NARROW = 100
"""Columns of a screen on which these tables are hard to read."""


@click.command("list")
@click.argument("names", required=False, metavar="[NAME|FILE.py|marks|MARK|…]")
@click.option(
    "--beats", metavar="NAME|FILE.py", help="List the beats of a scene, with their ids and sentences."
)
@click.option("--lang", metavar="LANG", help="Language of titles and sentences: en or ja.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def list_scenes(names: str | None, beats: str | None, lang: str | None, as_json: bool) -> None:
    """List the scenes: what each is about, how long it is, for whom; or one of them with its parts and beats.

    The trained models are listed below them; ``nnanim models`` says more. ``marks``, ``motions``,
    ``roles`` and ``terms`` list what films are written with; ``Curve``, ``modify`` and all else that a scene
    imports, what each of them takes.
    """
    now = settings.load(lang)
    if beats is not None and names is not None:
        raise UserError(f"name one scene: {names!r} or --beats {beats!r}")
    if names is not None and show_things(names, as_json):
        return
    if (one := names or beats) is not None:
        _list_one(one, now.lang, as_json)
        return
    scenes, short = (
        [describe_scene(loader.path(name), now.lang) for name in known]
        for known in (loader.names(), loader.short_names())
    )
    if as_json:
        both = [*scenes, *({**one, "short": True} for one in short)]
        echo(json.dumps(both, ensure_ascii=False, indent=1), keep="\n")
        return
    _print_scenes(scenes)
    console().print("\nshort scenes, of one idea each:")
    _print_scenes(short)
    console().print()
    _list_models(now.lang)


def _print_scenes(scenes: Sequence[Mapping[str, Any]]) -> None:
    """A row for each scene; on a narrow screen two lines."""
    out = console()
    if out.width < NARROW:
        for scene in scenes:
            out.print(f"{scene['name']}: {scene['title']}  {minutes(scene['seconds'])}")
            said = f"{scene['about']} ({scene['for']})" if scene["about"] else ""
            _print_below(said)
        return
    rows = table("scene", "title", "minutes", "about", "for")
    for scene in scenes:
        rows.add_row(
            *(scene[what] for what in ("name", "title")),
            minutes(scene["seconds"]),
            scene["about"],
            scene["for"],
        )
    out.print(rows)


def _print_below(text: str) -> None:
    """Lines that stand below a name on a narrow screen, all of them set in."""
    from nnanim.words.linebreak import wrap

    out = console()
    for line in wrap(text, out.width - 4, count_cells) if text else ():
        out.print(f"   {line}")


def minutes(seconds: float | None) -> str:
    """A length as it stands on a player."""
    return "" if seconds is None else f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def _list_one(name: str, lang: str, as_json: bool) -> None:
    """One scene: what it is about, its parts and what it takes, its beats."""
    file, kind = loader.path(name), loader.load(name)
    story = loader.build_story(name, {"lang": lang}, cached=True)
    takes = [f"--{one}" for one in (*NAMES, "model") if hasattr(kind, one) or one in kind.__annotations__]
    beats = [{"id": beat.id, "says": words.say(beat.says, lang)} for beat in story.beats]
    found = {
        **describe_scene(file, lang),
        "parts": list(getattr(kind, "parts", ())),
        "takes": takes,
        "controls": list(kind.controls) if isinstance(kind.controls, Mapping) else [],
        "beats": beats,
    }
    if as_json:
        echo(json.dumps(found, ensure_ascii=False, indent=1), keep="\n")
        return
    console().print(words.say(story.title, lang))
    head = table("", "")
    head.show_header = False
    for what in ("about", "for", "parts", "takes"):
        if said := found[what] if isinstance(found[what], str) else ", ".join(found[what]):
            head.add_row(what, f"{said} (as options of movie, play, still)" if what == "takes" else said)
    if found["seconds"] is not None:
        head.add_row("length", f"{minutes(found['seconds'])}, {len(beats)} beats")
    console().print(head)
    rows = table("", "beat", "sentence")
    for place, beat in enumerate(beats, start=1):
        rows.add_row(str(place), beat["id"], beat["says"].replace("\n", " "))
    console().print(rows)


@click.command()
@click.argument("known_model", required=False, metavar="[NAME]")
@click.option("--lang", metavar="LANG", help="Language of the titles: en or ja.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def models(known_model: str | None, lang: str | None, as_json: bool) -> None:
    """List the trained models: size, licence, how good each is; or all that is known about one."""
    from nnanim.models import card, names

    now = settings.load(lang)
    if as_json:
        cards = [dataclasses.asdict(card(one)) for one in ([known_model] if known_model else names())]
        echo(json.dumps(cards[0] if known_model else cards, ensure_ascii=False, indent=1), keep="\n")
        return
    if known_model is not None:
        _show_card(card(known_model), now.lang)
        return
    out = console()
    if out.width < NARROW:
        for one in map(card, names()):
            out.print(f"{one.name}: {words.say(one.title, now.lang)}")
            said = f"{one.parameters:,} parameters, {_bytes(one)}, {one.licence}; {_figures(one)}"
            _print_below(said)
        return
    rows = table("model", "title", "parameters", "file", "licence", "figures")
    for one in map(card, names()):
        title = words.say(one.title, now.lang)
        rows.add_row(one.name, title, f"{one.parameters:,}", _bytes(one), one.licence, _figures(one))
    out.print(rows)


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


def _figure(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
