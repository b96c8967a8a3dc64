"""The attractors of many starts, and the map that draws each with the starts that lead to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from nnanim.caption_loop import contact_sheet as sheet
from nnanim.caption_loop import reader
from nnanim.caption_loop.loop import LoopEnd
from nnanim.images import load_picture
from nnanim.theme import Theme, by_name

MAP = "ends.png"
WANDERS = "still wandering"

IN_CYCLE, ACROSS, DOWN, ROWS = 4, 10, 3, 40
"""Pictures of a cycle, starts beside each other and below each other, and attractors that are shown."""

TILE, GAP, LEFT = 64, 8, 4 * 72 + 240


@dataclass(frozen=True)
class Outcome:
    """Where one start ended.

    Attributes:
        name: of the start, and of its folder.
        end: how.
        rounds: pictures painted.
        first: the caption of the start picture.
        cycle: the prompts of the cycle, in their order from the least one on; empty without a cycle.
    """

    name: str
    end: LoopEnd
    rounds: int
    first: str
    cycle: tuple[str, ...]

    @property
    def wait(self) -> int:
        """Rounds before the end is entered, or all of them without a cycle."""
        return self.end.since if self.cycle else self.rounds


Attractor = tuple[tuple[str, ...], list[Outcome]]
"""The prompts of a cycle, and its basin: the starts that end in it."""


def find_attractors(outcomes: Sequence[Outcome]) -> list[Attractor]:
    """Each cycle with its basin, the largest basin first; the wanderers have none."""
    basins: dict[tuple[str, ...], list[Outcome]] = {}
    for one in outcomes:
        if one.cycle:
            basins.setdefault(one.cycle, []).append(one)
    return sorted(basins.items(), key=lambda item: (-len(item[1]), item[0]))


def describe_length(length: int) -> str:
    """The name of a cycle length."""
    return WANDERS if length == 0 else "fixed point" if length == 1 else f"cycle of {length}"


def write_map(out: Path, outcomes: Sequence[Outcome], theme: str = "dark") -> Path:
    """Draw ends.png: a row an attractor, on the left the cycle and its sentence, on the right its basin.

    Raises:
        UserError: a picture is missing, or the folder cannot be written to.
    """
    look = by_name(theme)
    groups = find_attractors(outcomes)
    wanderers = [one for one in outcomes if not one.cycle]
    rows = [
        (f"{describe_length(len(cycle))}: {_share(basin, len(outcomes))}", basin)
        for cycle, basin in groups[:ROWS]
    ]
    if wanderers:
        rows.append(
            (f"{WANDERS} after {wanderers[0].rounds} rounds: {_share(wanderers, len(outcomes))}", wanderers)
        )
    heights = [_height(len(basin)) for _, basin in rows]
    page, pen = sheet.blank_page(LEFT + ACROSS * (TILE + GAP) + 160, sum(heights) + 64, look)
    title = f"{len(outcomes)} starts, {len(groups)} ends"
    title += f", the {ROWS} with the largest basins shown" if len(groups) > ROWS else ""
    sheet.write_line(pen, (16, 16), title, look, sheet.HEADING)
    top = 56
    for (heading, basin), height in zip(rows, heights, strict=True):
        pen.line((16, top - 4, page.width - 16, top - 4), fill=look.color("panel"), width=2)
        _row(page, pen, out, basin, heading, top + 4, look)
        top += height
    return sheet.write_page(page, out / MAP)


def _row(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    out: Path,
    basin: Sequence[Outcome],
    heading: str,
    top: int,
    look: Theme,
) -> None:
    one = basin[0]
    for k, number in enumerate(cycle_rounds(out, one)[:IN_CYCLE]):
        _paste(page, out / one.name / reader.picture_name(number), 16 + k * (TILE + GAP), top)
    beside = 16 + min(len(one.cycle), IN_CYCLE) * (TILE + GAP)
    room = (_height(len(basin)) - GAP) // sheet.LINE
    lines = [heading, *sheet.wrap_text(" → ".join(one.cycle), LEFT - beside - 24)]
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1] + " …"]
    for k, line in enumerate(lines):
        sheet.write_line(
            pen, (beside, top + k * sheet.LINE), line, look, sheet.TEXT, "accent" if k == 0 else "ink"
        )
    for k, start in enumerate(basin[: ACROSS * DOWN]):
        x, y = LEFT + k % ACROSS * (TILE + GAP), top + k // ACROSS * (TILE + GAP)
        _paste(page, out / start.name / reader.picture_name(0), x, y)
    if len(basin) > ACROSS * DOWN:
        at = (LEFT + ACROSS * (TILE + GAP) + 8, top + DOWN * (TILE + GAP) - 24)
        sheet.write_line(pen, at, f"and {len(basin) - ACROSS * DOWN} more", look, sheet.TEXT, "dimmed")


def cycle_rounds(out: Path, one: Outcome) -> list[int]:
    """The rounds of a start's cycle, in the order of its ``cycle``; none without a cycle."""
    words = [line["prompt"] for line in reader.read_lines(out / one.name)]
    rounds = list(range(one.end.since + 1, one.end.since + one.end.length + 1))
    turns = [rounds[k:] + rounds[:k] for k in range(len(rounds))]
    return next((turn for turn in turns if tuple(words[number] for number in turn) == one.cycle), [])


def _share(basin: Sequence[Outcome], all_: int) -> str:
    return f"{len(basin)} of {all_} starts"


def _height(starts: int) -> int:
    return min(-(-starts // ACROSS), DOWN) * (TILE + GAP) + 24


def _paste(page: Image.Image, file: Path, x: int, y: int) -> None:
    page.paste(sheet.thumbnail(load_picture(file, min_side=1), TILE), (x, y))
