"""Frames as x264 wants them: only where a frame differs from the last one is it converted again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt

from nnanim.movie.cairo_backend import loops
from nnanim.movie.encoding import ClipEncoder

if TYPE_CHECKING:
    from nnanim.movie.compat import VideoEncoderSpec
    from nnanim.movie.raster_jit import Loops

Pixels = npt.NDArray[np.uint8]

FORMAT = "yuv420p"


class Planes:
    """RGBA frames to those of a film, one after the other.

    Attributes:
        free: frames that have been encoded and may be written over.
    """

    def __init__(self, size: tuple[int, int], convert: Loops) -> None:
        """Begin with a black frame of ``size`` (width, height), both even."""
        self.free: SimpleQueue[av.VideoFrame] = SimpleQueue()
        self._size, self._convert = size, convert
        self._seen = np.zeros((size[1], size[0], 4), dtype=np.uint8)
        wide = [plane.line_size for plane in av.VideoFrame(*size, FORMAT).planes]
        rows, shades = (size[1], size[1] // 2, size[1] // 2), (16, 128, 128)
        self._now = tuple(np.full((r, w), s, np.uint8) for r, w, s in zip(rows, wide, shades, strict=True))
        self._given: av.VideoFrame | None = None

    @classmethod
    def of(cls, spec: VideoEncoderSpec | None) -> Planes | None:
        """For what ``spec`` encodes; None where PyAV has to convert, or there are no compiled loops."""
        if spec is None or (spec.codec, spec.pixel_format) != ("libx264", FORMAT):
            return None
        convert = None if spec.width % 2 or spec.height % 2 else loops()
        return None if convert is None else cls((spec.width, spec.height), convert)

    def begin(self) -> None:
        """A clip begins: its first frame is one of its own."""
        self._given = None

    def frame(self, pixels: Pixels) -> av.VideoFrame:
        """(height, width, 4) opaque RGBA as a frame; the one that was given last if nothing has changed.

        Raises:
            ValueError: pixels of another shape or type.
        """
        if pixels.shape != self._seen.shape or pixels.dtype != np.uint8:
            raise ValueError(f"a frame has {self._seen.shape} bytes, not {pixels.shape} of {pixels.dtype}")
        changes = self._convert.planes(np.ascontiguousarray(pixels), self._seen, self._now)
        if changes or self._given is None:
            self._given = self._empty()
            for plane, now in zip(self._given.planes, self._now, strict=True):
                np.copyto(np.frombuffer(memoryview(plane), np.uint8).reshape(now.shape), now)
        return self._given

    def _empty(self) -> av.VideoFrame:
        try:
            return self.free.get_nowait()
        except Empty:
            return av.VideoFrame(*self._size, FORMAT)


class PlanesEncoder(ClipEncoder):
    """The encoder of one clip, for the frames of ``Planes``."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec, free: SimpleQueue[av.VideoFrame]) -> None:
        super().__init__(target=target, spec=spec)
        self._free = free
        self._held: av.VideoFrame | None = None

    def write_frame(self, frame: av.VideoFrame, *, repeat: int = 1) -> None:
        """Encode ``frame`` ``repeat`` times; x264 copies it each time."""
        if self._closed:
            raise RuntimeError(f"Video segment encoder for {self.target} is closed.")
        if self._held is not None and frame is not self._held:
            self._free.put(self._held)
        self._held = frame
        rate = self.spec.frame_rate
        frame.time_base = Fraction(rate.denominator, rate.numerator)
        try:
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                self._container.mux(self._stream.encode(frame))
        except BaseException as error:
            raise self._operation_error("encode", error) from error

    def finish(self) -> None:
        """Flush encoded packets and close the segment."""
        super().finish()
        if self._held is not None:
            self._free.put(self._held)
