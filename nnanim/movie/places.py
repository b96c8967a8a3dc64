"""Where films are written: what would stop them is told before minutes of rendering are lost to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from manim import config

from nnanim.errors import UserError
from nnanim.files import FULL


def check_writable() -> None:
    """Refuse a media folder that cannot be written to, before minutes of rendering are lost to it.

    Raises:
        UserError: it cannot be written to, or FFmpeg cannot read its name.
    """
    folder = Path(config.media_dir)
    if "\n" in str(folder.absolute()):
        raise UserError("the media folder has a line break in its name; choose another with --media_dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"cannot write to {folder}: {error.strerror or error}; choose another with --media_dir"
        ) from error


def check_film_place(renderer: Any, *, is_film: bool) -> None:
    """Refuse a folder that stands where the film should be.

    Raises:
        UserError: there is one.
    """
    plan = getattr(renderer.file_writer, "output_plan", None)
    film = getattr(plan, "primary_artifact", None)
    if is_film and film is not None and Path(film).is_dir():
        raise UserError(f"cannot write the film {film}: a folder has that name; choose another with -o")


@contextmanager
def explain_unwritten() -> Iterator[None]:
    """A block that writes a film: what the disk or the encoder refuses is a line.

    Raises:
        UserError: the disk is full, or the film cannot be encoded.
    """
    try:
        yield
    except (av.error.FFmpegError, RuntimeError) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and cause.errno in FULL:
                folder, reason = config.media_dir, cause.strerror
                raise UserError(
                    f"cannot write to {folder}: {reason}; make room, what is finished is kept"
                ) from error
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, av.error.FFmpegError):
            raise UserError(f"the film cannot be written: {error}") from error
        if "video segment" in str(error):
            raise UserError(f"the film cannot be encoded: {error}") from error
        raise
