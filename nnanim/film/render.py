"""Rendering a film job in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from nnanim import parallel, words
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.film import manifest, voice
from nnanim.film.job import FilmJob, FilmResult
from nnanim.film.options import film_name, scene_options
from nnanim.film.voice import BREATH, Speech
from nnanim.movie.cairo_backend import loops
from nnanim.movie.pages import Pages
from nnanim.movie.places import check_writable
from nnanim.movie.render import RenderedFilm, render, settings_of_manim
from nnanim.movie.scene import StoryScene
from nnanim.scene import loader
from nnanim.scene.reads import pause_reads
from nnanim.timeline import Take
from nnanim.words import Words


def prepare_rendering() -> AbstractContextManager[None]:
    """A block in which films are rendered; what is loaded for all of them is no dependency of any."""
    loops()
    return settings_of_manim(max_files_cached=-1)


def scene_file(job: FilmJob) -> Path | None:
    """Where the scene of a job stands; None for pages of words."""
    return None if job.pages else loader.path(job.scene)


def render_job(job: FilmJob) -> FilmResult:
    """Render the film of ``job``.

    Raises:
        UserError: a beat or name that the scene does not have; a scene that breaks; a folder that cannot be
            written to.
    """
    file = scene_file(job) or Path("pages.py")
    try:
        return _render(job, file)
    except (UserError, OSError):
        raise
    except Exception as error:
        raise loader.add_line(error, file) from error


def _render(job: FilmJob, file: Path) -> FilmResult:
    kind = Pages if job.pages else cast("type[StoryScene]", _scene(job))
    options = {**scene_options(job, kind), **({"pages": job.pages} if job.pages else {})}
    folder = {"media_dir": job.folder} if job.folder else {}
    with settings_of_manim(**folder):
        check_writable()
        cached = not job.pages and "--disable_caching" not in job.flags
        story = _in_own_words(job, kind.build_story(options, cached=cached))
    if job.only is not None:
        shown = [story.beat(job.only).id]
    else:
        shown = job.select_beats([beat.id for beat in story.beats])
    spoken = _speak(job, story, shown, options["lang"])
    lengths = {beat: one.seconds + BREATH for beat, one in spoken.items()}
    options |= {"only": tuple(shown), "min_seconds": lengths}
    flags = [*job.flags, *(("--media_dir", job.folder) if job.folder else ())]
    name = film_name(kind, job.options, shown[0] if job.only is not None else None)
    if name is not None and "--output_file" not in flags:
        flags += ["--output_file", name]
    film = render(
        kind, file, flags, options=options, story=story, progress=_Progress(options["lang"]),
        verbose=job.verbose,
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
        _add_voices(folder / note, spoken)
    return FilmResult(inside(film.path), beside, note, film.seconds, film.frames)


def _add_voices(note: Path, spoken: Mapping[str, Speech]) -> None:
    """Write into a manifest where each sentence is spoken."""
    content = manifest.read(note)
    for beat in content["beats"]:
        if beat["id"] in spoken:
            path = spoken[beat["id"]].path.resolve()
            beat["voice"] = Path(os.path.relpath(path, note.parent)).as_posix()
    write_text(note, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _in_own_words(job: FilmJob, story: Story) -> Story:
    """The story in the job's words."""

    def own(beat: Beat) -> Beat:
        if beat.id not in job.says:
            return beat
        says = job.says[beat.id]
        if isinstance(says, Mapping) and isinstance(beat.says, Mapping):
            says = {**beat.says, **says}
        return replace(beat, says=says)

    title: Words = story.title if job.title is None else job.title
    return replace(story, title=title, beats=tuple(map(own, story.beats)))


def _speak(job: FilmJob, story: Story, shown: Sequence[str], lang: str) -> dict[str, Speech]:
    """The sentence of every shown beat, spoken."""
    if job.voice is None:
        return {}
    # What was spoken is kept by its words: how a voice makes it is its own affair.
    with pause_reads():
        return dict(_sentences_spoken(job.voice, Path(job.folder) / "voice", story, shown, lang))


def _sentences_spoken(
    target: str, folder: Path, story: Story, shown: Sequence[str], lang: str
) -> Iterator[tuple[str, Speech]]:
    narrate, file = voice.find_voice(target), Path(target.rpartition(":")[0])
    mark = file.read_text(encoding="utf-8") if file.suffix == ".py" else target
    for beat in story.beats:
        text = words.say(beat.says, lang).replace("\n", " ")
        if beat.id in shown and text:
            yield beat.id, voice.speak(narrate, text, lang, folder, mark)


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
