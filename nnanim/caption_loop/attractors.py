"""The map of ends: each cycle with the start pictures that lead to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from nnanim.loops import folder as files
from nnanim.loops import sheet
from nnanim.loops.many import MAP, WANDERS, Ending, basins, kind
from nnanim.theme import Theme, named

RING, ACROSS, DOWN, ROWS = 4, 10, 3, 40
"""Pictures of a cycle, starts beside each other and below each other, and basins that are shown."""

TILE, GAP, LEFT = 64, 8, 4 * 72 + 240


def write_map(out: Path, found: Sequence[Ending], theme: str = "dark") -> Path:
    """Draw ends.png: a row a basin, on the left the cycle and its sentence, on the right the starts.

    Raises:
        UserError: a picture is missing, or the folder cannot be written to.
    """
    look = named(theme)
    groups = [(ring, there) for ring, there in basins(found)]
    wanderers = [one for one in found if not one.ring]
    rows = [(f"{kind(len(ring))}: {_share(there, len(found))}", there) for ring, there in groups[:ROWS]]
    if wanderers:
        rows.append(
            (f"{WANDERS} after {wanderers[0].rounds} rounds: {_share(wanderers, len(found))}", wanderers)
        )
    tall = [_height(len(there)) for _, there in rows]
    page, pen = sheet.blank(LEFT + ACROSS * (TILE + GAP) + 160, sum(tall) + 64, look)
    said = f"{len(found)} starts, {len(groups)} ends"
    said += f", the {ROWS} largest basins shown" if len(groups) > ROWS else ""
    sheet.write_line(pen, (16, 16), said, look, sheet.HEADING)
    top = 56
    for (heading, there), height in zip(rows, tall, strict=True):
        pen.line((16, top - 4, page.width - 16, top - 4), fill=look.color("panel"), width=2)
        _row(page, pen, out, there, heading, top + 4, look)
        top += height
    return sheet.write(page, out / MAP)


def _row(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    out: Path,
    there: Sequence[Ending],
    heading: str,
    top: int,
    look: Theme,
) -> None:
    one = there[0]
    for k, number in enumerate(ring_rounds(out, one)[:RING]):
        _paste(page, out / one.name / files.picture_name(number), 16 + k * (TILE + GAP), top)
    beside = 16 + min(len(one.ring), RING) * (TILE + GAP)
    room = (_height(len(there)) - GAP) // sheet.LINE
    lines = [heading, *sheet.wrapped(" → ".join(one.ring), LEFT - beside - 24)]
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1] + " …"]
    for k, line in enumerate(lines):
        sheet.write_line(
            pen, (beside, top + k * sheet.LINE), line, look, sheet.TEXT, "accent" if k == 0 else "ink"
        )
    for k, start in enumerate(there[: ACROSS * DOWN]):
        x, y = LEFT + k % ACROSS * (TILE + GAP), top + k // ACROSS * (TILE + GAP)
        _paste(page, out / start.name / files.picture_name(0), x, y)
    if len(there) > ACROSS * DOWN:
        at = (LEFT + ACROSS * (TILE + GAP) + 8, top + DOWN * (TILE + GAP) - 24)
        sheet.write_line(pen, at, f"and {len(there) - ACROSS * DOWN} more", look, sheet.TEXT, "dimmed")


def ring_rounds(out: Path, one: Ending) -> list[int]:
    """The rounds of a start's cycle, in the order of its ``ring``; none without a cycle."""
    told = [line["prompt"] for line in files.whole_lines(out / one.name)]
    rounds = list(range(one.end.since + 1, one.end.since + one.end.length + 1))
    turns = [rounds[k:] + rounds[:k] for k in range(len(rounds))]
    return next((turn for turn in turns if tuple(told[number] for number in turn) == one.ring), [])


def _share(there: Sequence[Ending], all_: int) -> str:
    return f"{len(there)} of {all_} starts"


def _height(starts: int) -> int:
    return min(-(-starts // ACROSS), DOWN) * (TILE + GAP) + 24


def _paste(page: Image.Image, file: Path, x: int, y: int) -> None:
    page.paste(sheet.thumbnail(files.read_picture(file), TILE), (x, y))
