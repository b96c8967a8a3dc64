"""Many pictures on one sheet: all beats of a story, or one beat in time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from nnanim import shapes
from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.shapes import Boxes, Shapes
from nnanim.still.artists import add_artists
from nnanim.still.figure import (
    DPI,
    FORMATS,
    blank_figure,
    default_settings,
    ground_color,
    picture_format,
    stage_axes,
    write,
)
from nnanim.still.picture import picture_metadata, style_of
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.timeline import Take, take_of, takes

GAP_PX = 14

CAPTION = 0.75
"""Height of the line over or under a picture, in frame units."""

STEP = 0.25
"""Seconds from one picture of a strip to the next; a long beat has a multiple of it."""

TALLEST = 4000
"""Maximum height of a strip, in pixels: what is larger cannot be looked at."""

Outline = tuple[str, tuple[float, float, float, float]]
"""What is written at a ring, and the box (left, right, bottom, top) that it goes around, in frame units."""

Tile = tuple[str, Mapping[str, Shapes]]
"""A caption and the shapes of its picture."""


def contact_sheet(
    story: Story,
    path: str | os.PathLike[str] | None = None,
    *,
    theme: str | Theme = "dark",
    lang: str = "en",
    columns: int | None = None,
    thumb_width: int = 480,
    middles: bool = False,
    dpi: float = DPI,
    outlines: Mapping[str, Sequence[Outline]] | None = None,
    frame: str | float = "16:9",
    pace: float = 1.0,
) -> Figure:
    """Every beat of a story as it ends, under its id, on one sheet.

    Args:
        story: the story.
        path: where to write it: png, svg or pdf by the suffix; None writes nothing.
        theme: the look.
        lang: the language.
        columns: pictures beside each other; by default about as many as below each other.
        thumb_width: width of one picture in pixels.
        middles: whether a beat with a motion is also shown in the middle of it, before its end.
        dpi: dots per inch.
        outlines: by the ids of beats, places that are ringed: a number and left, right, bottom, top.
        frame: one of `nnanim.style.FRAMES`, or width over height.
        pace: 2 is twice as fast.

    Raises:
        UserError: columns below 1, no such theme, language or frame, a beat does not fit, an unknown suffix,
            a folder that cannot be written to.
    """
    if path is not None:
        picture_format(path, FORMATS, "the sheet")
    _check_columns(columns)
    style = style_of(theme, lang, frame)
    tiles = list(_tiles(story, style, middles, pace, outlines or {}))
    with default_settings():
        figure = _sheet(tiles, style, columns or math.ceil(math.sqrt(len(tiles))), thumb_width, dpi)
    if path is not None:
        write(figure, path, picture_metadata(story, style, story.beats))
    return figure


def motion_strip(
    story: Story,
    beat: int | str = 1,
    path: str | os.PathLike[str] | None = None,
    *,
    theme: str | Theme = "dark",
    lang: str = "en",
    columns: int = 6,
    thumb_width: int = 320,
    dpi: float = DPI,
    moments: Sequence[float] | None = None,
    frame: str | float = "16:9",
    pace: float = 1.0,
) -> Figure:
    """How a beat moves: a picture every quarter of a second until it rests, the time and phase under each.

    Of a long beat there are fewer, at equal distances, so that the strip is at most some 4,000 pixels high.

    Args:
        story: the story.
        beat: the beat's number, counted from 1, or its id.
        path: where to write it: png, svg or pdf by the suffix; None writes nothing.
        theme: the look.
        lang: the language.
        columns: pictures beside each other.
        thumb_width: width of one picture in pixels.
        dpi: dots per inch.
        moments: the seconds that are shown, in order; None for all.
        frame: one of `nnanim.style.FRAMES`, or width over height.
        pace: 2 is twice as fast.

    Raises:
        UserError: no such beat, theme, language or frame; columns below 1; a moment outside the beat; the
            beat does not fit; an unknown suffix; a folder that cannot be written to.
    """
    if path is not None:
        picture_format(path, FORMATS, "the strip")
    _check_columns(columns)
    style, one = style_of(theme, lang, frame), story.beat(beat)
    take = take_of(story, one, style, pace)
    tiles = list(_moments(take, moments, strip_step(take, columns, thumb_width)))
    with default_settings():
        figure = _sheet(tiles, style, columns, thumb_width, dpi, below=True)
    if path is not None:
        write(figure, path, picture_metadata(story, style, one))
    return figure


def _check_columns(columns: int | None) -> None:
    if columns is not None and columns < 1:
        raise UserError(f"columns={columns}; it must be 1 or more")


def strip_step(take: Take, columns: int = 6, thumb_width: int = 320) -> float:
    """Seconds from one picture of a strip to the next: a multiple of `STEP`, for which there is room."""
    tile = round(thumb_width * (take.frame.style.height + CAPTION) / take.frame.style.width) + GAP_PX
    most = max(TALLEST // tile, 1) * columns
    pictures = math.ceil(round(_find_rest(take) / STEP, 6)) + 1
    return STEP * max(math.ceil((pictures - 1) / max(most - 1, 1)), 1)


def _find_rest(take: Take) -> float:
    """When a take comes to rest, in seconds from its start."""
    return float(sum(phase.seconds for phase in take.phases[:-1]))


def _moments(take: Take, wanted: Sequence[float] | None, step: float) -> Iterator[Tile]:
    """A take at some seconds; else every ``step`` from its start, and when it comes to rest."""
    ends = np.cumsum([phase.seconds for phase in take.phases[:-1]])
    moving = _find_rest(take)
    if wanted is None:
        wanted = [*(i * step for i in range(math.ceil(round(moving / step, 6)))), moving]
    for seconds in wanted:
        if not 0 <= seconds <= take.seconds + 1e-9:
            raise UserError(f"beat {take.beat.id!r} lasts {take.seconds:.2f} s; {seconds!r} is not in it")
        phase = take.phases[int(np.searchsorted(ends, seconds, side="right"))]
        yield f"{seconds:.2f} s · {phase.name}", take.at(seconds)


def _tiles(
    story: Story,
    style: RenderStyle,
    middles: bool,
    pace: float,
    outlines: Mapping[str, Sequence[Outline]],
) -> Iterator[Tile]:
    for take in takes(story, style, pace):
        if middles and take.beat.motion is not None:
            yield f"{take.beat.id} · {take.middle():.1f} s", take.at(take.middle())
        rings = {f"outline:{i}": _ring(*one, style) for i, one in enumerate(outlines.get(take.beat.id, ()))}
        yield take.beat.id, {**take.at(take.seconds), **rings}


def _ring(name: str, box: tuple[float, float, float, float], style: RenderStyle) -> Shapes:
    """A ring around a box, and its name on the upper left corner, on a plate of its own."""
    theme, (left, right, bottom, top) = style.theme, box
    accent, clear = theme.rgba("accent"), np.zeros((1, 4))
    middle, size = (
        np.array([[(left + right) / 2, (bottom + top) / 2]]),
        np.array([[right - left, top - bottom]]),
    )
    plate = np.array([[left + 0.2 * len(name) + 0.09, top + 0.33]])
    return (
        Boxes(middle, size + 0.12, clear, accent[None], 0.06),
        Boxes(plate, np.array([[0.4 * len(name) + 0.3, 0.6]]), accent[None]),
        *shapes.text(name, plate[0, 0], plate[0, 1], theme.large, theme.rgba("ground"), theme, bold=True),
    )


def _sheet(
    tiles: list[Tile], style: RenderStyle, columns: int, thumb_width: int, dpi: float, below: bool = False
) -> Figure:
    """Pictures in rows, the caption of each over it, or ``below`` it."""
    columns = min(columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    tall = replace(style, height=style.height + CAPTION)
    thumb_height = round(thumb_width * tall.height / tall.width)
    width = columns * (thumb_width + GAP_PX) + GAP_PX
    height = rows * (thumb_height + GAP_PX) + GAP_PX
    figure = blank_figure(width, height, dpi, style.theme.color("panel") if style.theme.opaque else "none")
    for i, (name, seen) in enumerate(tiles):
        row, column = divmod(i, columns)
        left, top = GAP_PX + column * (thumb_width + GAP_PX), GAP_PX + row * (thumb_height + GAP_PX)
        box = (left / width, 1 - (top + thumb_height) / height, thumb_width / width, thumb_height / height)
        axes = stage_axes(figure, tall, box)
        under, over = (CAPTION, 0.0) if below else (0.0, CAPTION)
        axes.set_ylim(-style.height / 2 - under, style.height / 2 + over)
        add_artists(_plate(style) + _caption(name, style, below), axes)
        for z, one in enumerate(seen.values(), start=1):
            add_artists(one, axes, z)
    return figure


def _plate(style: RenderStyle) -> Shapes:
    fill = np.zeros(4) if ground_color(style) == "none" else style.theme.rgba("ground")
    size = np.array([[style.width, style.height]])
    return (Boxes(np.zeros((1, 2)), size, fill[None], style.theme.rgba("outline", 0.5)[None], 0.03),)


def _caption(name: str, style: RenderStyle, below: bool) -> Shapes:
    theme = style.theme
    at = (style.height / 2 + CAPTION / 2) * (-1 if below else 1)
    return shapes.text(name, -style.width / 2, at, theme.large, theme.rgba("ink"), theme, "left", bold=True)
