"""The cover of a film: the beat whose picture stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from nnanim.marks import Frame, is_on_stage
from nnanim.movie.cairo_backend import paint, surface
from nnanim.timeline import Take

WIDTH = 160
"""Pixels of the pictures that are compared."""

SEEN = 40
"""Alpha, of 255, from which a pixel counts as painted."""


def cover_beat(takes: Sequence[Take], named: str = "") -> str:
    """The id of the cover: the one that is named, where it is shown, else that of the beat with most ink."""
    ids = [take.beat.id for take in takes]
    if named in ids or not ids:
        return named
    told = [take for take in takes if take.beat.id != "card"] or list(takes)
    return max(told, key=lambda take: stage_ink(take.frame)).beat.id


def stage_ink(frame: Frame) -> float:
    """Share (0..1) of the frame that is painted by the marks on its stage."""
    style = frame.style
    pixels, context = surface(WIDTH, round(WIDTH * style.height / style.width), (style.width, style.height))
    for key, shapes in frame.draw().items():
        if key in frame.placed and is_on_stage(key):
            paint(context, shapes)
    return float((pixels[..., 3] >= SEEN).mean())
