"""Writing a film job as vectors: for decks, with a manifest beside them, or as a page. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnanim import parallel, timeline
from nnanim import theme as themes
from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.files import atomic
from nnanim.film import manifest
from nnanim.film.job import FilmJob, FilmResult
from nnanim.film.manifest import BeatRecord
from nnanim.film.narration import add_voices, speak_sentences, use_own_words
from nnanim.film.options import film_name, scene_options
from nnanim.film.voice import BREATH, Speech
from nnanim.scene import loader
from nnanim.scene.bare import media_folder, without_manim
from nnanim.scene.source import StorySource
from nnanim.style import RenderStyle, frame_size
from nnanim.timeline import Take
from nnanim.web import FilmCut, encode_film
from nnanim.web.page import PageSettings, write_page

SUFFIX = ".nnfilm"
"""How the names of films end that a page plays."""

PIXELS = 720
"""Height that a manifest gives for vectors, which have any."""


def write_vectors(job: FilmJob) -> FilmResult:
    """Write the film of ``job`` as vectors or, with ``printer="page"``, as a page that plays them.

    Raises:
        UserError: a beat or name that the scene does not have; a scene that breaks; a folder that cannot be
            written to.
    """
    file = loader.path(job.scene)
    with loader.naming_lines_of(file), without_manim(Path(job.folder) if job.folder else None):
        return _write(job, file)


def _write(job: FilmJob, file: Path) -> FilmResult:
    try:
        kind = loader.choose(job.scene, job.class_name)
    except UserError as error:
        raise job.mistake(str(error)) from error
    options = scene_options(job, kind)
    parallel.report_progress(0.0, "")
    cuts, spoken = _cuts(job, kind, options)
    parallel.report_progress(0.5, "")
    # Nobody asks a slide for the eighth digit of a pixel, and a deck has a thousand pictures.
    content = encode_film(cuts, small=True, rounded=job.printer != "page")
    name = film_name(kind, job.options, job.only) or kind.__name__
    home, first = media_folder(), cuts[0]
    seconds = sum(take.seconds for take in first.takes)
    if job.printer == "page":
        page = home / "pages" / f"{_own_name(job) or name}.html"
        sentences = [first.style.say(take.beat.says) for take in first.takes]
        title = first.style.say(first.story.title)
        look, cover = (first.style.lang, first.style.theme.name), _cover(job, kind, first)
        begin = PageSettings(*look, cover=cover, pace=options["pace"])
        write_page(content, page, begin, sentences=sentences, title=title)
        return FilmResult(_inside(job, page), (), "", seconds, 0)
    film = home / "vectors" / file.stem / f"{name}{SUFFIX}"
    with atomic(film) as temporary:
        temporary.write_bytes(content)
    note = manifest.write_beside(film, _head(job, kind, first, options), _records(first), {}, film.parent)
    if spoken:
        add_voices(note, spoken)
    beside = (_inside(job, film.with_suffix(".vtt")), _inside(job, note))
    return FilmResult(_inside(job, film), beside, _inside(job, note), seconds, 0)


def _cuts(
    job: FilmJob, kind: type[StorySource], options: Mapping[str, Any]
) -> tuple[list[FilmCut], dict[str, Speech]]:
    """The cuts of the film, the one that is shown first before the others, and its sentences as spoken."""
    spoken: dict[str, Speech] = {}
    cuts = []
    # A page has a speed of its own.
    pace = 1.0 if job.printer == "page" else float(options["pace"])
    for lang in dict.fromkeys((options["lang"], *job.langs)):
        story = use_own_words(job, kind.build_story({**options, "lang": lang}, cached=True))
        shown = _select(job, story)
        if lang == options["lang"]:
            spoken = speak_sentences(job, story, shown, lang)
        for theme in dict.fromkeys((options["theme"], *job.themes)):
            for frame in job.frames:
                style = RenderStyle(themes.by_name(theme), lang, *frame_size(frame))
                takes = list(_takes(story, style, shown, spoken, pace))
                cuts.append(FilmCut(story, style, takes=takes))
    return cuts, spoken


def _select(job: FilmJob, story: Story) -> list[str]:
    if job.only is not None:
        return [story.beat(job.only).id]
    return job.select_beats([beat.id for beat in story.beats])


def _takes(
    story: Story, style: RenderStyle, shown: Sequence[str], spoken: Mapping[str, Speech], pace: float
) -> Iterator[Take]:
    """The beats that are shown, one after the other; a sentence that is spoken has time to end."""
    start = 0.0
    for take in timeline.takes(story, style, pace):
        if take.beat.id in shown:
            one = take
            if take.beat.id in spoken:
                one = timeline.stretch(take, spoken[take.beat.id].seconds + BREATH)
            yield replace(one, start=start)
            start += one.seconds


def _records(cut: FilmCut) -> Iterator[BeatRecord]:
    for take in cut.takes:
        beat, at = take.beat, take.start
        motion = None
        for phase in take.phases:
            motion = (round(at, 6), round(at + phase.seconds, 6)) if phase.name == "motion" else motion
            at += phase.seconds
        kind = "nn.card" if beat.id == "card" else "nn.beat"
        says = manifest.sentences(beat.says, cut.style.lang)
        yield BeatRecord(
            beat.id, says, round(take.start, 6), round(at, 6), motion, kind, beat.asks,
            cut.style.say(beat.chapter), beat.notice,
        )  # fmt: skip


def _head(job: FilmJob, kind: type[StorySource], cut: FilmCut, options: Mapping[str, Any]) -> dict[str, Any]:
    style = cut.style
    return {
        "title": style.say(cut.story.title),
        "scene": kind.__name__,
        "lang": style.lang,
        "theme": style.theme.name,
        "ground": style.theme.color("ground"),
        "pace": options["pace"],
        "size": [round(PIXELS * style.width / style.height), PIXELS],
        "fps": 60,
        "provenance": dict(cut.story.provenance),
        "cover": _cover(job, kind, cut),
    }


def _cover(job: FilmJob, kind: type[StorySource], cut: FilmCut) -> str:
    """The beat that stands for the film: the scene's cover where it is shown, else one in the middle."""
    named, ids = str(job.options.get("cover", kind.cover)), [take.beat.id for take in cut.takes]
    return named if named in ids else ids[len(ids) // 2]


def _own_name(job: FilmJob) -> str:
    """The name that the page is to have."""
    return dict(zip(job.flags, job.flags[1:], strict=False)).get("--output_file", "")


def _inside(job: FilmJob, path: Path) -> str:
    """A path as a result names it: relative to the job's folder."""
    inside = bool(job.folder) and path.is_relative_to(job.folder)
    return path.relative_to(job.folder).as_posix() if inside else str(path)
