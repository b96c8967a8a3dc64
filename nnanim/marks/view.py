"""The camera: which part of the stage a beat shows, and the map of the stage that brings it there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnanim.arguments import KnownArguments
from nnanim.errors import UserError
from nnanim.shapes import Filled, Raster, Shapes, Within, fade, map_shape, word_box
from nnanim.theme import Theme

Room = tuple[float, float, float, float]
Part = int | tuple[int, ...] | None
Spot = str | tuple[Any, ...]
Spots = Spot | Sequence[Spot]
"""A mark by its key, or a part of one: ``("h", 1)``; or several of them in a list."""

FADE = 0.2
"""Distance from the edge of the view at which words begin to fade."""

EDGE, EDGE_STEPS = 0.45, 32
"""Height of the strips at the top and bottom of a view in which the stage fades into the ground; steps."""

EDGES = "view:edges"
"""Key under which they are drawn."""


def list_spots(spots: Spots) -> tuple[tuple[str, Part], ...]:
    """Each of some spots as a key and the index of a part, None for the whole mark.

    Raises:
        UserError: something is neither a key nor a key with an index.
    """
    one = isinstance(spots, str) or (
        bool(spots)
        and isinstance(spots[0], str)
        and all(isinstance(part, int | np.integer) or _is_pair(part) for part in spots[1:])
    )
    return tuple(read_spot(spot) for spot in ((spots,) if one else spots))


def _is_pair(part: Any) -> bool:
    """Whether it is the row and column of a part, and not a mark with one."""
    return isinstance(part, tuple) and all(isinstance(one, int | np.integer) for one in part)


def read_spot(spot: Any) -> tuple[str, Part]:
    """A mark, or a part of it, as a key and the index of the part: ``("map", (2, 3))`` is ``("map", 2, 3)``.

    Raises:
        UserError: it is neither a key nor a key with an index.
    """
    if not isinstance(spot, str | tuple | list):
        raise UserError(f"{spot!r} is no key and no key with the index of a part, such as ('h', 1)")
    key, *index = (spot,) if isinstance(spot, str) else tuple(spot) or (None,)
    if len(index) == 1 and isinstance(index[0], tuple):  # ("map", (2, 3)) is ("map", 2, 3)
        index = list(index[0])
    if not isinstance(key, str) or not all(isinstance(one, int | np.integer) for one in index):
        raise UserError(f"{spot!r} is no key and no key with the index of a part, such as ('h', 1)")
    index = [int(one) for one in index]
    return key, None if not index else tuple(index) if len(index) > 1 else index[0]


def name_spot(key: str, part: Part) -> str:
    """How a mark or a part of it is written: ``h``, ``h[1]``, ``map[2, 3]``."""
    index = part if isinstance(part, tuple) else (part,)
    return key if part is None else f"{key}[{', '.join(map(str, index))}]"


@dataclass(frozen=True)
class View(KnownArguments):
    """Where the camera looks in a beat: at a mark or a part of it, which then fills a share of the stage.

    It holds for its beat alone; the next one shows the whole stage again, unless it has a view of its own.

    Attributes:
        key: of the mark.
        part: index of the part in it, such as a neuron, a cell or a word; None for the whole mark.
        fills: share of the stage's width or height that it takes, whichever is reached first. What is
            larger than that already is not made smaller.
        at: where its middle comes to lie, as shares of the stage's width from the left and of its height
            from below.
    """

    key: str
    part: Part = None
    fills: float = 1 / 3
    at: tuple[float, float] = (0.5, 0.5)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.fills) and 0 < self.fills <= 1):
            raise UserError(f"View of {self.key!r}: fills={self.fills!r}; a share above 0, at most 1 wanted")
        if len(self.at) != 2 or not all(0 <= share <= 1 for share in self.at):
            raise UserError(f"View of {self.key!r}: at={self.at!r}; two shares of the stage in 0..1 wanted")

    def flip(self) -> View:
        """The same where what stood on the right stands below, and what stood above on the left."""
        return replace(self, at=(1 - self.at[1], 1 - self.at[0]))

    def zoom(self, box: Room, stage: Room, whole: Zoom, inside: bool = False) -> Zoom:
        """The map that brings ``box`` (x, y, width, height of the part) where the view wants it.

        Args:
            box: of the part that is looked at.
            stage: left, right, bottom, top.
            whole: the map that shows all of the stage.
            inside: whether the part is shifted into the stage where it would not lie there by itself.

        Raises:
            UserError: the part would not lie inside the stage.
        """
        left, right, bottom, top = stage
        x, y, w, h = box
        factor = self.fills * min((right - left) / max(w, 1e-9), (top - bottom) / max(h, 1e-9))
        factor = max(factor, 1.0)
        middle = left + self.at[0] * (right - left), bottom + self.at[1] * (top - bottom)
        reach = factor * w / 2, factor * h / 2
        if inside and reach[0] <= (right - left) / 2 and reach[1] <= (top - bottom) / 2:
            middle = (
                min(max(middle[0], left + reach[0]), right - reach[0]),
                min(max(middle[1], bottom + reach[1]), top - reach[1]),
            )
        across = min(middle[0] - left, right - middle[0]) - reach[0]
        upright = min(middle[1] - bottom, top - middle[1]) - reach[1]
        if min(across, upright) < -1e-9:
            raise UserError(
                f"view {name_spot(self.key, self.part)}: with at={self.at} and fills={self.fills:.3g} "
                "a piece of it would lie outside the stage; move at= towards (0.5, 0.5), or fill less"
            )
        return replace(whole, factor=factor, shift=(middle[0] - factor * x, middle[1] - factor * y))


@dataclass(frozen=True)
class Zoom:
    """A map of the stage: times ``factor``, plus ``shift``; what it shows lies in ``box``.

    Attributes:
        factor, shift: 1 and (0, 0) where the whole stage is seen.
        box: left, right, bottom, top of the room in which the stage is seen.
    """

    factor: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    box: Room = (0.0, 0.0, 0.0, 0.0)

    @property
    def is_whole(self) -> bool:
        """Whether it shows the stage as it is."""
        return self.factor == 1.0 and self.shift == (0.0, 0.0)

    def differs(self, other: Zoom) -> bool:
        """Whether another map shows the stage otherwise."""
        return (self.factor, self.shift) != (other.factor, other.shift)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the stage is seen."""
        return self.factor * x + self.shift[0], self.factor * y + self.shift[1]

    def room(self, room: Room) -> Room:
        """Where a room (left, right, bottom, top) of the stage is seen."""
        (left, bottom), (right, top) = self.point(room[0], room[2]), self.point(room[1], room[3])
        return left, right, bottom, top

    def apply(self, shapes: Shapes, lights: Iterable[float] | None = None) -> Shapes:
        """Shapes of the stage as they are seen: larger, and cut off at the edge of the box.

        Lines, rims, light and text grow alike. Words that come near the edge fade, before they would be cut.

        Args:
            shapes: as they are without a view.
            lights: how bright each of their words is; by default what ``light`` says.
        """
        if self.is_whole or not shapes:
            return shapes
        words = [shape for shape in shapes if isinstance(shape, Filled)]
        bright = iter(map(self.light, words) if lights is None else lights)
        factor, shift = np.full(2, self.factor), np.array(self.shift)
        seen = (
            lit
            for shape in shapes
            for lit in (fade((shape,), next(bright)) if isinstance(shape, Filled) else (shape,))
        )
        return (Within(tuple(map_shape(shape, factor, shift) for shape in seen), self.box),)

    def edges(self, theme: Theme) -> Shapes:
        """The ground, laid over the top and the bottom of what is seen: so nothing is cut off sharply.

        Nothing on a ground that is left open, and nothing where the whole stage is seen.
        """
        strength = min(1.0, 8 * abs(math.log(self.factor)))
        if self.is_whole or not strength or not theme.opaque:
            return ()
        left, right, bottom, top = self.box
        pixels = np.tile(np.round(theme.rgba("ground") * 255).astype(np.uint8), (EDGE_STEPS, 1, 1))
        share = (np.arange(EDGE_STEPS) + 0.5) / EDGE_STEPS
        pixels[:, 0, 3] = np.round(255 * (1 - share * share * (3 - 2 * share)))
        middle, size = (left + right) / 2, (right - left, EDGE)
        return (
            Raster((middle, top - EDGE / 2), size, pixels, smooth=True, opacity=strength),
            Raster((middle, bottom + EDGE / 2), size, pixels[::-1], smooth=True, opacity=strength),
        )

    def light(self, word: Filled, strip: float = FADE, over: float = 0.0) -> float:
        """How bright a word is, in 0..1, by its distance from the edge of what is seen.

        Args:
            word: on the stage.
            strip: width of the strip in which words fade.
            over: distance that a word may stick out.
        """
        if self.is_whole:
            return 1.0
        low, high = word_box(word)
        left, right, bottom, top = self.box
        (x0, y0), (x1, y1) = self.point(*low), self.point(*high)
        free = min(x0 - left, right - x1, y0 - bottom, top - y1)
        return min(max((float(free) + over) / max(strip, over, 1e-9), 0.0), 1.0)

    def between(self, other: Zoom, fraction: float) -> Zoom:
        """The map on the way to another: about the one point that stands still, at an even rate of growth."""
        if fraction <= 0 or fraction >= 1:
            return self if fraction <= 0 else other
        factor = self.factor * (other.factor / self.factor) ** fraction
        apart = other.factor - self.factor
        share = (factor - self.factor) / apart if abs(apart) > 1e-9 else fraction
        return Zoom(
            factor,
            tuple(np.array(self.shift) + share * (np.array(other.shift) - self.shift)),
            tuple(np.array(self.box) + fraction * (np.array(other.box) - self.box)),
        )


WHOLE = Zoom()
"""The whole stage, as it is."""
