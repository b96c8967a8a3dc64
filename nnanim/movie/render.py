"""Rendering a scene inside this process, with manim's own flags."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from manim import config, logger, tempconfig

from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.files import FULL
from nnanim.movie.compat import manim_command
from nnanim.movie.scene import Progress, StoryScene


@dataclass(frozen=True)
class RenderedFilm:
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
    options: Mapping[str, Any] | None = None,
    story: Story | None = None,
    progress: Progress | None = None,
    verbose: bool = False,
) -> RenderedFilm:
    """Render ``scene`` as ``manim FLAGS FILE SCENE`` would, leaving manim's configuration as it was.

    Args:
        scene: the scene.
        file: where it stands; manim names its folder by it.
        flags: of manim's command line.
        options: values for attributes of the scene's class.
        story: what it tells, if that is known already.
        progress: receives how far it is.
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
            made = _configure(scene, context.params, options=options, story=story, progress=progress)
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


def _configure(scene: type[StoryScene], params: Mapping[str, Any], **given: Any) -> StoryScene:
    """The scene, made under manim's flags; what manim says of a wrong value is the user's to mend."""
    try:
        config.digest_args(Namespace(**params))
        check_writable()
        made = scene(**given)
        _check_film_place(made)
        return made
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"manim refuses a flag: {error}") from error


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


def _check_film_place(scene: StoryScene) -> None:
    """Refuse a folder that stands where the film should be."""
    plan = getattr(scene.renderer.file_writer, "output_plan", None)
    film = getattr(plan, "primary_artifact", None)
    if film is not None and Path(film).is_dir() and not scene.session_spec.output.is_image_sequence:
        raise UserError(f"cannot write the film {film}: a folder has that name; choose another with -o")


@contextmanager
def settings_of_manim(**values: Any) -> Iterator[None]:
    """A block in which manim has other settings; afterwards they are as they were."""
    with tempconfig(values):
        yield


def _film(made: StoryScene) -> RenderedFilm:
    found = getattr(made.renderer.file_writer, "final_file_path", None)
    if found is None:
        plays = made.renderer.num_plays
        raise UserError(
            f"nothing was rendered: the film has {plays} animations, and the flags leave out all of them"
        )
    path = Path(found)
    if not made.session_spec.output.is_video or path.suffix == ".png":
        return RenderedFilm(path, 0.0, 0)
    beside = [
        path.with_suffix(".srt"),
        path.with_suffix(".vtt"),
        path.with_name(f"{path.stem}.manifest.json"),
    ]
    frames = round(made.time * made.renderer.camera.frame_rate)
    return RenderedFilm(path, made.time, frames, tuple(one for one in beside if one.is_file()))
