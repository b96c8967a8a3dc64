"""Gifs of one palette, through matplotlib's interface of writers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nnanim.animated import FASTEST, GifEncoder
from nnanim.errors import UserError
from nnanim.still.writers import Pixels, PixelWriter


class GifWriter(PixelWriter):
    """An endless gif in the colours ``palette`` (255, 3); of each frame only what changed is kept."""

    def __init__(self, palette: Pixels, fps: float = 20, metadata: Mapping[str, str] | None = None) -> None:
        if fps > FASTEST:
            raise UserError(f"a gif shows at most {FASTEST} frames a second, not {fps:g}")
        super().__init__(fps, metadata)
        self.palette = palette

    def start(self, width: int, height: int) -> None:
        """Open the file."""
        comment = self.metadata.get("comment", "")
        self._encoder = GifEncoder(Path(self.outfile), (width, height), self.fps, comment=comment)
        self._encoder.begin(self.palette)

    def add(self, frame: Pixels) -> None:
        """Add a frame; one like the last only makes that one longer."""
        self._encoder.add(frame)

    def finish(self) -> None:
        """Write the last frame and close the file."""
        self._encoder.finish()
