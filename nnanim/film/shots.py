"""Pictures of films that are kept as vectors: how a beat ends, drawn at any size."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from nnanim import theme as themes
from nnanim.errors import UserError
from nnanim.files import read_bytes
from nnanim.still.figure import default_settings
from nnanim.still.picture import picture
from nnanim.style import RenderStyle
from nnanim.web.decode import WebFilm, decode_film

WIDTH_PX = 1600
"""Width in pixels: on two thirds of a page of A4, 330 dots an inch."""


def draw_beat(
    film: Path, beat: str, target: Path, *, lang: str, theme: str, width_px: int = WIDTH_PX
) -> None:
    """Draw the end of a beat as a PNG.

    Args:
        film: written as vectors.
        beat: its id.
        target: where the picture is written.
        lang: language of the version that is drawn.
        theme: colours of it.
        width_px: width in pixels.

    Raises:
        UserError: the film cannot be read, is damaged, or has no such beat.
    """
    cut = _decode(film, film.stat().st_mtime_ns).choose(lang, theme)
    found = next((one for one in cut.beats if one.id == beat), None)
    if found is None:
        raise UserError(f"{film.name}: there is no beat {beat!r}; build the deck again")
    # A key may be there twice while a mark changes; a figure's parts have one name each.
    seen = {f"{place}-{key}": shapes for place, (key, shapes) in enumerate(found.at(found.seconds))}
    with default_settings():
        figure = picture(seen, RenderStyle(themes.by_name(theme), lang, cut.width, cut.height), width_px)
        figure.savefig(target, metadata={"Software": "nnanim"})


@lru_cache(maxsize=1)
def _decode(film: Path, changed: int) -> WebFilm:
    return decode_film(read_bytes(film))
