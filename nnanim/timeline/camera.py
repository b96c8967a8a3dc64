"""The camera in time: phases as they are seen through the views of two beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nnanim.marks import Zoom, is_on_stage
from nnanim.marks.easing import ramp
from nnanim.marks.view import EDGES
from nnanim.shapes import Filled, Shapes
from nnanim.theme import Theme

if TYPE_CHECKING:
    from nnanim.timeline.take import Phase

SECONDS = 1.2
"""Seconds in which one view becomes another, at normal pace."""

HASTE = 0.25
"""Share of a travel in which the words that it takes out of sight go, and in which others come."""

OVER = 0.1
"""Distance that a word may stick out of the view while it fades."""

KEPT = 256
"""Number of marks whose shapes are remembered as they are seen."""


class Lens:
    """Shapes through one view; what rests is mapped once, and stays one object."""

    def __init__(self, zoom: Zoom, theme: Theme) -> None:
        self._zoom = zoom
        self.edges = zoom.edges(theme)
        # The shapes are held, so that no others get their place.
        self._seen: dict[int, tuple[Shapes, Shapes]] = {}

    def __call__(self, shapes: Mapping[str, Shapes]) -> dict[str, Shapes]:
        """Shapes by key as they are seen."""
        return {key: self._map(drawn) if is_on_stage(key) else drawn for key, drawn in shapes.items()}

    def _map(self, drawn: Shapes) -> Shapes:
        if id(drawn) not in self._seen:
            if len(self._seen) >= KEPT:
                self._seen.clear()
            self._seen[id(drawn)] = drawn, self._zoom.apply(drawn)
        return self._seen[id(drawn)][1]


def film(phases: list[Phase], before: Zoom, after: Zoom, theme: Theme) -> list[Phase]:
    """The phases of a beat as the camera sees them: it goes from ``before`` to ``after`` while marks move."""
    if before.is_whole and after.is_whole:
        return phases
    old, new = Lens(before, theme), Lens(after, theme)
    return [
        _travel(phase, before, after, theme)
        if phase.name == "move" and before.differs(after)
        else _hold(phase, old if phase.name == "leave" else new)
        for phase in phases
    ]


def _hold(phase: Phase, lens: Lens) -> Phase:
    resting = lens(phase.resting)
    if lens.edges:
        resting[EDGES] = lens.edges
    return replace(phase, moving=lambda f: lens(phase.moving(f)), resting=resting)


def _travel(phase: Phase, before: Zoom, after: Zoom, theme: Theme) -> Phase:
    """A phase in which everything on the stage moves, because the camera does."""
    staged = {key: shapes for key, shapes in phase.resting.items() if is_on_stage(key)}
    apart = {key: shapes for key, shapes in phase.resting.items() if key not in staged}

    def moving(fraction: float) -> dict[str, Shapes]:
        zoom = before.between(after, ramp(fraction))
        light = partial(_light, before=before, now=zoom, after=after, fraction=fraction)
        seen = {**staged, **phase.moving(fraction)}
        seen = {key: zoom.apply(one, light) if is_on_stage(key) else one for key, one in seen.items()}
        return {**seen, EDGES: zoom.edges(theme)}

    return replace(phase, moving=moving, resting=apart)


def _light(word: Filled, before: Zoom, now: Zoom, after: Zoom, fraction: float) -> float:
    """How bright a word is while the camera travels.

    What is not seen in the end goes first, and what comes to be seen comes last; in between, words fade near
    the edge.
    """
    gone, come = ramp(fraction, 0.0, HASTE), ramp(fraction, 1 - HASTE, 1.0)
    first, last = before.light(word), after.light(word)
    light = first + (last - first) * (gone if last < first else come)
    return min(light, now.light(word, strip=gone * (1 - come), over=OVER))
