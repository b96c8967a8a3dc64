"""The manifest of a film: all that slides, players and tests need to know of it, as JSON beside it.

Exporting reads the manifest and the clips, never the scene.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from nnanim import words
from nnanim.errors import UserError, quote
from nnanim.files import file_stem, quote_path, write_text
from nnanim.schema import convert, read_json
from nnanim.words import Words

VERSION = 1


MAX_SECONDS = 86400.0

Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)]
Pixels = Annotated[int, msgspec.Meta(ge=1, le=1 << 15)]


class ManifestBeat(msgspec.Struct):
    """A beat in the file: a `BeatRecord` with the places of its clip, its picture and its sound."""

    id: str
    says: dict[str, str]
    start: Seconds
    end: Seconds
    motion: tuple[Seconds, Seconds] | None = None
    kind: str = "nn.beat"
    clip: str | None = None
    poster: str | None = None
    voice: str | None = None
    asks: bool = False
    chapter: str = ""
    notice: str = ""

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"beat {self.id!r} ends before it starts")


class Manifest(msgspec.Struct):
    """The file."""

    manifest: int
    film: str
    title: str
    lang: str
    size: tuple[Pixels, Pixels]
    fps: Annotated[float, msgspec.Meta(gt=0, le=1000)]
    provenance: dict[str, Any]
    beats: tuple[ManifestBeat, ...]
    scene: str = ""
    theme: str = ""
    ground: str | None = None
    pace: float = 1.0
    cover: str = ""


@dataclass(frozen=True)
class BeatRecord:
    """A beat as it is in a film.

    Attributes:
        id: of the beat.
        says: its sentence in every language it was written in.
        start, end: seconds from the beginning of the film.
        motion: seconds at which its motion starts and ends, or None.
        kind: ``nn.beat``, or ``nn.card`` for the last one.
        asks: whether its sentence asks the class, and the next beat answers.
        chapter: name of the chapter that begins with it, or nothing.
        notice: what whoever makes the film should know of it, or nothing.
    """

    id: str
    says: Mapping[str, str]
    start: float
    end: float
    motion: tuple[float, float] | None = None
    kind: str = "nn.beat"
    asks: bool = False
    chapter: str = ""
    notice: str = ""


def sentences(says: Words, lang: str) -> dict[str, str]:
    """A sentence in every language it was written in, and in ``lang``."""
    written = {"en": says} if isinstance(says, str) else dict(says)
    return {**written, lang: words.say(says, lang)}


def poster_path(folder: Path, beat: str) -> Path:
    """Where the picture of a beat lies in the folder of a film's pictures."""
    return folder / f"{file_stem(beat)}.png"


def write_beside(
    film: Path, head: Mapping[str, Any], beats: Iterable[BeatRecord], clips: Mapping[str, Path], posters: Path
) -> Path:
    """Write ``FILM.manifest.json`` and ``FILM.vtt`` beside a film; returns the manifest's path.

    Args:
        film: the film; paths in the manifest are relative to its folder.
        head: title, lang, theme, pace, size, fps, provenance, and the id of the beat that is the cover.
        beats: as they are in the film.
        clips: clip of a beat by its id, where there is one.
        posters: folder of pictures named by the beats' ids.
    """
    records = list(beats)

    def beside(path: Path | None) -> str | None:
        return Path(os.path.relpath(path, film.parent)).as_posix() if path and path.exists() else None

    rows = [
        {**asdict(beat), "clip": beside(clips.get(beat.id)), "poster": beside(poster_path(posters, beat.id))}
        for beat in records
    ]
    # JSON has no NaN, which a provenance may hold: msgspec writes null for it.
    content = msgspec.json.decode(
        msgspec.json.encode({"manifest": VERSION, "film": film.name, **head, "beats": rows}, enc_hook=_plain)
    )
    path = film.with_name(f"{film.stem}.manifest.json")
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    write_text(film.with_suffix(".vtt"), vtt(records, str(head.get("lang", "en"))))
    return path


def _plain(value: Any) -> str:
    """Texts of classes of their own, such as torch's version, as texts."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in a manifest")


def read(path: Path) -> dict[str, Any]:
    """The manifest at ``path``; its keys are those of `Manifest`.

    Raises:
        UserError: it cannot be read, or is not a manifest of a version that is known here; the line names the
            key.
    """
    where = quote_path(path)
    content = read_json(path, dict[str, Any])
    if content.get("manifest") != VERSION:
        version = quote(content.get("manifest"))
        raise UserError(f"{where} is not a manifest of version {VERSION}: manifest is {version}")
    convert(content, Manifest, where)
    return content  # as it was written: with the keys that are not checked here, too


def vtt(beats: Iterable[BeatRecord], lang: str) -> str:
    """Subtitles as WebVTT, one cue a beat; what asks the class is of the class ``asks``.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    cues = ["WEBVTT\n"]
    for beat in beats:
        text = beat.says.get(lang, "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if text:
            text = f"<c.asks>{text}</c>" if beat.asks else text
            cues.append(f"{beat.id}\n{_clock(beat.start)} --> {_clock(beat.end)}\n{text}\n")
    return "\n".join(cues)


def _clock(seconds: float) -> str:
    millis = round(seconds * 1000)
    hours, rest = divmod(millis, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
