"""Time: what differs between two beats becomes motion.

Always in one order: leave, move, enter, the beat's own motion, pause. Each phase is a function of a fraction
of its time, so every printer sees the same film.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from nnanim.beats import Beat, Story
from nnanim.draw import draw
from nnanim.draw.network import arrivals, flash, signals
from nnanim.draw.tables import cells, token_boxes, window
from nnanim.errors import UserError
from nnanim.layout import Frame, Look, Placed, frames
from nnanim.marks import Block, Grid, Mark, Picture, Tokens, Units, Wires, changed, digest
from nnanim.motions import Film, Flow, Relay, Sweep, flows
from nnanim.shapes import Shapes, faded

LEAVE, MOVE, ENTER = 0.45, 0.8, 0.6
"""Seconds of the phases, at normal pace."""

SIGNALS = "signals"
"""Key under which the signals of a Flow, or the window of a Sweep, are drawn."""

Drawing = Callable[[float], Mapping[str, Shapes]]


@dataclass(frozen=True, eq=False)
class Phase:
    """A stretch of time in which some marks move and the others rest.

    Attributes:
        name: ``leave``, ``move``, ``enter``, ``motion`` or ``pause``.
        seconds: its length.
        moving: shapes of the moving marks at a fraction (0..1) of it.
        resting: shapes of all other marks.
        digest: short name for its content.
    """

    name: str
    seconds: float
    moving: Drawing
    resting: Mapping[str, Shapes]
    digest: str = ""

    def at(self, fraction: float) -> dict[str, Shapes]:
        """Everything that is seen at ``fraction`` (0..1), not ordered."""
        return {**self.resting, **self.moving(min(max(fraction, 0.0), 1.0))}


@dataclass(frozen=True, eq=False)
class Take:
    """A beat in time.

    Attributes:
        beat, frame: what is told, and where its marks stand at the end.
        phases: in order; their seconds add up to the beat's.
        layers: layer of every key that is seen in it; of one layer, the later keys lie above.
        start: seconds from the beginning of the film.
    """

    beat: Beat
    frame: Frame
    phases: tuple[Phase, ...]
    layers: Mapping[str, int]
    start: float

    @property
    def seconds(self) -> float:
        """Length of the beat."""
        return sum(phase.seconds for phase in self.phases)

    def at(self, seconds: float) -> dict[str, Shapes]:
        """Everything that is seen ``seconds`` after the beat's start, from the lowest to the highest."""
        for phase in self.phases:
            if seconds < phase.seconds or phase is self.phases[-1]:
                seen = phase.at(seconds / phase.seconds if phase.seconds else 1.0)
                place = {key: i for i, key in enumerate(self.layers)}
                order = sorted(seen, key=lambda k: (self.layers.get(k, 2), place.get(k, len(place))))
                return {key: seen[key] for key in order}
            seconds -= phase.seconds
        raise AssertionError("a beat has phases")

    def middle(self) -> float:
        """Seconds after the start at which the beat's motion is half done, or at which it rests."""
        before = 0.0
        for phase in self.phases:
            if phase.name == "motion":
                return before + phase.seconds / 2
            before += phase.seconds
        return self.seconds


def takes(story: Story, look: Look, pace: float = 1.0) -> list[Take]:
    """The whole film: every beat in time. ``pace`` 2 is twice as fast.

    Raises:
        UserError: the pace is not above 0, or a beat cannot be placed.
    """
    if not (np.isfinite(pace) and pace > 0):
        raise UserError(f"pace={pace!r}; it must be above 0")
    film, before, start = [], Frame("", {}, look), 0.0
    for beat, frame in zip(story.beats, frames(story, look), strict=True):
        take = _take(beat, before, frame, pace, start)
        film.append(take)
        before, start = frame, start + take.seconds
    return film


@dataclass(frozen=True)
class Change:
    """What differs between two frames: keys that leave, move (or change their values) and enter."""

    leaving: tuple[str, ...]
    moving: tuple[str, ...]
    entering: tuple[str, ...]


def change(before: Frame, after: Frame) -> Change:
    """Compare two frames by their keys. ``change(a, a)`` is empty."""
    a, b = before.placed, after.placed
    moved = {key for key in a if key in b and _differs(a[key], b[key])}
    tied = {k for k in a if k in b and any(end in moved for end in _ends(b[k].mark))}
    return Change(
        tuple(key for key in a if key not in b),
        tuple(key for key in a if key in moved | tied),
        tuple(key for key in b if key not in a),
    )


def _ends(mark: Mark) -> tuple[str, ...]:
    return tuple(
        end for end in (getattr(mark, "source", ""), getattr(mark, "target", "")) if isinstance(end, str)
    )


def _differs(a: Placed, b: Placed) -> bool:
    return replace(a, mark=b.mark) != b or digest(a.mark) != digest(b.mark)


def _take(beat: Beat, before: Frame, after: Frame, pace: float, start: float) -> Take:
    opening = _opening(beat, before, after)
    diff = change(before, opening)
    name = digest(
        (beat, after.look.theme.name, after.look.lang, pace, [p.mark for p in before.placed.values()])
    )
    phases: list[Phase] = []
    seen_before = {key: draw(one, before) for key, one in before.placed.items()}
    seen_after = {key: draw(one, opening) for key, one in opening.placed.items()}
    says = tuple(key for key in diff.entering if key.startswith("say:"))
    entering = tuple(key for key in diff.entering if key not in says)

    def add(
        phase: str, seconds: float, moving: Drawing, keys: Iterable[str], seen: Mapping[str, Shapes]
    ) -> None:
        resting = {key: shapes for key, shapes in seen.items() if key not in keys}
        phases.append(Phase(phase, seconds / pace, moving, resting, f"{name}:{phase}"))

    if diff.leaving or says:
        add("leave", LEAVE, _leaving(seen_before, seen_after, diff.leaving, says), diff.leaving, seen_before)
    stay = {key: shapes for key, shapes in seen_before.items() if key not in diff.leaving}
    stay |= {key: seen_after[key] for key in says}
    if diff.moving:
        add("move", MOVE, _moving(before, opening, diff.moving), diff.moving, stay)
        stay |= {key: seen_after[key] for key in diff.moving}
    if entering:
        add("enter", ENTER, _entering(seen_after, entering), (), stay)
    if beat.motion is not None:
        motion = _motion(beat, opening, after)
        add("motion", beat.motion.seconds, motion, tuple(motion(0.0)), seen_after)
    seen = {key: draw(one, after) for key, one in after.placed.items()}
    spent = sum(phase.seconds for phase in phases)
    rest = (
        beat.pause / pace
        if beat.pause is not None
        else max(reading(beat, after.look) / pace - spent, 0.9 / pace)
    )
    phases.append(Phase("pause", rest, lambda fraction: {}, seen, f"{name}:pause"))
    layers = {key: one.mark.layer for key, one in {**after.placed, **before.placed, **after.placed}.items()}
    return Take(beat, after, tuple(phases), {**layers, SIGNALS: 1}, start)


def reading(beat: Beat, look: Look) -> float:
    """Seconds that it takes to read a sentence: by words in English, by characters in Japanese."""
    sentence = look.say(beat.says)
    wide = sum(ord(char) >= 0x2E80 for char in sentence)
    return 1.0 + 0.11 * wide + 0.26 * len([w for w in sentence.split() if ord(w[0]) < 0x2E80])


def ease(fraction: float) -> float:
    """Start and stop gently."""
    return fraction * fraction * (3 - 2 * fraction)


def _leaving(
    before: Mapping[str, Shapes], after: Mapping[str, Shapes], leaving: tuple[str, ...], says: tuple[str, ...]
) -> Drawing:
    old = [key for key in leaving if key.startswith("say:")]

    def at(fraction: float) -> dict[str, Shapes]:
        seen = {key: faded(before[key], 1 - ease(fraction)) for key in leaving}
        seen |= {key: faded(before[key], 1 - ease(min(2 * fraction, 1))) for key in old}
        return seen | {key: faded(after[key], ease(max(2 * fraction - 1, 0))) for key in says}

    return at


def _entering(after: Mapping[str, Shapes], keys: tuple[str, ...]) -> Drawing:
    delays = np.linspace(0, 0.4, len(keys))

    def at(fraction: float) -> dict[str, Shapes]:
        return {
            key: faded(after[key], ease(min(max((fraction - delay) / 0.6, 0), 1)))
            for key, delay in zip(keys, delays, strict=True)
        }

    return at


OPAQUE = (Units, Grid, Picture, Tokens, Block)
"""Marks that cover what lies under them: the new state is laid over the old one."""


def _moving(before: Frame, after: Frame, keys: tuple[str, ...]) -> Drawing:
    common = [key for key in after.placed if key in before.placed]

    def at(fraction: float) -> dict[str, Shapes]:
        f = ease(fraction)
        old, new = (
            replace(
                frame, placed=dict(frame.placed) | {k: _tween(before[k], after[k], f, late) for k in common}
            )
            for frame, late in ((before, False), (after, True))
        )
        return {key: _blend(key, old, new, before[key].mark, f) for key in keys}

    return at


def _blend(key: str, old: Frame, new: Frame, was: Mark, f: float) -> Shapes:
    if digest(was) == digest(new[key].mark) or _turn(was, new[key].mark):
        return draw(new[key], new)
    under, over = draw(old[key], old), draw(new[key], new)
    if isinstance(was, OPAQUE):  # the new state covers the old one before that goes
        return (*faded(under, min(2 - 2 * f, 1.0)), *faded(over, min(2 * f, 1.0)))
    return (*faded(under, 1 - f), *faded(over, f))


def _turn(a: Mark, b: Mark) -> bool:
    """Whether one mark's weights can turn into the other's, wire by wire."""
    return (
        isinstance(a, Wires)
        and isinstance(b, Wires)
        and (a.weights.shape, a.source, a.target) == (b.weights.shape, b.source, b.target)
    )


def _tween(a: Placed, b: Placed, f: float, new: bool) -> Placed:
    def mix(p: float, q: float) -> float:
        return p + (q - p) * f

    mark: Any = b.mark if new else a.mark
    if _turn(a.mark, b.mark) and digest(a.mark) != digest(b.mark):
        was: Any = a.mark
        weights = was.weights + (b.mark.weights - was.weights) * f  # type: ignore[attr-defined]
        mark = changed(mark, weights=weights, limit=mix(was.limit, b.mark.limit))  # type: ignore[attr-defined]
    left, right, bottom, top = (mix(p, q) for p, q in zip(a.room, b.room, strict=True))
    return Placed(
        mark, mix(a.x, b.x), mix(a.y, b.y), mix(a.w, b.w), mix(a.h, b.h), mix(a.scale, b.scale),
        mix(a.label_y, b.label_y), (left, right, bottom, top), mix(a.opacity, b.opacity),
    )  # fmt: skip


def _opening(beat: Beat, before: Frame, after: Frame) -> Frame:
    """The frame as it stands when the beat's motion begins."""
    motion, marks = beat.motion, {}
    for flow in flows(motion):
        key = _target(flow, beat)
        lit = np.array(beat[key].lit)
        lit[slice(None) if flow.only is None else flow.only] = False
        marks[key] = changed(beat[key], lit=tuple(bool(one) for one in lit))
    if isinstance(motion, Film):
        marks = {key: states[0] for key, states in motion.states.items()}
    elif isinstance(motion, Sweep) and motion.reveals:
        marks[motion.reveals] = _revealed(beat[motion.reveals], 0)
    placed = {k: replace(p, mark=marks[k]) if k in marks else p for k, p in after.placed.items()}
    return replace(after, placed=placed)


def _revealed(mark: Any, count: int) -> Mark:
    """A Grid or Picture of which only the first ``count`` cells, in reading order, are there yet."""
    hidden = np.arange(mark.values.size if isinstance(mark, Grid) else mark.pixels[..., :1].size) >= count
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


def _motion(beat: Beat, opening: Frame, after: Frame) -> Drawing:
    motion = beat.motion
    if isinstance(motion, Flow | Relay):
        return _relay(flows(motion), beat, opening, after)
    if isinstance(motion, Film):
        return _film(motion, after)
    assert isinstance(motion, Sweep)
    return _sweep(motion, beat, after)


def _relay(relay: tuple[Flow, ...], beat: Beat, opening: Frame, after: Frame) -> Drawing:
    """Flows one after the other; each has its share of the time."""
    drawings = [_flow(flow, beat, opening, after) for flow in relay]
    ends = np.cumsum([flow.seconds for flow in relay]) / sum(flow.seconds for flow in relay)
    starts = np.concatenate([[0.0], ends[:-1]])

    def at(fraction: float) -> dict[str, Shapes]:
        now = min(int(np.searchsorted(ends, fraction, side="right")), len(relay) - 1)
        seen: dict[str, Shapes] = {}
        for i, drawing in enumerate(drawings):
            own = (fraction - starts[i]) / (ends[i] - starts[i])
            part = drawing(float(np.clip(own, 0.0, 1.0)))
            # Only the flow that runs now has signals; the others have lit their neurons, or not yet.
            seen |= {key: shapes for key, shapes in part.items() if key != SIGNALS or i == now}
        return seen

    return at


def _flow(motion: Flow, beat: Beat, opening: Frame, after: Frame) -> Drawing:
    key = _target(motion, beat)
    units: Units = beat[key]
    whole = np.ones(len(units.values)) if motion.backward else arrivals(motion)
    share = 0.86  # signals take this share of the time; the last lights fade in the rest
    reached = np.array([motion.only in (None, i) for i in range(len(whole))])

    def at(fraction: float) -> dict[str, Shapes]:
        way = fraction / share
        since = np.clip((way - whole) / (1 / share - 1), 0, 1)
        arrived = reached & (way >= whole)
        was = np.array(opening[key].mark.lit)  # type: ignore[attr-defined]
        now = changed(units, lit=tuple(bool(one) for one in was | (arrived & np.array(units.lit))))
        lit = draw(replace(after[key], mark=now), after)
        fresh = np.flatnonzero(arrived & (since < 1))
        if len(fresh):
            lit += flash(after[key], fresh, 1 - since[fresh], after)
        return {SIGNALS: signals(motion, min(way, 1.0), after), key: lit}

    return at


def _film(motion: Film, after: Frame) -> Drawing:
    @lru_cache(maxsize=4)
    def state(index: int) -> dict[str, Shapes]:
        placed = {key: replace(after[key], mark=states[index]) for key, states in motion.states.items()}
        there = replace(after, placed={**after.placed, **placed})
        tied = [k for k, p in there.placed.items() if k in placed or any(e in placed for e in _ends(p.mark))]
        return {key: draw(there[key], there) for key in tied}

    return lambda fraction: state(motion.index(fraction))


def _sweep(motion: Sweep, beat: Beat, after: Frame) -> Drawing:
    over = after[motion.over]
    theme = after.look.theme
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
