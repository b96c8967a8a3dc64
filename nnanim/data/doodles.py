"""Doodles: pictures of things that the small world does not hold, drawn by rule. No model has ever seen one.

Good to start a caption loop with: the captioner has to say something, and knows no word for what it sees.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, nearest

Pictures = NDArray[np.float32]
Field = NDArray[np.floating]
Colour = tuple[float, float, float]

PAPER, INK, WHITE = (0.97, 0.95, 0.88), (0.12, 0.12, 0.16), (1.0, 1.0, 1.0)
RED, YELLOW, GREEN, BLUE = (0.88, 0.16, 0.14), (0.98, 0.80, 0.12), (0.18, 0.62, 0.28), (0.16, 0.40, 0.90)


def draw(name: str, side: int = 64) -> Pictures:
    """A doodle by its name: (side, side, 3), 0..1.

    Raises:
        UserError: there is no such doodle, or a side below 8.
    """
    if name not in DOODLES:
        raise UserError(f"there is no doodle {name!r}{nearest(name, DOODLES)}")
    if side < 8:
        raise UserError(f"a doodle has at least 8 pixels a side, got {side}")
    ticks = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(ticks, -ticks)
    canvas = np.empty((side, side, 3), dtype=np.float32)
    canvas[:] = PAPER
    for distance, colour in DOODLES[name](x, y):
        cover = np.clip(0.5 - distance * side / 2, 0, 1)[..., None]
        canvas += cover * (np.array(colour, dtype=np.float32) - canvas)
    return canvas


def names() -> tuple[str, ...]:
    """Every doodle."""
    return tuple(DOODLES)


def _disc(x: Field, y: Field, cx: float, cy: float, r: float) -> Field:
    return np.asarray(np.hypot(x - cx, y - cy) - r)


def _box(x: Field, y: Field, cx: float, cy: float, w: float, h: float) -> Field:
    return np.asarray(np.maximum(np.abs(x - cx) - w, np.abs(y - cy) - h))


def _bow(x: Field, y: Field, cy: float, r: float, width: float, up: bool) -> Field:
    """Half a ring around (0, cy): its upper or its lower half."""
    ring = np.abs(_disc(x, y, 0, cy, r)) - width
    return np.asarray(np.maximum(ring, (cy - y) if up else (y - cy)))


Layers = list[tuple[Field, Colour]]


def _smiley(x: Field, y: Field) -> Layers:
    eyes = np.minimum(_disc(x, y, -0.28, 0.22, 0.1), _disc(x, y, 0.28, 0.22, 0.1))
    face = _disc(x, y, 0, 0, 0.74)
    return [(face - 0.06, INK), (face, YELLOW), (eyes, INK), (_bow(x, y, -0.05, 0.42, 0.05, False), INK)]


def _snowman(x: Field, y: Field) -> Layers:
    body = np.minimum(_disc(x, y, 0, -0.42, 0.42), _disc(x, y, 0, 0.22, 0.3))
    eyes = np.minimum(_disc(x, y, -0.1, 0.3, 0.045), _disc(x, y, 0.1, 0.3, 0.045))
    hat = np.minimum(_box(x, y, 0, 0.52, 0.32, 0.05), _box(x, y, 0, 0.7, 0.2, 0.18))
    nose = _box(x, y, 0.08, 0.2, 0.12, 0.03)
    sky = _box(x, y, 0, 0.2, 2, 0.8)
    return [(sky, (0.55, 0.75, 0.95)), (body - 0.04, INK), (body, WHITE), (eyes, INK), (hat, INK),
            (nose, (0.95, 0.5, 0.1))]  # fmt: skip


def _traffic_light(x: Field, y: Field) -> Layers:
    lamps = [(_disc(x, y, 0, cy, 0.2), c) for cy, c in ((0.5, RED), (0.0, YELLOW), (-0.5, GREEN))]
    return [(_box(x, y, 0, 0, 0.34, 0.8), INK), *lamps]


def _rainbow(x: Field, y: Field) -> Layers:
    bands = ((0.8, RED), (0.66, (0.96, 0.55, 0.1)), (0.52, YELLOW), (0.38, GREEN), (0.24, BLUE))
    sky = _box(x, y, 0, 0, 2, 2)
    arcs = [(_bow(x, y, -0.4, r, 0.07, True), colour) for r, colour in bands]
    return [(sky, (0.74, 0.88, 0.98)), *arcs]


def _fried_egg(x: Field, y: Field) -> Layers:
    angle = np.arctan2(y, x)
    white = np.hypot(x, y) - 0.66 - 0.09 * np.sin(3 * angle + 1) - 0.05 * np.cos(5 * angle)
    return [(_box(x, y, 0, 0, 2, 2), (0.35, 0.37, 0.42)), (white * 0.8, WHITE),
            (_disc(x, y, 0.08, 0.05, 0.29), (0.98, 0.66, 0.08)),
            (_disc(x, y, -0.02, 0.15, 0.07), WHITE)]  # fmt: skip


def _target(x: Field, y: Field) -> Layers:
    rings = ((0.85, RED), (0.65, WHITE), (0.45, RED), (0.25, WHITE), (0.1, RED))
    return [(_disc(x, y, 0, 0, r), colour) for r, colour in rings]


def _robot(x: Field, y: Field) -> Layers:
    grey = (0.62, 0.68, 0.74)
    head = _box(x, y, 0, 0.3, 0.42, 0.32)
    body = _box(x, y, 0, -0.45, 0.56, 0.36)
    eyes = np.minimum(_disc(x, y, -0.18, 0.36, 0.1), _disc(x, y, 0.18, 0.36, 0.1))
    knob = np.minimum(_box(x, y, 0, 0.7, 0.03, 0.12), _disc(x, y, 0, 0.84, 0.08))
    return [(np.minimum(head, body) - 0.05, INK), (np.minimum(head, body), grey), (eyes, RED),
            (_box(x, y, 0, 0.12, 0.22, 0.04), INK), (knob, INK),
            (_disc(x, y, 0, -0.45, 0.14), BLUE)]  # fmt: skip


def _zebra_crossing(x: Field, y: Field) -> Layers:
    bars = np.minimum.reduce([_box(x, y, cx, 0, 0.1, 0.6) for cx in (-0.8, -0.4, 0.0, 0.4, 0.8)])
    return [(_box(x, y, 0, 0, 2, 2), (0.3, 0.31, 0.34)), (bars, WHITE)]


DOODLES: dict[str, Callable[[Field, Field], Layers]] = {
    "smiley": _smiley,
    "snowman": _snowman,
    "traffic light": _traffic_light,
    "rainbow": _rainbow,
    "fried egg": _fried_egg,
    "target": _target,
    "robot": _robot,
    "zebra crossing": _zebra_crossing,
}
"""What draws each: coordinates -1..1 to layers of signed distance and colour, the lowest first."""
