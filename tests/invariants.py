"""What must hold of every frame of every story, in every language and theme, and how pictures differ.

The laws stand in `nnanim.check`, which holds a teacher's own films to them, too.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from nnanim.beats import Beat
from nnanim.check.boxes import Drawn, bounds, draw_marks, outline, texts, union
from nnanim.check.legible import (
    covers,
    film_honest,
    hard_to_read,
    numbers_left_out,
    too_small,
    wires_through_words,
)
from nnanim.check.rooms import outside_frame, outside_room, outside_safe_area, texts_overlap
from nnanim.check.stage import STAGE_LAWS, find_in_frame
from nnanim.marks import Frame
from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Boxes, Discs, Filled, Raster
from nnanim.style import RenderStyle

__all__ = [
    "MUSH",
    "STAGE_LAWS",
    "Drawn",
    "bounds",
    "drawn",
    "faults",
    "film_honest",
    "hard_to_read",
    "jump",
    "numbers_left_out",
    "outline",
    "outside_frame",
    "outside_room",
    "outside_safe_area",
    "raster",
    "texts",
    "texts_overlap",
    "too_small",
    "union",
    "wires_through_words",
    "words_upon_words",
]


drawn = draw_marks


def faults(beat: Beat, frame: Frame) -> list[str]:
    """Everything that is wrong with a frame."""
    return [f"{frame.id}: {one.law.name}: {one.what}" for one in find_in_frame(beat, frame)]


MUSH = 0.12
"""Share of a word that may lie on another while they pass each other."""


def words_upon_words(seen: Drawn) -> float:
    """The largest share of a word that lies on another, times the lesser brightness, unless it is covered."""
    boxes, light, pieces, keys = [], [], [], []
    for key, shapes in seen.items():
        for shape in shapes:
            if isinstance(shape, Filled):
                if (box := bounds(shape)) is not None and shape.color[3] > 0.05:
                    boxes.append(box)
                    light.append(float(shape.color[3]))
                    pieces.append(shape.piece)
                    keys.append(key)
            elif boxes and isinstance(shape, Boxes | Discs | Raster):
                at = np.array([[(b[0] + b[1]) / 2, (b[2] + b[3]) / 2] for b in boxes])
                for inside, rgba in covers(shape, at):
                    alpha = np.broadcast_to(rgba, (len(at), 4))[:, 3]
                    light = [a * (1 - c * i) for a, c, i in zip(light, alpha, inside, strict=True)]
    worst = 0.0
    for (i, one), (j, other) in combinations(enumerate(boxes), 2):
        wide, tall = (
            min(one[1], other[1]) - max(one[0], other[0]),
            min(one[3], other[3]) - max(one[2], other[2]),
        )
        if wide <= 0 or tall <= 0:
            continue
        if pieces[i] is pieces[j] and np.allclose(one, other, atol=0.02):
            continue  # one word, drawn twice
        if keys[i] == keys[j] and not pieces[i].text and not pieces[j].text:
            continue  # of one formula
        least = min((b[1] - b[0]) * (b[3] - b[2]) for b in (one, other))
        worst = max(worst, wide * tall / max(least, 1e-9) * min(light[i], light[j]))
    return worst


def raster(seen: Drawn, style: RenderStyle, height: int = 180) -> np.ndarray:
    """(height, width, 3) the picture as it is painted, 0..255."""
    pixels, context = surface(round(height * style.width / style.height), height, (style.width, style.height))
    r, g, b, _ = style.theme.rgba("ground")
    context.set_source_rgba(b, g, r, 1)
    context.paint()
    for shapes in seen.values():
        paint(context, shapes)
    return pixels[..., :3].astype(int)


def jump(a: Drawn, b: Drawn, style: RenderStyle) -> tuple[int, int]:
    """How much two pictures differ where they differ most, 0..255, and in how many pixels visibly."""
    gap = np.abs(raster(a, style) - raster(b, style)).max(axis=2)
    return int(gap.max()), int((gap > 24).sum())
