"""Sixteen bold little things as signed distance functions: negative inside, positive outside, 0 on the edge.

A thing lives in the square -1..1, y upwards. It has a body, which takes the colour, and details (eyes,
windows, wheels). The distances follow Inigo Quilez, "2D distance functions": exact for circles, boxes and
polygons, close for ellipses and unions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Thing = Callable[[Field, Field], tuple[Field, Field]]

SIDE = 160
REACH = 1.6


def circle(x: Field, y: Field, cx: float, cy: float, radius: float) -> Field:
    """Distance to a circle."""
    return np.hypot(x - cx, y - cy) - radius


def ellipse(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float) -> Field:
    """Nearly the distance to an ellipse."""
    k = np.hypot((x - cx) / rx, (y - cy) / ry)
    gradient = np.hypot((x - cx) / rx**2, (y - cy) / ry**2)
    near: Field = k * (k - 1) / np.maximum(gradient, 1e-9)
    return near


def box(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float, corner: float = 0.0) -> Field:
    """Distance to a box with half sides rx, ry and rounded corners."""
    dx, dy = np.abs(x - cx) - rx + corner, np.abs(y - cy) - ry + corner
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    distance: Field = outside + np.minimum(np.maximum(dx, dy), 0) - corner
    return distance


def polygon(x: Field, y: Field, *points: tuple[float, float]) -> Field:
    """Distance to a polygon through some points."""
    corners = np.array(points)
    distance = np.full(np.shape(x), np.inf)
    inside = np.zeros(np.shape(x), dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        ex, ey = bx - ax, by - ay
        along = np.clip(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey), 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - along * ex, y - ay - along * ey))
        crosses = (ay > y) != (by > y)
        inside ^= crosses & (x < ex * (y - ay) / (ey if ey else 1e-9) + ax)
    return np.where(inside, -distance, distance)


def union(*fields: Field) -> Field:
    """What lies in any of the shapes."""
    return reduce(np.minimum, fields)


def cut(field: Field, hole: Field) -> Field:
    """The shape without the hole."""
    return np.maximum(field, -hole)


def cat(x: Field, y: Field) -> tuple[Field, Field]:
    """A face with ears, eyes and a nose."""
    ears = union(
        polygon(x, y, (-0.82, 0.95), (-0.78, 0.0), (-0.1, 0.5)),
        polygon(x, y, (0.82, 0.95), (0.78, 0.0), (0.1, 0.5)),
    )
    eyes = union(ellipse(x, y, -0.34, 0.02, 0.14, 0.2), ellipse(x, y, 0.34, 0.02, 0.14, 0.2))
    nose = polygon(x, y, (-0.16, -0.26), (0.16, -0.26), (0.0, -0.46))
    return union(ellipse(x, y, 0, -0.16, 0.84, 0.74), ears), union(eyes, nose)


def unicorn(x: Field, y: Field) -> tuple[Field, Field]:
    """From the side, with a horn."""
    legs = union(box(x, y, -0.6, -0.6, 0.13, 0.36, 0.06), box(x, y, 0.14, -0.6, 0.13, 0.36, 0.06))
    neck = polygon(x, y, (-0.1, -0.1), (0.32, 0.62), (0.62, 0.4), (0.36, -0.35))
    head = ellipse(x, y, 0.58, 0.36, 0.38, 0.22)
    horn = polygon(x, y, (0.36, 0.5), (0.66, 0.5), (0.74, 1.08))
    tail = ellipse(x, y, -0.88, -0.12, 0.15, 0.34)
    return (
        union(ellipse(x, y, -0.24, -0.22, 0.6, 0.34), legs, neck, head, horn, tail),
        circle(x, y, 0.56, 0.4, 0.09),
    )


def fish(x: Field, y: Field) -> tuple[Field, Field]:
    """With a tail, a fin, an eye and a gill."""
    tail = polygon(x, y, (-0.35, 0.0), (-1.0, 0.6), (-0.82, 0.0), (-1.0, -0.6))
    fin = polygon(x, y, (-0.2, 0.35), (0.1, 0.8), (0.4, 0.35))
    gill = cut(circle(x, y, 0.16, 0, 0.34), circle(x, y, 0.04, 0, 0.36))
    return union(ellipse(x, y, 0.22, 0, 0.76, 0.5), tail, fin), union(circle(x, y, 0.62, 0.14, 0.12), gill)


def boat(x: Field, y: Field) -> tuple[Field, Field]:
    """A hull and two sails."""
    hull = polygon(x, y, (-1.0, -0.3), (1.0, -0.3), (0.6, -0.9), (-0.6, -0.9))
    sails = union(
        polygon(x, y, (0.06, 1.0), (0.06, -0.12), (0.86, -0.12)),
        polygon(x, y, (-0.14, 0.8), (-0.14, -0.12), (-0.76, -0.12)),
    )
    return union(hull, sails), box(x, y, -0.04, 0.3, 0.06, 0.66)


def house(x: Field, y: Field) -> tuple[Field, Field]:
    """With a roof, a chimney, a door and a window."""
    roof = polygon(x, y, (-1.0, 0.15), (0.0, 0.98), (1.0, 0.15))
    walls = union(box(x, y, 0, -0.4, 0.76, 0.56), box(x, y, 0.58, 0.62, 0.15, 0.34))
    return union(roof, walls), union(box(x, y, -0.3, -0.58, 0.2, 0.38), box(x, y, 0.34, -0.3, 0.2, 0.2))


def rocket(x: Field, y: Field) -> tuple[Field, Field]:
    """With fins, a window and a flame."""
    hull = np.maximum(circle(x, y, -0.62, -0.1, 1.04), circle(x, y, 0.62, -0.1, 1.04))
    hull = np.maximum(hull, -0.68 - y)
    fins = union(
        polygon(x, y, (-0.3, -0.1), (-0.84, -0.72), (-0.84, -0.96), (-0.2, -0.66)),
        polygon(x, y, (0.3, -0.1), (0.84, -0.72), (0.84, -0.96), (0.2, -0.66)),
    )
    flame = polygon(x, y, (-0.2, -0.7), (0.0, -1.06), (0.2, -0.7))
    return union(hull, fins), union(circle(x, y, 0, 0.1, 0.18), flame)


def moon(x: Field, y: Field) -> tuple[Field, Field]:
    """A crescent with an eye."""
    crescent = cut(circle(x, y, -0.05, 0, 0.94), circle(x, y, 0.42, 0.2, 0.72))
    return crescent, circle(x, y, -0.56, 0.2, 0.1)


def star(x: Field, y: Field) -> tuple[Field, Field]:
    """Five points and two eyes."""
    corners = [
        (radius * float(np.sin(turn)), radius * float(np.cos(turn)) - 0.06)
        for k in range(5)
        for radius, turn in ((1.05, 2 * np.pi * k / 5), (0.5, 2 * np.pi * (k + 0.5) / 5))
    ]
    return polygon(x, y, *corners), union(circle(x, y, -0.17, 0.06, 0.09), circle(x, y, 0.17, 0.06, 0.09))


def heart(x: Field, y: Field) -> tuple[Field, Field]:
    """With a gloss."""
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    across = np.sin(turns) ** 3
    up = (13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns) - np.cos(4 * turns)) / 15 + 0.12
    body = polygon(x, y, *zip(across.tolist(), up.tolist(), strict=True))
    return body, ellipse(x, y, -0.44, 0.4, 0.13, 0.19)


def flower(x: Field, y: Field) -> tuple[Field, Field]:
    """Five petals."""
    turns = 2 * np.pi * np.arange(5) / 5
    petals = [circle(x, y, 0.56 * float(np.sin(t)), 0.56 * float(np.cos(t)), 0.4) for t in turns]
    return union(*petals), circle(x, y, 0, 0, 0.28)


def tree(x: Field, y: Field) -> tuple[Field, Field]:
    """A fir with a trunk."""
    crown = union(
        polygon(x, y, (-0.5, 0.3), (0.0, 1.0), (0.5, 0.3)),
        polygon(x, y, (-0.68, -0.15), (0.0, 0.7), (0.68, -0.15)),
        polygon(x, y, (-0.86, -0.6), (0.0, 0.3), (0.86, -0.6)),
    )
    trunk = box(x, y, 0, -0.8, 0.16, 0.22)
    return union(crown, trunk), trunk


def key(x: Field, y: Field) -> tuple[Field, Field]:
    """A ring, a shaft and teeth."""
    ring = cut(circle(x, y, -0.48, 0, 0.54), circle(x, y, -0.48, 0, 0.2))
    shaft = box(x, y, 0.44, 0, 0.54, 0.17)
    teeth = union(box(x, y, 0.82, -0.28, 0.16, 0.32), box(x, y, 0.38, -0.24, 0.14, 0.28))
    body = union(ring, shaft, teeth)
    return body, np.full_like(body, 9.0)


def cup(x: Field, y: Field) -> tuple[Field, Field]:
    """With a handle."""
    bowl = polygon(x, y, (-0.8, 0.62), (0.5, 0.62), (0.32, -0.8), (-0.62, -0.8))
    handle = cut(circle(x, y, 0.5, 0.02, 0.46), circle(x, y, 0.5, 0.02, 0.22))
    return union(bowl, handle), ellipse(x, y, -0.15, 0.6, 0.62, 0.15)


def mushroom(x: Field, y: Field) -> tuple[Field, Field]:
    """With spots."""
    cap = np.maximum(ellipse(x, y, 0, -0.05, 1.0, 0.95), -0.05 - y)
    stem = box(x, y, 0, -0.5, 0.3, 0.46, 0.12)
    spots = union(
        circle(x, y, -0.48, 0.26, 0.17), circle(x, y, 0.08, 0.54, 0.18), circle(x, y, 0.56, 0.22, 0.15)
    )
    return union(cap, stem), spots


def car(x: Field, y: Field) -> tuple[Field, Field]:
    """With wheels and windows."""
    cabin = polygon(x, y, (-0.62, 0.0), (-0.42, 0.58), (0.3, 0.58), (0.62, 0.0))
    body = union(box(x, y, 0, -0.2, 1.0, 0.3, 0.14), cabin)
    wheels = union(circle(x, y, -0.54, -0.5, 0.26), circle(x, y, 0.54, -0.5, 0.26))
    windows = union(box(x, y, -0.26, 0.26, 0.18, 0.17), box(x, y, 0.2, 0.26, 0.18, 0.17))
    return union(body, wheels), union(wheels, windows)


def umbrella(x: Field, y: Field) -> tuple[Field, Field]:
    """With a scalloped edge and a hook."""
    dome = np.maximum(circle(x, y, 0, -0.1, 1.02), -0.1 - y)
    scallops = union(*[circle(x, y, cx, -0.14, 0.27) for cx in (-0.68, 0.0, 0.68)])
    handle = box(x, y, 0, -0.42, 0.1, 0.42)
    hook = np.maximum(np.abs(circle(x, y, 0.2, -0.8, 0.2)) - 0.1, y + 0.8)
    rod = union(handle, hook)
    return union(cut(dome, scallops), rod), rod


THINGS: dict[str, Thing] = {
    "cat": cat, "unicorn": unicorn, "fish": fish, "boat": boat, "house": house, "rocket": rocket,
    "moon": moon, "star": star, "heart": heart, "flower": flower, "tree": tree, "key": key, "cup": cup,
    "mushroom": mushroom, "car": car, "umbrella": umbrella,
}  # fmt: skip


@cache
def table() -> NDArray[np.float32]:
    """Every thing's distances on a grid over -REACH..REACH.

    (things, 2 body and detail, SIDE, SIDE), row = y.
    """
    ticks = np.linspace(-REACH, REACH, SIDE)
    x, y = np.meshgrid(ticks, ticks)
    fields: NDArray[np.float32] = np.array([thing(x, y) for thing in THINGS.values()], dtype=np.float32)
    fields.flags.writeable = False
    return fields


def distances(
    which: NDArray[np.int64], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Distances of thing ``which[i]`` at the points x[i], y[i].

    (n, h, w) each -> (n, 2, h, w), between the table's points.

    Points beyond the table take its border's distance plus the way to the border.
    """
    fields = table().reshape(len(THINGS) * 2, -1)
    scale = (SIDE - 1) / (2 * REACH)
    column = np.clip((x + REACH) * scale, 0, SIDE - 1.001)
    row = np.clip((y + REACH) * scale, 0, SIDE - 1.001)
    left, low = column.astype(np.int32), row.astype(np.int32)
    across, up = column - left, row - low
    corner = low * SIDE + left
    beyond = np.hypot(x - np.clip(x, -REACH, REACH), y - np.clip(y, -REACH, REACH))
    found = np.empty((len(which), 2, *x.shape[1:]), dtype=np.float32)
    for i, thing in enumerate(which):
        for layer in (0, 1):
            own, at = fields[2 * thing + layer], corner[i]
            lower = own[at] * (1 - across[i]) + own[at + 1] * across[i]
            upper = own[at + SIDE] * (1 - across[i]) + own[at + SIDE + 1] * across[i]
            found[i, layer] = lower * (1 - up[i]) + upper * up[i] + beyond[i]
    return found
