"""``nnanim deck``: a lesson as slides; ``nnanim lessons``: which lessons there are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnanim import lessons, settings, words
from nnanim import theme as themes
from nnanim.cli import many
from nnanim.cli.deck_films import choose_theme, list_films, own_model, plan_film
from nnanim.cli.sizes import MAX_FPS, QUALITIES
from nnanim.deck import Deck, deck, folder, word_slides
from nnanim.errors import UserError, nearest
from nnanim.film import voice as voices
from nnanim.film.job import FilmResult, TextPage
from nnanim.lessons import ASPECTS, Lesson
from nnanim.scene import loader
from nnanim.shelf import check_no_model
from nnanim.terminal import console, echo, short, table

if TYPE_CHECKING:
    from nnanim.deck.insert import Presented
    from nnanim.deck.slides import Shot

TARGETS = {"pptx": ".pptx", "html": ".html", "pdf": ".pdf", "folder": "", "video": ".mp4"}

HEAVY = 100
"""Megabytes from which a page or a presentation is too heavy for many machines in class."""


HELP = """Make slides of a lesson or of films: PowerPoint, a page, numbered clips, a video, a handout.

\b
nnanim lessons                                          which there are
nnanim deck from_perceptron_to_generative_ai --to pptx  for PowerPoint
nnanim deck perceptron --to pptx --beats split,sum      two moments of one film
nnanim deck dropout --into mine.pptx --after 3          into your own slides; a copy is written
nnanim deck mine.toml --lang ja --to pdf                pictures, sentences and room to write, on paper
"""


@click.command("deck", help=HELP)
@click.argument("lesson", nargs=-1, required=True, metavar="LESSON|SCENE…")
@click.option("--to", "target", type=click.Choice(list(TARGETS)), help="What is made; html by default.")
@click.option("-o", "--out", metavar="PATH", help="Where it is written; LESSON.html and so on by default.")
@click.option("--beats", metavar="ID,ID", help="Only these beats of a film.")
@click.option("--into", metavar="MINE.pptx", help="Put the slides into a copy of this presentation.")
@click.option("--after", type=int, metavar="N", help="After so many of its slides; at its end by default.")
@click.option("--frame", type=click.Choice(list(ASPECTS)), help="Sides of the slides.")
@click.option("--lang", metavar="LANG", help="Language: en or ja; the lesson's own by default.")
@click.option("--subs", multiple=True, metavar="LANG", help="Of a video: subtitles in another language, too.")
@click.option(
    "--theme", metavar="THEME",
    help="dark or light; by default the lesson's own, light on paper, and what goes with your own slides.",
)  # fmt: skip
@click.option(
    "-q", "--quality", type=click.Choice(list(QUALITIES)), default="m", show_default=True,
    help="Quality, as manim's: l is 480p15, m 720p30, h 1080p60.",
)  # fmt: skip
@click.option(
    "--fps", type=click.FloatRange(1, MAX_FPS), metavar="NUMBER",
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
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for what looks inside one: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="An input of it; repeatable.")
@click.option(
    "--media_dir", metavar="FOLDER", default="media", help="Where films are kept; media by default."
)
@click.option("--fresh", is_flag=True, help="Render every film again.")
def deck_command(
    lesson: tuple[str, ...],
    target: str | None,
    clips: str,
    out: str | None,
    beats: str | None,
    into: str | None,
    after: int | None,
    frame: str | None,
    lang: str | None,
    subs: tuple[str, ...],
    theme: str | None,
    voice: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    **look: Any,
) -> None:
    """Make slides of a lesson, or of films."""
    loaded = choose_lesson(lesson, beats, frame, titled=into is None, own_model=model is not None)
    mine = _open_own(into, target, after)
    target = target or ("pptx" if mine is not None else "html")
    path = _place(loaded, target, out, mine)
    _check_subtitles(subs, target)
    format = look["format_"] if target == "folder" else "mp4"
    if voice is not None:
        voices.find_voice(voice)
    theme = theme or (mine.theme_name() if mine is not None else loaded.theme) or None
    theme = theme or ("light" if target == "pdf" else None)
    now = settings.load(lang or loaded.lang or None, theme, loaded.pace or None)
    now = replace(now, theme=themes.by_name(choose_theme(now.theme.name, format)))
    yours = own_model(loaded, model, inputs)
    drawn = target == "pdf" or (target == "html" and clips == "vectors")
    look["printer"] = "vectors" if drawn else "movie"
    jobs, places = list_films(loaded, now, look, format, voice, yours)
    if target in ("video", "folder") and (pages := word_slides(loaded, now.lang)):
        wanted = tuple(TextPage(one.id, one.title, one.lines, one.seconds) for one in pages)
        jobs.append(plan_film(loaded, now, look, format, "pages", pages=wanted, where=lesson[0]))
    made = many.make(jobs, workers, scheduler)
    manifests = {one.name: made[one.name].manifest_path(one.folder) for one in jobs}
    films = {place: manifests[name] for place, name in places.items()}
    slides = deck(loaded, films, now.lang, now.theme, manifests.get("pages"))
    if mine is None:
        _report(_summarize(slides, target, format, path, subs), made, slides)
    else:
        _report(mine.insert(slides, after, path), made, slides)


def choose_lesson(
    names: Sequence[str],
    beats: str | None,
    frame: str | None,
    *,
    titled: bool = True,
    own_model: bool = False,
) -> Lesson:
    """The lesson of that name or file; else a lesson of the scenes that are named.

    Raises:
        UserError: there is neither; or beats are chosen of a lesson.
    """
    first = names[0]
    if len(names) == 1 and (first.endswith(".toml") or first in lessons.names()):
        if beats is not None:
            raise UserError(f"--beats belongs to a scene; the lesson {first!r} says itself what it shows")
        loaded = lessons.load(first)
        return replace(loaded, aspect=frame) if frame else loaded
    for name in names:
        check_no_model(name)
    known = [*loader.names(), *lessons.names()]
    if wrong := next((one for one in names if one not in known and not one.endswith(".py")), None):
        raise UserError(f"there is no lesson and no scene {wrong!r}{nearest(wrong, known)}")
    kinds = {name: loader.load(name) for name in names}
    if len(kinds) < len(names):
        raise UserError("a scene is named twice")
    chosen = [one.strip() for one in (beats or "").split(",") if one.strip()]
    titles = {name: kind.title for name, kind in kinds.items()}
    mine = own_model and all(hasattr(kind, "model") for kind in kinds.values())
    return lessons.lesson_of_scenes(
        titles, beats=chosen, aspect=frame or "16:9", titled=titled, own_model=mine
    )


def _open_own(into: str | None, target: str | None, after: int | None) -> Presented | None:
    """The presentation that slides are put into.

    Raises:
        UserError: it is none, or has not so many slides; something else than PowerPoint is wanted.
    """
    if into is None:
        if after is not None:
            raise UserError("--after says where in a presentation; name it with --into mine.pptx")
        return None
    if target not in (None, "pptx"):
        raise UserError(f"--into is about PowerPoint: leave out --to {target}")
    from nnanim.deck.insert import Presented

    mine = Presented(Path(into))
    mine.check_place(after)
    return mine


def _place(lesson: Lesson, target: str, out: str | None, mine: Presented | None) -> Path:
    """Where the deck is written.

    Raises:
        UserError: nothing can be written there, or it is somebody's own presentation.
    """
    name = lesson.name if mine is None else f"{mine.path.stem}-with-{lesson.name}"
    path = Path(out or f"{name}{TARGETS[target]}")
    if target != "folder" and path.suffix.lower() != TARGETS[target]:
        raise UserError(f"--out {path}: the name of a {target} ends in {TARGETS[target]}")
    if target == "folder" and path.exists() and not path.is_dir():
        raise UserError(f"--out {path} is a file; a folder wanted")
    if mine is not None and path.exists() and path.samefile(mine.path):
        raise UserError(f"--out {path} is your own presentation; a copy is written: choose another name")
    _check_place(path)
    return path


def _check_place(path: Path) -> None:
    """Minutes of filming are not spent on a deck that cannot be written where it is wanted."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror or error}; choose --out") from error


def _check_subtitles(subs: Sequence[str], target: str) -> None:
    """Refuse subtitles of what has none, and of languages that there are not."""
    for lang in subs:
        words.check_language(lang)
    if subs and target != "video":
        has = "; a page has a button for its captions" if target == "html" else ""
        raise UserError(f"--subs belongs to --to video, not to --to {target}{has}")


def _summarize(slides: Deck, target: str, format: str, path: Path, subs: Sequence[str]) -> list[Path]:
    from nnanim.deck import html, pptx, video

    writers: dict[str, Callable[[Deck, Path], list[Path]]] = {
        "pptx": pptx.write,
        "html": html.write,
        "pdf": _write_handout,
        "video": lambda deck, place: video.write(deck, place, subs),
        "folder": lambda deck, place: folder.write(deck, place, format),
    }
    try:
        return writers[target](slides, path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}; what stood there is as it was, "
            "and the films are kept"
        ) from error


def _write_handout(deck: Deck, path: Path) -> list[Path]:
    from nnanim.deck import handout
    from nnanim.film.shots import draw_beat

    def draw(shot: Shot, target: Path) -> None:
        draw_beat(shot.film, shot.beat, target, lang=deck.lang, theme=deck.theme.name)

    return handout.write(deck, path, draw)


def _report(paths: list[Path], made: dict[str, FilmResult], slides: Deck) -> None:
    out = console()
    fresh = sum(one.fresh for one in made.values())
    size = sum(path.stat().st_size for path in paths) / 1e6
    first = paths[0].parent if len(paths) > 3 else paths[0]
    out.print(short(first))
    count = f"{len(slides.slides)} slide{'s' * (len(slides.slides) != 1)}"
    out.print(f"{count}, {size:.1f} MB; {fresh} of {len(made)} films made anew")
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
