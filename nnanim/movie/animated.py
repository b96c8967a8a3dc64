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

SAMPLES = 16
"""Frames of a beat from which its palette is chosen."""


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
        alpha: whether the clips have alpha, which webp and apng keep.
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
        frames = _frames(clips, step, False, -first % step)
        gif.begin(choose_palette(_samples(clips), np.array(exact)))
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


def _decode(clips: Iterable[str]) -> Iterator[av.VideoFrame]:
    for clip in clips:
        with av.open(clip) as source:
            yield from source.decode(video=0)


def _count(clip: str) -> int:
    with av.open(clip) as source:
        return sum(packet.pts is not None for packet in source.demux(video=0))


def _samples(clips: Sequence[str]) -> list[Pixels]:
    """Frames of a beat from its start to its end."""
    every = max(sum(map(_count, clips)) // SAMPLES, 1)
    found = list(_frames(clips, every, False))
    return [*found, *_last(clips)]


def _last(clips: Sequence[str]) -> list[Pixels]:
    (frame,) = deque(_decode(clips[-1:]), maxlen=1)
    return [_pixels(frame, "rgb24")]


def _pixels(frame: av.VideoFrame, kind: str) -> Pixels:
    return np.asarray(frame.to_ndarray(format=kind), dtype=np.uint8)
