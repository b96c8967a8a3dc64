"""The tokens of a reading in a line and its vectors in tables, as far as there is room for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnanim import theme
from nnanim.layout import fits
from nnanim.marks import Column, Grid, Tokens, modify, round_up
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.style import RenderStyle
from nnanim.words import Words, weight

COLUMNS = 12
"""Maximum number of numbers of a vector that are drawn."""

FEW = 8
"""The same where three tables stand side by side."""

MOST = 14
"""Maximum number of rows (tokens) in a table; of more, those nearest the one spoken of are shown."""

TALLEST = 5.0
"""Height of a table with the names of its columns, in frame units; of a higher one they are left out."""

LONGEST, FEWER = 60, 30
"""Maximum number of tokens of a sentence, alone and above something else; of more, the nearest are shown."""

ABOVE = (FEWER, 20, 12)
"""Numbers of tokens above something that may be high, the first that leaves room for it."""


def choose_rows(reading: Reading) -> tuple[int, ...]:
    """Indices of the tokens that have a row in a table: all, or those nearest to the one spoken of.

    Those before it rather than those after it.
    """
    if reading.length <= MOST:
        return tuple(range(reading.length))
    before = MOST if reading.causal else MOST // 2
    first = min(max(reading.at + 1 - before, 0), reading.length - MOST)
    return tuple(range(first, first + MOST))


def choose_names(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of rows and columns of a table of all tokens with all, as far as there is room for them."""
    if reading.length > MOST:
        return (), ()
    style, names = RenderStyle(theme.THEMES["dark"]), reading.names
    small = style.theme.small
    tall = 1.1 * small * reading.length + max(style.text_width(name, small) for name in names)
    return names, names if tall < TALLEST else ()


def needs_lines(reading: Reading) -> bool:
    """Whether the tokens may need more than one line, over which no arcs can be drawn."""
    return len(build_line(reading).lines(0.0, RenderStyle(theme.THEMES["dark"]))) > 1


def build_line(reading: Reading, end: int | None = None, most: int = LONGEST, **options: Any) -> Tokens:
    """The tokens up to ``end`` (those that are read) in a line, cut where there are too many.

    Args:
        reading: whose tokens.
        end: how many tokens there are.
        most: so many of them are shown.
        options: ``values`` (weights), ``highlight`` and ``dimmed`` of `Tokens`, by index in the sentence.
    """
    end = reading.length if end is None else end
    kept = range(end)
    if end > most:
        start = min(max(reading.at + 1 - most // 2, 0), end - most) if end == reading.length else end - most
        kept = range(start, start + most)
    for name in ("highlight", "dimmed"):
        options[name] = tuple(i - kept.start for i in options.get(name, ()) if i in kept)
    if options.get("values") is not None:
        options |= {"values": options["values"][kept.start : kept.stop], "means": weight}
    return Tokens(
        tuple(reading.tokens[i] for i in kept), key="tokens", of=end,
        small=tuple(i - kept.start for i in reading.small if i in kept), **options,
    )  # fmt: skip


def build_table(
    reading: Reading, values: Floats, key: str, label: Words | None = None, rows: bool = True,
    columns: int = COLUMNS, **options: object,
) -> Grid:  # fmt: skip
    """The first numbers of vectors as a grid, one row a token; without names the rows are as high."""
    limit = options.pop("limit", None) or round_up(float(np.abs(values).max()))
    kept = choose_rows(reading) if len(values) == reading.length else range(len(values))
    shown = values[list(kept), :columns]
    names = tuple(reading.tokens[i] for i in kept) if rows else ("",) * len(kept)
    return Grid(
        shown, key=key, label=label, of=values.shape, limit=limit,  # type: ignore[arg-type]
        rows=names if any(names) or len(kept) > 1 else (), **options,  # type: ignore[arg-type]
    )  # fmt: skip


def fit_line(make: Callable[[int], Column]) -> Column:
    """What ``make`` gives of the most tokens that leave room for what is under them."""
    made = [make(ABOVE[0])]
    for most in ABOVE[1:]:
        if fits(made[-1]):
            break
        made.append(make(most))
    return made[-1]


def note_once(table: Grid, first: bool = False) -> Grid:
    """A table beside the ``first`` one, which says for all of them how many of the columns are shown."""
    if first:
        return table
    rows = (table.of or table.values.shape)[0]
    made: Grid = modify(table, of=(rows, table.values.shape[1]))
    return made
