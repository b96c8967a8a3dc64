"""Pulse: a ring swells once around what the sentence speaks of, and all else steps back."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nnanim.marks import Frame, is_on_stage
from nnanim.marks.easing import ease
from nnanim.marks.view import Part
from nnanim.motions import SIGNALS, Drawing, Fade, Movement
from nnanim.shapes import Boxes, Discs, Filled, Floats, Shape, Shapes, fade
from nnanim.theme import Theme
from nnanim.timeline.birth import word_boxes

SECONDS = 1.0
"""Length of a pulse, at normal pace."""

ASIDE = 0.35
"""Opacity of what a pulse is not about."""

RAMP = 0.25
"""Share of the time in which the others step back, and in which they return."""

NEAR, SWELL = 0.1, 0.3
"""Distance of a ring from what it surrounds, and how much it grows: shares of radius or lesser side."""

WIDEST = 0.35
"""Largest distance of a ring from what it surrounds."""

RIM, CLEAR, LEAST = 0.06, 0.05, 0.02
"""Width of a ring, its least distance from words outside it, and from what it surrounds."""

THIN = 0.1
"""What is thinner is a line."""

KEY = f"{SIGNALS}:pulse"
"""Key under which the rings are drawn."""

Box = tuple[float, float, float, float]
"""Middle (x, y), width and height."""

Spots = tuple[tuple[str, Part], ...]


def pulse(frame: Frame, seen: Mapping[str, Shapes], spots: Spots) -> Drawing:
    """A pulse around some marks and parts of marks in time.

    It begins and ends with ``seen``, the shapes of the frame.
    """
    words = np.array(word_boxes(frame)).reshape(-1, 4)
    boxes = [
        (box := _room_of(frame[key].part_box(part, frame), words), _is_round(frame, key, part),
         _free_room(box, words))
        for key, part in spots
    ]  # fmt: skip
    above = tuple(
        shape for key, part in spots for shape in _draw_spot(frame, key, part) if isinstance(shape, Filled)
    )
    aside = {
        key: shapes
        for key, shapes in seen.items()
        if is_on_stage(key) and all(key != one for one, _ in spots)
    }
    partly = {key for key, part in spots if part is not None and (key, None) not in spots}

    def light(fraction: float) -> float:
        return 1 - (1 - ASIDE) * ease(min(fraction / RAMP, (1 - fraction) / RAMP, 1.0))

    def at(fraction: float) -> dict[str, Shapes]:
        now = {key: _without_others(frame, key, spots, light(fraction)) for key in partly}
        rings = tuple(_ring(*box, fraction, frame.style.theme) for box in boxes)
        # Drawn twice, words are a little bolder: they come and go with the ring, so that nothing jumps.
        return {**now, KEY: rings + fade(above, _ring_light(fraction))}

    return Movement({key: Fade(shapes, light) for key, shapes in aside.items()}, at)


def _room_of(box: Box, words: Floats) -> Box:
    """What a ring surrounds: a box, or a line with the words that lie on it."""
    x, y, w, h = box
    if min(w, h) >= THIN:
        return box
    low, high = np.array([x - w / 2, y - h / 2]), np.array([x + w / 2, y + h / 2])
    for word in words[_within(words[:, :2], words[:, 2:], low, high)]:
        low, high = np.minimum(low, word[:2]), np.maximum(high, word[2:])
    (x, y), (w, h) = (low + high) / 2, np.maximum(high - low, 2 * THIN)
    return float(x), float(y), float(w), float(h)


def _ring_light(fraction: float) -> float:
    return min(1.0, 8 * fraction, 5 * (1 - fraction))


def _is_round(frame: Frame, key: str, part: Part) -> bool:
    return part is not None and frame[key].parts(frame).round


def _without_others(frame: Frame, key: str, spots: Spots, light: float) -> Shapes:
    """A mark with its label, all but the parts that are pulsed faded."""
    placed = frame[key]
    parts = placed.parts(frame)
    kept = [parts.flat_index(part) for one, part in spots if one == key and part is not None]
    drawn = fade(parts.fade_others(kept, light), placed.opacity)
    return drawn + fade(placed.draw_label(frame), light)


def _draw_spot(frame: Frame, key: str, part: Part) -> Shapes:
    """What is drawn of a mark, or of one of its parts."""
    placed = frame[key]
    if part is None:
        return placed.draw(frame)
    return fade(placed.parts(frame)[part], placed.opacity)


def _free_room(box: Box, words: Floats) -> Floats:
    """(5,) room to the left, right, below and above a box until a word stands there, and about its middle."""
    x, y, w, h = box
    if not len(words):
        return np.full(5, np.inf)
    low, high = np.array([x - w / 2, y - h / 2]), np.array([x + w / 2, y + h / 2])
    starts, ends = words[:, :2], words[:, 2:]
    reach = WIDEST + RIM
    beside = (ends > low - reach) & (starts < high + reach)  # a word beyond a corner counts on both sides
    gaps = [
        np.where(beside[:, 1 - axis] & ~_within(starts, ends, low, high), gap[:, axis], np.inf)
        for axis in (0, 1)
        for gap in (low - ends, starts - high)
    ]
    sides = [float(gap[gap > -LEAST].min(initial=np.inf)) for gap in gaps]
    nearest = np.clip([x, y], starts, ends) - [x, y]
    far = np.hypot(nearest[:, 0], nearest[:, 1])
    return np.array([*sides, float(far[far >= 0.49 * max(w, h)].min(initial=np.inf))])


def _within(starts: Floats, ends: Floats, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Which words lie within a box, if not all of them: a ring around it leaves them as they are."""
    return np.asarray(((ends > low) & (starts < high)).all(axis=1))


def _ring(box: Box, round_: bool, room: Floats, fraction: float, theme: Theme) -> Shape:
    x, y, w, h = box
    grown = NEAR + SWELL * math.sin(math.pi * ease(fraction))
    color = theme.rgba("accent", _ring_light(fraction))[None]
    clear = np.zeros((1, 4))
    if round_:
        r = max(w, h) / 2
        reach = max(min(r * (1 + grown), room[4] - CLEAR), r + LEAST)
        return Discs(np.array([[x, y]]), np.array([reach]), clear, color, rim_width=RIM)
    pad = min(grown * min(w, h), grown / (NEAR + SWELL) * WIDEST)
    left, right, down, up = np.maximum(np.minimum(pad, room[:4] - CLEAR), LEAST)
    at = np.array([[x + (right - left) / 2, y + (up - down) / 2]])
    return Boxes(at, np.array([[w + left + right, h + up + down]]), clear, color, rim_width=RIM, corner=0.06)
