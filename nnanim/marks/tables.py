"""Marks made of cells: matrices, pictures, the pieces of a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.marks.base import Floats, Mark, where
from nnanim.marks.network import key_of
from nnanim.words import Words


@dataclass(frozen=True, eq=False)
class Grid(Mark):
    """A matrix of coloured cells.

    Attributes:
        values: (rows, columns).
        rows, columns: names of the rows (left) and columns (above), or none.
        limit: the largest |value| of the colour scale.
        digits: how many decimals are written into the cells; None writes none.
        mask: (rows, columns) True where a cell is barred (the future, under a causal mask), or None.
        role: colour of the positive end; ``grey`` is black at 0 and white at the limit, as in a picture.
        highlight: (row, column) cells that are ringed.
        shown, of: as in Units, for the rows.
        veil: whether what lies below shines through, the more the nearer to 0 a value is: for a map over a
            Picture, in an Overlay.
    """

    values: Floats
    rows: tuple[Words, ...] = ()
    columns: tuple[Words, ...] = ()
    limit: float | None = None
    digits: int | None = None
    mask: npt.NDArray[np.bool_] | None = None
    role: str = "positive"
    highlight: tuple[tuple[int, int], ...] = ()
    of: tuple[int, int] | None = None
    veil: bool = False

    def __post_init__(self) -> None:
        values = self._numbers(self.values, "values", 2)
        if not values.size:
            raise self._error(f"there are no cells (shape {values.shape})")
        if self.role == "grey" and (values.min() < 0 or self.veil):
            raise self._error("grey is for values from 0 up, and for no veil")
        mask = None if self.mask is None else np.array(self.mask, dtype=bool)
        if mask is not None:
            if mask.shape != values.shape:
                raise self._error(f"mask {mask.shape} for values {values.shape}")
            mask.flags.writeable = False
        for row, column in self.highlight:
            if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
                raise self._error(f"highlight ({row}, {column}) lies outside {values.shape}")
        self._set(
            values=values,
            mask=mask,
            limit=self._within(values, self.limit),
            rows=self._per(self.rows, values.shape[0], "row names"),
            columns=self._per(self.columns, values.shape[1], "column names"),
            highlight=tuple((int(r), int(c)) for r, c in self.highlight),
            of=self.of or values.shape,
        )


@dataclass(frozen=True, eq=False)
class Tokens(Mark):
    """The pieces of a sentence, in as few lines as fit.

    Attributes:
        words: the pieces as they are.
        values: (n,) in 0..1, how strongly each is marked, or None.
        role: colour of a marked piece.
        highlight: indices of pieces that are ringed.
        small: indices of pieces in small print, such as the bytes of a character.
        dimmed: indices of pieces that are out of the light.
        of: how many there are, where not all are shown.
        width: where a long line is broken, in frame units; None: at the stage's width.
    """

    words: tuple[str, ...]
    values: Floats | None = None
    role: str = "accent"
    highlight: tuple[int, ...] = ()
    small: tuple[int, ...] = ()
    dimmed: tuple[int, ...] = ()
    of: int | None = None
    width: float | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise self._error("there are no words")
        values = None if self.values is None else self._numbers(self.values, "values", 1)
        if values is not None:
            self._per(tuple(values), len(self.words), "values")
            if values.min() < 0:
                raise self._error(f"value {values.min():g} at {int(values.argmin())} lies outside 0..1")
            self._within(values, 1.0)
        chosen = {name: tuple(getattr(self, name)) for name in ("highlight", "small", "dimmed")}
        for name, indices in chosen.items():
            if (index := next((i for i in indices if not 0 <= i < len(self.words)), None)) is not None:
                raise self._error(f"{name} {index} for {len(self.words)} words")
        if self.width is not None and not self.width > 0:
            raise self._error(f"width={self.width!r}; it must be above 0")
        self._set(words=tuple(self.words), values=values, of=self.of or len(self.words), **chosen)


@dataclass(frozen=True, eq=False)
class Arcs(Mark):
    """Lines from one token to those that it looks at: the wider, the more it does.

    Attributes:
        weights: (n,) in 0..1, how much it looks at each.
        tokens: the Tokens, or their key.
        origin: index of the token that looks.
        role: colour of the lines.
    """

    weights: Floats
    tokens: str | Tokens
    origin: int = 0
    role: str = "accent"
    layer: ClassVar[int] = 0

    def __post_init__(self) -> None:
        weights = self._numbers(self.weights, "weights", 1)
        if isinstance(self.tokens, Tokens):
            self._per(tuple(weights), len(self.tokens.words), "weights")
        if not 0 <= self.origin < len(weights):
            raise self._error(f"origin={self.origin} of {len(weights)} tokens")
        if weights.min() < 0:
            raise self._error(f"weight {weights.min():g} at {int(weights.argmin())} lies outside 0..1")
        self._within(weights, 1.0)
        self._set(weights=weights, tokens=key_of(self.tokens))

    @property
    def ties(self) -> tuple[str, ...]:
        """The tokens."""
        return (str(self.tokens),)


@dataclass(frozen=True, eq=False)
class Picture(Mark):
    """A picture, pixel by pixel.

    Attributes:
        pixels: (height, width) or (height, width, 3).
        low, high: the range of the pixels; a pixel outside is refused.
        colors: ``grey``, or ``diverging``: through the ground in the middle of the range; a colour picture
            needs none.
        aspect: width over height of a pixel.
        smooth: whether pixels are blended when the picture is large.
    """

    pixels: Floats
    low: float = 0.0
    high: float = 1.0
    colors: str = "grey"
    aspect: float = 1.0
    smooth: bool = False
    layer: ClassVar[int] = 1

    def __post_init__(self) -> None:
        pixels = self._numbers(self.pixels, "pixels", 2, 3)
        if pixels.ndim == 3 and pixels.shape[2] != 3:
            raise self._error(f"pixels of shape {pixels.shape}; (height, width) or (height, width, 3) wanted")
        if not pixels.size:
            raise self._error(f"there are no pixels (shape {pixels.shape})")
        if self.colors not in ("grey", "diverging"):
            raise self._error(f"colors={self.colors!r}; 'grey' or 'diverging' wanted")
        if not self.low < self.high:
            raise self._error(f"range {self.low:g}..{self.high:g}; the first must be below the second")
        slack = 1e-6 * (self.high - self.low)
        if pixels.min() < self.low - slack or pixels.max() > self.high + slack:
            at = int(pixels.argmin() if pixels.min() < self.low - slack else pixels.argmax())
            raise self._error(
                f"pixel value {pixels.flat[at]:g}{where(pixels, at)} lies outside {self.low:g}..{self.high:g}"
            )
        self._set(pixels=pixels)
