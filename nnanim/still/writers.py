"""Writers of animations that need no program beside Python: mp4 through PyAV, gif through Pillow.

They follow matplotlib's own interface, so ``animation.save(path, writer=Mp4Writer(fps=30))`` works for any
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
from PIL import Image

from nnanim.errors import UserError
from nnanim.still.figure import pixels

Pixels = npt.NDArray[np.uint8]

BT709 = 1
"""Number of ITU-R BT.709 among H.264's colour descriptions."""


class _PixelWriter(AbstractMovieWriter):
    """Takes the pixels of each frame from the figure's canvas."""

    def __init__(self, fps: float = 30, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(metadata=dict(metadata or {}))
        self.fps: float = fps  # type: ignore[assignment]

    def setup(self, fig: Figure, outfile: str | Path, dpi: float | None = None) -> None:
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
            self.add(pixels(figure)[..., :3])
        finally:
            figure.set_facecolor(kept)

    def start(self, width: int, height: int) -> None:
        """Begin a film of that size in pixels."""
        raise NotImplementedError

    def add(self, frame: Pixels) -> None:
        """Add a frame: (height, width, 3) red, green, blue."""
        raise NotImplementedError


class Mp4Writer(_PixelWriter):
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


class GifWriter(_PixelWriter):
    """An endless gif; ``palette`` (n, 3) are the colours of all its frames; without it each has its own."""

    def __init__(
        self, fps: float = 20, metadata: Mapping[str, str] | None = None, palette: Pixels | None = None
    ) -> None:
        super().__init__(fps, metadata)
        self.palette = palette

    def start(self, width: int, height: int) -> None:
        """Forget all earlier frames."""
        self._frames: list[Image.Image] = []
        self._colors = None if self.palette is None else _palette_image(self.palette)

    def add(self, frame: Pixels) -> None:
        """Keep a frame in the palette's colours."""
        picture = Image.fromarray(np.ascontiguousarray(frame))
        self._frames.append(picture.quantize(palette=self._colors, dither=Image.Dither.NONE))

    def finish(self) -> None:
        """Write the file."""
        if not self._frames:
            return
        # Gif counts hundredths of a second: frame ends are rounded, so that the whole keeps its length.
        ends = np.round(np.arange(1, len(self._frames) + 1) * 100 / self.fps).astype(int)
        durations = (np.diff(ends, prepend=0) * 10).tolist()
        self._frames[0].save(
            self.outfile, format="GIF", save_all=True, append_images=self._frames[1:], duration=durations,
            loop=0, optimize=False, disposal=1, comment=self.metadata.get("comment", "").encode(),
        )  # fmt: skip
        self._frames = []


def palette(samples: list[Pixels], exact: npt.ArrayLike = ()) -> Pixels:
    """(256, 3) colours for all frames of a gif: the ``exact`` (n, 3) ones, the others from samples of frames.

    A colour counts by the root of its area, so that a small signal keeps its own beside a large ground.
    """
    fixed = np.asarray(exact, dtype=np.uint8).reshape(-1, 3)
    found: dict[int, int] = {}
    for sample in samples:
        codes = sample.reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
        for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
            found[int(code)] = found.get(int(code), 0) + int(count)
    codes = np.array(sorted(found), dtype=np.uint32)
    weights = np.ceil(np.sqrt([found[int(code)] for code in codes]) / len(samples)).astype(int)
    line = np.repeat(codes, weights)
    strip = np.stack([line >> 16, line >> 8 & 255, line & 255], axis=-1).astype(np.uint8)[None]
    room = 256 - len(fixed)
    quantized = Image.fromarray(strip).quantize(room, method=Image.Quantize.MEDIANCUT, kmeans=2)
    chosen = np.array(quantized.getpalette(), dtype=np.uint8)[: 3 * room].reshape(-1, 3)
    colors = np.concatenate([fixed, chosen])
    return np.concatenate([colors, np.repeat(colors[:1], 256 - len(colors), axis=0)])


def _palette_image(colors: Pixels) -> Image.Image:
    image = Image.new("P", (1, 1))
    image.putpalette(np.asarray(colors, dtype=np.uint8).ravel().tolist())
    return image


def _av() -> Any:
    try:
        import av
    except ImportError:
        return None
    return av
