"""Animated WebP and PNG, through FFmpeg's encoders: all colours, and alpha."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_CODECS = {
    # Drawn pictures: slightly lossy, as a film is; what is transparent keeps no colours.
    ".webp": ("libwebp_anim", {"quality": "90", "compression_level": "4", "preset": "drawing"}),
    ".apng": ("apng", {"pred": "mixed"}),
}
_PIXELS = {".webp": ("yuv420p", "yuva420p"), ".apng": ("rgb24", "rgba")}
_LOOPS = {".webp": "loop", ".apng": "plays"}


class PictureEncoder:
    """Writes one animated picture."""

    def __init__(
        self, path: Path, size: tuple[int, int], fps: float, *, suffix: str, alpha: bool = False
    ) -> None:
        """Open the file.

        Args:
            path: where it is written.
            size: width and height in pixels.
            fps: frames a second.
            suffix: ``.webp`` or ``.apng``.
            alpha: whether frames are (height, width, 4), not premultiplied, or (height, width, 3).
        """
        codec, options = _CODECS[suffix]
        kind = suffix.removeprefix(".")
        self._container = av.open(str(path), "w", format=kind, options={_LOOPS[suffix]: "0"})
        rate = Fraction(fps).limit_denominator(1001)
        stream: Any = self._container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = _PIXELS[suffix][alpha]
        stream.time_base = 1 / rate
        self._stream = stream
        self._format = "rgba" if alpha else "rgb24"
        self._count = 0

    def add(self, frame: Pixels) -> None:
        """Add a frame.

        Both encoders guess how long the last one stays from those before it: so each is handed on.
        """
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=self._format)
        picture.pts, picture.time_base = self._count, self._stream.time_base
        self._container.mux(self._stream.encode(picture))
        self._count += 1

    def finish(self) -> None:
        """Write what is held back, and close the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
