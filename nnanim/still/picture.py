"""One beat as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping

from matplotlib.figure import Figure

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.shapes import Shapes
from nnanim.still.artists import add_artists
from nnanim.still.figure import DPI, FORMATS, WIDTH_PX, default_settings, frame_figure, picture_format, write
from nnanim.style import FRAMES, RenderStyle, fit_sides, frame_size
from nnanim.theme import Theme, by_name
from nnanim.timeline import take_of
from nnanim.words import check_language


def style_of(theme: str | Theme, lang: str, sides: str | float = "16:9") -> RenderStyle:
    """The look of that theme and language in a frame: one of `nnanim.style.FRAMES`, or width over height.

    Raises:
        UserError: there is no such theme, language or frame.
    """
    if isinstance(sides, str) and sides not in FRAMES:
        raise UserError(
            f"there is no frame {sides!r}; there are {', '.join(FRAMES)}, or a number: width over height"
        )
    size = frame_size(sides) if isinstance(sides, str) else fit_sides(sides)
    return RenderStyle(by_name(theme), check_language(lang), *size)


def still(
    story: Story,
    beat: int | str = 1,
    *,
    path: str | os.PathLike[str] | None = None,
    theme: str | Theme = "dark",
    lang: str = "en",
    at: float | str | None = None,
    width_px: int = WIDTH_PX,
    dpi: float = DPI,
    frame: str | float = "16:9",
    pace: float = 1.0,
) -> Figure:
    """A beat of a story as a matplotlib figure, its axes in frame units, so that you can draw on it.

    Args:
        story: the story.
        beat: the beat's number, counted from 1, or its id.
        path: where to write it: png, svg or pdf by the suffix; None writes nothing.
        theme: the look; a transparent one leaves the ground open.
        lang: the language.
        at: seconds after the beat's start; ``"middle"`` for the middle of its motion; None for its end.
        width_px: width in pixels.
        dpi: dots per inch, for the size on paper and in vector files.
        frame: one of `nnanim.style.FRAMES`, such as ``"9:16"``, or width over height; the beat is arranged
            for it.
        pace: of the film in which ``at`` is meant; 2 is twice as fast.

    Raises:
        UserError: no such beat, theme, language, frame or time; the beat does not fit; an unknown suffix; a
            folder that cannot be written to.
    """
    if path is not None:
        picture_format(path, FORMATS, "the picture")
    style = style_of(theme, lang, frame)
    one = story.beat(beat)
    figure = picture(_shapes_at(story, one, style, at, pace), style, width_px, dpi)
    if path is not None:
        write(figure, path, picture_metadata(story, style, one))
    return figure


def picture(seen: Mapping[str, Shapes], style: RenderStyle, width_px: int, dpi: float = DPI) -> Figure:
    """Shapes by key, from the lowest to the highest, as a figure; in an SVG each key is an id."""
    with default_settings():
        figure, axes = frame_figure(style, width_px, dpi)
        for z, (key, shapes) in enumerate(seen.items()):
            for i, artist in enumerate(add_artists(shapes, axes, z)):
                artist.set_gid(f"{key}.{i}" if i else key)
    return figure


def _shapes_at(
    story: Story, beat: Beat, style: RenderStyle, at: float | str | None, pace: float
) -> Mapping[str, Shapes]:
    take = take_of(story, beat, style, pace)
    if at is None:
        return take.at(take.seconds)
    if at == "middle":
        return take.at(take.middle())
    if isinstance(at, str) or not (math.isfinite(at) and 0 <= at <= take.seconds + 1e-9):
        raise UserError(
            f"beat {beat.id!r} lasts {take.seconds:.2f} s; at={at!r} is neither in it nor 'middle'"
        )
    return take.at(at)


def picture_metadata(story: Story, style: RenderStyle, beats: Beat | Iterable[Beat]) -> dict[str, object]:
    """Title, sentences and provenance of a picture, for its metadata."""
    shown = (beats,) if isinstance(beats, Beat) else tuple(beats)
    return {
        "title": style.say(story.title),
        "description": " ".join(style.say(beat.says) for beat in shown).replace("\n", " "),
        "provenance": story.provenance,
    }
