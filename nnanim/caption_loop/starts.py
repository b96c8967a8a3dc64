"""Start pictures of the small world, for a class without a photo at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnanim.data import captions, world
from nnanim.data.world import Labels, Pictures
from nnanim.errors import UserError
from nnanim.images import to_bytes, write_picture


def from_caption(text: str) -> Labels:
    """The labels (1, 8) that a sentence in either language asks for; what it leaves open is plain.

    Raises:
        UserError: an unknown word, or no thing in it.
    """
    words = captions.read(text)
    if "thing" not in words:
        raise UserError(f"{text!r} names no thing; there are: {', '.join(world.THINGS)}")
    return world.labels(**words)


def from_number(number: int) -> Labels:
    """The labels (1, 8) of the small world's picture of that number; one in five shows two things."""
    return world.sample(1, np.random.default_rng((number, 1)), two=0.2)


def draw_start(row: Labels, seed: int, side: int = 64) -> Pictures:
    """The picture (side, side, 3), 0..1, of labels (1, 8).

    Raises:
        UserError: a side that is no multiple of 16, or out of range.
    """
    if not 16 <= side <= 4096:
        raise UserError(f"--side {side}; 16 to 4096 wanted")
    return world.draw(row, seed, side)[0]


def write_start(picture: Pictures, path: Path) -> Path:
    """Write a picture (height, width, 3), 0..1, as PNG.

    Raises:
        UserError: a name that does not end in .png, or a folder that cannot be written to.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"--out {path}: a start picture is written as .png")
    try:
        write_picture(to_bytes(picture), path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def draw_world_starts(count: int, seed: int, folder: Path) -> list[Path]:
    """Draw ``count`` pictures of the small world into a folder; those that are there stay.

    Raises:
        UserError: the folder cannot be written to.
    """
    paths = [folder / f"{number:04d}.png" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            write_start(draw_start(from_number(number), seed), path)
    return paths
