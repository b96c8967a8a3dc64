"""Rendering a scene inside this process, with manim's own flags."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manim import config, logger, tempconfig

from nnanim.beats import Story
from nnanim.errors import UserError
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
    animated: str = "",
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
        animated: ``.webp`` or ``.apng``: what is written instead of a gif.

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
            given = {"options": options, "story": story, "progress": progress, "animated": animated}
            made = _configure(scene, context.params, **given)
            made.render()
            return _film(made)
    finally:
        logger.setLevel(level)


def _configure(scene: type[StoryScene], params: Mapping[str, Any], **given: Any) -> StoryScene:
    """The scene, made under manim's flags; what manim says of a wrong value is the user's to mend."""
    try:
        config.digest_args(Namespace(**params))
        return scene(**given)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"manim refuses a flag: {error}") from error


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
