"""One attention head of a run: who looks at whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Grid, Picture, modify, round_up
from nnanim.stories.network.color_limit import color_reach
from nnanim.stories.network.heads import Head
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import MAX_TABLE_ROWS
from nnanim.words import Words

LOOKS: Words = {"en": "a row looks at the columns", "ja": "行が列を見る"}


def head_beats(net: NetworkView, head: Head, said: Words) -> Iterator[Beat]:
    """One head's attention, a row for each token that looks: a table, or of many tokens one picture."""
    if max(head.pattern.shape) > MAX_TABLE_ROWS:
        yield Beat(said, _picture(head), id=f"{head.name}-head")
        return
    rows, columns = (min(count, MAX_TABLE_ROWS) for count in head.pattern.shape)
    labels = net.token_labels
    of_rows = len(labels) == head.pattern.shape[0]
    of_columns = len(labels) == head.pattern.shape[1]
    names = {
        "rows": tuple(labels[:rows]) if of_rows else (),
        "columns": tuple(labels[:columns]) if of_columns else (),
    }
    grid = Grid(
        head.pattern[:rows, :columns],
        key=f"a:{head.name}:{head.number}",
        limit=round_up(color_reach(head.pattern.ravel())),
        clips=True,
        role="amount",
        of=(head.pattern.shape[0], columns),
        means=words.attention,
        label=LOOKS,
    )
    few = 2 if max(rows, columns) <= 8 else None
    tried: tuple[dict[str, Any], ...] = ({"digits": few, **names}, names, {})
    stage = next((made for look in tried if fits(made := modify(grid, **look))), grid)
    yield Beat(said, stage, id=f"{head.name}-head")


def _picture(head: Head) -> Picture:
    """All tokens, as many as there are."""
    return Picture(
        head.pattern, key=f"a:{head.name}:{head.number}", high=round_up(color_reach(head.pattern.ravel())),
        clips=True, means=words.attention, label=LOOKS,
    )  # fmt: skip
