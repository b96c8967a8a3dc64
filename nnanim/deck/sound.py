"""Sound: clips that carry their spoken sentence, and one track for a whole video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from nnanim.deck.slides import Slide
from nnanim.errors import UserError
from nnanim.files import atomic

RATE = 48_000
"""Samples a second of every track that is written."""

CODECS = {".mp4": "aac", ".mov": "aac", ".webm": "libopus"}

Samples = npt.NDArray[np.int16]


def samples(path: Path) -> Samples:
    """A sound file as mono samples at ``RATE``.

    Raises:
        UserError: it cannot be read.
    """
    try:
        with av.open(str(path)) as source:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            frames = [
                frame for decoded in (*source.decode(audio=0), None) for frame in resampler.resample(decoded)
            ]
    except (OSError, av.error.FFmpegError, IndexError) as error:
        raise UserError(f"{path} is not a sound that can be read: {error}") from error
    return np.concatenate([frame.to_ndarray()[0] for frame in frames] or [np.zeros(0, np.int16)])


def mix_track(slides: Sequence[Slide]) -> Samples:
    """The sound of a whole video: each sentence where its slide begins, silence elsewhere."""
    ends = np.cumsum([slide.seconds + slide.hold for slide in slides])
    whole = np.zeros(round(float(ends[-1]) * RATE), np.int16)
    for slide, end in zip(slides, ends, strict=True):
        if slide.voice is not None:
            begin = round((float(end) - slide.seconds - slide.hold) * RATE)
            said = samples(slide.voice)[: len(whole) - begin]
            whole[begin : begin + len(said)] = said
    return whole


def encode(stream: Any, sound: Samples) -> Iterator[Any]:
    """Packets of ``sound`` for a stream of ``RATE`` in mono."""
    frame = av.AudioFrame.from_ndarray(sound[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    resampler = av.AudioResampler(
        format=stream.codec_context.format,
        layout="mono",
        rate=RATE,
        frame_size=stream.codec_context.frame_size,
    )
    for one in (frame, None):
        for ready in resampler.resample(one):
            yield from stream.encode(ready)
    yield from stream.encode(None)


def add_voice(slide: Slide) -> Path:
    """The clip of a slide with its sentence in it; the clip itself, if nothing is said.

    It is kept beside the clip, under a name of its content.
    """
    if slide.clip is None or slide.voice is None:
        if slide.clip is None:
            raise UserError(f"slide {slide.id} has no clip")
        return slide.clip
    name = hashlib.sha256(slide.clip.read_bytes() + slide.voice.read_bytes()).hexdigest()[:12]
    target = slide.clip.parent / "voiced" / f"{slide.clip.stem}-{name}{slide.clip.suffix}"
    if not target.is_file():
        with atomic(target) as temporary:
            _mux(slide.clip, samples(slide.voice), temporary)
    return target


def encode_voice(voice: Path) -> Path:
    """A spoken sentence as a small file for a page, beside the voice and under a name of its content.

    Raises:
        UserError: the voice cannot be read.
    """
    name = hashlib.sha256(voice.read_bytes()).hexdigest()[:12]
    target = voice.parent / "page" / f"{name}.m4a"
    if not target.is_file():
        sound = samples(voice)
        with atomic(target) as temporary, av.open(str(temporary), "w", format="mp4") as out:
            audio: Any = out.add_stream("aac", rate=RATE, layout="mono")
            for packet in encode(audio, sound):
                out.mux(packet)
    return target


def _mux(clip: Path, sound: Samples, target: Path) -> None:
    with av.open(str(clip)) as source, av.open(str(target), "w") as out:
        picture = source.streams.video[0]
        video: Any = out.add_stream_from_template(picture)
        audio: Any = out.add_stream(CODECS[clip.suffix], rate=RATE, layout="mono")
        out.start_encoding()
        said = list(encode(audio, sound))
        for packet in source.demux(picture):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
        for packet in said:
            packet.stream = audio
            out.mux(packet)
