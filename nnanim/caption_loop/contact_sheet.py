"""Sheets drawn from a run or from many: pictures with their captions, in the theme's colours and fonts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from nnanim.caption_loop import reader
from nnanim.caption_loop.loop import LoopEnd
from nnanim.files import atomic
from nnanim.images import Picture
from nnanim.orientation import UPRIGHT
from nnanim.theme import Theme, by_name
from nnanim.words.linebreak import wrap

SIDE, GAP, LINES = 128, 16, 3
TEXT, HEADING = 13, 22
LINE = 17
MAX_PICTURES = 400
"""Maximum number of pictures on a sheet; of a longer run the first and the last are shown, and it says so."""


@dataclass(frozen=True)
class SheetTile:
    """A picture with what stands over and under it."""

    picture: Picture
    over: str
    under: str
    marked: bool = False


def write_sheet(path: Path, end: LoopEnd | None, theme: str = "dark") -> Path | None:
    """Draw sheet.png of the run in a folder, which ended so; None when no round is there yet.

    Raises:
        UserError: the folder cannot be read or written to.
    """
    lines = reader.read_lines(path)
    if not lines:
        return None
    config = reader.read_config(path)
    shown = (
        lines if len(lines) <= MAX_PICTURES else [*lines[: MAX_PICTURES // 2], *lines[-MAX_PICTURES // 2 :]]
    )
    cycle = range(end.since + 1, end.since + end.length + 1) if end else range(0)
    tiles = [
        SheetTile(
            reader.load_round_picture(path, line["round"]),
            str(line["round"]),
            line["caption"],
            line["round"] in cycle,
        )
        for line in shown
    ]
    left_out = f", {len(shown)} of {len(lines)} rounds shown" if len(shown) < len(lines) else ""
    asked = f"seed {config['seed']}, {config['caption']} caption, {config['noise']} noise"
    seen = config.get("seen", UPRIGHT)
    asked += f", seen {seen}" * (seen != UPRIGHT)
    heading = f"{asked}: {describe_end(end)}{left_out}"
    return write_page(arrange_tiles(tiles, heading, by_name(theme)), path / reader.SHEET)


def describe_end(end: LoopEnd | None) -> str:
    """How a run ended, in words."""
    if end is None:
        return "not at its end"
    if end.kind == "fixed point":
        return f"a fixed point, reached in round {end.since}"
    if end.kind == "cycle":
        return f"a cycle of {end.length} rounds, reached in round {end.since}"
    return {"limit": "the limit", "stopped": "stopped", "failed": f"failed: {end.says}"}[end.kind]


def arrange_tiles(
    tiles: Sequence[SheetTile], heading: str, theme: Theme, across: int | None = None
) -> Image.Image:
    """Tiles in rows of ``across``; when None about as many across as down at a ratio of 16:9."""
    across = across or min(max(math.ceil(math.sqrt(len(tiles) * 2)), 6), 24)
    down = math.ceil(len(tiles) / across)
    wide, high = SIDE + GAP, SIDE + (LINES + 1) * LINE + GAP
    page, pen = blank_page(across * wide + GAP, HEADING * 2 + GAP + down * high, theme)
    write_line(pen, (GAP, GAP), heading, theme, HEADING)
    for at, tile in enumerate(tiles):
        draw_tile(page, pen, (GAP + at % across * wide, HEADING * 2 + GAP + at // across * high), tile, theme)
    return page


def draw_tile(
    page: Image.Image, pen: ImageDraw.ImageDraw, at: tuple[int, int], tile: SheetTile, theme: Theme
) -> None:
    """One tile with its upper left corner at ``at``."""
    x, y = at
    write_line(pen, (x, y), tile.over, theme, TEXT, "accent" if tile.marked else "dimmed")
    page.paste(thumbnail(tile.picture), (x, y + LINE + 2))
    if tile.marked:
        edge = (x - 2, y + LINE, x + SIDE + 1, y + LINE + SIDE + 3)
        pen.rectangle(edge, outline=theme.color("accent"), width=2)
    for row, line in enumerate(wrap_text(tile.under, SIDE)[:LINES]):
        write_line(pen, (x, y + LINE * (row + 1) + SIDE + 5), line, theme, TEXT)


def thumbnail(picture: Picture, side: int = SIDE) -> Image.Image:
    """A picture at the size of a tile; small ones keep their pixels."""
    square = Image.fromarray(picture)
    small = max(square.size) <= side
    return square.resize((side, side), Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS)


def blank_page(width: int, height: int, theme: Theme) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty page and a pen."""
    page = Image.new("RGB", (width, height), theme.color("ground"))
    return page, ImageDraw.Draw(page)


def write_line(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    theme: Theme,
    size: int,
    role: str = "ink",
) -> None:
    """One line of text; characters that the font lacks become a box, since captions may say anything."""
    pen.text(at, text, fill=theme.color(role), font=load_font(size))


def wrap_text(text: str, width: int) -> list[str]:
    """The text in lines no wider than ``width`` pixels."""
    return wrap(text, width, load_font(TEXT).getlength)


def write_page(page: Image.Image, path: Path) -> Path:
    """A page as PNG, whole or not at all."""
    with atomic(path) as temporary:
        page.save(temporary, format="PNG")
    return path


@cache
def load_font(size: int) -> ImageFont.FreeTypeFont:
    """The shipped font at a size in pixels."""
    return ImageFont.truetype(str(by_name("dark").font), size)
