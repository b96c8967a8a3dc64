"""A run is a folder; this reads it, and says which file and key of a damaged one is wrong.

The format::

    config.json       what was asked, written once at the start (see below)
    rounds.jsonl      one line of JSON a round, appended when the round is whole
    00000.png, …      the picture of each round, upright; 00000.png is the start picture
    embeddings.f32    one row of little-endian float32 a round; its width is config["embedding"]["width"]
    end.json          how the run ended; not there while it runs or after it was killed
    sheet.png         all pictures with their captions, drawn at the end

config.json::

    {"format": 1, "what": "caption loop", "seed": 3, "rounds": 200, "caption": "full" | "first phrase",
     "noise": "fixed" | "fresh", "negative_prompt": null | "…",
     "seen": "upright" | "upside down" | "reflected" | "mirrored", "languages": ["en"] | ["en", "ja"] | [],
     "side": 64, "start": {"name": "photo.png", "sha256": "…"},
     "painter": {"name": …}, "captioner": {"name": …}, "embedding": {"name": …, "width": 128},
     "choice": {…}, "versions": {"nnanim": …, "torch": …}}

A line of rounds.jsonl::

    {"round": 1, "picture": "00001.png", "caption": "a large red cat, at night", "prompt": "a large red cat",
     "similarity_first": 0.91, "similarity_last": 0.91, "seed": 3, "seconds": 0.21}

``seed`` is null for round 0. A last line without its newline was torn when the run was killed, and does not
count. end.json holds the fields of `nnanim.caption_loop.LoopEnd`::

    {"kind": "fixed point" | "cycle" | "limit" | "stopped" | "failed", "length": 4, "since": 17,
     "unchanged": 1, "says": ""}

`read_loop` gives all of this as a `SavedLoop`; a film needs nothing else. A folder of a run made elsewhere
with big models is the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from nnanim.caption_loop.backends import ModelChoice
from nnanim.caption_loop.loop import LoopEnd, Round
from nnanim.errors import UserError
from nnanim.files import quote_path, read_bytes
from nnanim.images import Picture, load_picture
from nnanim.schema import convert, parse_json, read_json

FORMAT = 1
CONFIG, ROUNDS, EMBEDDINGS, END, SHEET = (
    "config.json",
    "rounds.jsonl",
    "embeddings.f32",
    "end.json",
    "sheet.png",
)

MAX_ROUNDS_FILE, MAX_EMBEDDINGS = 1 << 26, 1 << 28
"""Maximum size in bytes of rounds.jsonl and of embeddings.f32."""

MAX_ROUNDS = 2**31
"""Maximum limit of a run."""

NO_PICTURE: Picture = np.zeros((0, 0, 3), dtype=np.uint8)

Count = Annotated[int, Meta(ge=0, le=2**31)]
Seed = Annotated[int, Meta(ge=0, lt=2**32)]
Cosine = Annotated[float, Meta(ge=-1, le=1)]
Sentence = Annotated[str, Meta(min_length=1, max_length=100_000)]


class ModelNote(TypedDict):
    """What a config says of a painter or a captioner; `_check_models` allows more keys."""

    name: str


class EmbeddingNote(TypedDict):
    """Whose embedding it is, and how many numbers it has."""

    name: str
    width: Annotated[int, Meta(ge=1, le=2**20)]
    sha256: NotRequired[str]


class StartNote(TypedDict):
    """Where the start picture came from."""

    name: str
    sha256: str


class LoopConfig(TypedDict):
    """What config.json holds; see the module. A run made elsewhere may leave out what is not required."""

    format: int
    what: Literal["caption loop"]
    seed: Seed
    rounds: Annotated[int, Meta(ge=1, le=MAX_ROUNDS)]
    caption: Literal["full", "first phrase"]
    noise: Literal["fixed", "fresh"]
    painter: dict[str, Any]
    captioner: dict[str, Any]
    embedding: EmbeddingNote
    negative_prompt: NotRequired[str | None]
    seen: NotRequired[Literal["upright", "upside down", "reflected", "mirrored"]]
    start: NotRequired[StartNote]
    languages: NotRequired[list[Literal["en", "ja"]]]
    side: NotRequired[Annotated[int, Meta(ge=1, le=2**16)]]
    choice: NotRequired[dict[str, Any] | None]
    ranker: NotRequired[dict[str, Any] | None]
    versions: NotRequired[dict[str, str]]


class RoundLine(TypedDict):
    """A line of rounds.jsonl."""

    round: Count
    picture: str
    caption: Sentence
    prompt: Sentence
    similarity_first: Cosine
    similarity_last: Cosine
    seed: Seed | None
    seconds: Annotated[float, Meta(ge=0)]


@dataclass(frozen=True, eq=False)
class SavedLoop:
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
    end: LoopEnd | None

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """(rounds, width), each row of length 1."""
        return np.stack([one.embedding for one in self.rounds])


def picture_name(number: int) -> str:
    """The file of a round's picture."""
    return f"{number:05d}.png"


def read_loop(path: str | os.PathLike[str], *, pictures: bool = True) -> SavedLoop:
    """A run from its folder, whether it has ended or not.

    Args:
        path: the folder.
        pictures: False leaves the pictures out (arrays of shape (0, 0, 3)), for long runs of large ones.

    Raises:
        UserError: no folder, no run in it, no round in it yet, a damaged or missing file, a format of a newer
            nnanim.
    """
    folder = Path(path)
    config, lines = read_config(folder), read_lines(folder)
    if not lines:
        raise UserError(f"{folder / ROUNDS} holds no round yet; continue with: nnanim loop resume {folder}")
    vectors = read_embeddings(folder, config["embedding"]["width"], lines)
    end = read_end(folder)
    if end is not None and end.length and end.since + end.length != len(lines) - 1:
        raise UserError(
            f"{folder / END}: a cycle of {end.length} rounds from round {end.since} on does not fit into "
            f"{len(lines) - 1} rounds"
        )
    rounds = [
        round_from_line(line, load_round_picture(folder, number) if pictures else NO_PICTURE, vectors[number],
                 end if number == len(lines) - 1 else None)
        for number, line in enumerate(lines)
    ]  # fmt: skip
    return SavedLoop(folder, config, tuple(rounds), end)


def read_config(folder: Path) -> LoopConfig:
    """What was asked of the run in a folder.

    Raises:
        UserError: there is no run, it is damaged, or of a newer nnanim.
    """
    file = folder / CONFIG
    if not os.path.lexists(file):
        what = "there is no caption loop in" if folder.is_dir() else "there is no folder"
        raise UserError(f"{what} {folder}: no {CONFIG}")
    plain = read_json(file, dict[str, Any])
    if plain.get("what") != "caption loop":
        raise UserError(f"{quote_path(file)} is not that of a caption loop")
    if plain.get("format") != FORMAT:
        raise UserError(f"{quote_path(file)}: format: {plain.get('format')!r}; this nnanim reads {FORMAT}")
    config = convert(plain, LoopConfig, quote_path(file))
    for key in ("painter", "captioner"):
        convert(config[key], ModelNote, f"{quote_path(file)}: {key}")  # type: ignore[literal-required]
    read_choice(config, folder)
    return config


def read_choice(config: LoopConfig, folder: Path) -> ModelChoice | None:
    """The models that a config names; None for a run with models of one's own.

    Raises:
        UserError: a value that no model takes.
    """
    choice = config.get("choice")
    return None if choice is None else convert(choice, ModelChoice, f"{quote_path(folder / CONFIG)}: choice")


def read_lines(folder: Path) -> list[RoundLine]:
    """The lines of the rounds that are whole; a torn last line is left out.

    Raises:
        UserError: a line in the middle is damaged or out of order.
    """
    file = folder / ROUNDS
    if not os.path.lexists(file):
        return []
    lines: list[RoundLine] = []
    for number, text in enumerate(read_bytes(file, MAX_ROUNDS_FILE).split(b"\n")[:-1]):
        where = f"{quote_path(file)}, line {number + 1}"
        line = parse_json(text, RoundLine, where)
        if line["round"] != number or line["picture"] != picture_name(number):
            raise UserError(f"{where} is damaged; it should be round {number}")
        lines.append(line)
    return lines


def read_embeddings(folder: Path, width: int, lines: Sequence[RoundLine]) -> NDArray[np.float32]:
    """(rounds, width).

    Raises:
        UserError: the file is missing, too short, or holds vectors that are not of length 1.
    """
    file = folder / EMBEDDINGS
    content = read_bytes(file, MAX_EMBEDDINGS)[: len(lines) * width * 4]
    advice = f"it is damaged, or embedding.width in {CONFIG} is"
    if len(content) != len(lines) * width * 4:
        raise UserError(f"{quote_path(file)} is shorter than {len(lines)} rows of {width} numbers: {advice}")
    rows = np.frombuffer(content, dtype="<f4").reshape(len(lines), width).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1))
    for line, length in zip(lines, lengths, strict=True):
        # An embedding of nothing but zeros is like no other, and its line says so.
        if not (abs(length - 1) < 1e-3 or (length == 0 and line["similarity_first"] == 0)):
            reason = f"row {line['round']} has length {length:.3g}, not 1: {advice}"
            raise UserError(f"{quote_path(file)}: {reason}")
    return rows


def read_end(folder: Path) -> LoopEnd | None:
    """How the run in a folder ended, or None.

    Raises:
        UserError: end.json is damaged.
    """
    file = folder / END
    return read_json(file, LoopEnd) if os.path.lexists(file) else None


def load_round_picture(folder: Path, number: int) -> Picture:
    """The picture of a round.

    Raises:
        UserError: it is missing or damaged.
    """
    return load_picture(folder / picture_name(number), min_side=1)


def round_from_line(
    line: RoundLine, picture: Picture, embedding: NDArray[np.float32], end: LoopEnd | None = None
) -> Round:
    """A line of rounds.jsonl as a round, with what is not in the line."""
    return Round(
        line["round"], picture, line["caption"], line["prompt"], embedding, line["similarity_first"],
        line["similarity_last"], line["seed"], line["seconds"], end,
    )  # fmt: skip
