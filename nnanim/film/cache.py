"""Films that are there already: a film is made again when anything that it was made of has changed.

Its note says what was wanted, everything that was read while it was made (see `nnanim.scene.reads`),
nnanim's own code, versions, and the checksums of the film's own files. Where not everything is known, there
is no note.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnanim import settings
from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.film.job import FilmJob, FilmResult
from nnanim.scene import source_check
from nnanim.scene.bare import manim_files
from nnanim.scene.fingerprint import COMPUTE, DRAW, NO_VECTORS, code_digest, versions
from nnanim.scene.reads import Reads, checksum, current_content, is_current
from nnanim.schema import read_json

NOTE, NOTES = "made.json", "made"
"""A film's note in a folder of its own; the folder of the notes where films share one."""


@dataclass(frozen=True)
class FilmNote:
    """What a film was made of.

    Attributes:
        stamp: what was wanted, and the code and versions that made it.
        dependencies: everything that was read.
        written: checksums of the film's own files.
        result: the film.
    """

    stamp: dict[str, Any]
    dependencies: dict[str, str]
    written: dict[str, str]
    result: FilmResult


def film_stamp(job: FilmJob) -> dict[str, Any]:
    """What a film is made of besides the files that it reads."""
    now = settings.load(job.lang or None, job.theme or None, job.pace or None)
    return {
        "wanted": job.digest(),
        "settings": [now.lang, now.theme.name, now.pace, os.getcwd(), os.path.expanduser("~")],
        "code": code_digest() if job.printer == "movie" else code_digest(NO_VECTORS),
        "versions": versions(*COMPUTE, *DRAW),
        "manim": [current_content(f"content {path.absolute()}") for path in manim_files()],
    }


def note_path(job: FilmJob) -> Path:
    """Where the note of a film lies."""
    return Path(job.folder) / (Path(NOTES, f"{job.digest()[:16]}.json") if job.shared else NOTE)


def find_film(job: FilmJob) -> FilmResult | None:
    """The film of ``job``, if it is there, whole, and nothing that it was made of has changed."""
    folder = Path(job.folder)
    try:
        note = read_json(note_path(job), FilmNote)
    except (UserError, TypeError):
        return None
    written = {f"content {folder / file}": sha for file, sha in note.written.items()}
    if note.stamp != film_stamp(job) or not is_current({**note.dependencies, **written}, folder):
        return None
    return replace(note.result, fresh=False)


def save(
    job: FilmJob, result: FilmResult, dependencies: Mapping[str, str] | None, made_of: Mapping[str, Any]
) -> None:
    """Note what a film was made of, and which files it consists of; nothing without ``dependencies``."""
    note = note_path(job)
    if dependencies is None or not (Path(job.folder) / result.film).is_file():
        note.unlink(missing_ok=True)
        return
    written = {file: checksum(Path(job.folder) / file) for file in list_files(job, result)}
    content = {"stamp": made_of, "dependencies": dependencies, "written": written, "result": vars(result)}
    write_text(note, json.dumps(content, indent=1) + "\n")


def read_dependencies(job: FilmJob, reads: Reads, scene: Path | None) -> dict[str, str] | None:
    """Everything that was read for a film, or None where that is not known."""
    if scene is not None and source_check.code_files(scene, reads) is None:
        return None
    if job.shared and any(_lies_in(text, job.folder) for text in (job.scene, *_texts(job.options))):
        # What lies among the results is not noted when it is read.
        return None
    voice = (job.voice or "").rpartition(":")[0]
    if voice.endswith(".py"):
        reads.open(os.path.abspath(voice))
    return reads.dependencies()


def _texts(value: Any) -> Iterator[str]:
    """Every text in an option's value; some of them name files or folders."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)


def _lies_in(text: str, folder: str) -> bool:
    # A model is named as FILE.py:NAME.
    places = [os.path.abspath(one) for one in (text, text.rpartition(":")[0]) if one]
    return any(Path(place).is_relative_to(os.path.abspath(folder)) for place in places)


def write_received(
    job: FilmJob,
    result: FilmResult,
    content: Mapping[str, bytes],
    dependencies: Mapping[str, str] | None,
    made_of: Mapping[str, Any],
) -> FilmResult:
    """Write a film that was made elsewhere, file by file, into the job's folder."""
    for name, data in content.items():
        with atomic(Path(job.folder) / name) as temporary:
            temporary.write_bytes(data)
    if job.reuse:
        # Code and versions are those of who made it; the working folder there is of no account here.
        save(job, result, dependencies, {**made_of, "settings": film_stamp(job)["settings"]})
    return result


def list_files(job: FilmJob, result: FilmResult) -> list[str]:
    """Every file of a film, relative to its folder: the film, its companions, clips, posters, voices."""
    names = [result.film, *result.beside]
    if result.manifest:
        path = result.manifest_path(job.folder)
        base = Path(result.manifest).parent
        for beat in json.loads(path.read_text(encoding="utf-8"))["beats"]:
            names += [
                os.path.normpath(base / beat[key]) for key in ("clip", "poster", "voice") if beat.get(key)
            ]
    return list(dict.fromkeys(Path(name).as_posix() for name in names))


def invalidate(folder: Path) -> None:
    """Let the film of a folder be made anew.

    Raises:
        UserError: the folder cannot be written to.
    """
    try:
        (folder / NOTE).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror or error}") from error
