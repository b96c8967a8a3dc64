"""One long video of all slides, with chapters and subtitles that can be switched on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import srt

from nnanim.deck import sound
from nnanim.deck.slides import Deck, Slide
from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.film.subtitles import check_languages, write_subtitles

LANGUAGES = {"en": "eng", "ja": "jpn"}
"""Three-letter codes (ISO 639-2), which players read."""

TICKS = 1000
"""A subtitle's and a chapter's clock: milliseconds."""


@dataclass(frozen=True)
class Cue:
    """A sentence, and the seconds at which it is seen."""

    id: str
    start: float
    end: float
    text: str


def write(deck: Deck, path: Path, subs: Sequence[str] = ()) -> list[Path]:
    """Write ``deck`` as an .mp4, with .srt and .vtt beside it, in the languages ``subs``, too; returns all.

    Every slide needs a clip. Pictures are taken over as they are; a held picture is only a longer last frame.

    Raises:
        UserError: clips differ in size or codec, or one cannot be read; no sentence is in a language.
    """
    timed = list(_times(deck.slides))
    spoken = [BeatRecord(s.id, s.captions, start, start + s.seconds) for s, start in timed if s.is_film]
    check_languages(spoken, subs)
    cues = [Cue(s.id, start, start + s.seconds, s.title) for s, start in timed if s.is_film and s.title]
    try:
        with atomic(path) as temporary, av.open(str(temporary), "w", format="mp4") as out:
            _fill(out, deck, timed, cues)
    except av.error.FFmpegError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from error
    records = [BeatRecord(cue.id, {deck.lang: cue.text}, cue.start, cue.end) for cue in cues]
    beside = [write_text(path.with_suffix(".vtt"), manifest.vtt(records, deck.lang))]
    beside.append(write_text(path.with_suffix(".srt"), srt.compose(map(_subtitle, cues))))
    return [path, *beside, *write_subtitles(spoken, path, subs)]


def _times(slides: Sequence[Slide]) -> Iterator[tuple[Slide, float]]:
    """Every slide with the second at which it begins."""
    start = 0.0
    for slide in slides:
        yield slide, start
        start += slide.seconds + slide.hold


def _subtitle(cue: Cue) -> srt.Subtitle:
    return srt.Subtitle(None, timedelta(seconds=cue.start), timedelta(seconds=cue.end), cue.text)


def _fill(
    out: Any,
    deck: Deck,
    timed: Sequence[tuple[Slide, float]],
    cues: Sequence[Cue],
) -> None:
    first = timed[0][0].clip
    assert first is not None
    with av.open(str(first)) as source:
        video = out.add_stream_from_template(source.streams.video[0])
    with_sound = any(slide.voice for slide, _ in timed)
    audio = out.add_stream("aac", rate=sound.RATE, layout="mono") if with_sound else None
    titles = out.add_mux_stream("mov_text") if cues else None
    for stream in (audio, titles):
        if stream is not None:
            stream.metadata["language"] = LANGUAGES.get(deck.lang, deck.lang)
    out.metadata.update({"title": deck.title, "language": deck.lang})
    out.set_chapters(_chapters(timed))
    out.start_encoding()
    packets = list(sound.encode(audio, sound.mix_track(deck.slides))) if audio is not None else []
    for packet in packets:
        packet.stream = audio
    if titles is not None:
        packets += list(_texts(titles, cues))
    packets.sort(key=lambda packet: float(packet.pts * packet.time_base))
    for picture in _pictures(video, timed):
        now = float(picture.dts * picture.time_base)
        while packets and float(packets[0].pts * packets[0].time_base) <= now:
            out.mux(packets.pop(0))
        out.mux(picture)
    for packet in packets:
        out.mux(packet)


def _chapters(timed: Sequence[tuple[Slide, float]]) -> list[dict[str, object]]:
    begins = [(slide.chapter, start) for slide, start in timed if slide.chapter or not start]
    last, start = timed[-1]
    ends = [start for _, start in begins[1:]] + [start + last.seconds + last.hold]
    return [
        {
            "id": number, "start": round(start * TICKS), "end": round(end * TICKS),
            "time_base": Fraction(1, TICKS), "metadata": {"title": name},
        }
        for number, ((name, start), end) in enumerate(zip(begins, ends, strict=True), start=1)
    ]  # fmt: skip


def _pictures(video: Any, timed: Sequence[tuple[Slide, float]]) -> Iterator[Any]:
    """The packets of all clips, one clip after the other."""
    shape, shift = None, 0
    for slide, _ in timed:
        assert slide.clip is not None
        with av.open(str(slide.clip)) as source:
            stream: Any = source.streams.video[0]
            context = stream.codec_context
            this = (context.name, context.width, context.height, bytes(context.extradata or b""))
            if shape is not None and this != shape:
                raise UserError(f"{slide.clip} is not encoded as the other clips are; build the deck again")
            shape = this
            ready: list[Any] = [packet for packet in source.demux(stream) if packet.dts is not None]
        latest = max(ready, key=lambda packet: packet.pts)
        latest.duration += round(slide.hold / latest.time_base)
        end = shift + latest.pts + latest.duration
        for packet in ready:
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = video
            yield packet
        shift = end


def _texts(stream: Any, cues: Sequence[Cue]) -> Iterator[Any]:
    """Subtitles as 3GPP timed text: a length of two bytes and the text.

    Source: 3GPP TS 26.245, "Timed text format", 5.17.
    """
    for cue in cues:
        content = cue.text.encode()
        packet: Any = av.Packet(len(content).to_bytes(2, "big") + content)
        packet.stream, packet.time_base = stream, Fraction(1, TICKS)
        packet.pts = packet.dts = round(cue.start * TICKS)
        packet.duration = round((cue.end - cue.start) * TICKS)
        yield packet
