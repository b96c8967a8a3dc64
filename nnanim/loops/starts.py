"""Start pictures of the small world, for a class without a photo at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnanim.data import captions, world
from nnanim.data.world import Labels
from nnanim.errors import UserError
from nnanim.loops.ledger import write_picture


def from_caption(text: str) -> Labels:
    """The labels (1, 8) that a sentence in either language asks for; what it leaves open is plain.

    Raises:
        UserError: an unknown word, or no thing in it.
    """
    said = captions.read(text)
    if "thing" not in said:
        raise UserError(f"{text!r} names no thing; there are: {', '.join(world.THINGS)}")
    return world.labels(**said)


def from_number(number: int) -> Labels:
    """The labels (1, 8) of the small world's picture of that number; one in five shows two things."""
    return world.sample(1, np.random.default_rng((number, 1)), two=0.2)


def write_start(row: Labels, seed: int, side: int, path: Path) -> Path:
    """Draw labels (1, 8) as PNG.

    Raises:
        UserError: a side that is no multiple of 16, a name that does not end in .png, a folder that cannot be
            written to.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"--out {path}: a start picture is written as .png")
    if not 16 <= side <= 4096:
        raise UserError(f"--side {side}; 16 to 4096 wanted")
    pixels = np.asarray(world.draw(row, seed, side)[0] * 255 + 0.5, dtype=np.uint8)
    try:
        write_picture(path, pixels)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def world_starts(count: int, seed: int, folder: Path) -> list[Path]:
    """Draw so many pictures of the small world into a folder; those that are there stay.

    Raises:
        UserError: the folder cannot be written to.
    """
    paths = [folder / f"{number:04d}.png" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            write_start(from_number(number), seed, 64, path)
    return paths
