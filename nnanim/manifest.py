"""The manifest of a film: all that slides, players and tests need to know of it, as JSON beside it.

Exporting reads the manifest and the clips, never the scene.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nnanim import words
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.words import Words

VERSION = 1


@dataclass(frozen=True)
class Told:
    """A beat as it was told.

    Attributes:
        id: of the beat.
        says: its sentence in every language it was written in.
        start, end: seconds from the beginning of the film.
        motion: seconds at which its motion starts and ends, or None.
        kind: ``nn.beat``, or ``nn.card`` for the last one.
    """

    id: str
    says: Mapping[str, str]
    start: float
    end: float
    motion: tuple[float, float] | None = None
    kind: str = "nn.beat"


def sentences(says: Words, lang: str) -> dict[str, str]:
    """A sentence in every language it was written in, and in ``lang``."""
    written = {"en": says} if isinstance(says, str) else dict(says)
    return {**written, lang: words.say(says, lang)}


def write_beside(
    film: Path, head: Mapping[str, Any], beats: Iterable[Told], clips: Mapping[str, Path], posters: Path
) -> Path:
    """Write ``FILM.manifest.json`` and ``FILM.vtt`` beside a film; returns the manifest's path.

    Args:
        film: the film; paths in the manifest are relative to its folder.
        head: title, lang, theme, pace, size, fps, provenance.
        beats: as told.
        clips: clip of a beat by its id, where there is one.
        posters: folder of pictures named by the beats' ids.
    """
    told = list(beats)

    def beside(path: Path | None) -> str | None:
        return Path(os.path.relpath(path, film.parent)).as_posix() if path and path.exists() else None

    rows = [
        {**asdict(beat), "clip": beside(clips.get(beat.id)), "poster": beside(posters / f"{beat.id}.png")}
        for beat in told
    ]
    content = {"manifest": VERSION, "film": film.name, **head, "beats": rows}
    path = film.with_name(f"{film.stem}.manifest.json")
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    write_text(film.with_suffix(".vtt"), vtt(told, str(head.get("lang", "en"))))
    return path


def read(path: Path) -> dict[str, Any]:
    """The manifest at ``path``.

    Raises:
        UserError: it is not there, or is not a manifest of a version that is known here.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path} is not a manifest: {error}") from error
    if not isinstance(content, dict) or content.get("manifest") != VERSION:
        raise UserError(f"{path} is not a manifest of version {VERSION}")
    return content


def vtt(beats: Iterable[Told], lang: str) -> str:
    """Subtitles as WebVTT, one cue a beat.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    cues = ["WEBVTT\n"]
    for beat in beats:
        text = beat.says.get(lang, "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if text:
            cues.append(f"{beat.id}\n{_clock(beat.start)} --> {_clock(beat.end)}\n{text}\n")
    return "\n".join(cues)


def _clock(seconds: float) -> str:
    millis = round(seconds * 1000)
    hours, rest = divmod(millis, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
