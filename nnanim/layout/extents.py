"""How much room a mark wants, at a given scale. Pictures grow and shrink; text keeps its size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch
from itertools import pairwise

from nnanim import shapes, typeset
from nnanim.marks import (
    Arcs,
    Bars,
    Block,
    Cloud,
    Curve,
    Formula,
    Grid,
    Histogram,
    Link,
    Mark,
    Picture,
    Text,
    Tokens,
    Units,
    Wires,
)
from nnanim.theme import Theme
from nnanim.words import Words, say

MARGIN = 0.4
"""Safe area: nothing comes nearer to the frame's edge."""

GAP = 0.16
"""Between a mark and its own small print."""

RADIUS, PITCH = 0.42, 1.12
"""Of a neuron and from one neuron to the next, at scale 1."""

TALLEST = 10
"""So many neurons make the tallest column; more of them without names are drawn finer, as a texture."""

ABREAST = 48
"""So many neurons stand in a fine column at the most, then another one beside it is begun."""

RING, RING_WIDTH = 1.16, 0.06
"""Of the ring around a neuron that is spoken of: its radius relative to the neuron's, its width."""

LINE = 1.35
"""From one line of text to the next, in em."""


@dataclass(frozen=True)
class Look:
    """How a story is shown: theme, language and the frame's size in its own units."""

    theme: Theme
    lang: str = "en"
    width: float = 128 / 9
    height: float = 8.0

    def say(self, words: Words | None) -> str:
        """The text of ``words`` in the look's language."""
        return say(words, self.lang)

    def text_width(self, words: Words | None, size: float, bold: bool = False) -> float:
        """Width in frame units."""
        return shapes.width(self.say(words), size, self.theme, bold)

    def formula(self, mark: Formula) -> typeset.Setting:
        """The formula, set in the theme's colours; parts not yet visible keep their place."""
        parts = tuple(self.say(part) for part in mark.parts)
        return _formula(parts, mark.visible, tuple(self.theme.colors.items()), self.theme.font)


@lru_cache(maxsize=512)
def _formula(parts: tuple[str, ...], visible: int | None, colors, font) -> typeset.Setting:  # type: ignore[no-untyped-def]
    shown = len(parts) if visible is None else visible
    source = " ".join(parts[:shown] + tuple(f"#hide($ {part} $)" for part in parts[shown:]))
    roles = tuple((role, code) for role, code in colors if role.isalpha())
    return typeset.formula(source, roles, font.parent)


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

    def around(self, left: float = 0, right: float = 0, up: float = 0, down: float = 0) -> Extent:
        """The same core with more small print around it."""
        return replace(
            self, left=self.left + left, right=self.right + right, up=self.up + up, down=self.down + down
        )


def core(width: float, height: float) -> Extent:
    """A core with nothing around it."""
    return Extent(width, height, width / 2, width / 2, height / 2, height / 2)


def extent(mark: Mark, scale: float, look: Look) -> Extent:
    """The room that ``mark`` wants at ``scale``, its label included."""
    bare = _extent(mark, scale, look)
    if not look.say(mark.label):
        return bare
    half = look.text_width(mark.label, look.theme.medium, bold=True) / 2
    return replace(
        bare,
        left=max(bare.left, half),
        right=max(bare.right, half),
        up=bare.up + GAP + look.theme.medium,
    )


@singledispatch
def _extent(mark: Mark, scale: float, look: Look) -> Extent:
    raise TypeError(f"no room is known for {type(mark).__name__}")


def column(mark: Units) -> tuple[int, float, float]:
    """How many neurons stand abreast, their pitch and their radius, at scale 1."""
    count = len(mark.values)
    if count <= TALLEST or mark.names:
        return 1, PITCH, RADIUS
    abreast = -(-count // ABREAST)
    pitch = PITCH * TALLEST / -(-count // abreast)
    return abreast, pitch, 0.44 * pitch


@_extent.register
def _(mark: Units, scale: float, look: Look) -> Extent:
    count = len(mark.values)
    abreast, pitch, radius = column(mark)
    rows = -(-count // abreast)
    room = core(((abreast - 1) * pitch + 2 * radius) * scale, ((rows - 1) * pitch + 2 * radius) * scale)
    beside = max((look.text_width(name, look.theme.small) for name in mark.names), default=-GAP) + GAP
    room = room.around(**{mark.side: beside})
    if mark.highlight:
        reach = (RING - 1) * radius * scale + RING_WIDTH / 2
        room = replace(
            room.around(up=reach, down=reach),
            left=max(room.left, room.width / 2 + reach),
            right=max(room.right, room.width / 2 + reach),
        )
    if len(mark.values) < (mark.of or 0):
        half = look.text_width(cut_note(count, mark.of or 0), look.theme.small) / 2
        room = replace(
            room.around(down=look.theme.small + GAP), left=max(room.left, half), right=max(room.right, half)
        )
    return room


def cut_note(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return {"en": f"{shown} of {of} shown", "ja": f"{of} 個のうち {shown} 個"}


@_extent.register
def _(mark: Wires, scale: float, look: Look) -> Extent:
    crowded = mark.weights.size > TALLEST**2
    return replace(core(1.7 * scale, 0.0), stretch=4.0 if crowded else max(2.6 * scale, 2.2))


@_extent.register
def _(mark: Link, scale: float, look: Look) -> Extent:
    return replace(core(0.9 * scale, 0.0), stretch=1.0 * scale)


def cell_size(mark: Grid, scale: float, look: Look) -> float:
    """Side of a cell; wide enough for its number where numbers are written."""
    side: float = min(0.55, 3.6 / max(mark.values.shape)) * scale
    if mark.digits is not None:
        written = (number(float(v), mark.digits) for v in mark.values.flat)
        widest = max(look.text_width(word, look.theme.small) for word in written)
        side = max(side, widest + 0.12, look.theme.small * 1.3)
    if mark.rows:
        side = max(side, look.theme.small * 1.1)
    return side


def number(value: float, digits: int = 2) -> str:
    """A value as it is written on the screen, with a true minus sign and no minus before zero."""
    text = f"{value:.{digits}f}"
    return (text[1:] if text.startswith("-") and float(text) == 0 else text).replace("-", "−")


def turned(mark: Grid, side: float, look: Look) -> bool:
    """Whether the names of the columns have to stand upright."""
    return any(look.text_width(name, look.theme.small) > side * 0.95 for name in mark.columns)


@_extent.register
def _(mark: Grid, scale: float, look: Look) -> Extent:
    side, small = cell_size(mark, scale, look), look.theme.small
    rows, columns = mark.values.shape
    room = core(columns * side, rows * side)
    names = max((look.text_width(name, small) for name in mark.rows), default=-GAP) + GAP
    above = 0.0
    if mark.columns:
        widest = max(look.text_width(name, small) for name in mark.columns)
        above = GAP + (widest if turned(mark, side, look) else small)
    room = room.around(left=names, up=above)
    if mark.of == mark.values.shape:
        return room
    half = look.text_width(grid_cut(mark), small) / 2
    return replace(room.around(down=small + GAP), left=max(room.left, half), right=max(room.right, half))


def grid_cut(mark: Grid) -> Words:
    """The words under a grid of which some rows or columns are not here."""
    (rows, columns), (all_rows, all_columns) = mark.values.shape, mark.of or mark.values.shape
    if rows == all_rows:
        return cut_note(columns, all_columns)
    return (
        cut_note(rows, all_rows)
        if columns == all_columns
        else cut_note(rows * columns, all_rows * all_columns)
    )


def token_size(scale: float, look: Look) -> float:
    """Text size of tokens: they grow in steps, so that only the three sizes are ever seen."""
    sizes = look.theme
    return sizes.large if scale >= 1.2 else sizes.medium if scale >= 0.8 else sizes.small


def token_widths(mark: Tokens, scale: float, look: Look) -> list[float]:
    """Width of each chip."""
    return _chips(mark, token_size(scale, look), look)


def _chips(mark: Tokens, size: float, look: Look) -> list[float]:
    written = [look.theme.small if i in mark.small else size for i in range(len(mark.words))]
    return [
        max(look.text_width(word, wrote), 0.4 * size) + 0.7 * size
        for word, wrote in zip(mark.words, written, strict=True)
    ]


TOKEN_GAP, TOKEN_LEADING = 0.12, 0.2
"""Between the chips of a line, and between lines."""


def token_lines(mark: Tokens, scale: float, look: Look) -> list[range]:
    """The indices of the chips of each line; a line is broken only where no size would make it fit."""
    room = look.width - 2 * MARGIN if mark.width is None else mark.width
    if len(_broken(_chips(mark, look.theme.small, look), room)) == 1:
        return [range(len(mark.words))]
    widths = token_widths(mark, scale, look)
    lines = _broken(widths, room)
    low, high = 0.0, room
    for _ in range(12 if len(lines) > 1 else 0):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_broken(widths, middle)) <= len(lines) else (middle, high)
    return _broken(widths, high)


def _broken(widths: list[float], room: float) -> list[range]:
    starts, used = [0], 0.0
    for i, width in enumerate(widths):
        used += width + TOKEN_GAP * (i > starts[-1])
        if used > room + 1e-9 and i > starts[-1]:
            starts.append(i)
            used = width
    return [range(a, b) for a, b in pairwise([*starts, len(widths)])]


@_extent.register
def _(mark: Tokens, scale: float, look: Look) -> Extent:
    widths, lines = token_widths(mark, scale, look), token_lines(mark, scale, look)
    widest = max(sum(widths[i] for i in line) + TOKEN_GAP * (len(line) - 1) for line in lines)
    tall = 1.7 * token_size(scale, look) * len(lines) + TOKEN_LEADING * (len(lines) - 1)
    cut = len(mark.words) < (mark.of or 0)
    return core(widest, tall).around(down=look.theme.small + GAP if cut else 0.0)


@_extent.register
def _(mark: Arcs, scale: float, look: Look) -> Extent:
    return core(0.0, 1.5 * scale)


@_extent.register
def _(mark: Picture, scale: float, look: Look) -> Extent:
    rows, columns = mark.pixels.shape[:2]
    height = 3.0 * scale
    return core(height * mark.aspect * columns / rows, height)


def _axes(mark: Cloud | Curve | Histogram, scale: float, look: Look) -> Extent:
    small = look.theme.small
    tall = max(2.4 * scale, 2.4 * small)  # room for the two numbers beside the axis
    room = core(tall * mark.aspect, tall)
    low, high = ticks(mark.y_limits or (0, 1))
    beside = max(look.text_width(low, small), look.text_width(high, small)) + GAP
    above = small + GAP if look.say(mark.y_name) else small / 2
    # Axis names may be wider than the axis; they start at its left end.
    wide = max(look.text_width(mark.x_name, small), look.text_width(mark.y_name, small))
    ends = look.text_width(ticks(mark.x_limits or (0, 1))[1], small) / 2
    right = max(ends, wide - room.width)
    if isinstance(mark, Cloud):  # a point may stand on the very edge
        reach = dot_radius(mark, scale) * (DOT_RING if mark.highlight else 1.0) + 0.03
        reach = max(reach, thumb(scale) / 2 + 0.03 if mark.pictures else 0.0)
        right, above = max(right, reach), max(above, reach)
    below = small + GAP if not look.say(mark.x_name) else 2 * small + 1.5 * GAP
    return room.around(left=beside, right=right, up=above, down=below)


DOT_RING = 2.4
"""Radius of the ring around a point that is spoken of, relative to the point's."""


def thumb(scale: float) -> float:
    """Longer side of a picture that stands for a point of a Cloud."""
    return 0.42 * max(scale, 0.6)


def dot_radius(mark: Cloud, scale: float) -> float:
    """Radius of the points of a Cloud."""
    return (0.075 if len(mark.points) <= 200 else 0.045) * math.sqrt(max(scale, 0.6))


def ticks(limits: tuple[float, float]) -> tuple[str, str]:
    """How the ends of an axis are written."""
    low, high = limits
    digits = (
        0 if high - low >= 8 and low == round(low) and high == round(high) else 1 if high - low >= 1 else 2
    )
    return number(low, digits), number(high, digits)


_extent.register(Cloud, _axes)
_extent.register(Curve, _axes)
_extent.register(Histogram, _axes)


def bar_pitch(scale: float, look: Look) -> float:
    """From one bar to the next."""
    return max(0.46 * scale, look.theme.small * 1.35)


def bar_number(mark: Bars, value: float) -> str:
    """How a bar's value is written."""
    return number(100 * value, max(mark.digits - 2, 0)) + " %" if mark.percent else number(value, mark.digits)


@_extent.register
def _(mark: Bars, scale: float, look: Look) -> Extent:
    small, count = look.theme.small, len(mark.values)
    room = core(3.0 * scale, count * bar_pitch(scale, look))
    names = max((look.text_width(name, small) for name in mark.names), default=-GAP) + GAP
    numbers = max(look.text_width(bar_number(mark, v), small) for v in mark.values) + GAP
    cut = count < (mark.of or 0)
    return room.around(left=names, right=numbers, down=small + GAP if cut else 0.0)


def formula_size(mark: Formula, scale: float, look: Look) -> float:
    """Text size of a formula: it grows with the picture, but never falls below its own size."""
    return look.theme.size(mark.size) * min(max(scale, 1.0), 1.3)


@_extent.register
def _(mark: Formula, scale: float, look: Look) -> Extent:
    set_, size = look.formula(mark), formula_size(mark, scale, look)
    return core(set_.width * size, (set_.ascent + set_.descent) * size)


@_extent.register
def _(mark: Block, scale: float, look: Look) -> Extent:
    theme = look.theme
    widest = max(
        look.text_width(mark.name, theme.medium, bold=True), look.text_width(mark.detail, theme.small)
    )
    tall = theme.medium * LINE + (theme.small * LINE if look.say(mark.detail) else 0.0)
    return core(max(widest + 0.5, 1.5 * scale), max(tall + 0.3, 1.0 * scale))


def text_lines(mark: Text, look: Look) -> list[str]:
    """The lines of a Text."""
    theme = look.theme
    font = theme.bold if mark.bold else theme.font
    return typeset.wrap(look.say(mark.words), font, theme.size(mark.size), mark.width)


@_extent.register
def _(mark: Text, scale: float, look: Look) -> Extent:
    lines, size = text_lines(mark, look), look.theme.size(mark.size)
    widest = max(shapes.width(line, size, look.theme, mark.bold) for line in lines)
    return core(widest, size * (1 + LINE * (len(lines) - 1)))
