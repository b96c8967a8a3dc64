"""``nnanim deck``: a lesson as slides; ``nnanim lessons``: which lessons there are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nnanim import lessons, settings, words
from nnanim import theme as themes
from nnanim.cli import choices, many
from nnanim.deck import Deck, deck, folder, word_slides
from nnanim.errors import UserError
from nnanim.film import cache
from nnanim.film import voice as voices
from nnanim.film.job import FilmJob, FilmResult, TextPage
from nnanim.film.make import STEADY
from nnanim.lessons import ASPECTS, Clip, Lesson
from nnanim.terminal import console, echo, short, table

TARGETS = {"pptx": ".pptx", "html": ".html", "folder": "", "video": ".mp4"}

LINES = {"l": (480, 15), "m": (720, 30), "h": (1080, 60), "p": (1440, 60), "k": (2160, 60)}
"""Height in pixels and frames a second of manim's qualities."""

HEAVY = 100
"""Megabytes from which a page or a presentation is too heavy for many machines in class."""

CLEAR = {"dark": "transparent", "light": "transparent-light"}
"""The theme without ground to each theme with one."""

ALPHA = {"webm": "webm", "prores": "mov"}
"""What manim renders for the formats of a folder that have alpha."""

# Quick settings of VP9: three times as fast, hardly larger.
WEBM = ("--encoder-option", "cpu-used=5", "--encoder-option", "deadline=realtime")


HELP = """Make a lesson into slides for PowerPoint or a browser, into numbered clips, or into one long video.

\b
nnanim lessons                                          which there are
nnanim deck from_perceptron_to_generative_ai --to pptx  for PowerPoint
nnanim deck mine.toml --lang ja -q l                    yours, as a page
"""


@click.command("deck", help=HELP)
@click.argument("lesson", metavar="LESSON|FILE.toml")
@click.option("--to", "target", type=click.Choice(list(TARGETS)), default="html", show_default=True)
@click.option("-o", "--out", metavar="PATH", help="Where it is written; LESSON.html and so on by default.")
@click.option("--lang", metavar="LANG", help="Language: en or ja; the lesson's own by default.")
@click.option("--theme", metavar="THEME", help="dark or light; the lesson's own by default.")
@click.option(
    "-q", "--quality", type=click.Choice(list(LINES)), default="m", show_default=True,
    help="Quality, as manim's: l is 480p15, m 720p30, h 1080p60.",
)  # fmt: skip
@click.option(
    "--fps", type=click.FloatRange(0, 240, min_open=True), metavar="NUMBER",
    help="Frames a second, instead of the quality's.",
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(list(folder.FORMATS)), default="mp4", show_default=True,
    help="Files of a folder; webm and prores have alpha.",
)  # fmt: skip
@click.option(
    "--clips", type=click.Choice(["vectors", "video"]), default="vectors", show_default=True,
    help="What a page plays: films that it draws itself, at any size, or videos.",
)  # fmt: skip
@many.options
@click.option(
    "--voice", metavar="FILE.py:NAME", help="Speak the sentences with your function narrate(text, lang)."
)
@click.option(
    "--model", metavar="MODULE:MODEL", help="Your model, for lessons that look inside one: my.py:net."
)
@click.option("--input", "inputs", multiple=True, metavar="X.npy", help="An input of it; may be repeated.")
@click.option(
    "--media_dir", metavar="FOLDER", default="media", help="Where films are kept; media by default."
)
@click.option("--fresh", is_flag=True, help="Render every film again.")
def deck_command(
    lesson: str,
    target: str,
    clips: str,
    out: str | None,
    lang: str | None,
    theme: str | None,
    voice: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    **look: Any,
) -> None:
    """Make a lesson into slides for PowerPoint or a browser, into numbered clips, or into one long video."""
    loaded = lessons.load(lesson)
    path = Path(out or f"{loaded.name}{TARGETS[target]}")
    if target != "folder" and path.suffix.lower() != TARGETS[target]:
        raise UserError(f"--out {path}: the name of a {target} ends in {TARGETS[target]}")
    if target == "folder" and path.exists() and not path.is_dir():
        raise UserError(f"--out {path} is a file; a folder wanted")
    _check_place(path)
    format = look["format_"] if target == "folder" else "mp4"
    if voice is not None:
        voices.find_voice(voice)
    now = settings.load(lang or loaded.lang or None, theme or loaded.theme or None, loaded.pace or None)
    now = replace(now, theme=themes.by_name(_theme(now.theme.name, format)))
    yours = _yours(loaded, model, inputs)
    look["printer"] = "vectors" if target == "html" and clips == "vectors" else "movie"
    jobs, places = _jobs(loaded, now, look, format, voice, yours)
    if target in ("video", "folder") and (pages := word_slides(loaded, now.lang)):
        wanted = tuple(TextPage(one.id, one.title, one.lines, one.seconds) for one in pages)
        jobs.append(_job(loaded, now, look, format, "pages", pages=wanted, where=lesson))
    made = many.make(jobs, workers, scheduler)
    manifests = {one.name: made[one.name].manifest_path(one.folder) for one in jobs}
    films = {place: manifests[name] for place, name in places.items()}
    slides = deck(loaded, films, now.lang, now.theme, manifests.get("pages"))
    _report(_summarize(slides, target, format, path), made, slides)


def _check_place(path: Path) -> None:
    """Minutes of filming are not spent on a deck that cannot be written where it is wanted."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror or error}; choose --out") from error


def _theme(name: str, format: str) -> str:
    """The theme with a ground for films that are opaque, and the one without for those with alpha."""
    if format in ALPHA:
        return CLEAR.get(name, name)
    return next((opaque for opaque, clear in CLEAR.items() if clear == name), name)


def _yours(lesson: Lesson, model: str | None, inputs: tuple[str, ...]) -> dict[str, Any]:
    """What the scenes get that are about the user's own model."""
    if model is None and not inputs:
        return {}
    if not any(clip.own_model for clip in lesson.clips):
        raise UserError(
            f"the lesson {lesson.name!r} takes no model; the lesson look_inside_your_own_model does"
        )
    return choices.own_model(model, inputs, "a lesson about your model")


def _jobs(
    lesson: Lesson,
    now: settings.Settings,
    look: dict[str, Any],
    format: str,
    voice: str | None,
    yours: dict[str, Any],
) -> tuple[list[FilmJob], dict[int, str]]:
    """The films that a lesson needs, and the name of the film of each of its steps."""
    jobs: list[FilmJob] = []
    places: dict[int, str] = {}
    seen: dict[str, int] = {}
    for place, step in enumerate(lesson.steps):
        if not isinstance(step, Clip):
            continue
        stem = Path(step.scene).stem
        seen[stem] = seen.get(stem, 0) + 1
        name = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        job = _job(
            lesson, now, look, format, name,
            scene=step.scene, title=step.title, show=step.show, first=step.first, last=step.last,
            leave_out=step.leave_out, data=step.data, options=yours if step.own_model else {}, voice=voice,
            says={beat: override.says for beat, override in step.beats.items() if override.says is not None},
            where=step.where,
        )  # fmt: skip
        jobs.append(job)
        places[place] = name
    # What takes long is begun first: at the end nobody waits for one last film.
    minutes = {name: lesson.steps[place].minutes for place, name in places.items()}
    return sorted(jobs, key=lambda job: -minutes[job.name]), places


def _job(
    lesson: Lesson, now: settings.Settings, look: dict[str, Any], format: str, name: str, **wanted: Any
) -> FilmJob:
    high, fps = LINES[look["quality"]]
    across, down = ASPECTS[lesson.aspect]
    # manim's own 480p is 854 wide: the next even number above 16:9.
    width = -2 * (-high * across // (2 * down))
    flags = ["--resolution", f"{width},{high}", "--fps", f"{look['fps'] or fps:g}", "--save_sections"]
    if format not in ALPHA:
        flags += STEADY
    else:
        # manim warns that webm is slow: whoever asks for alpha wants it.
        flags += ["--transparent", "--format", ALPHA[format], "--verbosity", "ERROR"]
        flags += WEBM if format == "webm" else ()
    parts = [now.lang, now.theme.name]
    if look["printer"] == "movie":
        parts += [look["quality"], *([f"{look['fps']:g}"] if look["fps"] else [])]
    parts += [lesson.aspect.replace(":", "x")] if lesson.aspect != "16:9" else []
    parts += [format] if format in ALPHA else []
    parts += ["vectors"] if look["printer"] == "vectors" else []
    parts += ["voice"] if wanted.get("voice") else []
    home = Path(look["media_dir"]) / "decks" / lesson.name / "-".join(parts) / name
    if look["fresh"]:
        cache.invalidate(home)
        flags.append("--disable_caching")
    if look["printer"] == "vectors" and not wanted.get("pages"):
        flags, wanted = [], {**wanted, "printer": "vectors", "frames": (lesson.aspect,)}
    style: dict[str, Any] = {"lang": now.lang, "theme": now.theme.name, "pace": now.pace}
    return FilmJob(name=name, folder=str(home.absolute()), flags=tuple(flags), **style, **wanted)


def _summarize(slides: Deck, target: str, format: str, path: Path) -> list[Path]:
    from nnanim.deck import html, pptx, video

    writers: dict[str, Callable[[Deck, Path], list[Path]]] = {
        "pptx": pptx.write,
        "html": html.write,
        "video": video.write,
        "folder": lambda deck, place: folder.write(deck, place, format),
    }
    try:
        return writers[target](slides, path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}; what stood there is as it was, "
            "and the films are kept"
        ) from error


def _report(paths: list[Path], made: dict[str, FilmResult], slides: Deck) -> None:
    out = console()
    fresh = sum(one.fresh for one in made.values())
    size = sum(path.stat().st_size for path in paths) / 1e6
    first = paths[0].parent if len(paths) > 3 else paths[0]
    out.print(short(first))
    out.print(f"{len(slides.slides)} slides, {size:.1f} MB; {fresh} of {len(made)} films made anew")
    if len(paths) <= 3:
        for path in paths[1:]:
            out.print(short(path))
    if paths[0].suffix in (".html", ".pptx") and size > HEAVY:
        echo(f"{size:.0f} MB are heavy for a machine in class; -q l or fewer films make it lighter", err=True)


@click.command("lessons")
@click.option("--lang", metavar="LANG", help="Language of the titles: en or ja.")
def list_lessons(lang: str | None) -> None:
    """List the lessons that come with nnanim."""
    now = settings.load(lang)
    rows = table("lesson", "title", "films", "minutes")
    for name in lessons.names():
        one = lessons.load(name)
        rows.add_row(name, words.say(one.title, now.lang), str(len(one.clips)), f"{one.minutes:g}")
    console().print(rows)
