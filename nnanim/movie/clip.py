"""Clips that have their names only when they are whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from manim.scene.video_segment_encoder import VideoSegmentEncoder

if TYPE_CHECKING:
    from manim._config.video_encoder import VideoEncoderSpec


class ClipEncoder(VideoSegmentEncoder):
    """manim's encoder of one clip: manim would take one that was torn off for a finished one of its name."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec) -> None:
        super().__init__(target=target.with_name(f"{target.stem}.part{target.suffix}"), spec=spec)
        self._part, self.target = self.target, target

    def finish(self) -> None:
        """Flush encoded packets, close the clip and give it its name."""
        done = self._closed
        super().finish()
        if not done:
            os.replace(self._part, self.target)

    def abort(self) -> None:
        """Close the clip and remove what there is of it."""
        self.target = self._part
        super().abort()
