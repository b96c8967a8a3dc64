"""The films that a deck needs: one job for each step of its lesson that is a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnanim import settings
from nnanim.cli import choices
from nnanim.cli.sizes import QUALITIES
from nnanim.errors import UserError
from nnanim.film import cache
from nnanim.film.job import FilmJob
from nnanim.film.make import STEADY
from nnanim.lessons import Clip, Lesson
from nnanim.style import frame_pixels

CLEAR = {"dark": "transparent", "light": "transparent-light"}
"""The theme without ground to each theme with one."""

ALPHA = {"webm": "webm", "prores": "mov"}
"""What manim renders for the formats of a folder that have alpha."""

# Quick settings of VP9: three times as fast, hardly larger.
WEBM = ("--encoder-option", "cpu-used=5", "--encoder-option", "deadline=realtime")


def choose_theme(name: str, format: str) -> str:
    """The theme with a ground for films that are opaque, and the one without for those with alpha."""
    if format in ALPHA:
        return CLEAR.get(name, name)
    return next((opaque for opaque, clear in CLEAR.items() if clear == name), name)


def own_model(lesson: Lesson, model: str | None, inputs: tuple[str, ...]) -> dict[str, Any]:
    """What the scenes get that are about the user's own model."""
    if model is None and not inputs:
        return {}
    if not any(clip.own_model for clip in lesson.clips):
        raise UserError(
            f"the lesson {lesson.name!r} takes no model; the lesson look_inside_your_own_model does"
        )
    return choices.own_model(model, inputs, "a lesson about your model")


def list_films(
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
        job = plan_film(
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


def plan_film(
    lesson: Lesson, now: settings.Settings, look: dict[str, Any], format: str, name: str, **wanted: Any
) -> FilmJob:
    """One film of a deck, in a folder that is named by how it looks."""
    lines, fps = QUALITIES[look["quality"]]
    width, high = frame_pixels(lesson.aspect, lines)
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
