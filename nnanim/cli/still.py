"""``nnanim still``: a beat as a picture or in time, or all beats on one sheet, through matplotlib."""

from __future__ import annotations

from pathlib import Path

import click

from nnanim import settings
from nnanim.cli import choices
from nnanim.errors import UserError
from nnanim.film.options import check_options
from nnanim.scene import loader
from nnanim.scene.bare import without_manim
from nnanim.terminal import console, short


@click.command()
@click.argument("scene", metavar="NAME|FILE.py")
@click.argument("chosen", required=False, metavar="[SCENE]")
@click.option("--beat", metavar="ID|N", help="The beat, by id or number; the scene's cover by default.")
@click.option("--at", metavar="SECONDS|middle", help="When in the beat; at its end by default.")
@click.option("--sheet", is_flag=True, help="All beats on one sheet.")
@click.option("--middles", is_flag=True, help="On a sheet: motions also in their middle.")
@click.option("--strip", metavar="ID|N", help="How a beat moves: a picture every 0.25 seconds.")
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for the scene network: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="An input of it; repeatable.")
@choices.options
@click.option("--lang", metavar="LANG", help="Language: en or ja.")
@click.option("--theme", metavar="THEME", help="dark, light, transparent or transparent-light.")
@click.option("-o", "--out", metavar="FILE", help="Where to write it: .png, .svg or .pdf.")
def still(
    scene: str,
    chosen: str | None,
    beat: str | None,
    at: str | None,
    sheet: bool,
    middles: bool,
    strip: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    hf: str | None,
    sentence: str | None,
    picture: str | None,
    part: str | None,
    run: str | None,
    lang: str | None,
    theme: str | None,
    out: str | None,
) -> None:
    """Draw one beat of a scene as a picture, how it moves, or all beats on a sheet."""
    if sheet and (beat is not None or at is not None):
        raise UserError("--sheet shows all beats: leave out --beat and --at")
    if strip is not None and (sheet or middles or beat is not None or at is not None):
        raise UserError("--strip shows one beat in time: leave out --beat, --at, --sheet and --middles")
    file, moment = loader.path(scene), _moment(at)
    with without_manim():
        kind = loader.choose(scene, chosen)
    given = choices.chosen_options(hf=hf, sentence=sentence, picture=picture, part=part, run=run)
    now = settings.load(lang or kind.lang, theme or kind.theme, kind.pace)
    look = {"lang": now.lang, "theme": now.theme.name, "pace": now.pace}
    options = {**look, **check_options(kind, {**given, **choices.own_model(model, inputs)}, "still")}
    try:
        story = kind.build_story(options, cached=True)
    except (UserError, OSError):
        raise
    except Exception as error:
        raise loader.add_line(error, file) from error
    from nnanim.still import contact_sheet, motion_strip
    from nnanim.still import still as draw

    lang, theme, cover = now.lang, now.theme.name, options.get("cover", kind.cover)
    stem = "-".join([file.stem, *([part] if part else [])])
    if strip is not None:
        one = story.beat(strip)
        path = Path(out or f"{stem}-{one.id}-strip.png")
        motion_strip(story, one.id, path, lang=lang, theme=theme)
    elif sheet:
        path = Path(out or f"{stem}-sheet.png")
        contact_sheet(story, path, middles=middles, lang=lang, theme=theme)
    else:
        if beat is None and at is None and cover:
            beat, moment = cover, "middle"
        one = story.beat(beat or 1)
        path = Path(out or f"{stem}-{one.id}.png")
        draw(story, one.id, path=path, at=moment, lang=lang, theme=theme)
    console().print(short(path))


def _moment(at: str | None) -> float | str | None:
    if at is None or at == "middle":
        return at
    try:
        return float(at)
    except ValueError:
        raise UserError(f"--at {at!r} is neither seconds nor 'middle'") from None
