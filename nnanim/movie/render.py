"""Rendering a scene inside this process, with manim's own flags."""

from __future__ import annotations

import errno
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import av
from manim import config, logger, tempconfig
from manim.cli.render.commands import render as manim_command

from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.movie.scene import StoryScene
from nnanim.timeline import Phase, Take


class Watch(Protocol):
    """Somebody who is told how far a film is."""

    def begins(self, takes: Sequence[Take]) -> None:
        """Nothing is rendered yet; these beats will be."""

    def tells(self, number: int, take: Take) -> None:
        """A beat begins, counted from 1."""

    def has_told(self, seconds: float) -> None:
        """So many more seconds of the story are rendered."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk, a share of it, or a file that can take no more."""


@dataclass(frozen=True)
class Film:
    """A finished film, still, or folder of pictures.

    Attributes:
        path: of the film.
        seconds, frames: its length; 0 for a still.
        beside: subtitles and manifest, as far as there are any.
    """

    path: Path
    seconds: float
    frames: int
    beside: tuple[Path, ...] = ()


def render(
    scene: type[StoryScene],
    file: Path,
    flags: Sequence[str] = (),
    *,
    story: Story | None = None,
    watch: Watch | None = None,
    verbose: bool = False,
) -> Film:
    """Render ``scene`` as ``manim FLAGS FILE SCENE`` would, leaving manim's configuration as it was.

    Args:
        scene: the scene.
        file: where it stands; manim names its folder by it.
        flags: of manim's command line.
        story: what it tells, if that is known already.
        watch: who is told how far it is.
        verbose: whether manim says what it does.

    Raises:
        UserError: the scene cannot tell its story, or nothing can be written where the film should be.
        click.UsageError: manim does not know a flag.
    """
    # manim's command is only parsed: run, it would print a page of traceback for every mistake and exit.
    quiet = [] if verbose else ["--verbosity", "WARNING", "--progress_bar", "none"]
    context = manim_command.make_context("manim", [*quiet, *flags, str(file), scene.__name__])
    level = logger.level
    try:
        with tempconfig({}):
            made = _configured(_watched(scene, story, watch), context.params)
            made.render()
            return _film(made)
    except (av.error.FFmpegError, RuntimeError) as error:
        raise _unwritten(error, context.params["media_dir"]) from error
    finally:
        logger.setLevel(level)


def _unwritten(error: Exception, folder: str | None) -> Exception:
    """What stopped the writing of a film, in a line; an error of another kind is given back."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            where = folder or config.media_dir
            return UserError(
                f"cannot write to {where}: {cause.strerror}; make room, what is finished is kept"
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, av.error.FFmpegError):
        return UserError(f"the film cannot be written: {error}")
    return UserError(f"the film cannot be encoded: {error}") if "video segment" in str(error) else error


def _configured(scene: type[StoryScene], params: Mapping[str, Any]) -> StoryScene:
    """The scene, made under manim's flags; what manim says of a wrong value is the user's to mend."""
    try:
        config.digest_args(Namespace(**params))
        _fit_frame()
        _check_writable(Path(config.media_dir))
        return scene()
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"manim refuses a flag: {error}") from error


def _fit_frame() -> None:
    """A frame of other sides than 16:9 keeps its width or height and grows in the other one."""
    sides = config.pixel_width / config.pixel_height
    if sides < 0.99 * config.frame_width / config.frame_height:
        config.frame_height = config.frame_width / sides
    elif sides > 1.01 * config.frame_width / config.frame_height:
        config.frame_width = config.frame_height * sides


def _check_writable(folder: Path) -> None:
    """Minutes of rendering are not lost to a folder that cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"cannot write to {folder}: {error.strerror or error}; choose another with --media_dir"
        ) from error


def _watched(scene: type[StoryScene], story: Story | None, watch: Watch | None) -> type[StoryScene]:
    """The scene itself, telling ``story``, and telling ``watch`` how far it is."""
    number = 0

    class Watched(scene):  # type: ignore[valid-type, misc]
        @classmethod
        def told(cls, **options: Any) -> Story:
            return super().told(**options) if story is None else story

        def takes(self, *args: Any) -> list[Take]:
            film: list[Take] = super().takes(*args)
            if watch is not None:
                watch.begins(film)
            return film

        def _tell_beat(self, take: Take, *args: Any) -> None:
            nonlocal number
            number += 1
            if watch is not None:
                watch.tells(number, take)
            super()._tell_beat(take, *args)

        def _play(self, phase: Phase, take: Take) -> None:
            super()._play(phase, take)
            if watch is not None:
                watch.has_told(phase.seconds)

    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(Watched, name, getattr(scene, name))
    return Watched


def _film(made: StoryScene) -> Film:
    found = getattr(made.renderer.file_writer, "final_file_path", None)
    if found is None:
        plays = made.renderer.num_plays
        raise UserError(
            f"nothing was rendered: the film has {plays} animations, and the flags leave out all of them"
        )
    path = Path(found)
    if not made.session_spec.output.is_video or path.suffix == ".png":
        return Film(path, 0.0, 0)
    beside = [
        path.with_suffix(".srt"),
        path.with_suffix(".vtt"),
        path.with_name(f"{path.stem}.manifest.json"),
    ]
    frames = round(made.time * made.renderer.camera.frame_rate)
    return Film(path, made.time, frames, tuple(one for one in beside if one.is_file()))
