"""Small multiples: the same kind of mark several times, under one title, with one counter."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnanim.errors import UserError
from nnanim.marks.arrange import Arrangement, Column, Row
from nnanim.marks.base import Mark
from nnanim.marks.text import Text
from nnanim.words import Words

WIDE = 4
"""Maximum number of small multiples in one line, where nothing else is said."""


def arrange_multiples(
    marks: Sequence[Mark], title: Words = "", counter: Text | None = None, columns: int | None = None
) -> Column:
    """Marks beside and below each other, with one title above them.

    Each has a ``label`` of its own, such as the setting that it shows, and all have one scale: give them the
    same limits. In a `Playback` all run together, and a `counter` with them.

    Args:
        marks: in reading order.
        title: what all of them show.
        counter: words that count, such as ``Text("step 10", key="step")``; they stand beside the title.
        columns: how many stand in a line; by default up to 4, in lines of equal length.

    Raises:
        UserError: there is no mark, or no column.
    """
    if isinstance(marks, Mark):
        raise UserError("arrange_multiples takes one list: arrange_multiples([mark, mark], title)")
    if not marks or (columns is not None and columns < 1):
        raise UserError(f"arrange_multiples: {len(marks)} marks in {columns or 'any'} columns")
    wide = columns or math.ceil(len(marks) / math.ceil(len(marks) / WIDE))
    lines = [Row(*marks[first : first + wide]) for first in range(0, len(marks), wide)]
    head: list[Arrangement] = [Text(title, key=f"{marks[0].key}:title", bold=True)] if title else []
    head += [counter] if counter is not None else []
    return Column(*([Row(*head)] if head else []), *lines, gap=0.3)
