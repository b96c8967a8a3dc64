"""The parts of a mark: neurons, cells, bars, words. Drawing a mark is laying its parts upon each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Shape, Shapes, pick

Floats = npt.NDArray[np.float64]
Owner = int | npt.NDArray[np.intp]

REST = -1
"""Owner of shapes that belong to no part: axes, rims, notes."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a mark is made of.

    A layer of neurons stays one batch of discs: instead of one shape for each part there is, beside each
    shape, the part that it belongs to, or those that its elements belong to.

    Attributes:
        shapes: all of them, the lowest first.
        owners: for each shape the flat index of its part, or (n,) those of its n elements; ``REST`` for none.
        centers, sizes: (…, 2) boxes of the parts; all dimensions but the last are a part's index.
        round: whether a part is a circle.
    """

    shapes: Shapes
    owners: tuple[Owner, ...] = ()
    centers: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    sizes: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    round: bool = False

    @classmethod
    def collect(
        cls,
        owned: Iterable[tuple[Shape | Shapes, Owner]],
        centers: Floats,
        sizes: Floats,
        round: bool = False,
    ) -> Parts:
        """Parts from pairs of shapes, the lowest first, and their owners."""
        every = [
            (shape, owner)
            for some, owner in owned
            for shape in (some if isinstance(some, tuple) else (some,))
        ]
        return cls(
            tuple(shape for shape, _ in every),
            tuple(owner for _, owner in every),
            centers,
            np.broadcast_to(sizes, centers.shape),
            round,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """How many parts there are along each dimension of their index."""
        return self.centers.shape[:-1]

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def __getitem__(self, index: int | tuple[int, ...]) -> Shapes:
        """The shapes of one part, the lowest first.

        Raises:
            IndexError: there is no such part.
        """
        return self._shapes_of(int(np.arange(len(self)).reshape(self.shape)[index]))

    def rest(self) -> Shapes:
        """The shapes that belong to no part."""
        return self._shapes_of(REST) if self.owners else self.shapes

    def _shapes_of(self, part: int) -> Shapes:
        picked: Shapes = ()
        for shape, owner in zip(self.shapes, self.owners, strict=True):
            if isinstance(owner, int):
                picked += (shape,) if owner == part else ()
            else:
                picked += pick(shape, np.flatnonzero(owner == part))
        return picked
