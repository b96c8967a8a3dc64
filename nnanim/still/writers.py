"""A writer of mp4 films that needs no program beside Python, through PyAV.

It follows matplotlib's own interface, so ``animation.save(path, writer=Mp4Writer(fps=30))`` works for any
matplotlib animation.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.animation import AbstractMovieWriter
from matplotlib.figure import Figure

from nnanim.errors import UserError
from nnanim.still.figure import figure_pixels

Pixels = npt.NDArray[np.uint8]

BT709 = 1
"""Number of ITU-R BT.709 among H.264's colour descriptions."""


class PixelWriter(AbstractMovieWriter):
    """Takes the pixels of each frame from the figure's canvas."""

    def __init__(self, fps: float = 30, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(metadata=dict(metadata or {}))
        self.fps: float = fps  # type: ignore[assignment]

    def setup(self, fig: Figure, outfile: str | Path, dpi: float | None = None) -> None:
        """Begin a film of ``fig`` at ``outfile``."""
        super().setup(fig, outfile, dpi)
        fig.set_dpi(self.dpi)
        self.start(*self.frame_size)

    def grab_frame(self, **savefig_kwargs: Any) -> None:
        """Add what the figure shows now; ``facecolor`` is what lies under a figure without a ground."""
        figure = self.fig
        kept = figure.get_facecolor()
        if "facecolor" in savefig_kwargs:
            figure.set_facecolor(savefig_kwargs["facecolor"])
        try:
            self.add(figure_pixels(figure)[..., :3])
        finally:
            figure.set_facecolor(kept)

    def start(self, width: int, height: int) -> None:
        """Begin a film of that size in pixels."""
        raise NotImplementedError

    def add(self, frame: Pixels) -> None:
        """Add a frame: (height, width, 3) red, green, blue."""
        raise NotImplementedError


class Mp4Writer(PixelWriter):
    """H.264 in mp4, playing everywhere; a size that is odd loses its last row or column of pixels."""

    def __init__(
        self,
        fps: float = 30,
        metadata: Mapping[str, str] | None = None,
        crf: int = 18,
        preset: str = "veryfast",
    ) -> None:
        super().__init__(fps, metadata)
        self.options = {"crf": str(crf), "preset": preset, "tune": "animation"}

    @classmethod
    def isAvailable(cls) -> bool:
        """Whether PyAV is installed, as matplotlib asks."""
        return _av() is not None

    def start(self, width: int, height: int) -> None:
        """Open the file."""
        av = _av()
        if av is None:
            raise UserError("mp4 needs PyAV: pip install av (or write a .gif)")
        self._container = av.open(
            str(self.outfile), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        self._container.metadata.update(self.metadata)
        self._stream = self._container.add_stream(
            "libx264", rate=Fraction(self.fps).limit_denominator(1001), options=self.options
        )
        self._stream.width, self._stream.height = width // 2 * 2, height // 2 * 2
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        # Without these players take the colours of a small film for those of old television.
        context.colorspace = context.color_primaries = context.color_trc = BT709
        self._av = av

    def add(self, frame: Pixels) -> None:
        """Encode a frame."""
        even = np.ascontiguousarray(frame[: self._stream.height, : self._stream.width])
        picture = self._av.VideoFrame.from_ndarray(even, format="rgb24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Close the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


def _av() -> Any:
    try:
        import av
    except ImportError:
        return None
    return av
