"""A small world of pictures, drawn from labels.

A label row says: a thing, its colour, size and place, a background, a style; or two things side by side.
Nothing is
stored: a picture is computed from its labels and a seed with signed distance functions, antialiased, in
numpy. Widths (outlines, stripes, blocks) belong to the picture's frame, so 32 and 64 pixels show the same
picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnanim.data.things import THINGS as SHAPES
from nnanim.data.things import distances
from nnanim.errors import UserError, nearest

Labels = NDArray[np.int64]
Pictures = NDArray[np.float32]

THINGS = tuple(SHAPES)
COLOURS = ("red", "yellow", "green", "blue", "purple", "pink")
SIZES = ("small", "large")
PLACES = ("left", "middle", "right")
BACKGROUNDS = ("night", "snow", "meadow", "sunset")
STYLES = ("plain", "neon", "striped", "pixel", "sticker")

COLUMNS = {
    "thing": THINGS, "colour": COLOURS, "size": SIZES, "place": PLACES,
    "background": BACKGROUNDS, "style": STYLES,
    "second thing": THINGS, "second colour": COLOURS,
}  # fmt: skip
NONE = -1

HELD_OUT_COLOURS = tuple((2 * k, (2 * k + 1) % len(COLOURS)) for k in range(8))
HELD_OUT_STYLES = tuple((2 * k + 1, k % len(STYLES)) for k in range(8))

_RGB = np.array(
    [
        (0.90, 0.12, 0.14),
        (0.98, 0.80, 0.08),
        (0.12, 0.62, 0.22),
        (0.13, 0.35, 0.92),
        (0.56, 0.18, 0.80),
        (1.0, 0.52, 0.74),
    ],
    dtype=np.float32,
)
_SKY = np.array(
    [[(0.03, 0.04, 0.14), (0.13, 0.13, 0.34)], [(0.72, 0.83, 0.94), (0.88, 0.94, 0.99)],
     [(0.56, 0.80, 0.96), (0.80, 0.93, 0.99)], [(0.55, 0.40, 0.62), (1.00, 0.72, 0.48)]],
    dtype=np.float32,
)  # fmt: skip
_GROUND = np.array(
    [(0.07, 0.08, 0.20), (0.97, 0.98, 1.0), (0.52, 0.76, 0.38), (0.62, 0.42, 0.40)], dtype=np.float32
)


def labels(**words: str) -> Labels:
    """One row of labels, shape (1, 8), from words: ``labels(thing="cat", colour="red")``.

    What is not said is plain.

    Raises:
        UserError: an unknown attribute or word, with the nearest one.
    """
    row = {
        "thing": "cat", "colour": "red", "size": "large", "place": "middle",
        "background": "snow", "style": "plain",
    }  # fmt: skip
    row |= {name.replace("_", " "): word for name, word in words.items()}
    if "second thing" in row:
        row = {"second colour": "blue", **row, "size": "small", "place": "middle"}
    found = np.full((1, len(COLUMNS)), NONE, dtype=np.int64)
    for name, word in row.items():
        if name not in COLUMNS:
            raise UserError(f"the world has no attribute {name!r}{nearest(name, COLUMNS)}")
        if word not in COLUMNS[name]:
            raise UserError(f"the world has no {name} {word!r}{nearest(word, COLUMNS[name])}")
        found[0, list(COLUMNS).index(name)] = COLUMNS[name].index(word)
    return found


def sample(n: int, rng: np.random.Generator, two: float = 0.0, held_out: bool = False) -> Labels:
    """Random labels, shape (n, 8), each attribute evenly.

    Second thing and colour are -1 where there is one thing.

    Args:
        n: how many.
        rng: the source of chance.
        two: share of pictures with two things; these are small, side by side, and not the same thing twice.
        held_out: only combinations that are kept from training (`is_held_out`); otherwise none of them.
    """
    kept: list[Labels] = []
    while sum(map(len, kept)) < n:
        rows = np.stack([rng.integers(0, len(words), 2 * n + 16) for words in COLUMNS.values()], axis=1)
        double = rng.random(len(rows)) < two
        rows[~double, 6:] = NONE
        rows[double, 2], rows[double, 3] = SIZES.index("small"), PLACES.index("middle")
        if held_out:
            rows = _with_held_out_pair(rows, rng)
        kept.append(rows[(is_held_out(rows) == held_out) & (rows[:, 0] != rows[:, 6])])
    return np.concatenate(kept)[:n]


def is_held_out(rows: Labels) -> NDArray[np.bool_]:
    """Which rows hold a combination of thing and colour, or of thing and style.

    That no training ever sees.
    """
    found = np.zeros(len(rows), dtype=bool)
    for thing, colour in HELD_OUT_COLOURS:
        found |= (rows[:, 0] == thing) & (rows[:, 1] == colour)
        found |= (rows[:, 6] == thing) & (rows[:, 7] == colour)
    for thing, style in HELD_OUT_STYLES:
        found |= ((rows[:, 0] == thing) | (rows[:, 6] == thing)) & (rows[:, 5] == style)
    return found


def draw(rows: Labels, rng: np.random.Generator | int, side: int = 64) -> Pictures:
    """The pictures of some labels: (n, side, side, 3), 0..1.

    Place, size and colour tremble a little with ``rng``, a generator or a seed.

    Raises:
        UserError: labels of another shape, or a side that is no multiple of 16.
    """
    if rows.ndim != 2 or rows.shape[1] != len(COLUMNS):
        raise UserError(f"labels have shape (n, {len(COLUMNS)}), got {rows.shape}")
    if side < 16 or side % 16:
        raise UserError(f"a picture's side is a multiple of 16 pixels, got {side}")
    n = len(rows)
    trembling = np.random.default_rng(rng).uniform(-1, 1, (n, 2, 6)).astype(np.float32)
    pictures = _backgrounds(rows[:, 4], side)
    neon = rows[:, 5] == STYLES.index("neon")
    pictures[neon] = 0.4 * pictures[neon]
    for which, (thing, colour) in enumerate(((0, 1), (6, 7))):
        some = np.flatnonzero(rows[:, thing] != NONE)
        if some.size:
            layers = _fields(rows[some], which, trembling[some, which], side)
            rgb = np.clip(_RGB[rows[some, colour]] + 0.05 * trembling[some, which, 3:], 0, 1)
            pictures[some] = _paint_thing(pictures[some], *layers, rgb, rows[some, 5])
    blocks = rows[:, 5] == STYLES.index("pixel")
    pictures[blocks] = _pixelate(pictures[blocks], side // 16)
    return np.clip(pictures, 0, 1)


def _backgrounds(which: Labels, side: int) -> Pictures:
    """Sky above, ground below a gently curved horizon."""
    ticks = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(ticks, -ticks)
    up = ((y + 1) / 2)[None, :, :, None]
    sky = _SKY[which, 0][:, None, None] * up + _SKY[which, 1][:, None, None] * (1 - up)
    ground = np.clip(0.5 + (-0.5 + 0.12 * np.cos(2 * x) - y) * side / 2, 0, 1)[None, :, :, None]
    return np.asarray(sky * (1 - ground) + _GROUND[which][:, None, None] * ground, dtype=np.float32)


def _fields(rows: Labels, which: int, trembling: Pictures, side: int) -> tuple[Pictures, Pictures]:
    """Distances to body and detail in units of half the frame, (n, side, side) each."""
    double = rows[:, 6] != NONE
    radius = np.where(double, 0.48, np.where(rows[:, 2] == SIZES.index("large"), 0.84, 0.64))
    offset = np.where(double, (2 * which - 1) * 0.5, (rows[:, 3] - 1) * np.where(radius > 0.7, 0.2, 0.36))
    radius = (radius * (1 + 0.04 * trembling[:, 0])).astype(np.float32)[:, None, None]
    cx = (offset + 0.03 * trembling[:, 1]).astype(np.float32)[:, None, None]
    cy = (0.05 * trembling[:, 2]).astype(np.float32)[:, None, None]
    ticks = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(ticks, -ticks)
    found = distances(rows[:, 6 if which else 0], (x - cx) / radius, (y - cy) / radius)
    body: Pictures = found[:, 0] * radius
    detail: Pictures = found[:, 1] * radius
    return body, detail


def _paint_thing(
    under: Pictures, body: Pictures, detail: Pictures, rgb: Pictures, styles: Labels
) -> Pictures:
    """The thing over what is under it, in its style."""
    painted = np.empty_like(under)
    neon = styles == STYLES.index("neon")
    painted[neon] = _glowing(under[neon], body[neon], detail[neon], rgb[neon, None, None])
    painted[~neon] = _solid(under[~neon], body[~neon], detail[~neon], rgb[~neon, None, None], styles[~neon])
    return painted


def _solid(under: Pictures, body: Pictures, detail: Pictures, colour: Pictures, styles: Labels) -> Pictures:
    """Filled or striped; with a dark outline, or as a sticker with a white border and a shadow."""
    dark = colour * 0.3
    fill = np.broadcast_to(colour, under.shape).copy()
    ticks = np.arange(under.shape[1], dtype=np.float32) / under.shape[1]
    stripe = np.clip(0.5 + np.sin(2 * np.pi * 5 * ticks) * 2.0, 0, 1)[None, :, None, None]
    striped, sticker = styles == STYLES.index("striped"), styles == STYLES.index("sticker")
    fill[striped] += stripe * (0.96 - fill[striped])
    lower = max(1, under.shape[1] // 20)
    moved = np.pad(body[sticker], ((0, 0), (lower, 0), (lower, 0)), mode="edge")[:, :-lower, :-lower]
    shaded = under[sticker] * (1 - 0.5 * np.clip(1 - moved / 0.3, 0, 1)[..., None] ** 2)
    under[sticker] = shaded + _cover(body[sticker] - 0.13) * (1 - shaded)
    outlined = ~sticker & (styles != STYLES.index("pixel"))
    outline = np.where(outlined, 0.05, -0.05).astype(np.float32)[:, None, None]
    inner = dark + _cover(body + outline) * (fill - dark)
    inner = inner + _cover(detail) * (dark - inner)
    return np.asarray(under + _cover(body) * (inner - under), dtype=np.float32)


def _glowing(under: Pictures, body: Pictures, detail: Pictures, colour: Pictures) -> Pictures:
    """A bright line around body and details, and its glow."""
    edge = np.minimum(np.abs(body + 0.03), np.maximum(np.abs(detail), body))
    glow = np.exp(-np.maximum(edge - 0.03, 0) / 0.13)[..., None]
    glowing = under * (1 - 0.6 * glow) + colour * glow * 0.75
    return np.asarray(glowing + _cover(edge - 0.05) * (0.25 + 0.75 * colour - glowing), dtype=np.float32)


def _cover(distance: Pictures) -> Pictures:
    """How much of each pixel lies inside, 0..1: (n, side, side) -> (n, side, side, 1)."""
    covered: Pictures = np.clip(0.5 - distance * (distance.shape[1] / 2), 0, 1)[..., None]
    return covered


def _pixelate(pictures: Pictures, block: int) -> Pictures:
    n, side = pictures.shape[:2]
    coarse = pictures.reshape(n, side // block, block, side // block, block, 3).mean((2, 4))
    return np.repeat(np.repeat(coarse, block, 1), block, 2)


def _with_held_out_pair(rows: Labels, rng: np.random.Generator) -> Labels:
    """The rows, each with one of the held-out pairs put in."""
    rows = rows.copy()
    pair = rng.integers(0, len(HELD_OUT_COLOURS) + len(HELD_OUT_STYLES), len(rows))
    for i, k in enumerate(pair):
        if k < len(HELD_OUT_COLOURS):
            rows[i, 0], rows[i, 1] = HELD_OUT_COLOURS[k]
        else:
            rows[i, 0], rows[i, 5] = HELD_OUT_STYLES[k - len(HELD_OUT_COLOURS)]
    return rows
