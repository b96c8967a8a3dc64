"""``nnanim recipes``: small answers to single questions, to be read, copied and changed."""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path

import click

from nnanim import settings, words
from nnanim.cli.scene_lines import read_line
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.recipes import MODULES, Recipe, by_name, every_recipe, find, find_any
from nnanim.recipes.scene_file import write_scene, write_source
from nnanim.recipes.search import rank
from nnanim.scene import loader
from nnanim.terminal import console, echo, table


@click.command()
@click.argument("text", nargs=-1, metavar="[NAME|WORDS…]")
@click.option("--out", "-o", metavar="FILE.py", help="Write the recipe as a scene file, to be changed.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@click.option("--lang", metavar="LANG", help="Language of the questions: en or ja.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def recipes(text: tuple[str, ...], out: str | None, force: bool, lang: str | None, as_json: bool) -> None:
    """Search the cookbook: one question a recipe, and the few lines that answer it.

    Without words, all are listed; words of English or Japanese search questions, keywords and the films that
    come with nnanim; a recipe's name prints its lines.
    """
    now, said = settings.load(lang).lang, " ".join(text)
    known = {one.name for one in every_recipe()}
    one = by_name(said) if said.replace("_", "-") in known else None
    if out is not None:
        _write(one or by_name(said), out, force)
        return
    found = [one] if one is not None else find(said) or find_any(said)
    films = find_films(said, now) if said and one is None else []
    if not found and not films:
        raise UserError(f"no recipe has {said!r}; nnanim recipes lists all {len(known)}")
    if as_json:
        data = [*map(_as_data, found), *films]
        echo(json.dumps(data, ensure_ascii=False, indent=1), keep="\n")
    elif one is not None:
        echo(f"# {words.say(one.question, now)}\n{write_source(one)}", keep="\n")
        console(stderr=True).print(f"a scene of it: nnanim recipes {one.name} --out mine.py")
    else:
        _list(found, now)
        _list_films(films)


def find_films(text: str, lang: str) -> list[dict[str, str]]:
    """The films that have any word of a text, in their keywords or in what they are about, the best first.

    Each has ``name``, ``about`` and ``begin``, the command that begins a file of yours with it.
    """
    names = (*loader.names(), *loader.short_names())
    texts = [(name, _text_of(name)) for name in names]
    return [
        {"name": name, "about": _say_film(name, lang), "begin": f"nnanim new mine --from {name}"}
        for name in rank(text, texts)
    ]


def _text_of(name: str) -> str:
    said = (_say_film(name, lang) for lang in words.LANGUAGES)
    return " ".join((name, *said, read_line(loader.path(name), "keywords", "en")))


def _say_film(name: str, lang: str) -> str:
    said = (read_line(loader.path(name), what, lang) for what in ("title", "about"))
    return ": ".join(one for one in said if one)


def _list_films(films: list[dict[str, str]]) -> None:
    if films:
        rows = table("film", "about", "begin with it")
        for film in films:
            rows.add_row(film["name"], film["about"], film["begin"])
        console().print(rows)


def _list(found: list[Recipe], lang: str) -> None:
    if not found:
        return
    rows = table("recipe", "question", "about")
    for one in found:
        about = MODULES[one.module.rpartition(".")[2]]
        rows.add_row(one.name, words.say(one.question, lang), words.say(about, lang))
    console().print(rows)


def _as_data(one: Recipe) -> dict[str, object]:
    about = MODULES[one.module.rpartition(".")[2]]
    return {
        "name": one.name, "question": one.question, "keywords": one.keywords.split(), "about": about,
        "source": write_source(one),
    }  # fmt: skip


def _write(one: Recipe, out: str, force: bool) -> None:
    target = Path(out)
    stem = target.name.removesuffix(".py")
    if target.suffix != ".py" or not stem.isidentifier() or keyword.iskeyword(stem):
        fits = re.sub(r"\W+", "_", stem).strip("_")
        such = f", such as {fits}.py" if fits.isidentifier() and not keyword.iskeyword(fits) else ""
        raise UserError(f"{out!r} cannot be a scene's file: a name of letters, digits and _, then .py{such}")
    if target.exists() and not force:
        raise UserError(f"{target} is already there; choose another name, or overwrite it with --force")
    write_text(target, write_scene(one, stem))
    console().print(str(target))
    console().print(f"change it, then: nnanim movie {target} -ql")
