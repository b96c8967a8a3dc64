"""Handwritten digits: 1,797 pictures of 8 x 8 pixels, each pixel 0 (paper) to 16 (ink).

Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY
4.0 (see digits.LICENCE.txt): each pixel counts the dark points of a 4 x 4 block of the original bitmap.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nnanim.errors import UserError

PATH = Path(__file__).with_name("digits.npz")

COUNT = 1797
HIGHEST = 16

DRAWN = 32
"""Points on each side of what people wrote, of which the pictures were made."""

LARGEST = 3.0
"""Factor by which a drawing is enlarged at most: a dot stays one."""


def images(indices: Iterable[int] | None = None) -> NDArray[np.float64]:
    """Pictures of shape (n, 8, 8), values 0..16, at ``indices`` (all 1,797 when None).

    Raises:
        UserError: a picture that does not exist.
    """
    return _arrays()[0][_rows(indices)].astype(np.float64)


def labels(indices: Iterable[int] | None = None) -> NDArray[np.int64]:
    """The digit in each picture, 0..9, shape (n,)."""
    return _arrays()[1][_rows(indices)].astype(np.int64)


def move(pictures: NDArray[np.float64], down: int = 0, right: int = 0) -> NDArray[np.float64]:
    """Pictures (…, rows, columns) moved by whole pixels; what leaves is lost, and what comes in is 0.

    A negative ``down`` moves up, a negative ``right`` to the left.
    """
    moved = np.zeros_like(pictures)
    rows, columns = (_overlap(by, size) for by, size in zip((down, right), pictures.shape[-2:], strict=True))
    moved[..., rows[1], columns[1]] = pictures[..., rows[0], columns[0]]
    return moved


def _overlap(by: int, size: int) -> tuple[slice, slice]:
    """What of an axis is taken, and where it comes to lie."""
    return slice(max(-by, 0), size - max(by, 0)), slice(max(by, 0), size - max(-by, 0))


def split(held_out: int = 360) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All indices as (training, held out), the same at every call, drawn without looking at the labels."""
    order = np.random.default_rng(1998).permutation(COUNT)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def place_held_out(index: int) -> int:
    """Where the picture ``index`` stands among the held-out ones.

    Raises:
        UserError: it is not held out.
    """
    _, held_out = split()
    at = int(np.searchsorted(held_out, index))
    if at == len(held_out) or held_out[at] != index:
        around = ", ".join(str(i) for i in held_out[max(at - 1, 0) : at + 1])
        raise UserError(f"picture {index} of the digits is not held out; near it: {around}")
    return at


def from_drawing(drawing: NDArray[np.float64]) -> NDArray[np.float64]:
    """A drawing as a picture of this data set, (8, 8) values 0..16.

    It is made as large as it fits into a square of 32 x 32 points, in whose middle it stands, and each pixel
    is the ink of a block of 4 x 4: so were the pictures of the data set made from what people wrote.

    Args:
        drawing: (rows, columns) from 0, paper, to 1, ink.
    """
    inked = drawing > 0.2
    if not inked.any():
        return np.zeros((8, 8))
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    figure = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min(DRAWN / max(figure.shape), LARGEST)
    height, width = (max(1, round(side * scale)) for side in figure.shape)
    image = Image.fromarray(np.round(figure * 255).astype(np.uint8))
    resized = np.asarray(
        image.resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    )
    paper = np.zeros((DRAWN, DRAWN))
    top, left = (DRAWN - height) // 2, (DRAWN - width) // 2
    paper[top : top + height, left : left + width] = resized / 255
    blocks: NDArray[np.float64] = paper.reshape(8, DRAWN // 8, 8, DRAWN // 8).mean(axis=(1, 3))
    return blocks * HIGHEST


@cache
def _arrays() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    with np.load(PATH, allow_pickle=False) as archive:
        pictures, digits = archive["images"], archive["labels"]
    pictures.flags.writeable = digits.flags.writeable = False
    return pictures, digits


def _rows(indices: Iterable[int] | None) -> NDArray[np.int64]:
    rows = np.arange(COUNT) if indices is None else np.asarray(list(indices), dtype=np.int64)
    wrong = rows[(rows < 0) | (rows >= COUNT)]
    if wrong.size:
        raise UserError(f"digits has pictures 0 to {COUNT - 1}, not {wrong[0]}")
    return rows
