"""Drawing cells: matrices, pictures and the pieces of a sentence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.draw.base import ink, small_print
from nnanim.layout import Frame, Placed, number
from nnanim.layout.base import GAP, cut_note
from nnanim.layout.legend import WIDEST
from nnanim.layout.tables import (
    TOKEN_GAP,
    TOKEN_LEADING,
    grid_cut,
    grid_print,
    token_lines,
    token_size,
    token_widths,
    turned,
)
from nnanim.marks import Arcs, Grid, Picture, Tokens
from nnanim.shapes import Boxes, Polyline, Raster, Shapes
from nnanim.theme import DIM, Theme

Floats = npt.NDArray[np.float64]


def cells(placed: Placed) -> tuple[Floats, Floats]:
    """(rows, columns, 2) middles and (2,) size of the cells of a placed Grid, Picture or Tokens."""
    mark = placed.mark
    if isinstance(mark, Tokens):
        raise TypeError("tokens are not of one size; ask token_boxes")
    rows, columns = (mark.values if isinstance(mark, Grid) else mark.pixels).shape[:2]  # type: ignore[attr-defined]
    size = np.array([placed.w / columns, placed.h / rows])
    x = placed.x - placed.w / 2 + (np.arange(columns) + 0.5) * size[0]
    y = placed.y + placed.h / 2 - (np.arange(rows) + 0.5) * size[1]
    return np.stack(np.meshgrid(x, y), axis=-1), size


def token_boxes(placed: Placed, frame: Frame) -> tuple[Floats, Floats]:
    """(n, 2) middles and sizes of the chips of placed Tokens."""
    mark: Tokens = placed.mark  # type: ignore[assignment]
    widths: Floats = np.array(token_widths(mark, placed.scale, frame.style))
    lines = token_lines(mark, placed.scale, frame.style)
    tall = (placed.h - TOKEN_LEADING * (len(lines) - 1)) / len(lines)
    middles = np.empty((len(widths), 2))
    for row, line in enumerate(lines):
        ends = np.cumsum(widths[line.start : line.stop] + TOKEN_GAP) - TOKEN_GAP
        middles[line.start : line.stop, 0] = (
            placed.x - ends[-1] / 2 + ends - widths[line.start : line.stop] / 2
        )
        middles[line.start : line.stop, 1] = placed.y + placed.h / 2 - tall / 2 - row * (tall + TOKEN_LEADING)
    return middles, np.column_stack([widths, np.full(len(widths), tall)])


def grid_colors(mark: Grid, theme: Theme) -> Floats:
    """(rows, columns, 4) colour of each cell; barred cells take the panel's.

    A veil has the colour of the scale's end and a value's share of it as alpha: over the ground, the same.
    """
    share = mark.values / (mark.limit or 1.0)
    if mark.role == "grey":
        colors = np.concatenate(
            [np.repeat(share[..., None], 3, axis=-1), np.ones((*share.shape, 1))], axis=-1
        )
    else:
        colors = theme.signed(share, mark.role)
    if mark.veil:
        ends = np.where(share[..., None] >= 0, theme.rgba(mark.role)[:3], theme.rgba("negative")[:3])
        colors = np.concatenate([ends, np.abs(share)[..., None]], axis=-1)
    if mark.mask is not None:
        colors[mark.mask] = theme.rgba("panel")
    return colors


FEW = 1024
"""Up to so many cells each is a box with a gap; beyond, the grid is a texture."""


@ink.register
def _(mark: Grid, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    at, size = cells(placed)
    colors = grid_colors(mark, theme)
    if mark.veil or mark.values.size > FEW:
        pixels = np.round(colors * 255).astype(np.uint8)
        seen: Shapes = (Raster((placed.x, placed.y), (placed.w, placed.h), pixels),)
    else:
        middles = at.reshape(-1, 2)
        rims = np.tile(theme.rgba("outline", 0.45), (len(middles), 1))
        seen = (
            Boxes(middles, np.tile(size * 0.94, (len(middles), 1)), colors.reshape(-1, 4), rims, 0.012, 0.03),
        )
    return (
        seen
        + _cell_numbers(mark, placed.scale, at, colors, frame)
        + _names(mark, placed, at, size, frame)
        + _rings(mark, at, size, theme)
    )


def _cell_numbers(mark: Grid, scale: float, at: Floats, colors: Floats, frame: Frame) -> Shapes:
    if mark.digits is None:
        return ()
    theme, size = frame.style.theme, grid_print(mark, scale, frame.style)
    seen: Shapes = ()
    for index in np.ndindex(mark.values.shape):
        if mark.mask is None or not mark.mask[index]:
            word, (x, y) = number(float(mark.values[index]), mark.digits), at[index]
            seen += shapes.text(word, x, y, size, theme.ink_on(colors[index]), theme)
    return seen


def _names(mark: Grid, placed: Placed, at: Floats, size: Floats, frame: Frame) -> Shapes:
    theme, wrote = frame.style.theme, grid_print(mark, placed.scale, frame.style)
    seen: Shapes = ()
    for i, name in enumerate(mark.rows):
        seen += small_print(name, placed.x - placed.w / 2 - GAP, at[i, 0, 1], frame, "right", "ink", wrote)
    upright = turned(mark, float(size[0]), wrote, frame.style)
    for j, name in enumerate(mark.columns):
        x, y = at[0, j, 0], placed.y + placed.h / 2 + GAP
        word, color = frame.style.say(name), theme.rgba("ink")
        if upright:
            seen += shapes.text(word, x, y, wrote, color, theme, "left", turn=1)
        else:
            seen += shapes.text(word, x, y + wrote / 2, wrote, color, theme)
    if mark.of != mark.values.shape:
        below = placed.y - placed.h / 2 - GAP - theme.small / 2
        seen += small_print(grid_cut(mark), placed.x, below, frame)
    return seen


def _rings(mark: Grid, at: Floats, size: Floats, theme: Theme) -> Shapes:
    """A ring around each highlighted cell; neighbours in a row share one."""
    runs: list[list[tuple[int, int]]] = []
    for row, column in sorted(mark.highlight):
        if runs and runs[-1][-1] == (row, column - 1):
            runs[-1].append((row, column))
        else:
            runs.append([(row, column)])
    if not runs:
        return ()
    middles = np.array([(at[run[0]] + at[run[-1]]) / 2 for run in runs])
    return (window(middles, np.array([size * [len(run), 1] for run in runs]), theme),)


def window(middles: Floats, sizes: Floats, theme: Theme) -> Boxes:
    """Rings in the accent colour around cells."""
    clear = np.zeros((len(middles), 4))
    return Boxes(middles, sizes, clear, np.tile(theme.rgba("accent"), (len(middles), 1)), 0.06, 0.05)


FAINT = 0.005
"""A weight that is written as 0.00 has no line."""


@ink.register
def _(mark: Arcs, placed: Placed, frame: Frame) -> Shapes:
    theme, tokens = frame.style.theme, frame[str(mark.tokens)]
    middles, sizes = token_boxes(tokens, frame)
    tops = middles + sizes * [0, 0.5]
    start, reach = tops[mark.origin], np.abs(middles[:, 0] - middles[mark.origin, 0])
    t = np.linspace(0, 1, 33)[:, None]
    seen: Shapes = ()
    for i in np.argsort(mark.weights, kind="stable"):
        if mark.weights[i] < FAINT:
            continue
        # The farther, the higher, so that the lines do not lie on each other; a token's own is a small loop.
        high = placed.h * (0.35 + 0.65 * reach[i] / max(float(reach.max()), 1e-9))
        side = 0.22 * sizes[i, 0] * np.array([1.0, 0.0]) * (i == mark.origin)
        ends = start - side, tops[i] + side
        over = np.array([[0.0, high * 4 / 3]])
        curve = (1 - t) ** 3 * ends[0] + 3 * (1 - t) ** 2 * t * (ends[0] + over)
        curve = curve + 3 * (1 - t) * t**2 * (ends[1] + over) + t**3 * ends[1]
        color = theme.rgba(mark.role, 0.25 + 0.75 * float(mark.weights[i]))
        seen += (Polyline(curve, color, max(WIDEST * placed.scale * float(mark.weights[i]), 0.01)),)
    return seen


@ink.register
def _(mark: Tokens, placed: Placed, frame: Frame) -> Shapes:
    theme, size = frame.style.theme, token_size(placed.scale, frame.style)
    middles, sizes = token_boxes(placed, frame)
    panel = theme.rgba("panel")
    strength = np.zeros(len(mark.words)) if mark.values is None else mark.values
    fills = panel + (theme.rgba(mark.role) - panel) * strength[:, None]
    rims = np.tile(theme.rgba("outline"), (len(middles), 1))
    light = np.ones((len(middles), 4))
    light[list(mark.dimmed), 3] = DIM
    seen: Shapes = (Boxes(middles, sizes, fills * light, rims * light, 0.025, 0.1),)
    for i, (word, (x, y), fill) in enumerate(zip(mark.words, middles, fills, strict=True)):
        wrote = theme.small if i in mark.small else size
        said = word.replace(" ", "␣") if not word.strip() else word
        seen += shapes.text(said, x, y, wrote, theme.ink_on(fill) * light[i], theme)
    if len(mark.words) < (mark.of or 0):
        below = placed.y - placed.h / 2 - GAP - theme.small / 2
        seen += small_print(cut_note(len(mark.words), mark.of or 0), placed.x, below, frame)
    if mark.highlight:
        chosen = list(mark.highlight)
        seen += (window(middles[chosen], sizes[chosen], theme),)
    return seen


def picture_pixels(mark: Picture, theme: Theme) -> npt.NDArray[np.uint8]:
    """(height, width, 4) bytes of a picture in the theme's colours."""
    share = (mark.pixels - mark.low) / (mark.high - mark.low)
    if mark.pixels.ndim == 3:
        rgb = share
    elif mark.colors == "diverging":
        rgb = theme.signed(np.clip(2 * share - 1, -1, 1))[..., :3]
    else:
        rgb = np.repeat(share[..., None], 3, axis=2)
    alpha = np.ones((*rgb.shape[:2], 1))
    rgba: Floats = np.clip(np.concatenate([rgb, alpha], axis=2), 0, 1)
    return np.round(rgba * 255).astype(np.uint8)


@ink.register
def _(mark: Picture, placed: Placed, frame: Frame) -> Shapes:
    theme, box = frame.style.theme, (np.array([[placed.x, placed.y]]), np.array([[placed.w, placed.h]]))
    rim = Boxes(*box, np.zeros((1, 4)), theme.rgba("outline")[None], 0.025)
    raster = Raster((placed.x, placed.y), (placed.w, placed.h), picture_pixels(mark, theme), mark.smooth)
    return (raster, rim)
