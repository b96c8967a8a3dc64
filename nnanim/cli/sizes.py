"""How large a film or a picture is: manim's qualities, pixels, and the sides of its frame."""

from __future__ import annotations

from nnanim.errors import UserError, quote
from nnanim.style import frame_pixels

QUALITIES = {"l": (480, 15), "m": (720, 30), "h": (1080, 60), "p": (1440, 60), "k": (2160, 60)}
"""Pixels of the shorter side, and frames a second, of manim's qualities."""

MAX_FPS = 240
"""Maximum number of frames a second."""

LEAST, MOST = 16, 16384
"""Fewest and most pixels of a side of a picture."""


def read_resolution(text: str) -> tuple[int, int]:
    """Width and height in pixels, of ``1280,720``.

    Raises:
        UserError: it is no such text.
    """
    parts = text.replace(";", ",").replace("-", ",").replace("x", ",").replace("×", ",").split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UserError(f"-r {quote(text)} is not a width and a height; write -r 1280,720")
    return int(parts[0]), int(parts[1])


def read_fps(text: str) -> float:
    """Frames a second.

    Raises:
        UserError: it is no number of 1 to `MAX_FPS`.
    """
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 1 <= fps <= MAX_FPS:
        raise UserError(f"--fps {quote(text)}: 1 to {MAX_FPS} frames a second wanted")
    return fps


def choose_pixels(
    quality: str | None, resolution: str | None, frame: str | None, *, default: str = "h"
) -> tuple[int, int]:
    """Width and height in pixels, of ``-q``, ``-r`` and ``--frame``.

    Raises:
        UserError: the resolution is none, or more is given than can be kept.
    """
    if resolution is None:
        return frame_pixels(frame or "16:9", QUALITIES[quality or default][0])
    if quality is not None or frame is not None:
        other = "-q" if quality is not None else "--frame"
        raise UserError(f"-r {resolution} is the size and the sides of the frame: leave out {other}")
    width, height = read_resolution(resolution)
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise UserError(f"-r {resolution}: sides of {LEAST} to {MOST} pixels wanted")
    return width, height
