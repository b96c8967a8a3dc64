"""How clips are encoded where nobody asks for anything else; a clip has its name only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from manim import config

from nnanim.files import leftover_name
from nnanim.movie.compat import VideoEncoderSpec, VideoSegmentEncoder
from nnanim.scene.reads import checksum

PRESET = "veryfast"
"""x264's preset where none is asked for: less CPU than x264's own, smaller films, SSIM above 0.99."""

PLAIN = {"subq": "1", "rc-lookahead": "5", "motion-est": "dia"}
"""Drawn pictures gain little from a longer search: less CPU, films as small, SSIM still above 0.99."""

SMALL = {"threads": "1", "bf": "1"}
"""Small frames take longer to hand from thread to thread than to encode."""

LITTLE = 854 * 480
"""Pixels of a small frame, at most."""

AVX2 = "asm=avx2"
"""For x264, where it might use AVX-512: it reads memory there that nobody has written when it weighs blocks
by what depends on them (``mbtree``), and a clip comes out otherwise now and then. Neither slower nor
larger."""

WITHOUT_LOSS = {"qp": "0", "preset": "ultrafast"}
"""For clips that become an animated picture: noise of a video would be changes in every frame."""

LEDGER = "checksums.txt"
"""One line a clip, as ``sha256sum --check`` reads it; the last one counts."""


def options(given: Mapping[str, str], pixels: int) -> dict[str, str]:
    """Encoder options for x264 and frames of ``pixels`` pixels; the ``given`` ones take precedence."""
    made = dict(given)
    if processor_has_avx2():
        made["x264-params"] = ":".join(filter(None, (AVX2, given.get("x264-params"))))
    if "preset" in given:
        return made
    ours = {} if "tune" in given else PLAIN | (SMALL if pixels <= LITTLE else {})
    return {"preset": PRESET, **ours, **made}


def processor_has_avx2() -> bool:
    """Whether the processor is known to have AVX2; most that have it may have AVX-512, too."""
    try:
        features = import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):  # a numpy that keeps it elsewhere
        return False
    return bool(features.get("AVX2"))


@contextmanager
def preset() -> Iterator[None]:
    """While a scene is made, manim's encoder options are those above for x264, as far as none are asked for.

    ``--encoder-option preset=slow`` or ``[video_encoder.options]`` of manim.cfg come before them.
    """
    given, codec, pixels = config.video_encoder_options, config.video_codec, config.pixel_format
    by_x264 = config.video_codec in ("auto", "libx264") and not config.transparent
    if by_x264 and config.format in (None, "auto", "mp4", "mov"):
        config.video_encoder_options = options(given, config.pixel_width * config.pixel_height)
    elif config.format == "gif" and not config.transparent and (codec, pixels) == ("auto", "auto"):
        config.video_codec, config.pixel_format = "libx264rgb", "rgb24"
        config.video_encoder_options = {**WITHOUT_LOSS, **given}
    try:
        yield
    finally:
        config.video_encoder_options = given
        config.video_codec, config.pixel_format = codec, pixels


class ClipEncoder(VideoSegmentEncoder):
    """manim's encoder of one clip: manim would take one that was torn off for a finished one of its name."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec) -> None:
        super().__init__(target=leftover_name(target), spec=spec)
        self._part, self.target = self.target, target

    def finish(self) -> None:
        """Flush encoded packets, close the clip and give it its name."""
        done = self._closed
        super().finish()
        if not done:
            line = f"{checksum(self._part)}  {self.target.name}\n"
            os.replace(self._part, self.target)
            with (self.target.parent / LEDGER).open("a", encoding="utf-8", newline="\n") as ledger:
                ledger.write(line)

    def abort(self) -> None:
        """Close the clip and remove what there is of it."""
        self.target = self._part
        super().abort()


def is_whole(clip: Path) -> bool:
    """Whether a clip is as it was when it was finished."""
    try:
        lines = (clip.parent / LEDGER).read_text(encoding="utf-8").splitlines()
        known = [line.partition("  ")[0] for line in lines if line.partition("  ")[2] == clip.name]
        return bool(known) and checksum(clip) == known[-1]
    except (OSError, UnicodeDecodeError):
        return False
