"""What a page has in it beside films: their last pictures, small, and fonts of its characters alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import uharfbuzz as hb
from PIL import Image

from nnanim.files import atomic
from nnanim.theme import FONTS

WIDTH, QUALITY, EFFORT = 960, 82, 2
"""Pixels across, at most; WebP's quality; its effort, with which it takes half the time of its own 4."""


REGULAR, BOLD = FONTS / "NNAnimSansJP-Regular.otf", FONTS / "NNAnimSansJP-Bold.otf"


def shrink_pictures(paths: Iterable[Path]) -> dict[Path, bytes]:
    """Each picture as WebP, not wider than ``WIDTH``; those that were made before are taken as they are.

    Raises:
        OSError: one cannot be read, or nothing can be written beside it.
    """
    every = list(dict.fromkeys(paths))
    # Pillow lets go of Python's lock while it reads and writes pictures.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return dict(zip(every, threads.map(_small, every), strict=True))


def _small(path: Path) -> bytes:
    made = path.parent / f"webp-{WIDTH}-{QUALITY}" / f"{path.stem}.webp"
    time = path.stat().st_mtime_ns
    # It bears the time of the picture that it was made of.
    if not made.is_file() or made.stat().st_mtime_ns != time:
        with atomic(made) as temporary:
            _shrink(path, temporary)
            os.utime(temporary, ns=(time, time))
    return made.read_bytes()


def _shrink(path: Path, target: Path) -> None:
    with Image.open(path) as picture:
        seen = picture.convert("RGB")
    if seen.width > WIDTH:
        seen = seen.resize((WIDTH, round(seen.height * WIDTH / seen.width)), Image.Resampling.LANCZOS)
    seen.save(target, "WEBP", quality=QUALITY, method=EFFORT)


def subset_font(path: Path, text: str) -> bytes:
    """The font at ``path`` with the characters of ``text`` alone, as OpenType."""
    return _subset(path, "".join(sorted(set(text) | {chr(code) for code in range(32, 127)})))


@cache
def _subset(path: Path, characters: str) -> bytes:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).set({ord(char) for char in characters})
    face = hb.subset(hb.Face(hb.Blob.from_file_path(str(path))), wanted)
    return bytes(face.blob.data)
