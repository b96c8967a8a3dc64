"""Tokens: the pieces of a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from nnanim import shapes, words
from nnanim.marks.base import Frame, Mark, Placed, modify
from nnanim.marks.common import cut_note, draw_window, small_print
from nnanim.marks.content import Floats
from nnanim.marks.easing import ease, ramp
from nnanim.marks.legend import Legend
from nnanim.marks.parts import GAP, REST, Extent, Owner, Parts
from nnanim.marks.readout import BoxArea, Quantity, Readout
from nnanim.shapes import Boxes, Shape, Shapes, fade
from nnanim.style import MARGIN, RenderStyle
from nnanim.theme import DIM
from nnanim.words import typeset

TOKEN_GAP, TOKEN_LEADING = 0.12, 0.2
"""Between the chips of a line, and between lines."""


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
        room_for: pieces for which one line has room, too, such as those of a state that is shown before.
    """

    words: tuple[str, ...]
    values: Floats | None = None
    role: str = "amount"
    highlight: tuple[int, ...] = ()
    small: tuple[int, ...] = ()
    dimmed: tuple[int, ...] = ()
    of: int | None = None
    width: float | None = None
    room_for: tuple[str, ...] = ()
    opaque: ClassVar[bool] = True
    breaks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.words:
            raise self.make_error("there are no words")
        values = None if self.values is None else self.check_numbers(self.values, "values", 1)
        if values is not None:
            self.check_count(tuple(values), len(self.words), "values")
            if values.min() < 0:
                raise self.make_error(f"value {values.min():g} at {int(values.argmin())} lies outside 0..1")
            self.check_limit(values, 1.0)
        chosen = {name: tuple(getattr(self, name)) for name in ("highlight", "small", "dimmed")}
        for name, indices in chosen.items():
            if (index := next((i for i in indices if not 0 <= i < len(self.words)), None)) is not None:
                raise self.make_error(f"{name} {index} for {len(self.words)} words")
        if self.width is not None and not self.width > 0:
            raise self.make_error(f"width={self.width!r}; it must be above 0")
        self.set_fields(words=tuple(self.words), values=values, of=self.of or len(self.words), **chosen)

    @property
    def cells(self) -> tuple[int, int]:
        """One row."""
        return 1, len(self.words)

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The chips, in lines."""
        return self._extent(scale, style, broken=False)

    def turned_extent(self, scale: float, style: RenderStyle) -> Extent:
        """The chips, in as many lines as their size at this scale asks for."""
        return self._extent(scale, style, broken=True)

    def _extent(self, scale: float, style: RenderStyle, broken: bool) -> Extent:
        widths, lines = self.widths(scale, style), self.lines(scale, style, broken)
        widest = max(sum(widths[i] for i in line) + TOKEN_GAP * (len(line) - 1) for line in lines)
        widest = max(widest, self._spare_width(self.size(scale, style), style))
        tall = 1.7 * self.size(scale, style) * len(lines) + TOKEN_LEADING * (len(lines) - 1)
        cut = len(self.words) < (self.of or 0)
        return Extent.core(widest, tall).around(down=style.theme.small + GAP if cut else 0.0)

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Chips, words and rings; a part is a piece."""
        middles, sizes = self.boxes(placed, frame.style)
        return Parts.collect(self._draw_words(placed, middles, sizes, frame.style), middles, sizes)

    def legends(self) -> tuple[Legend, ...]:
        """The colours, where pieces are marked."""
        return () if self.values is None else (Legend.colors(self.meaning, 0.0, 1.0, self.role),)

    def readouts(self, placed: Placed, frame: Frame) -> tuple[Readout, ...]:
        """The pieces, with what each is marked by, if they are."""
        area = BoxArea(*self.boxes(placed, frame.style))
        held = () if self.values is None else (Quantity(self.meaning, self.values, "values"),)
        return (Readout(words.token, area, held, (len(self.words),), self.words),)

    def continues(self, before: Placed, after: Placed, style: RenderStyle) -> bool:
        """Whether one of two sentences is the beginning of the other, in as many lines."""
        one, other = before.mark, after.mark
        if not (isinstance(one, Tokens) and isinstance(other, Tokens)):
            return False
        count = min(len(one.words), len(other.words))
        if before.turned or after.turned:
            return False
        lines = len(one.lines(before.scale, style)), len(other.lines(after.scale, style))
        return one.words[:count] == other.words[:count] and lines[0] == lines[1]

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """Pieces that differ change in their places, and those behind a new end go; None where it grows."""
        if not isinstance(after, Tokens) or after.words[: len(self.words)] == self.words != after.words:
            return None
        return TokensInMotion(self, after, fraction, key=self.key, label=after.label, means=after.means)

    def piece(self, start: int, stop: int | None = None) -> Tokens:
        """Some neighbouring pieces of the sentence."""
        kept = range(len(self.words))[start:stop]
        chosen = {
            name: tuple(i - kept.start for i in getattr(self, name) if i in kept)
            for name in ("highlight", "small", "dimmed")
        }
        values = None if self.values is None else self.values[kept.start : kept.stop]
        words = self.words[kept.start : kept.stop]
        part: Tokens = modify(self, words=words, values=values, of=len(words), **chosen)
        return part

    def size(self, scale: float, style: RenderStyle) -> float:
        """Text size: it grows in steps, so that only the three sizes are ever seen."""
        sizes = style.theme
        return sizes.large if scale >= 1.2 else sizes.medium if scale >= 0.8 else sizes.small

    def widths(self, scale: float, style: RenderStyle) -> list[float]:
        """Width of each chip."""
        return self._chips(self.size(scale, style), style)

    def fitting_scale(self, scale: float, style: RenderStyle) -> float:
        """The scale, or the largest below it at which all chips of one line fit into the frame's width."""
        for below in (1.2, 0.8):
            size = self.size(scale, style)
            spare = self._spare_width(size, style) > style.width - 2 * MARGIN
            if scale >= below and (spare or len(self._break_lines(size, style)) > 1):
                scale = below - 1e-6
        return scale

    def _spare_width(self, size: float, style: RenderStyle) -> float:
        """Width of one line of the pieces that it has room for, too."""
        said = tuple(map(style.say, self.room_for))
        widths = _chip_widths(said, (size,) * len(said), size, style.theme.font)
        return sum(widths) + TOKEN_GAP * max(len(widths) - 1, 0)

    def _break_lines(self, size: float, style: RenderStyle) -> list[range]:
        """The chips of each line in the whole width."""
        wide = style.width - 2 * MARGIN if self.width is None else self.width
        return _break_lines(self._chips(size, style), wide)

    def _chips(self, size: float, style: RenderStyle) -> list[float]:
        written = [style.theme.small if i in self.small else size for i in range(len(self.words))]
        said = tuple(map(style.say, self.words))
        return list(_chip_widths(said, tuple(written), size, style.theme.font))

    def lines(self, scale: float, style: RenderStyle, broken: bool = False) -> list[range]:
        """The indices of the chips of each line.

        A line is broken only where no size would make it fit, or, where it may be ``broken``, this one.
        """
        if not broken and len(self._break_lines(style.theme.small, style)) == 1:
            return [range(len(self.words))]
        widths = self.widths(scale, style)
        lines = self._break_lines(self.size(scale, style), style)
        low, high = 0.0, style.width - 2 * MARGIN if self.width is None else self.width
        for _ in range(12 if len(lines) > 1 else 0):
            middle = (low + high) / 2
            low, high = (low, middle) if len(_break_lines(widths, middle)) <= len(lines) else (middle, high)
        return _break_lines(widths, high)

    def boxes(self, placed: Placed, style: RenderStyle) -> tuple[Floats, Floats]:
        """(n, 2) middles and sizes of the chips in their place."""
        if placed.turned in (0.0, 1.0):
            return self._boxes(placed, style, broken=placed.turned > 0)
        # From one line to more of them, each chip goes straight.
        (one, wide), (other, wider) = (self._boxes(placed, style, broken) for broken in (False, True))
        return one + (other - one) * placed.turned, wide + (wider - wide) * placed.turned

    def _boxes(self, placed: Placed, style: RenderStyle, broken: bool) -> tuple[Floats, Floats]:
        widths: Floats = np.array(self.widths(placed.scale, style))
        lines = self.lines(placed.scale, style, broken)
        tall = 1.7 * self.size(placed.scale, style)
        if placed.turned in (0.0, 1.0):
            tall = (placed.h - TOKEN_LEADING * (len(lines) - 1)) / len(lines)
        top = placed.y + (tall * len(lines) + TOKEN_LEADING * (len(lines) - 1)) / 2
        middles = np.empty((len(widths), 2))
        for row, line in enumerate(lines):
            some = slice(line.start, line.stop)
            ends = np.cumsum(widths[some] + TOKEN_GAP) - TOKEN_GAP
            middles[some, 0] = placed.x - ends[-1] / 2 + ends - widths[some] / 2
            middles[some, 1] = top - tall / 2 - row * (tall + TOKEN_LEADING)
        return middles, np.column_stack([widths, np.full(len(widths), tall)])

    def _draw_words(
        self, placed: Placed, middles: Floats, sizes: Floats, style: RenderStyle
    ) -> Iterator[tuple[Shape | Shapes, Owner]]:
        theme, size = style.theme, self.size(placed.scale, style)
        panel = theme.rgba("panel")
        strength = np.zeros(len(self.words)) if self.values is None else self.values
        fills = panel + (theme.rgba(self.role) - panel) * strength[:, None]
        rims = np.tile(theme.rgba("outline"), (len(middles), 1))
        light = np.ones((len(middles), 4))
        light[list(self.dimmed), 3] = DIM
        yield Boxes(middles, sizes, fills * light, rims * light, 0.025, 0.1), np.arange(len(middles))
        for i, (word, (x, y), fill) in enumerate(zip(self.words, middles, fills, strict=True)):
            wrote = theme.small if i in self.small else size
            said = word.replace(" ", "␣") if not word.strip() else word
            yield shapes.text(said, x, y, wrote, theme.ink_on(fill) * light[i], theme), i
        if len(self.words) < (self.of or 0):
            below = placed.y - placed.h / 2 - GAP - theme.small / 2
            yield small_print(cut_note(len(self.words), self.of or 0), placed.x, below, style), REST
        if self.highlight:
            chosen = np.array(self.highlight)
            yield draw_window(middles[chosen], sizes[chosen], theme), chosen


@lru_cache(maxsize=1024)
def _chip_widths(
    said: tuple[str, ...], written: tuple[float, ...], size: float, font: Path
) -> tuple[float, ...]:
    """Width of each chip in a line of that size, around words that are ``written`` in others."""
    return tuple(
        max(typeset.line(word, font).width * wrote if word else 0.0, 0.4 * size) + 0.7 * size
        for word, wrote in zip(said, written, strict=True)
    )


@dataclass(frozen=True, eq=False)
class TokensInMotion(Mark):
    """A sentence on the way to another one: the old words go before the new ones come.

    Where most pieces stay, the others change in their places; else one sentence goes and the other comes.

    Attributes:
        before, after: the two states.
        fraction: of the time, 0..1.
    """

    before: Tokens
    after: Tokens
    fraction: float

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room of the state to come, as wide as the sentence is by then."""
        old, new = (one.extent(scale, style) for one in (self.before, self.after))
        return replace(new, width=old.width + (new.width - old.width) * ease(self.fraction))

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Chips on their way, as wide as they are by then; a part is a piece that stays."""
        pairs = list(zip(self.before.words, self.after.words, strict=False))
        changed = {i for i, (one, other) in enumerate(pairs) if one != other}
        if len(self.after.words) > len(self.before.words) or 2 * len(changed) >= len(self.after.words):
            return self._draw_turn(placed, frame)
        return self._draw_changes(placed, frame.style, changed)

    def _draw_turn(self, placed: Placed, frame: Frame) -> Parts:
        """The old sentence while it goes, then the new one while it comes."""
        shown, light = (self.before, 1 - ramp(self.fraction, 0, 0.5)), ramp(self.fraction, 0.5, 1)
        mark, light = shown if self.fraction < 0.5 else (self.after, light)
        parts = mark.draw(_fit(mark, placed, frame.style), frame)
        return replace(parts, shapes=fade(parts.shapes, light))

    def _draw_changes(self, placed: Placed, style: RenderStyle, changed: set[int]) -> Parts:
        share, count = ease(self.fraction), len(self.after.words)
        was, comes = (_fit(one, placed, style) for one in (self.before, self.after))
        (old, wide), (new, wider) = self.before.boxes(was, style), self.after.boxes(comes, style)
        middles = old[:count] + (new - old[:count]) * share
        sizes = wide[:count] + (wider - wide[:count]) * share
        late = self.fraction >= 0.5
        light = ramp(self.fraction, 0.5, 0.7) if late else 1 - ramp(self.fraction, 0.3, 0.5)
        drawn: list[tuple[Shape | Shapes, Owner]] = []
        if not late and len(self.before.words) > count:
            gone, ends = self.before.piece(count), old[count:] + middles[-1] - old[count - 1]
            for one, _ in gone._draw_words(was, ends, wide[count:], style):
                drawn.append((fade(one if isinstance(one, tuple) else (one,), light), REST))
        shown, at = (self.after, comes) if late else (self.before.piece(0, count), was)
        for shape, owner in shown._draw_words(at, middles, sizes, style):
            word = isinstance(owner, int) and owner in changed
            drawn.append((fade(shape, light) if word and isinstance(shape, tuple) else shape, owner))
        return Parts.collect(drawn, middles, sizes)


def _fit(mark: Tokens, placed: Placed, style: RenderStyle) -> Placed:
    """A sentence in a place that is made for another: what stays in one line is not wider than the frame."""
    whole = not placed.turned and len(mark.lines(placed.scale, style)) == 1
    scale = mark.fitting_scale(placed.scale, style) if whole else placed.scale
    return replace(placed, mark=mark, scale=scale)


def _break_lines(widths: list[float], wide: float) -> list[range]:
    starts, used = [0], 0.0
    for i, width in enumerate(widths):
        used += width + TOKEN_GAP * (i > starts[-1])
        if used > wide + 1e-9 and i > starts[-1]:
            starts.append(i)
            used = width
    return [range(a, b) for a, b in pairwise([*starts, len(widths)])]
