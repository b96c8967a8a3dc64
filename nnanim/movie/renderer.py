"""manim's Cairo renderer with the film's own clock, which neither paints nor copies a frame in vain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from manim import CairoRenderer, Mobject, Scene

from nnanim.movie.ink import inks


class FilmRenderer(CairoRenderer):
    """Cairo, with a clock that counts the film's frames: the same from the cache, none where it skips."""

    _painted: list[Any] | None = None

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play as manim does; then set the clock to what the film has got."""
        start, self._painted = self.time, None
        super().play(scene, *args, **kwargs)
        if not (self.file_writer.output_spec.is_video and self.skip_animations):
            return
        cached = self.animations_hashes[-1] is not None
        self.time = start + (self._frames(scene) / self.camera.frame_rate if cached else 0.0)

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Paint a frame, unless it is the last one again, and hand it on."""
        moving = list(moving_mobjects or ())
        now = self._paint_state(moving)
        if now is None or now != self._painted:
            self.update_frame(scene, moving)
        self._painted = now
        self.add_frame(self._frame())

    def update_frame(
        self, scene: Scene, mobjects: Iterable[Mobject] | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Paint what moves over what rests; manim takes "nothing moves" for "everything does"."""
        moving = None if mobjects is None else list(mobjects)
        if moving == [] and self.static_image is not None:
            # Painted once more, soft edges would become harder as soon as the motion ends.
            self.camera.set_frame_to_background(self.static_image)
            return
        super().update_frame(scene, moving, *args, **kwargs)

    def freeze_current_frame(self, duration: float) -> None:
        """Hold the current frame."""
        self.add_frame(self._frame(), num_frames=int(duration / (1 / self.camera.frame_rate)))

    def _paint_state(self, moving: list[Mobject]) -> list[Any] | None:
        """Equal lists for equal frames of one animation; None where nobody knows."""
        if not (plain := inks(moving)):
            return None
        return [self.camera.frame.points.tobytes(), *(one.paint_state() for one in plain)]

    def _frame(self) -> Any:
        """The current frame: the camera's own pixels for a writer that takes them at once, else a copy."""
        at_once = getattr(self.file_writer, "planes", None) is not None
        return self.camera.pixel_array if at_once else self.get_frame()

    def _frames(self, scene: Scene) -> int:
        """How many frames manim makes of the animation that was just played."""
        step = 1 / self.camera.frame_rate
        if scene.is_current_animation_frozen_frame():
            return int(scene.duration / step)
        return len(np.arange(0, scene.duration, step))
