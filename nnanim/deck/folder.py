"""A folder of numbered clips for Keynote, Google Slides and whatever else takes files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import msgspec
import numpy as np
from PIL import Image

from nnanim.animated import GifEncoder, choose_palette
from nnanim.deck.slides import Deck, Slide
from nnanim.deck.sound import add_voice
from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.schema import read_json

FORMATS = ("mp4", "webm", "gif", "png", "prores")
"""What a folder may hold; webm and ProRes have alpha."""

INDEX = "deck.json"

_OURS = re.compile(r"\d{3,}-[\w.-]*\.(mp4|webm|gif|png|mov)")
"""What the files of a deck are called: whatever else a deck.json names is somebody's own."""

NOISE = 6
"""How far, of 255, x264 leads resting colours astray: no more is a change."""

GIF_RATE, GIF_WIDTH = 15, 960
"""Frames a second and width of a GIF: Google Slides takes files of some megabytes."""


class _FileRow(msgspec.Struct):
    file: str


class _DeckIndex(msgspec.Struct):
    slides: list[_FileRow]


def write(deck: Deck, folder: Path, format: str) -> list[Path]:
    """Write a numbered file for every slide, and ``deck.json`` with titles, notes and lengths.

    Files of an earlier deck that are no longer part of it are removed, and nothing else.

    Raises:
        UserError: ``folder`` is a file; a clip cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; a folder wanted")
    before = _files_of_earlier_deck(folder)
    make, suffix = _MAKERS[format]
    paths, rows = [], []
    for number, slide in enumerate(deck.slides, start=1):
        path = folder / f"{number:03}-{_safe(slide.id)}{suffix}"
        with atomic(path) as temporary:
            make(slide, temporary)
        paths.append(path)
        rows.append(
            {
                "file": path.name, "kind": slide.kind, "title": slide.title, "lines": list(slide.lines),
                "notes": slide.notes, "after": slide.after, "seconds": round(slide.seconds, 3),
            }
        )  # fmt: skip
    content = {"deck": deck.title, "lang": deck.lang, "theme": deck.theme.name, "slides": rows}
    index = write_text(folder / INDEX, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    for name in before - {path.name for path in paths}:
        (folder / name).unlink(missing_ok=True)
    return [*paths, index]


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")


def _files_of_earlier_deck(folder: Path) -> set[str]:
    """Names of the files that an earlier deck wrote into the folder."""
    try:
        known = read_json(folder / INDEX, _DeckIndex)
    except UserError:
        return set()
    return {row.file for row in known.slides if _OURS.fullmatch(row.file)}


def _clip(slide: Slide) -> Path:
    if slide.clip is None:
        raise UserError(f"slide {slide.id} has no clip")
    return slide.clip


def _copy(slide: Slide, target: Path) -> None:
    shutil.copyfile(add_voice(slide), target)


def _picture(slide: Slide, target: Path) -> None:
    if not isinstance(slide.poster, Path):
        raise UserError(f"slide {slide.id} has no picture")
    shutil.copyfile(slide.poster, target)


def _gif(slide: Slide, target: Path) -> None:
    """A GIF of one palette, so that resting colours do not flicker; it is played once, or for ever."""
    frames = [np.asarray(frame) for frame in _frames(_clip(slide))]
    height, width = frames[0].shape[:2]
    gif = GifEncoder(target, (width, height), GIF_RATE, loop=slide.after == "loop", slack=NOISE)
    gif.begin(choose_palette(frames[:: max(len(frames) // 12, 1)] + frames[-1:]))
    for frame in frames:
        gif.add(frame)
    gif.finish()


def _frames(clip: Path) -> Iterator[Image.Image]:
    """The clip's frames at ``GIF_RATE``, not wider than ``GIF_WIDTH``."""
    due = 0.0
    with av.open(str(clip)) as source:
        for frame in source.decode(video=0):
            if frame.time is not None and frame.time + 1e-6 < due:
                continue
            due += 1 / GIF_RATE
            picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
            if picture.width > GIF_WIDTH:
                high = round(picture.height * GIF_WIDTH / picture.width)
                picture = picture.resize((GIF_WIDTH, high), Image.Resampling.LANCZOS)
            yield picture


def _prores(slide: Slide, target: Path) -> None:
    """ProRes 4444 with alpha, from a clip whose frames were kept without loss.

    Source: Apple, "ProRes White Paper", Apple ProRes 4444.
    """
    with av.open(str(_clip(slide))) as source, av.open(str(target), "w", format="mov") as out:
        clip = source.streams.video[0]
        assert clip.average_rate is not None
        stream = out.add_stream("prores_ks", rate=clip.average_rate, options={"profile": "4444"})
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuva444p10le"
        for number, frame in enumerate(source.decode(clip)):
            ready = frame.reformat(format="yuva444p10le")
            ready.pts, ready.time_base = number, 1 / clip.average_rate
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))


_MAKERS: dict[str, tuple[Callable[[Slide, Path], None], str]] = {
    "mp4": (_copy, ".mp4"),
    "webm": (_copy, ".webm"),
    "gif": (_gif, ".gif"),
    "png": (_picture, ".png"),
    "prores": (_prores, ".mov"),
}
