"""What a mark answers: the room that it wants, and its parts, such as neurons, cells, bars or words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.shapes import Raster, Shape, Shapes, fade, fade_some, pick

Floats = npt.NDArray[np.float64]
Owner = int | npt.NDArray[np.intp]

GAP = 0.16
"""Between a mark and its own small print."""

LINE = 1.35
"""From one line of text to the next, in em."""

REST = -1
"""Owner of shapes that belong to no part: axes, rims, notes."""


@dataclass(frozen=True)
class Extent:
    """Room about the middle of a mark's core.

    Attributes:
        width, height: of the core: the circles, cells or axes, without small print.
        left, right, up, down: reach of everything from the core's middle, small print included.
        stretch: how much wider the core may be made.
    """

    width: float
    height: float
    left: float
    right: float
    up: float
    down: float
    stretch: float = 0.0

    @classmethod
    def core(cls, width: float, height: float) -> Extent:
        """A core with nothing around it."""
        return cls(width, height, width / 2, width / 2, height / 2, height / 2)

    def around(self, left: float = 0, right: float = 0, up: float = 0, down: float = 0) -> Extent:
        """The same core with more small print around it."""
        return replace(
            self, left=self.left + left, right=self.right + right, up=self.up + up, down=self.down + down
        )

    def at_least(self, beside: float) -> Extent:
        """The same core with a reach of ``beside`` or more to the left and to the right."""
        return replace(self, left=max(self.left, beside), right=max(self.right, beside))


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
        return self._shapes_of(self.flat_index(index))

    def rest(self) -> Shapes:
        """The shapes that belong to no part."""
        return self._shapes_of(REST) if self.owners else self.shapes

    def fade_others(self, kept: Iterable[int], opacity: float) -> Shapes:
        """All shapes, of which those that belong to none of some parts are faded."""
        every = list(kept)
        faded: Shapes = ()
        for shape, owner in zip(self.shapes, self.owners or (REST,) * len(self.shapes), strict=True):
            if isinstance(owner, int):
                faded += (shape,) if owner in every else fade((shape,), opacity)
                continue
            others = ~np.isin(owner, every)
            if others.all():
                faded += fade((shape,), opacity)
            else:
                faded += fade_some(shape, others, opacity) if others.any() else (shape,)
        return faded

    def flat_index(self, index: int | tuple[int, ...]) -> int:
        """The number of a part, as ``owners`` have it: an int counts them row by row.

        Raises:
            IndexError: there is no such part.
        """
        every, place = np.arange(len(self)), index if isinstance(index, tuple) else (index,)
        if len(place) == 1:
            return int(every[place])
        if len(place) != len(self.shape):
            raise IndexError(index)
        return int(every.reshape(self.shape)[place])

    def locate(self, key: str, index: int | tuple[int, ...]) -> int:
        """The number of a part of the mark called ``key``.

        Raises:
            UserError: there is no such part.
        """
        try:
            return self.flat_index(index)
        except IndexError:
            there = " × ".join(map(str, self.shape))
            form = f" as ({', '.join('0' * len(self.shape))})" if len(self.shape) > 1 else ""
            raise UserError(f"{key!r} has no part {index}; it has {there}, counted from 0{form}") from None

    def only(self, part: int) -> Parts:
        """One part by itself, as part 0."""
        shapes = self._shapes_of(part)
        at = self.centers.reshape(-1, 2)[part][None]
        return Parts(shapes, (0,) * len(shapes), at, self.sizes.reshape(-1, 2)[part][None], self.round)

    def without(self, *parts: int) -> Shapes:
        """The shapes of all but some parts, and of the rest; what is not divided is one part."""
        if not self.owners:
            return () if 0 in parts else self.shapes
        kept: Shapes = ()
        for shape, owner in zip(self.shapes, self.owners, strict=True):
            if isinstance(shape, Raster):
                kept += (shape,)
            elif isinstance(owner, int):
                kept += (shape,) if owner not in parts else ()
            elif (gone := np.isin(owner, parts)).any():
                kept += pick(shape, np.flatnonzero(~gone))
            else:
                kept += (shape,)
        return kept

    def _shapes_of(self, part: int) -> Shapes:
        picked: Shapes = ()
        for shape, owner in zip(self.shapes, self.owners, strict=True):
            if isinstance(owner, int):
                picked += (shape,) if owner == part else ()
            else:
                picked += pick(shape, np.flatnonzero(owner == part))
        return picked
