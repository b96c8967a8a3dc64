"""What pages of films consist of: kilobytes of code, words, outlines, numbers, pictures, and of their text.

    python benchmarks/pages.py [SCENE …]

Each page is that of ``nnanim movie SCENE --to html``: both languages, both themes. The parts of a film are
packed each by itself, so that their sum is near to what they take together.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _measure import table, write

from nnanim import words
from nnanim.film.job import FilmJob
from nnanim.film.vectors import write_vectors
from nnanim.web.columns import write_columns
from nnanim.web.container import pack_small, planes, read_file
from nnanim.web.text import read_bytes

TWELVE = (
    "perceptron", "digits", "convnet", "dropout", "residual", "lstm",
    "attention", "vae", "unet", "diffusion", "caption_loop", "noise",
)  # fmt: skip
"""The first twelve films."""

BARS = {"perceptron": 250, "together": 8000}
"""Kilobytes that a page, and all twelve together, may have."""

BEGIN, END = '<script type="text/plain" id="film">', "</script>"


def make_page(scene: str, folder: Path) -> str:
    """The text of a scene's page."""
    langs, themes = tuple(words.LANGUAGES), ("dark", "light")
    job = FilmJob(scene, str(folder), scene, printer="page", langs=langs, themes=themes)
    return (folder / write_vectors(job).film).read_text(encoding="utf-8")


def split_page(page: str) -> dict[str, int]:
    """Bytes of the parts of a page, and ``page``: its own."""
    text = page.partition(BEGIN)[2].partition(END)[0]
    film = read_bytes(text)
    content, pictures = read_file(film)
    is_outline = np.zeros(content.numbers.size, dtype=bool)
    for at, count in content.index["contours"]:
        is_outline[at : at + count] = True
    parts = {
        "index": write_columns(content.index),
        "outlines": planes(content.numbers[is_outline]),
        "motion": planes(content.numbers[~is_outline]),
        "values": planes(content.singles),
    }
    found = {name: len(pack_small(part)) for name, part in parts.items()} | {"pictures": len(pictures)}
    whole, written = len(page.encode()), len(text.encode())
    return {"page": whole, "code": whole - written, **found, "as text": written - len(film)}


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="*", default=TWELVE)
    asked = parser.parse_args()
    rows: list[list[object]] = []
    total: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for scene in asked.scenes:
            parts = split_page(make_page(scene, Path(folder)))
            total = {name: total.get(name, 0) + size for name, size in parts.items()}
            rows.append([scene, *_kilobytes(parts), BARS.get(scene, "")])
            print(rows[-1], flush=True)
    rows.append(["together", *_kilobytes(total), BARS["together"]])
    said = (
        "`nnanim movie SCENE --to html` in both languages and themes, in kilobytes: the page, and what it "
        "consists of: code, style and sentences; the index of the film, outlines of letters, places and "
        "colours in time, numbers that can be asked, pictures; and what writing bytes as text adds."
    )
    write("pages", "What a page consists of", said, table(["scene", *total, "bar"], rows))


def _kilobytes(parts: dict[str, int]) -> list[str]:
    return [f"{size / 1e3:.0f}" for size in parts.values()]


if __name__ == "__main__":
    main()
