"""manim's Cairo renderer with the film's own clock."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import CairoRenderer, Scene


class FilmRenderer(CairoRenderer):
    """Cairo, with a clock that counts the film's frames: the same from the cache, none where it skips."""

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play as manim does; then set the clock to what the film has got."""
        start = self.time
        super().play(scene, *args, **kwargs)
        if not (self.file_writer.output_spec.is_video and self.skip_animations):
            return
        cached = self.animations_hashes[-1] is not None
        self.time = start + (self._frames(scene) / self.camera.frame_rate if cached else 0.0)

    def _frames(self, scene: Scene) -> int:
        """How many frames manim makes of the animation that was just played."""
        step = 1 / self.camera.frame_rate
        if scene.is_current_animation_frozen_frame():
            return int(scene.duration / step)
        return len(np.arange(0, scene.duration, step))
