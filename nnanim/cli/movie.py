"""``nnanim movie``: a scene as a film, through manim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from nnanim import scenes, settings
from nnanim.cli import choices, many
from nnanim.cli import watch as again
from nnanim.errors import UserError, nearest
from nnanim.terminal import console, is_terminal, progress_bar, short

if TYPE_CHECKING:
    from nnanim.movie import StoryScene
    from nnanim.movie.render import Film
    from nnanim.timeline import Take

DRAFT = ("--encoder-option", "preset=ultrafast")

MANIM_FLAGS = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.command(context_settings=MANIM_FLAGS)
@click.argument("scene", metavar="NAME|FILE.py")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED, metavar="[SCENE] [MANIM'S FLAGS]")
@click.option("--lang", metavar="LANG", help="Language: en or ja.")
@click.option("--theme", metavar="THEME", help="dark, light, transparent or transparent-light.")
@click.option("--pace", metavar="NUMBER", help="Speed; 2 is twice as fast.")
@click.option("--beat", metavar="ID|N", help="Only this beat, by its id or its number.")
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for the scene network: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="X.npy", help="An input of it; may be repeated.")
@choices.options
@many.options
@click.option(
    "-q", "--quality", type=click.Choice(list("lmhpk")), help="Quality, as manim's: l is 480p15, k is 4K."
)
@click.option("--format", "format_", metavar="FORMAT", help="mp4, gif, webm, mov or png.")
@click.option("-t", "--transparent", is_flag=True, help="With alpha (webm, mov, png).")
@click.option("-s", "--save_last_frame", is_flag=True, help="Only the last frame, as a picture.")
@click.option("-n", "--from_animation_number", metavar="FROM,TO", help="Only these animations.")
@click.option("--media_dir", metavar="FOLDER", help="Where films are kept; media by default.")
@click.option("-o", "--output_file", metavar="NAME", help="Name of the film.")
@click.option("--fps", "--frame_rate", metavar="NUMBER", help="Frames a second.")
@click.option("-r", "--resolution", metavar="W,H", help="Width and height in pixels.")
@click.option("--save_sections", is_flag=True, help="Also a clip of every beat.")
@click.option("--disable_caching", is_flag=True, help="Render everything anew.")
@click.option("--seed", metavar="NUMBER", help="Seed of manim's random numbers.")
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
    beat: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    hf: str | None,
    sentence: str | None,
    part: str | None,
    run: str | None,
    workers: int | None,
    scheduler: str | None,
    draft: bool,
    watch: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Make a film of a scene, or of several at once with --jobs. manim's flags are passed on to manim."""
    if watch:
        again.watch([scene, *rest, *again.arguments(context)], scenes.path(scene))
        return
    chosen, others = (rest[0], rest[1:]) if rest and not rest[0].startswith("-") else (None, rest)
    if draft:
        options["quality"] = options["quality"] or "l"
        others = (*others, *DRAFT) if not any("preset=" in word for word in others) else others
    flags = [*manim_flags(options), *others]
    _check_even(options)
    if workers is not None or scheduler is not None:
        _several(scene, rest, options, {"beat": beat, "model": model, "hf": hf}, (workers, scheduler))
        return
    kind = choices.chosen(of_model(scene_class(scene, chosen), model, inputs), hf, sentence, part, run)
    told = settled(kind, options.pop("lang"), options.pop("theme"), options.pop("pace"), beat)
    file = scenes.path(scene)
    try:
        story = told.told(cached=not options["disable_caching"])
        called = choices.name(kind, None if beat is None else story.beat(beat).id)
        if called is not None and not options["output_file"]:
            flags += ["--output_file", called]
        film = _render(told, file, flags, story, verbose)
    except click.NoSuchOption as error:
        raise UserError(f"there is no option {error.option_name}{_near_option(error)}") from None
    except (UserError, OSError, click.ClickException):
        raise
    except Exception as error:
        raise in_scene(error, file) from error
    _report(film)


def _several(
    scene: str,
    rest: Sequence[str],
    options: dict[str, Any],
    of_one: dict[str, Any],
    where: tuple[int | None, str | None],
) -> None:
    """The films of several scenes: all words before the first flag name scenes."""
    alone = {**of_one, "output_file": options["output_file"], "preview": options["preview"]}
    if wrong := next((name for name, value in alone.items() if value), None):
        raise UserError(f"--{wrong} belongs to one film; leave it out, or leave out --jobs and --scheduler")
    first = next((at for at, word in enumerate(rest) if word.startswith("-")), len(rest))
    told = {name: options.pop(name) for name in ("lang", "theme", "pace")}
    if told["pace"] is not None:
        told["pace"] = settings.load(pace=told["pace"]).pace
    folder = options.pop("media_dir") or "media"
    flags = [*manim_flags(options), *rest[first:]]
    many.movies([scene, *rest[:first]], flags, told, folder, *where)


def manim_flags(options: dict[str, Any]) -> list[str]:
    """The options that are manim's, as manim reads them.

    Raises:
        UserError: a range or a resolution that manim would not understand.
    """
    flags: list[str] = []
    for name, value in options.items():
        if name in ("lang", "theme", "pace") or value in (None, False):
            continue
        if name in ("from_animation_number", "resolution"):
            _check_pair(name, value)
        flags += [f"--{'format' if name == 'format_' else name}"] + ([] if value is True else [str(value)])
    return flags


def _check_even(options: dict[str, Any]) -> None:
    size = [int(part) for part in re.split(r"[;,\-]", options["resolution"] or "0,0")]
    if (
        any(side % 2 for side in size)
        and options["format_"] in (None, "mp4")
        and not options["save_last_frame"]
    ):
        raise UserError(f"-r {options['resolution']}: the sides of an mp4 are even numbers of pixels")


def _near_option(error: click.NoSuchOption) -> str:
    """The nearest of our options and manim's."""
    commands = [movie, *([error.ctx.command] if error.ctx is not None else [])]
    known = [name for command in commands for one in command.params for name in one.opts]
    return nearest(error.option_name, [name for name in known if name.startswith("--")])


def _check_pair(name: str, value: str) -> None:
    parts = value.replace(";", ",").replace("-", ",").split(",")
    fine = all(part.strip().isdecimal() for part in parts)
    if name == "resolution" and not (fine and len(parts) == 2):
        raise UserError(f"-r {value!r} is not a width and a height; write -r 1280,720")
    if name == "from_animation_number" and not (fine and len(parts) in (1, 2)):
        raise UserError(f"-n {value!r} is not a range of animations; write -n 2,5")


def scene_class(name: str, chosen: str | None = None) -> type[StoryScene]:
    """The scene in a file: the first, or the one of that name.

    Raises:
        UserError: there is none.
    """
    found = scenes.load_all(name)
    if chosen is None:
        return found[0]
    for one in found:
        if one.__name__ == chosen:
            return one
    raise UserError(
        f"{scenes.path(name)} has no scene {chosen!r}{nearest(chosen, [one.__name__ for one in found])}"
    )


def of_model(
    kind: type[StoryScene], model: str | None, inputs: Sequence[str], command: str = "movie"
) -> type[StoryScene]:
    """The scene about the user's own model, if one is given.

    Raises:
        UserError: the scene takes no model, there is no input, or a file cannot be read.
    """
    if model is None and not inputs:
        return kind
    if not hasattr(kind, "model"):
        raise UserError(
            f"the scene {kind.__name__!r} is about a model of its own; "
            f"write: nnanim {command} network --model …"
        )
    if model is None or not inputs:
        raise UserError("a scene of your model wants both: --model my.py:net --input x.npy")
    from nnanim.cli.inputs import read_array

    name = model.rpartition(":")[2]
    changes = {
        "model": model,
        "inputs": tuple(read_array(path) for path in inputs),
        "title": {"en": name, "ja": name},
    }
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__doc__": kind.__doc__, **changes})


def settled(
    kind: type[StoryScene], lang: str | None, theme: str | None, pace: str | None, beat: str | None = None
) -> type[StoryScene]:
    """The scene with the language, theme, pace and beat of the command line, or the settings in force.

    Raises:
        UserError: an unknown language or theme, a pace that is not above 0.
    """
    now = settings.load(lang or kind.lang, theme or kind.theme, pace or kind.pace)
    changes = {"lang": now.lang, "theme": now.theme, "pace": now.pace, "only": beat}
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__doc__": kind.__doc__, **changes})


def in_scene(error: Exception, file: Path) -> Exception:
    """An error that came out of the scene's file, as one line that says where; any other as it is."""
    located = scenes.located(error, file)
    return located if f"{file}, line" in str(located) else error


def _render(kind: type[StoryScene], file: Path, flags: Sequence[str], story: Any, verbose: bool) -> Film:
    from nnanim.movie.render import render

    if verbose or not is_terminal():
        return render(kind, file, flags, story=story, verbose=verbose)
    columns = (
        "{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        "{task.fields[says]}",
    )  # fmt: skip
    with progress_bar(*columns, console=console()) as progress:
        return render(kind, file, flags, story=story, watch=_Bar(progress, kind.lang or "en"))


class _Bar:
    """A bar over the seconds of a story, with the number of the beat and its sentence."""

    def __init__(self, progress: Progress, lang: str) -> None:
        self._progress, self._lang = progress, lang
        self._task = progress.add_task("beat", total=None, says="")
        self._count = 0

    def begins(self, takes: Sequence[Take]) -> None:
        """Take the length of the whole as the end of the bar."""
        self._count = len(takes)
        self._progress.update(self._task, total=sum(take.seconds for take in takes))

    def tells(self, number: int, take: Take) -> None:
        """Show the beat that is being drawn."""
        from nnanim.words import say

        sentence = say(take.beat.says, self._lang).replace("\n", " ")
        self._progress.update(self._task, description=f"beat {number} of {self._count}", says=sentence[:48])

    def has_told(self, seconds: float) -> None:
        """Move on."""
        self._progress.update(self._task, advance=seconds)


def _report(film: Film) -> None:
    out = console()
    out.print(short(film.path))
    if film.frames:
        out.print(f"{film.seconds:.1f} s, {film.frames} frames")
    for path in film.beside:
        out.print(short(path))
