"""A story as a matplotlib animation: signals travel here as they do in the film."""

from __future__ import annotations

import base64
import html
import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import AbstractMovieWriter, FuncAnimation
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from nnanim.animated import choose_palette
from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.files import atomic
from nnanim.shapes import Shapes
from nnanim.still.artists import add_artists
from nnanim.still.figure import (
    FILMS,
    default_settings,
    figure_pixels,
    frame_figure,
    picture_format,
    provenance_text,
)
from nnanim.still.gif import GifWriter
from nnanim.still.picture import style_of
from nnanim.still.writers import Mp4Writer, PixelWriter
from nnanim.style import RenderStyle
from nnanim.terminal import console, progress_bar
from nnanim.theme import Theme
from nnanim.timeline import takes

FPS = {"mp4": 30.0, "gif": 20.0}

FILM_DPI = 100


class Screen:
    """Axes that show one moment after the other; only what changed is made anew."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._shown: dict[str, tuple[Shapes, list[Artist]]] = {}

    def show(self, seen: Mapping[str, Shapes]) -> None:
        """Show shapes by key, from the lowest to the highest."""
        for key, (shapes, artists) in list(self._shown.items()):
            if seen.get(key) is not shapes:
                for artist in artists:
                    artist.remove()
                del self._shown[key]
        for z, (key, shapes) in enumerate(seen.items()):
            if key in self._shown:
                for artist in self._shown[key][1]:
                    artist.set_zorder(z)
            else:
                self._shown[key] = (shapes, add_artists(shapes, self._axes, z))


class StoryAnimation(FuncAnimation):
    """A whole story in time. ``save`` picks its writer by the suffix; a notebook shows it as a video.

    Attributes:
        story, style, fps: what is animated, and how.
        takes: its beats in time.
        seconds, frames: its length.
        figure: the figure that shows it.
    """

    def __init__(
        self, story: Story, style: RenderStyle, pace: float, fps: float, width_px: int, dpi: float
    ) -> None:
        if not (np.isfinite(fps) and 1 <= fps <= 240):
            raise UserError(f"fps={fps!r}; 1 to 240 frames a second wanted")
        self.story, self.style, self.fps = story, style, fps
        self.takes = takes(story, style, pace)
        self._starts = [take.start for take in self.takes]
        self.seconds = self.takes[-1].start + self.takes[-1].seconds
        with default_settings():
            figure, axes = frame_figure(style, width_px, dpi)
        # Films have no alpha: the ground is always painted.
        figure.set_facecolor(style.theme.color("ground"))
        self.figure, self._screen = figure, Screen(axes)
        self.frames = max(1, round(self.seconds * fps))
        super().__init__(
            figure, self.frame, frames=self.frames, interval=round(1000 / fps), cache_frame_data=False
        )
        self._draw_was_started = True  # an animation that nobody looked at is no mistake

    def frame(self, index: int) -> list[Artist]:
        """Show frame ``index`` in the figure; the artists that it now has."""
        seconds = index / self.fps
        take = self.takes[bisect_right(self._starts, seconds + 1e-9) - 1]
        with default_settings():
            self._screen.show(take.at(seconds - take.start))
        return list(self.figure.axes[0].get_children())

    def save(  # type: ignore[override]
        self,
        filename: str | os.PathLike[str],
        writer: AbstractMovieWriter | str | None = None,
        **options: Any,
    ) -> None:
        """Write the film: mp4 and gif by their own writers, anything else as matplotlib does it.

        Args:
            filename: mp4 or gif.
            writer: a matplotlib writer, if you want another.
            options: ``progress_callback(frame, frames)``; with ``writer`` all that matplotlib knows.

        Raises:
            UserError: unknown suffix, a folder that cannot be written to, no PyAV for mp4.
        """
        if writer is not None:
            super().save(os.fspath(filename), writer=writer, **options)
            return
        progress = options.pop("progress_callback", None)
        if options:
            raise UserError(f"save() takes {', '.join(options)} only together with writer=")
        kind = picture_format(filename, FILMS, "the film")
        with atomic(filename) as temporary:
            self._write(temporary, self._writer(kind), progress)

    def _writer(self, kind: str) -> PixelWriter:
        if kind == "gif":
            return GifWriter(self._palette(), self.fps, self._about())
        return Mp4Writer(self.fps, self._about())

    def _write(
        self, path: Path, writer: AbstractMovieWriter, progress: Callable[[int, int], None] | None
    ) -> None:
        """As matplotlib's ``save``, which would draw each frame twice."""
        with default_settings(), writer.saving(self.figure, str(path), self.figure.dpi):
            for index in range(self.frames):
                self.frame(index)
                writer.grab_frame()
                if progress is not None:
                    progress(index, self.frames)

    def _palette(self) -> Any:
        """Colours of a gif, from the middle and the end of every beat."""
        samples = []
        for take in self.takes:
            for seconds in {take.middle(), take.seconds}:
                self._screen.show(take.at(seconds))
                samples.append(figure_pixels(self.figure)[..., :3].copy())
        theme = self.style.theme
        exact = [np.round(theme.rgba(role)[:3] * 255) for role in dict.fromkeys(["ground", *theme.colors])]
        return choose_palette(samples, np.array(exact))

    def _about(self) -> dict[str, str]:
        return {
            "title": self.style.say(self.story.title),
            "comment": provenance_text(self.story.provenance),
        }

    def mp4(self, progress: Callable[[int, int], None] | None = None) -> bytes:
        """The film as the bytes of an mp4 file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.mp4"
            self._write(path, self._writer("mp4"), progress)
            return path.read_bytes()

    def to_html5_video(self, embed_limit: float | None = None) -> str:
        """A ``<video>`` element that carries the film in itself, for any page and without a net.

        Args:
            embed_limit: most megabytes that may be embedded, or None for any number.

        Raises:
            UserError: the film is larger.
        """
        return self._video(None, embed_limit)

    def _video(self, progress: Callable[[int, int], None] | None, embed_limit: float | None = None) -> str:
        data = base64.b64encode(self.mp4(progress)).decode("ascii")
        if embed_limit is not None and len(data) > embed_limit * 2**20:
            raise UserError(f"the film takes {len(data) / 2**20:.1f} MB, the limit is {embed_limit:g}")
        name = html.escape(self.style.say(self.story.title), quote=True)
        width = int(self.figure.get_figwidth() * self.figure.dpi)
        return (
            f'<video controls loop autoplay muted playsinline width="{width}" aria-label="{name}" '
            f'style="max-width: 100%; height: auto">'
            f'<source type="video/mp4" src="data:video/mp4;base64,{data}">{name}</video>'
        )

    def _repr_html_(self) -> str:
        return self.to_html5_video()


def animation(
    story: Story,
    *,
    theme: str | Theme = "dark",
    lang: str = "en",
    pace: float = 1.0,
    fps: float = 30,
    width_px: int = 960,
    dpi: float = FILM_DPI,
) -> StoryAnimation:
    """The whole story as a matplotlib ``FuncAnimation``.

    Args:
        story: the story.
        theme: the look. The ground is painted even where the theme leaves it open.
        lang: the language.
        pace: 2 is twice as fast.
        fps: frames a second.
        width_px: width in pixels.
        dpi: dots per inch.

    Raises:
        UserError: no such theme or language, a pace or frame rate that cannot be, a beat that does not fit.
    """
    return StoryAnimation(story, style_of(theme, lang), pace, fps, width_px, dpi)


def animate(
    story: Story,
    path: str | os.PathLike[str],
    *,
    theme: str | Theme = "dark",
    lang: str = "en",
    pace: float = 1.0,
    fps: float | None = None,
    width_px: int = 960,
    default_settings: bool = False,
) -> Path:
    """Write the whole story as mp4 or gif, by the suffix of ``path``.

    A terminal sees how far it is, unless ``quiet``. An earlier file stays whole until the new one is.

    Raises:
        UserError: as ``animation``; an unknown suffix; a folder that cannot be written to.
    """
    kind = picture_format(path, FILMS, "the film")
    made = animation(story, theme=theme, lang=lang, pace=pace, fps=fps or FPS[kind], width_px=width_px)
    from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with progress_bar(*columns, console=console(stderr=True), disable=default_settings) as bar:
        task = bar.add_task(Path(path).name, total=made.frames)
        made.save(path, progress_callback=lambda index, frames: bar.update(task, completed=index + 1))
    return Path(path)
