"""One phase of a beat as a manim animation."""

from __future__ import annotations

from typing import Any

from manim import Animation, Group, Scene, linear

from nnanim.movie.ink import Ink, drawing_code
from nnanim.timeline import Phase


class PhaseAnimation(Animation):
    """One phase of a beat: at every moment the moving marks show what the timeline says."""

    def __init__(self, inks: dict[str, Ink], phase: Phase, seconds: float) -> None:
        """Play ``phase`` on the mobjects of its moving marks, in ``seconds``."""
        self.content = f"{phase.digest} {drawing_code()}"
        self.inks = inks
        # A closure is walked by manim's cache; a slot-less holder with no __dict__ is not.
        self.moving = _Opaque(phase.moving)
        # Of other animations manim adds the mobject to the scene, above all that is there: a picture would
        # cover the points on it. These stand where they are.
        super().__init__(Group(*inks.values()), run_time=seconds, rate_func=linear, introducer=True)

    def _setup_scene(self, scene: Scene | None) -> None:
        """Leave the mobjects in their places: the scene has them already, in the timeline's order."""

    def begin(self) -> None:
        """Start, without the copies of every mobject that manim's animations keep."""
        self.starting_mobject = self.mobject
        self.interpolate(0)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the fraction ``alpha`` of the phase."""
        for key, shapes in self.moving.value(alpha).items():
            if key in self.inks:
                self.inks[key].show(shapes)


class _Opaque:
    """Holds a value where manim's cache does not look."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value
