"""A beat's own motion in time: signals flow, marks run through states, a window wanders."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from nnanim.beats import Beat
from nnanim.draw import draw
from nnanim.draw.signals import arrivals, flash, journey
from nnanim.draw.tables import cells, token_boxes, window
from nnanim.errors import UserError
from nnanim.layout import Frame
from nnanim.marks import Grid, Mark, Picture, Tokens, Units, changed
from nnanim.motions import Flow, Playback, Relay, Sweep, flows
from nnanim.shapes import Shapes, faded
from nnanim.timeline.change import Drawing, ease

SIGNALS = "signals"
"""Key under which the signals of a Flow, or the window of a Sweep, are drawn."""

TRAVEL = 0.86
"""Share of a Flow's time in which its signals run; the last lights fade in the rest."""


def opening_frame(beat: Beat, before: Frame, after: Frame) -> Frame:
    """The frame as it stands when the beat's motion begins."""
    motion, marks = beat.motion, {}
    for flow in flows(motion):
        key = _target(flow, beat)
        lit = np.array(beat[key].lit)
        lit[slice(None) if flow.only is None else flow.only] = False
        marks[key] = changed(beat[key], lit=tuple(bool(one) for one in lit))
    if isinstance(motion, Playback):
        marks = {key: states[0] for key, states in motion.states.items()}
    elif isinstance(motion, Sweep) and motion.reveals:
        marks[motion.reveals] = _revealed(beat[motion.reveals], 0)
    placed = {k: replace(p, mark=marks[k]) if k in marks else p for k, p in after.placed.items()}
    return replace(after, placed=placed)


def _revealed(mark: Any, count: int) -> Mark:
    """A Grid or Picture of which only the first ``count`` cells, in reading order, are there yet."""
    cells = mark.values.shape if isinstance(mark, Grid) else mark.pixels.shape[:2]
    hidden = np.arange(cells[0] * cells[1]) >= count
    if isinstance(mark, Grid):
        mask = hidden.reshape(mark.values.shape)
        return changed(mark, mask=mask if mark.mask is None else mask | mark.mask)  # type: ignore[no-any-return]
    pixels = mark.pixels.copy()
    pixels[hidden.reshape(pixels.shape[:2])] = max(mark.low, min(0.0, mark.high))
    return changed(mark, pixels=pixels)  # type: ignore[no-any-return]


def _target(flow: Flow, beat: Beat) -> str:
    """Key of the neurons that a flow runs to."""
    wires = beat[flow.wires]
    return str(wires.source if flow.backward else wires.target)


def motion_drawing(beat: Beat, opening: Frame, after: Frame) -> Drawing:
    """The beat's own motion, from its opening frame to its last."""
    motion = beat.motion
    if isinstance(motion, Flow | Relay):
        return _relay(flows(motion), beat, opening, after)
    if isinstance(motion, Playback):
        return _film(motion, after)
    assert isinstance(motion, Sweep)
    return _sweep(motion, beat, after)


def _relay(relay: tuple[Flow, ...], beat: Beat, opening: Frame, after: Frame) -> Drawing:
    """Flows one after the other; each has its share of the time."""
    drawings = [_flow(flow, beat, opening, after) for flow in relay]
    ends = np.cumsum([flow.seconds for flow in relay]) / sum(flow.seconds for flow in relay)
    starts = np.concatenate([[0.0], ends[:-1]])

    @cache
    def resting(index: int, end: float) -> dict[str, Shapes]:
        # Only the flow that runs now has signals; the others have lit their neurons, or not yet.
        return {key: shapes for key, shapes in drawings[index](end).items() if key != SIGNALS}

    def at(fraction: float) -> dict[str, Shapes]:
        now = min(int(np.searchsorted(ends, fraction, side="right")), len(relay) - 1)
        seen: dict[str, Shapes] = {}
        for i, drawing in enumerate(drawings):
            own = float(np.clip((fraction - starts[i]) / (ends[i] - starts[i]), 0.0, 1.0))
            seen |= drawing(own) if i == now else resting(i, own)
        return seen

    return at


def _flow(motion: Flow, beat: Beat, opening: Frame, after: Frame) -> Drawing:
    key = _target(motion, beat)
    units: Units = beat[key]
    whole = np.ones(len(units.values)) if motion.backward else arrivals(motion)
    travel = journey(motion, after)
    reached = np.array([motion.only in (None, i) for i in range(len(whole))])
    was, to_be = np.array(opening[key].mark.lit), np.array(units.lit)  # type: ignore[attr-defined]

    @lru_cache(maxsize=2)
    def shown(lit: tuple[bool, ...]) -> Shapes:
        return draw(replace(after[key], mark=changed(units, lit=lit)), after)

    def at(fraction: float) -> dict[str, Shapes]:
        way = fraction / TRAVEL
        since = np.clip((way - whole) / (1 / TRAVEL - 1), 0, 1)
        arrived = reached & (way >= whole)
        lit = shown(tuple(bool(one) for one in was | (arrived & to_be)))
        fresh = np.flatnonzero(arrived & (since < 1))
        if len(fresh):
            lit += flash(after[key], fresh, 1 - since[fresh], after)
        return {SIGNALS: travel(min(way, 1.0)), key: lit}

    return at


def _film(motion: Playback, after: Frame) -> Drawing:
    @lru_cache(maxsize=4)
    def state(index: int) -> dict[str, Shapes]:
        placed = {key: replace(after[key], mark=states[index]) for key, states in motion.states.items()}
        there = replace(after, placed={**after.placed, **placed})
        tied = [k for k, p in there.placed.items() if k in placed or any(e in placed for e in p.mark.ties)]
        return {key: draw(there[key], there) for key in tied}

    return lambda fraction: state(motion.index(fraction))


def _sweep(motion: Sweep, beat: Beat, after: Frame) -> Drawing:
    over = after[motion.over]
    theme = after.style.theme
    if isinstance(over.mark, Tokens):
        middles, sizes = token_boxes(over, after)
        places = [p[1] for p in replace(motion, window=(1, motion.window[1])).places((1, len(middles)))]
        spans = [(middles[i : i + motion.window[1]], sizes[i : i + motion.window[1]]) for i in places]
        boxes = np.array([[*(m[0] - s[0] / 2), *(m[-1] + s[-1] / 2)] for m, s in spans])
    else:
        at_, size = cells(over)
        far = np.array(motion.window) - 1
        corners = [(at_[r, c], at_[r + far[0], c + far[1]]) for r, c in motion.places(at_.shape[:2])]
        up = size / 2 * [-1, 1]
        boxes = np.array([[*(a + up), *(b - up)] for a, b in corners])
    if motion.reveals and isinstance(beat[motion.reveals], Grid | Picture):
        size_ = cells(after[motion.reveals])[0].shape[:2]
        if size_[0] * size_[1] != len(boxes):
            raise UserError(
                f"Sweep over {motion.over!r}: {len(boxes)} places of the window "
                f"for {size_} cells of {motion.reveals!r}"
            )

    def at(fraction: float) -> dict[str, Shapes]:
        place = fraction * len(boxes)
        index = min(int(place), len(boxes) - 1)
        glide = ease(min((place - index) / 0.4, 1.0)) if index else 1.0
        x0, y0, x1, y1 = boxes[max(index - 1, 0)] + (boxes[index] - boxes[max(index - 1, 0)]) * glide
        middle, span = np.array([[(x0 + x1) / 2, (y0 + y1) / 2]]), np.array([[abs(x1 - x0), abs(y1 - y0)]])
        opacity = min(1.0, fraction * 12, (1 - fraction) * 12)
        seen: dict[str, Shapes] = {f"{SIGNALS}:window": faded((window(middle, span, theme),), opacity)}
        if motion.reveals:
            whole = index + int(place - index >= 0.4)  # a cell appears when the window has come to rest
            there = replace(after[motion.reveals], mark=_revealed(beat[motion.reveals], whole))
            seen[motion.reveals] = draw(there, after)
        return seen

    return at
