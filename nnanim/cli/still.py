"""``nnanim still``: a beat as a picture or in time, or all beats on one sheet, through matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnanim import settings
from nnanim.beats import Beat, Story
from nnanim.cli import choices, sizes
from nnanim.errors import UserError
from nnanim.files import file_stem
from nnanim.film.options import check_options
from nnanim.scene import loader
from nnanim.scene.bare import without_manim
from nnanim.shelf import check_no_model
from nnanim.style import FRAMES, RenderStyle, fit_sides
from nnanim.terminal import console, echo, short


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
@click.option("--pace", metavar="NUMBER", help="Speed of the film that is shown; 2 is twice as fast.")
@click.option("--frame", type=click.Choice(list(FRAMES)), help="Sides of the picture; 16:9 by default.")
@click.option(
    "-q", "--quality", type=click.Choice(list(sizes.QUALITIES)),
    help="Size, as manim's: l is 854 × 480, h (the default) 1920 × 1080, k 3840 × 2160.",
)  # fmt: skip
@click.option(
    "-r", "--resolution", metavar="W,H", help="Width and height in pixels, instead of -q and --frame."
)
@click.option(
    "--dpi", type=click.FloatRange(10, 2400), metavar="NUMBER",
    help="Dots an inch, for the size on paper; 200 by default.",
)  # fmt: skip
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
    data: str | None,
    lang: str | None,
    theme: str | None,
    pace: str | None,
    frame: str | None,
    quality: str | None,
    resolution: str | None,
    dpi: float | None,
    out: str | None,
) -> None:
    """Draw one beat of a scene as a picture, how it moves, or all beats on a sheet.

    On a sheet, -q and -r are the size of each picture.
    """
    check_no_model(scene)
    if sheet and (beat is not None or at is not None):
        raise UserError("--sheet shows all beats: leave out --beat and --at")
    if strip is not None and (sheet or middles or beat is not None or at is not None):
        raise UserError("--strip shows one beat in time: leave out --beat, --at, --sheet and --middles")
    width, height = sizes.choose_pixels(quality, resolution, frame)
    many = sheet or strip is not None
    wide = resolution is None and frame in (None, "16:9")
    drawn: dict[str, Any] = {"frame": "16:9" if wide else width / height}
    if not many or quality is not None or resolution is not None:
        drawn["thumb_width" if many else "width_px"] = width
    if dpi is not None:
        drawn["dpi"] = dpi
    file, moment = loader.path(scene), _moment(at)
    with without_manim():
        kind = loader.choose(scene, chosen)
    given = choices.chosen_options(hf=hf, sentence=sentence, picture=picture, part=part, run=run, data=data)
    now = settings.load(lang or kind.lang, theme or kind.theme, pace or kind.pace)
    look = {"lang": now.lang, "theme": now.theme.name, "pace": now.pace}
    options = {**look, **check_options(kind, {**given, **choices.own_model(model, inputs)}, "still")}
    with loader.naming_lines_of(file):
        story = kind.build_story(options, cached=True)
    from nnanim.still import contact_sheet, motion_strip
    from nnanim.still import still as draw

    drawn |= look
    stem = "-".join([file.stem, *([part] if part else [])])
    if strip is not None:
        one = story.beat(strip)
        path = Path(out or f"{file_stem(f'{stem}-{one.id}-strip')}.png")
        motion_strip(story, one.id, path, **drawn)
        _print_step(story, one, drawn, now)
    elif sheet:
        path = Path(out or f"{stem}-sheet.png")
        contact_sheet(story, path, middles=middles, **drawn)
        _print_advice(story, drawn["frame"], now)
    else:
        cover = options.get("cover", kind.cover)
        if beat is None and at is None and cover:
            beat, moment = cover, "middle"
        one = story.beat(beat or 1)
        path = Path(out or f"{file_stem(f'{stem}-{one.id}')}.png")
        draw(story, one.id, path=path, at=moment, **drawn)
    console().print(short(path))


def _print_step(story: Story, beat: Beat, drawn: dict[str, Any], now: settings.Settings) -> None:
    """Say of a long beat at which distance it is shown."""
    from nnanim.still.sheet import STEP, strip_step
    from nnanim.timeline import take_of

    frame = drawn["frame"]
    size = fit_sides(float(FRAMES[frame]) if isinstance(frame, str) else frame)
    take = take_of(story, beat, RenderStyle(now.theme, now.lang, *size), now.pace)
    step = strip_step(take, thumb_width=drawn.get("thumb_width", 320))
    if step > STEP:
        echo(f"beat {beat.id!r} is long: a picture every {step:g} s", err=True)


def _print_advice(story: Story, frame: str | float, now: settings.Settings) -> None:
    """Say which beats leave much of the stage empty, and what would make their things larger."""
    from nnanim.layout.sizes import advise_sizes

    size = fit_sides(float(FRAMES[frame]) if isinstance(frame, str) else frame)
    for line in advise_sizes(story, RenderStyle(now.theme, now.lang, *size)):
        echo(line, err=True)


def _moment(at: str | None) -> float | str | None:
    if at is None or at == "middle":
        return at
    try:
        return float(at)
    except ValueError:
        raise UserError(f"--at {at!r} is neither seconds nor 'middle'") from None
