"""Frames on the way from one beat to the next: nothing leaves the frame, and nothing is there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from nnanim.check.geometry import Floats, seen_boxes
from nnanim.shapes import Filled, Shape, Shapes, Within
from nnanim.style import RenderStyle
from nnanim.timeline import Phase, Take

MOMENTS = (0.15, 0.35, 0.5, 0.65, 0.85)
"""Fractions of a phase that are looked at."""

TRANSITION = ("leave", "move", "enter")
"""Names of the phases in which the stage becomes another one."""

OVER = 0.05
"""Frame units by which something may reach over the edge: half a rim."""

SAME = 0.06
"""Frame units within which two elements are taken for one, by their middles."""


def leaving_frame(take: Take, some: Iterable[tuple[Phase, Mapping[str, Shapes]]] = ()) -> list[str]:
    """What reaches over the frame's edge while a beat moves, each mark once, with phase and distance.

    ``some``: what is seen at some moments of it, where that is known already.
    """
    found: dict[tuple[str, str], float] = {}
    for phase, seen in some or moments(take):
        for key, shapes in seen.items():
            out = max((_beyond(box, take.frame.style) for box in _boxes(shapes)), default=0.0)
            if out > OVER:
                found[phase.name, key] = max(found.get((phase.name, key), 0.0), out)
    return [f"{key!r} leaves the frame by {out:.2f} in {phase}" for (phase, key), out in found.items()]


def moments(take: Take) -> Iterator[tuple[Phase, Mapping[str, Shapes]]]:
    """Some moments of every phase of a beat but its rest, each from the lowest shapes to the highest."""
    for phase in take.phases:
        if phase.name != "pause":
            for fraction in MOMENTS:
                seen = phase.at(fraction)
                yield phase, {key: seen[key] for key in take.order(seen)}


def _boxes(shapes: Sequence[Shape]) -> Iterator[Floats]:
    """Boxes of what is seen; what a view cuts off is not."""
    for shape in shapes:
        if not isinstance(shape, Within):
            yield from seen_boxes(shape)


def _beyond(box: Floats, style: RenderStyle) -> float:
    return float(
        max(
            -style.width / 2 - box[0], box[1] - style.width / 2,
            -style.height / 2 - box[2], box[3] - style.height / 2,
        )
    )  # fmt: skip


def find_doubles(
    before: Take | None, take: Take, some: Iterable[tuple[Phase, Mapping[str, Shapes]]] = ()
) -> list[str]:
    """Marks of which two copies are seen while one beat becomes the next: each once, with its phase.

    A mark is doubled where it shows a word, or elements of one class, in more places than either beat has of
    them; two states that lie on each other while one fades into the other are in one place.

    ``some``: what is seen at some moments of the beat, where that is known already.
    """
    old = before.at(before.seconds) if before is not None else {}
    new = next(phase for phase in take.phases if phase.name not in TRANSITION).at(0.0)
    found: dict[tuple[str, str], str] = {}
    for phase, seen in some or moments(take):
        if phase.name not in TRANSITION:
            continue
        for key, shapes in seen.items():
            if key not in old or key not in new:
                continue
            most = _count(old[key]) | _count(new[key])
            if more := _count_places(shapes) - most:
                what, many = more.most_common(1)[0]
                found.setdefault((phase.name, key), f"{what} {many + most[what]} times, not {most[what]}")
    return [f"{key!r} is doubled in {phase}: {what}" for (phase, key), what in found.items()]


def _visible_boxes(shapes: Sequence[Shape]) -> Iterator[tuple[str, Floats]]:
    """Words and classes of shapes, each with the boxes of its elements that are seen."""
    for shape in shapes:
        for one in shape.shapes if isinstance(shape, Within) else (shape,):
            text = one.piece.text if isinstance(one, Filled) else ""
            yield repr(text) if text else type(one).__name__, seen_boxes(one)


def _count(shapes: Sequence[Shape]) -> Counter[str]:
    """How many words of each kind, and how many elements of each class, are seen."""
    found: Counter[str] = Counter()
    for name, boxes in _visible_boxes(shapes):
        found[name] += len(boxes)
    return found


def _count_places(shapes: Sequence[Shape]) -> Counter[str]:
    """The same, but what lies in one place counts once: a dot that grows lies in its old one."""
    places: dict[str, set[tuple[int, ...]]] = {}
    for name, boxes in _visible_boxes(shapes):
        middles = np.column_stack([boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)])
        places.setdefault(name, set()).update(map(tuple, np.round(middles / SAME).astype(int).tolist()))
    return Counter({name: len(some) for name, some in places.items()})
