"""The courses of arrows between marks: straight, bowed or in right angles, from rim to rim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnanim.marks.base import Placed
from nnanim.marks.content import Floats
from nnanim.marks.text import Text

RIM = 0.08
"""Between a link and what it joins."""

CAPTION_GAP = 0.3
"""Distance within which words below a mark are its caption."""


def is_caption_of(caption: Placed, source: Placed) -> bool:
    """Whether some words stand right below a mark."""
    apart = source.room[2] - caption.room[3]
    return isinstance(caption.mark, Text) and abs(caption.x - source.x) < RIM and -RIM < apart < CAPTION_GAP


def runs_into(points: Floats, room: tuple[float, float, float, float]) -> bool:
    """Whether a course leads through a room."""
    a, b = points[:-1], points[1:]
    t = np.linspace(0, 1, 3 if len(points) > 2 else 33)[:, None, None]
    along = (a + (b - a) * t).reshape(-1, 2)
    return bool(((along > [room[0], room[2]]) & (along < [room[1], room[3]])).all(axis=1).any())


def flip_points(points: Floats) -> Floats:
    """(…, 2) points reflected: what ran to the right runs down, what lay above lies to the left."""
    return np.asarray(-points[..., ::-1])


def flip_end(placed: Placed, down: bool) -> Placed:
    """A mark as `flip_points` sees it, as long as its room reaches ``down``, or up."""
    reach = placed.y - placed.room[2] if down else placed.room[3] - placed.y
    return replace(placed, x=-placed.y, y=-placed.x, w=2 * reach, h=placed.w)


def find_rim(placed: Placed, toward: Floats) -> Floats:
    """Where a line from the middle of a mark, towards the middle of its way, leaves the mark's core."""
    way = toward - [placed.x, placed.y]
    half = np.array([placed.w, placed.h]) / 2 + RIM
    with np.errstate(divide="ignore"):
        reach = np.min(np.where(way == 0, np.inf, half / np.abs(way)))
    return np.asarray(np.array([placed.x, placed.y]) + way * min(float(reach), 2.0))  # at most to its end


def bow_between(source: Placed, target: Placed, bend: float) -> Floats:
    """(n, 2) points from rim to rim, straight or bowed; from edge to edge where that would cross a mark."""
    a, b = (np.array([p.x, p.y]) for p in (source, target))
    bow = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * bend
    points = curve_between(find_rim(source, bow), find_rim(target, bow), bend, bow)
    back = (points[-1] - points[0]) @ (b - a) <= 2 * RIM * np.hypot(*(b - a))
    if back or crosses(points, source) or crosses(points, target):
        return curve_between(*find_facing(source, target), bend)
    return points


def crosses(points: Floats, placed: Placed) -> bool:
    """Whether a line runs over the core of a mark."""
    inside = np.abs(points - [placed.x, placed.y]) < np.array([placed.w, placed.h]) / 2 - 1e-6
    return bool(inside.all(axis=1).any())


def find_facing(source: Placed, target: Placed) -> tuple[Floats, Floats]:
    """The points of two cores that are nearest to each other, in the middle of what they have in common."""
    ends = np.zeros((2, 2))
    for axis, (a, b) in enumerate(((source.x, target.x), (source.y, target.y))):
        sizes = ((one.w, one.h)[axis] / 2 for one in (source, target))
        (low, high), (under, over) = ((m - half, m + half) for m, half in zip((a, b), sizes, strict=True))
        if high < under or over < low:
            ends[:, axis] = (high, under) if high < under else (low, over)
        else:
            ends[:, axis] = (max(low, under) + min(high, over)) / 2
    way = ends[1] - ends[0]
    far = float(np.hypot(*way))
    rim = way / (far or 1.0) * min(RIM, far / 5)
    return ends[0] + rim, ends[1] - rim


def curve_between(a: Floats, b: Floats, bend: float, bow: Floats | None = None) -> Floats:
    """(n, 2) points from ``a`` to ``b``, straight or bowed by way of ``bow``."""
    if bow is None:
        bow = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * bend
    t = np.linspace(0, 1, 24 if bend else 2)[:, None]
    control = 2 * bow - (a + b) / 2 if bend else (a + b) / 2
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b)


def square_between(source: Placed, target: Placed, lane: float, ends: tuple[float, float]) -> Floats:
    """(n, 2) points in right angles, by way of the height ``lane``; corners are rounded."""
    before, behind = ends
    start, end = source.x + source.w / 2, target.x - target.w / 2
    close = (end - start) / 5 if end > start else RIM
    start, end = start + min(0.05, close), end - min(RIM, close)
    level = target.y
    if abs(lane - target.y) > 1e-6:  # beside the link that comes straight in
        level += np.sign(lane - target.y) * min(0.25 * target.h, abs(lane - target.y))
    share = min((end - start) / (before + behind), 1.0) if end > start else 1.0
    out, into = start + share * before, end - share * behind
    corners = [(start, source.y), (out, source.y), (out, lane), (into, lane), (into, level), (end, level)]
    kept = [corners[0]]
    for one, following in zip(corners[1:], [*corners[2:], None], strict=True):
        level_ = following is not None and abs(kept[-1][1] - one[1]) + abs(one[1] - following[1]) < 1e-6
        if not level_ and np.hypot(one[0] - kept[-1][0], one[1] - kept[-1][1]) > 1e-6:
            kept.append(one)
    return round_corners(np.array(kept), 0.14)


def round_corners(points: Floats, r: float) -> Floats:
    """A polyline whose corners are arcs of the radius ``r``, smaller where there is no room."""
    path = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        to, on = before - corner, after - corner
        near = min(r, np.linalg.norm(to) / 2, np.linalg.norm(on) / 2)
        a = corner + to / (np.linalg.norm(to) or 1.0) * near
        b = corner + on / (np.linalg.norm(on) or 1.0) * near
        path += [(1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b for t in np.linspace(0, 1, 7)]
    return np.array([*path, points[-1]])
