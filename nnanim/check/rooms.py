"""Rooms: marks keep to their own, words keep apart, nothing comes near the edge, and the stage is used."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from nnanim.beats import Beat
from nnanim.check.boxes import Drawn, bounds, depth_of_overlap, texts, union
from nnanim.marks import Arrangement, Formula, Frame, Legend, Overlay, Row, flatten
from nnanim.marks.view import EDGES
from nnanim.shapes import Filled, Within
from nnanim.style import MARGIN, RenderStyle

HANG = 0.13
"""Letters may hang out of their line's box by this share of the em: g, y, brackets."""

SAME = 0.02
"""Distance within which a text stands where its copy stands, such as those of equal axes in an Overlay."""


def overlay_pairs(stage: Arrangement) -> Iterator[tuple[str, str]]:
    """Pairs of keys that lie in one Overlay."""
    if isinstance(stage, Overlay):
        for a, b in combinations(flatten(stage), 2):
            yield from ((a.key, b.key), (b.key, a.key))
    elif isinstance(stage, Row):
        for child in stage.children:
            yield from overlay_pairs(child)


def rooms_overlap(frame: Frame, beat: Beat) -> list[str]:
    """Marks whose rooms lie in each other; wires, links and the children of an Overlay may."""
    shared = set(overlay_pairs(beat.stage))
    keys = [key for key in frame.placed if key not in keys_of_ties(frame)]
    return [
        f"the rooms of {a!r} and {b!r} overlap by {depth:.2f}"
        for a, b in combinations(keys, 2)
        if (a, b) not in shared
        if (depth := depth_of_overlap(np.array(frame[a].room), np.array(frame[b].room))) > 1e-6
    ]


def outside_room(frame: Frame, seen: Drawn) -> list[str]:
    """Marks that paint outside the room that they asked for."""
    faults = []
    for key, shapes in seen.items():
        if key in keys_of_ties(frame):
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
    """Lines of text that touch each other; the parts of one formula may, and one text that is drawn twice."""
    found = list(texts(seen))
    return [
        f"text {i} of {a!r} and text {j} of {b!r} overlap by {depth:.2f}"
        for (a, i, one_text, one), (b, j, other_text, other) in combinations(found, 2)
        if not (a == b and a in frame.placed and isinstance(frame[a].mark, Formula))
        if not (one_text.piece.text == other_text.piece.text != "" and np.abs(one - other).max() <= SAME)
        if (depth := depth_of_overlap(one, other)) > 1e-6
    ]


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


def stage_empty(frame: Frame, beat: Beat, seen: Drawn, share: float = 0.35) -> list[str]:
    """A stage of which the marks use little, in width and in height; the end card is no author's stage."""
    if beat.id == "card":
        return []
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


def keys_of_ties(frame: Frame) -> set[str]:
    """Keys of the marks that are drawn between others, such as wires."""
    return {key for key, one in frame.placed.items() if one.mark.ties}
