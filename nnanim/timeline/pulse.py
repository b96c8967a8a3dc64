"""Pulse: a ring swells once around what the sentence speaks of, and all else steps back."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nnanim.marks import Frame, is_on_stage
from nnanim.marks.easing import ease
from nnanim.marks.view import Part
from nnanim.motions import SIGNALS, Drawing, Fade, Movement
from nnanim.shapes import Boxes, Discs, Shape, Shapes, fade
from nnanim.theme import Theme

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

KEY = f"{SIGNALS}:pulse"
"""Key under which the rings are drawn."""

Spots = tuple[tuple[str, Part], ...]


def pulse(frame: Frame, seen: Mapping[str, Shapes], spots: Spots) -> Drawing:
    """A pulse around some marks and parts of marks in time.

    It begins and ends with ``seen``, the shapes of the frame.
    """
    boxes = [(frame[key].part_box(part, frame), _is_round(frame, key, part)) for key, part in spots]
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
        return {**now, KEY: tuple(_ring(box, round_, fraction, frame.style.theme) for box, round_ in boxes)}

    return Movement({key: Fade(shapes, light) for key, shapes in aside.items()}, at)


def _is_round(frame: Frame, key: str, part: Part) -> bool:
    return part is not None and frame[key].parts(frame).round


def _without_others(frame: Frame, key: str, spots: Spots, light: float) -> Shapes:
    """A mark with its label, all but the parts that are pulsed faded."""
    placed = frame[key]
    parts = placed.parts(frame)
    kept = [parts.flat_index(part) for one, part in spots if one == key and part is not None]
    drawn = fade(parts.fade_others(kept, light), placed.opacity)
    return drawn + fade(placed.draw_label(frame), light)


def _ring(box: tuple[float, float, float, float], round_: bool, fraction: float, theme: Theme) -> Shape:
    x, y, w, h = box
    grown = NEAR + SWELL * math.sin(math.pi * ease(fraction))
    color = theme.rgba("accent", min(1.0, 8 * fraction, 5 * (1 - fraction)))[None]
    at, clear = np.array([[x, y]]), np.zeros((1, 4))
    if round_:
        return Discs(at, np.array([max(w, h) / 2 * (1 + grown)]), clear, color, rim_width=0.06)
    pad = min(grown * min(w, h), grown / (NEAR + SWELL) * WIDEST)
    return Boxes(at, np.array([[w + 2 * pad, h + 2 * pad]]), clear, color, rim_width=0.06, corner=0.06)
