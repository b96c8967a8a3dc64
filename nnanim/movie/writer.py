"""What lies beside a film: subtitles, posters and a manifest; and the film itself, whole or not there."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import srt
from av.container import InputContainer, OutputContainer
from manim import config
from PIL import Image

from nnanim.animated import SUFFIXES
from nnanim.files import atomic, remove_leftovers, write_text
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.movie.animated import write_animated
from nnanim.movie.cairo_backend import straight
from nnanim.movie.compat import SceneFileWriter, VideoSegmentEncoder
from nnanim.movie.encoding import ClipEncoder, is_whole
from nnanim.movie.frame import with_braces
from nnanim.movie.yuv import Planes, PlanesEncoder

Pixels = npt.NDArray[np.uint8]


TAGGED = (".mp4", ".mov", ".webm")
"""Films that carry their provenance in their metadata."""


@dataclass
class Companions:
    """What a StoryScene knows about its film.

    Attributes:
        head: fields of the manifest that are not beats (title, language, theme, provenance, …).
        beats: told so far.
        posters: PNG of each beat's end, by its id; they are packed beside the drawing.
    """

    head: dict[str, Any] = field(default_factory=dict)
    beats: list[BeatRecord] = field(default_factory=list)
    posters: dict[str, Future[bytes]] = field(default_factory=dict)
    packer: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1))

    def add_poster(self, name: str, pixels: Pixels, transparent: bool) -> None:
        """Begin to pack the picture that stands for a beat; the pixels are not to be painted over."""
        self.posters[name] = self.packer.submit(png, pixels, transparent)


def png(pixels: Pixels, transparent: bool) -> bytes:
    """Premultiplied (height, width, 4) bytes as a PNG, without alpha where the film has none."""
    made, size = io.BytesIO(), pixels.shape[1::-1]
    picture = (
        Image.fromarray(straight(pixels))
        if transparent
        else Image.frombytes("RGB", size, np.ascontiguousarray(pixels), "raw", "RGBX")
    )
    # Level 3 takes half the time of zlib's own 6, for a tenth more bytes.
    picture.save(made, "PNG", compress_level=3)
    return made.getvalue()


class FilmWriter(SceneFileWriter):
    """manim's writer, with straight alpha, provenance in the file and companions beside it."""

    animated = ".gif"
    """What is written where manim would write a gif: one of `nnanim.animated.SUFFIXES`."""

    def __init__(self, settings: Any) -> None:
        self.companions = Companions()
        plan = with_braces(settings.plan)
        if plan.output.is_gif:
            # manim puts its version into the name of a gif.
            film = plan.primary_artifact.with_name(f"{plan.output_stem}{self.animated}")
            plan = replace(plan, primary_artifact=film, subcaption_file=film.with_suffix(".srt"))
        super().__init__(replace(settings, plan=plan))
        self.planes = Planes.of(self.video_encoder)

    def is_already_cached(self, hash_invocation: str) -> bool:
        """Whether there is a clip of that name, and it is as it was when it was finished."""
        if not super().is_already_cached(hash_invocation):
            return False
        return is_whole(self.output_plan.segment_path(hash_invocation))

    @staticmethod
    def _concat_manifest_bytes(input_files: list[str]) -> bytes:
        """FFmpeg's list of clips: within apostrophes, only an apostrophe is not what it is."""
        paths = [Path(one).as_posix().replace("'", r"'\''") for one in input_files]
        return b"".join(b"file 'file:%s'\n" % os.fsencode(one) for one in paths)

    def open_partial_movie_stream(self, *args: Any, **kwargs: Any) -> None:
        """Begin a clip."""
        super().open_partial_movie_stream(*args, **kwargs)
        if self.planes is not None:
            self.planes.begin()

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        assert self.video_encoder is not None
        if self.planes is None:
            return ClipEncoder(target=target, spec=self.video_encoder)
        return PlanesEncoder(target=target, spec=self.video_encoder, free=self.planes.free)

    def write_frame(self, frame: Pixels, *args: Any, **kwargs: Any) -> None:
        """Pass a frame on; cairo's premultiplied colours are made straight for clips with alpha.

        Where there are ``planes``, the frame is theirs when this returns, and may be painted over.
        """
        made: Any = frame
        if self.planes is not None:
            made = self.planes.frame(frame)
        elif self.output_spec.transparent:
            made = straight(frame)
        super().write_frame(made, *args, **kwargs)

    def save_image(self, pixels: Pixels) -> None:
        """Write a still atomically."""
        path = self.image_file_path
        with atomic(path) as temporary:
            made = straight(pixels) if self.output_spec.transparent else pixels
            Image.fromarray(made).save(temporary)
        self.print_file_ready_message(path)

    def combine_files(self, input_files: list[str], output_file: Path, *args: Any, **kwargs: Any) -> None:
        """Join clips into ``output_file``, which is replaced only when the new one is whole."""
        with atomic(output_file) as temporary:
            if output_file.suffix in SUFFIXES:
                self._animate(input_files, temporary, output_file.suffix)
                return
            if output_file.suffix not in TAGGED or self.output_spec.transparent:
                super().combine_files(input_files, temporary, *args, **kwargs)
                if output_file.suffix in TAGGED:
                    tag(temporary, self._tags())
                return
            clips = io.BytesIO(self._concat_manifest_bytes(input_files))
            with av.open(clips, "r", options={"safe": "0"}, format="concat") as source:
                copy_streams(source, temporary, self._tags())

    def _animate(self, clips: list[str], path: Path, suffix: str) -> None:
        """Write clips as an animated picture; those of each beat have a palette of their own."""
        beats = [files for one in self.sections if (files := one.get_clean_partial_movie_files())]
        whole = [clip for files in beats for clip in files] == clips
        write_animated(
            beats if whole else [clips], path, suffix=suffix, fps=float(config.frame_rate),
            theme=str(self.companions.head.get("theme", "dark")), comment=self._tags()["comment"],
            alpha=self.output_spec.transparent,
        )  # fmt: skip

    def _tags(self) -> dict[str, str]:
        head = self.companions.head
        return {
            "title": str(head.get("title", "")),
            "language": str(head.get("lang", "")),
            "comment": json.dumps(head.get("provenance", {}), ensure_ascii=False, sort_keys=True),
        }

    def finish(self) -> None:
        """Assemble the film, then write what lies beside it."""
        super().finish()
        if self.output_spec.is_video:
            remove_leftovers(self.partial_movie_directory)
        film = getattr(self, "final_file_path", None)
        if film is None or not self.companions.beats:
            return
        film = Path(film)
        if self.includes_sound and film.suffix in TAGGED:
            # With sound, manim writes the film once more, without its tags.
            tag(film, self._tags())
        beats = self.companions.beats
        posters = film.with_name(f"{film.stem}.posters")
        for beat in beats:
            if beat.id in self.companions.posters:
                with atomic(manifest.poster_path(posters, beat.id)) as temporary:
                    temporary.write_bytes(self.companions.posters[beat.id].result())
        manifest.write_beside(film, self.companions.head, beats, self._clips(), posters)

    def combine_to_section_videos(self) -> None:
        """Write a clip of each section of which anything was rendered (with ``-n`` some are left out)."""
        self.sections = [section for section in self.sections if any(section.partial_movie_files)]
        if not self.output_spec.is_gif:
            super().combine_to_section_videos()
            return
        rows = []
        for section in self.sections:
            if section.video is not None:
                section.video = Path(section.video).with_suffix(self.animated).as_posix()
                files, clip = (
                    section.get_clean_partial_movie_files(),
                    self.sections_output_dir / section.video,
                )
                self.combine_files(files, clip)
                rows.append({"name": section.name, "type": section.type_, "video": section.video})
        if rows:
            assert self.output_plan.section_index is not None
            write_text(self.output_plan.section_index, json.dumps(rows, indent=4))

    def _clips(self) -> Mapping[str, Path]:
        """Clip of each beat, by its id, where sections were saved."""
        return {
            section.name: self.sections_output_dir / section.video
            for section in self.sections
            if section.video is not None
        }

    def write_subcaption_file(self) -> None:
        """Write the .srt atomically."""
        path = self.output_plan.subcaption_file
        if path is not None:
            with atomic(path) as temporary:
                temporary.write_text(srt.compose(self.subcaptions), encoding="utf-8")


class WebpWriter(FilmWriter):
    """Writes an animated WebP where manim would write a gif."""

    animated = ".webp"


class ApngWriter(FilmWriter):
    """Writes an animated PNG where manim would write a gif."""

    animated = ".apng"


WRITERS: Mapping[str, type[FilmWriter]] = {one.animated: one for one in (FilmWriter, WebpWriter, ApngWriter)}
"""The writer of each animated picture, by its suffix."""


def tag(path: Path, tags: Mapping[str, str]) -> None:
    """Write metadata into a video file, without encoding it again."""
    with atomic(path) as temporary, av.open(str(path), "r") as source:
        copy_streams(source, temporary, tags, timed=True)


def _tell_video(source: InputContainer, target: OutputContainer) -> None:
    """Tell a .webm what a copied stream does not: its frame rate, and whether it has alpha.

    Of few frames, no rate can be guessed; browsers show alpha only where the file says that there is some.
    """
    for given, stream in zip(source.streams.video, target.streams.video, strict=True):
        stream.codec_context.framerate = Fraction(config.frame_rate).limit_denominator(1001)
        if "alpha_mode" in given.metadata:
            stream.metadata["alpha_mode"] = given.metadata["alpha_mode"]


def copy_streams(source: InputContainer, path: Path, tags: Mapping[str, str], *, timed: bool = False) -> None:
    """Copy the streams of ``source`` into a new file with metadata, without encoding them again.

    Unless it is ``timed``, packets are in order but their times of decoding are not, as where clips join.
    """
    with av.open(str(path), mode="w") as target:
        target.metadata.update(tags)
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        if path.suffix == ".webm":
            _tell_video(source, target)
        for packet in source.demux():
            if packet.dts is not None:
                if not timed:
                    packet.dts = None
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
