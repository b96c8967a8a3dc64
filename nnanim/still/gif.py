"""Gifs of one palette, written frame by frame: a long film takes no more memory than a short one."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image

from nnanim.errors import UserError
from nnanim.still.writers import Pixels, PixelWriter

FASTEST = 50
"""Frames a second that players of gifs keep up with; faster ones are shown at 10."""


def palette(samples: Sequence[Pixels], exact: npt.ArrayLike = ()) -> Pixels:
    """(256, 3) colours for all frames of a gif: the ``exact`` (n, 3) ones, the others from samples of frames.

    A colour counts by the root of its area, so that a small signal keeps its own beside a large ground.
    """
    fixed = np.asarray(exact, dtype=np.uint8).reshape(-1, 3)
    codes, areas = np.unique(np.concatenate([_codes(one).ravel() for one in samples]), return_counts=True)
    free = ~np.isin(codes, _codes(fixed))
    line = np.repeat(codes[free], np.ceil(np.sqrt(areas[free] / len(samples))).astype(int))
    chosen = np.zeros((0, 3), dtype=np.uint8)
    if line.size:
        room = 256 - len(fixed)
        strip = np.stack([line >> 16, line >> 8 & 255, line & 255], axis=-1).astype(np.uint8)[None]
        found = Image.fromarray(strip).quantize(room, method=Image.Quantize.MEDIANCUT, kmeans=2)
        chosen = np.array(found.getpalette(), dtype=np.uint8)[: 3 * room].reshape(-1, 3)
    colors = np.concatenate([fixed, chosen])
    return np.concatenate([colors, np.repeat(colors[:1], 256 - len(colors), axis=0)])


def _codes(pixels: Pixels) -> npt.NDArray[np.uint32]:
    """One number a colour of (…, 3) pixels."""
    wide = pixels.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], dtype=np.uint32)


class _Nearest:
    """The index of the nearest colour of a palette; every colour is looked for once."""

    def __init__(self, colors: Pixels) -> None:
        self._colors = colors.astype(np.int32)
        self._known = np.full(1 << 24, -1, dtype=np.int16)

    def __call__(self, pixels: Pixels) -> Pixels:
        codes = _codes(pixels)
        indices = self._known[codes]
        new = np.unique(codes[indices < 0])
        if new.size:
            for some in np.array_split(new, new.size // 4096 + 1):
                rgb = np.stack([some >> 16, some >> 8 & 255, some & 255], axis=-1).astype(np.int32)
                apart = ((rgb[:, None] - self._colors) ** 2).sum(axis=-1)
                self._known[some] = apart.argmin(axis=1)
            indices = self._known[codes]
        return indices.astype(np.uint8)


class GifWriter(PixelWriter):
    """An endless gif in the colours ``palette`` (256, 3); of each frame only what changed is kept.

    Source: CompuServe, "Graphics Interchange Format, Version 89a".
    """

    def __init__(self, palette: Pixels, fps: float = 20, metadata: Mapping[str, str] | None = None) -> None:
        if fps > FASTEST:
            raise UserError(f"a gif shows at most {FASTEST} frames a second, not {fps:g}")
        super().__init__(fps, metadata)
        self.palette = palette

    def start(self, width: int, height: int) -> None:
        """Write the head of the file."""
        self._nearest = _Nearest(self.palette)
        self._count = self._written = 0
        self._shown: Pixels | None = None
        self._change = Image.new("P", (1, 1)), (0, 0)
        self._file: BinaryIO = open(self.outfile, "wb")  # noqa: SIM115  (finish closes it)
        self._file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0b11110111, 0, 0))
        self._file.write(self.palette.astype(np.uint8).tobytes())
        self._file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        text = self.metadata.get("comment", "").encode()
        if text:
            self._file.write(
                b"!\xfe" + b"".join(_block(text[i : i + 255]) for i in range(0, len(text), 255)) + b"\0"
            )

    def add(self, frame: Pixels) -> None:
        """Add a frame; one like the last only makes that one longer."""
        now = self._nearest(frame)
        if self._shown is None:
            self._keep(now, 0, now.shape[0], 0, now.shape[1])
        elif (differs := now != self._shown).any():
            self._flush()
            rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
            self._keep(now, rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)
        self._shown = now
        self._count += 1

    def _keep(self, now: Pixels, top: int, bottom: int, left: int, right: int) -> None:
        picture = Image.fromarray(np.ascontiguousarray(now[top:bottom, left:right]))
        picture.putpalette(self.palette.ravel().tolist())
        self._change = picture, (int(left), int(top))

    def _flush(self) -> None:
        # Gif counts hundredths of a second: ends are rounded, so that the whole keeps its length.
        end = round(self._count * 100 / self.fps)
        picture, corner = self._change
        for data in GifImagePlugin.getdata(picture, corner, duration=(end - self._written) * 10, disposal=1):
            self._file.write(data)
        self._written = end

    def finish(self) -> None:
        """Write the last frame and close the file."""
        if self._count:
            self._flush()
        self._file.write(b";")
        self._file.close()


def _block(data: bytes) -> bytes:
    return bytes([len(data)]) + data
