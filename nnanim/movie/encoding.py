"""How x264 is asked to encode where nobody asks for anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from manim import config

PRESET = "veryfast"
"""x264's preset where none is asked for: less CPU than x264's own, smaller films, SSIM above 0.99."""

PLAIN = {"subq": "1", "rc-lookahead": "5", "motion-est": "dia"}
"""Drawn pictures gain little from a longer search: less CPU, films as small, SSIM still above 0.99."""

SMALL = {"threads": "1", "bf": "1"}
"""Small frames take longer to hand from thread to thread than to encode."""

LITTLE = 854 * 480
"""Pixels of a small frame, at most."""


def options(given: Mapping[str, str], pixels: int) -> dict[str, str]:
    """Encoder options for x264 and frames of so many ``pixels``; what is ``given`` comes first."""
    if "preset" in given:
        return dict(given)
    ours = {} if "tune" in given else PLAIN | (SMALL if pixels <= LITTLE else {})
    return {"preset": PRESET, **ours, **given}


@contextmanager
def preset() -> Iterator[None]:
    """While a scene is made, manim's encoder options are those above for x264, as far as none are asked for.

    ``--encoder-option preset=slow`` or ``[video_encoder.options]`` of manim.cfg come before them.
    """
    given = config.video_encoder_options
    by_x264 = config.video_codec in ("auto", "libx264") and not config.transparent
    if by_x264 and config.format in (None, "auto", "mp4", "mov"):
        config.video_encoder_options = options(given, config.pixel_width * config.pixel_height)
    try:
        yield
    finally:
        config.video_encoder_options = given
