"""What must hold of every frame of every story, in every language and theme.

Each check returns the faults that it found, as sentences; an empty list is a pass. They look at the shapes
that the printers paint, not at what the layout believes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Arrangement, Formula, Frame, Grid, Legend, Overlay, Row, Units, flatten
from nnanim.marks.view import EDGES
from nnanim.motions import Playback
from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, Shape, Shapes, Within, unwrap
from nnanim.style import MARGIN, RenderStyle
from nnanim.theme import contrast

READABLE = 4.5
"""WCAG 2.2 AA for text."""

HANG = 0.13
"""Letters may hang out of their line's box by this share of the em: g, y, brackets."""

Drawn = Mapping[str, Shapes]


def drawn(frame: Frame) -> dict[str, Shapes]:
    """The shapes of every mark, the lowest first."""
    return {key: frame[key].draw(frame) for key in frame.order}


# Boxes are (left, right, bottom, top).


def outline(shape: Filled) -> np.ndarray:
    """(n, 2) points on the curves of a filled outline, on the screen."""
    t = np.linspace(0, 1, 7)[:, None, None]
    a, b, c, d = (shape.piece.curves[:, i] for i in range(4))
    points = ((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d).reshape(-1, 2)
    quarter = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), shape.turn % 4)
    return points @ quarter.T * shape.size + shape.origin


def _span(points: np.ndarray, margin: float | np.ndarray = 0.0) -> np.ndarray:
    return np.array(
        [
            np.min(points[:, 0] - margin),
            np.max(points[:, 0] + margin),
            np.min(points[:, 1] - margin),
            np.max(points[:, 1] + margin),
        ]
    )


@lru_cache(maxsize=4096)
def bounds(shape: Shape) -> np.ndarray | None:
    """Box of what is painted, the glow left out; None where nothing is."""
    if isinstance(shape, Within):
        inside, box = union(shape.shapes), np.array(shape.box)
        if inside is None:
            return None
        seen = np.where([1, 0, 1, 0], np.maximum(inside, box), np.minimum(inside, box))
        return seen if seen[0] < seen[1] and seen[2] < seen[3] else None
    if isinstance(shape, Discs):
        if not len(shape.radii):
            return None
        reach = shape.radii + (shape.rim_width / 2 if shape.rims is not None else 0.0)
        return _span(shape.centers, reach)
    if isinstance(shape, Boxes):
        half = shape.sizes / 2 + (shape.rim_width / 2 if shape.rims is not None else 0.0)
        return _span(np.concatenate([shape.centers - half, shape.centers + half]))
    if isinstance(shape, Lines):
        return _span(np.concatenate([shape.starts, shape.ends])) if len(shape.starts) else None
    if isinstance(shape, Polyline):
        return _span(shape.points, shape.width / 2)
    if isinstance(shape, Raster):
        (x, y), (w, h) = shape.center, shape.size
        return np.array([x - w / 2, x + w / 2, y - h / 2, y + h / 2])
    return _span(outline(shape)) if len(shape.piece.curves) else None


def union(shapes: Shapes) -> np.ndarray | None:
    """Box around all of the shapes."""
    boxes = [box for box in map(bounds, shapes) if box is not None]
    if not boxes:
        return None
    a = np.array(boxes)
    return np.array([a[:, 0].min(), a[:, 1].max(), a[:, 2].min(), a[:, 3].max()])


def _depth(a: np.ndarray, b: np.ndarray) -> float:
    """How deep two boxes lie in each other; negative where they are apart."""
    wide = min(a[1], b[1]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[2], b[2])
    return min(wide, tall)


def texts(seen: Drawn) -> Iterator[tuple[str, int, Filled, np.ndarray]]:
    """Every line of text: key of its mark, its place among the mark's shapes, itself, its box."""
    for key, shapes in seen.items():
        for place, shape in enumerate(unwrap(shapes)):
            if isinstance(shape, Filled) and (box := bounds(shape)) is not None:
                yield key, place, shape, box


def _shared(stage: Arrangement) -> Iterator[tuple[str, str]]:
    """Pairs of keys that lie in one Overlay."""
    if isinstance(stage, Overlay):
        for a, b in combinations(flatten(stage), 2):
            yield from ((a.key, b.key), (b.key, a.key))
    elif isinstance(stage, Row):
        for child in stage.children:
            yield from _shared(child)


def _ties(frame: Frame) -> set[str]:
    return {key for key, one in frame.placed.items() if one.mark.ties}


def rooms_overlap(frame: Frame, beat: Beat) -> list[str]:
    """Marks whose rooms lie in each other; wires, links and the children of an Overlay may."""
    shared = set(_shared(beat.stage))
    keys = [key for key in frame.placed if key not in _ties(frame)]
    return [
        f"the rooms of {a!r} and {b!r} overlap by {depth:.2f}"
        for a, b in combinations(keys, 2)
        if (a, b) not in shared
        if (depth := _depth(np.array(frame[a].room), np.array(frame[b].room))) > 1e-6
    ]


def outside_room(frame: Frame, seen: Drawn) -> list[str]:
    """Marks that paint outside the room that they asked for."""
    faults = []
    for key, shapes in seen.items():
        if key in _ties(frame):
            continue
        for shape in shapes:
            if (box := bounds(shape)) is None:
                continue
            slack = HANG * shape.size if isinstance(shape, Filled) else 0.05
            left, right, bottom, top = frame[key].room
            out = max(left - box[0], box[1] - right, bottom - box[2], box[3] - top)
            if out > slack:
                faults.append(f"{key!r} paints {out:.2f} outside its room ({type(shape).__name__})")
    return faults


def texts_overlap(frame: Frame, seen: Drawn) -> list[str]:
    """Lines of text that touch each other; the parts of one formula may."""
    found = list(texts(seen))
    return [
        f"text {i} of {a!r} and text {j} of {b!r} overlap by {depth:.2f}"
        for (a, i, _, one), (b, j, _, other) in combinations(found, 2)
        if not (a == b and a in frame.placed and isinstance(frame[a].mark, Formula))
        if (depth := _depth(one, other)) > 1e-6
    ]


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
                for inside, rgba in _covers(shape, at):
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


def outside_frame(style: RenderStyle, seen: Drawn) -> list[str]:
    """Marks of which something lies outside the frame."""
    half = np.array([style.width, style.width, style.height, style.height]) / 2
    faults = []
    for key, shapes in seen.items():
        for shape in shapes:
            if (box := bounds(shape)) is not None:
                out = float((np.abs(box) - half).max())
                if out > 0.01:
                    faults.append(f"{key!r} leaves the frame by {out:.2f} ({type(shape).__name__})")
    return faults


def outside_safe_area(frame: Frame, seen: Drawn) -> list[str]:
    """Marks that come nearer to the frame's edge than the margin; a view is cut off at the edge itself."""
    right, top = frame.style.width / 2 - MARGIN, frame.style.height / 2 - MARGIN
    faults = []
    for key, shapes in seen.items():
        if key == EDGES or key.startswith("say:chapter:"):  # the ground, and dots on the edge
            continue
        if (box := union(shapes)) is not None:
            out = max(-right - box[0], box[1] - right, -top - box[2], box[3] - top)
            if out > 0.03 + (MARGIN if any(isinstance(one, Within) for one in shapes) else 0.0):
                faults.append(f"{key!r} leaves the safe area by {out:.2f}")
    return faults


def too_small(frame: Frame, seen: Drawn) -> list[str]:
    """Texts below the theme's smallest size."""
    least = frame.style.theme.small
    return [
        f"text {place} of {key!r} has the size {shape.size:.2f}, below {least:.2f}"
        for key, place, shape, _ in texts(seen)
        if shape.size < least - 1e-9
    ]


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
                    faults.append(f"text {place} of {key!r} has a contrast of {worst:.2f}")
    return faults


def _under(box: np.ndarray, below: list[Shape], ground: np.ndarray) -> np.ndarray:
    """(n, 3) the different colours at points all over a box."""
    x, y = np.meshgrid(np.linspace(box[0], box[1], 9), np.linspace(box[2], box[3], 5))
    points = np.column_stack([x.ravel(), y.ravel()])
    colors = np.tile(ground, (len(points), 1))
    for shape in below:
        near = bounds(shape)
        if near is None or _depth(near, box) <= 0 or isinstance(shape, Lines):
            continue
        for inside, rgba in _covers(shape, points):
            alpha = (rgba[..., 3:] * inside[:, None]).reshape(-1, 1)
            colors = colors * (1 - alpha) + np.broadcast_to(rgba, (len(points), 4))[:, :3] * alpha
    return np.unique(colors.round(6), axis=0)


def _covers(shape: Shape, points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Which of the points each part of a shape covers, and with what colours."""
    if isinstance(shape, Discs):
        for center, r, fill in zip(shape.centers, shape.radii, shape.fills, strict=True):
            yield np.hypot(*(points - center).T) <= r, fill
    elif isinstance(shape, Boxes):
        for center, size, fill in zip(shape.centers, shape.sizes, shape.fills, strict=True):
            yield (np.abs(points - center) <= size / 2).all(axis=1), fill
    elif isinstance(shape, Raster):
        rows, columns = shape.pixels.shape[:2]
        share = (points - shape.center) / shape.size * [1, -1] + 0.5
        inside = ((share >= 0) & (share <= 1)).all(axis=1)
        at = np.clip((share * [columns, rows]).astype(int), 0, [columns - 1, rows - 1])
        yield inside, shape.pixels[at[:, 1], at[:, 0]] / 255 * [1, 1, 1, shape.opacity]


def crossed(frame: Frame, seen: Drawn) -> list[str]:
    """Words with a wire or an arrow running through them, except an arrow's own."""
    faults = []
    found = list(texts(seen))
    for key in _ties(frame):
        for shape in seen.get(key, ()):
            if isinstance(shape, Filled):
                continue
            for other, place, _, box in found:
                if other != key and _runs_through(shape, box):
                    faults.append(f"{key!r} runs through text {place} of {other!r}")
    return sorted(set(faults))


def _runs_through(shape: Shape, box: np.ndarray) -> bool:
    if isinstance(shape, Lines):
        a, b = shape.starts, shape.ends
    elif isinstance(shape, Polyline):
        a, b = shape.points[:-1], shape.points[1:]
    else:
        return False
    t = np.linspace(0, 1, 60)[:, None, None]
    points = (a + (b - a) * t).reshape(-1, 2)
    return bool(((points >= [box[0], box[2]]) & (points <= [box[1], box[3]])).all(axis=1).any())


def title_near_names(frame: Frame, seen: Drawn) -> list[str]:
    """Title and legends that come near to anything on the stage."""
    head = [k for k in seen if k == "title" or isinstance(frame[k].mark, Legend)]
    stage = [k for k in seen if k not in head and not k.startswith("say:")]
    lowest = min((float(box[2]) for k in head if (box := union(seen[k])) is not None), default=np.inf)
    return [
        f"{key!r} reaches up to {box[3]:.2f}, the header down to {lowest:.2f}"
        for key in stage
        if (box := union(seen[key])) is not None and box[3] > lowest - 0.08
    ]


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
            others = len(mark.names) + (len(mark.values) < mark.of) + label
            found[key] = sum(mark.lit), others, mark.numbers is None
        elif isinstance(mark, Grid) and mark.digits is not None:
            barred = 0 if mark.mask is None else int(mark.mask.sum())
            others = len(mark.rows) + len(mark.columns) + (mark.of != mark.values.shape) + label
            found[key] = mark.values.size - barred, others, False
    return found


def stage_empty(frame: Frame, beat: Beat, seen: Drawn, share: float = 0.35) -> list[str]:
    """A stage of which the marks use little, in width as well as in height."""
    boxes = [box for mark in beat.marks if (box := union(seen[mark.key])) is not None]
    if not boxes:
        return ["the stage is empty"]
    a = np.array(boxes)
    left, right, bottom, top = frame.stage
    wide = (a[:, 1].max() - a[:, 0].min()) / (right - left)
    tall = (a[:, 3].max() - a[:, 2].min()) / (top - bottom)
    if max(wide, tall) < share:
        return [f"the marks use {100 * wide:.0f} % of the stage's width and {100 * tall:.0f} % of its height"]
    return []


def film_honest(beat: Beat) -> list[str]:
    """A Film whose states have other scales than the legend."""
    if not isinstance(beat.motion, Playback):
        return []
    faults = []
    for key, states in beat.motion.states.items():
        for name in ("limit", "x_limits", "y_limits", "low", "high"):
            scales = {getattr(state, name, None) for state in (*states, beat[key])}
            if len(scales) > 1:
                faults.append(f"the film of {key!r} changes its {name}: {sorted(map(str, scales))}")
    return faults


@dataclass(frozen=True)
class Seen:
    """A frame with its shapes."""

    beat: Beat
    frame: Frame
    shapes: Drawn


INVARIANTS: dict[str, Callable[[Seen], list[str]]] = {
    "rooms do not overlap": lambda s: rooms_overlap(s.frame, s.beat),
    "marks keep to their rooms": lambda s: outside_room(s.frame, s.shapes),
    "texts do not overlap": lambda s: texts_overlap(s.frame, s.shapes),
    "nothing leaves the safe area": lambda s: outside_safe_area(s.frame, s.shapes),
    "no text is too small": lambda s: too_small(s.frame, s.shapes),
    "every text can be read": lambda s: hard_to_read(s.frame, s.shapes),
    "no wire runs through words": lambda s: crossed(s.frame, s.shapes),
    "the header stands apart": lambda s: title_near_names(s.frame, s.shapes),
    "numbers are written, or it is said why not": lambda s: numbers_left_out(s.frame, s.shapes),
    "the stage is used": lambda s: stage_empty(s.frame, s.beat, s.shapes),
    "films keep to the legend's scale": lambda s: film_honest(s.beat),
}
"""Every invariant by its name."""


def faults(beat: Beat, frame: Frame) -> list[str]:
    """Everything that is wrong with a frame."""
    seen = Seen(beat, frame, drawn(frame))
    return [f"{frame.id}: {name}: {fault}" for name, check in INVARIANTS.items() for fault in check(seen)]


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
