"""A picture in codes and codes that were steered: what the film of the codebook shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Column, Picture, Tokens, round_up
from nnanim.marks.content import Floats
from nnanim.stories.steered import SteeredRun
from nnanim.words import Words, fill

SHEET = 32
"""Tiles of the dictionary side by side."""

NEAREST = 3
"""How many codes are compared with a cell."""

LONG = 12
"""Steps for which a code is kept long enough to be shown."""

SLOPE = {"en": "slope, of its largest", "ja": "勾配（最大比）"}
DISTANCE = {"en": "distance", "ja": "距離"}
CODE = {"en": "code {n}", "ja": "コード {n}"}


@dataclass(frozen=True)
class CodeRun(SteeredRun):
    """A picture in codes, and codes that were steered.

    Attributes:
        trace: of `nnanim.steering.record_codes.record_codes`.
        right: share of steered pictures in which the judge sees the thing, from a card.
        pictures: of how many.
    """

    right: float
    pictures: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= 1:
            raise UserError(f"right={self.right:g}; a share in 0..1 wanted")

    @cached_property
    def limit(self) -> float:
        """The end of the colour scale of all latents."""
        return round_up(max(float(np.abs(self.array(name)).max()) for name in ("latents", "codes")))

    @property
    def middle(self) -> tuple[int, int]:
        """Row and column of the cell that is looked up: the one in the middle."""
        rows, columns = self.trace["numbers"].shape
        return rows // 2, columns // 2

    def nearest(self) -> tuple[Floats, list[int], Floats]:
        """(4,) the numbers of that cell, the codes nearest to it, and how far they are."""
        cell = self.array("latents")[(slice(None), *self.middle)]
        away = np.linalg.norm(self.array("codes") - cell, axis=1)
        order = [int(i) for i in np.argsort(away, kind="stable")[:NEAREST]]
        return cell, order, away[order]

    def mosaic(self) -> Floats:
        """(64, 64, 3) the tiles of the picture's codes, each in its place."""
        tiles = self.array("tiles")[self.trace["numbers"]]  # (rows, columns, height, width, 3)
        return tiles.transpose(0, 2, 1, 3, 4).reshape(*self.trace["picture"].shape)

    def sheet(self) -> Floats:
        """All tiles, `SHEET` side by side, parted by lines."""
        tiles = np.pad(self.array("tiles"), ((0, 0), (0, 1), (0, 1), (0, 0)))
        tiles = tiles.reshape(-1, SHEET, *tiles.shape[1:])
        rows, columns, height, width, _ = tiles.shape
        return tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, 3)[:-1, :-1]

    @cached_property
    def flip(self) -> tuple[int, int, range]:
        """Row and column of a cell, and the steps, in which one code is kept long, and then a far one."""
        numbers, codes = self.trace["steered.numbers"], self.array("codes")  # (step, row, column)
        best, most = (0, 0, range(0)), 0.0
        for row, column in np.ndindex(*numbers.shape[1:]):
            cell = numbers[:, row, column]
            ends = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), len(cell)]
            for first, flip, last in zip(ends, ends[1:], ends[2:], strict=False):
                kept = min(flip - first, last - flip)
                far = min(kept, LONG) * float(np.linalg.norm(codes[cell[flip]] - codes[cell[first]]))
                if far > most:
                    best, most = (row, column, range(flip - kept, flip + kept)), far
        if not best[2]:
            raise UserError("no cell changes its code; choose another seed")
        return best

    def drift(self) -> tuple[tuple[int, int], Floats]:
        """The codes of that cell before and after, and (2, steps) its distances from them."""
        row, column, steps = self.flip
        numbers = self.trace["steered.numbers"][:, row, column]
        ends = int(numbers[steps[0]]), int(numbers[steps[-1]])
        cell = self.array("steered.latents")[steps[0] : steps[-1] + 1, :, row, column]  # (steps, 4)
        away = np.linalg.norm(cell[None] - self.array("codes")[list(ends)][:, None], axis=-1)
        return ends, away


def draw_picture(run: CodeRun, name: str, key: str, label: Words | None = None) -> Picture:
    """An array of the trace as a picture."""
    return Picture(run.array(name), key=key, label=label)


def name_code(number: int) -> Words:
    """A code by its number."""
    return fill(CODE, n=f"{number:03d}")


def write_page(numbers: np.ndarray, key: str) -> Column:
    """Code numbers (rows, columns), line by line."""
    return Column(
        *(
            Tokens(tuple(f"{int(one):03d}" for one in line), key=f"{key}-{row}")
            for row, line in enumerate(numbers)
        ),
        gap=0.12,
    )
