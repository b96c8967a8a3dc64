"""Two sentences with the lines between them, and the table that these lines are."""

from __future__ import annotations

import numpy as np

from nnanim.marks import Alignment, Column, Grid, Mark, Row, Tokens
from nnanim.stories.translation.run import Translation

MOST = 10
"""Number of words up to which a sentence leaves room for its table, or for the keys of all of them."""

NEXT = {"en": "next word", "ja": "次の語"}
ALL_HEADS = {"en": "weight (mean of heads)", "ja": "重み（ヘッドの平均）"}


def read(run: Translation, key: str = "source", width: float | None = None) -> Tokens:
    """What is read."""
    small = tuple(i for i, piece in enumerate(run.source) if piece in run.special)
    return Tokens(tuple(run.source), key=key, small=small, width=width)


def target_line(run: Translation, count: int, key: str = "target") -> Tokens:
    """The first pieces that are written."""
    pieces = tuple(run.target[:count])
    return Tokens(pieces, key=key, small=tuple(i for i, piece in enumerate(pieces) if piece in run.special))


def together(run: Translation, count: int, last: bool = False, key: str = "") -> Column:
    """What is read, lines, and the first ``count`` pieces that are written.

    Args:
        run: the translation.
        count: number of pieces.
        last: whether only the last piece has lines, for the word that comes next; else every word that is
            there has those with which it was found.
        key: what the keys of the three marks begin with.
    """
    source, target = read(run, f"{key}source"), target_line(run, count, f"{key}target")
    return Column(source, lines(run, source, target, count, last, f"{key}lines"), target, gap=0.02)


def lines(
    run: Translation, source: Tokens, target: Tokens, count: int, last: bool = False, key: str = "lines"
) -> Alignment:
    """The lines of `together`."""
    some = run.weights[count - 1 : count] if last else run.weights[: count - 1]
    rows = (count - 1,) if last else tuple(range(1, count))
    return Alignment(some, source, target, rows, key=key, means=ALL_HEADS)


def table(run: Translation, count: int | None = None, key: str = "table") -> Grid:
    """The table of the lines: one row for each of the first ``count`` pieces but the one that begins."""
    there = np.arange(run.count) < (len(run.target) if count is None else count) - 1
    names = tuple(piece if seen else "" for piece, seen in zip(run.target[1:], there, strict=True))
    return Grid(
        run.weights, names, tuple(run.source), key=key, limit=1.0, role="amount", means=ALL_HEADS,
        mask=None if there.all() else np.repeat(~there[:, None], len(run.source), axis=1),
    )  # fmt: skip


def is_short(run: Translation) -> bool:
    """Whether there is room for more than the sentences and their lines."""
    return max(len(run.source), run.count) <= MOST


def beside(run: Translation, both: Column, grid: Mark) -> Row:
    """Two sentences and their table, if there is room for it."""
    return Row(both, grid, gap=0.7) if is_short(run) else Row(both)
