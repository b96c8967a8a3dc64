"""A run is a folder.

The format::

    config.json       what was asked, written once at the start (see below)
    rounds.jsonl      one line of JSON a round, appended when the round is whole
    00000.png, …      the picture of each round; 00000.png is the start picture, as the captioner saw it
    embeddings.f32    one row of little-endian float32 a round; its width is config["embedding"]["width"]
    end.json          how the run ended; not there while it runs or after it was killed
    sheet.png         all pictures with their captions, drawn at the end

config.json::

    {"format": 1, "what": "caption loop", "seed": 3, "rounds": 200, "caption": "full" | "first phrase",
     "noise": "fixed" | "fresh", "negative_prompt": null | "…", "languages": ["en"] | ["en", "ja"] | [],
     "side": 64, "start": {"name": "photo.png", "sha256": "…"},
     "painter": {"name": …}, "captioner": {"name": …}, "embedding": {"name": …, "width": 128},
     "choice": {…}, "versions": {"nnanim": …, "torch": …}}

A line of rounds.jsonl::

    {"round": 1, "picture": "00001.png", "caption": "a large red cat, at night", "prompt": "a large red cat",
     "similarity_first": 0.91, "similarity_last": 0.91, "seed": 3, "seconds": 0.21}

``seed`` is null for round 0. A last line without its newline was torn when the run was killed, and does not
count. end.json holds the fields of `nnanim.loops.End`::

    {"kind": "fixed point" | "cycle" | "limit" | "stopped" | "failed", "length": 4, "since": 17,
     "unchanged": 1, "says": ""}

`read` gives all of this as a `Saved`; a film needs nothing else. A folder of a run made elsewhere with big
models is the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nnanim.errors import UserError
from nnanim.loops.loop import End, Round
from nnanim.loops.pictures import Picture

FORMAT = 1
CONFIG, ROUNDS, EMBEDDINGS, END, SHEET = (
    "config.json",
    "rounds.jsonl",
    "embeddings.f32",
    "end.json",
    "sheet.png",
)

NOTHING: Picture = np.zeros((0, 0, 3), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Saved:
    """A run read from its folder.

    Attributes:
        path: the folder.
        config: what was asked; see the module for its keys.
        rounds: at least one; the last carries ``end``.
        end: how it ended; None while it runs, or after it was killed.
    """

    path: Path
    config: Mapping[str, Any]
    rounds: tuple[Round, ...]
    end: End | None

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """(rounds, width), each row of length 1."""
        return np.stack([one.embedding for one in self.rounds])


def picture_name(number: int) -> str:
    """The file of a round's picture."""
    return f"{number:05d}.png"


def read(path: str | os.PathLike[str], *, pictures: bool = True) -> Saved:
    """A run from its folder, whether it has ended or not.

    Args:
        path: the folder.
        pictures: False leaves the pictures out (arrays of shape (0, 0, 3)), for long runs of large ones.

    Raises:
        UserError: no folder, no run in it, no round in it yet, a damaged or missing file, a format of a newer
            nnanim.
    """
    folder = Path(path)
    config = read_config(folder)
    lines = whole_lines(folder)
    if not lines:
        raise UserError(f"{folder} holds no round yet; go on with: nnanim loop resume {folder}")
    vectors = read_embeddings(folder, int(config["embedding"]["width"]), len(lines))
    end = read_end(folder)
    rounds = [
        _round(folder, line, vector, pictures, end if k == len(lines) - 1 else None)
        for k, (line, vector) in enumerate(zip(lines, vectors, strict=True))
    ]
    return Saved(folder, config, tuple(rounds), end)


def read_config(folder: Path) -> dict[str, Any]:
    """What was asked of the run in a folder.

    Raises:
        UserError: there is no run, it is damaged, or of a newer nnanim.
    """
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "there is no folder" if not folder.is_dir() else "there is no caption loop in"
        raise UserError(f"{what} {folder}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / CONFIG} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict) or found.get("what") != "caption loop":
        raise UserError(f"{folder / CONFIG} is not that of a caption loop")
    if found.get("format") != FORMAT:
        raise UserError(f"{folder} has format {found.get('format')!r}; this nnanim reads {FORMAT}")
    return found


def whole_lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of the rounds that are whole; a torn last line is left out.

    Raises:
        UserError: a line in the middle is damaged or out of order.
    """
    file = folder / ROUNDS
    try:
        text = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}") from None
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.split(b"\n")[:-1]):
        try:
            one = json.loads(line)
        except ValueError:
            one = None
        if not isinstance(one, dict) or one.get("round") != number or not one.get("prompt"):
            raise UserError(f"{file}, line {number + 1} is damaged; it should be round {number}")
        found.append(one)
    return found


def read_embeddings(folder: Path, width: int, rounds: int) -> NDArray[np.float32]:
    """(rounds, width).

    Raises:
        UserError: the file is missing or too short.
    """
    file = folder / EMBEDDINGS
    try:
        values = np.frombuffer(file.read_bytes()[: rounds * width * 4], dtype="<f4")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}") from None
    except ValueError:
        values = np.zeros(0, dtype="<f4")
    if values.size != rounds * width:
        raise UserError(f"{file} is shorter than {rounds} rows of {width} numbers")
    return values.reshape(rounds, width).astype(np.float32)


def read_end(folder: Path) -> End | None:
    """How the run in a folder ended, or None.

    Raises:
        UserError: end.json is damaged.
    """
    try:
        return End(**json.loads((folder / END).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{folder / END} cannot be read: {' '.join(str(error).split())}") from None


def _round(
    folder: Path, line: dict[str, Any], embedding: NDArray[np.float32], pictures: bool, end: End | None
) -> Round:
    return Round(
        line["round"],
        read_picture(folder / line["picture"]) if pictures else NOTHING,
        line["caption"],
        line["prompt"],
        embedding,
        line["similarity_first"],
        line["similarity_last"],
        line["seed"],
        line["seconds"],
        end,
    )


def read_picture(file: Path) -> Picture:
    """A picture of a run.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        with Image.open(file) as opened:
            return np.array(opened.convert("RGB"), dtype=np.uint8)
    except (OSError, SyntaxError) as error:
        said = " ".join(str(error).split())
        raise UserError(f"{file} is missing or damaged: {said}") from None
