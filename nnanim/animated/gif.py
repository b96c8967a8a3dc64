"""Gifs: a palette for every part of a film, and of each frame only what has changed.

Source: CompuServe, "Graphics Interchange Format, Version 89a".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image

Pixels = npt.NDArray[np.uint8]

FASTEST = 50
"""Frames a second that players of gifs keep up with; faster ones are shown at 10."""

COLORS, UNCHANGED = 255, 255
"""Colours of a palette; and the entry after them, which stands for what a pixel has been before."""

STAYS, CLEARED = 1, 2
"""What becomes of a frame when its time is over (section 23, disposal method)."""


def choose_palette(samples: Sequence[Pixels], exact: npt.ArrayLike = ()) -> Pixels:
    """(255, 3) colours for the frames of a part: the ``exact`` (n, 3) ones, the others from samples of them.

    A colour counts by the root of its area, so that a small signal keeps its own beside a large ground.
    """
    fixed = np.asarray(exact, dtype=np.uint8).reshape(-1, 3)
    codes, areas = np.unique(np.concatenate([_codes(one).ravel() for one in samples]), return_counts=True)
    free = ~np.isin(codes, _codes(fixed))
    line = np.repeat(codes[free], np.ceil(np.sqrt(areas[free] / len(samples))).astype(int))
    room, few = COLORS - len(fixed), np.unique(line)
    if len(few) <= room:
        chosen = _colors(few)
    else:
        found = Image.fromarray(_colors(line)[None]).quantize(room, Image.Quantize.MEDIANCUT, kmeans=2)
        chosen = np.array(found.getpalette(), dtype=np.uint8)[: 3 * room].reshape(-1, 3)
    colors = np.concatenate([fixed, chosen])
    return np.concatenate([colors, np.repeat(colors[:1], COLORS - len(colors), axis=0)])


def _codes(pixels: Pixels) -> npt.NDArray[np.uint32]:
    """One number a colour of (…, 3) pixels."""
    wide = pixels.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], dtype=np.uint32)


def _colors(codes: npt.NDArray[np.uint32]) -> Pixels:
    """(…, 3) pixels of such numbers."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)


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
                apart = ((_colors(some).astype(np.int32)[:, None] - self._colors) ** 2).sum(axis=-1)
                self._known[some] = apart.argmin(axis=1)
            indices = self._known[codes]
        return indices.astype(np.uint8)


class GifEncoder:
    """Writes one gif, part by part: `begin` gives the colours of the frames that are added after it."""

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: float,
        *,
        comment: str = "",
        loop: bool = True,
        slack: int = 0,
    ) -> None:
        """Open the file.

        Args:
            path: where it is written.
            size: width and height in pixels.
            fps: frames a second, at most `FASTEST`.
            comment: kept in the file.
            loop: whether it is played for ever, or once.
            slack: a pixel that differs by no more of 255 from what is shown stays: noise of a video is none.
        """
        self._path, self._size, self._fps = path, size, fps
        self._comment, self._loop, self._slack = comment, loop, slack
        self._count = self._written = 0
        self._shown: Pixels | None = None
        self._last: Pixels | None = None
        self._first: Pixels | None = None
        self._file: BinaryIO | None = None

    def begin(self, colors: Pixels) -> None:
        """A part begins, whose frames have the (255, 3) ``colors``."""
        self._colors, self._nearest = colors, _Nearest(colors)
        if self._file is None:
            self._first = colors
            self._file = self._open(colors)

    def _open(self, colors: Pixels) -> BinaryIO:
        file = open(self._path, "wb")  # noqa: SIM115  (finish closes it)
        file.write(b"GIF89a" + struct.pack("<HHBBB", *self._size, 0b11110111, 0, 0))
        file.write(colors.astype(np.uint8).tobytes() + bytes(3))
        if self._loop:
            file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        text = self._comment.encode()
        blocks = [text[i : i + 255] for i in range(0, len(text), 255)]
        if blocks:
            file.write(b"!\xfe" + b"".join(bytes([len(one)]) + one for one in blocks) + b"\0")
        return file

    def add(self, frame: Pixels) -> None:
        """Add a frame; one that looks like the last only makes that one longer.

        Args:
            frame: (height, width, 3); or (height, width, 4) where nothing is painted if alpha is 0, and what
                was painted before is cleared.
        """
        if self._last is None or not np.array_equal(frame, self._last):
            self._change(frame)
            self._last = frame.copy()
        self._count += 1

    def _change(self, frame: Pixels) -> None:
        indices = self._nearest(frame[..., :3])
        if frame.shape[-1] == 4:
            if self._last is not None:
                self._flush()
            self._keep(indices, frame[..., 3] > 0, CLEARED)
            return
        seen = self._colors[indices]
        if self._shown is None:
            self._keep(indices, np.ones(indices.shape, dtype=bool))
            self._shown = seen
            return
        differs = (seen != self._shown).any(axis=-1)
        if self._slack:
            off = np.abs(frame.astype(np.int16) - self._shown).max(axis=-1)
            differs &= off > self._slack
        if differs.any():
            self._flush()
            self._keep(indices, differs)
            self._shown[differs] = seen[differs]

    def _keep(self, indices: Pixels, differs: npt.NDArray[np.bool_], then: int = STAYS) -> None:
        """Hold what has changed until it is known how long it stays."""
        if not differs.any():
            indices, differs = indices[:1, :1], differs[:1, :1]  # a picture has a pixel at least
            rows, columns = np.zeros(1, dtype=int), np.zeros(1, dtype=int)
        else:
            rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        picture = Image.fromarray(np.where(differs, indices, UNCHANGED)[part].astype(np.uint8))
        picture.putpalette([*self._colors.ravel().tolist(), 0, 0, 0])
        self._held = picture, (int(columns[0]), int(rows[0])), self._colors is not self._first, then

    def _flush(self) -> None:
        # Gif counts hundredths of a second: ends are rounded, so that the whole keeps its length.
        end = round(self._count * 100 / self._fps)
        picture, corner, own, then = self._held
        about = {"duration": (end - self._written) * 10, "disposal": then, "transparency": UNCHANGED}
        assert self._file is not None
        for data in GifImagePlugin.getdata(picture, corner, include_color_table=own, **about):
            self._file.write(data)
        self._written = end

    def finish(self) -> None:
        """Write the last frame and close the file."""
        if self._file is None:
            return
        if self._count:
            self._flush()
        self._file.write(b";")
        self._file.close()
