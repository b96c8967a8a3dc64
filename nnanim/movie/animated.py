"""Animated pictures of clips: gif with a palette for every beat, webp and apng."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from nnanim.animated import FASTEST, GifEncoder, PictureEncoder, choose_palette
from nnanim.theme import by_name

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

SAMPLES = 16
"""Frames of a beat from which its palette is chosen."""

FAINTEST = 0.1
"""What is less there than this is left out where a pixel is there or not."""


def write_animated(
    beats: Sequence[Sequence[str]],
    path: Path,
    *,
    suffix: str,
    fps: float,
    theme: str,
    comment: str,
    alpha: bool,
) -> None:
    """Write clips as one animated picture.

    Args:
        beats: paths of each beat's clips, which are kept without loss.
        path: where it is written.
        suffix: one of `nnanim.animated.SUFFIXES`.
        fps: of the clips; a gif takes each second frame, or third, where they are more than its players show.
        theme: its colours are in every palette of a gif.
        comment: kept in a gif.
        alpha: whether the clips have alpha, which webp and apng keep. A pixel of a gif is there or not: what
            is half there is laid on the theme's ground.
    """
    step = math.ceil(fps / FASTEST) if suffix == ".gif" else 1
    with av.open(beats[0][0]) as clip:
        size = clip.streams.video[0].width, clip.streams.video[0].height
    if suffix != ".gif":
        pictures = PictureEncoder(path, size, fps, suffix=suffix, alpha=alpha)
        for frame in _frames(chain.from_iterable(beats), 1, alpha):
            pictures.add(frame)
        pictures.finish()
        return
    colors = by_name(theme).colors
    exact = [np.round(by_name(theme).rgba(role)[:3] * 255) for role in dict.fromkeys(["ground", *colors])]
    gif, first = GifEncoder(path, size, fps / step, comment=comment), 0
    for clips in beats:
        frames, samples = _frames(clips, step, alpha, -first % step), _samples(clips, alpha)
        if alpha:
            frames, samples = (_lay(some, exact[0]) for some in (frames, samples))
        gif.begin(choose_palette([one[..., :3] for one in samples], np.array(exact)))
        for frame in frames:
            gif.add(frame)
        first += sum(map(_count, clips))
    gif.finish()


def _frames(clips: Iterable[str], step: int, alpha: bool, first: int = 0) -> Iterator[Pixels]:
    """Each ``step``-th frame of clips that follow each other."""
    kind = "rgba" if alpha else "rgb24"
    for index, frame in enumerate(_decode(clips)):
        if index % step == first:
            yield _pixels(frame, kind)


def _lay(frames: Iterable[Pixels], ground: Floats) -> Iterator[Pixels]:
    """Frames with straight alpha, as a format shows them in which a pixel is there or not."""
    for frame in frames:
        share = frame[..., 3:] / 255
        colors = np.round(frame[..., :3] * share + ground * (1 - share))
        there = np.where(share < FAINTEST, 0, 255)
        yield np.concatenate([colors, there], axis=-1).astype(np.uint8)


def _decode(clips: Iterable[str]) -> Iterator[av.VideoFrame]:
    for clip in clips:
        with av.open(clip) as source:
            yield from source.decode(video=0)


def _count(clip: str) -> int:
    with av.open(clip) as source:
        return sum(packet.pts is not None for packet in source.demux(video=0))


def _samples(clips: Sequence[str], alpha: bool) -> Iterable[Pixels]:
    """Frames of a beat from its start to its end."""
    every = max(sum(map(_count, clips)) // SAMPLES, 1)
    (last,) = deque(_frames(clips[-1:], 1, alpha), maxlen=1)
    return [*_frames(clips, every, alpha), last]


def _pixels(frame: av.VideoFrame, kind: str) -> Pixels:
    return np.asarray(frame.to_ndarray(format=kind), dtype=np.uint8)
