"""Rendering a film job in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from nnanim import parallel, words
from nnanim.errors import UserError
from nnanim.film.job import FilmJob, FilmResult
from nnanim.film.narration import add_voices, speak_sentences, use_own_words
from nnanim.film.options import film_name, scene_options
from nnanim.film.voice import BREATH, Speech
from nnanim.movie.cairo_backend import loops
from nnanim.movie.pages import Pages
from nnanim.movie.places import check_writable
from nnanim.movie.render import RenderedFilm, render, settings_of_manim
from nnanim.movie.scene import StoryScene
from nnanim.scene import loader
from nnanim.timeline import Take


def prepare_rendering() -> AbstractContextManager[None]:
    """A block in which films are rendered; what is loaded for all of them is no dependency of any."""
    loops()
    return settings_of_manim(max_files_cached=-1)


def render_job(job: FilmJob) -> FilmResult:
    """Render the film of ``job``.

    Raises:
        UserError: a beat or name that the scene does not have; a scene that breaks; a folder that cannot be
            written to.
    """
    file = Path("pages.py") if job.pages else loader.path(job.scene)
    with loader.naming_lines_of(file):
        return _render(job, file)


def _render(job: FilmJob, file: Path) -> FilmResult:
    kind = Pages if job.pages else cast("type[StoryScene]", _scene(job))
    options = {**scene_options(job, kind), **({"pages": job.pages} if job.pages else {})}
    folder = {"media_dir": job.folder} if job.folder else {}
    with settings_of_manim(**folder):
        check_writable()
        cached = not job.pages and "--disable_caching" not in job.flags
        story = use_own_words(job, kind.build_story(options, cached=cached))
    if job.only is not None:
        shown = [story.beat(job.only).id]
    else:
        shown = job.select_beats([beat.id for beat in story.beats])
    spoken = speak_sentences(job, story, shown, options["lang"])
    lengths = {beat: one.seconds + BREATH for beat, one in spoken.items()}
    options |= {"only": tuple(shown), "min_seconds": lengths}
    flags = [*job.flags, *(("--media_dir", job.folder) if job.folder else ())]
    name = film_name(kind, job.options, shown[0] if job.only is not None else None)
    if name is not None and "--output_file" not in flags:
        flags += ["--output_file", name]
    film = render(
        kind, file, flags, options=options, story=story, progress=_Progress(options["lang"]),
        verbose=job.verbose, animated=job.animated,
    )  # fmt: skip
    return _result(job, film, spoken)


def _scene(job: FilmJob) -> type[Any]:
    try:
        return loader.choose(job.scene, job.class_name)
    except UserError as error:
        raise job.mistake(str(error)) from error


def _result(job: FilmJob, film: RenderedFilm, spoken: Mapping[str, Speech]) -> FilmResult:
    folder = Path(job.folder).resolve()

    def inside(path: Path) -> str:
        path = path.resolve()
        return (
            path.relative_to(folder).as_posix() if job.folder and path.is_relative_to(folder) else str(path)
        )

    beside = tuple(map(inside, film.beside))
    note = next((one for one in beside if one.endswith(".manifest.json")), "")
    if note and spoken:
        add_voices(folder / note, spoken)
    return FilmResult(inside(film.path), beside, note, film.seconds, film.frames)


class _Progress:
    """Reports how much of the film is rendered to whoever listens."""

    def __init__(self, lang: str) -> None:
        self._lang, self._whole, self._done, self._count, self._text = lang, 0.0, 0.0, 0, ""

    def start(self, takes: Sequence[Take]) -> None:
        """Take the length of the whole."""
        self._whole, self._count = sum(take.seconds for take in takes), len(takes)

    def begin_beat(self, number: int, take: Take) -> None:
        """Take the sentence of the beat that begins."""
        sentence = words.say(take.beat.says, self._lang).replace("\n", " ")
        self._text = f"{number}/{self._count} {sentence}"

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._done += seconds
        parallel.report_progress(min(self._done / self._whole, 1.0) if self._whole else 0.0, self._text)
