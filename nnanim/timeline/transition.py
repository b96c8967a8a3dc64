"""From one frame to the next: marks leave, move and enter, and the sentence comes with its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from nnanim.beats import Beat
from nnanim.marks import Frame
from nnanim.motions import Drawing, Fade, Movement, courses_of, during, ease
from nnanim.shapes import Shapes, fade
from nnanim.timeline.birth import Join, make_joins, without_words
from nnanim.timeline.change import Change, compare_frames, fade_out, move_marks, move_seconds
from nnanim.timeline.enter import find_gathers, plan_entry
from nnanim.timeline.give_way import ENTERS, LEAVES, MOVES, give_way

LEAVE, MOVE = 0.45, 0.8
"""Seconds in which marks leave, and in which they move, at normal pace."""

AHEAD = 0.2
"""Seconds by which what leaves is ahead of what moves, where both happen at once."""

SAY = 0.4
"""Seconds in which a sentence comes while marks enter."""

SAY_FROM, SAY_TO = 0.35, 0.85
"""Shares of a move between which the sentence comes; of a long one, of its first second."""

JOIN = 0.15
"""Seconds by which marks begin to move, and stop, before the parts that join them."""


Joins = tuple[Join, ...]
"""The parts that join one mark."""


@dataclass(frozen=True, eq=False)
class TransitionStep:
    """One phase of a transition.

    Attributes:
        name: ``leave``, ``move`` or ``enter``.
        seconds: its length, at normal pace.
        drawing: the moving marks at a fraction of it.
        keys: of these.
        seen: shapes of all marks, of which those of ``keys`` do not rest.
        says: seconds after its beginning from which the sentence can be read, or None: it comes in another.
    """

    name: str
    seconds: float
    drawing: Drawing
    keys: tuple[str, ...]
    seen: Mapping[str, Shapes]
    says: float | None = None


class Transition:
    """How one frame becomes the next.

    Attributes:
        change: what differs.
        old, new: the shapes of both frames, by key.
        below: keys of what leaves and is held for what comes out of it, or flies into others: it lies below.
    """

    def __init__(self, beat: Beat, before: Frame, after: Frame, travel: float = 0.0) -> None:
        """Compare two frames.

        Args:
            beat: what is told.
            before: the frame that is left.
            after: the frame that is reached.
            travel: seconds that the camera needs; 0 where it stays.

        Raises:
            UserError: something is born out of a part that does not exist.
        """
        self._before, self._after, self._travel = before, after, travel
        self.change: Change = compare_frames(before, after)
        self.old = {key: one.draw(before) for key, one in before.placed.items()}
        self.new = {key: one.draw(after) for key, one in after.placed.items()}
        entering, moving = self.change.entering, self.change.moving
        self._says = tuple(key for key in entering if key.startswith("say:"))
        self._come = tuple(key for key in entering if key not in self._says)
        # Legends alone do not keep an empty stage waiting: they move while the new marks enter.
        alone = self._come and all(key.startswith("legend:") for key in moving) and not travel
        self._along = moving if alone else ()
        self._entry = plan_entry(beat, before, after, self._come, self.new)
        self._into = find_gathers(beat, before, after, comes=False)
        self._joins = make_joins(beat, before, after)
        leaving = self.change.leaving
        self._lent = {
            one.source: self.old[one.source]
            for joins in self._joins.values()
            for one in joins
            if one.source in leaving
        }
        held = (*self._entry.held, *self._lent)
        self._gone = tuple(key for key in leaving if key not in held)
        self.below = (*held, *self._into)

    @property
    def moves_along(self) -> bool:
        """Whether legends move while the new marks enter."""
        return bool(self._along)

    def steps(self) -> Iterator[TransitionStep]:
        """What happens, in order; words on their way give way to each other."""
        for step in self._steps():
            resting = {key: shapes for key, shapes in step.seen.items() if key not in step.keys}
            comes = {*self._says, *(self._come if step.name == "enter" else ())}
            ranks = {
                key: ENTERS if key in comes else MOVES if key in self.change.moving else LEAVES
                for key in (*step.keys, *comes)
            }
            yield replace(step, drawing=give_way(step.drawing, resting, ranks))

    def _steps(self) -> Iterator[TransitionStep]:
        moves = bool(self._travel or (self.change.moving and not self._along))
        first = not moves or bool(self._into)  # else what leaves goes while the others begin to move
        says = self._says
        if first and (self._gone or (says and not moves and not self._come)):
            said = () if moves or self._come else says
            yield self._leave(said)
            says = () if said else says
        stay = {key: shapes for key, shapes in self.old.items() if key not in self._gone}
        stay |= {key: self.new[key] for key in self._says if key not in says}
        if moves:
            yield self._move(stay, () if first else self._gone, says)
            stay |= {key: self.new[key] for key in (*self.change.moving, *says)}
            stay = {key: shapes for key, shapes in stay.items() if key not in self._lent}
            says = ()
        if self._come:
            yield self._enter(stay, says)

    def _leave(self, says: tuple[str, ...]) -> TransitionStep:
        seconds = max([LEAVE, *(one.seconds for one in self._into.values())])
        fading = fade_out(self.old, self.new, tuple(key for key in self._gone if key not in self._into), says)

        def gather(fraction: float) -> dict[str, Shapes]:
            return {key: one.at(fraction * seconds) for key, one in self._into.items()}

        at = Movement(during(fading.courses, 0.0, LEAVE / seconds), gather)
        return TransitionStep("leave", seconds, at, self._gone, self.old, 0.75 * LEAVE if says else None)

    def _move(
        self, stay: Mapping[str, Shapes], gone: tuple[str, ...], says: tuple[str, ...]
    ) -> TransitionStep:
        before, after, moving = self._before, self._after, self.change.moving
        joins = {key: tuple(one.part for one in some) for key, some in self._joins.items()}
        ahead = AHEAD if gone else 0.0
        longest = max((_flying(some) + JOIN for some in self._joins.values()), default=0.0)
        own = max(MOVE, move_seconds(before, after, moving), longest)
        seconds = max(own + ahead, self._travel)
        lasts = min(seconds, MOVE + AHEAD)
        going, leaving = move_marks(before, after, moving, joins), fade_out(self.old, self.new, gone, ())
        held = {key: self.old[key] for key in self._entry.held}  # their words hide from what moves
        joining = _with_joins(own, going, self._joins, self._lent)

        def move(fraction: float) -> dict[str, Shapes]:
            t = fraction * seconds
            return {**held, **joining(min(max(t - ahead, 0.0) / (seconds - ahead), 1.0))}

        def come(fraction: float) -> float:
            t = fraction * seconds
            return ease(min(max((t / lasts - SAY_FROM) / (SAY_TO - SAY_FROM), 0.0), 1.0))

        gone_first = during(leaving.courses, 0.0, LEAVE / seconds)
        at = Movement({**gone_first, **{key: Fade(self.new[key], come) for key in says}}, move)
        middle = (SAY_FROM + SAY_TO) / 2 * lasts if says else None
        keys = (*gone, *held, *moving, *self._lent, *says)
        return TransitionStep("move", seconds, at, keys, stay, middle)

    def _enter(self, stay: Mapping[str, Shapes], says: tuple[str, ...]) -> TransitionStep:
        entry, beside = self._entry, move_marks(self._before, self._after, self._along)

        courses, others = courses_of(entry.drawing)

        def come(fraction: float) -> float:
            return ease(min(fraction * entry.seconds / SAY, 1.0))

        def join(fraction: float) -> dict[str, Shapes]:
            return {**others(fraction), **beside(fraction)}

        at = Movement({**courses, **{key: Fade(self.new[key], come) for key in says}}, join)
        keys = (*self._along, *entry.held, *says)
        return TransitionStep("enter", entry.seconds, at, keys, stay, SAY / 2 if says else None)


def _flying(joins: Joins) -> float:
    """Seconds until the last of some parts that join a mark has landed."""
    return max(one.flight.seconds for one in joins)


def _with_joins(
    seconds: float, drawing: Drawing, joins: Mapping[str, Joins], lent: Mapping[str, Shapes]
) -> Drawing:
    """What moves, and the parts that join it, out of marks that leave, too; room is made before they land."""
    if not joins:
        return drawing

    def at(fraction: float) -> dict[str, Shapes]:
        t = fraction * seconds
        seen = dict(drawing(min(t / (seconds - 2 * JOIN), 1.0)))
        seen |= {key: fade(shapes, 1 - ease(min(t / LEAVE, 1.0))) for key, shapes in lent.items()}
        for key, some in joins.items():
            since = t - (seconds - _flying(some))
            for one in some:
                if since > one.flight.starts[0]:
                    seen[key] = (*seen[key], *one.flight.at(since))
                    if one.source in seen:  # a word that flies is not left behind
                        seen[one.source] = without_words(seen[one.source], one.words)
        return seen

    return at
