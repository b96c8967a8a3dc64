"""``nnanim movie``: a scene as a film, through manim."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from nnanim import parallel, settings, words
from nnanim.cli import choices, many, outputs
from nnanim.cli import watch as again
from nnanim.errors import UserError, nearest
from nnanim.film.job import FilmJob, FilmResult
from nnanim.film.make import STEADY, make_film
from nnanim.scene import loader
from nnanim.scene.bare import media_folder
from nnanim.shelf import check_no_model
from nnanim.style import FRAMES
from nnanim.terminal import console, short

DRAFT = ("--encoder-option", "preset=ultrafast")

MANIM_FLAGS = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.command(context_settings=MANIM_FLAGS)
@click.argument("scene", metavar="NAME|FILE.py")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED, metavar="[NAME…|CLASS] [MANIM'S FLAGS]")
@click.option(
    "--to", "target", type=click.Choice(["video", "html"]), show_default="video",
    help="A video, or a page that plays it in any browser without a network: nothing is rendered.",
)  # fmt: skip
@click.option(
    "--frame", "frames", multiple=True, type=click.Choice(list(FRAMES)),
    help="Sides of the film, 16:9 by default; of a page, several: may be repeated.",
)  # fmt: skip
@click.option("--lang", metavar="LANG", help="Language: en or ja; a page has both.")
@click.option("--theme", metavar="THEME", help="dark, light, transparent or transparent-light.")
@click.option("--subs", multiple=True, metavar="LANG", help="Subtitles in another language; repeatable.")
@click.option("--pace", metavar="NUMBER", help="Speed; 2 is twice as fast.")
@click.option("--beat", metavar="ID|N", help="Only this beat, by its id or its number.")
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for the scene network: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="An input of it; repeatable.")
@choices.options
@many.options
@click.option(
    "-q", "--quality", type=click.Choice(list("lmhpk")), help="Quality, as manim's: l is 480p15, k is 4K."
)
@click.option("--format", "format_", metavar="FORMAT", help="mp4, gif, webp, apng, webm, mov or png.")
@click.option("-t", "--transparent", is_flag=True, help="With alpha (webm, mov, webp, apng, gif, png).")
@click.option("-s", "--save_last_frame", is_flag=True, help="Only the last frame, as a picture.")
@click.option("-n", "--from_animation_number", metavar="FROM,TO", help="Only these animations.")
@click.option("--media_dir", metavar="FOLDER", help="Where films are kept; media by default.")
@click.option(
    "-o", "--output_file", "--out", "output_file", metavar="NAME|FILE.mp4",
    help="Name of the film in its folder; or a file of your own: .mp4, .gif, .webp, .html, …",
)  # fmt: skip
@click.option("--fps", "--frame_rate", metavar="NUMBER", help="Frames a second.")
@click.option("-r", "--resolution", metavar="W,H", help="Width and height in pixels.")
@click.option("--save_sections", is_flag=True, help="Also a clip of every beat.")
@click.option("--disable_caching", is_flag=True, help="Render everything again.")
@click.option("--seed", metavar="NUMBER", help="Seed of manim's random numbers.")
@click.option("-a", "--write_all", is_flag=True, help="A film of every scene in the file.")
@click.option("-p", "--preview", is_flag=True, help="Show the film when it is done.")
@click.option("--draft", is_flag=True, help="A quick look: low quality, encoded as fast as can be.")
@click.option("--watch", is_flag=True, help="Render again whenever a file of the scene is saved.")
@click.option("-v", "--verbose", is_flag=True, help="Let manim say what it does.")
@click.pass_context
def movie(
    context: click.Context,
    /,
    scene: str,
    rest: tuple[str, ...],
    target: str | None,
    frames: tuple[str, ...],
    subs: tuple[str, ...],
    beat: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    hf: str | None,
    sentence: str | None,
    picture: str | None,
    part: str | None,
    run: str | None,
    data: str | None,
    workers: int | None,
    scheduler: str | None,
    write_all: bool,
    draft: bool,
    watch: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Make a film of a scene, or of several at once. manim's flags are passed on to manim."""
    if watch:
        again.watch([scene, *rest, *again.arguments(context)], loader.path(scene))
        return
    check_no_model(scene)
    names = [*takewhile(lambda word: not word.startswith("-"), rest)]
    others = rest[len(names) :]
    if draft:
        options["quality"] = options["quality"] or "l"
        others = (*others, *DRAFT) if not any("preset=" in word for word in others) else others
    look = {name: options.pop(name) for name in ("lang", "theme", "pace")}
    if look["pace"] is not None:
        look["pace"] = settings.load(pace=look["pace"]).pace
    folder = options.pop("media_dir") or str(media_folder())
    output = outputs.choose_output(options, target, frames, look["theme"], subs)
    flags = (*outputs.manim_flags(options), *others)
    wanted = FilmJob(
        scene, folder, flags=flags, only=beat, verbose=verbose, shared=True, animated=output.animated,
        reuse=not (verbose or options["disable_caching"]),
        options={
            **choices.chosen_options(
                hf=hf, sentence=sentence, picture=picture, part=part, run=run, data=data
            ),
            **choices.own_model(model, inputs),
        },
        **{name: value for name, value in look.items() if value is not None},
    )  # fmt: skip
    if output.is_page:
        langs, themes = tuple(words.LANGUAGES), ("dark", "light")
        wanted = replace(wanted, printer="page", langs=langs, themes=themes, frames=frames or wanted.frames)
    several = workers is not None or scheduler is not None or any(map(_names_a_scene, names))
    jobs = _jobs(wanted, names, several=several, write_all=write_all)
    if len(jobs) > 1 or several:
        one_s = {"beat": beat, "model": model, "hf": hf, "preview": options["preview"]}
        _refuse({**one_s, "output_file": options["output_file"]})
    if several:
        _make_many(jobs, workers, scheduler, output)
        return
    for job in jobs:
        film = outputs.deliver(make_one(job), folder, output)
        outputs.report_film(film, folder)
        if options["preview"] and output.is_page:
            webbrowser.open((Path(folder) / film.film).absolute().as_uri())
        elif options["preview"] and not film.fresh:
            # A film that is made is shown by manim.
            click.launch(str((Path(folder) / film.film).absolute()))


def _jobs(wanted: FilmJob, words: Sequence[str], *, several: bool, write_all: bool) -> list[FilmJob]:
    """The films that are asked for: of several all words name scenes, else the second one names a class.

    Raises:
        UserError: a scene is not there, or named twice; a word too many.
    """
    scenes = [wanted.scene or wanted.name, *(words if several else ())]
    scenes = [one for name in scenes for one in (loader.names() if several and name == "all" else [name])]
    for name in scenes:
        loader.path(name)
    if twice := next((name for name in scenes if scenes.count(name) > 1), None):
        raise UserError(f"the scene {twice!r} is asked for twice")
    if not several and len(words) > 1:
        raise UserError(f"{words[1]!r} is one word too many; {words[0]!r} is no scene")
    if write_all:
        found = [(name, kind.__name__) for name in scenes for kind in loader.load_all(name)]
        return [replace(wanted, name=kind, scene=name, class_name=kind) for name, kind in found]
    kind = words[0] if words and not several else None
    return [replace(wanted, name=Path(name).stem, scene=name, class_name=kind) for name in scenes]


def _names_a_scene(word: str) -> bool:
    return word == "all" or word.endswith(".py") or word in loader.names()


def _refuse(given: dict[str, Any]) -> None:
    if wrong := next((name for name, value in given.items() if value), None):
        raise UserError(f"--{wrong} belongs to one film; leave it out, or film one scene")


def _make_many(
    jobs: Sequence[FilmJob], workers: int | None, scheduler: str | None, output: outputs.Output
) -> None:
    home = str(Path(jobs[0].folder or "media").absolute())
    made = many.make(
        [replace(job, folder=home, flags=(*STEADY, *job.flags)) for job in jobs], workers, scheduler
    )
    for job in jobs:
        film = outputs.deliver(made[job.name], home, output)
        console().print(short(Path(home) / film.film), f"({film.seconds:.1f} s)")


def make_one(job: FilmJob) -> FilmResult:
    """Make one film here, with a bar."""
    try:
        if job.verbose:
            return make_film(job)
        with many.show_progress([job.name]) as listener, parallel.listen(partial(listener, job.name)):
            return make_film(job)
    except click.NoSuchOption as error:
        raise UserError(f"there is no option {error.option_name}{_near_option(error)}") from None


def _near_option(error: click.NoSuchOption) -> str:
    """The nearest of our options and manim's."""
    commands = [movie, *([error.ctx.command] if error.ctx is not None else [])]
    known = [name for command in commands for one in command.params for name in one.opts]
    return nearest(error.option_name, [name for name in known if name.startswith("--")])
