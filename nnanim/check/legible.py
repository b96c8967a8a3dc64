"""Legible: words are large enough and stand out, no wire crosses them, numbers are there or it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.check.boxes import Drawn, bounds, depth_of_overlap, texts
from nnanim.check.geometry import Floats
from nnanim.check.rooms import keys_of_ties
from nnanim.marks import Frame, Grid, Legend, Units
from nnanim.motions import Playback
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape
from nnanim.theme import READABLE, contrast


def too_small(frame: Frame, seen: Drawn) -> list[str]:
    """Texts below the theme's smallest size."""
    least = frame.style.theme.small
    return [
        f"text {place} of {key!r}{_quote(shape)} has the size {shape.size:.2f}, below {least:.2f}"
        for key, place, shape, _ in texts(seen)
        if shape.size < least - 1e-9
    ]


def _quote(shape: Filled) -> str:
    """The words of a line of text, as far as they are known."""
    return f" ({shape.piece.text!r})" if shape.piece.text else ""


def hard_to_read(frame: Frame, seen: Drawn) -> list[str]:
    """Texts of too little contrast to what lies right under them; dimmed ones are not looked at."""
    ground = frame.style.theme.rgba("ground")[:3]
    below: list[Shape] = []
    faults = []
    for key, shapes in seen.items():
        dimmed = key in frame.placed and frame[key].opacity < 1
        for place, shape in enumerate(shapes):
            if not isinstance(shape, Filled):
                below.append(shape)
            elif not dimmed and shape.color[3] >= 1 and (box := bounds(shape)) is not None:
                worst = min(contrast(shape.color, color) for color in _under(box, below, ground))
                if worst < READABLE:
                    faults.append(f"text {place} of {key!r}{_quote(shape)} has a contrast of {worst:.2f}")
    return faults


def _under(box: Floats, below: list[Shape], ground: Floats) -> Floats:
    """(n, 3) the different colours at points all over a box."""
    x, y = np.meshgrid(np.linspace(box[0], box[1], 9), np.linspace(box[2], box[3], 5))
    points = np.column_stack([x.ravel(), y.ravel()])
    colors = np.tile(ground, (len(points), 1))
    for shape in below:
        near = bounds(shape)
        if near is None or depth_of_overlap(near, box) <= 0 or isinstance(shape, Lines):
            continue
        for inside, rgba in covers(shape, points):
            alpha = (rgba[..., 3:] * inside[:, None]).reshape(-1, 1)
            colors = colors * (1 - alpha) + np.broadcast_to(rgba, (len(points), 4))[:, :3] * alpha
    return np.unique(colors.round(6), axis=0)


def covers(shape: Shape, points: Floats) -> Iterator[tuple[npt.NDArray[np.bool_], Floats]]:
    """Which of the points each part of a shape covers, and with what colours."""
    if isinstance(shape, Discs):
        for center, r, fill in zip(shape.centers, shape.radii, shape.fills, strict=True):
            yield np.asarray(np.hypot(*(points - center).T) <= r), fill
    elif isinstance(shape, Boxes):
        for center, size, fill in zip(shape.centers, shape.sizes, shape.fills, strict=True):
            yield np.asarray((np.abs(points - center) <= size / 2).all(axis=1)), fill
    elif isinstance(shape, Raster):
        rows, columns = shape.pixels.shape[:2]
        share = (points - shape.center) / shape.size * [1, -1] + 0.5
        inside = np.asarray(((share >= 0) & (share <= 1)).all(axis=1))
        at = np.clip((share * [columns, rows]).astype(int), 0, [columns - 1, rows - 1])
        yield inside, shape.pixels[at[:, 1], at[:, 0]] / 255 * [1, 1, 1, shape.opacity]


def wires_through_words(frame: Frame, seen: Drawn) -> list[str]:
    """Words with a wire or an arrow running through them, except an arrow's own."""
    faults = []
    found = list(texts(seen))
    for key in keys_of_ties(frame):
        for shape in seen.get(key, ()):
            if isinstance(shape, Filled):
                continue
            for other, place, _, box in found:
                if other != key and _runs_through(shape, box, seen[other]):
                    faults.append(f"{key!r} runs through text {place} of {other!r}")
    return sorted(set(faults))


def _runs_through(shape: Shape, box: Floats, over: Sequence[Shape] = ()) -> bool:
    """Whether a line is seen in a box; what opaque discs ``over`` it hide is not seen."""
    if isinstance(shape, Lines):
        a, b = shape.starts, shape.ends
    elif isinstance(shape, Polyline):
        a, b = shape.points[:-1], shape.points[1:]
    else:
        return False
    t = np.linspace(0, 1, 60)[:, None, None]
    points = (a + (b - a) * t).reshape(-1, 2)
    points = points[((points >= [box[0], box[2]]) & (points <= [box[1], box[3]])).all(axis=1)]
    for disc in over:
        if isinstance(disc, Discs):
            opaque = disc.fills[:, 3] > 0.99
            apart = np.hypot(*np.moveaxis(points[:, None] - disc.centers[opaque], -1, 0))
            points = points[(apart > disc.radii[opaque]).all(axis=1)]
    return len(points) > 0


def numbers_left_out(frame: Frame, seen: Drawn) -> list[str]:
    """Marks that write some of their numbers, or none without a legend that says so."""
    said = any(
        isinstance(placed.mark, Legend) and placed.mark.kind == "note" for placed in frame.placed.values()
    )
    faults = []
    for key, (wanted, others, may_hide) in _numbers(frame).items():
        written = sum(isinstance(shape, Filled) for shape in seen[key]) - others
        if written != wanted and not (written == 0 and may_hide and said):
            faults.append(f"{key!r} writes {written} of its {wanted} numbers")
    return faults


def _numbers(frame: Frame) -> dict[str, tuple[int, int, bool]]:
    """For each mark with numbers: how many it has, its other lines of text, and whether it may hide them."""
    found = {}
    for key, placed in frame.placed.items():
        mark, label = placed.mark, int(bool(frame.style.say(placed.mark.label)))
        if isinstance(mark, Units) and mark.numbers is not False:
            others = len(mark.names) + (len(mark.values) < (mark.of or 0)) + label
            found[key] = int(mark.visible.sum()), others, mark.numbers is None
        elif isinstance(mark, Grid) and mark.digits is not None:
            written = np.full(mark.values.shape, True) if mark.mask is None else ~mark.mask
            if not mark.zeros:
                written &= mark.values != 0
            named = (*mark.rows, *mark.columns, *filter(None, (mark.row_name, mark.column_name)))
            others = len(named) + (mark.of != mark.values.shape) + label
            found[key] = int(written.sum()), others, False
    return found


def film_honest(beat: Beat) -> list[str]:
    """A Film whose states have other scales than the legend."""
    if not isinstance(beat.motion, Playback):
        return []
    faults = []
    for key, states in beat.motion.states.items():
        for name in ("limit", "below", "x_limits", "y_limits", "low", "high"):
            scales = {getattr(state, name, None) for state in (*states, beat[key])}
            if len(scales) > 1:
                faults.append(f"the film of {key!r} changes its {name}: {sorted(map(str, scales))}")
    return faults
